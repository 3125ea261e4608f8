"""An op that lets a job go on when its change was enforced, or that asks and ends."""

from typing import Any

import dagster as dg

from dagster_clyra.change import GovernedChange
from dagster_clyra.outcome import PREFIX
from dagster_clyra.step import governed


def clyra_gate(name: str, change: GovernedChange, *, wait: bool = True, **op_options: Any) -> dg.OpDefinition:
    """An op whose statements Clyra applies once they are approved; what is downstream runs after that, or not at all.

    With `wait=False`, the first half of the two-step shape, it asks and ends, and holds no worker while people decide:
    `build_clyra_sensor` launches what comes after. Only there may the change have a login: the governed asset of the
    same change does the work. Answers the change id. Other options are those of `@dg.op`.
    """
    if wait and change.login is not None:
        raise dg.DagsterInvalidDefinitionError("a gate with a login needs wait=False; an asset does the work")

    @dg.op(name=name, ins={"start": dg.In(dg.Nothing)}, required_resource_keys={"clyra"}, **op_options)
    def gate(context: dg.OpExecutionContext) -> dg.Output[str]:
        metadata = governed(context, change, wait=wait)
        return dg.Output(metadata.get(PREFIX + "change_id", ""), metadata=metadata)

    return gate
