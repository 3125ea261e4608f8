import pytest
from support import Time


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each test with both clients."""
    return str(request.param)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock that the test moves."""
    clock = Time()
    clock.install(monkeypatch)
    return clock
