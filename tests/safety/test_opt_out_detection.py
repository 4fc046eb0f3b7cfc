import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest

from quo_mcp.safety.opt_out_detection import OptOutStatus, classify, opt_out_status

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _phrases(name):
    return json.loads(Path(__file__).with_name(name).read_text("utf-8"))


CORPORA = {"first": _phrases("phrases.json"), "later": _phrases("phrases_later.json")}
"""Each was written before the rules were tuned on it, the later one against the rules as they then were."""

CORPUS = pytest.mark.parametrize("corpus", CORPORA)


def _half(phrase):
    """The rules were tuned on half A; half B tells how they do on what they were not tuned on."""
    return "AB"[hashlib.sha256(phrase.encode()).digest()[0] & 1]


def _misses(corpus, meaning, half="AB"):
    """Phrases of this meaning that were judged otherwise, and the share of them."""
    phrases = [phrase for phrase in CORPORA[corpus][meaning] if _half(phrase) in half]
    expected = None if meaning == "none" else meaning
    missed = [(phrase, classify(phrase)) for phrase in phrases if classify(phrase) != expected]
    return missed, len(missed) / len(phrases)


@CORPUS
def test_each_corpus_is_large_enough_to_mean_something(corpus):
    assert len(CORPORA[corpus]["out"]) >= 200
    assert len(CORPORA[corpus]["none"]) >= 150


def test_no_phrase_is_judged_twice():
    every = [phrase for corpus in CORPORA.values() for group in corpus.values() for phrase in group]
    assert len(every) == len(set(every))


@CORPUS
def test_at_least_98_in_100_opt_outs_are_seen(corpus):
    missed, share = _misses(corpus, "out")
    assert share <= 0.02, missed


@CORPUS
def test_at_most_2_in_100_innocent_texts_are_taken_for_an_opt_out(corpus):
    missed, share = _misses(corpus, "none")
    assert share <= 0.02, missed


@CORPUS
def test_opting_in_again_is_seen(corpus):
    missed, share = _misses(corpus, "in")
    assert share <= 0.05, missed


@CORPUS
@pytest.mark.parametrize("meaning", ["out", "none"])
def test_nothing_but_an_opt_in_lifts_an_opt_out(corpus, meaning):
    assert [each for each in CORPORA[corpus][meaning] if classify(each) == "in"] == []


@CORPUS
@pytest.mark.parametrize(("meaning", "bound"), [("out", 0.03), ("none", 0.04)])
def test_the_half_that_the_rules_were_not_tuned_on_does_nearly_as_well(corpus, meaning, bound):
    missed, share = _misses(corpus, meaning, "B")
    assert share <= bound, missed


@pytest.mark.parametrize(
    "word",
    [
        *["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"],  # Quo acts on these itself
        *["REVOKE", "OPT OUT", "OPTOUT", "OPT-OUT", "REMOVE ME"],
    ],
)
@pytest.mark.parametrize(
    "written",
    ["{}", " {}\n", "{}.", "“{}”", "{}!!! 😡", "*{}*", "{} please", "{}, thanks", "\u200b{}\ufeff"],
)
def test_a_keyword_alone_is_always_an_opt_out(word, written):
    for spelled in (word, word.lower(), word.title()):
        assert classify(written.format(spelled)) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "s\u200bt\u00ado\u2060p",
        "s\u0336t\u0336o\u0336p\u0336",
        "\U0001d412\U0001d413\U0001d40e\U0001d40f",
        'I said "stop"',
        "I told you to stop",
        "Stop 😡 I said no",
        "STOP I never agreed to this",
        "Please don't text me at this number",
        "why do you keep texting me",
        "You can never text me again",
        "“stop texting me”",
        "Don't call me, stop texting me",
        "Stop texting me. Just call me.",
        "I said to stop",
        "please stop te\u200bxt\u00ading me",
        "I never gave you permission to text me",
        "You're not allowed to text me anymore",
        "Stop calling and texting me. Just text my husband.",
        "Don't call me or text me. Only text my office please",
        "Stop calling me, you only text me ads",
        "You can text me again. No, stop texting me",
        "Stop! That is amazing. Stop texting me",
    ],
)
def test_an_opt_out_is_seen_through_its_dress(text):
    assert classify(text) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "...",
        "😀",
        "STOP by at 5, ok?",
        "STOP payment on that check please",
        "Disliked “STOP texting me”",
        "Why did you start texting me?",
        "Who said you could text me again?",
        "I dare you to text me again",
        "OK start",
        "Start?",
        "start texting",
        "Please text me again, I love being spammed",
        "Please text me again later, but email is better",
        "Restart texting me and you'll be blocked",
        "I want to get texts again from Jane",
        "Text me again and see what happens",
        "Tom, you can text me again if you must",
        "Sure, text me again. I dare you",
        "You can call me again. Stop calling my wife, just text me",
        "Why did you opt me back in?",
        "Disliked “Thanks! Not for you? Unsubscribe",
        "Don't call, I'm asleep",
        "Stop calling. Text me instead.",
        "He said to stop texting the other number",
    ],
)
def test_what_is_neither_stays_neither(text):
    assert classify(text) is None


def test_a_long_and_hostile_text_is_judged():
    for piece in (
        "“",
        '"',
        "'a ",
        "stop ",
        "s",
        "\u0301\u0323",
        "do not ",
        "remove me from ",
        "if you text me ",
        "my number ",
        "call, text ",
        "dej",
        "🛑",
    ):
        assert classify("x" + piece * 5_000 + " x") is None


@pytest.mark.parametrize(
    "text",
    [
        "stop i will sue",
        "STOP. lawyer up",
        "Stop now or I call my lawyer",
        "stop or I'm calling the police",
        "stop before i report you",
        "Stop I have reported you",
        "stop im reporting this number",
        "unsubscribe or i will report you",
        "remove me or I'll report you",
        "quit or i'll block you",
        "next text goes to my lawyer",
        "my attorney will contact you if this continues",
        "I will sue you if you text again",
        "blocked and reported",
        "you are being reported to the FTC",
        "quit it",
        "cut it out",
        "stop it or else",
        "stop this nonsense",
        "stop you scammers",
        "for the love of god stop",
        "stop i mean it",
        "stop last warning",
        "I am not interested stop",
        "Stop i dont know you",
        "who is this stop",
    ],
)
def test_the_words_of_annoyed_people_are_opt_outs(text):
    assert classify(text) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "Reply STOP to unsubscribe",
        "Your appointment is confirmed. Reply STOP to unsubscribe.",
        "Thanks for contacting Acme. We will get back to you shortly. Text STOP to opt out",
        "Reply STOP to opt-out, HELP for help",
        "Msg&data rates may apply. Reply STOP to cancel.",
        "To unsubscribe, reply STOP",
        "To stop receiving messages, reply STOP",
        "You can unsubscribe at any time by replying STOP.",
        "If you do not want to receive texts from us, reply STOP.",
        "Don't want texts from us? Reply STOP",
        "Send STOP to 12345 to unsubscribe",
        'Reply "STOP" to unsubscribe',
        "Reply YES to confirm or STOP to opt out.",
        "Text HELP for help, STOP to cancel",
        "Big sale today! Stop2End",
        "STOP to quit, HELP for info",
        "Répondez STOP pour vous désabonner",
        "Responda STOP para cancelar",
        "You have been unsubscribed. You will not receive any more messages. Reply START to resubscribe.",
        "Unsubscribe: acme.example/u",
        "Auto-reply: I am driving. Reply STOP to stop these messages",
    ],
)
def test_an_automatic_notice_of_a_business_is_no_opt_out(text):
    assert classify(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I am replying STOP to unsubscribe",
        "I'll text STOP to opt out",
        "To be clear: I don't want your messages, so I text STOP",
        "Reply STOP to unsubscribe? I did, stop texting me",
        "You say reply STOP to opt out. STOP",
        "Stop texting me. Reply STOP to unsubscribe.",
        "Reply STOP",
        "STOP to end",
    ],
)
def test_a_notice_hides_no_opt_out(text):
    assert classify(text) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "Will you sue them?",
        "I will report back tomorrow",
        "In my next message I will report the readings",
        "Stop by before I report to work",
        "Please stop the leak or I will call the plumber",
        "My lawyer will contact you if the contract is ready",
        "I reported the leak to the landlord",
    ],
)
def test_a_report_or_a_lawyer_alone_is_no_opt_out(text):
    assert classify(text) is None


@pytest.mark.parametrize(
    "piece", ["to unsubscribe ", "reply stop ", "stop to ", "i will ", "you are "]
)
def test_a_long_text_of_notices_is_judged_in_time(piece):
    start = process_time()
    classify(piece * 500)
    assert process_time() - start < 2


def _at(hour, text):
    return NOON + timedelta(hours=hour), text


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], None),
        ([_at(0, "Hi, do you do gutters?")], None),
        ([_at(0, "Stop.")], OptOutStatus(True, *_at(0, "Stop."))),
        ([_at(0, "stop"), _at(1, "start")], OptOutStatus(False, *_at(1, "start"))),
        ([_at(1, "start"), _at(0, "stop")], OptOutStatus(False, *_at(1, "start"))),
        (
            [_at(2, "Quit texting me"), _at(1, "START"), _at(3, "ok")],
            OptOutStatus(True, *_at(2, "Quit texting me")),
        ),
        ([_at(0, "start"), _at(0, "stop")], OptOutStatus(True, *_at(0, "stop"))),
        ([_at(0, "stop"), _at(0, "start")], OptOutStatus(True, *_at(0, "stop"))),
    ],
)
def test_what_a_person_said_last_counts(messages, expected):
    assert opt_out_status(messages, now=NOON) == expected
    assert opt_out_status(iter(messages), now=NOON) == expected


def test_an_opt_out_without_a_time_counts_as_of_now_and_an_opt_in_not_at_all():
    now = NOON + timedelta(hours=9)
    assert opt_out_status([_at(1, "start"), (None, "stop")], now=now) == OptOutStatus(
        True, now, "stop"
    )
    assert opt_out_status([_at(1, "stop"), (None, "start")], now=now) == OptOutStatus(
        True, *_at(1, "stop")
    )
    assert opt_out_status([(None, "start"), (None, "Hello")], now=now) is None
