"""The pages on which staff write, publish and end notices."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import read_time_cursor
from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.notices import services
from webapp.notices.access import may_change_notices_of
from webapp.notices.forms import NewNoticeForm, NoticeForm, ReasonForm, fill_form
from webapp.notices.models import Notice
from webapp.notices.published_notices import is_public
from webapp.notices.queries import find_own_notice, find_words, list_all_notices
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.translations import (
    LANGUAGE_CODES,
    get_language_code,
    list_language_choices,
)
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.languages import list_offered_languages
from webapp.web.request_limits import accepts_files
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__, url_prefix="/fleet/notices")

#: Of a form with a text that is too long, so that it can be shown again with its error.
MAX_REQUEST_BYTES = 200_000


@bp.get("")
@requires(Permission.CHANGE_NOTICES)
def index() -> ResponseReturnValue:
    """The notices of a city, or of all cities: drafts, what is shown, and what is over."""
    city = _requested_city_or_404()
    page = list_all_notices(
        city.name if city else None, read_time_cursor(request.args.get("after"))
    )
    return render_template(
        "notices/staff_index.html",
        city=city,
        cities=staff_cities(Permission.CHANGE_NOTICES),
        may_change_all=may_change_notices_of(None),
        page=page,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_NOTICES)
@accepts_files(MAX_REQUEST_BYTES, max_text_bytes=MAX_REQUEST_BYTES)
def new() -> ResponseReturnValue:
    """Write a notice for a city, or for all cities: it becomes a draft."""
    city, language = _requested_city_or_404(), _requested_language_or_404()
    form = NewNoticeForm(city=city, language=language)
    if form.validate_on_submit():
        try:
            notice_id = services.add_notice(
                current_user,
                form.nonce.data,
                city.name if city else None,
                form.settings,
                form.words,
                form.why.data or "",
            )
            flash(_("Draft saved. Nobody else sees it until you publish it."), "success")
            return redirect(url_for(".show", notice_id=notice_id), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("notices/form.html", form, notice=None, city=city, language=language)


@bp.get("/<uuid:notice_id>")
@requires(Permission.CHANGE_NOTICES)
def show(notice_id: UUID) -> ResponseReturnValue:
    """A notice as people see it, or will, in each language."""
    notice = find_own_notice(notice_id)
    until = notice.shown_until
    written = {each.language for each in notice.texts}
    return render_template(
        "notices/staff_show.html",
        notice=notice,
        city=_find_city(notice),
        can_end=until is None or until > datetime.now(UTC),
        is_public=is_public(notice),
        other_languages=[each for each in list_language_choices() if each[0] not in written],
        language=next((each for each in list_offered_languages() if each not in written), ""),
    )


@bp.route("/<uuid:notice_id>/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_NOTICES)
@accepts_files(MAX_REQUEST_BYTES, max_text_bytes=MAX_REQUEST_BYTES)
def edit(notice_id: UUID) -> ResponseReturnValue:
    """Change a notice, and what it says in a language."""
    notice, language = find_own_notice(notice_id), _requested_language_or_404()
    city, words = _find_city(notice), find_words(notice, language)
    if request.method == "GET":
        form = fill_form(notice, words, city, language)
    else:
        form = NoticeForm(city=city, language=language)
        if form.validate() and _save(form, notice):
            flash(_("Notice saved."), "success")
            return redirect(url_for(".show", notice_id=notice_id), 303)
    return render_form("notices/form.html", form, notice=notice, city=city, language=language)


def _save(form: NoticeForm, notice: Notice) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    city, language = _find_city(notice), form.language
    return save_edit(
        form,
        notice,
        fill=lambda stored: fill_form(stored, find_words(stored, language), city, language),
        save=lambda stored: services.change_notice(
            current_user,
            stored,
            find_words(stored, language),
            form.settings,
            form.words,
            form.why.data or "",
        ),
        read=lambda: find_own_notice(notice.id),
    )


@bp.post("/<uuid:notice_id>/publish")
@requires(Permission.CHANGE_NOTICES)
def publish(notice_id: UUID) -> ResponseReturnValue:
    """Publish a draft."""
    _act(notice_id, services.publish_notice)
    flash(_("Published."), "success")
    return redirect(url_for(".show", notice_id=notice_id), 303)


@bp.post("/<uuid:notice_id>/end")
@requires(Permission.CHANGE_NOTICES)
def end(notice_id: UUID) -> ResponseReturnValue:
    """End a notice now, or call it off."""
    _act(notice_id, services.end_notice)
    flash(_("The notice has ended."), "success")
    return redirect(url_for(".show", notice_id=notice_id), 303)


@bp.post("/<uuid:notice_id>/remove")
@requires(Permission.CHANGE_NOTICES)
def remove(notice_id: UUID) -> ResponseReturnValue:
    """Remove a draft."""
    notice = _act(notice_id, services.remove_draft)
    flash(_("Draft removed."), "success")
    return redirect(url_for(".index", city=notice.city or ""), 303)


def _act(notice_id: UUID, act: Callable[..., None]) -> Notice:
    """Do something with a notice that the viewer may change, and return it as it was."""
    form = ReasonForm()
    if not form.validate_on_submit():
        abort(422)  # the page lets nobody type more than fits
    notice = find_own_notice(notice_id)
    act(current_user, notice, form.why.data or "")
    return notice


def _find_city(notice: Notice) -> City | None:
    return catalogue().find(notice.city) if notice.city else None


def _requested_city_or_404() -> City | None:
    """Return the city that the address names; None: ``city=``, all of them. An address that says
    nothing means the viewer's city."""
    name = request.args.get("city")
    if name == "":
        return None if may_change_notices_of(None) else abort(404)
    return staff_city_or_404(name, Permission.CHANGE_NOTICES)


def _requested_language_or_404() -> str:
    language = request.args.get("language", get_language_code())
    return language if language in LANGUAGE_CODES else abort(404)
