"""A gateway as its clients see it, a clock that tests move, and one way to drive both clients."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest

from clyra import AsyncClyra, Clyra, Grant, Spool, Work
from clyra.drive import AsyncDriver, Driver
from clyra.types import ChangeRequest, ChangeView

ID = f"chg_{'a' * 26}"
TOKEN = "sekret-bearer-token"
GRANT_TOKEN = f"clg_{'G' * 43}"
STATEMENT = "UPDATE shop.orders SET email = 'someone@private.example'"
REQUEST: ChangeRequest = {"kind": "sql", "target": "shop", "statements": [STATEMENT]}
WORK: Work = {"target": "shop", "statements": [STATEMENT], "login": "etl"}

Handler = Callable[[httpx.Request], httpx.Response]


def view(**fields: object) -> ChangeView:
    """A change that its caller may do."""
    whole = {
        "change_id": ID,
        "tenant": "default",
        "attempt": 1,
        "workflow_id": f"clyra/default/{ID}",
        "version": 3,
        "state": "ENFORCING",
        "outcome": None,
        "code": None,
        "target": "shop",
        "mode": "gate",
        "kind": "sql",
        "executor": "caller",
        "source": "python",
        "requester": {"actor": "service:ana", "person": None},
        "claimed_person": None,
        "reason": "",
        "late": False,
        "payload_digest": f"sha256:{'0' * 64}",
        "verdict": None,
        "approvers": [],
        "match_code": None,
        "affected_rows": None,
        "anchor": None,
        "bundle_id": None,
        "evidence": None,
        "submitted_at": "2026-11-21T20:00:00.000Z",
        "seq": 1,
        "stalled": False,
        "links": {"self": f"/v1/changes/{ID}", "evidence": None, "page": "http://gw/approve/x", "temporal": None},
    }
    return cast("ChangeView", {**whole, **fields})


def closed(outcome: str, code: str | None = None, **fields: object) -> ChangeView:
    """A change that ended."""
    return view(state="CLOSED", outcome=outcome, code=code, version=9, **fields)


def ok(body: object, status: int = 200) -> httpx.Response:
    """An answer of the gateway."""
    return httpx.Response(status, json=body)


def problem(code: str, status: int = 409, *, retryable: bool = False, **more: Any) -> httpx.Response:
    """A problem of the gateway."""
    headers = more.pop("headers", {})
    body = {
        "type": f"https://clyra.dev/errors/{code}",
        "title": "Conflict",
        "status": status,
        "detail": "expected one thing, found another",
        "code": code,
        "retryable": retryable,
        "remediation": "Do the other thing.",
        **more,
    }
    return httpx.Response(status, json=body, headers=headers)


def again(response: httpx.Response) -> httpx.Response:
    """A response is read once."""
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


def granted() -> httpx.Response:
    """A grant."""
    body = {
        "grant_id": "0",
        "token": GRANT_TOKEN,
        "login": "etl",
        "target": "shop",
        "expires_at": "2026-11-21T20:00:00.000Z",
    }
    return httpx.Response(201, json=body)


def refused(request: httpx.Request) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("[Errno 111] Connection refused", request=request)


@dataclass
class Time:
    """A clock that moves when somebody pauses, or a gateway holds a long poll."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        """Somebody pauses."""
        self.pauses.append(seconds)
        self.now += seconds

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """In both drivers."""

        async def pause(_: AsyncDriver, seconds: float) -> None:
            self.pause(seconds)

        patch.setattr(Driver, "pause", lambda _, seconds: self.pause(seconds))
        patch.setattr(AsyncDriver, "pause", pause)
        for driver in (Driver, AsyncDriver):
            patch.setattr(driver, "clock", lambda _: self.now)


@dataclass
class Gateway:
    """Answers from a script, each call by the next line of its own; the last line stays. Keeps what was sent."""

    script: dict[str, list[httpx.Response | ChangeView | Handler]]
    time: Time | None = None
    sent: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        self.sent.append(request)
        wait = request.url.params.get("wait")
        lines = self.script[self.name(request)]
        line = lines.pop(0) if len(lines) > 1 else lines[0]
        if isinstance(line, dict):
            if wait is not None and self.time is not None and str(line["version"]) == request.url.params["since"]:
                self.time.now += float(wait)
            return ok(line)
        if isinstance(line, httpx.Response):
            return again(line)
        return line(request)

    @staticmethod
    def name(request: httpx.Request) -> str:
        """`submit`, `get` or the last word of the path."""
        word = request.url.path.rsplit("/", 1)[-1]
        return (
            word if word in ("find", "cancel", "grant", "complete") else "submit" if request.method == "POST" else "get"
        )

    @property
    def names(self) -> list[str]:
        """What was asked, in order."""
        return [self.name(request) for request in self.sent]

    def body(self, name: str) -> Any:
        """The last body sent to a call."""
        return json.loads([request for request in self.sent if self.name(request) == name][-1].content)


class Either:
    """One of the two clients, used as if it were the sync one."""

    def __init__(self, kind: str, handler: Handler, spool: Spool | None = None, *, token: str = TOKEN) -> None:
        """`kind` is sync or async."""
        self.token = token
        self.kind = kind
        self.transport = httpx.MockTransport(handler)
        self.spool = spool

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A call."""
        if self.kind == "sync":

            def call(*args: Any, **named: Any) -> Any:
                with Clyra("http://gw.example", self.token, spool=self.spool, transport=self.transport) as client:
                    return getattr(client, name)(*args, **named)

            return call

        async def acall(*args: Any, **named: Any) -> Any:
            async with AsyncClyra(
                "http://gw.example", self.token, spool=self.spool, transport=self.transport
            ) as client:
                return await getattr(client, name)(*args, **named)

        return lambda *args, **named: asyncio.run(acall(*args, **named))

    def block(self, body: Callable[[Grant], object], work: Work) -> Grant:
        """Runs `body` in a block; answers its grant."""
        if self.kind == "sync":
            with Clyra("http://gw.example", self.token, spool=self.spool, transport=self.transport) as client:
                with client.change(**work) as grant:
                    body(grant)
                return grant

        async def run() -> Grant:
            async with AsyncClyra(
                "http://gw.example", self.token, spool=self.spool, transport=self.transport
            ) as client:
                async with client.change(**work) as grant:
                    body(grant)
                return grant

        return asyncio.run(run())


# What a block is given and does.
OPEN = view(state="OPEN", version=1)
WAITING = view(state="AWAITING_APPROVAL", version=2)
MAY = view()
END = closed("enforced")
WITHDRAWN = closed("failed", "CLYRA_GRANT_WITHDRAWN")


class Boom(Exception):
    """What a block raises."""


def nothing(_: Grant) -> None:
    """A block that does its work."""


def boom(_: Grant) -> None:
    """A block that raises."""
    raise Boom("card 4111 1111 1111 1111")


def notes(error: BaseException) -> str:
    """What was added to an exception."""
    return "\n".join(getattr(error, "__notes__", []))
