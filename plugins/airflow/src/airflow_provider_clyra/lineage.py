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


def lineage(seen: dict[str, Any] | None) -> OperatorLineage[Any, Any]:
    """Lineage of a task that saw this receipt last, or none."""
    facet = seen and ClyraChangeRunFacet(seen["change_id"], seen["outcome"], seen["bundle_id"])
    return OperatorLineage(run_facets={"clyra_change": facet} if facet else {})
