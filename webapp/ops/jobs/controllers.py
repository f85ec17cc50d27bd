"""The page of jobs, for admins of all cities: what waits and what failed, and a decision."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import page_size, time_cursor
from webapp.forms import render_form
from webapp.ops.jobs.forms import JobsForm, read_chosen_keys
from webapp.ops.jobs.queries import read_overview
from webapp.ops.jobs.services import JobDecision, decide_jobs
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.translations import ngettext
from webapp.web.access import only
from webapp.web.roles import Role

bp = Blueprint("jobs", __name__, url_prefix="/admin/jobs")


@bp.get("")
@only(Role.ADMIN)
def index() -> ResponseReturnValue:
    """How many jobs of each kind there are, and a list of some; 404 for admins of some cities
    only."""
    _require_all_cities()
    form = JobsForm(request.args)
    form.add_choices()
    if not form.validate():
        return render_form("ops/jobs.html", form, overview=None)
    after = time_cursor(request.args.get("after"))
    return render_form(
        "ops/jobs.html",
        form,
        overview=read_overview(form.job_filter(), after, page_size()),
        state=form.state.data,
        city=city_or_404(current_user.city),
        query_args=_list_filters(),
    )


@bp.post("/retry")
@only(Role.ADMIN)
def retry() -> ResponseReturnValue:
    """Run the chosen jobs again, now."""
    return _decide(JobDecision.RETRY)


@bp.post("/discard")
@only(Role.ADMIN)
def discard() -> ResponseReturnValue:
    """End the chosen jobs without running them."""
    return _decide(JobDecision.DISCARD)


def _decide(decision: JobDecision) -> ResponseReturnValue:
    """Change the chosen jobs, and go back to the list."""
    _require_all_cities()
    if keys := read_chosen_keys(request.form):
        count = decide_jobs(decision, keys)
        if count:
            flash(_describe(decision, count), "success")
        if count < len(keys):
            flash(_("The others run by now, or are done."), "info")
    else:
        flash(_("Choose a job first."), "error")
    return redirect(url_for(".index", **_list_filters()), 303)  # type: ignore[arg-type]


def _describe(decision: JobDecision, count: int) -> str:
    if decision is JobDecision.RETRY:
        return ngettext("%(num)d job runs again.", "%(num)d jobs run again.", count)
    return ngettext("%(num)d job discarded.", "%(num)d jobs discarded.", count)


def _require_all_cities() -> None:
    if current_user.cities_with_role(Role.ADMIN) is not None:
        abort(404)


def _list_filters() -> dict[str, str]:
    """Return the filters in the address, without the place in the list."""
    names = ("state", "kind", "region")
    return {name: request.args[name] for name in names if request.args.get(name)}
