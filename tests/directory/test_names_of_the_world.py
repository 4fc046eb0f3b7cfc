"""Names of 25 cultures, in each order and spelling in which people write them."""

import unicodedata

import pytest

from quo_mcp.directory.address_book import (
    AddressBook,
    Ambiguity,
    Candidates,
    ContactMatch,
    Person,
    ResolvedNumber,
)

# (culture, given name, family name, further spellings that mean this person alone)
NAMES = [
    ("Chinese", "伟", "张", ["张伟", "伟张", "张 伟", "伟 张", "张\u3000伟"]),
    ("Chinese, two characters", "小明", "欧阳", ["欧阳小明", "小明欧阳", "欧阳 小明"]),
    ("Japanese", "太郎", "山田", ["山田太郎", "太郎山田", "山田 太郎", "太郎 山田"]),
    ("Japanese with kana", "さくら", "高橋", ["高橋さくら", "さくら 高橋"]),
    ("Japanese, a foreign name", "ジョン", "スミス", ["ジョンスミス", "ジョン・スミス"]),
    ("Korean", "민준", "김", ["김민준", "민준김", "김 민준", "민준 김"]),
    ("Vietnamese", "Văn An", "Nguyễn", ["Van An Nguyen", "VĂN AN NGUYỄN"]),
    ("Thai", "สมชาย", "ใจดี", ["สมชาย ใจดี"]),
    ("Hindi", "अमिताभ", "शर्मा", ["अमिताभ शर्मा"]),
    ("Tamil", "முருகன்", "செல்வம்", ["முருகன் செல்வம்"]),
    ("Arabic", "محمد", "الحسن", ["محمد الحسن"]),
    ("Persian", "زهرا", "حسینی", ["زهرا حسینی"]),
    ("Hebrew", "יעל", "כהן", ["יעל כהן"]),
    ("Russian", "Наталья", "Соловьёва", ["наталья соловьева", "НАТАЛЬЯ СОЛОВЬЁВА"]),
    ("Ukrainian", "Андрій", "Шевченко", ["андрій шевченко"]),
    ("Greek", "Γιώργος", "Παπαδόπουλος", ["Γιωργος Παπαδοπουλος"]),
    ("Armenian", "Արամ", "Խաչատրյան", ["արամ խաչատրյան"]),
    ("Georgian", "ნინო", "ბერიძე", ["ნინო ბერიძე"]),
    ("Amharic", "አበበ", "ቢቂላ", ["አበበ ቢቂላ"]),
    ("Irish", "Siobhán", "O'Brien", ["Siobhan OBrien", "siobhán o\u2019brien"]),
    ("Spanish", "María José", "García Márquez", ["Maria Jose Garcia Marquez", "maría josé garcía"]),
    ("Portuguese", "João", "da Conceição", ["Joao da Conceicao"]),
    ("French", "Anne-Lise", "d'Aubigné", ["Anne Lise dAubigne", "anne-lise d\u2019aubigné"]),
    ("German", "Jürgen", "Großmann", ["jürgen grossmann", "JÜRGEN GROSSMANN", "Jurgen Großmann"]),
    ("Polish", "Łukasz", "Żółkiewski", ["lukasz zolkiewski"]),
    ("Turkish", "I\u015f\u0131l", "Çağlar", ["isil caglar"]),
    ("Hungarian", "István", "Szőke", ["istvan szoke"]),
    ("Icelandic", "Björk", "Þórðardóttir", ["bjork thordardottir"]),
    ("Dutch", "Sanne", "van 't Hof", ["Sanne van t Hof", "sanne van \u2019t hof"]),
    ("Hawaiian", "Ke\u02bbala", "Kāne\u02bbohe", ["Ke'ala Kane'ohe", "Keala Kaneohe"]),
    ("Yoruba", "Ọlá", "Adébáyọ̀", ["Ola Adebayo"]),
    ("Indonesian, one name", "Sukarno", "", ["sukarno"]),
]
EAST_ASIAN = {row[0] for row in NAMES[:6]}


@pytest.fixture(scope="module")
def book():
    """All of them, each with a number of their own, and the same names in one field only."""
    people = AddressBook()
    for position, (culture, given, family, _) in enumerate(NAMES):
        number = f"+1415555{position:04}"
        people.put(Person(culture, given, family, "Acme", numbers=(("mobile", number),)))
    return people


def number_of(culture):
    return f"+1415555{[row[0] for row in NAMES].index(culture):04}"


def spellings():
    for culture, given, family, more in NAMES:
        with_comma = [f"{family}, {given}"] if family else []
        for name in [f"{given} {family}".strip(), *with_comma, *more]:
            for form in ("NFC", "NFD"):
                yield pytest.param(
                    culture, unicodedata.normalize(form, name), id=f"{culture}: {name} {form}"
                )


@pytest.mark.parametrize(("culture", "name"), [*spellings()])
def test_a_name_is_found_as_it_is_written(book, culture, name):
    match = book.resolve_number(name, region="US")
    assert isinstance(match, ResolvedNumber), match
    assert match.number == number_of(culture)
    contact = book.find_contact(name, region="US")
    assert isinstance(contact, ContactMatch)
    assert contact.person.id == culture
    assert book.search(name)[0].person.id == culture


@pytest.mark.parametrize(("culture", "given", "family"), [row[:3] for row in NAMES if row[2]])
def test_a_name_in_the_other_order_is_found_but_asked_about_where_the_order_has_a_meaning(
    book, culture, given, family
):
    match = book.resolve_number(f"{family} {given}", region="US")
    if culture in EAST_ASIAN:
        assert match.number == number_of(culture)
    else:
        assert isinstance(match, Candidates)
        assert match.ambiguity is Ambiguity.LOOSE_MATCH
        assert [candidate.number for candidate in match.candidates] == [number_of(culture)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("张 伟", ("张伟", "")),  # the whole name in one field
        ("山田 太郎", ("", "山田太郎")),
        ("김 민준", ("김민준", "")),
    ],
)
def test_a_name_in_one_field_is_found_with_a_space(query, names):
    book = AddressBook()
    book.put(Person("c1", *names, numbers=(("mobile", "+14155550101"),)))
    assert book.resolve_number(query, region="US").number == "+14155550101"


def test_two_people_with_the_same_characters_are_asked_about():
    """王明 王 and 王 明王 are written alike without a space."""
    book = AddressBook()
    book.put(Person("c1", "明王", "王", numbers=(("", "+14155550101"),)))
    book.put(Person("c2", "王", "王明", numbers=(("", "+14155550102"),)))
    match = book.resolve_number("王明王", region="US")
    assert isinstance(match, Candidates)
    assert match.ambiguity is Ambiguity.PERSON


@pytest.mark.parametrize("name", ["张伟明", "张", "山田", "田太郎", "김민", "伟"])
def test_a_part_of_a_name_without_spaces_is_not_the_whole_name(book, name):
    match = book.find_contact(name, region="US")
    assert not (isinstance(match, ContactMatch) and match.is_full_match)
