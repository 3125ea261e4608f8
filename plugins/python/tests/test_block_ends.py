"""How a block ends, and what is told of it."""

from typing import Any

import pytest
from support import (
    END,
    ID,
    MAY,
    WITHDRAWN,
    WORK,
    Boom,
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

from clyra import Ambiguous, Failed, Grant, OutcomeUnknown, Unreachable

NOT_REDEEMED = problem("CLYRA_GRANT_NOT_REDEEMED")
NOT_OPEN = problem("CLYRA_GRANT_NOT_OPEN")


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


@pytest.mark.parametrize(("error", "kept"), [(Boom, True), (KeyboardInterrupt, False)])
def test_who_tries_again_leaves_the_change_open(kind: str, error: type[BaseException], kept: bool) -> None:
    gateway = Gateway({"submit": [MAY], "grant": [granted()], "cancel": [ok(MAY, 202)], "get": [WITHDRAWN]})

    def body(_: Grant) -> None:
        raise error

    with pytest.raises(error) as caught:
        Either(kind, gateway).block(body, {**WORK, "keep_open": True})
    assert ("cancel" in gateway.names) is not kept
    assert "complete" not in gateway.names
    assert ("stays open" in notes(caught.value)) is kept


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
