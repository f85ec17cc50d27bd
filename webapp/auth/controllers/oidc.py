"""Coming in with an account of another site, and connecting one.

What waits while somebody is on the way stands in their cookie: a trip is taken out before it is
looked at, so that it is good once, whatever comes of it.
"""

import re
import time
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth import oidc
from webapp.auth.controllers.blueprint import bp
from webapp.auth.controllers.login import let_in, target
from webapp.auth.devices import current_device
from webapp.auth.forms.oidc import LinkForm, OtherRegisterForm
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.models import User
from webapp.auth.oidc import Person, Provider, Trip
from webapp.auth.services import identities, registration, sessions
from webapp.errors import DomainError
from webapp.forms import answer, blame, city_choices
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.web.access import fresh, public, signed_in
from webapp.web.security_headers import safe_next

T = TypeVar("T")

#: Where in the cookie they wait: who is on the way, and who has come back.
TRIP, PERSON = "other_trip", "other_person"
#: How long somebody who has come back may think about what to do.
PERSON_WAITS_S = 10 * 60


@bp.get("/login/with/<provider>")
@public
def with_other(provider: str) -> ResponseReturnValue:
    """Somebody goes to another site: to come in with it, to connect it, or to show who they are."""
    other = oidc.provider_or_404(provider)
    again = bool(request.args.get("again"))
    address, trip = oidc.set_out(other, again=again, next=request.args.get("next"))
    session[TRIP] = asdict(trip)
    return redirect(address)


@bp.get("/login/with/<provider>/callback")
@public
def from_other(provider: str) -> ResponseReturnValue:
    """They are back: known, new, or to show who they are."""
    other, trip = oidc.provider_or_404(provider), _trip()
    # Before anybody asks the database: nobody holds a connection while an issuer thinks.
    try:
        person = oidc.come_back(other, trip, request.args)
    except oidc.Declined as refusal:
        flash(refusal.message, "info")
        return redirect(url_for("auth.login", next=trip.next), 303)
    if not current_user.is_authenticated:
        return _stranger(other, person, trip)
    return _prove(person, trip) if trip.again else _ask_to_link(other, person, trip)


def _stranger(other: Provider, person: Person, trip: Trip) -> ResponseReturnValue:
    if found := identities.find(person, current_device()):
        return let_in(found, remember=False, onward=trip.next)
    if person.confirmed:
        return _wait(person, "auth.register_with", other, trip)
    flash(
        _(
            "%(provider)s does not say that your e-mail address is yours. Create an account here, "
            "then you can connect it.",
            provider=other.label,
        ),
        "info",
    )
    return redirect(url_for("auth.register", next=trip.next), 303)


def _prove(person: Person, trip: Trip) -> ResponseReturnValue:
    identities.prove(current_user, person)
    sessions.renew_proof(current_user.login_session.key)
    return redirect(target(trip.next), 303)


def _ask_to_link(other: Provider, person: Person, trip: Trip) -> ResponseReturnValue:
    owner = identities.owner_of(person)
    if owner is None:
        return _wait(person, "auth.link_other", other, trip)
    if owner != current_user.key:
        raise registration.IdentityTaken
    flash(_("%(provider)s opens this account already.", provider=other.label), "info")
    return redirect(_onward(trip.next), 303)


@bp.route("/register/with/<provider>", methods=["GET", "POST"])
@public
def register_with(provider: str) -> ResponseReturnValue:
    """A visitor opens an account that another site opens from then on; no password is needed."""
    other = oidc.provider_or_404(provider)
    if current_user.is_authenticated:
        return redirect(target())
    person = _waiting(other)
    if person is None:
        flash(_("That took too long. Start again."), "info")
        return redirect(url_for("auth.register", next=request.args.get("next")), 303)
    form = OtherRegisterForm()
    form.city.choices = city_choices()
    if form.validate_on_submit():
        try:
            user = _register(form, person)
        except registration.EmailTaken:
            return _known(other, person)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            write_session_cookie(user)
            flash(_("Welcome to MovR, %(name)s.", name=user.first_name), "success")
            return redirect(target(), 303)
    elif request.method == "GET":
        if registration.find_user(person.email):
            return _known(other, person)
        _fill_in(form, person)
    return answer("auth/others_register.html", form, other=other, person=person)


def _known(other: Provider, person: Person) -> ResponseReturnValue:
    """The address is theirs, but only its owner's sign-in shows that the account is, too."""
    return render_template("auth/others_known.html", other=other, person=person)


def _register(form: OtherRegisterForm, person: Person) -> User:
    told = registration.Registration(
        city=city_or_404(form.city.data),
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        username=form.username.data,
        email=person.email,
        password="",
    )
    opens = identities.columns(person)
    return registration.register(told, current_device(), confirmed=True, identity=opens)


def _fill_in(form: OtherRegisterForm, person: Person) -> None:
    if city := visitors_city():
        form.city.data = city.name
    form.first_name.data, form.last_name.data = person.first_name, person.last_name
    username = person.username or person.email.partition("@")[0]
    form.username.data = re.sub(r"[^A-Za-z0-9._-]", "", username)[:30]


@bp.get("/account/identities")
@signed_in
def identities_page() -> ResponseReturnValue:
    """A rider sees which accounts of other sites open theirs."""
    return render_template("auth/others_mine.html", identities=identities.of_user(current_user))


@bp.route("/account/identities/<provider>", methods=["GET", "POST"])
@signed_in
@fresh
def link_other(provider: str) -> ResponseReturnValue:
    """A rider says whether the account of the other site shall open theirs."""
    other = oidc.provider_or_404(provider)
    person = _waiting(other)
    if person is None:
        return redirect(url_for("auth.identities_page"), 303)
    form = LinkForm()
    if form.validate_on_submit():
        del session[PERSON]
        identities.link(current_user, person)
        flash(_("From now on you can sign in with %(provider)s.", provider=other.label), "success")
        return redirect(_onward(request.args.get("next")), 303)
    return answer("auth/others_link.html", form, other=other, person=person)


@bp.post("/account/identities/<uuid:identity_id>/remove")
@signed_in
@fresh
def unlink_other(identity_id: UUID) -> ResponseReturnValue:
    """A rider takes one of these ways into their account away."""
    identities.unlink(current_user, identity_id)
    flash(_("That account does not open yours any more."), "success")
    return redirect(url_for("auth.identities_page"), 303)


# --- what waits in the cookie --------------------------------------------------------------------


def _trip() -> Trip:
    if trip := _read(Trip, session.pop(TRIP, None)):
        return trip
    raise oidc.NotBelieved


def _wait(person: Person, page: str, other: Provider, trip: Trip) -> ResponseReturnValue:
    """Keep what the issuer said, and go to the page that asks what to do with it."""
    session[PERSON] = {**asdict(person), "since": int(time.time())}
    return redirect(url_for(page, provider=other.name, next=trip.next), 303)


def _waiting(other: Provider) -> Person | None:
    stored = dict(session.get(PERSON) or {})
    in_time = time.time() - stored.pop("since", 0) < PERSON_WAITS_S
    person = _read(Person, stored)
    if person and in_time and person.issuer == other.issuer:
        return person
    session.pop(PERSON, None)
    return None


def _read(kind: type[T], stored: Any) -> T | None:
    try:
        return kind(**stored)
    except TypeError:  # nothing, or of an earlier version
        return None


def _onward(asked: str | None) -> str:
    return safe_next(asked, url_for("auth.identities_page"))
