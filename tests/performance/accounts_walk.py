"""Accounts: registration, sign-in, second factor, OpenID Connect, profile."""

import re
import time
from html import unescape
from typing import Any

import pyotp

from tests.auth.issuer import LOGIN, Issuer, run_issuer
from tests.factories import PASSWORD
from tests.performance.rides_walk import find_signed_in_rider
from tests.performance.walk import (
    ACCOUNT,
    LONG_AGO,
    NEW_PASSWORD,
    PAGE,
    PERSON,
    RIDE,
    SIGN_IN,
    Walk,
)
from tests.visitor import Visitor
from webapp.auth.oidc.providers import create_providers


def register_and_sign_in(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the form to register", "/register", PAGE)
    response = walk.post(visitor, "registering", "/register", None, 15, **ACCOUNT)
    assert response.status_code == 303, response.text
    response = walk.post(visitor, "signing out", "/logout", PAGE)
    assert response.status_code == 303
    walk.get(visitor, "the form to sign in", "/login", PAGE)
    fields = {"username": "ada", "password": "wrong"}
    response = walk.post(visitor, "signing in, wrongly", "/login", SIGN_IN, **fields)
    assert response.status_code == 422
    fields = {"username": "ada", "password": PASSWORD}
    response = walk.post(visitor, "signing in", "/login", SIGN_IN, 5, **fields)
    assert response.status_code == 303


def edit_profile(walk: Walk) -> None:
    rider, other = walk.someone(), walk.make_user()
    walk.get(rider, "my page: where it is", "/users/me", PAGE)
    walk.get(rider, "another rider's page", f"/users/{other.key}", PAGE)
    walk.get(rider, "the form of my profile", "/users/me/edit", PAGE)
    saved = walk.post(rider, "saving my profile", "/users/me/edit", **PERSON, about="Hello")
    assert saved.status_code == 303
    walk.get(rider, "what is held about me", "/users/me/data", PAGE)
    walk.post(rider, "all of it as one file", "/users/me/data.json")
    walk.post(rider, "one kind of it as a table", "/users/me/data/rides.csv", RIDE)
    walk.get(rider, "the form to leave", "/users/me/delete", PAGE)
    response = walk.post(rider, "leaving for good", "/users/me/delete", sure="y")
    assert response.status_code == 303


def change_account(walk: Walk) -> None:
    rider = walk.someone()
    walk.get(rider, "what opens my account, and where it is open", "/account", PAGE)
    other = walk.visitor().sign_in(find_signed_in_rider(walk, rider))
    with other.session_transaction() as session:
        its_id = session["_user_id"].rsplit(".", 1)[1]
    walk.post(rider, "signing one device out", f"/account/sessions/{its_id}/end", PAGE)
    walk.post(rider, "signing all others out", "/account/sessions/end", PAGE)
    walk.get(rider, "the form to change my password", "/account/password", PAGE)
    new = {"current": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(rider, "changing it", "/account/password", **new).status_code == 303
    walk.get(rider, "the form to change my address", "/account/email", PAGE)
    response = walk.post(rider, "asking for another one", "/account/email", email="new@example.org")
    assert response.status_code == 303
    old, new_link = (walk.link("/account/email/", back) for back in (2, 1))
    visitor = walk.visitor()
    walk.get(visitor, "what such a link is for", old, PAGE)
    walk.post(visitor, "agreeing at the old one", old)
    walk.post(visitor, "confirming the new one", new_link)
    stale = walk.visitor().sign_in(walk.make_user(), authenticated_at=LONG_AGO)
    walk.get(stale, "being asked who I am again", "/login/again", PAGE)
    proof = {"password": PASSWORD}
    assert walk.post(stale, "showing it", "/login/again", **proof).status_code == 303


def reset_password(walk: Walk) -> None:
    user = walk.make_user(email_confirmed_at=None)
    rider, visitor = walk.visitor().sign_in(user), walk.visitor()
    walk.post(rider, "having the link to confirm sent again", "/confirm")
    link = walk.link("/confirm/")
    walk.get(visitor, "what a link to confirm is for", link, PAGE)
    assert walk.post(visitor, "confirming my address", link, PAGE).status_code == 303
    walk.get(visitor, "the form of who has forgotten", "/forgotten", PAGE)
    response = walk.post(visitor, "asking for a new password", "/forgotten", PAGE, email=user.email)
    assert response.status_code == 200
    link = walk.link("/reset/")
    walk.get(visitor, "the form for a new password", link, PAGE)
    new = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(visitor, "setting it, and being let in", link, **new).status_code == 303


def use_second_factor(walk: Walk) -> None:
    user, page = walk.make_user(), "/account/second-factor"
    rider, visitor, fields = (
        walk.visitor().sign_in(user),
        walk.visitor(),
        {"username": user.username},
    )
    walk.get(rider, "what a second factor is", page, PAGE)
    walk.post(rider, "asking for its secret", f"{page}/start", PAGE)
    html = walk.get(rider, "what the app must know", page, PAGE).text
    uri = re.search(r'"(otpauth:[^"]+)"', html)
    assert uri
    app = pyotp.parse_uri(unescape(uri[1]))
    assert isinstance(app, pyotp.TOTP)
    now = time.time()
    spare = walk.post(rider, "turning it on", page, code=app.at(now)).text
    recovery = re.findall(r"<code>([a-z2-7-]{29})</code>", spare)
    walk.post(visitor, "signing in: the password", "/login", SIGN_IN, **fields, password=PASSWORD)
    walk.get(visitor, "being asked for a code", "/login/code", PAGE)
    wrong = walk.post(visitor, "signing in: a wrong code", "/login/code", SIGN_IN, code="000000")
    assert wrong.status_code == 422
    response = walk.post(
        visitor, "signing in: the code", "/login/code", SIGN_IN, code=app.at(now + 30)
    )
    assert response.status_code == 303
    other, code = walk.visitor(), {"recovery_code": recovery[0]}
    other.send("/login", **fields, password=PASSWORD)
    response = walk.post(other, "signing in: a recovery code", "/login/code", **code)
    assert response.status_code == 303
    proof = {"password": PASSWORD, "recovery_code": recovery[1]}
    stale = walk.visitor().sign_in(user, authenticated_at=LONG_AGO)
    assert walk.post(stale, "showing that with a code", "/login/again", **proof).status_code == 303
    walk.get(rider, "the second factor that is on", page, PAGE)
    spare = walk.post(rider, "new recovery codes", f"{page}/codes").text
    code = {"recovery_code": re.findall(r"<code>([a-z2-7-]{29})</code>", spare)[0]}
    walk.get(rider, "the form to turn it off", f"{page}/off", PAGE)
    assert walk.post(rider, "turning it off", f"{page}/off", **code).status_code == 303


def sign_in_with_oidc(walk: Walk) -> None:
    with run_issuer() as issuer:
        walk.app.config["OIDC_PROVIDERS"] = {"example": issuer.settings}
        walk.app.extensions["oidc"] = create_providers(walk.app.config)
        _walk_oidc(walk, issuer)


def _walk_oidc(walk: Walk, issuer: Issuer) -> None:
    new_visitor = walk.visitor()
    page = _authenticate_at_issuer(
        walk, issuer, new_visitor, "coming back from there, new"
    ).location
    walk.get(new_visitor, "the form of who comes from there", page, PAGE)
    fields = {**PERSON, "username": "countess"}
    assert walk.post(new_visitor, "opening an account so", page, **fields).status_code == 303
    returning_visitor = walk.visitor()
    back = _authenticate_at_issuer(
        walk, issuer, returning_visitor, "coming back from there, known", SIGN_IN
    )
    assert back.status_code == 303
    assert returning_visitor.get("/rides").status_code == 200
    response = _authenticate_at_issuer(
        walk, issuer, returning_visitor, "showing there who I am", SIGN_IN, "?again=1"
    )
    assert response.status_code == 303

    rider = walk.someone()
    page = _authenticate_at_issuer(
        walk, issuer, rider, "coming back to connect", email="x@example.org"
    ).location
    walk.get(rider, "being asked whether to connect", page, PAGE)
    assert walk.post(rider, "connecting", page, PAGE).status_code == 303
    identities = walk.get(
        rider, "which accounts of other sites open mine", "/account/identities", PAGE
    )
    remove_path = re.search(r"/account/identities/[^/]+/remove", identities.text)
    assert remove_path
    assert walk.post(rider, "disconnecting", remove_path[0], PAGE).status_code == 303


def _authenticate_at_issuer(
    walk: Walk,
    issuer: Issuer,
    browser: Visitor,
    label: str,
    budget: int = PAGE,
    more: str = "",
    email: str = "countess@example.org",
) -> Any:
    issuer_url = walk.get(browser, "going to another site", f"{LOGIN}{more}", PAGE).location
    return walk.get(browser, label, issuer.authenticate(issuer_url, email), budget)
