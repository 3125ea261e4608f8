"""Waiting for a change that somebody else asked for."""

from typing import Any

from airflow.providers.common.compat.sdk import BaseSensorOperator, Context, PokeReturnValue
from clyra import Until, reached

from airflow_provider_clyra.hooks import CONN, ClyraHook
from airflow_provider_clyra.links import LINKS, push_links
from airflow_provider_clyra.operators import DEFER
from airflow_provider_clyra.outcomes import native_errors, settle
from airflow_provider_clyra.triggers import ClyraChangeTrigger


class ClyraApprovalSensor(BaseSensorOperator):
    """Waits for the end of an existing change, or with `until="grant"` until it is approved and begins to be done.

    Succeeds with the receipt and fails as ClyraGovernedChangeOperator does; with `soft_fail` it skips. It asked for
    nothing, and cancels nothing.
    """

    template_fields = ("change_id", "clyra_conn_id")
    operator_extra_links = LINKS

    def __init__(
        self, change_id: str, until: Until = "end", clyra_conn_id: str = CONN, deferrable: bool = DEFER, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.change_id, self.until = change_id, until
        self.clyra_conn_id, self.deferrable = clyra_conn_id, deferrable

    def execute(self, context: Context, event: Any = None) -> Any:
        """Looks once, then waits: in the triggerer where the task is deferrable. Woken, it looks again."""
        if self.deferrable and not self.poke(context).is_done:
            trigger = ClyraChangeTrigger(self.clyra_conn_id, self.change_id, self.until, owner=False)
            self.defer(trigger=trigger, method_name="execute", timeout=None)
        return super().execute(context)

    def poke(self, context: Context) -> PokeReturnValue:
        """One look."""
        with native_errors(), ClyraHook(self.clyra_conn_id).get_conn() as clyra:
            view = clyra.get(self.change_id)
        push_links(context["ti"], view)
        done = reached(view, self.until)
        return PokeReturnValue(done, settle(view, "fail") if done else None)
