"""What a task is to Clyra, and what Clyra's answers are to Airflow."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSkipException
from clyra import ClyraError, Denied, Rejected, ended_error

OnReject = Literal["fail", "skip"]

_LONGEST_KEY = 200
_KEPT = ("change_id", "attempt", "outcome", "code", "affected_rows", "bundle_id", "evidence")


def site_key(ti: Any) -> str:
    """One a task instance, whatever its try: so a retry, a clear and a crash find the change they asked for."""
    key = f"airflow:{ti.dag_id}:{ti.run_id}:{ti.task_id}:{ti.map_index}"
    return key if key.isascii() and len(key) <= _LONGEST_KEY else f"airflow:{uuid.uuid5(uuid.NAMESPACE_URL, key)}"


def receipt(view: Any) -> dict[str, Any]:
    """What stays in Airflow of a change: less than 1 KB, no persons, no statements."""
    return {key: view[key] for key in _KEPT}


def settle(view: Any, on_reject: OnReject) -> dict[str, Any]:
    """The receipt of a change that was enforced or observed. AirflowFailException for any other end: no retry is burnt.

    With `skip`, AirflowSkipException where policy or a person refused.
    """
    ended = ended_error(view)
    if ended is None:
        return receipt(view)
    skipped = on_reject == "skip" and isinstance(ended, Denied | Rejected)
    raise (AirflowSkipException if skipped else AirflowFailException)(str(ended))


@contextmanager
def native_errors() -> Iterator[None]:
    """Clyra's errors as Airflow's: AirflowException is tried again, AirflowFailException is not."""
    try:
        yield
    except ClyraError as error:
        raise (AirflowException if error.retryable else AirflowFailException)(str(error)) from error
