"""A change that somebody else asked for: waits for its end, then has its evidence judged by a verifier."""

from airflow.sdk import DAG, Param

from airflow_provider_clyra.operators import ClyraVerifyEvidenceOperator
from airflow_provider_clyra.sensors import ClyraApprovalSensor

params = {
    "change_id": Param("chg_aaaaaaaaaaaaaaaaaaaaaaaaaa", type="string", description="The change"),
    "folder": Param("/tmp", type="string", description="Where the evidence goes"),
}

with DAG("clyra_evidence", schedule=None, params=params, tags=["clyra"]):
    # [START evidence]
    wait = ClyraApprovalSensor(task_id="wait", change_id="{{ params.change_id }}", deferrable=True)
    verify = ClyraVerifyEvidenceOperator(
        task_id="verify",
        change_id="{{ params.change_id }}",
        path="{{ params.folder }}/{{ params.change_id }}.zip",
    )
    wait >> verify
    # [END evidence]
