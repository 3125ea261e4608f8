"""A change that the task applies itself: its function runs under a grant, in a transaction of its own login."""

from datetime import timedelta
from typing import Any

import psycopg
from airflow.sdk import DAG, BaseHook, Param, task

PRICES = "UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id BETWEEN {first} AND {last}"
TEMPLATE = PRICES.format(first="{{ params.first }}", last="{{ params.last }}")

params = {
    "connection": Param("clyra_default", type="string", description="Which Clyra is asked"),
    "target": Param("shop", type="string", description="Where: a target of Clyra"),
    "first": Param(1, type="integer", description="First product"),
    "last": Param(5, type="integer", description="Last product"),
    "rows": Param(5, type="integer", description="How many products there must be"),
}
defaults = {"retries": 1, "retry_delay": timedelta(seconds=2)}

with DAG("clyra_gate", schedule=None, params=params, default_args=defaults, tags=["clyra"]):
    # [START gate]
    @task.clyra_gate(
        target="{{ params.target }}",
        statements=TEMPLATE,
        reason="prices of the week, {{ run_id }}",
        login="etl",
        clyra_conn_id="{{ params.connection }}",
        deferrable=True,
    )
    def raise_prices(grant: Any = None, params: Any = None) -> int:
        """Redeems the grant and does the work in one transaction: it commits with the grant, or it never happened."""
        with (
            psycopg.connect(BaseHook.get_connection("shop_etl").get_uri()) as connection,
            connection.cursor() as cursor,
        ):
            grant.redeem(cursor)
            cursor.execute(PRICES.format(first=params["first"], last=params["last"]))
            if cursor.rowcount != params["rows"]:
                raise ValueError(f"expected {params['rows']} products, found {cursor.rowcount}")
            return cursor.rowcount

    raise_prices()
    # [END gate]
