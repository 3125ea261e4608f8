"""Waiting for a change that somebody else asked for."""

from collections.abc import Sequence
from typing import Any

from airflow.providers.common.compat.sdk import BaseSensorOperator, Context, PokeReturnValue
from clyra import reached

from airflow_provider_clyra.hooks import ClyraHook
from airflow_provider_clyra.links import LINKS, push_links
from airflow_provider_clyra.operators import DEFERRABLE
from airflow_provider_clyra.outcomes import OnReject, native_errors, settle
from airflow_provider_clyra.triggers import ClyraChangeTrigger


class ClyraApprovalSensor(BaseSensorOperator):
    """Waits for the end of an existing change, or with `until="grant"` until it is approved and begins to be done.

    Succeeds with the receipt and fails as ClyraGovernedChangeOperator does. It asked for nothing, and cancels nothing.
    """

    template_fields: Sequence[str] = ("change_id", "clyra_conn_id")
    operator_extra_links = LINKS

    def __init__(
        self,
        *,
        change_id: str,
        until: str = "end",
        on_reject: OnReject = "fail",
        clyra_conn_id: str = ClyraHook.default_conn_name,
        deferrable: bool = DEFERRABLE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.change_id = change_id
        self.until = until
        self.on_reject = on_reject
        self.clyra_conn_id = clyra_conn_id
        self.deferrable = deferrable

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Looks once, then waits: in the triggerer where the task is deferrable. Woken, it looks again."""
        if not self.deferrable:
            return super().execute(context)
        found = self.poke(context)
        if found.is_done:
            return found.xcom_value
        trigger = ClyraChangeTrigger(self.clyra_conn_id, self.change_id, self.until, owner=False)
        return self.defer(trigger=trigger, method_name="execute", timeout=None)

    def poke(self, context: Context) -> PokeReturnValue:
        """One look."""
        with native_errors(), ClyraHook(self.clyra_conn_id).get_conn() as clyra:
            view = clyra.get(self.change_id)
        push_links(context["ti"], view)
        if not reached(view, self.until):
            return PokeReturnValue(False)
        return PokeReturnValue(True, settle(view, self.on_reject))
