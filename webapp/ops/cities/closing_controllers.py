"""The pages that close a city, open it again and archive it, and switch its features."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.forms import Form, add_refusal, render_form
from webapp.ops.cities.closing import archive_city, close_city, reopen_city
from webapp.ops.cities.closing_forms import (
    ArchiveForm,
    CloseForm,
    FeaturesForm,
    ReopenForm,
    make_features_form_data,
)
from webapp.ops.cities.closing_queries import MAX_COUNTED, read_city_activity
from webapp.ops.cities.features import read_features_off, switch_features
from webapp.regions.catalogue import city_or_404
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.templating import format_local_time
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("city_closing", __name__, url_prefix="/admin/cities/<city_name>")

#: The forms of a closed city stand on one page.
REOPEN, ARCHIVE = "reopen", "archive"


def _find_city(city_name: str) -> City:
    require_all_cities(Permission.MANAGE_CITIES)
    return city_or_404(city_name)


@bp.get("/close")
@requires(Permission.MANAGE_CITIES)
@recently_authenticated
def show(city_name: str) -> ResponseReturnValue:
    """What closing the city means; or when it was closed, and what can be done."""
    return _render(_find_city(city_name))


@bp.post("/close")
@requires(Permission.MANAGE_CITIES)
@recently_authenticated
def close(city_name: str) -> ResponseReturnValue:
    """Close the city, now or at a time."""
    city = _find_city(city_name)
    form = CloseForm(city=city)
    return _decide(
        city,
        form,
        lambda: close_city(city, form.closes_at, form.why.data),
        lambda: _describe_closing(city, form.closes_at),
    )


def _describe_closing(city: City, closes_at: datetime | None) -> str:
    if closes_at is None:
        return _("%(city)s is closed.", city=city_label(city))
    time = format_local_time(closes_at, city)
    return _("%(city)s closes on %(time)s.", city=city_label(city), time=time)


@bp.post("/reopen")
@requires(Permission.MANAGE_CITIES)
@recently_authenticated
def reopen(city_name: str) -> ResponseReturnValue:
    """Open the city again."""
    city, form = _find_city(city_name), ReopenForm(prefix=REOPEN)
    return _decide(
        city,
        form,
        lambda: reopen_city(city, form.why.data),
        lambda: _("%(city)s is open again.", city=city_label(city)),
    )


@bp.post("/archive")
@requires(Permission.MANAGE_CITIES)
@recently_authenticated
def archive(city_name: str) -> ResponseReturnValue:
    """Take the closed city out of the lists for the public."""
    city, form = _find_city(city_name), ArchiveForm(prefix=ARCHIVE)
    return _decide(
        city,
        form,
        lambda: archive_city(city, form.why.data),
        lambda: _("%(city)s is archived.", city=city_label(city)),
    )


def _decide(
    city: City, form: Form, act: Callable[[], None], describe: Callable[[], str]
) -> ResponseReturnValue:
    """Act if the form is valid. describe: says what was done."""
    if form.validate_on_submit():
        try:
            act()
            flash(describe(), "success")
            return redirect(url_for(".show", city_name=city.name), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return _render(city_or_404(city.name), form)


def _render(city: City, sent_form: Form | None = None) -> ResponseReturnValue:
    forms: dict[type[Form], Form] = {
        CloseForm: CloseForm(None, city=city),
        ReopenForm: ReopenForm(None, prefix=REOPEN),
        ArchiveForm: ArchiveForm(None, prefix=ARCHIVE),
    }
    if sent_form:
        forms[type(sent_form)] = sent_form
    return render_form(
        "ops/cities/close.html",
        sent_form or forms[CloseForm],
        city=city,
        activity=None if city.closes_at else read_city_activity(city),
        max_counted=MAX_COUNTED,
        close_form=forms[CloseForm],
        reopen_form=forms[ReopenForm],
        archive_form=forms[ArchiveForm],
    )


@bp.route("/features", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITIES)
@recently_authenticated
def features(city_name: str) -> ResponseReturnValue:
    """Switch features of the city on and off."""
    city = _find_city(city_name)
    form = FeaturesForm(data=make_features_form_data(city.features_off))
    if form.validate_on_submit() and _save_features(form, city):
        flash(_describe_features(form), "success")
        return redirect(url_for("cities.edit", city_name=city.name), 303)
    return render_form("ops/cities/features.html", form, city=city)


def _describe_features(form: FeaturesForm) -> str:
    off = ", ".join(str(form[name].label.text) for name in form.features_off)
    return _("Saved. Off now: %(features)s.", features=off) if off else _("Saved. All are on.")


def _save_features(form: FeaturesForm, city: City) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        city.features_off,
        fill=lambda off: FeaturesForm(None, data=make_features_form_data(off)),
        save=lambda off: switch_features(city, off, form.features_off, form.why.data or ""),
        read=lambda: read_features_off(city.name),
    )
