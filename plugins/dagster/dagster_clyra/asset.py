"""Assets whose change is governed."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dagster as dg

from dagster_clyra.change import GovernedChange
from dagster_clyra.step import governed


def clyra_governed_asset(
    change: GovernedChange, **asset_options: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """An asset that is materialised when its change was enforced, and fails natively when it was not.

    Without a login, the function answers the statements, `def retention(context) -> list[str]`: Clyra applies them once
    they are approved. With a login, the function does the work that the statements of the change announce,
    `def prices(context, grant)`: it runs once that is approved, and redeems the grant in its own transaction. Needs the
    resource `clyra`. Other options are those of `@dg.asset`.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        work = None if change.login is None else function
        asked = replace(change, statements=function) if work is None else change

        def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
            return dg.MaterializeResult(metadata=governed(context, asked, work=work))

        options = {"description": inspect.getdoc(function), **asset_options}
        options["required_resource_keys"] = {"clyra", *options.get("required_resource_keys", ())}
        if "key" not in options:
            options.setdefault("name", function.__name__)
        definition: dg.AssetsDefinition = dg.asset(**options)(asset)
        return definition

    return decorate
