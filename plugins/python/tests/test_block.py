"""How a block begins, or does not."""

import asyncio
from typing import Any

import pytest
from support import (
    END,
    GRANT_TOKEN,
    ID,
    MAY,
    OPEN,
    WAITING,
    WITHDRAWN,
    WORK,
    Either,
    Gateway,
    Time,
    boom,
    closed,
    granted,
    notes,
    nothing,
    ok,
    problem,
    refused,
    view,
)

from clyra import (
    AlreadyDone,
    ChangeEnded,
    ClyraError,
    Denied,
    Expired,
    Failed,
    Grant,
    OutcomeUnknown,
    Rejected,
    Timeout,
)


def interrupted(_: Any) -> Any:
    raise KeyboardInterrupt


def test_it_asks_waits_hands_the_grant_reports_and_waits_for_the_end(kind: str, time: Time) -> None:
    seen: list[Any] = []
    gateway = Gateway(
        {"submit": [OPEN], "get": [WAITING, MAY, MAY, END], "grant": [granted()], "complete": [ok(MAY, 202)]}, time
    )
    grant = Either(kind, gateway).block(
        lambda grant: seen.append((grant.change_id, grant.token, grant.change)),
        {
            **WORK,
            "reason": "new prices",
            "site_key": "nightly:1",
            "claimed_person": "ana@shop.example",
            "limits": {"max_rows": 5},
        },
    )
    assert seen == [(ID, GRANT_TOKEN, MAY)]
    assert grant.change == END
    assert gateway.names == ["submit", "get", "get", "grant", "complete", "get", "get"]
    assert gateway.sent[0].headers["idempotency-key"] == "nightly:1"
    assert gateway.body("grant") == {"login": "etl"}
    assert gateway.body("submit") == {
        "kind": "sql",
        "executor": "caller",
        "target": "shop",
        "statements": WORK["statements"],
        "reason": "new prices",
        "source": "python",
        "claimed_person": "ana@shop.example",
        "limits": {"max_rows": 5},
    }


def test_one_statement_may_be_a_text_and_each_block_is_a_change_of_its_own(kind: str) -> None:
    gateway = Gateway({"submit": [MAY], "get": [END], "grant": [granted()], "complete": [END]})
    for _ in range(2):
        Either(kind, gateway).block(nothing, {"target": "shop", "statements": "DELETE FROM a", "login": "etl"})
    assert gateway.body("submit")["statements"] == ["DELETE FROM a"]
    keys = [request.headers["idempotency-key"] for request in gateway.sent if gateway.name(request) == "submit"]
    assert len(set(keys)) == 2
    assert all(key.startswith("python:") for key in keys)


@pytest.mark.parametrize(
    ("outcome", "error"), [("denied", Denied), ("rejected", Rejected), ("expired", Expired), ("failed", Failed)]
)
def test_a_change_that_ends_before_the_grant_runs_no_block(kind: str, outcome: str, error: type[ChangeEnded]) -> None:
    gateway = Gateway({"submit": [OPEN], "get": [closed(outcome, "CLYRA_SOME_CODE")]})
    with pytest.raises(error) as caught:
        Either(kind, gateway).block(boom, WORK)
    assert (caught.value.code, caught.value.retryable) == ("CLYRA_SOME_CODE", False)
    assert caught.value.change["outcome"] == outcome
    assert gateway.names == ["submit", "get"]


def test_work_that_was_done_before_is_not_done_again(kind: str) -> None:
    gateway = Gateway({"submit": [END]})
    with pytest.raises(AlreadyDone):
        Either(kind, gateway).block(boom, WORK)
    assert gateway.names == ["submit"]


def test_work_that_was_done_and_not_told_is_told_and_not_done_again(kind: str) -> None:
    gateway = Gateway(
        {"submit": [MAY], "get": [END], "grant": [problem("CLYRA_GRANT_REDEEMED")], "complete": [ok(MAY, 202)]}
    )
    with pytest.raises(AlreadyDone):
        Either(kind, gateway).block(boom, WORK)
    assert gateway.names == ["submit", "grant", "complete", "get"]


def test_work_that_was_done_and_cannot_be_told_is_left_as_it_is(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [problem("CLYRA_GRANT_REDEEMED")], "complete": [refused]})
    with pytest.raises(OutcomeUnknown):
        Either(kind, gateway).block(boom, WORK)
    assert "cancel" not in gateway.names


NOT_FOUND = problem("CLYRA_API_NOT_FOUND", 404)


@pytest.mark.parametrize(
    ("find", "said"),
    [
        ([NOT_FOUND, OPEN], f"change {ID} ended cancelled"),
        ([NOT_FOUND], "the request of site key nightly:1 did not arrive"),
        ([refused], "whether the request of site key nightly:1 arrived is unknown (CLYRA_API_UNREACHABLE)"),
    ],
)
def test_an_interrupt_while_asking_withdraws_what_had_arrived(find: list[Any], said: str, time: Time) -> None:
    gateway = Gateway(
        {"submit": [interrupted], "find": find, "get": [closed("cancelled")], "cancel": [ok(OPEN, 202)]}, time
    )
    with pytest.raises(KeyboardInterrupt) as caught:
        Either("sync", gateway).block(boom, {**WORK, "site_key": "nightly:1"})
    assert said in notes(caught.value)
    assert gateway.names.count("submit") == 1
    assert gateway.names.count("cancel") == (1 if "ended" in said else 0)
    assert gateway.body("find") == gateway.body("submit")


def test_when_the_time_for_a_grant_is_up_the_change_is_withdrawn(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [WAITING], "get": [WAITING, closed("cancelled")], "cancel": [ok(WAITING, 202)]}, time)
    with pytest.raises(Timeout) as caught:
        Either(kind, gateway).block(boom, {**WORK, "timeout": 50})
    assert caught.value.change["outcome"] == "cancelled"
    assert "ended cancelled" in str(caught.value)


def test_when_it_cannot_be_withdrawn_it_does_not_say_so(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [WAITING], "get": [WAITING], "cancel": [refused]}, time)
    with pytest.raises(Timeout) as caught:
        Either(kind, gateway).block(boom, {**WORK, "timeout": 50})
    assert f"what became of change {ID} is unknown (CLYRA_API_UNREACHABLE)" in str(caught.value)
    assert caught.value.change["outcome"] is None


def test_an_interrupt_while_waiting_withdraws_the_change() -> None:
    gateway = Gateway({"submit": [WAITING], "get": [interrupted, closed("cancelled")], "cancel": [ok(WAITING, 202)]})
    with pytest.raises(KeyboardInterrupt) as caught:
        Either("sync", gateway).block(boom, WORK)
    assert "ended cancelled" in notes(caught.value)
    assert gateway.body("cancel") == {"reason": "the caller stopped waiting: KeyboardInterrupt"}


def test_a_task_that_is_cancelled_while_waiting_withdraws_the_change() -> None:
    def cancelled(_: Any) -> Any:
        raise asyncio.CancelledError

    gateway = Gateway({"submit": [WAITING], "get": [cancelled, closed("cancelled")], "cancel": [ok(WAITING, 202)]})
    with pytest.raises(asyncio.CancelledError):
        Either("async", gateway).block(boom, WORK)
    assert gateway.names == ["submit", "get", "cancel", "get"]


def test_a_grant_that_is_refused_leaves_no_change_open(kind: str) -> None:
    gateway = Gateway(
        {"submit": [MAY], "grant": [problem("CLYRA_GRANT_LOGIN")], "cancel": [ok(MAY, 202)], "get": [WITHDRAWN]}
    )
    with pytest.raises(ClyraError, match="CLYRA_GRANT_LOGIN") as caught:
        Either(kind, gateway).block(boom, WORK)
    assert "ended failed (CLYRA_GRANT_WITHDRAWN): nothing was applied" in notes(caught.value)


def test_a_grant_that_another_process_is_using_is_left_to_it(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [problem("CLYRA_GRANT_IN_USE", retryable=True)]})
    with pytest.raises(ClyraError, match="CLYRA_GRANT_IN_USE"):
        Either(kind, gateway).block(boom, WORK)
    assert "cancel" not in gateway.names


def test_redeem_runs_the_one_statement_with_the_token(kind: str) -> None:
    ran: list[Any] = []

    class Cursor:
        def execute(self, query: Any, params: Any = None, /) -> None:
            ran.append((query, params))

    class AsyncCursor:
        async def execute(self, query: Any, params: Any = None, /) -> None:
            ran.append((query, params))

    grant = Grant(ID, GRANT_TOKEN, view())
    if kind == "sync":
        grant.redeem(Cursor())
    else:
        asyncio.run(grant.aredeem(AsyncCursor()))
    assert ran == [("select clyra_guard.redeem(%s)", (GRANT_TOKEN,))]
