"""Asking for a change, through the spool where there is one; finding what was asked for. No I/O."""

from collections.abc import Sequence
from datetime import UTC, datetime

from clyra import calls
from clyra.errors import ClyraError, Spooled
from clyra.flows import Flow, Pause, local, repeated
from clyra.spool import Entry, Spool
from clyra.types import ChangeRequest, ChangeView

# In review nothing is held up for long.
SPOOL_PAUSES = (0.2,)
# The fault of what was asked, not of the moment or the token: it never arrives.
HOPELESS = (400, 404, 409, 413, 422)


def submitted(request: ChangeRequest, site_key: str, spool: Spool | None) -> Flow[ChangeView]:
    """Asks; with a spool delivers what is in it first, and keeps there what nobody takes (Spooled)."""
    call = calls.submit(request, site_key)
    if spool is None:
        return (yield from repeated(call))
    claimed_at = datetime.now(UTC)
    try:
        yield from flushed(spool)
        return (yield from repeated(call, SPOOL_PAUSES))
    except ClyraError as error:
        if not error.retryable:
            raise
        entry = Entry(site_key, request, claimed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        yield from local(lambda: spool.put(entry))
        raise Spooled(
            error.code,
            f"{error.detail}; the request is kept in the spool",
            "Nothing to do: it is delivered late, with the next request that arrives.",
            retryable=True,
            status=error.status,
        ) from error


def found(request: ChangeRequest, site_key: str) -> Flow[ChangeView | None]:
    """The change that this request asked for. Looked for twice: the request may still be on its way."""
    view = yield from _found(request, site_key)
    if view is None:
        yield Pause(1.0)
        view = yield from _found(request, site_key)
    return view


def _found(request: ChangeRequest, site_key: str) -> Flow[ChangeView | None]:
    try:
        return (yield from repeated(calls.find(request, site_key)))
    except ClyraError as error:
        if error.code != "CLYRA_API_NOT_FOUND":
            raise
        return None


def flushed(spool: Spool) -> Flow[int]:
    """Delivers what is in the spool, in order; answers how many arrived. None where another process is at it."""
    delivered = 0
    if not (yield from local(spool.begin)):
        return 0
    try:
        while entries := (yield from local(spool.batch)):
            delivered += yield from _delivered(spool, entries)
    finally:
        yield from local(spool.end)
    return delivered


def _delivered(spool: Spool, entries: Sequence[Entry]) -> Flow[int]:
    done, arrived, refused, error = 0, 0, 0, None
    for entry in entries:
        try:
            yield from repeated(calls.submit(entry.late(refused), entry.site_key), SPOOL_PAUSES)
            arrived, refused = arrived + 1, 0
        except ClyraError as found:
            if found.retryable or found.status not in HOPELESS:
                error = found
                break
            refused += entry.lost + 1
            spool.tell(f"gives up a request that is refused: {found.code}")
        done += 1
    # What arrived leaves before anything is raised. Whoever dies in between delivers it again: it is the same change.
    yield from local(lambda: spool.remove(entries[:done], refused))
    if error is not None:
        raise error
    return arrived
