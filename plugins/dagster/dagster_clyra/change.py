"""What a step asks for: its request, who claims it, and the site key that makes every try of it the same change."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg
from clyra import ChangeRequest, ChangeView, Clyra

StepContext = dg.AssetExecutionContext | dg.OpExecutionContext

CHANGE_TAG = "dagster-clyra/change_id"
SOURCE_TAG = "dagster-clyra/source"
PERSON_TAGS = ("clyra/person", "dagster/user", "user")
LONGEST_KEY = 200


@dataclass(frozen=True)
class GovernedChange:
    """What does not change from run to run. With a `login` the caller does the work, under a grant; else Clyra does.

    `source` tells changes apart that sensors answer. `review` says that the target is in review: there a step goes on
    while Clyra is away, if the resource has a spool.
    """

    target: str
    reason: str
    statements: Sequence[str] | Callable[[Any], Sequence[str]] = ()
    login: str | None = None
    role: Literal["dml", "ddl"] = "dml"
    limits: dict[str, int] | None = None
    revision: int = 1
    source: str = "dagster"
    review: bool = False


Ask = Callable[[Clyra], ChangeView]
Find = Callable[[Clyra], ChangeView | None]


def ask_or_attach(context: StepContext, change: GovernedChange) -> tuple[Ask, Find]:
    """Asks for the change; or attaches to the one this run was launched for, the second half of the two-step shape.

    The other function finds what was asked for, when no answer came, and asks for nothing.
    """
    tags = context.run.tags
    if (before := tags.get(CHANGE_TAG)) is not None and tags.get(SOURCE_TAG) == change.source:
        return (attach := lambda clyra: _demand_ours(clyra.get(before), change)), attach
    request, key = _request(context, change), site_key(context)
    return lambda clyra: clyra.submit(request, site_key=key), lambda clyra: clyra.find(request, site_key=key)


def _demand_ours(view: ChangeView, change: GovernedChange) -> ChangeView:
    # Whoever may launch a run may write its tags.
    if (view["source"], view["target"]) != (change.source, change.target):
        raise dg.Failure(f"expected a change of {change.source} to {change.target}", allow_retries=False)
    return view


def _request(context: StepContext, change: GovernedChange) -> ChangeRequest:
    request: dict[str, Any] = {
        "kind": "sql",
        "target": change.target,
        "statements": list(change.statements(context) if callable(change.statements) else change.statements),
        "reason": change.reason,
        "role": change.role,
        "source": change.source,
        "revision": change.revision,
        "executor": "clyra" if change.login is None else "caller",
        "limits": change.limits,
        "claimed_person": next((context.run.tags[tag] for tag in PERSON_TAGS if context.run.tags.get(tag)), None),
    }
    return {name: value for name, value in request.items() if value is not None}  # type: ignore[return-value]


def site_key(context: StepContext) -> str:
    """The same for every try of this step in this run and in its re-executions: so all of them are about one change."""
    partition = "-"
    if context.has_partition_key:
        partition = context.partition_key
    elif context.has_partition_key_range:
        partition = f"{context.partition_key_range.start}...{context.partition_key_range.end}"
    root, step = context.run.root_run_id or context.run.run_id, context.get_step_execution_context().step.key
    key = f"dagster:{root}:{step}:{partition}"
    plain = len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and not key.endswith(" ")
    return key if plain else f"dagster:{uuid.uuid5(uuid.NAMESPACE_URL, key)}"
