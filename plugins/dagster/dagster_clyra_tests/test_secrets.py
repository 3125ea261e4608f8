import dagster as dg
from clyra import Grant
from dagster_shared.libraries import DagsterLibraryRegistry

from dagster_clyra import ClyraResource, GovernedChange, __version__, clyra_governed_asset
from dagster_clyra_tests.conftest import GRANT, TOKEN, FakeClyra, Run, unreachable, view_of


@clyra_governed_asset(GovernedChange(target="shop", reason="prices", login="etl", statements=["UPDATE secret_table"]))
def prices(context: dg.AssetExecutionContext, grant: Grant) -> None:
    context.log.info(f"{grant} {grant!r} {context.resources.clyra} {context.resources.clyra!r}")


def test_no_token_and_no_statement_in_any_event(fake: FakeClyra, run: Run, instance: dg.DagsterInstance) -> None:
    for end in (view_of("CLOSED", "enforced"), view_of("CLOSED", "failed"), unreachable()):
        fake.ends = [view_of("ENFORCING", executor="caller"), end]
        result = run(prices)
        text = "".join(repr(entry) for entry in instance.all_logs(result.run_id))
        assert "Grant(" in text
        for secret in (TOKEN, GRANT, "secret_table"):
            assert secret not in text


def test_a_resource_does_not_show_its_token() -> None:
    resource = ClyraResource(base_url="http://clyra", token=TOKEN)
    assert TOKEN not in f"{resource!r} {resource}"


def test_the_library_is_registered() -> None:
    assert DagsterLibraryRegistry.get()["dagster-clyra"] == __version__
