"""A nightly job that does its own work under a grant: CLYRA_GATEWAY, CLYRA_TOKEN, and WAREHOUSE, its own login."""

import os

import psycopg

import clyra

PRICE = "UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = 7"

with (
    clyra.change(target="shop", statements=[PRICE], login="etl", reason="new price", source="nightly") as grant,
    psycopg.connect(os.environ["WAREHOUSE"]) as warehouse,
    warehouse.cursor() as cursor,
):
    grant.redeem(cursor)
    cursor.execute(PRICE)

assert grant.change is not None
print(grant.change["change_id"], grant.change["outcome"])
