"""The account that this server's API key leads to, found before the first send."""

import anyio.to_thread

from quo_mcp.directory.directory import Directory
from quo_mcp.errors import DatabaseUnavailable, GatewayError
from quo_mcp.safety.account_store import AccountStore

UNKNOWN_ACCOUNT = (
    "Not sent: this API key is new on this machine, and Quo did not report which account it belongs to. Until Quo reports it, "
    "nothing is sent, because this server cannot recognize earlier sends of that account."
)


class AccountIdentity:
    """The identity of the account.

    key_id: identifies the API key without revealing it.
    """

    def __init__(self, store: AccountStore, key_id: str, directory: Directory) -> None:
        self._store = store
        self._key_id = key_id
        self._directory = directory
        self._account: str | None = None

    @property
    def id(self) -> str:
        """The id of the account, or of the key as long as the account is not known."""
        return self._account or self._key_id

    def look_up(self) -> None:
        """Take the account from the store, if the key is known. Blocks; does nothing if the store cannot be read."""
        try:
            self._account = self._store.find(self._key_id)
        except DatabaseUnavailable:
            self._account = None

    async def identify(self) -> str:
        """Return the id of the account. A key that the store knows needs no request.

        Raises:
            GatewayError: the key is new, and its phone numbers could not be read.
            DatabaseUnavailable: the store cannot be used.
        """
        loaded = self._directory.numbers.value or ()
        number_ids = [number.id for number in loaded]
        account = await anyio.to_thread.run_sync(self._store.find, self._key_id, number_ids)
        if account is None:
            try:
                number_ids = [number.id for number in await self._directory.numbers.get()]
            except GatewayError as error:
                raise error.with_notes((UNKNOWN_ACCOUNT,)) from error
            account = await anyio.to_thread.run_sync(self._store.identify, self._key_id, number_ids)
        self._account = account
        return account
