"""A Clyra that answers from memory: the control API as far as these tests ask it."""

import atexit
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import airflow_provider_clyra

# Before Airflow is imported: it reads them once.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-clyra-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(airflow_provider_clyra.__file__).parent / "example_dags")

import clyra
import httpx
import pytest

from airflow_provider_clyra import hooks, operators, triggers

TOKEN = "tok-that-must-not-show"
CHANGE_ID = "chg_abcdefghijklmnopqrstuvwxyz"
GRANT = "grant-that-must-not-show"
NOW = "2026-01-01T00:00:00.000Z"
DIGEST = f"sha256:{'0' * 64}"
NOT_FOUND = {
    **{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "found none", "retryable": False},
    **{"code": "CLYRA_API_NOT_FOUND", "remediation": "Look again."},
}


def view_of(**said: Any) -> dict[str, Any]:
    """A change as the API shows it."""
    links = {
        "self": f"http://clyra.test/v1/changes/{CHANGE_ID}",
        "evidence": None,
        "temporal": "http://runs.test/run",
        "page": f"http://clyra.test/approve/{CHANGE_ID}",
    }
    nothing = ("outcome", "code", "verdict", "match_code", "affected_rows", "anchor", "bundle_id", "evidence")
    named = {
        "tenant": "t",
        "workflow_id": "w",
        "target": "shop",
        "kind": "sql",
        "source": "airflow",
        "reason": "r",
    }
    asked = {"requester": {"actor": "airflow", "person": None}, "claimed_person": None, "payload_digest": DIGEST}
    where = {"change_id": CHANGE_ID, "state": "OPEN", "mode": "gate", "executor": "clyra", "submitted_at": NOW}
    counted = {"attempt": 1, "version": 1, "seq": 1, "stalled": False, "late": False, "approvers": [], "links": links}
    return {**dict.fromkeys(nothing), **named, **asked, **where, **counted, **said}


@dataclass
class FakeClyra:
    """What it is asked is in `asked`; what it answers next is in `views`, of which the last one stays."""

    views: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    down: bool = False
    # What interrupts who asks, and whether his request had arrived.
    kill: BaseException | None = None
    arrived: bool = True
    keys: list[str] = field(default_factory=list)

    def ends(self, outcome: str, **said: Any) -> None:
        """The next answer is the end."""
        self.views = [view_of(state="CLOSED", outcome=outcome, version=9, **said)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answers one request."""
        if self.down:
            raise httpx.ConnectError("refused")
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        if request.url.path.endswith("/evidence"):
            return httpx.Response(200, content=b"PK\x03\x04 evidence")
        if request.url.path.endswith("/grant"):
            granted = {"change_id": CHANGE_ID, "grant_id": "g", "login": "etl", "token": GRANT, "expires_at": NOW}
            return httpx.Response(200, json={**granted, "target": "shop"})
        if request.url.path.endswith("/cancel"):
            self.ends("cancelled")
        if request.url.path.endswith("/complete"):
            self.ends("enforced")
        if request.url.path.endswith("/find") and not self.arrived:
            return httpx.Response(404, json=NOT_FOUND)
        if request.method == "POST" and request.url.path == "/v1/changes":
            if self.kill:
                raise self.kill
            self.keys.append(request.headers["idempotency-key"])
        view = self.views.pop(0) if len(self.views) > 1 else self.views[0]
        if request.url.path == "/v1/changes" and request.method == "GET":
            return httpx.Response(200, json={"changes": [view], "after": None})
        return httpx.Response(200, json=view)

    @property
    def paths(self) -> list[str]:
        """Methods and paths asked, in order, ids left out."""
        return [f"{method} {re.sub(CHANGE_ID, 'ID', path)}" for method, path, _ in self.asked]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeClyra:
    """The Clyra that the connection `clyra_default` leads to."""
    fake = FakeClyra([view_of()])
    connection = {"conn_type": "clyra", "host": "http://clyra.test", "password": TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_CLYRA_DEFAULT", json.dumps(connection))
    transport = httpx.MockTransport(fake)
    monkeypatch.setattr(hooks, "Clyra", partial(clyra.Clyra, transport=transport))
    monkeypatch.setattr(hooks, "AsyncClyra", partial(clyra.AsyncClyra, transport=transport))
    return fake


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the real Airflow here."""
    monkeypatch.setattr(operators, "_MOMENT", 0.0)
    monkeypatch.setattr(triggers, "_SETTLE_SECONDS", 0.0)


@dataclass
class FakeTask:
    """A task instance as an operator sees it."""

    try_number: int = 1
    max_tries: int = 0
    dag_id: str = "dag"
    run_id: str = "manual__2026-01-01T00:00:00+00:00"
    task_id: str = "task"
    map_index: int = -1
    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        """Keeps it."""
        self.pushed[key] = value


def context_of(ti: FakeTask | None = None, person: str | None = "ana@shop.example") -> Any:
    """The context of a try."""
    return {"ti": ti or FakeTask(), "dag_run": SimpleNamespace(triggering_user_name=person)}
