"""A governed change in YAML."""

from collections.abc import Sequence
from typing import Literal

import dagster as dg

from dagster_clyra.asset import clyra_governed_asset
from dagster_clyra.change import GovernedChange
from dagster_clyra.check import build_evidence_check


class GovernedChangeComponent(dg.Component, dg.Model, dg.Resolvable):
    """An asset whose statements Clyra applies once they are approved; with its check, where a verifier is named.

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
        change = GovernedChange(self.target, self.reason, role=self.role)
        asset = clyra_governed_asset(change, key=key, deps=deps)(lambda _: self.statements)
        checks = [] if self.verifier is None else [build_evidence_check(asset, verifier=self.verifier)]
        return dg.Definitions(assets=[asset], asset_checks=checks)
