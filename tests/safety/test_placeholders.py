"""What was left to be filled in. What is taken for sure is refused, so plain texts must pass."""

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.safety.placeholders import check_placeholders, find_escapes, find_placeholders


def quoted(*found):
    inner_quotes = str.maketrans({'"': "”"})
    return [f'"{each.translate(inner_quotes)}"' for each in found]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi [Name], all done", ["[Name]"]),
        ("[First Name], all done", ["[First Name]"]),
        ("Hi [customer name]", ["[customer name]"]),
        ("Hi [first_name]", ["[first_name]"]),
        ("Best, [Your Company Name]", ["[Your Company Name]"]),
        ("[Company Name]: your visit is tomorrow", ["[Company Name]"]),
        ("We come on [date] at [time].", ["[date]", "[time]"]),
        ("Pay at\n[Insert Link]", ["[Insert Link]"]),
        ("Look: [insert photo of the pump]", ["[insert photo of the pump]"]),
        ("See you at {time}", ["{time}"]),
        ("Hi { name }, hi {Customer Name}", ["{ name }", "{Customer Name}"]),
        ("Hi {{first_name}}", ["{{first_name}}"]),
        ('Hi {{ contact.first | default: "there" }}', ['{{ contact.first | default: "there" }}']),
        ("Hola {nombre}", ["{nombre}"]),
        ("Pay here: <link>", ["<link>"]),
        ("Pay here: <payment link>", ["<payment link>"]),
        ("Hi <Name>", ["<Name>"]),
        ("Hi %name%", ["%name%"]),
        ("Hi %FIRSTNAME%!", ["%FIRSTNAME%"]),
        ("You owe $%amount%.", ["%amount%"]),
        ("Lorem ipsum dolor", ["Lorem ipsum"]),
        ("[Name] {time} <date> %link%", ["[Name]", "{time}", "<date>"]),
        ("Hi {{1}}, your code is {{ 2 }}", ["{{1}}", "{{ 2 }}"]),
        ("Hi ${name}, we come at ${visit.time}", ["${name}", "${visit.time}"]),
        ("Hi #{first_name}", ["#{first_name}"]),
        ("Hi $first_name, it is $amount", ["$first_name", "$amount"]),
        ("Hi <%= name %> {% if late %}", ["<%= name %>", "{% if late %}"]),
        ("Hi *|FNAME|*, hi __NAME__", ["*|FNAME|*", "__NAME__"]),
        ("Hi %s, it is %1$d or %(total)s", ["%s", "%1$d", "%(total)s"]),
        ("We come at [object Object]", ["[object Object]"]),
        ("We come at [object Promise]", ["[object Promise]"]),
        ("It is <Visit object at 0x7f2a>", ["<Visit object at 0x7f2a>"]),
        ("It costs #REF!, or #N/A", ["#REF!", "#N/A"]),
        ("Hi <YOUR NAME HERE> [insert name here]", ["<YOUR NAME HERE>", "[insert name here]"]),
    ],
)
def test_a_gap_that_nobody_can_have_meant_is_refused_and_named(text, left):
    with pytest.raises(InvalidArguments) as refusal:
        check_placeholders(text)
    assert str(refusal.value).startswith("Not sent: ")
    plural = "s" * (len(left) > 1)
    assert f"unfilled placeholder{plural} {', '.join(quoted(*left))}. Replace " in str(
        refusal.value
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It is $____", ["____"]),
        ("TODO: the price", ["TODO"]),
        ("Come on XXX", ["XXX"]),
        ("The price is TBD", ["TBD"]),
        ("Lorem", ["Lorem"]),
        ("Ask for Grace [Office Manager]", ["[Office Manager]"]),
        ("See you Tuesday [same time]", ["[same time]"]),
        ("[Date] 5 May\n[Time]: 9:00", ["[Date]", "[Time]"]),
        ("Pay here: [link](https://pay.example/7)", ["[link]"]),
        ("Type `{name}` as it stands", ["{name}"]),
        ("Open %APPDATA% for me", ["%APPDATA%"]),
        ("Wrap it in <b> and {x}", ["<b>", "{x}"]),
        ("See you at 9 {or later}", ["{or later}"]),
        ("Hi undefined, we come at null", ["undefined", "null"]),
        ("The total is NaN on Invalid Date", ["NaN", "Invalid Date"]),
        ("Hi None, all done", ["None"]),
        ("Hi {0}, it is {}", ["{0}", "{}"]),
    ],
)
def test_a_gap_that_may_be_meant_is_only_pointed_out(text, left):
    check_placeholders(text)
    assert find_placeholders(text).possible == quoted(*left)


def test_what_is_sure_is_not_doubted_too_and_each_is_named_once():
    found = find_placeholders("[Name] [Name] {a} <b> TODO ____")
    assert found == (quoted("[Name]"), quoted("{a}", "<b>", "TODO"))


@pytest.mark.parametrize(
    "text",
    [
        "The invoice [#2041] is attached.",
        "Parts [2x elbow, 1x valve] come to $84.",
        "He said it was [quote] fine [unquote].",
        "Your order [ref A-1009] has shipped.",
        "Open Mon [8-5], Tue [8-5], Sat [closed]",
        "- [ ] shut off the water\n- [x] clear the sink",
        "Track it: https://track.example/p?id=7&d=%20x%20&t=[a]",
        "https://maps.example/?q=815%20Sycamore%20St&name%5B%5D=x",
        "https://es.example/?q=%C2%BFque%20tal",
        "Temp < 60F overnight, > 75F by noon -> run it on low",
        "Press <Enter>, then hold the <Reset> button",
        "Gate code is #4471* then press [2]",
        "Sizes {S, M, L} are in stock.",
        'Send {"unit": 4} to the panel',
        "if (x < 3) { y = 1; } else { y = 2; }",
        "for i in range(3): print(a[i])",
        "Set prices[day] and body{color:red}",
        "Use git checkout main~2 and arr[0]",
        "Name: Jane. Date: Monday. Time: 9 am. Address: 815 Sycamore.",
        "What is your name, number and address?",
        "Pick a date, a time or a day that suits you (any time).",
        "Can you text me the link and the address?",
        "Call me at this number [555-0134] any day.",
        "The company (Acme) wants a price / an amount by Friday.",
        "Total: $1,200 [incl. tax], due 3/15 (net 30)",
        "A 50/50 split: 50% now, 50% when done",
        "<---- this one, not that ---->",
        "Thanks!!! <3 <3 :) ^_^ ¯\\_(ツ)_/¯",
        "Hi Dana [Unit 4], we come at 9.",
        "[reminder] [2 of 3] bring the key",
        "Our number changed: it is now (510) 555-0112.",
        "最終確認【日時】3月5日 9:00 [確認済み]",
        "Rendez-vous « lundi » à 9 h (ok) ?",
        "a[b] = {c: d}; e<f>g",
    ],
)
def test_what_people_write_is_not_refused(text):
    assert find_placeholders(text).certain == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See you at 9 [or a bit later]",
        "See you at 9 [see the link]",
        "[Acme] Your plumber is on the way",
        "[Harbor & Pine] Reminder: furnace check on Monday at 9.",
        "I <3 it, and 3 < 5 > 2",
        "Write to <ana@example.com> or <https://example.com/a>",
        "love you xxx",
        "todo lists and lorem",
        "100% sure, 50% off, 3%",
        "Take 10%off or 15%off, your choice",
        "snake_case and __init__",
        "{ } [] <>",
        "Size XXL",
        ":-} :{ =} ;-] >:[ <:-)",
    ],
)
def test_of_what_people_write_nothing_is_said_at_all(text):
    assert find_placeholders(text) == ([], [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"Hi Rosa,\n\nwe come at 9.", [r"\n"]),
        (r"Hours:\r\nMon\t9-5", [r"\r\n", r"\t"]),
        (r"Don\'t wait", [r"\'"]),
        (r"She said \"now\"", [r"\""]),
        (r"Caf\u00e9 \xe9", [r"\u00e9", r"\xe9"]),
        ("Harbor &amp; Pine", ["&amp;"]),
        ("it&#39;s 5 &lt; 6&nbsp;&euro;", ["&#39;", "&lt;", "&nbsp;"]),
        ("it&#x27;s &apos;ok&apos;", ["&#x27;", "&apos;"]),
        ("A:\\nB", [r"\n"]),
    ],
)
def test_a_raw_escape_is_refused_and_named(text, found):
    assert find_escapes(text) == quoted(*found)
    with pytest.raises(InvalidArguments, match=r"^Not sent: raw code in the text: ") as refusal:
        check_placeholders(text)
    assert str(refusal.value).endswith(". Write the actual character or line break.")


@pytest.mark.parametrize(
    "text",
    [
        r"Open C:\temp\new.txt on \\server\notes",
        r"Reply y\n or yes\no",
        r"Type `\n` for a line break",
        "AT&T; R&D and Q&A; M&Ms;",
        "https://shop.example/?a=1&copy=2&lt=3",
        r"¯\_(ツ)_/¯ \o/ :\\",
    ],
)
def test_what_looks_like_an_escape_but_is_written_by_people_passes(text):
    assert find_escapes(text) == []
    check_placeholders(text)


def test_both_kinds_are_named_in_one_refusal():
    with pytest.raises(InvalidArguments) as refusal:
        check_placeholders(r"Hi {name}\nand [Name]")
    assert str(refusal.value) == (
        'Not sent: unfilled placeholders "{name}", "[Name]". Replace them with the actual values. If the recipient should read '
        "them literally, remove the brackets or signs. Also raw code in the text: "
        '"\\n". The recipient would see it literally. Write the actual character or line break.'
    )


@pytest.mark.parametrize(
    "text", ["None of them fit.", "Sure. None left", "Nan is here", "Annul it"]
)
def test_english_that_only_resembles_a_missing_value_passes_without_a_warning(text):
    assert find_placeholders(text) == ([], [])


@pytest.mark.parametrize(
    "piece",
    [
        "\\",
        "&",
        "${",
        "{%",
        "<%",
        "*|",
        "[object ",
        "{",
        "{{ a",
        "[",
        "[customer ",
        "<your ",
        "%name",
        "`",
        "[\n",
    ],
)
def test_a_text_of_nothing_but_brackets_is_read_in_no_time(piece):
    text = (piece * 1600)[:1600]
    assert find_placeholders(text).certain == []
