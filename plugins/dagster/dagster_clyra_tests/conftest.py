from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest
from clyra import Spool, Unreachable
from clyra.types import ChangeView

from dagster_clyra import ClyraResource

TOKEN = "clyra_token_of_the_service_dagster"
GRANT = "clyra_grant_that_opens_the_warehouse"
CHANGE = "chg_aaaaaaaaaaaaaaaaaaaaaaaaaa"


def view_of(state: str, outcome: str | None = None, **more: Any) -> ChangeView:
    """A change as the API shows it."""
    links = {
        "self": f"http://clyra/v1/changes/{CHANGE}",
        "evidence": None,
        "page": f"http://clyra/approve/{CHANGE}",
        "temporal": f"http://runs/{CHANGE}",
    }
    view: Any = {
        "change_id": CHANGE,
        "attempt": 1,
        "version": 3,
        "state": state,
        "outcome": outcome,
        "code": None,
        "target": "shop",
        "mode": "review" if outcome == "observed" else "gate",
        "executor": "clyra",
        "source": "dagster",
        "payload_digest": "sha256:" + "b" * 64,
        "verdict": None,
        "bundle_id": None if outcome is None else f"{CHANGE}-9",
        "links": links,
    }
    whole: ChangeView = view | more
    return whole


def unreachable() -> Unreachable:
    return Unreachable("CLYRA_API_UNREACHABLE", "found nobody", "Start it.", retryable=True)


class FakeClyra:
    """A control API that plays what it was told: `ends` is what a wait answers, or raises, one after the other."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.site_keys: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.spools: list[Spool | None] = []
        self.asked: Any = view_of("AWAITING_APPROVAL")
        self.ends: list[Any] = [view_of("CLOSED", "enforced")]
        self.grants: Any = {"token": GRANT}
        self.completed: Any = None
        self.found: Any = view_of("AWAITING_APPROVAL")
        self.files: Any = b"evidence"
        self.pages: Any = ([], [])

    def __enter__(self) -> "FakeClyra":
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append(("close", None))

    def _play(self, name: str, about: Any, answer: Any) -> Any:
        self.calls.append((name, about))
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def submit(self, request: Any, *, site_key: str) -> Any:
        self.requests.append(request)
        self.site_keys.append(site_key)
        return self._play("submit", None, self.asked)

    def find(self, request: Any, *, site_key: str) -> Any:
        assert request == self.requests[-1]
        self.site_keys.append(site_key)
        return self._play("find", None, self.found)

    def get(self, change_id: str) -> Any:
        return self._play("get", change_id, self.found)

    def wait(self, change_id: str, *, until: str, timeout: float | None) -> Any:
        assert timeout is not None, "every wait has a deadline"
        return self._play("wait", until, self.ends.pop(0))

    def grant(self, change_id: str, *, login: str) -> Any:
        return self._play("grant", login, self.grants)

    def complete(self, change_id: str) -> Any:
        return self._play("complete", change_id, self.completed)

    def cancel(self, change_id: str, *, reason: str) -> Any:
        return self._play("cancel", reason, None)

    def evidence(self, change_id: str) -> Any:
        return self._play("evidence", change_id, self.files)

    def sealed(self, *, after: int, limit: int) -> Any:
        changes, cursor = self.pages[0], after + len(self.pages[0])
        return self._play("sealed", after, {"changes": changes, "after": None, "sealed_after": cursor})

    def changes(self, *, state: str, after: int, limit: int) -> Any:
        return self._play("changes", (state, after), {"changes": self.pages[1], "after": None})

    def names(self) -> list[str]:
        return [name for name, _ in self.calls if name != "close"]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeClyra:
    fake = FakeClyra()

    def client(url: str, token: str, *, spool: Spool | None) -> FakeClyra:
        assert (url, token) == ("http://clyra", TOKEN)
        fake.spools.append(spool)
        return fake

    monkeypatch.setenv("CLYRA_TOKEN", TOKEN)
    monkeypatch.setattr("dagster_clyra.resource.Clyra", client)
    return fake


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


Run = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def run(instance: dg.DagsterInstance) -> Run:
    """Materialises in process, with the real resource."""

    def materialize(*assets: Any, **options: Any) -> dg.ExecuteInProcessResult:
        spool = options.pop("spool", None)
        resource = ClyraResource(base_url="http://clyra", token=dg.EnvVar("CLYRA_TOKEN"), spool=spool)
        return dg.materialize(assets, resources={"clyra": resource}, instance=instance, raise_on_error=False, **options)

    return materialize


def failure_of(result: dg.ExecuteInProcessResult, step: str) -> Any:
    """What a failed step left: its error and the metadata of its failure."""
    (data,) = [event.step_failure_data for event in result.get_step_failure_events() if event.step_key == step]
    return data
