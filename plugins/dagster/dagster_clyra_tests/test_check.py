import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from clyra import ClyraError, Spooled

from dagster_clyra import GovernedChange, build_evidence_check, clyra_governed_asset
from dagster_clyra_tests.conftest import CHANGE, FakeClyra, Run, unreachable

# A verifier as far as the check knows one: it takes a file, speaks, and ends with a code.
JUDGE = [
    sys.executable,
    "-c",
    "import sys; data = open(sys.argv[1], 'rb').read(); print(len(data)); sys.exit(data != b'evidence')",
]


@clyra_governed_asset(GovernedChange(target="shop", reason="retention"))
def retention(context: dg.AssetExecutionContext) -> list[str]:
    return ["DELETE"]


@dg.asset(deps=[retention])
def report() -> None:
    pass


verifies = build_evidence_check(retention, verifier=JUDGE)


def test_valid_evidence_passes_and_shows_on_the_asset(fake: FakeClyra, run: Run) -> None:
    result = run(retention, verifies, report)
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.passed
    assert evaluation.blocking
    assert evaluation.metadata["dagster-clyra/change_id"].value == CHANGE
    assert evaluation.metadata["dagster-clyra/report"].value == "8\n"
    assert result.asset_materializations_for_node("report")


@pytest.mark.parametrize(
    "evidence",
    [b"tampered", ClyraError("CLYRA_EVIDENCE_MISSING", "it is gone", "Look for it.", status=404), unreachable()],
)
def test_anything_else_blocks_what_is_downstream(evidence: Any, fake: FakeClyra, run: Run) -> None:
    fake.files = evidence
    result = run(retention, verifies, report)
    assert not result.success
    assert result.asset_materializations_for_node("retention")
    assert not [
        event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey("report")
    ]


def test_a_verifier_that_is_not_there_blocks_as_well(fake: FakeClyra, run: Run) -> None:
    result = run(retention, build_evidence_check(retention, verifier=["/nowhere/clyra-verify"]), report)
    assert not result.success
    assert not [
        event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey("report")
    ]


def test_no_materialisation_no_evidence(fake: FakeClyra, run: Run) -> None:
    result = run(retention, verifies, selection=dg.AssetSelection.checks(verifies))
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert fake.names() == []


def test_what_is_in_the_spool_warns_and_blocks_nothing(fake: FakeClyra, run: Run, tmp_path: Path) -> None:
    @clyra_governed_asset(GovernedChange(target="shop_staging", reason="import", review=True))
    def imported(context: dg.AssetExecutionContext) -> list[str]:
        return ["UPDATE"]

    fake.asked = Spooled("CLYRA_API_UNREACHABLE", "kept", "Nothing.", retryable=True)
    result = run(imported, build_evidence_check(imported, verifier=JUDGE), spool=str(tmp_path / "spool"))
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.success
