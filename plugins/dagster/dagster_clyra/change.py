"""What a step asks for: its site key, its request, and who claims it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg
from clyra.types import ChangeRequest

StepContext = dg.AssetExecutionContext | dg.OpExecutionContext
Statements = Sequence[str] | Callable[[Any], Sequence[str]]

CHANGE_TAG = "dagster-clyra/change_id"
SOURCE_TAG = "dagster-clyra/source"
PERSON_TAGS = ("clyra/person", "dagster/user", "user")
LONGEST_KEY = 200


@dataclass(frozen=True)
class GovernedChange:
    """What does not change from run to run. With a `login` the caller does the work, under a grant; else Clyra does.

    `review` says that the target is in review: such a step goes on while Clyra is away, where the resource has a spool.
    """

    target: str
    reason: str
    login: str | None = None
    role: Literal["dml", "ddl"] = "dml"
    limits: dict[str, int] | None = None
    revision: int = 1
    source: str = "dagster"
    review: bool = False

    def request(self, context: StepContext, statements: Sequence[str]) -> ChangeRequest:
        """The request for these statements, with whoever launched the run as the person claimed."""
        request: ChangeRequest = {
            "kind": "sql",
            "target": self.target,
            "statements": list(statements),
            "reason": self.reason,
            "role": self.role,
            "source": self.source,
            "revision": self.revision,
            "executor": "clyra" if self.login is None else "caller",
        }
        if self.limits is not None:
            request["limits"] = self.limits  # type: ignore[typeddict-item]
        person = next((context.run.tags[tag] for tag in PERSON_TAGS if context.run.tags.get(tag)), None)
        if person is not None:
            request["claimed_person"] = person
        return request

    def asked_before(self, context: StepContext) -> str | None:
        """The change a sensor launched this run for, if it is this one: the second half of the two-step shape."""
        tags = context.run.tags
        return tags.get(CHANGE_TAG) if tags.get(SOURCE_TAG) == self.source else None


def site_key(context: StepContext) -> str:
    """The same for every try of this step in this run and its re-executions: so all of them are about one change."""
    run, step = context.run, context.get_step_execution_context().step
    key = f"dagster:{run.root_run_id or run.run_id}:{step.key}:{partition_of(context)}"
    plain = len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and not key.endswith(" ")
    return key if plain else f"dagster:{hashlib.sha256(key.encode()).hexdigest()}"


def partition_of(context: StepContext) -> str:
    """The partition of this step, the first and last one of a range, or `-`."""
    if context.has_partition_key:
        return context.partition_key
    if context.has_partition_key_range:
        return f"{context.partition_key_range.start}...{context.partition_key_range.end}"
    return "-"
