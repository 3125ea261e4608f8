import asyncio
from typing import Any

import pytest
from support import GRANT_TOKEN, ID, WORK, Either, Gateway, Time, closed, granted, ok, problem, refused, view

from clyra import (
    AlreadyDone,
    Ambiguous,
    ChangeEnded,
    ClyraError,
    Denied,
    Expired,
    Failed,
    Grant,
    OutcomeUnknown,
    Rejected,
    Timeout,
    Unreachable,
)

OPEN = view(state="OPEN", version=1)
WAITING = view(state="AWAITING_APPROVAL", version=2)
MAY = view()
END = closed("enforced")
NOT_REDEEMED = problem("CLYRA_GRANT_NOT_REDEEMED")
NOT_OPEN = problem("CLYRA_GRANT_NOT_OPEN")
WITHDRAWN = closed("failed", "CLYRA_GRANT_WITHDRAWN")


class Boom(Exception):
    """What a block raises."""


def nothing(_: Grant) -> None:
    """A block that does its work."""


def boom(_: Grant) -> None:
    raise Boom("card 4111 1111 1111 1111")


def interrupted(_: Any) -> Any:
    raise KeyboardInterrupt


def notes(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", []))


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


def test_an_interrupt_while_asking_says_that_nobody_knows() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        Either("sync", Gateway({"submit": [interrupted]})).block(boom, {**WORK, "site_key": "nightly:1"})
    assert "whether the request of site key nightly:1 arrived is unknown" in notes(caught.value)


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


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (WITHDRAWN, "ended failed (CLYRA_GRANT_WITHDRAWN): nothing was applied"),
        (END, "ended enforced: its work was committed"),
        (closed("ambiguous"), "ended ambiguous: whether its work was committed cannot be told"),
    ],
)
def test_a_block_that_raises_withdraws_and_is_told_what_became_of_it(kind: str, end: Any, told: str) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "cancel": [ok(MAY, 202)], "get": [end]})
    given: list[Grant] = []

    def body(grant: Grant) -> None:
        given.append(grant)
        boom(grant)

    with pytest.raises(Boom) as caught:
        Either(kind, gateway).block(body, WORK)
    assert notes(caught.value) == f"Clyra: change {ID} {told}"
    assert given[0].change == end
    # The type alone: the text of an error may hold anything.
    assert gateway.body("cancel") == {"reason": "the block raised Boom"}
    assert "complete" not in gateway.names


def test_a_block_that_raises_while_clyra_is_away_raises_the_same(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "cancel": [refused]})
    with pytest.raises(Boom) as caught:
        Either(kind, gateway).block(boom, WORK)
    assert f"what became of change {ID} is unknown (CLYRA_API_UNREACHABLE)" in notes(caught.value)
    assert f"clyra change show {ID}" in notes(caught.value)


def test_a_block_that_raises_and_whose_change_does_not_end_soon_is_told_where_it_stands(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "cancel": [ok(MAY, 202)], "get": [MAY]}, time)
    with pytest.raises(Boom) as caught:
        Either(kind, gateway).block(boom, WORK)
    assert "is to be withdrawn, and still in state ENFORCING" in notes(caught.value)


def test_a_block_that_redeems_nothing_is_no_success(kind: str) -> None:
    gateway = Gateway(
        {
            "submit": [MAY],
            "grant": [granted()],
            "complete": [NOT_REDEEMED],
            "cancel": [ok(MAY, 202)],
            "get": [WITHDRAWN],
        }
    )
    with pytest.raises(Failed) as caught:
        Either(kind, gateway).block(nothing, WORK)
    assert caught.value.code == "CLYRA_CLIENT_NOT_REDEEMED"
    assert caught.value.change == WITHDRAWN


def test_what_was_committed_between_the_report_and_the_withdrawal_is_done(kind: str) -> None:
    gateway = Gateway(
        {"submit": [MAY], "grant": [granted()], "complete": [NOT_REDEEMED], "cancel": [ok(MAY, 202)], "get": [END]}
    )
    assert Either(kind, gateway).block(nothing, WORK).change == END


@pytest.mark.parametrize(("end", "error"), [(closed("failed", "CLYRA_GRANT_EXPIRED"), Failed), (END, None)])
def test_a_report_that_comes_too_late_is_told_the_end(kind: str, end: Any, error: type[Exception] | None) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "complete": [NOT_OPEN], "get": [end]})
    if error is None:
        assert Either(kind, gateway).block(nothing, WORK).change == END
    else:
        with pytest.raises(error, match="CLYRA_GRANT_EXPIRED"):
            Either(kind, gateway).block(nothing, WORK)


def test_ambiguous_never_passes_as_success(kind: str) -> None:
    gateway = Gateway(
        {"submit": [MAY], "grant": [granted()], "complete": [ok(MAY, 202)], "get": [closed("ambiguous", "CLYRA_X")]}
    )
    with pytest.raises(Ambiguous, match="CLYRA_X"):
        Either(kind, gateway).block(nothing, WORK)


@pytest.mark.parametrize(
    ("complete", "get", "found"),
    [
        (refused, END, "CLYRA_API_UNREACHABLE"),
        (problem("CLYRA_API_UNAUTHENTICATED", 401), END, "CLYRA_API_UNAUTHENTICATED"),
        (ok(MAY, 202), refused, "CLYRA_API_UNREACHABLE"),
        (ok(MAY, 202), MAY, "in state ENFORCING"),
    ],
)
def test_an_outcome_that_cannot_be_learned_is_not_guessed(
    kind: str, time: Time, complete: Any, get: Any, found: str
) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "complete": [complete], "get": [get]}, time)
    with pytest.raises(OutcomeUnknown) as caught:
        Either(kind, gateway).block(nothing, WORK)
    assert (caught.value.code, caught.value.retryable) == ("CLYRA_CLIENT_OUTCOME_UNKNOWN", False)
    assert caught.value.change_id == ID
    assert found in str(caught.value)
    assert f"clyra change show {ID}" in str(caught.value)
    assert "cancel" not in gateway.names


def test_a_report_waits_for_a_gateway_that_restarts(kind: str, time: Time) -> None:
    gateway = Gateway(
        {"submit": [MAY], "grant": [granted()], "complete": [*[refused] * 20, ok(MAY, 202)], "get": [END]}
    )
    assert Either(kind, gateway).block(nothing, WORK).change == END


def test_an_outcome_whose_evidence_takes_long_is_known(kind: str, time: Time) -> None:
    recorded = view(state="RECORDED", outcome="enforced")
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "complete": [ok(MAY, 202)], "get": [recorded]}, time)
    assert Either(kind, gateway).block(nothing, WORK).change == recorded


def test_in_review_nothing_is_waited_for_and_nothing_redeemed(kind: str) -> None:
    end = closed("observed", mode="review")
    gateway = Gateway({"submit": [view(state="OPEN", mode="review")], "get": [end]})
    statements: list[Any] = []

    class Cursor:
        def execute(self, query: Any, params: Any = None, /) -> None:
            statements.append((query, params))

    def body(grant: Grant) -> None:
        assert grant.token is None
        assert gateway.names == ["submit"]
        grant.redeem(Cursor())

    assert Either(kind, gateway).block(body, WORK).change == end
    assert statements == []
    assert gateway.names == ["submit", "get"]


def test_in_review_a_dead_clyra_at_the_end_holds_nothing_up(kind: str, time: Time) -> None:
    gateway = Gateway({"submit": [view(mode="review")], "get": [refused]}, time)
    assert Either(kind, gateway).block(nothing, WORK).change == view(mode="review")
    assert sum(time.pauses) <= 11


def test_in_review_what_the_block_raises_goes_on(kind: str) -> None:
    gateway = Gateway({"submit": [view(mode="review")], "get": [closed("observed", mode="review")]})
    with pytest.raises(Boom):
        Either(kind, gateway).block(boom, WORK)
    assert "cancel" not in gateway.names


def test_without_clyra_no_block_runs(kind: str, time: Time) -> None:
    with pytest.raises(Unreachable):
        Either(kind, Gateway({"submit": [refused]})).block(boom, WORK)


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
