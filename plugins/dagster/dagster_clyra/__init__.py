"""Governed changes as Dagster ops and assets: ask Clyra, wait for people, go on or stop with a native outcome."""

from dagster_shared.libraries import DagsterLibraryRegistry

from dagster_clyra.asset import clyra_governed_asset
from dagster_clyra.change import GovernedChange
from dagster_clyra.check import build_evidence_check
from dagster_clyra.component import GovernedChangeComponent
from dagster_clyra.gate import clyra_gate
from dagster_clyra.resource import ClyraResource
from dagster_clyra.sensor import build_clyra_sensor

__version__ = "0.1.0"

__all__ = [
    "ClyraResource",
    "GovernedChange",
    "GovernedChangeComponent",
    "build_clyra_sensor",
    "build_evidence_check",
    "clyra_gate",
    "clyra_governed_asset",
]

DagsterLibraryRegistry.register("dagster-clyra", __version__, is_dagster_package=False)
