"""What can go wrong, as exceptions: each with its code, whether asking again helps, and what to do."""

from collections.abc import Sequence
from typing import Any

from clyra.types import ChangeView, ProblemErrorsItem


class ClyraError(Exception):
    """Raised by every call. Holds neither a token nor a statement: its text may be logged."""

    def __init__(
        self,
        code: str,
        detail: str,
        remediation: str,
        *,
        retryable: bool = False,
        status: int | None = None,
        errors: Sequence[ProblemErrorsItem] = (),
        retry_after: float | None = None,
    ) -> None:
        """`status` is that of HTTP, None where nobody answered; `errors` names each place at fault."""
        super().__init__(code, detail, remediation)
        self.code = code
        self.detail = detail
        self.remediation = remediation
        self.retryable = retryable
        self.status = status
        self.errors = list(errors)
        self.retry_after = retry_after
        """Seconds the gateway asks to wait, where it says so."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross processes, whatever their own arguments are."""
        return _restored, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        """Code, what was found at which places, and what to do."""
        places = "".join(f"\n  {error['pointer']}: {error['detail']}" for error in self.errors)
        return f"{self.code}: {self.detail}{places}\n{self.remediation}"


def _restored(kind: type[ClyraError], args: tuple[str, ...]) -> ClyraError:
    return kind.__new__(kind, *args)


class Unreachable(ClyraError):
    """Nobody answers (CLYRA_API_UNREACHABLE). Nothing is known of what was asked; asking again is safe."""

    spooled = False


class Spooled(Unreachable):
    """Nobody answers, and the request is kept in the spool: it is delivered late. Only where a spool was given."""

    spooled = True


class Timeout(ClyraError):
    """The time is up (CLYRA_CLIENT_TIMEOUT). `change` is the last one seen; it goes on, unless the text says more."""

    def __init__(self, change: ChangeView, became: str | None = None) -> None:
        """`became` says what happened to the change then."""
        found = f"found change {change['change_id']} in state {change['state']}" if became is None else became
        detail = f"expected it to be there in time, {found}"
        super().__init__("CLYRA_CLIENT_TIMEOUT", detail, "Ask again and give it more time.", retryable=True)
        self.change = change


class OutcomeUnknown(ClyraError):
    """The block ended, and Clyra does not say what became of its change (CLYRA_CLIENT_OUTCOME_UNKNOWN)."""

    def __init__(self, change_id: str, found: str) -> None:
        """`found` says what stood in the way."""
        super().__init__(
            "CLYRA_CLIENT_OUTCOME_UNKNOWN",
            f"expected to learn the outcome of change {change_id}, found {found}",
            f"Do not repeat the work. Look first: clyra change show {change_id}",
        )
        self.change_id = change_id


class ChangeEnded(ClyraError):
    """The change ended, and its work is not to be done, or not proved done. `change` is its end."""

    fallback = "CLYRA_CLIENT_ENDED"

    def __init__(self, change: ChangeView, *, code: str | None = None, detail: str | None = None) -> None:
        """The code is that of the change where it has one."""
        found = detail or f"found that change {change['change_id']} ended {change['outcome']}{_why(change)}"
        super().__init__(code or change["code"] or self.fallback, found, self.remedy)
        self.change = change

    remedy = "Look at the change and its evidence before asking again."


class Denied(ChangeEnded):
    """Policy denied it (CLYRA_POLICY_DENIED)."""

    fallback = "CLYRA_POLICY_DENIED"
    remedy = "Change what is asked so that policy allows it; the same request is denied again."


class Rejected(ChangeEnded):
    """A person said no."""

    fallback = "CLYRA_CLIENT_REJECTED"
    remedy = "Talk to who rejected it; asking again needs another request or a higher revision."


class Expired(ChangeEnded):
    """Nobody decided in time. The same request may be made again."""

    fallback = "CLYRA_CLIENT_EXPIRED"
    remedy = "Nothing was applied. Ask again, and see that somebody decides in time."


class Cancelled(ChangeEnded):
    """It was withdrawn before it was done. The same request may be made again."""

    fallback = "CLYRA_CLIENT_CANCELLED"
    remedy = "Nothing was applied. Ask again when it is wanted."


class Failed(ChangeEnded):
    """It was not applied; `code` says why."""

    fallback = "CLYRA_CLIENT_FAILED"
    remedy = "Nothing was applied. Mend what the code names, then ask again."


class Ambiguous(ChangeEnded):
    """Whether it was applied cannot be told. Never a success."""

    fallback = "CLYRA_CLIENT_AMBIGUOUS"
    remedy = "Do not repeat the work. Look into the warehouse, then: clyra change resolve"


class AlreadyDone(ChangeEnded):
    """The same was asked before, and its work is done (CLYRA_CLIENT_ALREADY_DONE): the block does not run again."""

    def __init__(self, change: ChangeView) -> None:
        """`change` ended enforced."""
        detail = f"expected a change that is still to be done, found that {change['change_id']} is {change['outcome']}"
        super().__init__(change, code="CLYRA_CLIENT_ALREADY_DONE", detail=detail)

    remedy = "Nothing is left to do. For the same work once more ask with another site key or a higher revision."


_ENDS: dict[str, type[ChangeEnded]] = {
    "denied": Denied,
    "rejected": Rejected,
    "expired": Expired,
    "cancelled": Cancelled,
    "failed": Failed,
    "ambiguous": Ambiguous,
}


def ended_error(view: ChangeView) -> ChangeEnded | None:
    """What the end of a change means: None for enforced and observed, and while it has no outcome."""
    outcome = view["outcome"]
    if outcome is None or outcome in ("enforced", "observed"):
        return None
    # What this client does not know is no success.
    return _ENDS.get(outcome, Ambiguous)(view)


def _why(view: ChangeView) -> str:
    verdict = view["verdict"]
    rules = [reason["rule"] for reason in verdict["reasons"] if reason["outcome"] == "deny"] if verdict else []
    return f" (rule {', '.join(rules)})" if rules and view["outcome"] == "denied" else ""


def invalid(detail: str) -> ClyraError:
    """CLYRA_CLIENT_INVALID: what the caller gave is not what the call takes; nothing was sent."""
    return ClyraError("CLYRA_CLIENT_INVALID", detail, "Mend the call.")


def bad_answer(detail: str, status: int | None) -> ClyraError:
    """CLYRA_CLIENT_BAD_ANSWER: what answers is no gateway of Clyra, or not of this version."""
    return ClyraError(
        "CLYRA_CLIENT_BAD_ANSWER",
        detail,
        "Check the gateway address and what stands between; a gateway is as new as its clients, or newer.",
        status=status,
    )


def unreachable(detail: str, status: int | None = None) -> Unreachable:
    """CLYRA_API_UNREACHABLE."""
    return Unreachable(
        "CLYRA_API_UNREACHABLE",
        detail,
        "Start the stack with `clyra up`, or check the gateway address.",
        retryable=True,
        status=status,
    )
