"""Creating an account."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.controllers.redirects import next_url
from webapp.auth.devices import current_device
from webapp.auth.forms.registration import RegisterForm
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.models import User
from webapp.auth.registration_terms import check_terms, show_terms
from webapp.auth.services import registration
from webapp.errors import DomainError
from webapp.forms import add_refusal, city_choices, render_form
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.regions.enums import CityFeature
from webapp.regions.features import list_cities_with_feature
from webapp.translations import gettext as _
from webapp.web.access import public
from webapp.web.languages import find_language

bp = Blueprint("registration", __name__)


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """A visitor creates an account and is signed in at once."""
    if current_user.is_authenticated:
        return redirect(next_url())
    form = RegisterForm()
    form.city.choices = city_choices(list_cities_with_feature(CityFeature.SIGN_UPS))
    if form.validate_on_submit():
        try:
            user = registration.register(
                _read_registration(form), current_device(), proof_bucket=form.proof_bucket
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            write_session_cookie(user)
            flash(_make_welcome_text(user), "success")
            return redirect(next_url(), 303)
    city = visitors_city()
    if request.method == "GET" and city:
        form.city.data = city.name
    if request.method == "GET":
        show_terms(form)
    return render_form("auth/register.html", form, next=request.args.get("next"))


def _read_registration(form: RegisterForm) -> registration.Registration:
    city = city_or_404(form.city.data)
    return registration.Registration(
        city=city,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        username=form.username.data,
        email=form.email.data,
        password=form.password.data,
        terms_id=check_terms(form, city),
        language=find_language(),
    )


def _make_welcome_text(user: User) -> str:
    return str(
        _(
            "Welcome to MovR, %(name)s! Before your first ride, open the link we sent to"
            " %(email)s.",
            name=user.first_name,
            email=user.email,
        )
    )
