"""What the real Dagster runs in the suite. What is asked stands in a file that a tag of the run names."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from clyra import Grant
from dagster_clyra import (
    ClyraResource,
    GovernedChange,
    build_clyra_sensor,
    build_evidence_check,
    clyra_gate,
    clyra_governed_asset,
)

VERIFIER = json.loads(os.environ["CLYRA_VERIFIER"])


def wanted(context: Any) -> list[str]:
    """The statements of this run; a run that a sensor launches has no tag of ours."""
    return [Path(os.environ["STATEMENTS"], context.run.tags.get("shop/file", "prices")).read_text()]


ORDERS = GovernedChange("shop", "a run of Dagster")
PRICES = GovernedChange("shop", "a run of Dagster", wanted, login="etl", source="dagster:by-caller")
APPLIED = GovernedChange("shop", "a run of Dagster", wanted, source="dagster:by-clyra")


@clyra_governed_asset(ORDERS, retry_policy=dg.RetryPolicy(max_retries=20, delay=1))
def governed(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, changed by Clyra."""
    return wanted(context)


@dg.asset(deps=[governed])
def downstream() -> None:
    """What is built on it."""


@clyra_governed_asset(replace(ORDERS, target="shop_pair"))
def pair(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, where two people must agree."""
    return wanted(context)


@clyra_governed_asset(replace(ORDERS, target="shop_hasty"))
def hasty(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, where a gate is open for seconds only."""
    return wanted(context)


@clyra_governed_asset(ORDERS)
def once(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, without a retry."""
    return wanted(context)


@clyra_governed_asset(replace(ORDERS, target="shop_staging", review=True))
def imported(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, on a target in review."""
    return wanted(context)


@clyra_governed_asset(PRICES)
def prices(context: dg.AssetExecutionContext, grant: Grant) -> None:
    """The work of a caller, with his own login."""
    with psycopg.connect(os.environ["ETL_URL"]) as connection, connection.cursor() as cursor:
        grant.redeem(cursor)
        cursor.execute(wanted(context)[0].encode())


@clyra_governed_asset(replace(PRICES, source="dagster"))
def own_work(context: dg.AssetExecutionContext, grant: Grant) -> None:
    """The same in one step. It can be slow, and its process can die when the work is done and nobody was told."""
    with psycopg.connect(os.environ["ETL_URL"]) as connection, connection.cursor() as cursor:
        grant.redeem(cursor)
        cursor.execute(wanted(context)[0].encode())
        if context.has_tag("shop/slow"):
            context.log.info("at work")
            cursor.execute("select pg_sleep(60)")
    if context.has_tag("shop/dies"):
        os.kill(os.getpid(), signal.SIGKILL)


@clyra_governed_asset(APPLIED)
def applied(context: dg.AssetExecutionContext) -> list[str]:
    """Orders, asked for by another job."""
    return wanted(context)


ask_for_prices = clyra_gate("ask_for_prices", PRICES, wait=False)
ask_for_orders = clyra_gate("ask_for_orders", APPLIED, wait=False)


@dg.job(executor_def=dg.in_process_executor)
def ask_prices() -> None:
    """Asks and ends."""
    ask_for_prices()


@dg.job(executor_def=dg.in_process_executor)
def ask_orders() -> None:
    """Asks and ends."""
    ask_for_orders()


def in_process(name: str, *assets: Any) -> Any:
    """A job whose steps run in the process of the run."""
    selection = dg.AssetSelection.assets(*assets)
    return dg.define_asset_job(name, selection=selection, executor_def=dg.in_process_executor)


do_prices, do_orders = in_process("do_prices", prices), in_process("do_orders", applied)


def sensor(name: str, source: str, job: Any) -> dg.SensorDefinition:
    """Looks every second, from the start."""
    running = dg.DefaultSensorStatus.RUNNING
    return build_clyra_sensor(name=name, source=source, job=job, minimum_interval_seconds=1, default_status=running)


defs = dg.Definitions(
    assets=[governed, downstream, pair, hasty, once, prices, own_work, applied, imported],
    asset_checks=[build_evidence_check(governed, verifier=VERIFIER)],
    jobs=[
        ask_prices,
        ask_orders,
        do_prices,
        do_orders,
        in_process("in_one_process", governed, downstream),
        in_process("hasty_orders", hasty),
        in_process("pair_of_people", pair),
        in_process("one_try", once),
        in_process("by_ourselves", own_work),
        in_process("in_review", imported),
        dg.define_asset_job("in_many_processes", selection=dg.AssetSelection.assets(governed, downstream)),
    ],
    sensors=[sensor("prices_sensor", PRICES.source, do_prices), sensor("orders_sensor", APPLIED.source, do_orders)],
    resources={"clyra": ClyraResource(base_url=dg.EnvVar("CLYRA_GATEWAY"), token=dg.EnvVar("CLYRA_TOKEN"))},
)
