"""A governed change in YAML."""

from collections.abc import Sequence
from typing import Literal

import dagster as dg

from dagster_clyra.asset import clyra_governed_asset
from dagster_clyra.check import build_evidence_check


class GovernedChangeComponent(dg.Component, dg.Model, dg.Resolvable):
    """An asset whose statements Clyra applies once approved, with the check of its evidence where a verifier is named.

    Needs the resource `clyra` among the definitions of the project.
    """

    asset_key: str
    target: str
    statements: Sequence[str]
    reason: str
    role: Literal["dml", "ddl"] = "dml"
    deps: Sequence[str] = ()
    verifier: Sequence[str] | None = None

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset, and its check."""
        key = dg.AssetKey.from_user_string(self.asset_key)
        deps = [dg.AssetKey.from_user_string(each) for each in self.deps]

        @clyra_governed_asset(target=self.target, reason=self.reason, role=self.role, key=key, deps=deps)
        def asset(context: dg.AssetExecutionContext) -> Sequence[str]:
            return self.statements

        checks = [] if self.verifier is None else [build_evidence_check(asset, verifier=self.verifier)]
        return dg.Definitions(assets=[asset], asset_checks=checks)
