"""Waiting without a worker slot."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from clyra import ClyraError, Unreachable, Until

from airflow_provider_clyra.hooks import ClyraHook

_SETTLE_SECONDS = 5.0
# Airflow gives a kill 30 s.
_KILL_SECONDS = 20.0


class ClyraChangeTrigger(BaseTrigger):
    """Fires once, when the change may be done by its caller (`until="grant"`) or has ended. It only reads.

    The event tells where to look, not what to believe: whoever is woken asks Clyra again. A user who kills, clears or
    marks the waiting task cancels the change, where the task had asked for it (`owner`).
    """

    def __init__(self, clyra_conn_id: str, change_id: str, until: Until = "end", owner: bool = True) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.clyra_conn_id = clyra_conn_id
        self.change_id = change_id
        self.until = until
        self.owner = owner
        self._client: Any = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Names only: the token stays with the connection."""
        keys = ("clyra_conn_id", "change_id", "until", "owner")
        return f"{__name__}.{type(self).__name__}", {key: getattr(self, key) for key in keys}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Waits, also while Clyra cannot be reached: whatever became of the change, it is true only then."""
        self._client = await ClyraHook(self.clyra_conn_id).get_async_conn()
        begun, view = time.monotonic(), None
        while view is None:
            try:
                view = await self._client.wait(self.change_id, until=self.until)
            except Unreachable as error:
                self.log.warning("Clyra: %s; waiting on", error)
            except ClyraError:
                # Whoever is woken meets the same, and says so.
                break
        # Airflow takes a task for killed that wakes before its executor has told that it went to wait.
        await asyncio.sleep(max(0.0, begun + _SETTLE_SECONDS - time.monotonic()))
        yield TriggerEvent({"change_id": self.change_id, "outcome": view and view["outcome"]})  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Cancels the change, and says what became of it: who applies it already may be faster."""
        if not self.owner:
            return
        await self._client.cancel(self.change_id, reason="Airflow: a user killed, cleared or marked the waiting task")
        view = await self._client.wait(self.change_id, timeout=_KILL_SECONDS)
        self.log.info("Clyra: the task was killed; change %s ended %s", self.change_id, view["outcome"])

    async def cleanup(self) -> None:
        """Closes the sockets."""
        if self._client is not None:
            await self._client.aclose()
