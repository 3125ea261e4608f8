"""The two drivers of flows: each step is done here, the next one is decided there."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from clyra import transport
from clyra.calls import Call
from clyra.flows import Flow, Local, Now, Pause, Step

T = TypeVar("T")


@dataclass
class Driver:
    """Does the steps of a flow, one after the other."""

    http: httpx.Client = field(repr=False)

    def run(self, flow: Flow[T]) -> T:
        """What the flow returns, or what it raises."""
        try:
            step = next(flow)
            while True:
                try:
                    result = self._do(step)
                # An interrupt too is the flow's to answer: it may have a change to withdraw.
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(result)
        except StopIteration as end:
            value: T = end.value
            return value

    def _do(self, step: Step) -> Any:
        match step:
            case Call():
                with transport.translated(str(self.http.base_url)):
                    response = self.http.request(**transport.sent(step))
                return step.read(transport.answer(response))
            case Pause(seconds):
                return self.pause(seconds)
            case Now():
                return self.clock()
            case Local(run):
                return run()

    def pause(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    def clock(self) -> float:
        """Seconds of a clock that only goes forward."""
        return time.monotonic()


@dataclass
class AsyncDriver:
    """The same, on the event loop of asyncio."""

    http: httpx.AsyncClient = field(repr=False)

    async def run(self, flow: Flow[T]) -> T:
        """What the flow returns, or what it raises."""
        try:
            step = next(flow)
            while True:
                try:
                    result = await self._do(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(result)
        except StopIteration as end:
            value: T = end.value
            return value

    async def _do(self, step: Step) -> Any:
        match step:
            case Call():
                with transport.translated(str(self.http.base_url)):
                    response = await self.http.request(**transport.sent(step))
                return step.read(transport.answer(response))
            case Pause(seconds):
                return await self.pause(seconds)
            case Now():
                return self.clock()
            case Local(run):
                return await asyncio.to_thread(run)

    async def pause(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)

    def clock(self) -> float:
        """Seconds of a clock that only goes forward."""
        return time.monotonic()
