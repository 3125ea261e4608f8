import json
from typing import Any

import httpx
import pytest
from support import (
    GRANT_TOKEN,
    ID,
    REQUEST,
    STATEMENT,
    TOKEN,
    Either,
    Gateway,
    Time,
    again,
    granted,
    ok,
    problem,
    refused,
    view,
)

from clyra import ClyraError, Unreachable

PAGE = {"changes": [view()], "after": None}
SEALED = {"changes": [view()], "after": None, "sealed_after": 7}
RECEIPTS = {"change_id": ID, "lines": ["{}"], "checkpoint": "x"}
ZIP = httpx.Response(200, content=b"PK\x03\x04zip")


@pytest.mark.parametrize(
    ("name", "args", "named", "answer", "expected"),
    [
        ("get", [ID], {}, ok(view()), ("GET", f"/v1/changes/{ID}", None)),
        ("poll", [ID], {"since": 4}, ok(view()), ("GET", f"/v1/changes/{ID}?wait=50&since=4", None)),
        ("grant", [ID], {"login": "etl"}, granted(), ("POST", f"/v1/changes/{ID}/grant", {"login": "etl"})),
        ("complete", [ID], {}, ok(view(), 202), ("POST", f"/v1/changes/{ID}/complete", None)),
        ("cancel", [ID], {"reason": "no"}, ok(view(), 202), ("POST", f"/v1/changes/{ID}/cancel", {"reason": "no"})),
        ("evidence", [ID], {}, ZIP, ("GET", f"/v1/changes/{ID}/evidence", None)),
        ("receipts", [ID], {}, ok(RECEIPTS), ("GET", f"/v1/changes/{ID}/receipts", None)),
        ("changes", [], {"state": "CLOSED"}, ok(PAGE), ("GET", "/v1/changes?after=0&limit=50&state=CLOSED", None)),
        ("sealed", [], {"after": 5}, ok(SEALED), ("GET", "/v1/changes?sealed_after=5&limit=50", None)),
        ("submit", [REQUEST], {"site_key": "k 1"}, ok(view(), 202), ("POST", "/v1/changes", REQUEST)),
    ],
)
def test_each_call_sends_what_the_api_takes(
    kind: str, name: str, args: list[Any], named: dict[str, Any], answer: httpx.Response, expected: tuple[str, str, Any]
) -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return again(answer)

    result = getattr(Either(kind, handle), name)(*args, **named)
    assert result == (answer.content if name == "evidence" else answer.json())
    [request] = sent
    body = json.loads(request.content) if request.content else None
    assert (request.method, request.url.raw_path.decode(), body) == expected
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers.get("content-type") == (None if body is None else "application/json")
    assert request.headers.get("idempotency-key") == named.get("site_key")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<h1>Sign in</h1>"),
        httpx.Response(200, content=json.dumps(view()).encode()[:-9]),
        httpx.Response(200, json=[view()]),
        httpx.Response(200, json={**view(), "version": "3"}),
        httpx.Response(200, json={**view(), "version": True}),
        httpx.Response(200, json={**view(), "outcome": "splendid"}),
        httpx.Response(200, json={**view(), "requester": None}),
        httpx.Response(200, json={**view(), "approvers": [1]}),
        httpx.Response(200, json={**view(), "verdict": {"outcome": "allow"}}),
        httpx.Response(200, json={key: value for key, value in view().items() if key != "outcome"}),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(204),
        httpx.Response(302, headers={"location": "http://elsewhere.example/v1/changes"}),
        httpx.Response(307, headers={"location": "/v1/other"}),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(500, json={"error": "boom"}),
        httpx.Response(409, json={**problem("CLYRA_X").json(), "retryable": "yes"}),
        httpx.Response(409, json={**problem("CLYRA_X").json(), "code": "E_OTHER"}),
    ],
    ids=str,
)
def test_what_answers_that_is_no_gateway_is_an_error_with_a_code(kind: str, answer: httpx.Response) -> None:
    gateway = Gateway({"get": [answer]})
    with pytest.raises(ClyraError) as caught:
        Either(kind, gateway).get(ID)
    assert caught.value.code == "CLYRA_CLIENT_BAD_ANSWER"
    assert not caught.value.retryable
    # A redirect is not followed: the token is for the gateway alone.
    assert len(gateway.sent) == 1


def test_a_zip_that_is_none_is_no_evidence(kind: str) -> None:
    with pytest.raises(ClyraError, match="CLYRA_CLIENT_BAD_ANSWER: expected a zip"):
        Either(kind, Gateway({"get": [httpx.Response(200, html="<h1>")]})).evidence(ID)


def test_more_than_the_type_names_is_let_through(kind: str) -> None:
    assert Either(kind, Gateway({"get": [ok({**view(), "news": 1})]})).get(ID)["news"] == 1


def test_a_problem_carries_everything_it_says(kind: str) -> None:
    errors = [
        {"pointer": "/limits/max_rows", "detail": "must be >= 0"},
        {"pointer": "/target", "detail": "is required"},
    ]
    answer = problem("CLYRA_API_INVALID", 400, errors=errors)
    with pytest.raises(ClyraError) as caught:
        Either(kind, Gateway({"submit": [answer]})).submit(REQUEST, site_key="k")
    error = caught.value
    assert (error.code, error.status, error.retryable) == ("CLYRA_API_INVALID", 400, False)
    assert (error.detail, error.remediation, error.errors) == (
        "expected one thing, found another",
        "Do the other thing.",
        errors,
    )
    for part in (
        "CLYRA_API_INVALID",
        "found another",
        "/limits/max_rows: must be >= 0",
        "/target",
        "Do the other thing.",
    ):
        assert part in str(error)


@pytest.mark.parametrize(
    ("name", "args", "named"),
    [
        ("get", ["../../readyz"], {}),
        ("get", [""], {}),
        ("submit", [REQUEST], {"site_key": ""}),
        ("submit", [REQUEST], {"site_key": "Schlüssel"}),
        ("submit", [REQUEST], {"site_key": "two\nlines"}),
        ("submit", [REQUEST], {"site_key": "x" * 201}),
        ("submit", [{**REQUEST, "statements": [{STATEMENT}]}], {"site_key": "k"}),
        ("submit", [{**REQUEST, "reason": float("nan")}], {"site_key": "k"}),
    ],
)
def test_what_cannot_be_sent_is_not_sent(kind: str, name: str, args: list[Any], named: dict[str, Any]) -> None:
    gateway = Gateway({})
    with pytest.raises(ClyraError) as caught:
        getattr(Either(kind, gateway), name)(*args, **named)
    assert caught.value.code == "CLYRA_CLIENT_INVALID"
    assert gateway.sent == []


def test_a_submit_is_tried_a_few_times_while_nobody_answers(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [refused, httpx.Response(502, html="bad gateway"), ok(view(), 202)]})
    assert Either(kind, gateway).submit(REQUEST, site_key="k") == view()
    # The same request is the same change.
    assert len({(request.headers["idempotency-key"], request.content) for request in gateway.sent}) == 1
    assert len(gateway.sent) == 3


def test_when_nobody_ever_answers_it_says_so(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [refused]})
    with pytest.raises(Unreachable) as caught:
        Either(kind, gateway).submit(REQUEST, site_key="k")
    assert (caught.value.code, caught.value.retryable, caught.value.status) == ("CLYRA_API_UNREACHABLE", True, None)
    assert "Connection refused" in str(caught.value)
    assert len(gateway.sent) == 4


def test_the_gateways_own_word_that_its_parts_cannot_be_reached_is_unreachable_too(kind: str, time: Time) -> None:
    with pytest.raises(Unreachable):
        Either(kind, Gateway({"get": [problem("CLYRA_API_UNREACHABLE", 503, retryable=True)]})).get(ID)


def test_what_asking_again_does_not_mend_is_asked_once(kind: str, time: Time) -> None:
    gateway = Gateway({"grant": [problem("CLYRA_GRANT_LOGIN")]})
    with pytest.raises(ClyraError, match="CLYRA_GRANT_LOGIN"):
        Either(kind, gateway).grant(ID, login="root")
    assert len(gateway.sent) == 1


def test_a_busy_gateway_is_given_the_time_it_asks_for(kind: str, time: Time) -> None:
    busy = problem("CLYRA_API_BUSY", 503, retryable=True, headers={"retry-after": "3"})
    grant = Either(kind, Gateway({"grant": [busy, granted()]})).grant(ID, login="etl")
    assert grant["token"] == GRANT_TOKEN
    assert time.pauses == [3]
