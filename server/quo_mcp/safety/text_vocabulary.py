"""The words by which two texts can differ without, or only by, a change of meaning; in the languages of most customers.

Single words, casefolded. A word that is in no list is ordinary: it may be added without a change of
meaning, but not replaced.
"""


def _words(*lists: str) -> frozenset[str]:
    return frozenset(word for words in lists for word in words.split())


FILLERS = _words(
    # English
    "a an the is are am be to for of at on in and that it its please pls kindly thanks hi dear just now so very really"
    " quite also too then well ok sure yes yeah yep yup soon shortly asap again already still quick quickly little bit"
    " great good perfect fine welcome sorry best regards cheers sincerely simply actually currently o'clock st nd rd th"
    " let letting know wanted tell inform note fyi reminder remind reminding checking confirm confirming moment",
    # Spanish, Portuguese, Italian
    "el la los las un una de del al en que y favor gracias hola muy ya ahora saludos es está están son pronto ahorita"
    " claro sí vale bueno o os as um uma do da dos das em e por obrigado obrigada olá oi muito já agora estão é são sim"
    " il lo gli le di della che per favore grazie ciao buongiorno molto già adesso ora subito è sono sì",
    # French
    "les une des du au aux à et s'il te vous plaît plait svp stp merci bonjour salut bonsoir très bien maintenant bientôt"
    " est suis sont ce ça oui d'accord donc alors juste voilà cordialement",
    # German, Dutch
    "der die das den dem ein eine einen einem einer ist sind bin und zu im am in auf für von bitte danke dank vielen hallo"
    " sehr jetzt gleich bald schon mal noch gerne gern ja grüße viele liebe doch de het een van op te en zijn bedankt hoi"
    " graag nu alvast",
    # Russian, Ukrainian, Polish
    "и в на пожалуйста спасибо привет здравствуйте да уже сейчас очень это что скоро будь ласка дякую w na proszę"
    " dziękuję cześć tak już teraz bardzo to że",
    # Chinese, Japanese, Korean
    "请 吧 呢 啊 哦 呀 嘛 了 您 好 谢 謝 的 ね よ ご 제발 네 감사합니다 안녕하세요",
)
"""Words that say nothing of their own: articles, greetings, thanks. They may be added, removed and replaced."""

DAYS = _words(
    "monday tuesday wednesday thursday friday saturday sunday today tonight tomorrow yesterday morning afternoon evening"
    " night noon midnight midday weekend week weekday month year later earlier early late next last following january"
    " february march april june july august september october november december",
    "lunes martes miércoles jueves viernes sábado domingo hoy mañana ayer anoche tarde noche mediodía semana mes año"
    " próximo próxima pasado pasada enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
    "segunda terça quarta quinta sexta hoje amanhã ontem manhã noite próximo próxima",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica oggi domani ieri sera mattina pomeriggio settimana prossimo"
    " prossima",
    "lundi mardi mercredi jeudi vendredi samedi dimanche aujourd'hui demain hier soir matin midi minuit semaine mois"
    " prochain prochaine janvier février mars avril juin juillet août septembre octobre novembre décembre",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen gestern übermorgen abend nacht"
    " mittag vormittag nachmittag woche monat nächste nächsten nächster januar februar märz juni juli oktober dezember",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag gisteren avond middag ochtend volgende",
    "понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье сегодня завтра вчера послезавтра"
    " утром вечером днём днем ночью",
    "poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę dziś dzisiaj jutro wczoraj rano"
    " wieczorem",
    "今 明 昨 后 後 前 周 週 天 日 月 早 晚 午 夜 朝 夕 曜 火 水 木 金 土 오늘 내일 어제 모레 오전 오후 아침 저녁 밤",
    "اليوم غدا غداً أمس صباحا مساء היום מחר אתמול בבוקר בערב आज कल सुबह शाम",
)
"""Words for a day or a part of it."""

POLARITY = _words(
    "not no nope never none nobody nothing nowhere neither nor without except instead only almost nearly maybe perhaps"
    " probably might if unless until before after by cancel cancelled canceled postpone postponed stop closed left right"
    " more less fewer other another different wrong new old off out away down under over",
    "nunca nada nadie ninguno ninguna ni sin excepto solo sólo casi quizás quizá si hasta antes después cancelado"
    " cancelada não nem sem só talvez se até depois cancelado non mai niente senza quasi forse fino prima dopo",
    "ne n'est n'a pas jamais rien personne aucun aucune sans sauf presque peut-être jusqu'à avant après annulé annulée",
    "nicht kein keine keinen keiner nie nichts ohne nur außer fast vielleicht wenn bis vor nach abgesagt niet geen nooit"
    " zonder alleen bijna misschien als tot inte ej ikke nei nej ei en emme älä",
    "не нет ни без только почти если до после отменено ні nie bez tylko prawie może jeśli przed po ne δεν μην όχι",
    "değil yok không chưa đừng tidak bukan jangan tak hindi wala huwag nem",
    "不 没 沒 無 无 别 別 勿 未 非 안 못 아니 아니요 لا لم لن ليس ما غير לא אין אל नहीं न मत",
)
"""Words that turn or limit a statement."""

NUMBERS = {
    word: value
    for value, words in {
        "0": "zero cero zéro null",
        "2": "two dos deux zwei due dois duas twee два две 二 两 兩",
        "3": "three tres trois drei tre três drie три 三",
        "4": "four cuatro quatre vier quattro quatro четыре 四",
        "5": "five cinco cinq fünf cinque vijf пять 五",
        "6": "six seis sechs zes шесть 六",
        "7": "seven siete sieben sette sete zeven семь 七",
        "8": "eight ocho huit acht otto oito восемь 八",
        "9": "nine nueve neuf neun nove negen девять 九",
        "10": "ten diez zehn dieci dez tien десять 十",
        "11": "eleven onze elf undici onze одиннадцать",
        "12": "twelve doce douze zwölf dodici doze twaalf двенадцать dozen",
        "15": "fifteen quince quinze fünfzehn quindici vijftien пятнадцать",
        "20": "twenty veinte vingt zwanzig venti vinte twintig двадцать",
        "30": "thirty treinta trente dreißig trenta trinta dertig тридцать",
        "40": "forty cuarenta quarante vierzig quaranta quarenta сорок",
        "50": "fifty cincuenta cinquante fünfzig cinquanta cinquenta пятьдесят",
        "60": "sixty sesenta soixante sechzig",
        "90": "ninety noventa neunzig",
        "100": "hundred cien cent hundert cento 百",
        "1000": "thousand mil mille tausend тысяча 千",
        "10000": "万 萬",
        "1/2": "half media medio demi demie halb mezza mezzo meia полчаса 半",
        "1/4": "quarter cuarto quart viertel quarto",
        "1.": "first primero primera premier première erste ersten",
        "2.": "second",
        "3.": "third",
    }.items()
    for word in words.split()
} | dict.fromkeys(["一"], "1")
"""The value of a number word. "One" and its translations are left out: they are also articles and pronouns."""

SYNONYMS = {
    word: synonym
    for synonym, words in {
        "hi": "hello hey hiya",
        "ok": "okay okey k",
        "can": "could",
        "will": "would shall",
        "thanks": "thx ty",
        "you": "u ya",
        "your": "ur",
        "minute": "minutes min mins",
        "hour": "hours hr hrs",
        "day": "days",
        "until": "till til",
        "monday": "mon",
        "tuesday": "tue tues",
        "wednesday": "wed",
        "thursday": "thu thur thurs",
        "friday": "fri",
        "saturday": "sat",
        "sunday": "sun",
        "january": "jan",
        "february": "feb",
        "march": "mar",
        "april": "apr",
        "august": "aug",
        "september": "sep sept",
        "october": "oct",
        "november": "nov",
        "december": "dec",
        "dollar": "dollars usd bucks",
        "euro": "euros eur",
        "and": "&",
    }.items()
    for word in words.split()
}
"""The canonical form of a word."""

CURRENCY_WORDS = {"dollar": "$", "euro": "€", "pound": "£", "pounds": "£", "percent": "%"}

CONTRACTIONS = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "will not",
    "ain't": "is not",
    "let's": "let",
    "gonna": "going to",
    "wanna": "want to",
    "im": "i am",
    "ive": "i have",
    "youre": "you are",
    "theyre": "they are",
    "cant": "can not",
    "wont": "will not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "arent": "are not",
    "wasnt": "was not",
    "havent": "have not",
    "hasnt": "has not",
    "couldnt": "can not",
    "wouldnt": "will not",
    "shouldnt": "should not",
}
"""Whole words. Any other ending is in `ENDINGS`."""

ENDINGS = {
    "n't": "not",
    "'re": "are",
    "'ll": "will",
    "'ve": "have",
    "'d": "will",
    "'m": "am",
    "'s": "is",
}

PHRASES = (
    (r"\bthank you\b", "thanks"),
    (r"\bright (?:now|away)\b", "now"),
    (r"\b(?:as soon as possible)\b", "asap"),
    (r"\bguten (?:tag|morgen|abend)\b", "hallo"),
    (r"\bbuen[oa]s? (?:d[ií]as?|tardes?|noches?)\b", "hola"),
    (r"\bb(?:om|oa) (?:dia|tarde|noite)\b", "olá"),
    (r"\bgood (?:morning|afternoon|evening|day)\b", "hi"),
    (r"\bno (?:problem|worries)\b", "ok"),
    (r"(?<=\d)\s*([ap])\.?\s?m\b\.?", r" clock\1m "),
    (r"(?<=\d)\s*(?:uhr|heures?)\b", " "),
    (r"(?<=\d)\s?h(?=\d\d\b)", ":"),
    (r"\bo'clock\b", " "),
)
"""Replacements before a text is split into words: patterns without regard to case."""

NEGATED_STEMS = ("ない", "ません", "なかった", "않", "없", "못", "ไม่", "မ", "မဟုတ်")
"""Parts of words that negate, in scripts that join them to the verb."""
