"""Patterns for opt-out and opt-in wording in English, and in basic Spanish and French.

Unless noted, a pattern is matched against one clause of folded words: lower case, no accents, no
apostrophes (don't -> dont, m'écrire -> mecrire), single spaces. All gaps are bounded, so matching takes
linear time.
"""

import re

LETTER_FOLDING = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "'": None, "\u2019": None, "\u2018": None, "`": None}
)
CLAUSE_BREAK = re.compile(
    r"[.!?,;:\n\u2026¡¿()\u2600-\u27bf\U0001f000-\U0001faff]+|\s[-\u2013—]+\s"
)
WORD = re.compile(r"[^\W_]+")

REACTION = re.compile(
    r"\s*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S{1,20} to) [“\"]",
    re.IGNORECASE,
)
"""A phone's notice of a reaction. It quotes our message, so the quoted words are not the sender's."""

QUOTATION = re.compile(
    r"“[^“”]*”|\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|(?<!\w)\u2018[^\u2018\u2019]*\u2019(?!\w)"
)
SHOUTED_STOP = re.compile(
    r"\s*STOP\b(?=.*[a-z])(?! (?i:by|in|at|over|the|payment|work|sign)\b)"
    r"|\s*(?:STOP\W+)+(?:STOP|I|WHO|YOU|WRONG|NO|NOT|NEVER)\b",
    re.DOTALL,
)
CHANNEL_LIST = re.compile(
    r"\b(call|te?xt|e-?mail|message|contact),\s*(?=(?:call|te?xt|e-?mail|message|contact),?\s+(?:n?or|and)"
    r"\s+(?:call|te?xt|e-?mail|message|contact)\b(?!\s+(?:(?:me|us)\s+)?instead))",
    re.IGNORECASE,
)
"""A comma that means "or": do not call, text or email me."""

_COURTESY = (
    "please|pls|plz|plse|kindly|thanks|thank|you|u|thx|ty|ok|okay|hi|hello|hey|yo|sir|maam|guys|sorry|just|now"
    "|already|enough|immediately|wtf|omg|ffs|fucking|damn|por|favor|gracias|svp|merci|sil|vous|te|plait"
)
COURTESY_WORDS = re.compile(rf"\b(?:{_COURTESY})\b")
REQUEST_WORDS = re.compile(rf"\b(?:{_COURTESY}|can|could|would|will)\b")
"""Words of a request. Ignored only for patterns that cannot be about an order or an appointment."""


def _pattern(text: str) -> re.Pattern[str]:
    """Compile a verbose pattern in which `_` is a space and `<NAME>` is an entry of the vocabulary."""
    for name, meaning in reversed(_VOCABULARY.items()):  # a later entry may refer to an earlier one
        text = text.replace(f"<{name}>", f"(?:{meaning})")
    return re.compile(text.replace("_", "[ ]"), re.VERBOSE)


_VOCABULARY = {
    "UNSUB": r"uns[ui]?b?s?[ck]?r?[iy]?be?|unsub",
    "TEXTS": r"te?xts?|texting|messages?|msgs?|messaging|sms|spam|blasts?|alerts|notifications|promos|promotions|ads|reminders"
    r"|texto?s|mensajes",
    "TEXTING": r"te?xti?ng?|texing|messaging|msging|contacting|spamming|harassing|bothering|bugging|pestering"
    r"|annoying|soliciting|calling|writing|emailing|blowing_up|reaching_out",
    "TEXT": r"te?xt|message|msg|contact|call|write|bother|email|spam|solicit|reach_out_to|reply",
    "THESE": r"these|those|this|the|your|ur|any|anymore|another|all|all_these|all_the|all_of_these|my|more|further",
    "LIST": r"lists?|database|system|contacts|records|te?xts|messages|sms|campaign|mailing|files|thread|chain|thing"
    r"|group_(?:text|chat)|(?:group|chat)(?=$|_(?:please|pls|now)\b)",
    "KIN": r"wife|husband|mother|mom|mum|father|dad|parents|son|daughter|kids?|brother|sister|partner|family",
    "WHOSE": r"(?:all_)?(?:of_)?(?:my|this|our|his|her|their)",
    "MY_NUMBER": r"(?:my|this|the|our|his|her|their)_(?:\w+_)?(?:number|phone|cell|contact|info|name)|me|us|myself",
    "CALLS": r"(?:calls?|emails?)_(?:or|and|no)",
    # Words that may follow "stop texting" in a general opt-out.
    "ME": r"(?:to_)?(?:me|us)|it|this|my_(?:\w+_)?(?:number|phone|cell|<KIN>)|these|here|please|or|and|anymore|again|with|so",
    "END": r"$|_(?:please|pls|plz|thanks|thx|thank|now|immediately|already|again|anymore|ever|everyone)\b",
    "NOT": r"dont|dnt|do_not|never|do_nt|donot|not_(?:allowed_|permitted_)?to|no_(?:consent|permission|right)_to"
    r"|(?:please|pls|plz|kindly)_not|(?:can|could|would|will)_(?:you|u|yall)_(?:please_|pls_|just_)?not",
    "DONT": r"dont|dnt|do_not|no_longer|never",
    "WANT": r"want|wan|wish|like|care|need|consent|agree",
    "THREAT": r"report\w*|sue|suing|police|cops|lawyers?|attorney|fcc|ftc|court|legal_action|block(?:ing)?_(?:you|your|this)|complain\w*",
    "EMPHASIS": r"seriously|i_mean_it|im_serious|(?:last|final)_warning|for_the_love_of_god|for_(?:gods|fucks)_sake|(?:i_am|im)_warning_(?:you|u)",
    "NAME": r"(?:you_|u_|ya_)?(?:\w+_)?(?:idiots?|scammers?|spammers?|creeps?|morons?|assholes?|jerks?)",
    "NONSENSE": r"nonsense|crap|bullshit|bs|shit|garbage|junk|harassment|madness|games?",
    "SUIT": r"sue|suing|police|cops|lawyers?|attorneys?|fcc|ftc|court|legal_action",
    "I": r"i|ill|im|ive|we|well|were|weve|my|our|you|youll",
    "WORDS": r"te?xts?|text_messages?|messages?|msgs?|sms",
    "ES": r"escrib\w*|mand\w*|envi\w*|contact\w*|llam\w*|texte\w*|molest\w*",
    "FR": r"ecri\w*|envoy\w*|envoi\w*|contact\w*|appel\w*|texte\w*|derang\w*|harcel\w*",
}

# The letters of the whole message, without repeats ("S.T.O.P.", "STOOOP", "stop stop").
STOP_LETTERS = re.compile(
    r"(?:stop)+(?:al|2end|2quit)?|stpo|sotp|tsop|stahp|stap|end|quit|cancel|revoke|optout|removeme|remove"
    r"|uns[ui]?b?s?[ck]?r?[iy]?bed?|unsub|alto|parar|pare|baja|cancelar|aret|aretez|areter|desabonner?"
)
STOP_KEYWORDS = _pattern(
    r"""(?:(?:stop|quit|end|cancel|revoke|remove|optout|alto|pare|parar|baja|cancelar|arret|arretez)_?)+
      | (?:stop|quit|end)_(?:it|this|that|them|these|all|everything|to_end) | (?:do_not|dont)_call
      | (?:reply|text|txt|send)_(?:stop|quit|end|cancel|<UNSUB>)"""
)
STOP_CLAUSE = _pattern(
    r"""(?:stop_?)+ (?:all(?:_of)?)? (?:_?(?:it|this|them|these|that))? (?:_?(?:right(?:_away)?|asap|forever|at_once|for_good))?
      | (?:spam|scam|(?:(?:i_am|im)_)?not_interested|no_thanks?|wrong_(?:number|person)|who_is_this|idk_(?:you|who_(?:this|you)_\w+))_stop
      | <EMPHASIS>_(?:stop_?)+ | (?:stop_?)+(?:_?(?:it|this|that))?_(?:<EMPHASIS>|or_else|<NAME>|i_said|who_(?:is|are)_(?:this|you))
      | (?:stop_?)+(?:_?(?:it|this|that))?_(?:(?:i_am|im)_)?not_interested
      | (?:stop_?)+_?(?:i_)?(?:dont_want_(?:this|these|it|them|any)|(?:dont_know|idk)(?:_(?:you|u|who_\w+_\w+))?)
      | (?:stop|quit|enough)_(?:with_)?(?:all_)?(?:this|the|your|these)_<NONSENSE> | (?:stop|quit)_scamming(?:_\w+)?
      | (?:cut|give)_it_(?:out|a_rest) | (?:bug|buzz|back)_off | this_is_harassment | get_lost | no_solicit\w+
      | i_(?:said|told_to|asked_to)_stop | make_it_stop | knock_it_off
      | <UNSUB>d?(?:_me)? | opt_?out | opt(?:ing|ed)?_(?:me_)?out | remove_me | take_me_off | get_me_off
      | delete_me | block_me | i_want_(?:off|out) | go_away | (?:fuck|piss)_off
      | desabonn\w+ | desinscri\w+ | arretez?"""
)

OPT_OUT = _pattern(
    r"""
    # stop texting me; quit with the texts; I want these messages to stop
      \b(?:stop|stp|if_(?:you|u)_(?:would_)?stopped|quit|cease|discontinue|halt)(?:_with|_w|_all)?(?:_<THESE>)?
        _<TEXTING>(?:_(?:and|or)_<TEXTING>)?(?=<END>|_<ME>\b|_(?:him|her)(?:<END>))
    | \b(?:stop|quit|cease|end|cancel|discontinue|halt|turn_off)(?:_it)?(?:_with|_w|_getting|_receiving)?(?:_my_subscription_to)?
        (?:_<THESE>)?(?:_\w+)?_<TEXTS>(?=<END>|_(?:to|for)_(?:me|us|<MY_NUMBER>)(?=<END>))
    | \b(?:stop|quit|cease)_sending(?=<END>|_(?:me|us|these|this|any|so|more|<TEXTS>)\b)
    | \b(?:stop|quit)_(?:receiving|getting)_(?:these|those|them)(?=<END>)
    | \bcease_and_desist | \b(?:stop|cease|end)_(?:all_)?(?:contact|communications?)(?=<END>|_with_(?:me|us))
    | \b(?:refrain|desist)_from_<TEXTING>
    | \b(?:these|those|your)_(?:\w+_)?<TEXTS>_(?:to_|must_|need_to_|should_|have_to_)?stop(?=<END>)
    | \b(?:(?:asked|told|want|need)_(?:you|u|yall)(?:_\w+){0,3}|(?:have|had)_to_tell_(?:you|u|yall))_to_(?:please_)?stop(?=<END>)
    | \bi_(?:already_)?(?:said|asked|told_(?:you|u))_(?:you_)?(?:to_)?stop(?=<END>)
    | \bwrong_(?:number|person)_(?:\w+_)?(?:stop|remove)(?=<END>)
    | \b<NOT>_keep_<TEXTING>(?=<END>|_<ME>\b)
    | \b(?:if|why)_(?:do_|are_|have_)?(?:you|u)_(?:guys_|people_)?(?:keep|still|continue)_<TEXTING>(?=<END>|_<ME>\b)
    | \bi_(?:have_|am_)?block(?:ed|ing)_(?:you|u|this_number)(?=<END>)
    | \b(?:stop|dont|do_not)_us(?:e|ing)_this_number(?=<END>)
    # stop or I call my lawyer; stop I will sue; remove me before I report you
    | ^(?:(?:please|seriously|ok|hey)_)?(?:stop|quit|cease|<UNSUB>|remove_me|leave_(?:me|us)_alone|end_(?:it|this))
        (?:_(?:it|this|that|now|please|pls|already|immediately|right|all|at|once|<TEXTING>|me|us)){0,4}
        (?:_(?:or|before|and|because|since))?_<I>(?:_\w+){0,6}_(?:<THREAT>)\b
    | \b(?:blocked|reported)_(?:and_(?:blocked|reported)|as_spam)\b | \bbeing_reported_to\b
    | \breport(?:ing|ed)?_(?:you|u|(?:this|your)_number|this)_(?:(?:to|as|for)_)?(?:the_)?(?:fcc|ftc|spam|harassment|authorities)\b
    | \b(?:next|another)_(?:te?xts?|messages?|msgs?)(?:_\w+){0,6}_(?:<SUIT>)\b
    | \b(?:<SUIT>)(?:_\w+){0,6}_if_(?:this_(?:continues|does\w+_stop|happens_again)|(?:you|u)_(?:ever_)?(?:te?xt|message|msg|contact)_again)\b
    # text me again and I call a lawyer
    | \b(?:if_(?:you|u)_(?:ever_)?<TEXT>_(?:me|us)|<TEXT>_(?:me|us)_again|one_more_(?:<TEXT>|<TEXTS>))(?:_\w+){0,8}_(?:<THREAT>)\b
    | \b(?:<THREAT>)(?:_\w+){0,8}_if_(?:you|u)_(?:ever_)?<TEXT>_(?:me|us)\b
    # do not text me; never contact this number
    | \b<NOT>_(?:(?:you_)?(?:ever|dare|please)_)?<TEXT>(?:_(?:or|and)_<TEXT>){0,2}
        (?:(?<!dont_call)(?<!not_call)(?<!dont_email)(?<!not_email)(?=<END>)
          |(?=_(?:to_)?(?:again|anymore|me|us|this_number|this_phone|my_(?:phone|number|cell)|any_more|back)\b))
    | \b<NOT>_(?:ever_)?send_(?:(?:me|us)_)?(?:any|anything|anymore|more|another|<TEXTS>)\b
    | \b<NOT>_hit_me_up | \b(?:never_gave|didnt_give|did_not_give|dont_have|do_not_have)_(?:\w+_){0,2}(?:consent|permission)_to_<TEXT>
    | \b(?:not|never)_to_be_(?:contacted|te?xted)
    # no more texts; I do not want your messages
    | \b(?:no_more|no_further|enough_with|enough_of|enough|done_(?:with|getting|receiving))(?:_of)?(?:_<THESE>)?(?:_<CALLS>)?_<TEXTS>\b
    | ^no_more_of_(?:these|this)\b | ^(?:(?:please|pls|plz)_)?no_(?:<CALLS>_)?(?:text_)?<TEXTS>(?=<END>) | \bno_(?:more|further)_contact\b
    | \b(?:<DONT>_<WANT>(?:_to)?(?:_(?:receive|get|have))?|(?:rather|prefer)_not_(?:to_)?(?:receive|get|have))
        (?:(?:_<THESE>){0,2}(?:_\w+)?_<TEXTS>(?=<END>|_(?:from|to|at|on|about|or|like)\b)|_(?:any_of_)?(?:these|those)(?=<END>))
    | \b(?:<DONT>_<WANT>_(?:to_be|being)|(?:rather|prefer)_not_(?:to_)?be)_(?:contacted|te?xted|messaged|called|bothered|on_your_list)\b
    | \b<DONT>_<WANT>_to_hear_from_you
    | \b(?:didnt|did_not|never)_(?:ask|asked|sign_up|signed_up|agree|agreed|consent|consented)_(?:for|to)_(?:\w+_){0,2}<TEXTS>\b(?!_on_the)
    | \bnot_interested_in_(?:receiving_|getting_)?(?:<THESE>_)?<TEXTS>\b
    # take me off your list; delete my number
    | \b(?:take|get|pull)_<MY_NUMBER>_off(?=<END>)
    | \b(?:take|get|pull|remove|delete|drop|unlist|block|strike)_<MY_NUMBER>_(?:off|from|out)(?:_of)?(?:_\w+){0,3}_<LIST>\b
    | \b(?:take|remove|get)_(?:him|her|them)_(?:off|from)_(?:your|this|the)_(?:\w+_)?<LIST>(?=<END>)
    | \b(?:be|been|being)_(?:removed|taken_off|deleted)_(?:from_)?(?:\w+_){0,2}<LIST>\b
    | \b(?:get|want)_off_(?:\w+_){0,3}<LIST>\b | \bremove_from_(?:\w+_)?list\b
    | \b(?:remove|delete|erase|lose|forget|scrub|block)_(?:you_have_)?(?:all_(?:of_)?)?(?:my|this)_(?:\w+_)?(?:number|phone|contact|info)\b
    | \b(?:remove|delete|erase|lose|forget|scrub)_<WHOSE>_(?:number|phone|cell|contact|info|information|data)(?=<END>)
    | \b(?:remove|delete)_(?:me|us)(?=<END>) | \bremove_(?:[0-9]+_){1,4}from_(?:your|this|the)_(?:\w+_)?<LIST>\b
    | \b(?:on|to)_(?:\w+_)?(?:do_not|no)_(?:call|contact|text)_(?:list|registry) | \bdnc_list
    # unsubscribe, opt out
    | (?:^|\b(?:how_(?:do|can)_i|to|please|pls|plz|kindly|must|me)_)<UNSUB>(?=<END>|_(?:me|us|this|my_(?:\w+_)?(?:number|phone|cell)|from|all)\b)
    | (?:^|\b(?:how_(?:do|can)_i|^i|to|please|pls|plz|im|am)_)opt(?:ing|_me|_us)?_out
        (?=<END>|_(?:my|this)_number|_(?:of|from)_(?:<THESE>_)?(?:text_)?(?:<TEXTS>|these|this|all|everything|<LIST>)\b)
    | \bopt_(?:this|my|our)_(?:number|phone|cell)_out\b
    | \b(?:revoke|withdraw)_(?:my_)?(?:consent|permission)
    | \bleave_(?:me|us|my_<KIN>)_(?:the_\w+_)?alone
    # Spanish
    | \bno_(?:me|nos)_<ES>(?:_ni_(?:me|nos)_<ES>)?(?=$|_(?:mas|nunca|otra|por|mensajes|textos|a_este)\b)
    | \b(?:dej\w+|par\w+)_de_<ES>
    | \bno_(?:quiero_)?(?:recibir_)?(?:(?:mas|sus|tus|estos)_){0,2}(?:mensajes|textos)
    | \b(?:quit|elimin|borr|sa[cq]u?)\w{0,6}_(?:mi_numero|este_numero|de_(?:su|tu|la|esta)_lista)
    | \bd(?:ar|e|en)me_de_baja | \bdej\w*me_en_paz | \bbasta_de_<TEXTS>
    # French
    | \bne_(?:me_|m)<FR>_(?:plus|pas)\b | \bne_plus_(?:me_|m)<FR>
    | \barret\w*_(?:de_(?:me_|m)<FR>|(?:les|vos|ces)_<TEXTS>)
    | \bne_veux_plus_(?:recevoir|de_<TEXTS>|vos_<TEXTS>|etre_contact)
    | \b(?:retir|enlev|supprim|effac)\w*_(?:moi_de|mon_numero)
    | ^(?:plus|pas)_de_<TEXTS>
    | \blaiss\w+_moi_tranquille
    """
)

# Matched against the whole message, since it spans sentences: wrong number. please remove it
OPT_OUT_AT_END = _pattern(
    r"\b(?:wrong|my|this|(?:not|isnt)_\w+)_(?:number|phone|person)(?:_\w+){0,8}_(?:delete|remove)(?:_it)?(?:_please)?$"
)

# Wording that turns a match of OPT_OUT into something else.
NOT_OPT_OUT = _pattern(
    r"""
      \b(?:wont|doesnt|didnt|cant|dont|never|not|(?<!i_)said_to|to_tell|tell_(?!you|u_|yall)\w+_to|(?:told|asked)_(?:him|her|them)_to)
        _(?:stop|quit|remove|delete|forget|lose|leave|unsubscribe|opt)\b
    | \b(?:i|we|they|he|she|you|why)_(?:dont|do_not|never)_(?:<TEXT>)\b
    | \b<NOT>_<TEXT>(?:_me|_us)?(?:_\w+)?
        _(?:before|after|until|till|while|during|between|if|when|unless|about|today|tonight|(?:at|on)_(?!this|my))\b
    | \b<NOT>_<TEXT>_(?:me|us)_the_(?:code|address|details|link|bill|invoice|photos?|pictures?)\b
    | \b<UNSUB>_(?:(?:me|us)_)?from_(?:the|my|our)_(?:(?!<TEXTS>)\w+_){0,2}(?:plan|service|membership|magazine|warranty|contract)(?=<END>)
    """
)

# Praise in another sentence, which makes "stop" an exclamation.
PRAISE = _pattern(
    r"""(?:youre|you_are|this_is|thats|that_is|its|it_is|(?:the|this|that)_\w+_is)_(?:so_|too_|just_)?
        (?:kind|sweet|funny|cute|great|amazing|awesome|perfect|beautiful|hilarious) | hammer_time"""
)

# A request for texts instead of calls or email, which is no opt-out. "just text my husband" is not one.
TEXT_PREFERRED = _pattern(
    r"""
      (?:(?<!\bi_)(?<!\bwe_)(?<!\bthey_)(?<!\byou_)(?<!\bu_)\b|\b(?:can|could|would|will)_(?:you|u)_(?:please_)?)
        (?:just|only)_(?:te?xt|message|msg)(?=$|_(?:me|us|this|here|instead|back|please|pls|plz|thanks)\b)
    | (?:^|\b(?:please|and)_)te?xt_(?:me|us)(?=$|_(?:instead|only|here|back|please|pls|thanks)\b)
    | \bte?xt_(?:instead|only)(?=<END>) | \bte?xt_(?:me|us)_(?:instead|only)(?=<END>)
    | \bte?xt(?:s|ing)?_(?:is|are|works?)_(?:better|best|fine|ok|okay|good|great|easier)\b
    """
)
CALL_OR_EMAIL = re.compile(r"\b(?:call\w*|e?mail\w*)\b")
TEXT_CHANNEL = re.compile(r"\b(?:te?xt\w*|txt\w*|mess\w*|msg\w*|sms|contact\w*|reach\w*|spam\w*)\b")

# Opt-in keywords, and wording that is explicitly about texts. "Please start" may be about the work, and
# "call me again" is not about texts.
OPT_IN_KEYWORDS = _pattern(r"start|(?:please_)?(?:unstop|resubscribe|opt_?in)(?:_please)?")
OPT_IN = _pattern(
    r"""
    (?:
      ^(?:please_)?resubscribe_me | ^(?:please_)?subscribe_me_again | \bopt_(?:me_|us_)?(?:back_in|in_again)
        (?:_(?:to|for)_(?:the_|your_|these_)?<WORDS>)?
    | \b(?:(?:you|u|yall)_(?:can|may)|please|(?:ok|okay|fine|free|welcome)_to)
        _(?:(?:start_|resume_|now_)?(?:te?xt|message|msg)_(?:me|us)|send_(?:me|us)_(?:your_)?<WORDS>)_again
    | (?:^|\b(?:(?:you|u|yall)_(?:can|may)|please|(?:ok|okay|fine|free|welcome)_to)_)
        (?:start|resume|restart|begin)_(?:(?:te?xti?ng?|messaging|msging)_(?:me|us)|sending_(?:me|us)_(?:your_)?<WORDS>)(?:_again)?
    | \b(?:put|add)_me_back_(?:on|to)_(?:the|your)_(?:te?xt|texting|message|messaging|sms)_list
    | \bsign_me_(?:back_)?up_for_<WORDS>(?:_again)?
    | \b(?:want|like)_to_(?:receive|get)_(?:the_|your_|these_|text_)?<WORDS>_again
    )(?=$|_(?:now|please|pls|thanks|thank|thx|anytime|any_time|whenever|from_now_on)\b)
    """
)
NOT_OPT_IN = _pattern(
    r"\b(?:why|who|what|did|if|no|not|never|nobody|dare|think|thought|only|love|spam\w*|scam\w*|harass\w*|(?:do|did|is|was|are|would|should|could|ca|wo)nt|<THREAT>)\b"
)
"""Anywhere in the message, these prevent an opt-in: a false opt-in does more harm than a missed one."""
