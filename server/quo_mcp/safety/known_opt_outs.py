"""The opt-outs that results show: those on record, and those of marked contacts."""

import anyio.to_thread

from quo_mcp.directory.directory import Directory
from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.safety.opt_out_field import OptOutField
from quo_mcp.safety.opt_out_store import OptedOutNumbers, OptOutStore


class KnownOptOuts:
    """The numbers (E.164) that are known to have opted out, as of the last `refresh`.

    An opt-out that no send has looked for yet may be missing. Sends do not rely on this.
    """

    def __init__(
        self, opt_outs: OptOutStore, directory: Directory, field: OptOutField | None
    ) -> None:
        self._opt_outs = opt_outs
        self._directory = directory
        self._field = field
        self._numbers = OptedOutNumbers()

    async def refresh(self) -> None:
        """Read the record. If it cannot be used, the last state remains."""
        try:
            self._numbers = await anyio.to_thread.run_sync(self._opt_outs.numbers)
        except DatabaseUnavailable:
            return

    def __contains__(self, number: object) -> bool:
        return number in self._numbers or (isinstance(number, str) and self._is_marked(number))

    def _is_marked(self, number: str) -> bool:
        book = self._directory.contacts.value
        if self._field is None or book is None:
            return False
        return any(map(self._field.marks, book.by_number(number)))
