"""Assets whose change is governed."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal

import dagster as dg

from dagster_clyra.change import GovernedChange
from dagster_clyra.step import governed

RESOURCE = "clyra"


def clyra_governed_asset(
    *,
    target: str,
    reason: str,
    login: str | None = None,
    statements: Sequence[str] = (),
    role: Literal["dml", "ddl"] = "dml",
    limits: dict[str, int] | None = None,
    revision: int = 1,
    source: str = "dagster",
    review: bool = False,
    **asset_options: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset that is materialised when its change was enforced, and fails natively when it was not.

    Without `login`, the function answers the statements, `def retention(context) -> list[str]`: Clyra applies them once they
    are approved. With `login`, the function does the work that `statements` announce, `def prices(context, grant) -> None`: it
    runs once that is approved, redeems the grant in its own transaction, and may answer metadata. Needs the resource `clyra`.
    Other options are those of `@dg.asset`.
    """
    change = GovernedChange(target, reason, login, role, limits, revision, source, review)

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        named = {} if "key" in asset_options else {"name": function.__name__}
        keys = {RESOURCE, *asset_options.get("required_resource_keys", ())}
        options = {**named, "description": inspect.getdoc(function), **asset_options, "required_resource_keys": keys}

        @dg.asset(**options)
        def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
            ask = statements if login is not None else function(context)
            metadata = governed(context, change, ask, work=function if login is not None else None)
            return dg.MaterializeResult(metadata=metadata)

        return asset

    return decorate
