"""Contract files, recorded from the real API: what is sent is what was recorded, and what came back means the same."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from support import Either, Time

from clyra import ClyraError, Failed, Grant, Spool, ended_error
from clyra.spool import Entry

FOLDER = Path(__file__).parents[3] / "tests/contracts"
FILES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
EXCHANGES = [pytest.param(each, id=f"{name}-{n}") for name, file in FILES.items() for n, each in enumerate(file)]
TOKEN = "token-of-pipeline"
# What may be asked again is.
TRIES = 4


class Replay:
    """Answers each request by the next exchange, which must be of exactly this request."""

    def __init__(self, exchanges: list[Any], *, but: Callable[[Any], Any] = lambda body: body) -> None:
        """`but` changes a recorded body where the client's own differs on purpose."""
        self.left = list(exchanges)
        self.but = but

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer."""
        expected, response = self.left[0]["request"], self.left[0]["response"]
        body = json.loads(request.content) if request.content else None
        assert (request.method, request.url.raw_path.decode(), body) == (
            expected["method"],
            expected["path"],
            self.but(expected.get("body")),
        )
        sent = {name: request.headers.get(name) for name in expected["headers"] if name != "authorization"}
        assert sent == {name: value for name, value in expected["headers"].items() if name != "authorization"}
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        self.left.pop(0)
        content = base64.b64decode(response["body_base64"]) if "body_base64" in response else None
        if content is not None:
            return httpx.Response(response["status"], headers=response["headers"], content=content)
        return httpx.Response(response["status"], headers=response["headers"], json=response["body"])


def called(client: Either, request: Any) -> Any:
    """The call of the client that makes a request; None where it makes no such request, for the API to refuse."""
    url = urlsplit(request["path"])
    query = dict(parse_qsl(url.query))
    words = url.path.removeprefix("/v1/changes").strip("/").split("/")
    body, change_id = request.get("body"), words[0]
    name = words[1] if len(words) > 1 else ""
    if "authorization" not in request["headers"] or {"sealed_after", "after"} <= set(query):
        return None
    key = request["headers"].get("idempotency-key")
    if url.path.endswith("/find"):
        return lambda: client.find(body, site_key=key)
    if request["method"] == "POST" and not change_id:
        return key and (lambda: client.submit(body, site_key=key))
    if name == "grant":
        return lambda: client.grant(change_id, login=body["login"])
    if name == "cancel":
        return lambda: client.cancel(change_id, reason=body["reason"])
    if name:
        return lambda: getattr(client, name)(change_id)
    if "wait" in query:
        return lambda: client.poll(change_id, since=int(query["since"]), seconds=int(query["wait"]))
    if change_id:
        return lambda: client.get(change_id)
    if "sealed_after" in query:
        return lambda: client.sealed(after=int(query["sealed_after"]), limit=int(query["limit"]))
    return lambda: client.changes(state=query.get("state"), after=int(query["after"]), limit=int(query["limit"]))


def assert_raises_the_problem(call: Callable[[], Any], response: Any) -> None:
    with pytest.raises(ClyraError) as caught:
        call()
    problem = response["body"]
    error = caught.value
    for field in ("code", "detail", "remediation", "retryable", "status"):
        assert getattr(error, field) == problem[field]
    assert error.errors == problem.get("errors", [])
    for place in error.errors:
        assert place["pointer"] in str(error)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_exchange(kind: str, time: Time, exchange: Any) -> None:
    request, response = exchange["request"], exchange["response"]
    call = called(Either(kind, Replay([exchange] * TRIES), token=TOKEN), request)
    if call is None:
        # The client cannot ask this; its reading of the answer counts all the same.
        answer = httpx.Response(response["status"], headers=response["headers"], json=response["body"])
        assert_raises_the_problem(lambda: Either(kind, lambda _: answer).get("chg_x"), response)
    elif request["path"].endswith("/find"):
        assert call() == (response["body"] if response["status"] == 200 else None)
    elif response["status"] >= 400:
        assert_raises_the_problem(call, response)
    else:
        content = base64.b64decode(response["body_base64"]) if "body_base64" in response else None
        assert call() == (response["body"] if content is None else content)


@pytest.mark.parametrize(
    ("name", "error"),
    [("allowed", None), ("approved", None), ("denied", "Denied"), ("rejected", "Rejected"), ("expired", "Expired")],
)
def test_asked_and_waited_for(kind: str, time: Time, name: str, error: str | None) -> None:
    first, *rest = FILES[name]
    polls = [each for each in rest if "wait=" in each["request"]["path"]]
    replay = Replay([first, *polls])
    client = Either(kind, replay, token=TOKEN)
    asked = client.submit(first["request"]["body"], site_key=first["request"]["headers"]["idempotency-key"])
    end = client.wait(asked["change_id"])
    assert replay.left == []
    assert end == polls[-1]["response"]["body"]
    ended = ended_error(end)
    assert (ended and type(ended).__name__) == error
    assert ended is None or ended.code == end["code"]


def work_of(exchanges: list[Any]) -> Any:
    """The work whose request was recorded."""
    body = exchanges[0]["request"]["body"]
    fields = {key: value for key, value in body.items() if key not in ("kind", "executor")}
    return {**fields, "login": "etl", "site_key": exchanges[0]["request"]["headers"]["idempotency-key"]}


def test_a_block_that_does_its_work(kind: str, time: Time) -> None:
    replay = Replay(FILES["caller"])
    given: list[str | None] = []
    grant = Either(kind, replay, token=TOKEN).block(lambda grant: given.append(grant.token), work_of(FILES["caller"]))
    assert replay.left == []
    assert given == [FILES["caller"][2]["response"]["body"]["token"]]
    assert grant.change == FILES["caller"][-1]["response"]["body"]


def test_a_block_that_redeems_nothing(kind: str, time: Time) -> None:
    def own_reason(body: Any) -> Any:
        return (
            {"reason": "the block ended without redeeming its grant"}
            if body and "reason" in body and len(body) == 1
            else body
        )

    replay = Replay(FILES["caller_not_redeemed"], but=own_reason)
    with pytest.raises(Failed) as caught:
        Either(kind, replay, token=TOKEN).block(lambda _: None, work_of(FILES["caller_not_redeemed"]))
    assert replay.left == []
    assert caught.value.code == "CLYRA_CLIENT_NOT_REDEEMED"
    assert caught.value.change["code"] == "CLYRA_GRANT_WITHDRAWN"


def never(_: Grant) -> None:
    pytest.fail("the block ran")


def test_a_block_whose_target_is_frozen(kind: str, time: Time) -> None:
    with pytest.raises(Failed, match="CLYRA_ENFORCE_FROZEN"):
        Either(kind, Replay(FILES["frozen"][:2]), token=TOKEN).block(never, work_of(FILES["frozen"]))


def test_a_spool_delivers_what_was_recorded(kind: str, time: Time, tmp_path: Path) -> None:
    exchange = FILES["late"][0]
    body: Any = dict(exchange["request"]["body"])
    late = body.pop("late")
    spool = Spool(tmp_path / "spool")
    spool.put(Entry(exchange["request"]["headers"]["idempotency-key"], body, late["claimed_at"], late["lost"]))
    replay = Replay([exchange])
    assert Either(kind, replay, spool, token=TOKEN).flush() == 1
    assert replay.left == []


def test_there_are_files() -> None:
    assert {"allowed", "caller", "late", "problems"} <= set(FILES)
