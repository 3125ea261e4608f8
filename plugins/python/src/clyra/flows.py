"""What the client does, as generators that yield each step and get its result: once, for both clients. No I/O."""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from clyra import calls
from clyra.calls import Call
from clyra.errors import ClyraError, Timeout
from clyra.types import ChangeView

T = TypeVar("T")
Until = Literal["verdict", "grant", "end"]

LONG_POLL_SECONDS = 50
# How long a wait goes on without any answer: longer than a gateway takes to restart.
PATIENCE_SECONDS = 60.0
PAUSES = (0.2, 0.5, 1.0)
BUSY = "CLYRA_API_BUSY"


@dataclass(frozen=True)
class Pause:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True)
class Now:
    """Seconds of a clock that only goes forward."""


@dataclass(frozen=True)
class Local:
    """Something on this machine that may block for a moment: a file."""

    run: Callable[[], Any] = field(repr=False)


Step = Call[Any] | Pause | Now | Local
Flow = Generator[Step, Any, T]


def ask(call: Call[T]) -> Flow[T]:
    """One request."""
    answer: T = yield call
    return answer


def now() -> Flow[float]:
    """The clock."""
    seconds: float = yield Now()
    return seconds


def local(run: Callable[[], T]) -> Flow[T]:
    """What `run` returns."""
    result: T = yield Local(run)
    return result


def repeated(call: Call[T], pauses: Sequence[float] = PAUSES) -> Flow[T]:
    """A few tries while it helps to ask again: every call of the API may be made twice."""
    for seconds in pauses:
        try:
            return (yield from ask(call))
        except ClyraError as error:
            if not error.retryable:
                raise
            yield Pause(breath(seconds, error))
    return (yield from ask(call))


def patient(call: Call[T], seconds: float = PATIENCE_SECONDS) -> Flow[T]:
    """Tries for a minute, as long as a gateway may take to come back."""
    deadline = (yield from now()) + seconds
    while True:
        try:
            return (yield from ask(call))
        except ClyraError as error:
            if not error.retryable or (yield from now()) >= deadline:
                raise
            yield Pause(breath(1, error))


def waited(change_id: str, until: Until, timeout: float | None, view: ChangeView | None = None) -> Flow[ChangeView]:
    """Long polls until the change is there. Timeout when time is up; the last error after a silent minute."""
    if view is not None and reached(view, until):
        return view
    start = yield from now()
    silent_since: float | None = None
    failures = 0
    while True:
        asked = yield from now()
        left = math.inf if timeout is None else timeout - (asked - start)
        if view is not None and left <= 0:
            raise Timeout(view)
        try:
            seen = yield from ask(_look(change_id, view, left))
        except ClyraError as error:
            at = yield from now()
            # Busy is an answer: the gateway is there.
            silent_since = None if error.code == BUSY else at if silent_since is None else silent_since
            silence = 0 if silent_since is None else at - silent_since
            if not error.retryable or silence >= PATIENCE_SECONDS or (view is None and left <= 0):
                raise
            yield Pause(breath(PAUSES[min(failures, len(PAUSES) - 1)], error))
            failures += 1
            continue
        silent_since, failures = None, 0
        if reached(seen, until):
            return seen
        # A gateway that stops answers a poll at once: no loop without a breath.
        if view is not None and seen["version"] == view["version"] and (yield from now()) - asked < 1:
            yield Pause(1.0)
        view = seen


def _look(change_id: str, view: ChangeView | None, left: float) -> Call[ChangeView]:
    # A change grows from version 0: the first look is answered at once, or as soon as there is anything to see.
    since = 0 if view is None else view["version"]
    return calls.poll(change_id, since, max(1, math.ceil(min(left, LONG_POLL_SECONDS))))


def breath(seconds: float, error: ClyraError) -> float:
    """How long to pause: as long as the gateway asks for, where it does, but never long."""
    return max(seconds, min(error.retry_after or 0, 5))


def reached(view: ChangeView, until: Until) -> bool:
    """True when there is nothing more to wait for."""
    if until == "end":
        return view["state"] == "CLOSED"
    there = view["verdict"] is not None if until == "verdict" else view["state"] == "ENFORCING"
    return there or view["outcome"] is not None
