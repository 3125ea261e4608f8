"""Assets whose change is governed."""

import inspect
from collections.abc import Callable
from typing import Any, Literal

import dagster as dg

from dagster_clyra.change import GovernedChange, Statements
from dagster_clyra.step import governed

RESOURCE = "clyra"


def clyra_governed_asset(
    *,
    target: str,
    reason: str,
    login: str | None = None,
    statements: Statements = (),
    role: Literal["dml", "ddl"] = "dml",
    limits: dict[str, int] | None = None,
    revision: int = 1,
    source: str = "dagster",
    review: bool = False,
    **asset_options: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset that is materialised when its change was enforced, and fails natively when it was not.

    Without `login`, the function answers the statements, `def retention(context) -> list[str]`: Clyra applies them
    once they are approved. With `login`, the function does the work that `statements` announce, `def prices(context,
    grant)`: it runs once that is approved, and redeems the grant in its own transaction. Needs the resource `clyra`.
    Other options are those of `@dg.asset`.
    """
    change = GovernedChange(target, reason, login, role, limits, revision, source, review)

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        named = {} if "key" in asset_options else {"name": function.__name__}
        keys = {RESOURCE, *asset_options.get("required_resource_keys", ())}
        options = {**named, "description": inspect.getdoc(function), **asset_options, "required_resource_keys": keys}

        def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
            if login is None:
                return dg.MaterializeResult(metadata=governed(context, change, function))
            return dg.MaterializeResult(metadata=governed(context, change, statements, work=function))

        definition: dg.AssetsDefinition = dg.asset(**options)(asset)
        return definition

    return decorate
