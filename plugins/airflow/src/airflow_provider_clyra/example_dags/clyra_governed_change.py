"""A change that Clyra applies: the task asks, frees its slot while people decide, and ends as the change did."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from airflow_provider_clyra.operators import ClyraGovernedChangeOperator

# How far a correction reaches may be set per target while nobody has decided yet: then it is another change.
STATEMENT = """
UPDATE shop.orders SET total_cents = total_cents + {{ params.cents }}
WHERE order_id BETWEEN {{ params.first }} AND {{ var.value.get(params.target ~ '_last_order', params.last) }}
"""

params = {
    "target": Param("shop", type="string", description="Where: a target of Clyra"),
    "cents": Param(250, type="integer", description="The fee that was left out"),
    "first": Param(1, type="integer", description="First order"),
    "last": Param(160, type="integer", description="Last order"),
}
defaults = {"retries": 2, "retry_delay": timedelta(seconds=2)}

with DAG("clyra_governed_change", schedule=None, params=params, default_args=defaults, tags=["clyra"]):
    # [START governed_change]
    ClyraGovernedChangeOperator(
        task_id="add_fee",
        target="{{ params.target }}",
        statements=STATEMENT,
        reason="a fee that was left out, {{ run_id }}",
        deferrable=True,
    )
    # [END governed_change]

# Where no triggerer runs, the task holds its slot while it waits. A refusal skips what follows, and the run goes on.
with DAG("clyra_held_change", schedule=None, params=params, default_args=defaults, tags=["clyra"]):
    ClyraGovernedChangeOperator(
        task_id="add_fee",
        target="{{ params.target }}",
        statements=STATEMENT,
        reason="a fee that was left out, {{ run_id }}",
        on_reject="skip",
        deferrable=False,
    )
