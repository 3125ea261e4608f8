"""The same client, asynchronous (asyncio): the same flows, another driver."""

from types import TracebackType
from typing import Self, Unpack

import httpx

from clyra import calls
from clyra.block import Work, entered, left
from clyra.calls import ChangesPage, SealedPage
from clyra.delivery import flushed, found, submitted
from clyra.drive import AsyncDriver
from clyra.flows import LONG_POLL_SECONDS, Until, ask, repeated, waited
from clyra.grant import Grant
from clyra.spool import Spool
from clyra.transport import from_environment, settings
from clyra.types import ChangeRequest, ChangeView, GrantView, ReceiptsView


class AsyncClyra:
    """As `Clyra`, each call a coroutine."""

    def __init__(
        self, url: str, token: str, *, spool: Spool | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """As Clyra."""
        self.url = url
        self.spool = spool
        self._driver = AsyncDriver(httpx.AsyncClient(**settings(url, token), transport=transport))

    @classmethod
    def from_environment(cls) -> Self:
        """From CLYRA_GATEWAY and CLYRA_TOKEN. CLYRA_CLIENT_CONFIG."""
        return cls(*from_environment())

    def __repr__(self) -> str:
        """Without the token."""
        return f"AsyncClyra({self.url!r})"

    async def __aenter__(self) -> Self:
        """The client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes it."""
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._driver.http.aclose()

    async def submit(self, request: ChangeRequest, *, site_key: str) -> ChangeView:
        """As Clyra.submit."""
        return await self._driver.run(submitted(request, site_key, self.spool))

    async def find(self, request: ChangeRequest, *, site_key: str) -> ChangeView | None:
        """As Clyra.find."""
        return await self._driver.run(found(request, site_key))

    async def get(self, change_id: str) -> ChangeView:
        """As Clyra.get."""
        return await self._driver.run(ask(calls.get(change_id)))

    async def poll(self, change_id: str, *, since: int, seconds: int = LONG_POLL_SECONDS) -> ChangeView:
        """As Clyra.poll."""
        return await self._driver.run(ask(calls.poll(change_id, since, seconds)))

    async def wait(self, change_id: str, *, until: Until = "end", timeout: float | None = None) -> ChangeView:
        """As Clyra.wait."""
        return await self._driver.run(waited(change_id, until, timeout))

    async def grant(self, change_id: str, *, login: str) -> GrantView:
        """As Clyra.grant."""
        return await self._driver.run(repeated(calls.grant(change_id, login)))

    async def complete(self, change_id: str) -> ChangeView:
        """As Clyra.complete."""
        return await self._driver.run(repeated(calls.complete(change_id)))

    async def cancel(self, change_id: str, *, reason: str) -> ChangeView:
        """As Clyra.cancel."""
        return await self._driver.run(repeated(calls.cancel(change_id, reason)))

    async def evidence(self, change_id: str) -> bytes:
        """As Clyra.evidence."""
        return await self._driver.run(repeated(calls.evidence(change_id)))

    async def receipts(self, change_id: str) -> ReceiptsView:
        """As Clyra.receipts."""
        return await self._driver.run(repeated(calls.receipts(change_id)))

    async def changes(self, *, state: str | None = None, after: int = 0, limit: int = 50) -> ChangesPage:
        """As Clyra.changes."""
        return await self._driver.run(repeated(calls.changes(state, after, limit)))

    async def sealed(self, *, after: int, limit: int = 50) -> SealedPage:
        """As Clyra.sealed."""
        return await self._driver.run(repeated(calls.sealed(after, limit)))

    async def flush(self) -> int:
        """As Clyra.flush."""
        return 0 if self.spool is None else await self._driver.run(flushed(self.spool))

    def change(self, **work: Unpack[Work]) -> "AsyncBlock":
        """`async with client.change(target=…, statements=…, login=…) as grant:`, as Clyra.change."""
        return AsyncBlock(self._driver, work, self.spool)


class AsyncBlock:
    """As Block."""

    def __init__(self, driver: AsyncDriver, work: Work, spool: Spool | None) -> None:
        """Nothing is asked before it is entered."""
        self._driver = driver
        self._work = work
        self._spool = spool
        self._grant: Grant | None = None

    async def __aenter__(self) -> Grant:
        """Asks, waits, and hands the grant."""
        self._grant = await self._driver.run(entered(self._work, self._spool))
        return self._grant

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """Reports or withdraws, and waits for the end."""
        if self._grant is not None:
            await self._driver.run(left(self._work, self._grant, error))
