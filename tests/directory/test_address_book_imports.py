import subprocess
import sys

HEAVY = ("phonenumbers", "rapidfuzz", "tzlocal")


def test_launching_does_not_pay_for_libraries_that_only_some_calls_need():
    asked = (
        "import sys; import quo_mcp.values.phone_numbers, quo_mcp.directory.address_book, quo_mcp.values.times;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
