"""The page on which a person decides about an app, and the answer to the app.

Authlib is imported when the first app comes: most processes of a site without apps never need it.
"""

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.oauth.family_secrets import CODE_PREFIX
from webapp.auth.oauth.redirect_uris import find_form_action_source, is_https_uri
from webapp.auth.oauth.responses import make_response_url
from webapp.auth.oauth.scopes import is_sensitive
from webapp.auth.oauth.services.codes import AuthorizationRequest, give_access
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.translations import gettext as _
from webapp.web.access import find_current_page_path, signed_in
from webapp.web.error_pages import error_page
from webapp.web.security_headers import allow_form_action

if TYPE_CHECKING:
    from authlib.oauth2 import OAuth2Error

bp = Blueprint("oauth", __name__)


@bp.get("/oauth/authorize")
@signed_in
def authorize() -> ResponseReturnValue:
    """An app asks for access to the account; its owner decides."""
    from authlib.oauth2 import OAuth2Error

    from webapp.auth.oauth import server

    try:
        access_request = server.read_authorization_request()
    except OAuth2Error as error:
        return _answer_error(error)
    check_email_confirmed(current_user)
    if _needs_authentication(access_request):
        return _ask_for_authentication()
    if _has_agreed_before(access_request):
        return _return_to_app(_code_url(access_request))
    allow_form_action(find_form_action_source(access_request.redirect_uri))
    return render_template(
        "auth/oauth/authorize.html", app=access_request.client, scopes=access_request.scopes
    )


@bp.post("/oauth/authorize")
@signed_in
def decide() -> ResponseReturnValue:
    """The owner of an account allows or denies an app what it asks for."""
    from authlib.oauth2 import OAuth2Error

    from webapp.auth.oauth import server

    try:
        access_request = server.read_authorization_request()
    except OAuth2Error as error:
        return _answer_error(error)
    if request.form.get("decision") != "allow":
        return redirect(make_response_url(access_request.redirect_uri, error="access_denied"), 303)
    if _needs_authentication(access_request):
        return _ask_for_authentication()
    return redirect(_code_url(access_request), 303)


def _needs_authentication(access_request: AuthorizationRequest) -> bool:
    login_session = current_user.login_session
    return is_sensitive(access_request.scopes) and not login_session.is_recently_authenticated


def _ask_for_authentication() -> ResponseReturnValue:
    path = request.full_path if request.method == "POST" else find_current_page_path()
    return redirect(url_for("auth.reauthentication.reauthenticate", next=path), 303)


def _has_agreed_before(access_request: AuthorizationRequest) -> bool:
    """Tell whether the person need not be asked again. Where another app of the machine could pose
    as this one, they are (RFC 8252, section 8.6)."""
    has_agreed = set(access_request.scopes) <= set(access_request.granted_scopes)
    return has_agreed and is_https_uri(access_request.redirect_uri)


def _code_url(access_request: AuthorizationRequest) -> str:
    code = give_access(current_user, access_request)
    return make_response_url(access_request.redirect_uri, code=code.as_text(CODE_PREFIX))


def _answer_error(error: "OAuth2Error") -> ResponseReturnValue:
    """Tell the app what was wrong. If it is not known which app, or where it is, tell the person:
    nobody is sent to an address that is not registered."""
    if not error.redirect_uri:
        message = _("The app has sent you here with a request that isn't valid.")
        return error_page(400, f"{message} ({error.error}: {error.description})")
    parameters = {"error": error.error, "error_description": error.description or ""}
    url = make_response_url(error.redirect_uri, **{k: v for k, v in parameters.items() if v})
    return _return_to_app(url)


def _return_to_app(url: str) -> ResponseReturnValue:
    """Send the browser to an app without a redirect: the form of the page before, such as that of
    signing in, must not lead to another site (``form-action``)."""
    return render_template("auth/oauth/return.html", url=url)
