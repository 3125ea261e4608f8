import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import ID, REQUEST, STATEMENT, WORK, Either, Gateway, Time, closed, ok, problem, refused, view

from clyra import Clyra, ClyraError, Grant, Spool, Spooled, Unreachable
from clyra.spool import Entry

ACCEPTED = ok(view(mode="review"), 202)


def entry(key: str, *, size: int = 10) -> Entry:
    return Entry(key, {**REQUEST, "statements": ["x" * size]}, "2026-11-21T20:00:00.000Z")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool.jsonl")


def delivered(gateway: Gateway) -> list[tuple[str, Any]]:
    """Site key and `late` of each request that went out."""
    bodies = [(request.headers["idempotency-key"], json.loads(request.content)) for request in gateway.sent]
    return [(key, body.get("late")) for key, body in bodies]


def test_what_nobody_takes_is_kept_and_delivered_late_before_the_next(kind: str, time: Time, spool: Spool) -> None:
    away = Either(kind, Gateway({"submit": [refused]}), spool)
    for key in ("a", "b"):
        with pytest.raises(Spooled) as caught:
            away.submit(REQUEST, site_key=key)
        assert isinstance(caught.value, Unreachable)
        assert (caught.value.spooled, caught.value.retryable) == (True, True)
    assert len(spool) == 2
    gateway = Gateway({"submit": [ACCEPTED]})
    Either(kind, gateway, spool).submit(REQUEST, site_key="c")
    assert [(key, late and late["lost"]) for key, late in delivered(gateway)] == [("a", 0), ("b", 0), ("c", None)]
    claimed_at = delivered(gateway)[0][1]["claimed_at"]
    assert len(claimed_at) == len("2026-11-21T20:00:00.000Z") and claimed_at.endswith("Z")
    assert len(spool) == 0
    again = Gateway({"submit": [ACCEPTED]})
    Either(kind, again, spool).submit(REQUEST, site_key="d")
    assert delivered(again) == [("d", None)]


def test_a_request_that_is_repeated_is_kept_once(spool: Spool) -> None:
    for kept in (
        entry("a"),
        replace(entry("a"), claimed_at="2026-11-21T21:00:00.000Z"),
        entry("a", size=11),
        entry("b"),
    ):
        spool.put(kept)
    gateway = Gateway({"submit": [ACCEPTED]})
    assert Either("sync", gateway, spool).flush() == 3
    assert delivered(gateway)[0][1]["claimed_at"] == "2026-11-21T20:00:00.000Z"


def test_without_a_spool_nothing_is_kept(kind: str, time: Time) -> None:
    with pytest.raises(Unreachable) as caught:
        Either(kind, Gateway({"submit": [refused]})).submit(REQUEST, site_key="a")
    assert not caught.value.spooled


@pytest.mark.parametrize(("status", "code"), [(400, "CLYRA_API_INVALID"), (401, "CLYRA_API_UNAUTHENTICATED")])
def test_what_is_refused_is_not_kept(kind: str, spool: Spool, status: int, code: str) -> None:
    with pytest.raises(ClyraError, match=code):
        Either(kind, Gateway({"submit": [problem(code, status)]}), spool).submit(REQUEST, site_key="a")
    assert len(spool) == 0
    assert not spool.path.exists()


def test_a_block_in_review_runs_without_clyra(kind: str, time: Time, spool: Spool) -> None:
    given: list[Grant] = []
    grant = Either(kind, Gateway({"submit": [refused]}), spool).block(given.append, WORK)
    assert given == [grant]
    assert (grant.change_id, grant.token, grant.change) == (None, None, None)
    assert len(spool) == 1


def test_a_delivery_that_breaks_off_keeps_the_rest_in_order(kind: str, time: Time, spool: Spool) -> None:
    for key in "abcde":
        spool.put(entry(key))
    with pytest.raises(Spooled):
        Either(kind, Gateway({"submit": [ACCEPTED, ACCEPTED, refused]}), spool).submit(REQUEST, site_key="f")
    gateway = Gateway({"submit": [ACCEPTED]})
    assert Either(kind, gateway, spool).flush() == 4
    assert [key for key, _ in delivered(gateway)] == ["c", "d", "e", "f"]


def test_who_dies_between_delivery_and_removal_delivers_the_same_site_key_again(spool: Spool, monkeypatch: Any) -> None:
    spool.put(entry("a"))
    gateway = Gateway({"submit": [ACCEPTED]})
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Either("sync", gateway, spool).flush()
    assert Either("sync", gateway, spool).flush() == 1
    assert len({request.content for request in gateway.sent}) == 1
    assert [key for key, _ in delivered(gateway)] == ["a", "a"]


@pytest.mark.parametrize("bounds", [{"max_events": 3}, {"max_bytes": 3 * len(entry("a", size=400).line()) + 30}])
def test_a_full_spool_drops_the_oldest_and_the_next_one_says_how_many(tmp_path: Path, bounds: dict[str, int]) -> None:
    spool = Spool(tmp_path / "s", **bounds)
    for key in "abcdefg":
        spool.put(entry(key, size=400))
    assert spool.path.stat().st_size <= bounds.get("max_bytes", 10_000)
    gateway = Gateway({"submit": [ACCEPTED]})
    Either("sync", gateway, spool).flush()
    assert [(key, late["lost"]) for key, late in delivered(gateway)] == [("e", 4), ("f", 0), ("g", 0)]


def test_what_no_spool_can_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClyraError, match="CLYRA_CLIENT_SPOOL"):
        Spool(tmp_path / "s", max_bytes=100).put(entry("a", size=400))


def test_a_request_that_is_refused_late_is_counted_as_lost_and_told(
    kind: str, time: Time, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    for key in "abc":
        spool.put(entry(key))
    gateway = Gateway({"submit": [problem("CLYRA_API_INVALID", 400), ACCEPTED, problem("CLYRA_API_INVALID", 400)]})
    assert Either(kind, gateway, spool).flush() == 1
    assert [(key, late["lost"]) for key, late in delivered(gateway)] == [("a", 0), ("b", 1), ("c", 0)]
    assert "CLYRA_API_INVALID" in caplog.text
    # The last was refused as well: the next outage tells.
    spool.put(entry("d"))
    later = Gateway({"submit": [ACCEPTED]})
    Either(kind, later, spool).flush()
    assert [(key, late["lost"]) for key, late in delivered(later)] == [("d", 1)]


def test_a_token_that_is_refused_loses_nothing(kind: str, spool: Spool) -> None:
    spool.put(entry("a"))
    with pytest.raises(ClyraError, match="CLYRA_API_UNAUTHENTICATED"):
        Either(kind, Gateway({"submit": [problem("CLYRA_API_UNAUTHENTICATED", 401)]}), spool).flush()
    assert len(spool) == 1


@pytest.mark.parametrize(
    "torn", [entry("b").line()[:-20], b"\x00\x00\x00", b'{"lost":-1}\n', b'{"site_key":"b"}\n', b"[]\n"]
)
def test_a_torn_line_is_told_and_counted(spool: Spool, torn: bytes, caplog: pytest.LogCaptureFixture) -> None:
    spool.put(entry("a"))
    with spool.path.open("ab") as file:
        file.write(torn)
    spool.put(entry("c"))
    assert "torn" in caplog.text
    gateway = Gateway({"submit": [ACCEPTED]})
    Either("sync", gateway, spool).flush()
    assert [(key, late["lost"]) for key, late in delivered(gateway)] == [("a", 0), ("c", 1)]


def test_a_torn_last_line_survives_a_delivery_and_is_counted_with_the_next(spool: Spool) -> None:
    spool.put(entry("a"))
    with spool.path.open("ab") as file:
        file.write(b'{"site_key": "b"')
    assert Either("sync", Gateway({"submit": [ACCEPTED]}), spool).flush() == 1
    spool.put(entry("c"))
    gateway = Gateway({"submit": [ACCEPTED]})
    Either("sync", gateway, spool).flush()
    assert [(key, late["lost"]) for key, late in delivered(gateway)] == [("c", 1)]


def test_it_is_readable_by_its_owner_alone(spool: Spool) -> None:
    old = os.umask(0)
    try:
        spool.put(entry("a"))
    finally:
        os.umask(old)
    files = list(spool.path.parent.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_others_can_read_or_that_is_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").touch(mode=0o644)
    (tmp_path / "aside").touch(mode=0o600)
    (tmp_path / "link").symlink_to(tmp_path / "aside")
    for path in (tmp_path / "open", tmp_path / "link", tmp_path / "no" / "directory"):
        with pytest.raises(ClyraError, match="CLYRA_CLIENT_SPOOL"):
            Spool(path).put(entry("a"))


def test_two_deliveries_at_once_are_one(spool: Spool) -> None:
    spool.put(entry("a"))
    assert spool.begin()
    gateway = Gateway({"submit": [ACCEPTED]})
    assert Either("sync", gateway, Spool(spool.path)).flush() == 0
    spool.end()
    assert Either("sync", gateway, Spool(spool.path)).flush() == 1


def test_processes_share_it(spool: Spool) -> None:
    script = """if True:
        import sys
        from clyra import Spool
        from clyra.spool import Entry
        for n in range(25):
            request = {"kind": "sql", "target": "t", "statements": ["x" * 3000]}
            Spool(sys.argv[1]).put(Entry(f"{sys.argv[2]}:{n}", request, "2026-11-21T20:00:00.000Z"))
    """
    writers = [subprocess.Popen([sys.executable, "-c", script, str(spool.path), str(who)]) for who in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    gateway = Gateway({"submit": [ACCEPTED]})
    assert Either("sync", gateway, spool).flush() == 100
    keys = [key for key, _ in delivered(gateway)]
    assert sorted(keys) == sorted(f"{who}:{n}" for who in range(4) for n in range(25))
    # Each in the order in which its process asked.
    assert all([key for key in keys if key.startswith(f"{w}:")] == [f"{w}:{n}" for n in range(25)] for w in range(4))


def test_what_the_block_did_is_not_told_before_it_is_delivered(kind: str, time: Time, spool: Spool) -> None:
    spool.put(entry("a"))
    gateway = Gateway({"submit": [ACCEPTED], "get": [closed("observed", mode="review")]})
    Either(kind, gateway, spool).block(lambda _: None, WORK)
    assert gateway.names == ["submit", "submit", "get"]


def test_neither_its_repr_nor_its_errors_show_a_statement(spool: Spool, tmp_path: Path) -> None:
    kept = Entry("k", REQUEST, "2026-11-21T20:00:00.000Z")
    assert STATEMENT not in repr(kept)
    assert STATEMENT not in repr(spool)
    assert Clyra("http://gw", "t", spool=spool).spool is spool
    assert ID not in repr(spool)
