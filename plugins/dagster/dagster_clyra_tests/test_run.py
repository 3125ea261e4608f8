"""What belongs to a run: its key, who launched it, and its termination."""

import signal

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator

from dagster_clyra import ClyraResource, GovernedChange, clyra_gate, clyra_governed_asset
from dagster_clyra_tests.conftest import CHANGE, FakeClyra, Run, failure_of, unreachable, view_of


@clyra_governed_asset(
    GovernedChange(target="shop", reason="retention"),
    partitions_def=dg.StaticPartitionsDefinition(["2026-01", "größer", "x" * 300]),
)
def monthly(context: dg.AssetExecutionContext) -> list[str]:
    return [f"DELETE {context.partition_key}"]


@clyra_governed_asset(GovernedChange(target="shop", reason="retention"))
def retention(context: dg.AssetExecutionContext) -> list[str]:
    return ["DELETE"]


def test_a_re_execution_has_the_key_of_its_root_run(fake: FakeClyra, instance: dg.DagsterInstance) -> None:
    fake.ends = [unreachable(), unreachable(), view_of("CLOSED", "enforced")]
    runs: list[dg.DagsterRun] = []
    for _ in range(3):
        root, parent = (runs[0].run_id, runs[-1].run_id) if runs else (None, None)
        runs.append(instance.create_run_for_job(job, parent_run_id=parent, root_run_id=root))
        list(execute_run_iterator(InMemoryJob(job), runs[-1], instance))
    assert [found.status.value for found in reversed(instance.get_runs())] == ["FAILURE", "FAILURE", "SUCCESS"]
    assert fake.site_keys == [f"dagster:{runs[0].run_id}:retention:-"] * 3


def test_each_partition_has_a_key_of_its_own_and_no_key_is_too_long(fake: FakeClyra, run: Run) -> None:
    keys = []
    for partition in ("2026-01", "größer", "x" * 300):
        fake.ends = [view_of("CLOSED", "enforced")]
        result = run(monthly, partition_key=partition)
        keys.append(fake.site_keys[-1].replace(result.run_id, "RUN"))
    assert keys[0] == "dagster:RUN:monthly:2026-01"
    assert all(key.startswith("dagster:") and len(key) == len("dagster:") + 36 for key in keys[1:])
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("tags", "person"),
    [
        ({"clyra/person": "ana", "user": "x"}, "ana"),
        ({"dagster/user": "bo", "user": "x"}, "bo"),
        ({"user": "cleo"}, "cleo"),
        ({}, None),
    ],
)
def test_who_launched_the_run_is_claimed(tags: dict[str, str], person: str | None, fake: FakeClyra, run: Run) -> None:
    run(retention, tags=tags)
    assert fake.requests[0].get("claimed_person") == person


resource = ClyraResource(base_url="http://clyra", token=dg.EnvVar("CLYRA_TOKEN"))
definitions = dg.Definitions(assets=[retention], resources={"clyra": resource}, executor=dg.in_process_executor)
job = definitions.resolve_implicit_global_asset_job_def()


def interrupted(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> str:
    """Terminates a run while it waits; answers all that was logged."""
    result = run(retention)
    assert "Terminated" in failure_of(result, "retention").error.cls_name
    return "\n".join(entry.user_message for entry in instance.all_logs(result.run_id))


def test_a_run_terminated_while_it_waits_cancels(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    fake.ends = [dg.DagsterExecutionInterruptedError(), view_of("CLOSED", "cancelled")]
    assert f"its change {CHANGE} ended cancelled" in interrupted(fake, run, instance)
    assert fake.names() == ["submit", "wait", "cancel", "wait"]


def test_a_run_terminated_is_not_tried_again_whatever_its_retry_policy_says(
    fake: FakeClyra, run: Run, instance: dg.DagsterInstance
) -> None:
    @clyra_governed_asset(GovernedChange("shop", "retention"), retry_policy=dg.RetryPolicy(max_retries=3))
    def patient(context: dg.AssetExecutionContext) -> list[str]:
        return ["DELETE"]

    fake.ends = [dg.DagsterExecutionInterruptedError(), view_of("CLOSED", "cancelled"), view_of("CLOSED", "enforced")]
    result = run(patient)
    assert "Terminated" in failure_of(result, "patient").error.cls_name
    assert fake.names() == ["submit", "wait", "cancel", "wait"]


def test_a_process_that_gets_the_signal_to_end_cancels(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    fake.ends = [lambda: signal.raise_signal(signal.SIGTERM), view_of("CLOSED", "cancelled")]
    assert f"its change {CHANGE} ended cancelled" in interrupted(fake, run, instance)
    assert fake.names() == ["submit", "wait", "cancel", "wait"]


def test_it_tells_the_truth_when_it_was_too_late(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    fake.ends = [dg.DagsterExecutionInterruptedError(), view_of("CLOSED", "enforced")]
    assert f"its change {CHANGE} ended enforced" in interrupted(fake, run, instance)


def test_it_says_so_when_nobody_could_be_told(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    fake.ends = [dg.DagsterExecutionInterruptedError(), unreachable()]
    assert "its change may still be done" in interrupted(fake, run, instance)


@pytest.mark.parametrize(("arrived", "then"), [(True, ["cancel", "wait"]), (False, [])])
def test_a_run_terminated_while_it_asks_cancels_what_arrived_and_asks_for_nothing(
    fake: FakeClyra, run: Run, instance: dg.DagsterInstance, arrived: bool, then: list[str]
) -> None:
    fake.asked = dg.DagsterExecutionInterruptedError
    fake.found = view_of("OPEN") if arrived else None
    fake.ends = [view_of("CLOSED", "cancelled")]
    interrupted(fake, run, instance)
    assert fake.names() == ["submit", "find", *then]
    assert len(set(fake.site_keys)) == 1


def test_a_gate_lets_what_is_downstream_run_or_not(fake: FakeClyra, instance: dg.DagsterInstance) -> None:
    seen = []
    gate = clyra_gate("gate", GovernedChange("shop", "retention", lambda context: ["DELETE"]))

    @dg.op
    def after(change_id: str) -> None:
        seen.append(change_id)

    @dg.job
    def gated() -> None:
        after(gate())

    for outcome in ("rejected", "enforced"):
        fake.ends = [view_of("CLOSED", outcome)]
        result = gated.execute_in_process(resources={"clyra": resource}, instance=instance, raise_on_error=False)
        assert result.success is (outcome == "enforced")
    assert seen == [CHANGE]


def test_a_gate_that_does_not_wait_only_asks(fake: FakeClyra, instance: dg.DagsterInstance) -> None:
    change = GovernedChange("shop", "retention", ["DELETE"], login="etl", source="dagster:prices")
    gate = clyra_gate("ask", change, wait=False)

    @dg.job
    def asking() -> None:
        gate()

    assert asking.execute_in_process(resources={"clyra": resource}, instance=instance).success
    assert fake.names() == ["submit"]
    assert (fake.requests[0]["executor"], fake.requests[0]["source"]) == ("caller", "dagster:prices")
    with pytest.raises(dg.DagsterInvalidDefinitionError):
        clyra_gate("wrong", change)


def test_a_run_that_a_sensor_launched_attaches_to_its_change(fake: FakeClyra, run: Run) -> None:
    tags = {"dagster-clyra/change_id": CHANGE, "dagster-clyra/source": "dagster"}
    assert run(retention, tags=tags).success
    assert fake.names() == ["get", "wait"]
    fake.ends = [view_of("CLOSED", "enforced")]
    assert run(retention, tags=tags | {"dagster-clyra/source": "dagster:other"}).success
    assert fake.names()[2:] == ["submit", "wait"]


@pytest.mark.parametrize("other", [{"source": "airflow"}, {"target": "payroll"}])
def test_tags_that_name_a_change_of_somebody_else_are_refused(other: dict[str, str], fake: FakeClyra, run: Run) -> None:
    fake.found = view_of("CLOSED", "enforced") | other
    tags = {"dagster-clyra/change_id": CHANGE, "dagster-clyra/source": "dagster"}
    result = run(retention, tags=tags)
    assert "expected a change of dagster to shop" in failure_of(result, "retention").user_failure_data.description
    assert fake.names() == ["get"]


def test_a_gate_that_does_not_wait_fails_where_its_change_is_rejected_already(
    fake: FakeClyra, instance: dg.DagsterInstance
) -> None:
    fake.asked = view_of("CLOSED", "rejected")
    gate = clyra_gate("ask", GovernedChange("shop", "retention", ["DELETE"]), wait=False)

    @dg.job
    def asking() -> None:
        gate()

    assert not asking.execute_in_process(resources={"clyra": resource}, instance=instance, raise_on_error=False).success
