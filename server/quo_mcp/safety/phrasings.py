"""How people say that they want no more texts, in English, and in basic Spanish and French.

Each pattern is matched against one clause of folded words: lower case, no accents, apostrophes
dropped (don't -> dont, m'écrire -> mecrire), single blanks. All have bounded gaps, so the time
taken is linear in the text.
"""

import re

LETTERS = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "'": None, "\u2019": None, "\u2018": None, "`": None}
)
BREAK = re.compile(r"[.!?,;:\n\u2026¡¿()\u2600-\u27bf\U0001f000-\U0001faff]+|\s[-\u2013—]+\s")
WORD = re.compile(r"[^\W_]+")

REACTION = re.compile(
    r"\s*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S{1,20} to) [“\"]",
    re.IGNORECASE,
)
"""A phone's report of a reaction: the words after it are ours, not the person's."""

QUOTATION = re.compile(
    r"“[^“”]*”|\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|(?<!\w)\u2018[^\u2018\u2019]*\u2019(?!\w)"
)
SHOUTED = re.compile(
    r"\s*STOP\b(?=.*[a-z])(?! (?i:by|in|at|over|the|payment|work|sign)\b)", re.DOTALL
)

_COURTESY = (
    "please|pls|plz|plse|kindly|thanks|thank|you|u|thx|ty|ok|okay|hi|hello|hey|yo|sir|maam|guys|sorry|just|now"
    "|already|enough|immediately|wtf|omg|ffs|fucking|damn|por|favor|gracias|svp|merci|sil|vous|te|plait"
)
COURTESY = re.compile(rf"\b(?:{_COURTESY})\b")
ASKING = re.compile(rf"\b(?:{_COURTESY}|can|could|would|will)\b")
"""Words that ask; only before what cannot be about an order or an appointment."""


def _pattern(text: str) -> re.Pattern[str]:
    """A verbose pattern in which `_` is a blank, and names in < > are the vocabulary's."""
    for name, meaning in _VOCABULARY.items():
        text = text.replace(f"<{name}>", f"(?:{meaning})")
    return re.compile(text.replace("_", "[ ]"), re.VERBOSE)


_VOCABULARY = {
    "UNSUB": r"uns[ui]?b?s?[ck]?r?[iy]?be?|unsub",
    "TEXTS": r"te?xts?|texting|messages?|msgs?|messaging|sms|spam|blasts?|alerts|notifications|promos|promotions|ads|reminders"
    r"|texto?s|mensajes",
    "TEXTING": r"te?xti?ng?|messaging|msging|contacting|spamming|harassing|bothering|bugging|pestering"
    r"|annoying|soliciting|calling|writing|emailing|blowing_up|reaching_out",
    "TEXT": r"te?xt|message|msg|contact|call|write|bother|email|spam|solicit|reach_out_to|reply",
    "THESE": r"these|those|this|the|your|ur|any|anymore|another|all|all_these|all_the|all_of_these|my|more|further",
    "LIST": r"lists?|database|system|contacts|records|te?xts|messages|sms|campaign|mailing|files|thread|thing",
    "MY_NUMBER": r"(?:my|this|the)_(?:\w+_)?(?:number|phone|cell|contact|info|name)|me|us|myself",
    # What may follow "stop texting" while it is still about all of it.
    "ME": r"(?:to_)?(?:me|us)|it|this|my_(?:\w+_)?(?:number|phone|cell)|these|here|please|or|and|anymore|again|with|so",
    "END": r"$|_(?:please|pls|plz|thanks|thx|thank|now|immediately|already|again|anymore|ever|everyone)\b",
    "NOT": r"dont|dnt|do_not|never|do_nt|donot|not_(?:allowed_|permitted_)?to|no_(?:consent|permission|right)_to",
    "DONT": r"dont|dnt|do_not|no_longer|never",
    "WANT": r"want|wan|wish|like|care|need|consent|agree",
    "ES": r"escrib\w*|mand\w*|envi\w*|contact\w*|llam\w*|texte\w*|molest\w*",
    "FR": r"ecri\w*|envoy\w*|envoi\w*|contact\w*|appel\w*|texte\w*|derang\w*|harcel\w*",
}

# Letters of the whole message, repeats squeezed ("S.T.O.P.", "STOOOP", "stop stop").
OUT_LETTERS = re.compile(
    r"(?:stop)+(?:al|2end|2quit)?|stpo|sotp|tsop|stahp|stap|end|quit|cancel|revoke|optout|removeme|remove"
    r"|uns[ui]?b?s?[ck]?r?[iy]?bed?|unsub|alto|parar|pare|baja|cancelar|aret|aretez|areter|desabonner?"
)
OUT_WORDS = _pattern(
    r"""(?:(?:stop|quit|end|cancel|revoke|remove|optout|alto|pare|parar|baja|cancelar|arret|arretez)_?)+
      | (?:stop|quit|end)_(?:it|this|that|them|these|all|everything|to_end) | (?:do_not|dont)_call
      | (?:reply|text|txt|send)_(?:stop|quit|end|cancel|<UNSUB>)"""
)
OUT_CLAUSE = _pattern(
    r"""(?:stop_?)+(?:all)? | stop_them | i_(?:said|told_to|asked_to)_stop | make_it_stop | knock_it_off
      | <UNSUB>d?(?:_me)? | opt_?out | opt(?:ing|ed)?_(?:me_)?out | remove_me | take_me_off | get_me_off
      | delete_me | block_me | i_want_(?:off|out) | go_away | (?:fuck|piss)_off
      | desabonn\w+ | desinscri\w+ | arretez?"""
)

OUT = _pattern(
    r"""
    # stop texting me; quit with the texts; I want these messages to stop
      \b(?:stop|quit|cease|discontinue|halt)(?:_with|_w|_all)?(?:_<THESE>)?_<TEXTING>(?:_(?:and|or)_<TEXTING>)?(?=<END>|_<ME>\b)
    | \b(?:stop|quit|cease|end|cancel|discontinue|halt)(?:_with|_w|_getting|_receiving)?(?:_my_subscription_to)?
        (?:_<THESE>)?(?:_\w+)?_<TEXTS>(?=<END>)
    | \b(?:stop|quit|cease)_sending(?=<END>|_(?:me|us|these|this|any|so|more|<TEXTS>)\b)
    | \b(?:stop|quit)_(?:receiving|getting)_(?:these|those|them)(?=<END>)
    | \bcease_and_desist | \b(?:stop|cease|end)_(?:all_)?(?:contact|communications?)(?=<END>) | \b(?:refrain|desist)_from_<TEXTING>
    | \b(?:these|those|your)_(?:\w+_)?<TEXTS>_(?:to_|must_|need_to_|should_|have_to_)?stop(?=<END>)
    | \b(?:asked|told|want|need)_(?:you|u|yall)_to_(?:please_)?stop(?=<END>)
    | \bi_(?:already_)?(?:said|asked|told_(?:you|u))_(?:you_)?(?:to_)?stop(?=<END>)
    | \bwrong_(?:number|person)_(?:\w+_)?(?:stop|remove)(?=<END>)
    | \b(?:if|why)_(?:do_|are_|have_)?(?:you|u)_(?:guys_|people_)?(?:keep|still|continue)_<TEXTING>(?=<END>|_<ME>\b)
    # do not text me; never contact this number
    | \b<NOT>_(?:(?:you_)?(?:ever|dare|please)_)?<TEXT>(?:_(?:or|and)_<TEXT>)?
        (?:(?<!dont_call)(?<!not_call)(?=<END>)|(?=_(?:again|anymore|me|us|this_number|this_phone|my_(?:phone|number|cell)|any_more|back)\b))
    | \b<NOT>_(?:ever_)?send_(?:(?:me|us)_)?(?:any|anything|anymore|more|another|<TEXTS>)\b
    | \b<NOT>_hit_me_up | \b(?:never_gave|didnt_give|did_not_give|dont_have|do_not_have)_(?:\w+_){0,2}(?:consent|permission)_to_<TEXT>
    | \b(?:not|never)_to_be_(?:contacted|te?xted)
    # no more texts; I do not want your messages
    | \b(?:no_more|no_further|enough_with|enough_of|enough|done_with)(?:_of)?(?:_<THESE>)?_<TEXTS>\b
    | ^no_more_of_(?:these|this)\b | ^no_<TEXTS>(?=<END>) | \bno_(?:more|further)_contact\b
    | \b(?:<DONT>_<WANT>(?:_to)?(?:_(?:receive|get|have))?|(?:rather|prefer)_not_(?:receive|get|have))(?:_<THESE>){0,2}(?:_\w+)?_<TEXTS>(?=<END>|_(?:from|to|at|on|about|or)\b)
    | \b(?:<DONT>_<WANT>_(?:to_be|being)|(?:rather|prefer)_not_(?:to_)?be)_(?:contacted|te?xted|messaged|called|bothered|on_your_list)\b
    | \b<DONT>_<WANT>_to_hear_from_you
    | \b(?:didnt|did_not|never)_(?:ask|asked|sign_up|signed_up|agree|agreed|consent|consented)_(?:for|to)_(?:\w+_){0,2}<TEXTS>
    | \bnot_interested_in_(?:receiving_|getting_)?(?:<THESE>_)?<TEXTS>\b
    # take me off your list; delete my number
    | \b(?:take|get|pull)_<MY_NUMBER>_off(?=<END>)
    | \b(?:take|get|pull|remove|delete|drop|unlist|block|strike)_<MY_NUMBER>_(?:off|from|out)(?:_of)?(?:_\w+){0,3}_<LIST>\b
    | \b(?:be|been|being)_(?:removed|taken_off|deleted)_(?:from_)?(?:\w+_){0,2}<LIST>\b
    | \b(?:get|want)_off_(?:\w+_){0,3}<LIST>\b | \bremove_from_(?:\w+_)?list\b
    | \b(?:remove|delete|erase|lose|forget|scrub|block)_(?:you_have_)?(?:my|this)_(?:\w+_)?(?:number|phone|contact|info)\b
    | \b(?:remove|delete)_(?:me|us)(?=<END>)
    | \b(?:on|to)_(?:\w+_)?(?:do_not|no)_(?:call|contact|text)_(?:list|registry) | \bdnc_list
    # unsubscribe, opt out
    | (?:^|\b(?:how_(?:do|can)_i|to|please|pls|plz|must|me)_)<UNSUB>(?=<END>|_(?:me|us|this|my|from|all)\b)
    | (?:^|\b(?:how_(?:do|can)_i|^i|to|please|pls|plz|im|am)_)opt(?:ing|_me|_us)?_out
        (?=<END>|_(?:my|this)_number|_(?:of|from)_(?:<THESE>_)?(?:text_)?(?:<TEXTS>|these|this|all|everything|<LIST>)\b)
    | \b(?:revoke|withdraw)_(?:my_)?(?:consent|permission)
    | \bleave_(?:me|us)_(?:the_\w+_)?alone
    # Spanish
    | \bno_(?:me|nos)_<ES>(?=$|_(?:mas|nunca|otra|por|mensajes|textos|a_este)\b)
    | \b(?:dej\w+|par\w+)_de_<ES>
    | \bno_(?:quiero_)?(?:recibir_)?(?:(?:mas|sus|tus|estos)_){0,2}(?:mensajes|textos)
    | \b(?:quit|elimin|borr|sa[cq]u?)\w{0,4}_(?:mi_numero|este_numero|me_de_su_lista)
    | \bd(?:ar|e|en)me_de_baja | \bdej\w*me_en_paz
    # French
    | \bne_(?:me_|m)<FR>_(?:plus|pas)\b | \bne_plus_(?:me_|m)<FR>
    | \barret\w*_(?:de_(?:me_|m)<FR>|(?:les|vos|ces)_<TEXTS>)
    | \bne_veux_plus_(?:recevoir|de_<TEXTS>|vos_<TEXTS>|etre_contact)
    | \b(?:retir|enlev|supprim|effac)\w*_(?:moi_de|mon_numero)
    | ^(?:plus|pas)_de_<TEXTS>
    | \blaiss\w+_moi_tranquille
    """
)

# What turns one of those into something else.
NOT_OUT = _pattern(
    r"""
      \b(?:wont|doesnt|didnt|cant|dont|never|not|(?<!i_)said_to|to_tell|tell_\w+_to|(?:told|asked)_(?:him|her|them)_to)
        _(?:stop|quit|remove|delete|forget|lose|leave|unsubscribe|opt)\b
    | \b(?:i|we|they|he|she|you|why)_(?:dont|do_not|never)_(?:<TEXT>)\b
    | \b<NOT>_<TEXT>(?:_me|_us)?(?:_\w+)?_(?:before|after|until|till|while|during|between|if|when|unless|about|today|tonight|(?:at|on)_(?!this|my))\b
    """
)

# Asks for texts instead of calls, in whichever clause.
TEXT_INSTEAD = _pattern(
    r"\b(?:just|only)_(?:te?xt|message|msg)\b | \bte?xt_(?:me_|us_)?(?:instead|only)\b"
)

# Opting in again.
IN_WORDS = _pattern(r"(?:please_)?(?:start|unstop|resubscribe|opt_?in)(?:_please)?")
IN = _pattern(
    r"""
      \bresubscribe_me | \bsubscribe_me_again | \bsign_me_(?:back_)?up_(?:again|for_<TEXTS>) | \bsign_me_back_up
    | \bopt_(?:me_|us_)?back_in\b
    | \b(?:can|may|please|(?:ok|okay|fine|free|welcome)_to)_(?:start_)?<TEXT>_(?:me|us)_again
    | (?:^|\b(?:can|may|please|to)_)(?:start|resume|restart)_(?:<TEXTING>|sending)_(?:me|us)\b
    | \b(?:put|add)_me_back_(?:on|to|in)_(?:\w+_){0,2}<LIST>
    | \bwant_to_(?:receive|get)_(?:\w+_)?<TEXTS>_again
    """
)
NOT_IN = _pattern(r"\b(?:why|who|did|if|dont|do_not|not|never|nobody|dare)\b")
