"""Operators and the gate: asked once, deferred, settled, in each outcome."""

import json
from pathlib import Path
from typing import Any

import clyra
import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    TaskDeferred,
)
from conftest import CHANGE_ID, GRANT, TOKEN, FakeClyra, FakeTask, context_of, view_of

from airflow_provider_clyra import operators
from airflow_provider_clyra.decorators import ClyraGateOperator
from airflow_provider_clyra.operators import ClyraGovernedChangeOperator
from airflow_provider_clyra.outcomes import site_key
from airflow_provider_clyra.sensors import ClyraApprovalSensor
from airflow_provider_clyra.triggers import ClyraChangeTrigger

pytestmark = pytest.mark.usefixtures("no_pauses")
DONE = {"change_id": CHANGE_ID, "outcome": None}
STATEMENT = "UPDATE shop.orders SET total_cents = 1 WHERE order_id = 7"


def governed(**more: Any) -> ClyraGovernedChangeOperator:
    return ClyraGovernedChangeOperator(task_id="task", target="shop", statements=STATEMENT, **more)


def gate(function: Any, **more: Any) -> ClyraGateOperator:
    asked: Any = {"target": "shop", "statements": STATEMENT, "login": "etl", "op_args": [], "op_kwargs": {}}
    return ClyraGateOperator(task_id="task", python_callable=function, **asked, **more)


def test_asks_under_its_site_key_for_the_person_who_triggered_and_defers(api: FakeClyra) -> None:
    api.views = [view_of(state="AWAITING_APPROVAL")]
    ti = FakeTask(map_index=3)
    with pytest.raises(TaskDeferred) as deferred:
        governed(deferrable=True, reason="r", limits={"max_rows": 5}).execute(context_of(ti))
    assert api.keys == ["airflow:dag:manual__2026-01-01T00:00:00+00:00:task:3"]
    assert api.asked[0][2] == {
        **{"kind": "sql", "executor": "clyra", "target": "shop", "statements": [STATEMENT], "role": "dml"},
        **{"reason": "r", "source": "airflow", "revision": 1, "limits": {"max_rows": 5}},
        "claimed_person": "ana@shop.example",
    }
    assert ti.pushed == {"change_url": f"http://clyra.test/approve/{CHANGE_ID}", "run_url": "http://runs.test/run"}
    path, kwargs = deferred.value.trigger.serialize()
    assert path == "airflow_provider_clyra.triggers.ClyraChangeTrigger"
    assert ClyraChangeTrigger(**kwargs).serialize() == (path, kwargs)
    assert kwargs == {"clyra_conn_id": "clyra_default", "change_id": CHANGE_ID, "until": "end", "owner": True}
    assert (deferred.value.method_name, deferred.value.timeout) == ("execute_complete", None)


def test_nobody_triggered_it_nobody_is_claimed(api: FakeClyra) -> None:
    api.ends("enforced")
    governed(deferrable=True).execute(context_of(person=None))
    assert "claimed_person" not in api.asked[0][2]


def test_a_long_or_foreign_key_is_short_and_stays_one_of_its_own() -> None:
    long, other = FakeTask(dag_id="d" * 200), FakeTask(dag_id="d" * 201)
    assert site_key(long) == site_key(FakeTask(dag_id="d" * 200)) != site_key(other)
    foreign = site_key(FakeTask(dag_id="gebühr"))
    assert foreign.isascii() and len(foreign) < 60


@pytest.mark.parametrize("outcome", ["enforced", "observed"])
def test_a_good_end_is_a_small_receipt(api: FakeClyra, outcome: str) -> None:
    longest = {"code": "C" * 100, "bundle_id": "b" * 80, "evidence": "e" * 300}
    api.ends(outcome, approvers=["ben@shop.example"], **longest)
    receipt = governed().execute_complete(context_of(), DONE)
    assert receipt == {
        **{"change_id": CHANGE_ID, "attempt": 1, "outcome": outcome, "affected_rows": None},
        **longest,
    }
    assert len(json.dumps(receipt)) < 1024


@pytest.mark.parametrize("outcome", ["denied", "rejected", "expired", "cancelled", "failed", "ambiguous"])
def test_any_other_end_fails_without_a_retry(api: FakeClyra, outcome: str) -> None:
    api.ends(outcome, code="CLYRA_WHY")
    with pytest.raises(AirflowFailException, match="CLYRA_WHY"):
        governed().execute_complete(context_of(), DONE)


@pytest.mark.parametrize(("outcome", "skips"), [("denied", True), ("rejected", True), ("expired", False)])
def test_a_refusal_skips_where_asked_to(api: FakeClyra, outcome: str, skips: bool) -> None:
    api.ends(outcome)
    with pytest.raises(AirflowSkipException if skips else AirflowFailException):
        governed(on_reject="skip").execute_complete(context_of(), DONE)


def test_unreachable_is_tried_again_and_nothing_goes_on(api: FakeClyra) -> None:
    api.down = True
    with pytest.raises(AirflowException, match="CLYRA_API_UNREACHABLE") as raised:
        governed().execute(context_of())
    assert not isinstance(raised.value, AirflowFailException)


def test_in_review_with_a_spool_the_task_goes_on_and_says_so(
    api: FakeClyra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    extra = {"mode": "review", "spool": str(tmp_path / "spool.jsonl")}
    connection = {"conn_type": "clyra", "host": "http://clyra.test", "password": TOKEN, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CLYRA_DEFAULT", json.dumps(connection))
    api.down = True
    assert governed().execute(context_of()) == {"change_id": None, "outcome": "spooled"}
    assert gate(lambda grant: grant.token).execute(context_of()) is None
    assert (tmp_path / "spool.jsonl").read_text().count("\n") == 2


def test_a_spool_without_review_changes_nothing(
    api: FakeClyra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    extra = {"mode": "gate", "spool": str(tmp_path / "spool.jsonl")}
    connection = {"conn_type": "clyra", "host": "http://clyra.test", "password": TOKEN, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CLYRA_DEFAULT", json.dumps(connection))
    api.down = True
    with pytest.raises(AirflowException):
        governed().execute(context_of())
    assert not (tmp_path / "spool.jsonl").exists()


def test_not_deferrable_waits_itself(api: FakeClyra) -> None:
    end = view_of(state="CLOSED", outcome="enforced", version=9)
    api.views = [view_of(), view_of(state="AWAITING_APPROVAL"), end]
    assert governed(deferrable=False).execute(context_of())["outcome"] == "enforced"


def test_it_waits_on_while_clyra_cannot_be_reached(api: FakeClyra, monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = clyra.Unreachable("CLYRA_API_UNREACHABLE", "d", "r", retryable=True)
    answers: list[Any] = [unreachable, unreachable, view_of(state="CLOSED", outcome="enforced", version=9)]

    def wait(self: clyra.Clyra, change_id: str, **_: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(clyra.Clyra, "wait", wait)
    assert governed(deferrable=False).execute(context_of())["outcome"] == "enforced"
    assert answers == []


def test_what_policy_decides_alone_needs_no_triggerer(api: FakeClyra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "_MOMENT", 2.0)
    api.views = [view_of(), view_of(state="CLOSED", outcome="enforced", version=9)]
    assert governed(deferrable=True).execute(context_of())["outcome"] == "enforced"


def test_a_later_try_that_finds_the_change_cancelled_asks_once_more(api: FakeClyra) -> None:
    again = context_of(FakeTask(try_number=2))
    api.ends("cancelled")
    with pytest.raises(AirflowFailException):
        governed(deferrable=False).execute(again)
    assert api.paths.count("POST /v1/changes") == 2


def test_a_first_try_that_finds_the_change_cancelled_does_not(api: FakeClyra) -> None:
    api.ends("cancelled")
    with pytest.raises(AirflowFailException):
        governed(deferrable=False).execute(context_of())
    assert api.paths.count("POST /v1/changes") == 1


def test_killed_it_cancels_what_it_asked_for(api: FakeClyra) -> None:
    operator = governed(deferrable=True)
    operator.on_kill()
    assert api.asked == []
    api.views = [view_of(state="AWAITING_APPROVAL")]
    with pytest.raises(TaskDeferred):
        operator.execute(context_of())
    operator.on_kill()
    assert api.paths.count("POST /v1/changes/ID/cancel") == 1


class Killed(BaseException):
    """What a signal raises wherever the task is."""


@pytest.mark.parametrize(("arrived", "cancelled"), [(True, 1), (False, 0)])
def test_killed_while_it_asks_it_cancels_what_had_arrived(
    api: FakeClyra, monkeypatch: pytest.MonkeyPatch, arrived: bool, cancelled: int
) -> None:
    monkeypatch.setattr(clyra.drive.Driver, "pause", lambda *_: None)
    operator = governed(deferrable=True)
    api.kill, api.arrived = Killed(), arrived
    with pytest.raises(Killed):
        operator.execute(context_of())
    operator.on_kill()
    assert api.paths[:2] == ["POST /v1/changes", "POST /v1/requests/find"]
    assert api.asked[0][2] == api.asked[1][2]
    assert api.paths.count("POST /v1/changes") == 1
    assert api.paths.count("POST /v1/changes/ID/cancel") == cancelled


def test_killed_before_it_has_looked_again_it_cancels_what_it_waited_for(api: FakeClyra) -> None:
    operator = governed(deferrable=True)
    api.down = True
    with pytest.raises(AirflowException):
        operator.execute_complete(context_of(), DONE)
    api.down = False
    operator.on_kill()
    assert api.paths.count("POST /v1/changes/ID/cancel") == 1


def test_the_gate_runs_its_function_under_the_grant_alone(api: FakeClyra) -> None:
    api.views = [view_of(state="AWAITING_APPROVAL", executor="caller")]
    seen: list[Any] = []

    def work(grant: Any, ti: Any) -> int:
        seen.append((grant.token, ti))
        return 5

    operator = gate(work, deferrable=True)
    context = context_of()
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)
    assert deferred.value.trigger.until == "grant"
    assert seen == []
    api.views = [view_of(state="ENFORCING", executor="caller")]
    assert operator.execute_complete(context, DONE) == 5
    assert seen == [(GRANT, context["ti"])]
    assert api.paths.count("POST /v1/changes/ID/grant") == api.paths.count("POST /v1/changes/ID/complete") == 1
    # The same change: what was asked before the wait and after it differs in nothing.
    first, second = [body for method, path, body in api.asked if (method, path) == ("POST", "/v1/changes")]
    assert first == second and len(set(api.keys)) == 1


@pytest.mark.parametrize(
    ("error", "tries_left", "withdrawn"),
    [
        (ValueError, 0, True),
        (ValueError, 1, False),
        (KeyboardInterrupt, 1, True),
    ],
)
def test_a_function_that_fails_withdraws_its_change_unless_it_is_tried_again(
    api: FakeClyra, error: type[BaseException], tries_left: int, withdrawn: bool
) -> None:
    def fails(grant: Any) -> None:
        raise error("no")

    api.views = [view_of(state="ENFORCING", executor="caller")]
    with pytest.raises(error, match="no"):
        gate(fails).execute(context_of(FakeTask(max_tries=tries_left)))
    assert ("POST /v1/changes/ID/cancel" in api.paths) is withdrawn
    assert "POST /v1/changes/ID/complete" not in api.paths


def test_what_an_earlier_try_did_is_not_done_again(api: FakeClyra) -> None:
    api.ends("enforced", executor="caller")
    called: list[Any] = []
    assert gate(lambda grant: called.append(grant)).execute(context_of())["outcome"] == "enforced"
    assert called == []


@pytest.mark.parametrize("outcome", ["denied", "rejected", "expired"])
def test_a_gate_that_stays_shut_runs_nothing(api: FakeClyra, outcome: str) -> None:
    api.ends(outcome, executor="caller")
    called: list[Any] = []
    with pytest.raises(AirflowFailException):
        gate(lambda grant: called.append(grant)).execute(context_of())
    assert called == []


def test_in_review_the_function_runs_without_a_grant(api: FakeClyra) -> None:
    api.ends("observed", mode="review", executor="caller")
    assert gate(lambda grant: grant.token).execute(context_of()) is None


def test_the_sensor_attaches_and_cancels_nothing(api: FakeClyra) -> None:
    api.views = [view_of(state="AWAITING_APPROVAL")]
    sensor = ClyraApprovalSensor(task_id="wait", change_id=CHANGE_ID, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context_of())
    assert deferred.value.trigger.owner is False
    api.ends("rejected")
    with pytest.raises(AirflowFailException):
        sensor.execute(context_of(), DONE)
    assert {method for method, _, _ in api.asked} == {"GET"}


def test_the_sensor_pokes_until_the_grant_where_asked_to(api: FakeClyra) -> None:
    api.views = [view_of(state="AWAITING_APPROVAL"), view_of(state="ENFORCING")]
    sensor = ClyraApprovalSensor(task_id="wait", change_id=CHANGE_ID, until="grant", deferrable=False)
    assert sensor.poke(context_of()).is_done is False
    assert sensor.poke(context_of()).is_done is True


def test_lineage_names_the_change_and_its_end(api: FakeClyra) -> None:
    operator = governed()
    assert operator.get_openlineage_facets_on_failure(None).run_facets == {}
    api.ends("enforced", bundle_id="b")
    operator.execute_complete(context_of(), DONE)
    facet = operator.get_openlineage_facets_on_complete(None).run_facets["clyra_change"]
    assert (facet.change_id, facet.outcome, facet.bundle_id) == (CHANGE_ID, "enforced", "b")
