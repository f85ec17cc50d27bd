"""Choosing the language of pages and mails."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.forms.language import LanguageForm
from webapp.auth.services.language import save_language
from webapp.forms import render_form
from webapp.web.access import public
from webapp.web.languages import remember_language
from webapp.web.urls import find_safe_next

bp = Blueprint("language", __name__)


@bp.route("/language", methods=["GET", "POST"])
@public
def choose() -> ResponseReturnValue:
    """Choose a language, which the browser keeps, and the account."""
    form = LanguageForm()
    form.set_languages()
    if form.validate_on_submit():
        remember_language(form.language.data)
        if current_user.is_authenticated:
            save_language(current_user.key, form.language.data)
        return redirect(find_safe_next(form.next.data, url_for("fleet.search.home")), 303)
    if request.method == "GET":
        form.next.data = _find_page_before()
    return render_form("auth/language.html", form)


def _find_page_before() -> str | None:
    """Return the path of the page of this site from which the visitor comes."""
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if referrer.netloc != request.host or referrer.path == request.path:
        return None
    return f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path
