import json
from typing import Any

import dagster as dg
import pytest
from clyra import Unreachable

from dagster_clyra import ClyraResource, build_clyra_sensor
from dagster_clyra_tests.conftest import FakeClyra, unreachable, view_of

SOURCE = "dagster:prices"


@dg.op
def nothing() -> None:
    pass


@dg.job
def job_b() -> None:
    nothing()


sensor = build_clyra_sensor(source=SOURCE, job=job_b)


def tick(cursor: str | None = None) -> tuple[list[Any], Any]:
    resource = ClyraResource(base_url="http://clyra", token=dg.EnvVar("CLYRA_TOKEN"))
    with dg.build_sensor_context(cursor=cursor, resources={"clyra": resource}) as context:
        data = sensor.evaluate_tick(context)
    return list(data.run_requests or []), data.cursor


def change(letter: str, state: str, outcome: str | None = None, **more: Any) -> Any:
    return view_of(state, outcome, **{"change_id": f"chg_{letter * 26}", "source": SOURCE} | more)


def test_one_run_for_each_change_that_is_over_or_may_be_done(fake: FakeClyra) -> None:
    fake.pages = (
        [
            change("a", "CLOSED", "enforced"),
            change("b", "RECORDED", "rejected", attempt=2),
            change("c", "CLOSED", "denied", executor="caller"),
            change("d", "CLOSED", "enforced", source="dagster:other"),
            change("e", "AWAITING_APPROVAL", attempt=2),
        ],
        [
            change("f", "ENFORCING", executor="caller"),
            change("g", "ENFORCING"),
            change("h", "ENFORCING", executor="caller", source="airflow"),
        ],
    )
    requests, cursor = tick()
    ids = {letter: f"chg_{letter * 26}" for letter in "abcf"}
    assert [request.run_key for request in requests] == [
        f"{ids['a']}:1",
        f"{ids['b']}:2",
        f"{ids['c']}:1:grant",
        f"{ids['f']}:1:grant",
    ]
    assert requests[0].tags["dagster-clyra/change_id"] == ids["a"]
    assert requests[0].tags["dagster-clyra/source"] == SOURCE
    assert json.loads(cursor) == {"sealed": 5, "enforcing": 0}
    assert fake.names() == ["sealed", "changes"]


def test_a_change_has_one_key_with_its_grant_open_and_at_its_end(fake: FakeClyra) -> None:
    fake.pages = ([], [change("a", "ENFORCING", executor="caller")])
    (early,), cursor = tick()
    fake.pages = ([change("a", "CLOSED", "enforced", executor="caller")], [])
    (late,), _ = tick(cursor)
    assert early.run_key == late.run_key


def test_it_goes_on_where_it_was(fake: FakeClyra) -> None:
    assert tick('{"sealed": 41, "enforcing": 7}') == ([], '{"sealed": 41, "enforcing": 0}')
    assert fake.calls[:2] == [("sealed", 41), ("changes", ("ENFORCING", 7))]


def test_two_requests_however_many_wait(fake: FakeClyra) -> None:
    fake.pages = ([change("a", "CLOSED", "enforced")] * 100, [change("b", "ENFORCING", executor="caller")] * 100)
    tick()
    assert fake.names() == ["sealed", "changes"]


def test_a_tick_without_clyra_fails_and_moves_no_cursor(fake: FakeClyra, monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(**_: Any) -> None:
        raise unreachable()

    monkeypatch.setattr(fake, "changes", changes)
    with pytest.raises(Unreachable):
        tick()
