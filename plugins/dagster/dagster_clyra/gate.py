"""An op that lets a job go on when its change was enforced; or asks and ends, as the first half of the two-step shape."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import dagster as dg

from dagster_clyra.change import GovernedChange
from dagster_clyra.step import governed

Statements = Sequence[str] | Callable[[dg.OpExecutionContext], Sequence[str]]


def clyra_gate(
    name: str,
    *,
    target: str,
    reason: str,
    statements: Statements,
    wait: bool = True,
    login: str | None = None,
    role: Literal["dml", "ddl"] = "dml",
    limits: dict[str, int] | None = None,
    revision: int = 1,
    source: str = "dagster",
    review: bool = False,
    **op_options: Any,
) -> dg.OpDefinition:
    """An op whose statements are applied by Clyra once they are approved; what stands downstream runs after that, or not at all.

    With `wait=False` it asks and ends, and holds no worker while people decide: `build_clyra_sensor` launches what comes
    after. There `login` says that an asset with the same `login` and `source` does the work. Answers the change id.
    """
    if wait and login is not None:
        raise dg.DagsterInvalidDefinitionError("a gate with a login waits for nobody: give wait=False, and do the work in an asset")
    change = GovernedChange(target, reason, login, role, limits, revision, source, review)

    @dg.op(name=name, ins={"start": dg.In(dg.Nothing)}, required_resource_keys={"clyra"}, **op_options)
    def gate(context: dg.OpExecutionContext) -> dg.Output[str]:
        ask = statements(context) if callable(statements) else statements
        metadata = governed(context, change, ask, wait=wait)
        return dg.Output(str(metadata.get("dagster-clyra/change_id", "")), metadata=metadata)

    return gate
