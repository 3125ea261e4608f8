import logging
import pickle
import traceback
from typing import Any

import httpx
import pytest
from support import (
    GRANT_TOKEN,
    ID,
    REQUEST,
    STATEMENT,
    TOKEN,
    WORK,
    Either,
    Gateway,
    Time,
    closed,
    granted,
    ok,
    problem,
    refused,
    view,
)

import clyra
from clyra import AsyncClyra, Clyra, ClyraError, Grant, Timeout, ended_error
from clyra.calls import submit


def assert_silent(text: str) -> None:
    for secret in (TOKEN, GRANT_TOKEN, STATEMENT, "someone@private.example"):
        assert secret not in text


def everything(error: BaseException) -> str:
    """Whatever a log would show of an error, and what it holds."""
    shown = [*traceback.format_exception(error), repr(error), str(error)]
    seen: set[int] = set()
    chain: BaseException | None = error
    while chain is not None and id(chain) not in seen:
        seen.add(id(chain))
        shown.append(repr(vars(chain)))
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "\n".join(shown)


def test_nothing_shows_a_token() -> None:
    for shown in (Clyra("http://gw", TOKEN), AsyncClyra("http://gw", TOKEN), Grant(ID, GRANT_TOKEN, view())):
        assert_silent(repr(shown))
        assert_silent(str(shown))
        assert_silent(f"{vars(shown)}" if not isinstance(shown, Grant) else "")
    assert_silent(repr(submit(REQUEST, "k")))
    assert_silent(repr(Clyra("http://gw", TOKEN).change(**WORK)))


@pytest.mark.parametrize(
    "script",
    [
        {"submit": [refused]},
        {"submit": [httpx.Response(200, html=STATEMENT)]},
        {"submit": [httpx.Response(200, json={"change_id": STATEMENT})]},
        {"submit": [httpx.Response(200, json=view(state=STATEMENT))]},
        {"submit": [httpx.Response(302, headers={"location": f"http://elsewhere/{STATEMENT}"})]},
        {"submit": [httpx.Response(500, text=f"{STATEMENT} {TOKEN}")]},
        {"submit": [problem("CLYRA_API_INVALID", 400)]},
        {"submit": [view()], "grant": [httpx.Response(200, json={"token": GRANT_TOKEN})], "cancel": [refused]},
        {"submit": [view()], "grant": [granted()], "complete": [refused]},
        {"submit": [view()], "grant": [granted()], "complete": [ok(view())], "get": [closed("ambiguous")]},
    ],
)
def test_no_error_shows_a_token_or_a_statement(kind: str, time: Time, script: dict[str, Any]) -> None:
    with pytest.raises(ClyraError) as caught:
        Either(kind, Gateway(script)).block(lambda _: None, WORK)
    assert_silent(everything(caught.value))


def test_no_log_shows_a_token_or_a_statement(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = Gateway({"submit": [view()], "grant": [granted()], "complete": [ok(view())], "get": [closed("enforced")]})
    Either(kind, gateway).block(lambda _: None, WORK)
    assert caplog.text != ""
    assert_silent(caplog.text)


@pytest.mark.parametrize("token", ["", "two words", f"{TOKEN}\n", "Schlüssel", "\x00"])
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token: str) -> None:
    for kind in (Clyra, AsyncClyra):
        with pytest.raises(ClyraError, match="CLYRA_CLIENT_CONFIG") as caught:
            kind("http://gw", token)
        assert_silent(everything(caught.value))


@pytest.mark.parametrize(
    "url",
    ["", "gw:7501", "ftp://gw", "http://", "http://ana:hunter2@gw", "http://gw?x=1", "http://gw:99999", "http://[::1"],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ClyraError, match="CLYRA_CLIENT_CONFIG") as caught:
        Clyra(url, TOKEN)
    assert "hunter2" not in everything(caught.value)


def test_the_environment_names_gateway_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLYRA_GATEWAY", "http://gw:7501")
    monkeypatch.setenv("CLYRA_TOKEN", TOKEN)
    assert Clyra.from_environment().url == AsyncClyra.from_environment().url == "http://gw:7501"
    monkeypatch.delenv("CLYRA_TOKEN")
    with pytest.raises(ClyraError, match="expected CLYRA_TOKEN in the environment"):
        Clyra.from_environment()
    with pytest.raises(ClyraError, match="CLYRA_CLIENT_CONFIG"), clyra.change(**WORK):
        pytest.fail("the block ran")


@pytest.mark.parametrize("outcome", ["denied", "rejected", "expired", "cancelled", "failed", "ambiguous"])
def test_each_end_that_is_no_success_is_an_error_of_its_own(outcome: str) -> None:
    error = ended_error(closed(outcome, "CLYRA_X"))
    assert error is not None
    assert type(error).__name__ == outcome.capitalize()
    assert (error.code, error.retryable) == ("CLYRA_X", False)
    assert outcome in str(error)


def test_success_and_what_has_not_ended_is_no_error() -> None:
    assert [ended_error(each) for each in (closed("enforced"), closed("observed"), view())] == [None] * 3


def test_an_end_that_this_client_does_not_know_is_no_success() -> None:
    assert type(ended_error(closed("splendid"))).__name__ == "Ambiguous"


def test_errors_cross_processes() -> None:
    denied = ended_error(closed("denied", "CLYRA_POLICY_DENIED"))
    for error in (
        denied,
        Timeout(view()),
        clyra.OutcomeUnknown(ID, "nobody"),
        ClyraError("CLYRA_X", "d", "r", status=409),
    ):
        twin = pickle.loads(pickle.dumps(error))
        assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
