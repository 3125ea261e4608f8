from typing import Any

import dagster as dg
import pytest
from clyra import ClyraError, Spooled

from dagster_clyra import GovernedChange, clyra_governed_asset
from dagster_clyra_tests.conftest import CHANGE, FakeClyra, Run, failure_of, unreachable, view_of

STATEMENT = "DELETE FROM shop.orders WHERE status = 'cancelled'"


@clyra_governed_asset(GovernedChange(target="shop", reason="retention"), retry_policy=dg.RetryPolicy(max_retries=2))
def retention(context: dg.AssetExecutionContext) -> list[str]:
    """Cancelled orders leave."""
    return [STATEMENT]


def test_enforced_is_materialised_with_its_links(fake: FakeClyra, run: Run) -> None:
    result = run(retention, tags={"dagster/user": "ana@shop.example"})
    (event,) = result.asset_materializations_for_node("retention")
    assert {key: value.value for key, value in event.metadata.items()} == {
        "dagster-clyra/change_id": CHANGE,
        "dagster-clyra/outcome": "enforced",
        "dagster-clyra/payload_digest": "sha256:" + "b" * 64,
        "dagster-clyra/bundle_id": f"{CHANGE}-9",
        "dagster-clyra/change_url": f"http://clyra/approve/{CHANGE}",
        "dagster-clyra/run_url": f"http://runs/{CHANGE}",
    }
    assert isinstance(event.metadata["dagster-clyra/change_url"], dg.UrlMetadataValue)
    assert fake.requests == [
        {
            "kind": "sql",
            "target": "shop",
            "statements": [STATEMENT],
            "reason": "retention",
            "role": "dml",
            "source": "dagster",
            "revision": 1,
            "executor": "clyra",
            "claimed_person": "ana@shop.example",
        }
    ]
    assert fake.calls == [("submit", None), ("wait", "end"), ("close", None)]


def test_links_are_on_the_asset_before_anybody_waits(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    fake.ends = [unreachable()] * 3
    run(retention)
    (observation,) = instance.fetch_observations(dg.AssetKey("retention"), limit=1).records
    assert observation.asset_observation is not None
    assert observation.asset_observation.metadata["dagster-clyra/change_url"].value == f"http://clyra/approve/{CHANGE}"


@pytest.mark.parametrize("outcome", ["denied", "rejected", "expired", "cancelled", "failed", "ambiguous"])
def test_every_other_end_fails_once_with_its_links(outcome: str, fake: FakeClyra, run: Run) -> None:
    fake.ends = [view_of("CLOSED", outcome, code="CLYRA_X_Y")]
    result = run(retention)
    assert not result.success
    data = failure_of(result, "retention")
    assert data.user_failure_data.metadata["dagster-clyra/outcome"].value == outcome
    assert data.user_failure_data.metadata["dagster-clyra/change_url"].value.endswith(CHANGE)
    assert "CLYRA_X_Y" in data.user_failure_data.description
    assert fake.names() == ["submit", "wait"]


def test_observed_goes_on(fake: FakeClyra, run: Run) -> None:
    fake.ends = [view_of("CLOSED", "observed")]
    (event,) = run(retention).asset_materializations_for_node("retention")
    assert event.metadata["dagster-clyra/outcome"].value == "observed"


def test_unreachable_is_tried_again_with_the_same_key_and_then_fails_closed(fake: FakeClyra, run: Run) -> None:
    fake.asked = unreachable
    result = run(retention)
    assert not result.success
    assert len(set(fake.site_keys)) == 1
    assert fake.names() == ["submit"] * 3
    assert (
        failure_of(result, "retention").user_failure_data.metadata["dagster-clyra/code"].value
        == "CLYRA_API_UNREACHABLE"
    )


def test_away_while_waiting_attaches_again(fake: FakeClyra, run: Run) -> None:
    fake.ends = [unreachable(), view_of("CLOSED", "enforced")]
    assert run(retention).success
    assert fake.names() == ["submit", "wait", "submit", "wait"]
    assert len(set(fake.site_keys)) == 1


def test_what_cannot_be_asked_is_not_tried_again(fake: FakeClyra, run: Run) -> None:
    fake.asked = ClyraError("CLYRA_API_FORBIDDEN", "no requester", "Ask for the role.", status=403)
    data = failure_of(run(retention), "retention")
    assert fake.names() == ["submit"]
    assert data.user_failure_data.metadata["dagster-clyra/remediation"].value == "Ask for the role."


def test_a_gate_has_no_spool_even_where_one_is_configured(fake: FakeClyra, run: Run, tmp_path: Any) -> None:
    run(retention, spool=str(tmp_path / "spool"))
    assert fake.spools == [None]


def test_review_goes_on_without_clyra_and_says_so(fake: FakeClyra, run: Run, tmp_path: Any) -> None:
    @clyra_governed_asset(GovernedChange(target="shop_staging", reason="import", review=True))
    def imported(context: dg.AssetExecutionContext) -> list[str]:
        return [STATEMENT]

    fake.asked = Spooled("CLYRA_API_UNREACHABLE", "kept in the spool", "Nothing to do.", retryable=True)
    result = run(imported, spool=str(tmp_path / "spool"))
    (event,) = result.asset_materializations_for_node("imported")
    assert fake.spools[0] is not None
    assert {key: value.value for key, value in event.metadata.items()} == {"dagster-clyra/outcome": "spooled"}


def test_the_statements_are_in_no_event(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    result = run(retention)
    assert "cancelled" not in "".join(repr(event) for event in instance.all_logs(result.run_id))
