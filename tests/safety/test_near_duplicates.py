"""Corrections are sent and rewordings are not: pairs of texts in several languages."""

import pytest

from quo_mcp.safety.near_duplicates import is_rewording

CORRECTIONS = [
    # numbers and times
    ("We come at 3 pm today.", "We come at 4 pm today."),
    ("We come at 3 pm today.", "We come at 3 am today."),
    ("We come at 3 pm today.", "We come at 3:30 pm today."),
    ("I'll be there in 15 minutes", "I'll be there in 5 minutes"),
    ("I'll be there in fifteen minutes", "I'll be there in fifty minutes"),
    ("Your boat is ready at 9:30", "Your boat is ready at 9:45"),
    ("The total is $150.", "The total is $105."),
    ("The total is $150.", "The total is €150."),
    ("The gate code is 0123", "The gate code is 123"),
    ("Open from 9 to 5", "Open from 5 to 9"),
    ("It takes 2 hours", "It takes 2 days"),
    ("Call me at (415) 555-0111.", "Call me at (415) 555-0117."),
    ("Come to 12 Main St", "Come to 21 Main St"),
    ("A 10% discount", "A 20% discount"),
    # days
    ("See you on Tuesday at the shop", "See you on Thursday at the shop"),
    ("See you Tue at the shop", "See you Thu at the shop"),
    ("We deliver tomorrow morning", "We deliver today morning"),
    ("We deliver tomorrow morning", "We deliver tomorrow evening"),
    ("We deliver at 9", "We deliver tomorrow at 9"),
    ("The visit is this Friday", "The visit is next Friday"),
    ("The visit is on June 5", "The visit is on July 5"),
    # names
    ("Ask for Tom at the desk.", "Ask for Jane at the desk."),
    ("Ask for Tom at the desk, please.", "Ask for Tim at the desk, please."),
    ("Please bring it to Oak Street today", "Please bring it to Elm Street today"),
    ("Tell Rosa that Jane is coming", "Tell Jane that Rosa is coming"),
    ("Jane is on her way to you", "Rosa is on her way to you"),
    ("Your appointment with Maria is confirmed", "Your appointment with Mario is confirmed"),
    # links
    ("Pay here: https://pay.example/7", "Pay here: https://pay.example/8"),
    ("Pay here: pay.example.com/a", "Pay here: pay.example.com/b"),
    ("Write to ana@example.com please", "Write to eva@example.com please"),
    # the opposite
    ("We can come today.", "We can't come today."),
    ("We can come today.", "We cannot come today"),
    ("Your boat is ready", "Your boat is not ready"),
    ("Your boat is ready", "Your boat isnt ready yet"),
    ("Yes, that works for us", "No, that works for us"),
    ("Yes", "No"),
    ("Please turn it on", "Please turn it off"),
    ("Call before the visit", "Call after the visit"),
    ("Use the left door", "Use the right door"),
    ("Your boat is ready", "Your boat is almost ready"),
    ("👍 see you there", "👎 see you there"),
    ("I will call you", "You will call me"),
    ("Your boat is ready at the pier", "Your truck is ready at the pier"),
    ("It is ready.", "Is it ready?"),
    ("On my way", "On our way"),
    ("Order 1", "Order 2"),
    ("Bring it from the shop to the boat", "Bring it from the boat to the shop"),
    # other languages
    ("Llegamos el martes a las 3", "Llegamos el jueves a las 3"),
    ("Llegamos en tres horas", "Llegamos en seis horas"),
    ("Podemos ir hoy", "No podemos ir hoy"),
    ("Nous arrivons demain à 9h30", "Nous arrivons demain à 9h45"),
    ("Nous arrivons lundi", "Nous arrivons mardi"),
    ("Nous pouvons venir", "Nous ne pouvons pas venir"),
    ("Wir kommen am Montag um 9 Uhr", "Wir kommen am Dienstag um 9 Uhr"),
    ("Wir können kommen", "Wir können nicht kommen"),
    ("Wir kommen heute", "Wir kommen morgen"),
    ("Chegamos na segunda", "Chegamos na sexta"),
    ("Arriviamo domani", "Arriviamo oggi"),
    ("Мы приедем завтра", "Мы приедем сегодня"),
    ("Мы приедем", "Мы не приедем"),
    ("我们明天上午九点过来修理", "我们后天上午九点过来修理"),
    ("我们明天上午九点半过来修理水管", "我们明天上午九点过来修理水管"),
    ("我们能来", "我们不能来"),
    ("明日行きます", "明日行きません"),
    ("내일 갑니다", "모레 갑니다"),
    ("내일 갑니다", "내일 안 갑니다"),
    ("سنأتي غدا", "سنأتي اليوم"),
    ("พรุ่งนี้เราไป", "พรุ่งนี้เราไม่ไป"),
]

REWORDINGS = [
    ("On my way.", "On my way now."),
    ("On my way", "On my way!!! 🙂"),
    ("We are on our way to you.", "We are on our way to you both."),
    ("We're on our way to you", "We are on our way to you"),
    ("Your boat is ready", "Your boat is ready, thanks"),
    ("Hi, your boat is ready.", "Hello! Your boat is ready."),
    ("Thanks!", "Thank you!"),
    ("Your boat is ready for pickup", "Your boat is now ready for pickup"),
    ("Your boat is ready for pickup", "Your boat is ready to pick up"),
    ("Your apointment is at 3 pm", "Your appointment is at 3 p.m."),
    ("Your appointment is at 15:00", "Your appointment is at 3 PM"),
    ("Your appointment is at 3:00 pm", "Your appointment is at 3pm"),
    ("We come tomorrow at 3 pm", "Tomorrow at 3 pm, we come"),
    ("I'll be there in 15 min", "I will be there in 15 minutes"),
    ("I'll be there in fifteen minutes", "I'll be there in 15 minutes."),
    ("The total is $1,000", "The total is 1000 dollars"),
    ("See you Tuesday", "See you on Tue."),
    ("Can you send the rest?", "Could you please send the rest?"),
    ("Let me know if that works", "Please let me know if that works!"),
    ("Call me ASAP", "Please call me as soon as possible"),
    ("ON MY WAY", "on my way now"),
    ("Pay here: https://pay.example/7", "Please pay here: https://pay.example/7."),
    ("Ask for Tom at the desk", "Please ask for Tom at the desk, thanks"),
    ("Yes we can come today", "We can come today"),
    ("We can't come today", "We can not come today, sorry"),
    ("Just letting you know that your boat is ready", "Your boat is ready"),
    # other languages
    ("Llegamos el martes a las 3", "¡Hola! Llegamos el martes a las 3, gracias"),
    ("Estamos en camino", "Ya estamos en camino"),
    ("Nous arrivons demain à 9h30", "Bonjour, nous arrivons demain à 9:30"),
    ("Votre bateau est prêt", "Votre bateau est prêt maintenant, merci"),
    ("Wir kommen am Montag um 9 Uhr", "Hallo, wir kommen am Montag um 9 Uhr. Danke"),
    ("Wir sind auf dem Weg", "Wir sind jetzt auf dem Weg"),
    ("Estamos a caminho", "Olá, já estamos a caminho"),
    ("Stiamo arrivando", "Ciao, stiamo arrivando ora"),
    ("Мы уже едем к вам", "Здравствуйте, мы едем к вам"),
    ("我们在路上", "您好 我们在路上了"),
    ("내일 갑니다", "안녕하세요, 내일 갑니다"),
]


@pytest.mark.parametrize(("first", "second"), CORRECTIONS)
def test_a_correction_is_not_a_rewording_in_either_direction(first, second):
    assert not is_rewording(first, second)
    assert not is_rewording(second, first)


@pytest.mark.parametrize(("first", "second"), REWORDINGS)
def test_a_rewording_is_one_in_both_directions(first, second):
    assert is_rewording(first, second)
    assert is_rewording(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Your boat is ready", "Your boat is ready. Bring cash, the papers and the spare key"),
        ("Hi", "Thanks"),
        ("Hello Jane", "Where are you?"),
        ("Boat", "Boat tomorrow"),
        ("👍", "🎉"),
        ("...", "!!!"),
    ],
)
def test_another_text_is_not_a_rewording(first, second):
    assert not is_rewording(first, second)


def test_the_table_is_as_large_as_promised():
    assert len(CORRECTIONS) + len(REWORDINGS) >= 90


@pytest.mark.parametrize("piece", ["@", "a.", "a@", "://", "a-", "'", "1.", "9", "x", "我", "Ab "])
def test_a_long_text_of_one_piece_is_compared_in_no_time(piece):
    text = (piece * 1600)[:1600]
    assert is_rewording(text, text) in {True, False}
