"""The page of the search of everybody."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import Page, page_size
from webapp.fleet.favourites.controllers import loads_saved_places
from webapp.fleet.site_search.forms import KIND_LABELS, SiteSearchForm
from webapp.fleet.site_search.matching import Result
from webapp.fleet.site_search.services import search
from webapp.forms import render_form
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.web.access import public

bp = Blueprint("site_search", __name__)

#: How many of each kind are shown, if there are several.
SHOWN = 5


@bp.get("/search")
@public
@loads_saved_places
def index() -> ResponseReturnValue:
    """What fits a text in help, notices, terms and places of a city; of one kind all, in pages."""
    form = SiteSearchForm(request.args)
    form.validate()
    if form.kind.errors:
        abort(404)
    city_name = request.args.get("city")
    city = city_or_404(city_name) if city_name else visitors_city()
    saved_places = current_user.saved_places if current_user.is_authenticated else ()
    found = search(form.question, city, saved_places) if city and form.question else {}
    kind = form.chosen_kind
    return render_form(
        "fleet/site_search/index.html",
        form,
        city=city,
        question=form.question,
        groups={each: found[each] for each in found if kind in (None, each)},
        page=_read_page(found.get(kind, [])) if kind else None,
        kind_labels=KIND_LABELS,
        shown=SHOWN,
        query_args={"q": form.question, **({"city": city_name} if city_name else {})},
    )


def _read_page(results: list[Result]) -> Page[Result]:
    """Return the page of the results that begins after so many of them as the address says."""
    after = request.args.get("after") or "0"
    if not (after.isdecimal() and len(after) < 6):
        abort(404)
    begin = int(after)
    end = begin + page_size()
    return Page(results[begin:end], str(end) if end < len(results) else "")
