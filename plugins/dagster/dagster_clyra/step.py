"""The one way through a governed step: ask or attach, wait, do the work where it is ours, and say what became of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from clyra import ChangeView, Clyra, ClyraError, Grant, Spooled, Unreachable, Until

from dagster_clyra.change import GovernedChange, Statements, StepContext, site_key
from dagster_clyra.outcome import PREFIX, demand_done, metadata_of, native_failures
from dagster_clyra.resource import ClyraResource

SECONDS_FOR_THE_TRUTH = 30
REDEEMED = "CLYRA_GRANT_REDEEMED"

Work = Callable[[Any, Grant], Any]


def governed(
    context: StepContext, change: GovernedChange, statements: Statements, *, work: Work | None = None, wait: bool = True
) -> dict[str, Any]:
    """Answers the metadata of a change that was enforced or observed, done by Clyra or by `work`; else fails natively.

    A run that is terminated meanwhile cancels the change, or says in its log that it was too late for that. Without
    `wait` it only asks, and answers the metadata of the change as it is.
    """
    resource: ClyraResource = context.resources.clyra
    with native_failures(), resource.client(review=change.review) as clyra:
        try:
            view = _asked(clyra, change, context, statements)
        except Spooled as error:
            context.log.warning(f"In review, and Clyra is away: this step goes on. {error}")
            if work is not None:
                work(context, Grant(None, None, None))
            return {PREFIX + "outcome": "spooled"}
        _tell(context, view)
        if wait:
            view = _done_by_caller(clyra, view, context, change, work) if work else _wait(clyra, view, context, "end")
            demand_done(view)
        return metadata_of(view)


def _asked(clyra: Clyra, change: GovernedChange, context: StepContext, statements: Statements) -> ChangeView:
    before = change.asked_before(context)
    if before is not None:
        return clyra.get(before)
    wanted = statements(context) if callable(statements) else statements
    request, key = change.request(context, wanted), site_key(context)
    try:
        return clyra.submit(request, site_key=key)
    except dg.DagsterExecutionInterruptedError:
        # Whether it arrived is not known; the same request once more is the same change.
        _withdraw(clyra, lambda: clyra.submit(request, site_key=key), context)
        raise


def _wait(clyra: Clyra, view: ChangeView, context: StepContext, until: Until) -> ChangeView:
    with _withdrawn_on(dg.DagsterExecutionInterruptedError, clyra, view, context):
        return clyra.wait(view["change_id"], until=until, timeout=context.resources.clyra.timeout_s)


def _done_by_caller(
    clyra: Clyra, view: ChangeView, context: StepContext, change: GovernedChange, work: Work
) -> ChangeView:
    view = _wait(clyra, view, context, "grant")
    demand_done(view)
    if view["outcome"] == "enforced":
        return view
    with _withdrawn_on(BaseException, clyra, view, context):
        if view["outcome"] == "observed":
            work(context, Grant(view["change_id"], None, view))
            return view
        try:
            token = clyra.grant(view["change_id"], login=change.login or "")["token"]
        except ClyraError as error:
            if error.code != REDEEMED:
                raise
            context.log.warning("An earlier try of this step has done the work: it is not done again.")
        else:
            work(context, Grant(view["change_id"], token, view))
        clyra.complete(view["change_id"])
    return _wait(clyra, view, context, "end")


@contextmanager
def _withdrawn_on(errors: type[BaseException], clyra: Clyra, view: ChangeView, context: StepContext) -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise
    except errors:
        _withdraw(clyra, lambda: view, context)
        raise


def _withdraw(clyra: Clyra, asked: Callable[[], ChangeView], context: StepContext) -> None:
    """Cancels the change, and logs what it came to: the work may have been done already."""
    try:
        change_id = asked()["change_id"]
        clyra.cancel(change_id, reason=f"Dagster run {context.run.run_id} was terminated or failed")
        end = clyra.wait(change_id, until="end", timeout=SECONDS_FOR_THE_TRUTH)
    except ClyraError as error:
        context.log.error(f"Clyra could not be told that this step is over; its change may still be done. {error}")
    else:
        page = end["links"]["page"]
        context.log.warning(f"This step is over, and its change {change_id} ended {end['outcome']}: {page}")


def _tell(context: StepContext, view: ChangeView) -> None:
    """The links where engineers look, before anybody waits: in the log, and on the page of the asset."""
    context.log.info(f"Clyra change {view['change_id']} is {view['state']}: {view['links']['page']}")
    if isinstance(context, dg.AssetExecutionContext):
        context.log_event(dg.AssetObservation(asset_key=context.asset_key, metadata=metadata_of(view)))
