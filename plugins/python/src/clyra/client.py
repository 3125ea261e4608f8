"""The client of the control API."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, Unpack

import httpx

from clyra import calls
from clyra.block import Work, entered, left
from clyra.calls import ChangesPage, SealedPage
from clyra.delivery import flushed, found, submitted
from clyra.drive import Driver
from clyra.flows import LONG_POLL_SECONDS, Until, ask, repeated, waited
from clyra.grant import Grant
from clyra.spool import Spool
from clyra.transport import from_environment, settings
from clyra.types import ChangeRequest, ChangeView, GrantView, ReceiptsView


class Clyra:
    """Every call raises ClyraError with the code of the gateway; Unreachable where nobody answers,
    CLYRA_CLIENT_BAD_ANSWER where something else does, CLYRA_CLIENT_INVALID before anything is sent.
    """

    def __init__(
        self, url: str, token: str, *, spool: Spool | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """A spool is for targets in review only. CLYRA_CLIENT_CONFIG for an address or a token that cannot be one."""
        self.url = url
        self.spool = spool
        self._driver = Driver(httpx.Client(**settings(url, token), transport=transport))

    @classmethod
    def from_environment(cls) -> Self:
        """From CLYRA_GATEWAY and CLYRA_TOKEN. CLYRA_CLIENT_CONFIG."""
        return cls(*from_environment())

    def __repr__(self) -> str:
        """Without the token."""
        return f"Clyra({self.url!r})"

    def __enter__(self) -> Self:
        """The client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._driver.http.close()

    def submit(self, request: ChangeRequest, *, site_key: str) -> ChangeView:
        """Asks for a change; tried a few times, since the same request is the same change. With a spool: Spooled."""
        return self._driver.run(submitted(request, site_key, self.spool))

    def find(self, request: ChangeRequest, *, site_key: str) -> ChangeView | None:
        """The change that this very request asked for, where it arrived and its answer did not. Asks for nothing."""
        return self._driver.run(found(request, site_key))

    def get(self, change_id: str) -> ChangeView:
        """The change as it is now."""
        return self._driver.run(ask(calls.get(change_id)))

    def poll(self, change_id: str, *, since: int, seconds: int = LONG_POLL_SECONDS) -> ChangeView:
        """The change when its version has grown past `since`, or after `seconds` (0 to 60)."""
        return self._driver.run(ask(calls.poll(change_id, since, seconds)))

    def wait(self, change_id: str, *, until: Until = "end", timeout: float | None = None) -> ChangeView:
        """Waits, also while the gateway restarts. Timeout when time is up; Unreachable after a silent minute."""
        return self._driver.run(waited(change_id, until, timeout))

    def grant(self, change_id: str, *, login: str) -> GrantView:
        """A grant for a login of the warehouse; those made before are revoked."""
        return self._driver.run(repeated(calls.grant(change_id, login)))

    def complete(self, change_id: str) -> ChangeView:
        """Reports that the work is committed. CLYRA_GRANT_NOT_REDEEMED where the warehouse knows of none."""
        return self._driver.run(repeated(calls.complete(change_id)))

    def cancel(self, change_id: str, *, reason: str) -> ChangeView:
        """Withdraws it; the answer tells where it stands. What has ended stays as it ended."""
        return self._driver.run(repeated(calls.cancel(change_id, reason)))

    def evidence(self, change_id: str) -> bytes:
        """The evidence.zip."""
        return self._driver.run(repeated(calls.evidence(change_id)))

    def receipts(self, change_id: str) -> ReceiptsView:
        """Its receipts, and the signed checkpoint of the log."""
        return self._driver.run(repeated(calls.receipts(change_id)))

    def changes(self, *, state: str | None = None, after: int = 0, limit: int = 50) -> ChangesPage:
        """One page of changes, in the order in which they were asked for."""
        return self._driver.run(repeated(calls.changes(state, after, limit)))

    def sealed(self, *, after: int, limit: int = 50) -> SealedPage:
        """Changes sealed after the cursor, in that order, and the next cursor."""
        return self._driver.run(repeated(calls.sealed(after, limit)))

    def flush(self) -> int:
        """Delivers what is in the spool; answers how many arrived."""
        return 0 if self.spool is None else self._driver.run(flushed(self.spool))

    def change(self, **work: Unpack[Work]) -> "Block":
        """`with client.change(target=…, statements=…, login=…) as grant:` asks, waits, tells how the block ended."""
        return Block(self._driver, work, self.spool)


class Block:
    """A block of work under a change. Raises on entry Denied, Rejected, Expired, Cancelled, Failed, AlreadyDone or
    Timeout, and on exit what the end of the change means. What the block raises goes on, with a note of what became
    of the change.
    """

    def __init__(self, driver: Driver, work: Work, spool: Spool | None) -> None:
        """Nothing is asked before it is entered."""
        self._driver = driver
        self._work = work
        self._spool = spool
        self._grant: Grant | None = None

    def __enter__(self) -> Grant:
        """Asks, waits, and hands the grant."""
        self._grant = self._driver.run(entered(self._work, self._spool))
        return self._grant

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        """Reports or withdraws, and waits for the end."""
        if self._grant is not None:
            self._driver.run(left(self._work, self._grant, error))


@contextmanager
def change(**work: Unpack[Work]) -> Iterator[Grant]:
    """The same with a client from the environment."""
    with Clyra.from_environment() as client, client.change(**work) as grant:
        yield grant
