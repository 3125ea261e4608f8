"""Client of Clyra's control API: ask for a change, wait for it, do it under a grant, fetch its evidence."""

from clyra.async_client import AsyncBlock, AsyncClyra
from clyra.block import Work
from clyra.calls import ChangesPage, SealedPage
from clyra.client import Block, Clyra, change
from clyra.errors import (
    AlreadyDone,
    Ambiguous,
    Cancelled,
    ChangeEnded,
    ClyraError,
    Denied,
    Expired,
    Failed,
    OutcomeUnknown,
    Rejected,
    Spooled,
    Timeout,
    Unreachable,
    ended_error,
)
from clyra.flows import Until, reached
from clyra.grant import Grant
from clyra.spool import Spool
from clyra.types import ChangeRequest, ChangeView, GrantView, ReceiptsView

__all__ = [
    "AlreadyDone",
    "Ambiguous",
    "AsyncBlock",
    "AsyncClyra",
    "Block",
    "Cancelled",
    "ChangeEnded",
    "ChangeRequest",
    "ChangeView",
    "ChangesPage",
    "Clyra",
    "ClyraError",
    "Denied",
    "Expired",
    "Failed",
    "Grant",
    "GrantView",
    "OutcomeUnknown",
    "ReceiptsView",
    "Rejected",
    "SealedPage",
    "Spool",
    "Spooled",
    "Timeout",
    "Unreachable",
    "Until",
    "Work",
    "change",
    "ended_error",
    "reached",
]
