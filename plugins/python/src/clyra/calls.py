"""Each call of the control API: what is sent and how its answer is read. No I/O."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypedDict, TypeVar
from urllib.parse import quote, urlencode

from clyra.errors import ClyraError, Unreachable, bad_answer, invalid, unreachable
from clyra.shapes import misfit
from clyra.types import ChangeRequest, ChangeView, GrantView, Problem, ReceiptsView

T = TypeVar("T")

READ_SECONDS = 30.0
# What the answer to a long poll may be late.
POLL_GRACE_SECONDS = 10.0


class ChangesPage(TypedDict):
    """One page of changes in registry order; `after` is the cursor of the next page, None where there is none."""

    changes: list[ChangeView]
    after: int | None


class SealedPage(TypedDict):
    """Changes in the order in which their bundles were sealed; `sealed_after` is the cursor of the next call."""

    changes: list[ChangeView]
    sealed_after: int


@dataclass(frozen=True)
class Answer:
    """What came back, whoever sent it."""

    status: int
    headers: dict[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how its answer is read. Its repr shows no payload."""

    method: str
    path: str
    read: Callable[[Answer], T] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    seconds: float = READ_SECONDS


def submit(request: ChangeRequest, site_key: str) -> Call[ChangeView]:
    """POST /v1/changes. CLYRA_CLIENT_INVALID where the site key cannot be one."""
    return _post("/v1/changes", ChangeView, request, _key(site_key))


def find(request: ChangeRequest, site_key: str) -> Call[ChangeView]:
    """POST /v1/requests/find: the same request, which asks for nothing. CLYRA_CLIENT_INVALID likewise."""
    return _post("/v1/requests/find", ChangeView, request, _key(site_key))


def get(change_id: str) -> Call[ChangeView]:
    """GET /v1/changes/{id}."""
    return _get(_change(change_id), ChangeView)


def poll(change_id: str, since: int, seconds: int) -> Call[ChangeView]:
    """The same, answered when the version has grown past `since`, or after `seconds` (0 to 60)."""
    path = f"{_change(change_id)}?{urlencode({'wait': seconds, 'since': since})}"
    return _get(path, ChangeView, seconds + POLL_GRACE_SECONDS)


def grant(change_id: str, login: str) -> Call[GrantView]:
    """POST /v1/changes/{id}/grant."""
    return _post(f"{_change(change_id)}/grant", GrantView, {"login": login})


def complete(change_id: str) -> Call[ChangeView]:
    """POST /v1/changes/{id}/complete."""
    return _post(f"{_change(change_id)}/complete", ChangeView)


def cancel(change_id: str, reason: str) -> Call[ChangeView]:
    """POST /v1/changes/{id}/cancel."""
    return _post(f"{_change(change_id)}/cancel", ChangeView, {"reason": reason})


def evidence(change_id: str) -> Call[bytes]:
    """GET /v1/changes/{id}/evidence."""
    return Call("GET", f"{_change(change_id)}/evidence", _zip)


def receipts(change_id: str) -> Call[ReceiptsView]:
    """GET /v1/changes/{id}/receipts."""
    return _get(f"{_change(change_id)}/receipts", ReceiptsView)


def changes(state: str | None, after: int, limit: int) -> Call[ChangesPage]:
    """GET /v1/changes."""
    query = {"after": after, "limit": limit} | ({} if state is None else {"state": state})
    return _get(f"/v1/changes?{urlencode(query)}", ChangesPage)


def sealed(after: int, limit: int) -> Call[SealedPage]:
    """GET /v1/changes?sealed_after=."""
    return _get(f"/v1/changes?{urlencode({'sealed_after': after, 'limit': limit})}", SealedPage)


def _key(site_key: str) -> dict[str, str]:
    if not re.fullmatch(r"[!-~](?:[ -~]{0,198}[!-~])?", site_key):
        raise invalid("expected a site key of 1 to 200 printable ASCII characters, found another text")
    return {"idempotency-key": site_key}


def _change(change_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", change_id):
        raise invalid("expected a change id, found another text")
    return f"/v1/changes/{quote(change_id)}"


def _get(path: str, shape: type[T], seconds: float = READ_SECONDS) -> Call[T]:
    return Call("GET", path, _json(shape), seconds=seconds)


def _post(path: str, shape: type[T], body: object = None, headers: dict[str, str] | None = None) -> Call[T]:
    if body is None:
        return Call("POST", path, _json(shape))
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        # Without the cause: its text may hold a piece of the payload.
        raise invalid(f"expected a body that JSON can say, found none ({type(error).__name__})") from None
    return Call("POST", path, _json(shape), text, {**(headers or {}), "content-type": "application/json"})


def _json(shape: type[T]) -> Callable[[Answer], T]:
    def read(answer: Answer) -> T:
        _demand_success(answer)
        value: Any = _parsed(answer)
        found = misfit(value, shape, shape.__name__)
        if found is not None:
            raise bad_answer(f"expected a {shape.__name__}, found that {found}", answer.status)
        return value  # type: ignore[no-any-return]

    return read


def _zip(answer: Answer) -> bytes:
    _demand_success(answer)
    if not answer.content.startswith(b"PK\x03\x04"):
        raise bad_answer("expected a zip, found something else", answer.status)
    return answer.content


def _demand_success(answer: Answer) -> None:
    if answer.status in (200, 201, 202):
        return
    if answer.status < HTTPStatus.BAD_REQUEST:
        redirects = answer.status >= HTTPStatus.MULTIPLE_CHOICES
        found = f"HTTP {answer.status}{', a redirect, which is not followed' if redirects else ''}"
        raise bad_answer(f"expected an answer of the gateway, found {found}", answer.status)
    raise _problem(answer)


def _problem(answer: Answer) -> ClyraError:
    try:
        value: Any = _parsed(answer)
    except ClyraError:
        value = None
    found = misfit(value, Problem, "problem")
    if found is None and re.fullmatch(r"CLYRA_[A-Z0-9_]+", value["code"]):
        return _error_of(value, answer)
    if answer.status in (502, 503, 504):
        return unreachable(
            f"expected the gateway to answer, found HTTP {answer.status} of somebody before it", answer.status
        )
    return bad_answer(f"expected a problem with a code of Clyra, found HTTP {answer.status} without one", answer.status)


def _error_of(problem: Problem, answer: Answer) -> ClyraError:
    kind = Unreachable if problem["code"] == "CLYRA_API_UNREACHABLE" else ClyraError
    after = answer.headers.get("retry-after", "")
    return kind(
        problem["code"],
        problem["detail"],
        problem["remediation"],
        retryable=problem["retryable"],
        status=answer.status,
        errors=problem.get("errors", ()),
        retry_after=float(after) if re.fullmatch(r"[0-9]{1,5}", after) else None,
    )


def _parsed(answer: Answer) -> object:
    try:
        value: object = json.loads(answer.content)
    except (ValueError, RecursionError):
        # Without the cause: a JSONDecodeError carries the whole text.
        raise bad_answer("expected JSON, found something else", answer.status) from None
    return value
