import pytest

from quo_mcp.directory.address_book import (
    AddressBook,
    Ambiguity,
    Candidates,
    NoMatch,
    Person,
    ResolvedNumber,
)


def phone(last, label="mobile"):
    return (label, f"+1415555{last}")


PEOPLE = (
    Person(
        "c-jane",
        "Jane",
        "Doe",
        "Acme",
        numbers=(phone("0101"), phone("0102", "work")),
        emails=(("", "jane@example.com"),),
    ),
    Person(
        "c-jose",
        "José",
        "Álvarez",
        "Beta Plumbing",
        "Plumber",
        (phone("0103"),),
        (("", "jose@example.com"),),
    ),
    Person("c-ann", "Ann", "Lee", numbers=(phone("0104"),)),
    Person("c-ann-smith", "Ann", "Lee-Smith", numbers=(phone("0105"),)),
    Person("c-bank", company="Bank of Examples", numbers=(phone("0106", "main"),)),
    Person("c-sam-1", "Sam", "Roe", "Acme", numbers=(phone("0107"),)),
    Person("c-sam-2", "Sam", "Roe", "Beta", numbers=(phone("0108"),)),
    Person("c-kim-1", "Kim", "Poe", numbers=(phone("0109"),)),
    Person("c-kim-2", "KIM", "Poé", numbers=(phone("0109", "home"),)),
    Person("c-lou", "Lou", "Moe", numbers=()),
    Person("c-nil", "Nil", "Moe"),
    Person("c-al-1", "Al", "Coe", numbers=(phone("0111", "home"),)),
    Person("c-di-1", "Di", "Coe", numbers=(phone("0111", "home"),)),
    Person("c-raw", "Pat", "Raw", numbers=(("mobile", "555-0112"),)),
    Person("c-james", "James", "Martin", numbers=(phone("0113"), phone("0113", "work"))),
    Person("c-news", "Newsletter", numbers=(("", "72345"),)),
    Person("c-bo", "Bo", "Work", numbers=(phone("0114"),)),
    Person("c-lee-co", "Zed", "Zoe", "Jordan Ltd", numbers=(phone("0115"),)),
    Person("c-jordan", "Jordan", "Kay", numbers=(phone("0116"),)),
    Person("c-mc", "Ron", "Ray", "McExample's", numbers=(phone("0117", "cell"),)),
    Person("c-at", "At", "Nguyen", numbers=(phone("0118"),)),
    Person("c-j", "J", "Quill", numbers=(phone("0119"),)),
    Person("c-jo", "Jo", "Work", numbers=(phone("0126"),)),
    Person("c-jill", "Jill", "Quill", numbers=(phone("0120"),)),
    Person("c-lou-2", "Lou", "Moe", numbers=(phone("0121"),)),
    Person("c-mail-1", "May", numbers=(phone("0122"),), emails=(("", "desk@example.com"),)),
    Person("c-mail-2", "June", numbers=(phone("0123"),), emails=(("", "desk@example.com"),)),
    Person("c-ola", "Ola", "Fax", numbers=(phone("0124", "office"), phone("0125", "fax"))),
)


@pytest.fixture(scope="module")
def book():
    book = AddressBook()
    for person in PEOPLE:
        book.put(person)
    return book


@pytest.mark.parametrize(
    ("query", "last", "who"),
    [
        ("+14155550103", "0103", "c-jose"),
        ("(415) 555-0103", "0103", "c-jose"),
        ("+14155550101", "0101", "c-jane"),
        ("+14155550199", "0199", None),
        ("+14155550111", "0111", None),
        ("jose", "0103", "c-jose"),
        ("José", "0103", "c-jose"),
        ("JOSÉ ÁLVAREZ", "0103", "c-jose"),
        ("Alvarez", "0103", "c-jose"),
        ("Álvarez, José", "0103", "c-jose"),
        ("Jose at Beta", "0103", "c-jose"),
        ("Jose from Beta Plumbing", "0103", "c-jose"),
        ("Beta Jose", "0103", "c-jose"),
        ("José Álvarez (Beta Plumbing)", "0103", "c-jose"),
        ("José Álvarez (Beta Plumbing), mobile", "0103", "c-jose"),
        ("Jose - Beta", "0103", "c-jose"),
        ("Jose, Beta", "0103", "c-jose"),
        ("Jose's number", "0103", "c-jose"),
        ("Jose phone number", "0103", "c-jose"),
        ("  jose  ", "0103", "c-jose"),
        ("jose@example.com", "0103", "c-jose"),
        ("JOSE@EXAMPLE.COM", "0103", "c-jose"),
        ("c-ann-smith", "0105", "c-ann-smith"),
        ("Ann Lee-Smith", "0105", "c-ann-smith"),
        ("Ann Lee Smith", "0105", "c-ann-smith"),
        ("Jane mobile", "0101", "c-jane"),
        ("Jane's cell", "0101", "c-jane"),
        ("Jane's work number", "0102", "c-jane"),
        ("Jane\N{RIGHT SINGLE QUOTATION MARK}s office", "0102", "c-jane"),
        ("Jane Doe (work)", "0102", "c-jane"),
        ("Acme Jane mobile", "0101", "c-jane"),
        ("Jane at Acme, work", "0102", "c-jane"),
        ("Bank of Examples", "0106", "c-bank"),
        ("Sam Roe at Acme", "0107", "c-sam-1"),
        ("Sam (Beta)", "0108", "c-sam-2"),
        ("Kim Poe", "0109", "c-kim-1"),
        ("kim", "0109", "c-kim-1"),
        ("Al", "0111", "c-al-1"),
        ("James Martin", "0113", "c-james"),
        ("Bo Work", "0114", "c-bo"),
        ("Jordan Kay", "0116", "c-jordan"),
        ("Ron at McExample's", "0117", "c-mc"),
        ("Ron's mobile", "0117", "c-mc"),
        ("At Nguyen", "0118", "c-at"),
        ("Jill Quill", "0120", "c-jill"),
        ("Ola's work phone", "0124", "c-ola"),
        ("c-sam-2", "0108", "c-sam-2"),
    ],
)
def test_what_is_unmistakable_is_found(book, query, last, who):
    found = book.resolve_number(query, region="US")
    assert isinstance(found, ResolvedNumber), str(found)
    assert found.number == f"+1415555{last}"
    assert (found.person and found.person.id) == who


@pytest.mark.parametrize(
    ("query", "reason", "people"),
    [
        ("Jane", "Jane Doe, Acme has several numbers:", ["c-jane", "c-jane"]),
        ("jane@example.com", "Jane Doe, Acme has several numbers:", ["c-jane", "c-jane"]),
        ("Jane phone", "Jane Doe, Acme has several numbers:", ["c-jane", "c-jane"]),
        ("Jane work mobile", "Jane Doe, Acme has several numbers:", ["c-jane", "c-jane"]),
        ("Jane home", 'No exact match for "Jane home". Closest:', ["c-jane", "c-jane"]),
        ("Ann Lee", '"Ann Lee" matches several people:', ["c-ann", "c-ann-smith"]),
        ("Ann", '"Ann" matches several people:', ["c-ann", "c-ann-smith"]),
        ("Sam Roe", '"Sam Roe" matches several people:', ["c-sam-1", "c-sam-2"]),
        ("Coe", '"Coe" matches several people:', ["c-al-1", "c-di-1"]),
        (
            "desk@example.com",
            '"desk@example.com" matches several people:',
            ["c-mail-1", "c-mail-2"],
        ),
        ("Lou Moe", '"Lou Moe" matches several people:', ["c-lou", "c-lou-2"]),
        ("nil", "Nil Moe has no number:", ["c-nil"]),
        ("lou", '"lou" matches several people:', ["c-lou", "c-lou-2"]),
        ("Pat", "Pat Raw has a number without + and country code:", ["c-raw"]),
        ("Martin James", 'No exact match for "Martin James". Closest:', ["c-james"]),
        ("Jordan", '"Jordan" may mean several people:', ["c-jordan", "c-lee-co"]),
        ("Beta Plumbing", 'No exact match for "Beta Plumbing". Closest:', ["c-jose"]),
        ("J Alvarez", 'No exact match for "J Alvarez". Closest:', ["c-jose"]),
        ("J", 'No exact match for "J". Closest:', ["c-j"]),
        ("J. Work", 'No exact match for "J. Work". Closest:', ["c-jo"]),
        ("J. Quill", '"J. Quill" may mean several people:', ["c-j", "c-jill"]),
        ("James at Martin", 'No exact match for "James at Martin". Closest:', ["c-james"]),
        ("work Jane", 'No exact match for "work Jane". Closest:', ["c-jane"]),
        ("Jsoe", 'No exact match for "Jsoe". Closest:', ["c-jose"]),
        ("Jose Jose", 'No exact match for "Jose Jose". Closest:', ["c-jose"]),
        ("Jose Smith", 'No exact match for "Jose Smith". Closest:', None),
        ("jose@example.org", 'No exact match for "jose@example.org". Closest:', None),
        ("555-0103", 'No exact match for "555-0103". Closest:', ["c-jose"]),
        ("Alvar", 'No exact match for "Alvar". Closest:', ["c-jose"]),
    ],
)
def test_what_could_be_mistaken_is_refused_with_all_who_may_be_meant(book, query, reason, people):
    asked = book.resolve_number(query, region="US")
    assert isinstance(asked, Candidates), asked
    assert asked.reason == reason
    if people is not None:
        assert sorted(option.person.id for option in asked.candidates) == people


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "No person given"),
        ("   ", "No person given"),
        ("Anonymous", "means that the caller hid their number"),
        ("Zebediah", 'No contact matches "Zebediah".'),
        ("\N{PILE OF POO}", "No contact matches"),
        ("x" * 301, "Too long"),
    ],
)
def test_what_names_nobody_says_so(book, query, reason):
    nobody = book.resolve_number(query, region="US")
    assert isinstance(nobody, NoMatch)
    assert reason in str(nobody)


def test_a_full_name_is_not_turned_round_but_behind_a_comma(book):
    assert isinstance(book.resolve_number("Martin, James", region="US"), ResolvedNumber)
    assert isinstance(book.resolve_number("Martin James", region="US"), Candidates)


def test_a_short_code_stands_for_itself_unless_somebodys_number_ends_so(book):
    assert book.resolve_number("88888", region="US") == ResolvedNumber("88888")
    known = book.resolve_number("72345", region="US")
    assert isinstance(known, ResolvedNumber)
    assert known.person.id == "c-news"
    assert book.resolve_number("Newsletter", region="US").number == "72345"
    ending = book.resolve_number("0103", region="US")
    assert isinstance(ending, Candidates)
    assert [option.number for option in ending.candidates] == ["0103", "+14155550103"]


def test_the_extension_behind_a_number_is_handed_on(book):
    assert book.resolve_number("+1 415 555 0199 ext. 12", region="US") == ResolvedNumber(
        "+14155550199", extension="12"
    )


def test_a_number_without_a_plus_is_read_by_the_region(book):
    assert book.resolve_number("020 7946 0958", region="GB") == ResolvedNumber("+442079460958")
    assert not isinstance(book.resolve_number("020 7946 0958", region=None), ResolvedNumber)


def test_candidates_are_listed_with_name_company_label_number_and_id(book):
    assert str(book.resolve_number("Jane", region="US")) == (
        "Jane Doe, Acme has several numbers:\n"
        "- Jane Doe, Acme (+1 415 555 0101) · mobile · contact c-jane\n"
        "- Jane Doe, Acme (+1 415 555 0102) · work · contact c-jane\n"
        "Call again with one of these numbers, or ask the user which one they mean."
    )
    assert "- 0103\n" in str(book.resolve_number("0103", region="US"))
    assert "- Nil Moe (no number) · contact c-nil" in str(book.resolve_number("nil", region="US"))
    assert '- Pat Raw ("' in str(book.resolve_number("Pat", region="US"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("Beta Plumbing", ["0103"]),
        ("Beta", None),
        ("J Alvarez", ["0103"]),
        ("Martin James", ["0113"]),
        ("James at Martin", ["0113"]),
        ("work Jane", ["0102"]),
        ("Acme", None),
        ("Jordan", None),
        ("J. Quill", None),
        ("J", None),
        ("J. Work", None),
        ("Jsoe", None),
        ("Ann", None),
    ],
)
def test_one_who_alone_almost_fits_is_told_from_those_who_may_be_others(book, query, numbers):
    asked = book.resolve_number(query, region="US")
    assert isinstance(asked, Candidates)
    assert (asked.ambiguity is Ambiguity.LOOSE_MATCH) == (numbers is not None)
    if numbers:
        assert [option.number[-4:] for option in asked.candidates] == numbers
        assert str(asked).endswith(
            "No other close matches. If this is the right person, call again with that name or number."
        )


def test_entries_of_one_name_and_number_are_one_person_who_almost_fits():
    book = AddressBook()
    for who in "ab":
        book.put(Person(who, "Jane", "Roe", "Acme", numbers=(phone("0101"),)))
    assert book.resolve_number("Acme", region="US").ambiguity is Ambiguity.LOOSE_MATCH
    book.put(Person("c", "Joe", "Roe", "Acme", numbers=(phone("0101"),)))
    assert book.resolve_number("Acme", region="US").ambiguity is Ambiguity.PERSON


@pytest.mark.parametrize(
    ("query", "closing"),
    [
        ("Ann", "Call again with one of these numbers, or ask the user which one they mean."),
        ("Jane", "Call again with one of these numbers, or ask the user which one they mean."),
        ("nil", "Ask the user for a number to reach them."),
        ("Pat", "Ask the user for a number to reach them."),
        ("Jsoe", "If this is the right person, call again with that name or number."),
        ("Jane home", "Call again with one of these numbers, or ask the user which one they mean."),
    ],
)
def test_the_last_line_says_what_would_settle_it(book, query, closing):
    assert str(book.resolve_number(query, region="US")).splitlines()[-1] == closing


def test_where_one_of_several_can_be_reached_that_number_may_be_given():
    book = AddressBook()
    book.put(Person("a", "Jane", "Roe"))
    book.put(Person("b", "Jane", "Doe", numbers=(phone("0101"),)))
    asked = book.resolve_number("Jane", region="US")
    assert {option.number is None for option in asked.candidates} == {True, False}
    assert str(asked).endswith(
        "Call again with one of these numbers, or ask the user which one they mean."
    )


def test_of_one_who_almost_fits_and_has_several_numbers_one_is_to_be_given():
    book = AddressBook()
    book.put(Person("a", "Jane", "Roe", "Acme", numbers=(phone("0101"), phone("0102", "work"))))
    asked = book.resolve_number("Acme", region="US")
    assert asked.ambiguity is Ambiguity.LOOSE_MATCH
    assert str(asked).endswith(
        "No other close matches. If this is the right person, call again with one of these numbers."
    )


@pytest.mark.parametrize("query", ["Tom Okafor", "tom@nowhere.com", "rosa@nowhere.com", "Plumber"])
def test_far_fetched_names_are_not_offered(query):
    book = AddressBook()
    book.put(Person("a", "Ann", "Roe", emails=(("", "ann.roe@example.com"),)))
    book.put(Person("b", "Rosa", "Roe", "Tilden", numbers=(phone("0101"),)))
    book.put(Person("c", "Rosalind", "Roe", role="Plumber", numbers=(phone("0102"),)))
    asked = book.resolve_number(query, region="US")
    near = (
        [option.person.id for option in asked.candidates] if isinstance(asked, Candidates) else []
    )
    assert near == (["b"] if "rosa" in query else [])


def test_an_address_is_like_another_by_what_stands_before_the_sign(book):
    asked = book.resolve_number("jose@exmaple.com", region="US")
    assert [option.person.id for option in asked.candidates] == ["c-jose"]
    asked = book.resolve_number("desk@example.net", region="US")
    assert {option.person.id for option in asked.candidates} == {"c-mail-1", "c-mail-2"}


@pytest.mark.parametrize(
    ("query", "last"),
    [
        ("José Álvarez (Beta Plumbing) +1 415 555 0103", "0103"),
        ("Jose +14155550103", "0103"),
        ("Jane Doe (Acme), work: +1 415 555 0102", "0102"),
        ("Sam Roe (+14155550107)", "0107"),
        ("Al Coe or Di Coe +1 415 555 0111", "0111"),
        ("Di Coe +1 415 555 0111", "0111"),
    ],
)
def test_a_name_with_its_number_as_results_show_it_is_that_number(book, query, last):
    found = book.resolve_number(query, region="US")
    assert isinstance(found, ResolvedNumber), str(found)
    assert found.number == f"+1415555{last}"


@pytest.mark.parametrize(
    "query", ["Jane Doe +14155550103", "Bob +14155550199", "Jsoe +14155550103", "Beta +14155550103"]
)
def test_a_name_with_anothers_number_is_neither(book, query):
    nobody = book.resolve_number(query, region="US")
    assert isinstance(nobody, NoMatch)
    assert "No contact named " in str(nobody)
    assert " has the number " in str(nobody)


def test_a_long_list_of_candidates_is_cut_and_counted():
    book = AddressBook()
    for number in range(25):
        book.put(Person(f"c{number}", "Jane", f"Roe{number}", numbers=(phone(f"01{number:02d}"),)))
    asked = book.resolve_number("Jane", region="US")
    assert (len(asked.candidates), asked.omitted_count) == (20, 5)
    assert "5 more not shown." in str(asked)


def test_a_removed_rival_no_longer_makes_a_name_uncertain():
    book = AddressBook()
    book.put(Person("a", "Jane", "Roe", numbers=(phone("0101"),)))
    book.put(Person("b", "Jane", "Poe", numbers=(phone("0102"),)))
    assert isinstance(book.resolve_number("Jane", region="US"), Candidates)
    book.remove("b")
    assert book.resolve_number("Jane", region="US").number == "+14155550101"


def test_marks_of_other_scripts_tell_names_apart():
    book = AddressBook()
    book.put(Person("a", "रवि", numbers=(phone("0101"),)))
    assert book.resolve_number("रवि", region="US").number == "+14155550101"
    assert not isinstance(book.resolve_number("रवी", region="US"), ResolvedNumber)


def test_letters_of_another_alphabet_that_look_alike_are_another_name():
    book = AddressBook()
    book.put(Person("a", "J\N{CYRILLIC SMALL LETTER A}ne", numbers=(phone("0101"),)))
    assert not isinstance(book.resolve_number("Jane", region="US"), ResolvedNumber)
