"""`@task.clyra_gate`: a Python function that does its work under a grant."""

from collections.abc import Callable
from typing import Any

from airflow.providers.common.compat.sdk import Context, DecoratedOperator, KeywordParameters, task_decorator_factory
from clyra import AlreadyDone, Clyra, Grant, Until

from airflow_provider_clyra.operators import ClyraGovernedChangeOperator
from airflow_provider_clyra.outcomes import settle, site_key


class ClyraGateOperator(DecoratedOperator, ClyraGovernedChangeOperator):
    """Asks, waits, then runs the function with `grant`, and reports what happened, whichever way it ends.

    While people decide no function runs and, where the task is deferrable, no slot is held. Returns what the function
    returns.
    """

    template_fields = ("op_args", "op_kwargs", *ClyraGovernedChangeOperator.template_fields)
    custom_operator_name = "@task.clyra_gate"
    doer = "caller"
    until: Until = "grant"

    def __init__(self, *, login: str, op_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        # The grant comes when it runs; a place for it makes the call of the function in the DAG complete.
        super().__init__(op_kwargs={"grant": None, **(op_kwargs or {})}, **kwargs)
        self.login = login

    def proceed(self, context: Context, clyra: Clyra, view: Any) -> Any:
        """Runs the function while the grant is good. What an earlier try did already is not done again.

        A function that fails leaves the change open where the task is tried again: under the same approval.
        """
        if view is None or view["outcome"] == "observed":
            return self._call(context, Grant(view and view["change_id"], None, view))
        if view["outcome"] not in (None, "enforced"):
            return settle(view, self.on_reject)
        ti = context["ti"]
        work = dict[str, Any](login=self.login, site_key=site_key(ti), keep_open=ti.try_number <= ti.max_tries)
        try:
            with clyra.change(**self.request(context), **work) as grant:
                result = self._call(context, grant)
        except AlreadyDone as done:
            self.log.info("Clyra: %s; the function is not called again", done)
            return settle(done.change, self.on_reject)
        self.seen = settle(grant.change, self.on_reject)
        return result

    def _call(self, context: Context, grant: Any) -> Any:
        values = {**context, **self.op_kwargs, "grant": grant}
        wanted = KeywordParameters.determine(self.python_callable, self.op_args, values).unpacking()
        return self._handle_output(self.python_callable(*self.op_args, **wanted))


def clyra_gate(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """`@task.clyra_gate(target=…, statements=…, login=…)`: as ClyraGovernedChangeOperator, with the job's login."""
    return task_decorator_factory(python_callable, decorated_operator_class=ClyraGateOperator, **kwargs)
