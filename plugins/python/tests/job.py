"""A job under Clyra as tests/e2e/python.test.ts runs it: orders as JSON in, what happens out, a line of JSON each."""

import asyncio
import json
import os
import sys
from typing import Any

import psycopg

import clyra

ORDERS: dict[str, Any] = json.loads(sys.argv[1])
WORK: clyra.Work = {
    "target": ORDERS.get("target", "shop"),
    "statements": [ORDERS["statement"]],
    "login": "etl",
    "reason": ORDERS["reason"],
    "site_key": ORDERS["reason"],
    "timeout": ORDERS.get("timeout"),
}
URL, TOKEN = os.environ["CLYRA_GATEWAY"], os.environ["CLYRA_TOKEN"]
SPOOL = clyra.Spool(ORDERS["spool"]) if "spool" in ORDERS else None


class Boom(Exception):
    """What a block raises."""


def say(**line: object) -> None:
    """One line."""
    print(json.dumps(line), flush=True)


def work(grant: clyra.Grant) -> None:
    """Redeems and does what was asked, and breaks off where the orders say so."""
    say(granted=grant.change_id, token=grant.token)
    if ORDERS.get("idle"):
        return
    with psycopg.connect(os.environ["WAREHOUSE"]) as warehouse, warehouse.cursor() as cursor:
        grant.redeem(cursor)
        cursor.execute(ORDERS["statement"])
        break_off("before")
    break_off("after")


async def awork(grant: clyra.Grant) -> None:
    """The same with the asynchronous driver."""
    say(granted=grant.change_id, token=grant.token)
    connection = await psycopg.AsyncConnection.connect(os.environ["WAREHOUSE"])
    async with connection as warehouse, warehouse.cursor() as cursor:
        await grant.aredeem(cursor)
        await cursor.execute(ORDERS["statement"])
        break_off("before")
    break_off("after")


def break_off(here: str) -> None:
    """Raises, or dies without a word, where the orders say so."""
    if ORDERS.get("raises") == here:
        raise Boom
    if ORDERS.get("dies") == here:
        say(died=here)
        os._exit(1)


def run() -> clyra.Grant:
    """With the sync client."""
    with clyra.Clyra(URL, TOKEN, spool=SPOOL) as client:
        with client.change(**WORK) as grant:
            grants.append(grant)
            work(grant)
        return grant


async def arun() -> clyra.Grant:
    """The same with the async one."""
    async with clyra.AsyncClyra(URL, TOKEN, spool=SPOOL) as client:
        async with client.change(**WORK) as grant:
            grants.append(grant)
            await awork(grant)
        return grant


grants: list[clyra.Grant] = []
error: BaseException | None = None
try:
    asyncio.run(arun()) if ORDERS.get("async") else run()
except BaseException as caught:
    error = caught
say(
    ended=grants[0].change if grants else getattr(error, "change", None),
    error=type(error).__name__ if error else None,
    code=getattr(error, "code", None),
    text=str(error) if error else "",
    notes=getattr(error, "__notes__", []),
)
