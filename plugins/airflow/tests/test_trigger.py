"""The trigger: reads, fires once, cancels only when a user killed the task."""

import asyncio

import clyra
import pytest
from conftest import CHANGE_ID, TOKEN, FakeClyra, view_of

from airflow_provider_clyra import triggers
from airflow_provider_clyra.triggers import ClyraChangeTrigger

pytestmark = pytest.mark.usefixtures("no_pauses")


def trigger(**more: object) -> ClyraChangeTrigger:
    return ClyraChangeTrigger("clyra_default", CHANGE_ID, **more)  # type: ignore[arg-type]


async def events_of(one: ClyraChangeTrigger) -> list[object]:
    events = [event.payload async for event in one.run()]
    await one.cleanup()
    return events


def test_one_event_at_the_end_by_reads_alone(api: FakeClyra) -> None:
    end = view_of(state="CLOSED", outcome="rejected", version=9)
    api.views = [view_of(), view_of(state="AWAITING_APPROVAL", version=2), end]
    assert asyncio.run(events_of(trigger())) == [{"change_id": CHANGE_ID, "outcome": "rejected"}]
    assert {method for method, _, _ in api.asked} == {"GET"}


def test_it_wakes_nobody_before_airflow_knows_that_the_task_waits(
    api: FakeClyra, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []

    async def sleep(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr(triggers, "_SETTLE_SECONDS", 5.0)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    api.ends("enforced")
    asyncio.run(events_of(trigger()))
    assert len(paused) == 1 and 4.0 < paused[0] <= 5.0


def test_it_fires_when_the_caller_may_begin(api: FakeClyra) -> None:
    api.views = [view_of(state="ENFORCING")]
    assert asyncio.run(events_of(trigger(until="grant"))) == [{"change_id": CHANGE_ID, "outcome": None}]


def test_it_waits_on_while_clyra_cannot_be_reached(api: FakeClyra, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = iter([clyra.Unreachable("CLYRA_API_UNREACHABLE", "d", "r", retryable=True), view_of(outcome="enforced")])

    async def wait(self: clyra.AsyncClyra, change_id: str, **_: object) -> object:
        one = next(waits)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(clyra.AsyncClyra, "wait", wait)
    assert asyncio.run(events_of(trigger())) == [{"change_id": CHANGE_ID, "outcome": "enforced"}]


def test_what_asking_again_does_not_mend_wakes_the_task(api: FakeClyra, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait(self: clyra.AsyncClyra, change_id: str, **_: object) -> object:
        raise clyra.ClyraError("CLYRA_API_FORBIDDEN", "d", "r")

    monkeypatch.setattr(clyra.AsyncClyra, "wait", wait)
    assert asyncio.run(events_of(trigger())) == [{"change_id": CHANGE_ID, "outcome": None}]


@pytest.mark.parametrize("owner", [True, False])
def test_killed_it_cancels_what_its_task_asked_for(api: FakeClyra, owner: bool) -> None:
    async def killed() -> None:
        one = trigger(owner=owner)
        waiting = asyncio.create_task(events_of(one))
        while not api.asked:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await one.on_kill()
        await one.cleanup()

    api.views = [view_of(state="AWAITING_APPROVAL")]
    asyncio.run(killed())
    assert ("POST /v1/changes/ID/cancel" in api.paths) is owner


def test_ended_or_moved_without_a_kill_it_cancels_nothing(api: FakeClyra) -> None:
    api.ends("enforced")
    asyncio.run(events_of(trigger()))
    assert {method for method, _, _ in api.asked} == {"GET"}


def test_no_secret_in_what_is_stored(api: FakeClyra) -> None:
    one = trigger()
    api.ends("enforced")
    asyncio.run(events_of(one))
    assert TOKEN not in repr(one.serialize()) + repr(one)
