"""The pages on which admins publish texts, and see what was published."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import read_number_cursor
from webapp.errors import EditConflict
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.templating import format_local_time
from webapp.texts import services
from webapp.texts.access import may_change_texts_of, requested_city_or_404
from webapp.texts.differences import compare_texts
from webapp.texts.enums import PAGE_KINDS, TextKind
from webapp.texts.forms import FORMS, TextForm
from webapp.texts.published_texts import CurrentText, find_text, list_other_languages
from webapp.texts.queries import (
    find_last_version,
    find_version,
    list_texts_of_city,
    list_versions,
)
from webapp.texts.services import TextKey
from webapp.translations import (
    LANGUAGE_CODES,
    get_language_code,
    list_language_choices,
)
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities
from webapp.web.request_limits import accepts_files
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__, url_prefix="/admin/texts")

#: Of a form with a text that is too long, so that it can be shown again with its error.
MAX_REQUEST_BYTES = 500_000


@bp.get("")
@requires(Permission.CHANGE_TEXTS)
def index() -> ResponseReturnValue:
    """The texts of a city, or of all cities, that hold now or begin later."""
    city = requested_city_or_404()
    return render_template(
        "texts/index.html",
        city=city,
        cities=staff_cities(Permission.CHANGE_TEXTS),
        may_change_all=may_change_texts_of(None),
        texts=list_texts_of_city(city.name if city else None),
        kinds=PAGE_KINDS,
        languages=list_language_choices(),
        language=get_language_code(),
    )


@bp.route("/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_TEXTS)
@accepts_files(MAX_REQUEST_BYTES, max_text_bytes=MAX_REQUEST_BYTES)
def edit() -> ResponseReturnValue:
    """An admin previews a text as people will see it, then publishes it as the next version."""
    city, key = _requested_text()
    if key.kind not in FORMS:
        abort(404)
    form = FORMS[key.kind]()
    form.set_text(key.kind, city)
    preview = None
    if not form.is_submitted():
        _fill(form, key)
    elif form.validate():
        if not form.publish.data:
            preview = _make_preview(form, key)
        elif version_id := _publish(form, key):
            flash(_describe_published(form, city), "success")
            return redirect(url_for(".show", version_id=version_id), 303)
    outdated = list_other_languages(preview) if preview and form.draft.requires_agreement else []
    return render_form(
        "texts/form.html", form, key=key, city=city, preview=preview, outdated_languages=outdated
    )


def _fill(form: TextForm, key: TextKey) -> None:
    """Begin with the last version, or with that which is to be restored, or, where there is none,
    with what people read there now."""
    city = catalogue().find(key.city) if key.city else None
    if "restore" in request.args:
        details = find_version(_uuid_or_404(request.args["restore"]))
        form.text.data, form.version.data = details.version.text, str(details.last_version)
    elif last := find_last_version(key):
        form.text.data, form.version.data = last.text, str(last.version)
    elif key.kind in PAGE_KINDS:
        form.text.data = find_text(key.kind, city).text


def _publish(form: TextForm, key: TextKey) -> UUID | None:
    """Publish what was typed, or let the form say that somebody else has published meanwhile."""
    why, previous = form.why.data or "", form.previous_version
    try:
        return services.publish_version(current_user, key, form.draft, previous, why)
    except EditConflict as refusal:
        add_refusal(form, refusal)
        last = find_last_version(key)
        form.version.data = str(last.version if last else 0)
        return None


def _describe_published(form: TextForm, city: City | None) -> str:
    """Return from when on the text holds that was published."""
    moment = form.draft.effective_from
    if moment is None or moment <= datetime.now(UTC):
        return _("Published. In force now.")
    return _("Published. In force from %(time)s.", time=format_local_time(moment, city))


def _make_preview(form: TextForm, key: TextKey) -> CurrentText:
    draft = form.draft
    return CurrentText(
        key.kind,
        key.language,
        draft.text,
        city=key.city,
        effective_from=draft.effective_from or datetime.now(UTC),
    )


@bp.get("/history")
@requires(Permission.CHANGE_TEXTS)
def history() -> ResponseReturnValue:
    """All versions of a text, the newest first."""
    city, key = _requested_text()
    page = list_versions(key, read_number_cursor(request.args.get("after")))
    return render_template("texts/history.html", city=city, key=key, page=page)


@bp.get("/versions/<uuid:version_id>")
@requires(Permission.CHANGE_TEXTS)
def show(version_id: UUID) -> ResponseReturnValue:
    """A version as people see it, and what differs from the one before."""
    details = find_version(version_id)
    version, previous_text = details.version, details.previous_text
    return render_template(
        "texts/version.html",
        details=details,
        version=version,
        city=catalogue().find(version.city) if version.city else None,
        differences=None if previous_text is None else compare_texts(previous_text, version.text),
        can_end=version.effective_until is not None and version.effective_until > datetime.now(UTC),
    )


@bp.post("/versions/<uuid:version_id>/end")
@requires(Permission.CHANGE_TEXTS)
def end(version_id: UUID) -> ResponseReturnValue:
    """End a notice of the release before, or call it off."""
    details = find_version(version_id)
    notice = details.version
    if notice.kind != TextKind.NOTICE:
        abort(404)
    services.end_notice(current_user, notice, details.last_version)
    flash(_("The notice has ended."), "success")
    return redirect(url_for(".index", city=notice.city or ""), 303)


def _requested_text() -> tuple[City | None, TextKey]:
    """Return the text that the address names, with its city, or answer 404."""
    city, args = requested_city_or_404(), request.args
    kind, language = args.get("kind", TextKind.TERMS.value), args.get("language", "en")
    if kind not in set(TextKind) or language not in LANGUAGE_CODES:
        abort(404)
    return city, TextKey(TextKind(kind), city.name if city else None, language)


def _uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(404)
