from typing import Any

import dagster as dg
import pytest
from clyra import ClyraError, Grant, Spooled

from dagster_clyra import GovernedChange, clyra_governed_asset
from dagster_clyra_tests.conftest import CHANGE, GRANT, FakeClyra, Run, failure_of, view_of

worked: list[Grant] = []


PRICES = GovernedChange("shop", "prices", ["UPDATE x"], login="etl", limits={"grant_seconds": 60})


@clyra_governed_asset(PRICES, config_schema={"fault": str})
def prices(context: dg.AssetExecutionContext, grant: Grant) -> None:
    """New prices."""
    worked.append(grant)
    if context.op_execution_context.op_config["fault"] == "error":
        raise RuntimeError("the warehouse is full")
    if context.op_execution_context.op_config["fault"] == "interrupt":
        raise dg.DagsterExecutionInterruptedError


@pytest.fixture
def materialize(fake: FakeClyra, run: Run) -> Any:
    worked.clear()
    fake.ends = [view_of("ENFORCING", executor="caller"), view_of("CLOSED", "enforced", executor="caller")]
    return lambda fault="", **options: run(
        prices, run_config={"ops": {"prices": {"config": {"fault": fault}}}}, **options
    )


def test_the_work_is_done_under_a_grant_and_reported(fake: FakeClyra, materialize: Any) -> None:
    assert materialize().success
    assert [(grant.change_id, grant.token) for grant in worked] == [(CHANGE, GRANT)]
    assert fake.requests[0]["executor"] == "caller"
    assert fake.requests[0]["limits"] == {"grant_seconds": 60}
    assert fake.calls[:-1] == [
        ("submit", None),
        ("wait", "grant"),
        ("grant", "etl"),
        ("complete", CHANGE),
        ("wait", "end"),
    ]


@pytest.mark.parametrize("outcome", ["denied", "rejected", "expired", "cancelled", "failed", "ambiguous"])
def test_no_work_without_a_grant(outcome: str, fake: FakeClyra, materialize: Any) -> None:
    fake.ends = [view_of("CLOSED", outcome)]
    assert not materialize().success
    assert worked == []
    assert fake.names() == ["submit", "wait"]


def test_work_that_was_done_before_is_not_done_again(fake: FakeClyra, materialize: Any) -> None:
    fake.ends = [view_of("CLOSED", "enforced")]
    assert materialize().success
    assert worked == []


def test_work_of_an_earlier_try_that_was_not_reported_is_reported(fake: FakeClyra, materialize: Any) -> None:
    fake.grants = ClyraError("CLYRA_GRANT_REDEEMED", "it is redeemed", "Complete it.", status=409)
    assert materialize().success
    assert worked == []
    assert fake.names() == ["submit", "wait", "grant", "complete", "wait"]


def test_work_that_fails_is_done_by_the_retry_under_the_same_approval(fake: FakeClyra, materialize: Any) -> None:
    result = materialize("error")
    assert "the warehouse is full" in failure_of(result, "prices").error.cause.message
    assert fake.names() == ["submit", "wait", "grant"]
    fake.ends.insert(0, view_of("ENFORCING", executor="caller"))
    assert materialize().success
    assert len(worked) == 2


def test_a_run_terminated_at_work_withdraws_it(fake: FakeClyra, materialize: Any) -> None:
    fake.ends[1] = view_of("CLOSED", "failed")
    assert "Terminated" in failure_of(materialize("interrupt"), "prices").error.cls_name
    assert fake.names() == ["submit", "wait", "grant", "cancel", "wait"]


@pytest.mark.parametrize("code", ["CLYRA_GRANT_NOT_REDEEMED", "CLYRA_API_UNREACHABLE"])
def test_work_that_could_not_be_reported_fails(code: str, fake: FakeClyra, materialize: Any) -> None:
    fake.completed = ClyraError(code, "it is not", "Look.", retryable=code == "CLYRA_API_UNREACHABLE")
    data = failure_of(materialize(), "prices")
    assert data.user_failure_data.metadata["dagster-clyra/code"].value == code
    assert fake.names() == ["submit", "wait", "grant", "complete"]


def test_work_whose_time_was_over_ends_as_the_change_does(fake: FakeClyra, materialize: Any) -> None:
    fake.completed = ClyraError("CLYRA_GRANT_EXPIRED", "its time is over", "Ask again.", status=409)
    fake.ends[1] = view_of("CLOSED", "failed", code="CLYRA_GRANT_EXPIRED")
    data = failure_of(materialize(), "prices")
    assert data.user_failure_data.metadata["dagster-clyra/outcome"].value == "failed"


def test_review_works_without_a_token(fake: FakeClyra, materialize: Any) -> None:
    fake.ends = [view_of("CLOSED", "observed")]
    assert materialize().success
    assert [grant.token for grant in worked] == [None]
    assert fake.names() == ["submit", "wait"]


def test_review_works_while_clyra_is_away(fake: FakeClyra, run: Run, tmp_path: Any) -> None:
    grants = []

    @clyra_governed_asset(GovernedChange("shop_staging", "import", ["UPDATE x"], login="etl", review=True))
    def imported(context: dg.AssetExecutionContext, grant: Grant) -> None:
        grants.append(grant.token)

    fake.asked = Spooled("CLYRA_API_UNREACHABLE", "kept in the spool", "Nothing to do.", retryable=True)
    assert run(imported, spool=str(tmp_path / "spool")).success
    assert grants == [None]
