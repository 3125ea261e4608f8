"""Evidence is fetched and judged by somebody else's program."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from conftest import CHANGE_ID, FakeClyra, context_of

from airflow_provider_clyra.operators import ClyraVerifyEvidenceOperator

REPORT = {"verdict": "valid", "change_id": CHANGE_ID, "bundle_id": "b", "claims": []}
BROKEN = {**REPORT, "verdict": "invalid", "claims": [{"claim": "chain", "status": "FAIL", "code": "CHAIN_PREV"}]}


def judged(tmp_path: Path, patch: pytest.MonkeyPatch, report: Any, code: int) -> Any:
    script = f"import sys; sys.stdout.write({json.dumps(report)!r}); sys.exit({code})"
    patch.setenv("AIRFLOW__CLYRA__VERIFIER", shlex.join(["python3", "-c", script]))
    return verify(tmp_path).execute(context_of())


def verify(folder: Path) -> ClyraVerifyEvidenceOperator:
    return ClyraVerifyEvidenceOperator(task_id="v", change_id=CHANGE_ID, path=str(folder / "e.zip"))


def test_evidence_is_fetched_and_judged(api: FakeClyra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(tmp_path, monkeypatch, REPORT, 0) == {"change_id": CHANGE_ID, "verdict": "valid", "bundle_id": "b"}
    assert (tmp_path / "e.zip").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("report", "code", "says"),
    [
        (BROKEN, 1, "chain: CHAIN_PREV"),
        ({**REPORT, "change_id": "chg_other"}, 0, "it is of chg_other"),
        ({**REPORT, "verdict": "cannot_judge"}, 2, "cannot_judge"),
        ([], 0, "expected a report"),
    ],
)
def test_evidence_that_is_not_judged_valid_fails(
    api: FakeClyra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Any, code: int, says: str
) -> None:
    with pytest.raises(AirflowFailException, match=says):
        judged(tmp_path, monkeypatch, report, code)


def test_no_verifier_no_verdict(api: FakeClyra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CLYRA__VERIFIER", "/nowhere --json")
    with pytest.raises(AirflowFailException, match="expected a report of /nowhere"):
        verify(tmp_path).execute(context_of())
