"""The page of jobs, for admins of all cities: what waits and what failed, and a decision."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import page_size, read_time_cursor
from webapp.forms import render_form
from webapp.ops.jobs.forms import DecisionForm, JobsForm, read_chosen_keys
from webapp.ops.jobs.queries import read_overview
from webapp.ops.jobs.services import (
    JobDecision,
    decide_failed_jobs,
    decide_jobs,
    is_of_kind_condition,
)
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.translations import ngettext
from webapp.web.access import require_all_cities, requires
from webapp.web.roles import Permission
from webapp.web.urls import url_with_query

#: Jobs that one request decides about.
MAX_DECIDED = 2_000

bp = Blueprint("jobs", __name__, url_prefix="/admin/jobs")


@bp.get("")
@requires(Permission.MANAGE_JOBS)
def index() -> ResponseReturnValue:
    """How many jobs of each kind there are, and a list of some; 404 for admins of some cities
    only."""
    require_all_cities(Permission.MANAGE_JOBS)
    return _render(DecisionForm(None))


def _render(decision_form: DecisionForm) -> ResponseReturnValue:
    form = JobsForm(request.args)
    form.add_choices()
    if not form.validate():
        return render_form("ops/jobs.html", form, filter_form=form, overview=None)
    after = read_time_cursor(request.args.get("after"))
    return render_form(
        "ops/jobs.html",
        decision_form,
        filter_form=form,
        chosen=read_chosen_keys(request.form),
        overview=read_overview(form.job_filter(), after, page_size()),
        state=form.state.data,
        city=city_or_404(current_user.city),
        query_args=_list_filters(),
    )


@bp.post("/retry")
@requires(Permission.MANAGE_JOBS)
def retry() -> ResponseReturnValue:
    """Run the chosen jobs again, now; or all failed ones of a kind."""
    return _decide(JobDecision.RETRY)


@bp.post("/discard")
@requires(Permission.MANAGE_JOBS)
def discard() -> ResponseReturnValue:
    """End the chosen jobs without running them; or all failed ones of a kind."""
    return _decide(JobDecision.DISCARD)


def _decide(decision: JobDecision) -> ResponseReturnValue:
    """Change the chosen jobs, and go back to the list."""
    require_all_cities(Permission.MANAGE_JOBS)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _render(form)
    why = form.why.data or ""
    if "all" in request.form:
        _decide_kind(decision, why)
    elif keys := read_chosen_keys(request.form):
        count = decide_jobs(decision, keys, why)
        if count:
            flash(_describe(decision, count), "success")
        if count < len(keys):
            flash(_("The others run by now, or are done."), "info")
    else:
        flash(_("Choose a job first."), "error")
    return redirect(url_with_query(".index", _list_filters()), 303)


def _decide_kind(decision: JobDecision, why: str) -> None:
    """Change all failed jobs of the kind that the list shows."""
    form = JobsForm(request.args)
    form.add_choices()
    if not form.validate() or not form.kind.data:
        flash(_("Choose a kind first."), "error")
        return
    job_filter, count = form.job_filter(), 0
    chosen = is_of_kind_condition(job_filter.kind)
    for region in job_filter.regions:
        count += decide_failed_jobs(decision, region, chosen, MAX_DECIDED - count, why)
    flash(_describe(decision, count), "success")
    if count == MAX_DECIDED:
        flash(_("There may be more: do it again."), "info")


def _describe(decision: JobDecision, count: int) -> str:
    if decision is JobDecision.RETRY:
        return ngettext("%(num)d job runs again.", "%(num)d jobs run again.", count)
    return ngettext("%(num)d job discarded.", "%(num)d jobs discarded.", count)


def _list_filters() -> dict[str, str]:
    """Return the filters in the address, without the place in the list."""
    names = ("state", "kind", "region")
    return {name: request.args[name] for name in names if request.args.get(name)}
