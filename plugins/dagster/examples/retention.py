"""Cancelled orders leave the shop once a second person agrees; the report is built when their evidence is verified."""

import json
import os

import dagster as dg

from dagster_clyra import ClyraResource, GovernedChange, build_evidence_check, clyra_governed_asset

RETENTION = GovernedChange(target="shop", reason="retention: cancelled orders")


@clyra_governed_asset(RETENTION, config_schema={"up_to": int}, retry_policy=dg.RetryPolicy(max_retries=3, delay=10))
def cancelled_orders(context: dg.AssetExecutionContext) -> list[str]:
    """Cancelled orders up to a number, deleted by Clyra."""
    up_to = context.op_execution_context.op_config["up_to"]
    return [f"DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id <= {up_to}"]


@dg.asset(deps=[cancelled_orders])
def order_report() -> None:
    """What is built on the orders that are left."""


defs = dg.Definitions(
    assets=[cancelled_orders, order_report],
    asset_checks=[build_evidence_check(cancelled_orders, verifier=json.loads(os.environ["CLYRA_VERIFIER"]))],
    jobs=[dg.define_asset_job("retention", selection=dg.AssetSelection.all())],
    resources={"clyra": ClyraResource(base_url=dg.EnvVar("CLYRA_GATEWAY"), token=dg.EnvVar("CLYRA_TOKEN"))},
)
