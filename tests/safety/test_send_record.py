import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.safety.send_record import SendRequest


def test_half_a_character_is_refused_before_anything_is_written():
    with pytest.raises(InvalidArguments, match="contains an invalid character"):
        SendRequest("shop", "PNmain", ("+14155550100",), "\ud83d")
