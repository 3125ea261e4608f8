"""What a block of work holds: the grant of its change."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from clyra.types import ChangeView


class Cursor(Protocol):
    """A cursor of psycopg, or of any driver whose placeholder is %s."""

    def execute(self, query: Any, params: Any = ..., /) -> object:
        """Runs a statement."""
        ...


class AsyncCursor(Protocol):
    """The same, asynchronous."""

    async def execute(self, query: Any, params: Any = ..., /) -> object:
        """Runs a statement."""
        ...


REDEEM = "select clyra_guard.redeem(%s)"


@dataclass
class Grant:
    """The right to do the work of one change. Its repr does not show the token."""

    change_id: str | None
    """None where the request is in the spool."""
    token: str | None = field(repr=False)
    """None where the target is in review: nothing is redeemed."""
    change: ChangeView | None = field(repr=False)
    """The change as last seen; after the block: its end, as far as Clyra told. None where it is in the spool."""

    def redeem(self, cursor: Cursor) -> None:
        """To be called in the transaction that does the work, before its first statement. Nothing in review."""
        if self.token is not None:
            cursor.execute(REDEEM, (self.token,))

    async def aredeem(self, cursor: AsyncCursor) -> None:
        """The same with an asynchronous cursor."""
        if self.token is not None:
            await cursor.execute(REDEEM, (self.token,))
