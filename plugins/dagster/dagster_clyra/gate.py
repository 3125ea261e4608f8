"""An op that lets a job go on when its change was enforced, or that asks and ends."""

from typing import Any, Literal

import dagster as dg

from dagster_clyra.change import GovernedChange, Statements
from dagster_clyra.step import governed


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
    """An op whose statements Clyra applies once they are approved; what is downstream runs after that, or not at all.

    With `wait=False`, the first half of the two-step shape, it asks and ends, and holds no worker while people decide:
    `build_clyra_sensor` launches what comes after. There `login` says that an asset with the same `login` and `source`
    does the work. Answers the change id. Other options are those of `@dg.op`.
    """
    if wait and login is not None:
        raise dg.DagsterInvalidDefinitionError("a gate with a login needs wait=False; an asset does the work")
    change = GovernedChange(target, reason, login, role, limits, revision, source, review)

    @dg.op(name=name, ins={"start": dg.In(dg.Nothing)}, required_resource_keys={"clyra"}, **op_options)
    def gate(context: dg.OpExecutionContext) -> dg.Output[str]:
        metadata = governed(context, change, statements, wait=wait)
        return dg.Output(str(metadata.get("dagster-clyra/change_id", "")), metadata=metadata)

    return gate
