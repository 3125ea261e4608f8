import httpx
import pytest
from support import ID, Either, Gateway, Time, closed, ok, problem, refused, view

from clyra import ClyraError, Timeout, Unreachable, Until, reached

OPEN = view(state="OPEN", version=1)
WAITING = view(state="AWAITING_APPROVAL", version=3)
END = closed("enforced")
BUSY = problem("CLYRA_API_BUSY", 503, retryable=True)


@pytest.mark.parametrize(
    ("until", "there", "not_yet"),
    [
        ("grant", [view(state="ENFORCING"), closed("denied")], [WAITING, OPEN]),
        ("end", [END], [view(state="ATTESTED", outcome="enforced"), WAITING]),
        ("verdict", [closed("cancelled"), view(verdict={})], [OPEN]),
    ],
)
def test_reached(until: Until, there: list, not_yet: list) -> None:  # type: ignore[type-arg]
    assert [reached(each, until) for each in there] == [True] * len(there)
    assert [reached(each, until) for each in not_yet] == [False] * len(not_yet)


def test_it_polls_from_the_version_it_knows_and_costs_little(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [OPEN, WAITING, WAITING, WAITING, WAITING, END]}, time)
    assert Either(kind, gateway).wait(ID) == END
    queries = [request.url.query.decode() for request in gateway.sent]
    assert queries == ["wait=50&since=0", "wait=50&since=1", *["wait=50&since=3"] * 4]
    # 150 seconds of waiting in 3 requests; no breath between them is needed.
    assert time.pauses == []


def test_a_poll_that_is_answered_at_once_with_nothing_new_is_no_loop_without_a_breath(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING, lambda _: ok(WAITING), lambda _: ok(WAITING), END]}, time)
    assert Either(kind, gateway).wait(ID) == END
    assert time.pauses == [1, 1]


def test_time_is_up(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING]}, time)
    with pytest.raises(Timeout) as caught:
        Either(kind, gateway).wait(ID, timeout=70)
    assert (caught.value.code, caught.value.retryable) == ("CLYRA_CLIENT_TIMEOUT", True)
    assert caught.value.change == WAITING
    assert [request.url.params.get("wait") for request in gateway.sent] == ["50", "50", "20"]


def test_no_time_at_all_looks_once(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING]}, time)
    with pytest.raises(Timeout):
        Either(kind, gateway).wait(ID, timeout=0)
    assert len(gateway.sent) == 1
    assert Either(kind, Gateway({"get": [END]})).wait(ID, timeout=0) == END


def test_it_goes_on_through_a_restart(kind: str, time: Time) -> None:
    gateway = Gateway(
        {"get": [WAITING, WAITING, refused, refused, httpx.Response(503, html="starting"), BUSY, END]}, time
    )
    assert Either(kind, gateway).wait(ID) == END


def test_silence_of_a_minute_ends_it_and_what_was_heard_before_does_not_count(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING, WAITING, refused, refused, WAITING, refused]}, time)
    with pytest.raises(Unreachable):
        Either(kind, gateway).wait(ID)
    # Two polls were held, and one after the restart; the minute begins with the first failure after that.
    assert 60 <= sum(time.pauses[2:]) <= 61


def test_a_busy_gateway_is_there(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING, *[BUSY] * 200, END]}, time)
    assert Either(kind, gateway).wait(ID) == END
    assert sum(time.pauses) > 120


def test_a_busy_gateway_does_not_hold_longer_than_the_time_given(kind: str, time: Time) -> None:
    with pytest.raises(ClyraError, match="CLYRA_API_BUSY"):
        Either(kind, Gateway({"get": [BUSY]}, time)).wait(ID, timeout=5)
    assert sum(time.pauses) <= 6


def test_what_asking_again_does_not_mend_ends_it(kind: str, time: Time) -> None:
    gateway = Gateway({"get": [WAITING, problem("CLYRA_API_UNAUTHENTICATED", 401)]}, time)
    with pytest.raises(ClyraError, match="CLYRA_API_UNAUTHENTICATED"):
        Either(kind, gateway).wait(ID)
    assert len(gateway.sent) == 2
