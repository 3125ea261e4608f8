"""The one way through a governed step: ask or attach, wait, do the work where it is ours, and say what became of it."""

from collections.abc import Callable
from typing import Any

import dagster as dg
from clyra import ChangeView, Clyra, ClyraError, Grant, Spooled

from dagster_clyra.change import GovernedChange, StepContext, ask_or_attach
from dagster_clyra.outcome import PREFIX, demand_done, metadata_of, native_failures

SECONDS_FOR_THE_TRUTH = 30
ENDED_BY_ITSELF = ("CLYRA_GRANT_NOT_OPEN", "CLYRA_GRANT_EXPIRED")

Work = Callable[[Any, Grant], Any]


class Terminated(dg.DagsterError, dg.DagsterExecutionInterruptedError):
    """The run was terminated, and its change withdrawn. As a DagsterError it passes by the RetryPolicy, which Dagster
    follows on a termination too: nobody asks again for what was just withdrawn.
    """


def governed(
    context: StepContext, change: GovernedChange, *, work: Work | None = None, wait: bool = True
) -> dict[str, Any]:
    """Answers the metadata of a change that was enforced or observed, done by Clyra or by `work`; else fails natively.

    A run that is terminated meanwhile cancels the change, or says in its log that it was too late for that. Without
    `wait` it only asks, and answers the metadata of the change as it is.
    """
    ask, find = ask_or_attach(context, change)
    view: ChangeView | None = None
    with native_failures(), context.resources.clyra.client(review=change.review) as clyra:
        try:
            view = ask(clyra)
            _tell(context, view)
            if wait:
                view = _followed(clyra, view, context, change, work)
            demand_done(view)
        except Spooled as error:
            context.log.warning(f"In review, and Clyra is away: this step goes on. {error}")
            if work is not None:
                work(context, Grant(None, None, None))
            return {PREFIX + "outcome": "spooled"}
        except dg.DagsterExecutionInterruptedError as terminated:
            _withdraw(clyra, lambda: view or find(clyra), context)
            raise Terminated(str(terminated)) from terminated
        return metadata_of(view)


def _followed(
    clyra: Clyra, view: ChangeView, context: StepContext, change: GovernedChange, work: Work | None
) -> ChangeView:
    """The end of the change. Work that fails leaves it open: a retry does it under the same approval, in its time."""
    change_id, timeout = view["change_id"], context.resources.clyra.timeout_s
    if work is not None:
        view = clyra.wait(change_id, until="grant", timeout=timeout)
        if view["outcome"] == "observed":
            work(context, Grant(change_id, None, view))
        if view["outcome"] is not None:
            return view
        try:
            token = clyra.grant(change_id, login=change.login or "")["token"]
        except ClyraError as error:
            if error.code != "CLYRA_GRANT_REDEEMED":
                raise
            context.log.warning("An earlier try of this step has done the work: it is not done again.")
        else:
            work(context, Grant(change_id, token, view))
        try:
            clyra.complete(change_id)
        except ClyraError as error:
            if error.code not in ENDED_BY_ITSELF:
                raise
    return clyra.wait(change_id, until="end", timeout=timeout)


def _withdraw(clyra: Clyra, asked: Callable[[], ChangeView | None], context: StepContext) -> None:
    """Cancels the change, and logs what it came to: the work may have been done already."""
    try:
        if (view := asked()) is None:
            return
        clyra.cancel(view["change_id"], reason=f"Dagster run {context.run.run_id} was terminated")
        end = clyra.wait(view["change_id"], until="end", timeout=SECONDS_FOR_THE_TRUTH)
    except ClyraError as error:
        context.log.error(f"Clyra could not be told that this run is over; its change may still be done. {error}")
    else:
        page = end["links"]["page"]
        context.log.warning(f"This run is terminated, and its change {end['change_id']} ended {end['outcome']}: {page}")


def _tell(context: StepContext, view: ChangeView) -> None:
    """The links where engineers look, before anybody waits: in the log, and on the page of the asset."""
    context.log.info(f"Clyra change {view['change_id']} is {view['state']}: {view['links']['page']}")
    if isinstance(context, dg.AssetExecutionContext):
        context.log_event(dg.AssetObservation(asset_key=context.asset_key, metadata=metadata_of(view)))
