"""Signing up, in and out."""

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.audit.enums import AuditKind
from webapp.auth import pending_login
from webapp.auth.controllers.blueprint import bp
from webapp.auth.devices import current_device
from webapp.auth.forms.login import LoginForm, RegisterForm
from webapp.auth.forms.second_factor import ProveForm
from webapp.auth.login_manager import clear_session_cookie, write_session_cookie
from webapp.auth.models import User
from webapp.auth.services import account, identities, registration, second_factor, sessions
from webapp.auth.services import login as signing_in
from webapp.errors import DomainError
from webapp.forms import answer, blame, city_choices
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.web.access import public, signed_in
from webapp.web.security_headers import safe_next


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """A visitor opens an account and is signed in at once."""
    if current_user.is_authenticated:
        return redirect(target())
    form = RegisterForm()
    form.city.choices = city_choices()
    if form.validate_on_submit():
        try:
            user = registration.register(_registration(form), current_device())
        except DomainError as refusal:
            blame(form, refusal)
        else:
            write_session_cookie(user)
            flash(_welcome(user), "success")
            return redirect(target(), 303)
    city = visitors_city()
    if request.method == "GET" and city:
        form.city.data = city.name
    return answer("auth/register.html", form, next=request.args.get("next"))


def _welcome(user: User) -> str:
    return str(
        _(
            "Welcome to MovR, %(name)s. Before your first ride, open the link that we sent to"
            " %(email)s.",
            name=user.first_name,
            email=user.email,
        )
    )


def _registration(form: RegisterForm) -> registration.Registration:
    return registration.Registration(
        city=city_or_404(form.city.data),
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        username=form.username.data,
        email=form.email.data,
        password=form.password.data,
    )


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """A rider signs in, and comes back to where the door was."""
    if current_user.is_authenticated:
        return redirect(target())
    form = LoginForm()
    if form.validate_on_submit():
        name, password, device = form.username.data, form.password.data, current_device()
        try:
            found = signing_in.check_password(name, password, device)
            return let_in(found, remember=form.remember.data, password=password)
        except DomainError as refusal:
            blame(form, refusal)
    return answer("auth/login.html", form, next=request.args.get("next"))


def let_in(
    found: signing_in.Candidate,
    *,
    remember: bool,
    password: str | None = None,
    onward: str | None = None,
) -> ResponseReturnValue:
    """Let somebody in who has shown who they are, and send them to where they wanted to be. An
    account with a second factor asks for a code first.

    onward: where that is, when the address of this request does not tell.
    """
    if found.has_second_factor:
        signing_in.settle_first_factor(found, current_device(), password)
        pending_login.start(found.user, remember)
        return redirect(url_for("auth.code", next=onward or request.args.get("next")), 303)
    write_session_cookie(
        signing_in.sign_in(found, current_device(), remember=remember, password=password)
    )
    return redirect(target(onward), 303)


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """The session ends, here and on the server; signing out twice is fine."""
    if current_user.is_authenticated:
        sessions.end(current_user.key, current_user.login_session.id, AuditKind.SIGNED_OUT)
    clear_session_cookie()
    flash(_("You are signed out. Ride safely."), "info")
    return redirect(url_for("fleet.search.home"), 303)


@bp.route("/login/again", methods=["GET", "POST"])
@signed_in
def prove() -> ResponseReturnValue:
    """Before a sensitive step, a rider shows once more who they are."""
    login, factor = current_user.login_session, second_factor.status_of(current_user)
    if login.is_recently_authenticated and (login.second_factor or not factor.is_on):
        return redirect(target())
    form = ProveForm.asking(password=bool(current_user.password_hash), code=factor.is_on)
    if form.validate_on_submit():
        try:
            account.prove_again(current_user, factor, form.typed_password, form.typed_code)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            if session.pop("pressed", False):  # what a button should do was not done
                flash(_("Thank you. Now press the button once more."), "info")
            return redirect(target(), 303)
    ways = [] if factor.is_on else identities.ways_to_prove(current_user)
    return answer("auth/prove.html", form, next=request.args.get("next"), ways=ways)


def target(onward: str | None = None) -> str:
    """Return where somebody wanted to be before the door stood in the way."""
    return safe_next(onward or request.args.get("next"), url_for("fleet.search.home"))
