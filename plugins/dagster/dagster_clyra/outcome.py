"""How the end of a change looks in Dagster: metadata with links, and failures that are retried or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from clyra import ClyraError, ended_error
from clyra.types import ChangeView

PREFIX = "dagster-clyra/"


def metadata_of(view: ChangeView) -> dict[str, Any]:
    """What an engineer looks for on the page of an asset or of a run: the change, its outcome, and the links."""
    urls = {"change_url": view["links"]["page"], "run_url": view["links"]["temporal"]}
    state = {"change_id": view["change_id"], "outcome": view["outcome"] or view["state"]}
    facts = state | {"payload_digest": view["payload_digest"], "bundle_id": view["bundle_id"]}
    values = facts | {name: dg.MetadataValue.url(url) for name, url in urls.items() if url is not None}
    return {PREFIX + name: value for name, value in values.items() if value is not None}


def demand_done(view: ChangeView) -> None:
    """Returns when the change was enforced or observed. Any other end is a Failure that no RetryPolicy tries again."""
    if (ended := ended_error(view)) is not None:
        raise dg.Failure(str(ended), metadata=metadata_of(view), allow_retries=False) from ended


@contextmanager
def native_failures() -> Iterator[None]:
    """Turns every error of the client into a Failure; a RetryPolicy tries again what the error calls retryable."""
    try:
        yield
    except ClyraError as error:
        metadata = {PREFIX + "code": error.code, PREFIX + "remediation": error.remediation}
        raise dg.Failure(str(error), metadata=metadata, allow_retries=error.retryable) from error
