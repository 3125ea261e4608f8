"""Tasks that ask for a change, and one that has its evidence judged."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, Context, conf
from clyra import Clyra, Spooled, Timeout, Unreachable, Until

from airflow_provider_clyra.hooks import CONN, ClyraHook
from airflow_provider_clyra.links import LINKS, push_links
from airflow_provider_clyra.outcomes import OnReject, native_errors, receipt, settle, site_key
from airflow_provider_clyra.triggers import ClyraChangeTrigger

_MOMENT = 2.0
# Airflow gives a killed task 5 s.
_KILL_SECONDS = 4.0


# Airflow's own default for operators that can wait without a slot.
DEFER = conf.getboolean("operators", "default_deferrable", fallback=False)


class ClyraGovernedChangeOperator(BaseOperator):
    """Asks Clyra for a change, waits while policy and people decide, and succeeds when Clyra has applied it.

    Returns the receipt. Raises AirflowFailException when the change ended otherwise, AirflowSkipException where it was
    refused and `on_reject` is `skip`, AirflowException when Clyra cannot be reached: the next try finds the change if
    this one had asked for it.
    """

    template_fields: tuple[str, ...] = ("target", "statements", "reason", "clyra_conn_id")
    operator_extra_links = LINKS
    # Who does the work, and what is waited for.
    doer = "clyra"
    until: Until = "end"

    def __init__(
        self,
        *,
        target: str,
        statements: str | list[str],
        reason: str = "",
        role: str = "dml",
        limits: dict[str, int] | None = None,
        revision: int = 1,
        on_reject: OnReject = "fail",
        clyra_conn_id: str = CONN,
        deferrable: bool = DEFER,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.target, self.statements, self.reason = target, statements, reason
        self.role, self.limits, self.revision = role, limits, revision
        self.on_reject, self.clyra_conn_id, self.deferrable = on_reject, clyra_conn_id, deferrable
        self._hook: ClyraHook | None = None
        self._asked: dict[str, Any] | None = None
        self.seen: dict[str, Any] | None = None

    def request(self, context: Context) -> dict[str, Any]:
        """What this task asks for. The person who triggered the run is claimed, not proved."""
        asked = {name: getattr(self, name) for name in ("target", "role", "limits", "revision")}
        asked["statements"] = [self.statements] if isinstance(self.statements, str) else list(self.statements)
        asked["reason"] = self.reason or site_key(context["ti"])
        asked["claimed_person"] = context["dag_run"].triggering_user_name
        return {"source": "airflow", **{name: value for name, value in asked.items() if value is not None}}

    def execute(self, context: Context) -> Any:
        """Asks, and waits: in the triggerer where the task is deferrable."""
        # An earlier try that was cleared while it waited cancels its change, perhaps only now: then this one asks anew.
        return self._ask(context, again=context["ti"].try_number > 1)

    def execute_complete(self, context: Context, event: dict[str, Any], again: bool = False) -> Any:
        """Goes on after the wait with what Clyra says now."""
        self.seen = {"bundle_id": None, **event}
        with native_errors(), self._client() as clyra:
            return self._go_on(context, clyra, clyra.get(event["change_id"]), again)

    def _client(self) -> Clyra:
        # Kept with its connection: a task that is being killed cannot look it up any more.
        self._hook = self._hook or ClyraHook(self.clyra_conn_id)
        return self._hook.get_conn()

    def _ask(self, context: Context, again: bool) -> Any:
        with native_errors(), self._client() as clyra:
            asked = {"kind": "sql", "executor": self.doer, **self.request(context)}
            self._asked = {"request": asked, "site_key": site_key(context["ti"])}
            try:
                view: Any = clyra.submit(**self._asked)
            except Spooled as error:
                self.log.warning("Clyra: %s; in review mode the task goes on, and Clyra is told later", error)
                return self.proceed(context, clyra, None)
            self.log.info("Clyra: change %s, attempt %s, is %s", view["change_id"], view["attempt"], view["state"])
            self.seen = receipt(view)
            push_links(context["ti"], view)
            return self._go_on(context, clyra, self._wait(clyra, view, again), again)

    def _wait(self, clyra: Clyra, view: Any, again: bool) -> Any:
        while True:
            try:
                # What policy decides alone takes a moment: too short to free a slot for.
                return clyra.wait(view["change_id"], until=self.until, timeout=_MOMENT if self.deferrable else None)
            except Timeout:
                trigger = ClyraChangeTrigger(self.clyra_conn_id, view["change_id"], self.until)
                self.defer(trigger=trigger, method_name="execute_complete", kwargs={"again": again}, timeout=None)
            except Unreachable as error:
                # The change goes on without us: to fail now could be a lie.
                self.log.warning("Clyra: %s; waiting on", error)

    def _go_on(self, context: Context, clyra: Clyra, view: Any, again: bool) -> Any:
        if again and view["outcome"] == "cancelled":
            clyra.wait(view["change_id"])
            return self._ask(context, again=False)
        self.seen = receipt(view)
        return self.proceed(context, clyra, view)

    def proceed(self, context: Context, clyra: Clyra, view: Any) -> Any:
        """What is done once the wait is over. No view: in review mode, and Clyra could not be reached."""
        return settle(view, self.on_reject) if view else {"change_id": None, "outcome": "spooled"}

    def on_kill(self) -> None:
        """Cancels the change, and says what became of it: Clyra may have been faster."""
        if self.seen is None and self._asked is None:
            return
        # A client of its own: this may interrupt a call of the other one, perhaps the very one that asks.
        with native_errors(), self._client() as clyra:
            if seen := self.seen or clyra.find(**(self._asked or {})):
                clyra.cancel(seen["change_id"], reason="Airflow: the task was killed")
                end = clyra.wait(seen["change_id"], timeout=_KILL_SECONDS)
                self.log.info("Clyra: the task was killed; change %s ended %s", end["change_id"], end["outcome"])

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The facet `clyra_change`."""
        from airflow_provider_clyra.lineage import lineage  # noqa: PLC0415  only where OpenLineage is installed

        return lineage(self.seen)

    get_openlineage_facets_on_failure = get_openlineage_facets_on_complete


class ClyraVerifyEvidenceOperator(BaseOperator):
    """Fetches the evidence of a change to `path` and has it judged by a verifier, a program of its own.

    Its command is `[clyra] verifier` of Airflow's configuration; the path is appended. Returns the verdict. Raises
    AirflowFailException with the claim that failed, or when the verifier cannot judge.
    """

    template_fields = ("change_id", "path", "clyra_conn_id")

    def __init__(self, *, change_id: str, path: str, clyra_conn_id: str = CONN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.change_id, self.path, self.clyra_conn_id = change_id, path, clyra_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Fetches, and has it judged."""
        with native_errors(), ClyraHook(self.clyra_conn_id).get_conn() as clyra:
            Path(self.path).write_bytes(clyra.evidence(self.change_id))
        command = [*shlex.split(conf.get("clyra", "verifier", fallback="clyra-verify --json")), self.path]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            report = json.loads(ended.stdout)
            failed = [f"{claim['claim']}: {claim['code']}" for claim in report["claims"] if claim["status"] == "FAIL"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AirflowFailException(f"expected a report of {command[0]}, found none: {error}") from error
        if ended.returncode != 0 or report["change_id"] != self.change_id:
            why = ", ".join(failed) or f"it is of {report['change_id']}"
            raise AirflowFailException(f"evidence of {self.change_id} is {report['verdict']}: {why}")
        return {name: report[name] for name in ("change_id", "verdict", "bundle_id")}
