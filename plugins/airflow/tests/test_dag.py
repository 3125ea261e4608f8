"""One example, run by Airflow itself in one process, on SQLite: the trigger included."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import CHANGE_ID, FakeClyra, view_of

import airflow_provider_clyra


def test_the_example_runs(api: FakeClyra, no_pauses: None) -> None:
    airflow = Path(sys.executable).parent / "airflow"
    subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True)
    from airflow.dag_processing.dagbag import DagBag

    folder = Path(airflow_provider_clyra.__file__).parent / "example_dags"
    dag: Any = DagBag(dag_folder=str(folder)).dags["clyra_governed_change"]
    end = view_of(state="CLOSED", outcome="enforced", version=9, affected_rows=160)
    api.views = [view_of(), view_of(state="AWAITING_APPROVAL", version=2), end]
    run = dag.test(run_conf={"first": 7, "last": 8})
    assert run.state == "success"
    asked = [body for method, path, body in api.asked if (method, path) == ("POST", "/v1/changes")]
    assert len(asked) == 1
    assert "BETWEEN 7 AND 8" in asked[0]["statements"][0]
    assert asked[0]["claimed_person"] == "dag_test"
    [ti] = run.get_task_instances()
    assert ti.xcom_pull(task_ids="add_fee", key="change_url") == f"http://clyra.test/approve/{CHANGE_ID}"
    assert ti.xcom_pull(task_ids="add_fee")["outcome"] == "enforced"
