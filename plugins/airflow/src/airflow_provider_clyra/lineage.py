"""The OpenLineage facet `clyra_change`: under which change a run did what it did."""

from typing import Any

from airflow.providers.openlineage.extractors import OperatorLineage
from attrs import define
from openlineage.client.generated.base import RunFacet


@define
class ClyraChangeRunFacet(RunFacet):
    """The change a task asked for, and how it ended."""

    change_id: str
    outcome: str | None
    bundle_id: str | None


def lineage(seen: dict[str, Any] | None) -> OperatorLineage:
    """Lineage of a task that saw this receipt last, or none."""
    named = ("change_id", "outcome", "bundle_id")
    facets = {"clyra_change": ClyraChangeRunFacet(*(seen[name] for name in named))} if seen else {}
    return OperatorLineage(run_facets=facets)
