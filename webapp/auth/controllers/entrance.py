"""Signing up, in and out."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from webapp.access import public
from webapp.auth import services
from webapp.auth.forms import LoginForm, RegisterForm
from webapp.auth.models import User
from webapp.forms import city_choices
from webapp.regions import city_or_404, visitors_city
from webapp.security import safe_next

bp = Blueprint("auth", __name__, cli_group=None)


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """A visitor opens an account and is signed in at once."""
    if current_user.is_authenticated:
        return redirect(_target())
    form = RegisterForm()
    form.city.choices = city_choices()
    if not form.validate_on_submit():
        return _register_page(form)
    try:
        user = services.register(_registration(form))
    except services.UsernameTaken as taken:
        form.username.errors = [*form.username.errors, taken.message]
        return _register_page(form)
    except services.EmailTaken as taken:
        form.email.errors = [*form.email.errors, taken.message]
        return _register_page(form)
    _sign_in(user, remember=False)
    flash(_("Welcome to MovR, %(name)s.", name=user.first_name), "success")
    return redirect(_target(), 303)


def _registration(form: RegisterForm) -> services.Registration:
    return services.Registration(
        city=city_or_404(form.city.data),
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        username=form.username.data,
        email=form.email.data,
        password=form.password.data,
    )


def _register_page(form: RegisterForm) -> ResponseReturnValue:
    city = visitors_city()
    if request.method == "GET" and city:
        form.city.data = city.name
    status = 422 if form.errors else 200
    return render_template("auth/register.html", form=form, next=request.args.get("next")), status


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """A rider signs in, and comes back to where the door was."""
    if current_user.is_authenticated:
        return redirect(_target())
    form = LoginForm()
    if form.validate_on_submit():
        user = services.authenticate(form.username.data, form.password.data)
        if user:
            _sign_in(user, remember=form.remember.data)
            return redirect(_target(), 303)
        form.password.errors = [_("Name and password do not belong together. Try again.")]
    page = render_template("auth/login.html", form=form, next=request.args.get("next"))
    return page, 422 if form.errors else 200


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """The session ends; signing out twice is fine."""
    session.clear()
    flash(_("You are signed out. Ride safely."), "info")
    return redirect(url_for("fleet.home"), 303)


def _sign_in(user: User, remember: bool) -> None:
    """Begin a new session: nothing of the visitor's old one, its CSRF token included, lives on."""
    session.clear()
    session.permanent = remember
    login_user(user)


def _target() -> str:
    return safe_next(request.args.get("next"), url_for("fleet.home"))
