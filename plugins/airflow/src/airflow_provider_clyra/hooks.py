"""The connection type `clyra`: where Clyra answers, and the token that asks."""

from typing import Any

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import BaseHook, Connection
from clyra import AsyncClyra, Clyra, Spool

CONN = "clyra_default"


class ClyraHook(BaseHook):
    """Makes clients of a connection. Host: URL of the gateway. Password: the token. Extra: `mode`, `spool`."""

    conn_name_attr = "clyra_conn_id"
    default_conn_name = CONN
    conn_type = "clyra"
    hook_name = "Clyra"

    def __init__(self, clyra_conn_id: str = CONN) -> None:
        super().__init__()
        self.clyra_conn_id = clyra_conn_id
        self._connection: Connection | None = None

    def get_conn(self) -> Clyra:
        """A client. In review mode with a spool it keeps what it could not tell."""
        self._connection = self._connection or self.get_connection(self.clyra_conn_id)
        extra: dict[str, Any] = self._connection.extra_dejson
        spool = Spool(extra["spool"]) if extra.get("mode") == "review" and extra.get("spool") else None
        return Clyra(self._connection.host or "", self._connection.password or "", spool=spool)

    async def get_async_conn(self) -> AsyncClyra:
        """An asynchronous client, for triggers. It has no spool: it asks for nothing."""
        connection = await get_async_connection(self.clyra_conn_id)
        return AsyncClyra(connection.host or "", connection.password or "")
