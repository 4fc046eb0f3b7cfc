import pytest

from quo_mcp.values.person_names import full_name


@pytest.mark.parametrize(
    ("given_name", "family_name", "name"),
    [
        ("Jane", "Whitaker", "Jane Whitaker"),
        ("Kenji", "Watanabe", "Kenji Watanabe"),
        (" Jane ", None, "Jane"),
        (None, "Whitaker", "Whitaker"),
        (None, None, ""),
        ("小明", "王", "王 小明"),
        ("健二", "渡辺", "渡辺 健二"),
        ("さくら", "高橋", "高橋 さくら"),
        ("민준", "김", "김 민준"),
        ("ジョン", "スミス", "ジョン スミス"),
        ("小明", "Wang", "小明 Wang"),
        ("小明", "", "小明"),
    ],
)
def test_the_family_name_comes_first_in_chinese_japanese_and_korean(given_name, family_name, name):
    assert full_name(given_name, family_name) == name
