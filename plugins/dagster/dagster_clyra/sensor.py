"""The second half of the two-step shape: launches a job for each change that may be done or is over."""

import json
from typing import Any

import dagster as dg
from clyra.types import ChangeView

from dagster_clyra.change import CHANGE_TAG, SOURCE_TAG

PAGE = 100


def build_clyra_sensor(*, source: str, name: str = "clyra_changes", **sensor_options: Any) -> dg.SensorDefinition:
    """Launches `job` once for each attempt of a change asked with this `source`, with the change in the run's tags.

    A change that Clyra applies is answered when it is over, whatever became of it; one whose work is the caller's,
    when its grant may be had, or when it ended before that. The governed step of the job with the same `source`
    attaches to it. Two requests a tick, however many changes wait. Other options are those of `@dg.sensor`.
    """

    @dg.sensor(name=name, required_resource_keys={"clyra"}, **sensor_options)
    def clyra_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        cursor = json.loads(context.cursor) if context.cursor else {"sealed": 0, "enforcing": 0}
        with context.resources.clyra.client() as clyra:
            sealed = clyra.sealed(after=cursor["sealed"], limit=PAGE)
            enforcing = clyra.changes(state="ENFORCING", after=cursor["enforcing"], limit=PAGE)
        over = [view for view in sealed["changes"] if view["outcome"] is not None]
        open_ = [view for view in enforcing["changes"] if view["executor"] == "caller"]
        # One run an attempt; a change may be seen with its grant open and at its end.
        ids = {_run_key(view): view["change_id"] for view in (*over, *open_) if view["source"] == source}
        requests = [dg.RunRequest(key, tags={CHANGE_TAG: ids[key], SOURCE_TAG: source}) for key in ids]
        # Where more are under way than one page holds, the next tick looks at the next page, then at the first again.
        after = {"sealed": sealed["sealed_after"], "enforcing": enforcing["after"] or 0}
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(after))

    return clyra_sensor


def _run_key(view: ChangeView) -> str:
    """One key an attempt, whether it is seen with its grant open or at its end: Dagster launches no key twice."""
    grant = ":grant" if view["executor"] == "caller" else ""
    return f"{view['change_id']}:{view['attempt']}{grant}"
