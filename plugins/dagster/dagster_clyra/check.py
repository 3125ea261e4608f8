"""Evidence, judged before anything downstream is built on the change."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from dagster_clyra.outcome import PREFIX, native_failures

VERIFIER_SECONDS = 300
REPORT_CHARACTERS = 4000


def build_evidence_check(
    asset: dg.AssetsDefinition | dg.AssetKey, *, verifier: Sequence[str]
) -> dg.AssetChecksDefinition:
    """The blocking check `evidence_verifies` of a governed asset: has the evidence of its last materialisation judged.

    `verifier` is a command that takes the file as its last word and ends with 0 for valid evidence, such as
    `["clyra-verify", "--trust", "/etc/clyra/trust"]`. Anything else fails the check, and nothing downstream is
    materialised. What is still in the spool has no evidence: a warning, which blocks nothing.
    """
    key = asset.key if isinstance(asset, dg.AssetsDefinition) else asset

    @dg.asset_check(asset=asset, name="evidence_verifies", blocking=True, required_resource_keys={"clyra"})
    def evidence_verifies(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        """The evidence of the last change is valid for the verifier."""
        event = context.instance.get_latest_materialization_event(key)
        made = event.asset_materialization if event else None
        metadata = {name: value for name, value in made.metadata.items() if name.startswith(PREFIX)} if made else {}
        change_id = metadata.get(PREFIX + "change_id")
        if change_id is None:
            severity = dg.AssetCheckSeverity.WARN if metadata else dg.AssetCheckSeverity.ERROR
            return dg.AssetCheckResult(passed=False, severity=severity, description="There is no evidence yet.")
        with TemporaryDirectory() as folder:
            file = Path(folder, "evidence.zip")
            with native_failures(), context.resources.clyra.client() as clyra:
                file.write_bytes(clyra.evidence(str(change_id.value)))
            command = [*verifier, str(file)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=VERIFIER_SECONDS, check=False)
        report = (done.stdout + done.stderr)[:REPORT_CHARACTERS]
        return dg.AssetCheckResult(passed=done.returncode == 0, metadata={**metadata, PREFIX + "report": report})

    return evidence_verifies
