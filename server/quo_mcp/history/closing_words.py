"""Messages that end a conversation, such as "thanks!" or a thumbs-up: probably no answer is required."""

import re
import unicodedata

MAX_WORDS = 8
MAX_NAME_WORDS = 2  # "Thanks Marisol!"
THANKS = re.compile(
    r"(?:ok |okay |great |perfect |many |awesome |wonderful |excellent )*"
    r"(?:thanks|thank you|thank u|thx|ty|tysm|cheers|gracias|muchas gracias|merci|danke|obrigado|obrigada|grazie|tack)\b"
)
_WORDS = """
    a all alright amazing and appreciate appreciated awesome bye cheers cool danke day do done evening excellent fine for
    fantastic good goodbye got gracias grazie great have it k kk later lovely merci much muchas nice night no np obrigada
    obrigado ok okay perfect problem re received see so sounds stop super sure talk tack thank thanks that then there thx
    to too ty tysm u unsubscribe very weekend welcome will wonderful worries you your yw
"""
CLOSING_WORDS = frozenset(_WORDS.split())
# Not "yes" and "please": they may answer our question and ask us to act.


def is_closing(text: str) -> bool:
    """Return whether a message probably needs no answer."""
    if "?" in text or re.search(r"[0-9]", text):
        return False
    words = re.findall(r"[^\W\d_]+", text.casefold())
    if not words:
        return any(unicodedata.category(character) in {"So", "Sk", "Sm"} for character in text)
    if len(words) > MAX_WORDS:
        return False
    if thanks := THANKS.match(" ".join(words)):
        words = " ".join(words)[thanks.end() :].split()
        unknown = [word for word in words if word not in CLOSING_WORDS]
        return len(unknown) <= MAX_NAME_WORDS
    return words != ["no"] and all(word in CLOSING_WORDS for word in words)
