"""What Airflow itself makes of the package: its own manager reads the manifest, its own serializer the DAGs."""

from pathlib import Path
from typing import Any

import pytest
from airflow.providers_manager import ProvidersManager, _create_provider_info_schema_validator
from airflow.sdk import DAG, task
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime
from conftest import TOKEN, FakeClyra, FakeTask, context_of, view_of

import airflow_provider_clyra
from airflow_provider_clyra.get_provider_info import get_provider_info
from airflow_provider_clyra.links import ClyraChangeLink, ClyraRunLink
from airflow_provider_clyra.operators import ClyraGovernedChangeOperator

PACKAGE = Path(airflow_provider_clyra.__file__).parent


@pytest.fixture(scope="module")
def manager() -> ProvidersManager:
    return ProvidersManager()  # type: ignore[no-untyped-call]


def test_the_manifest_is_what_airflow_takes() -> None:
    _create_provider_info_schema_validator().validate(get_provider_info())  # type: ignore[no-untyped-call]


def test_airflow_finds_it_by_its_entry_point(manager: ProvidersManager) -> None:
    assert manager.providers["airflow-provider-clyra"].version == "0.1.0"


def test_the_connection_type_has_its_hook_and_its_form(manager: ProvidersManager) -> None:
    hook = ProvidersManagerTaskRuntime().hooks["clyra"]  # type: ignore[no-untyped-call]
    assert hook is not None
    assert (hook.hook_class_name, hook.hook_name) == ("airflow_provider_clyra.hooks.ClyraHook", "Clyra")
    fields = manager._connection_form_widgets_from_metadata
    assert {field.rsplit("__", 1)[-1] for field in fields if "clyra" in field} == {"mode", "spool"}


def test_links_triggers_and_the_decorator_are_known(manager: ProvidersManager) -> None:
    links = {f"{link.__module__}.{link.__qualname__}" for link in (ClyraRunLink, ClyraChangeLink)}
    assert links <= set(manager.extra_links_class_names)
    assert "airflow_provider_clyra.triggers" in {
        module for info in manager.trigger for module in [info.trigger_class_name]
    }
    assert callable(ProvidersManagerTaskRuntime().taskflow_decorators["clyra_gate"])  # type: ignore[no-untyped-call]
    assert callable(task.clyra_gate)


def test_every_module_the_manifest_names_is_there() -> None:
    info = get_provider_info()
    named = [
        module for kind in ("operators", "sensors", "hooks", "triggers") for module in info[kind][0]["python-modules"]
    ]
    for module in named:
        __import__(module)


def test_links_survive_the_serialized_dag() -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in example_dags().values():
        restored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        for one in restored.tasks:
            if one.task_id != "verify":
                assert {link.name for link in one.operator_extra_links} == {"Clyra run", "Clyra change"}


def example_dags() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(PACKAGE / "example_dags"))
    assert bag.import_errors == {}
    return bag.dags


def test_the_examples_are_dags() -> None:
    assert set(example_dags()) == {"clyra_governed_change", "clyra_held_change", "clyra_gate", "clyra_evidence"}


def test_no_secret_in_what_airflow_shows(api: FakeClyra) -> None:
    ti = FakeTask()
    api.ends("enforced")
    operator = ClyraGovernedChangeOperator(task_id="task", target="shop", statements="SELECT 1")
    shown = [
        operator.execute(context_of(ti)),
        ti.pushed,
        [getattr(operator, name) for name in operator.template_fields],
    ]
    assert TOKEN not in repr(shown)
    assert view_of()["requester"]["actor"] not in repr(ti.pushed)


def test_both_can_be_mapped() -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    def work(n: int, grant: Any = None) -> int:
        return n

    with DAG("mapped", schedule=None) as dag:
        ClyraGovernedChangeOperator.partial(task_id="many", target="shop").expand(statements=["SELECT 1", "SELECT 2"])
        task.clyra_gate(target="shop", statements="SELECT 1", login="etl")(work).expand(n=[1, 2])
    DagSerialization.to_dict(dag)
    many: Any = dag.get_task("many")
    gate: Any = dag.get_task("work")
    assert many.unmap({"statements": "SELECT 2"}).statements == "SELECT 2"
    one = gate.unmap({"op_kwargs": {"n": 2}})
    assert (one.login, one.op_kwargs) == ("etl", {"grant": None, "n": 2})
