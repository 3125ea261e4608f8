import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox
from pydantic import ValidationError

from dagster_clyra import ClyraResource, GovernedChangeComponent
from dagster_clyra_tests.conftest import FakeClyra

ATTRIBUTES: dict[str, Any] = {
    "asset_key": "shop/retention",
    "target": "shop",
    "statements": ["DELETE FROM shop.orders WHERE status = 'cancelled'"],
    "reason": "retention",
    "deps": ["orders"],
    "verifier": [sys.executable, "-c", ""],
}


def test_yaml_becomes_an_asset_with_its_check(fake: FakeClyra) -> None:
    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            component_cls=GovernedChangeComponent,
            defs_yaml_contents={"type": "dagster_clyra.GovernedChangeComponent", "attributes": ATTRIBUTES},
        )
        with sandbox.load_component_and_build_defs(defs_path=path) as (component, defs):
            assert isinstance(component, GovernedChangeComponent)
            merged = dg.Definitions.merge(
                defs,
                dg.Definitions(
                    resources={"clyra": ClyraResource(base_url="http://clyra", token=dg.EnvVar("CLYRA_TOKEN"))}
                ),
            )
            job = merged.resolve_implicit_global_asset_job_def()
            result = job.execute_in_process()
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [
        dg.AssetKey(["shop", "retention"])
    ]
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.passed
    assert fake.requests[0]["statements"] == ATTRIBUTES["statements"]


def test_a_project_finds_it_by_its_type(fake: FakeClyra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "shop_project" / "defs" / "retention"
    folder.mkdir(parents=True)
    for package in (tmp_path / "shop_project", tmp_path / "shop_project" / "defs"):
        (package / "__init__.py").touch()
    (folder / "defs.yaml").write_text(
        """type: dagster_clyra.GovernedChangeComponent
attributes:
  asset_key: retention
  target: shop
  statements: ["DELETE FROM shop.orders WHERE status = 'cancelled'"]
  reason: retention
"""
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop_project"\n'
    )
    (tmp_path / "shop_project" / "defs" / "resources.py").write_text(
        """import dagster as dg
from dagster_clyra import ClyraResource

defs = dg.Definitions(resources={"clyra": ClyraResource(base_url="http://clyra", token=dg.EnvVar("CLYRA_TOKEN"))})
"""
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    defs = dg.load_from_defs_folder(path_within_project=tmp_path)
    assert defs.resolve_asset_graph().has(dg.AssetKey("retention"))


@pytest.mark.parametrize("fault", [{"target": 7}, {"unknown": 1}, {"role": "owner"}])
def test_what_is_wrong_in_yaml_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fault))):
        GovernedChangeComponent.from_attributes_dict(attributes=ATTRIBUTES | fault)


def test_dg_finds_the_component() -> None:
    (entry,) = [each for each in entry_points(group="dagster_dg_cli.registry_modules") if each.name == "dagster_clyra"]
    assert entry.load().GovernedChangeComponent is GovernedChangeComponent
