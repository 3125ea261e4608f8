"""A block of work under a change: what is asked before it and told after it. No I/O."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict, cast
from uuid import uuid4

from clyra import calls
from clyra.delivery import found, submitted
from clyra.errors import AlreadyDone, ChangeEnded, ClyraError, Failed, OutcomeUnknown, Spooled, Timeout, ended_error
from clyra.flows import Flow, patient, repeated, waited
from clyra.grant import Grant
from clyra.spool import Spool
from clyra.types import ChangeRequest, ChangeRequestLimits, ChangeView

# How long a block that ended waits for the end of its change; one that was left by an exception; one in review.
END_SECONDS = 600.0
SHORTLY_SECONDS = 30.0
REVIEW_SECONDS = 10.0


class Work(TypedDict):
    """What `change` takes."""

    target: str
    statements: Sequence[str]
    # The login of the warehouse that redeems the grant.
    login: str
    reason: NotRequired[str]
    # The same key and the same work are the same change; a fresh one where none is given.
    site_key: NotRequired[str | None]
    source: NotRequired[str]
    # Who is behind it, as the caller says.
    claimed_person: NotRequired[str | None]
    limits: NotRequired[ChangeRequestLimits | None]
    role: NotRequired[Literal["dml", "ddl"]]
    revision: NotRequired[int]
    # Seconds to wait for the grant; None waits as long as the change does.
    timeout: NotRequired[float | None]
    # For who tries again with the same site key: an exception of the block leaves the change open, for the time of its
    # grant, and the next try works under the same approval. What is no Exception, such as a kill, withdraws it anyhow.
    keep_open: NotRequired[bool]


def request_of(work: Work) -> ChangeRequest:
    """The request of a work that the caller does himself."""
    statements = work["statements"]
    request: ChangeRequest = {
        "kind": "sql",
        "executor": "caller",
        "target": work["target"],
        "statements": [statements] if isinstance(statements, str) else list(statements),
        "source": work.get("source", "python"),
    }
    given = {key: work.get(key) for key in ("reason", "role", "claimed_person", "limits", "revision")}
    return cast("ChangeRequest", {**request, **{key: value for key, value in given.items() if value is not None}})


def entered(work: Work, spool: Spool | None) -> Flow[Grant]:
    """Asks and waits for the grant. Whatever it raises, the change is withdrawn, and the error says so."""
    request = request_of(work)
    site_key = work.get("site_key") or f"{work.get('source', 'python')}:{uuid4()}"
    try:
        view = yield from submitted(request, site_key, spool)
    except Spooled:
        return Grant(None, None, None)
    except (ClyraError, GeneratorExit):
        raise
    except BaseException as error:
        error.add_note(
            (yield from _withdrawn_if_asked(request, site_key, f"the caller was stopped: {type(error).__name__}"))
        )
        raise
    if view["mode"] == "review":
        return Grant(view["change_id"], None, view)
    try:
        return (yield from _granted(view, work["login"], work.get("timeout")))
    except (ChangeEnded, OutcomeUnknown, GeneratorExit):
        raise
    except Timeout as error:
        end, told = yield from _withdrawn(view["change_id"], "nobody decided in the time the caller has")
        raise Timeout(end or error.change, told) from None
    except BaseException as error:
        # Another process of the same site key is at work.
        if isinstance(error, ClyraError) and error.code == "CLYRA_GRANT_IN_USE":
            raise
        _, told = yield from _withdrawn(view["change_id"], f"the caller stopped waiting: {type(error).__name__}")
        error.add_note(told)
        raise


def left(work: Work, grant: Grant, error: BaseException | None) -> Flow[None]:
    """Tells how the block ended, and raises what its change's end means. What the block raised gets a note instead."""
    if grant.change_id is None:
        return
    if grant.token is None:
        yield from _observed(grant, grant.change_id)
    elif isinstance(error, Exception) and work.get("keep_open"):
        error.add_note(f"Clyra: change {grant.change_id} stays open for the time of its grant")
    elif error is not None:
        end, told = yield from _withdrawn(grant.change_id, f"the block raised {type(error).__name__}")
        grant.change = end or grant.change
        error.add_note(told)
    else:
        yield from _concluded(grant, grant.change_id)


def _granted(asked: ChangeView, login: str, timeout: float | None) -> Flow[Grant]:
    change_id = asked["change_id"]
    view = yield from waited(change_id, "grant", timeout, asked)
    if view["outcome"] is not None:
        raise ended_error(view) or AlreadyDone(view)
    try:
        given = yield from repeated(calls.grant(change_id, login))
    except ClyraError as error:
        if error.code != "CLYRA_GRANT_REDEEMED":
            raise
        # Whoever redeemed it did the work and died before he told.
        earlier = Grant(change_id, None, view)
        yield from _concluded(earlier, change_id)
        raise AlreadyDone(earlier.change or view) from None
    return Grant(change_id, given["token"], view)


def _concluded(grant: Grant, change_id: str) -> Flow[None]:
    try:
        redeemed, seen = yield from _told(change_id)
        view = yield from _ended(change_id, seen)
    except OutcomeUnknown:
        raise
    except ClyraError as error:
        raise OutcomeUnknown(change_id, error.code) from error
    except BaseException as error:
        error.add_note(
            f"Clyra: the outcome of change {change_id} was not waited for. Look: clyra change show {change_id}"
        )
        raise
    grant.change = view
    if not redeemed and view["outcome"] == "failed":
        detail = f"expected the block to redeem its grant and commit, found neither; change {change_id} is withdrawn"
        raise Failed(view, code="CLYRA_CLIENT_NOT_REDEEMED", detail=detail)
    end = ended_error(view)
    if end is not None:
        raise end


def _told(change_id: str) -> Flow[tuple[bool, ChangeView | None]]:
    """Reports the work, and the change as seen then. False where the warehouse knows of none: it is withdrawn."""
    try:
        return True, (yield from patient(calls.complete(change_id)))
    except ClyraError as error:
        # Its time was over, or another told before: how it ended, the end says.
        if error.code == "CLYRA_GRANT_NOT_OPEN":
            return True, None
        if error.code != "CLYRA_GRANT_NOT_REDEEMED":
            raise
        return False, (yield from patient(calls.cancel(change_id, "the block ended without redeeming its grant")))


def _ended(change_id: str, seen: ChangeView | None) -> Flow[ChangeView]:
    try:
        return (yield from waited(change_id, "end", END_SECONDS, seen))
    except Timeout as error:
        # The outcome is known, only its evidence is not sealed yet.
        if error.change["outcome"] is not None:
            return error.change
        raise OutcomeUnknown(change_id, f"it in state {error.change['state']}") from None


def _withdrawn_if_asked(request: ChangeRequest, site_key: str, reason: str) -> Flow[str]:
    """Withdraws what the request asked for, where its answer is missing. A sentence that does not guess."""
    try:
        view = yield from found(request, site_key)
    except ClyraError as error:
        unknown = f"whether the request of site key {site_key} arrived is unknown ({error.code})"
        return f"Clyra: {unknown}. Look: clyra change list"
    if view is None:
        return f"Clyra: the request of site key {site_key} did not arrive; nothing is asked for"
    _, told = yield from _withdrawn(view["change_id"], reason)
    return told


def _withdrawn(change_id: str, reason: str) -> Flow[tuple[ChangeView | None, str]]:
    """Cancels, and looks shortly what became of it: the last view, and a sentence that does not guess."""
    try:
        asked = yield from repeated(calls.cancel(change_id, reason))
        view = yield from waited(change_id, "end", SHORTLY_SECONDS, asked)
    except Timeout as error:
        view = error.change
    except ClyraError as error:
        return (
            None,
            f"Clyra: what became of change {change_id} is unknown ({error.code}). Look: clyra change show {change_id}",
        )
    return view, f"Clyra: change {change_id} {_sentence(view)}"


def _sentence(view: ChangeView) -> str:
    match view["outcome"]:
        case None:
            return f"is to be withdrawn, and still in state {view['state']}"
        case "enforced":
            return "ended enforced: its work was committed"
        case "ambiguous":
            return "ended ambiguous: whether its work was committed cannot be told"
        case outcome:
            return f"ended {outcome} ({view['code']}): nothing was applied"


def _observed(grant: Grant, change_id: str) -> Flow[None]:
    """In review nothing is held up: what cannot be learned soon is left."""
    try:
        grant.change = yield from waited(change_id, "end", REVIEW_SECONDS, grant.change)
    except Timeout as error:
        grant.change = error.change
    except ClyraError:
        return
