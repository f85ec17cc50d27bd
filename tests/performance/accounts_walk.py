"""Accounts: registration, sign-in, second factor, OpenID Connect, profile."""

import re
import time
from html import unescape
from typing import Any
from uuid import uuid4

import pyotp
from sqlalchemy import select

from tests.auth.issuer import LOGIN, Issuer, run_issuer
from tests.auth.passkey_steps import PASSKEYS_PAGE, SIGN_IN_PATH, Authenticator
from tests.factories import PASSWORD
from tests.fleet.reports.steps import make_photo
from tests.job_steps import run_jobs
from tests.performance.rides_walk import find_signed_in_rider
from tests.performance.walk import (
    ACCOUNT,
    LONG_AGO,
    NEW_PASSWORD,
    PAGE,
    PERSON,
    PUBLIC_LIST,
    RIDE,
    SIGN_IN,
    Walk,
)
from tests.riders.push_service import Browser
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.oidc.providers import create_providers
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.tokens import UnsubscribeToken
from webapp.riders.models import Profile
from webapp.riders.notifications.push.models import PushSubscription
from webapp.riders.notifications.statements import insert_notification_statement


def register_and_sign_in(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the form to register", "/register", PAGE)
    response = walk.post(visitor, "registering", "/register", None, 15, **ACCOUNT)
    assert response.status_code == 303, response.text
    response = walk.post(visitor, "signing out", "/logout", PAGE)
    assert response.status_code == 303
    walk.get(visitor, "the form to sign in", "/login", PAGE)
    fields = {"username": "ada", "password": "wrong"}
    response = walk.post(visitor, "signing in with a wrong password", "/login", SIGN_IN, **fields)
    assert response.status_code == 422
    fields = {"username": "ada", "password": PASSWORD}
    response = walk.post(visitor, "signing in", "/login", SIGN_IN, 5, **fields)
    assert response.status_code == 303


def edit_profile(walk: Walk) -> None:
    rider, other = walk.sign_in_new_user(), walk.make_user()
    with walk.app.app_context():
        execute_write(insert(Profile).values(region=other.region, user_id=other.id, about=""))
    walk.get(rider, "my profile: a redirect", "/users/me", PAGE)
    walk.get(rider, "another rider's profile", f"/users/{other.key}", PAGE)
    walk.get(rider, "the form of the profile", "/users/me/edit", PAGE)
    walk.get(rider, "the form of the profile photo", "/users/me/photo", PAGE)
    photo = (make_photo(), "me.jpg")
    # The limit is counted in a transaction of its own, before the photo is decoded.
    walk.post(rider, "saving a profile photo", "/users/me/photo", photo=photo)
    no_id = "00000000-0000-4000-8000-000000000000"
    shown, staff = f"/users/{other.key}/photo/{no_id}", walk.sign_in_new_user("fleet")
    walk.get(rider, "a profile photo: none", shown, PAGE)
    walk.get(rider, "a small profile photo: none", f"{shown}/small", PAGE)
    walk.get(staff, "the form to remove the photo of a rider", f"{shown}/remove", PAGE)
    walk.post(staff, "removing the photo of a rider: none", f"{shown}/remove", 5, why="Rude")
    remark, block = f"/fleet/rides/us-east1.{no_id}/remark", f"/fleet/blocks/us-east1.{no_id}"
    walk.get(staff, "the form to hide a remark: none", f"{remark}/hide", PAGE)
    walk.post(staff, "hiding a remark: none", f"{remark}/hide", PAGE, why="Rude")
    walk.get(staff, "the form to show a remark again: none", f"{remark}/show", PAGE)
    walk.post(staff, "showing a remark again: none", f"{remark}/show", PAGE, why="A mistake")
    walk.get(staff, "the form to end a block: none", f"{block}/end", PAGE)
    walk.post(staff, "ending a block as staff: none", f"{block}/end", PAGE, why="Not justified")
    walk.post(rider, "removing the own profile photo", "/users/me/photo/remove", PAGE)
    saved = walk.post(rider, "saving the profile", "/users/me/edit", **PERSON, about="Hello")
    assert saved.status_code == 303
    age_path = "/users/me/age/new%20york"
    walk.get(rider, "the form for the date of birth", age_path, PAGE)
    assert walk.post(rider, "confirming the age", age_path, born_on="1990-05-05").location
    phone_path = "/users/me/phone"
    walk.get(rider, "the phone number", phone_path, PAGE)
    walk.get(rider, "the form for a phone number", f"{phone_path}/edit", PAGE)
    walk.post(rider, "sending a code", f"{phone_path}/edit", number="212 555 0123")
    walk.get(rider, "the form for the code of a phone", f"{phone_path}/code", PAGE)
    walk.post(rider, "entering the code of a phone", f"{phone_path}/code", code="000000")
    walk.post(rider, "removing the phone number", f"{phone_path}/remove", PAGE)
    walk.post(rider, "choosing weekly e-mails", "/users/me/digests", PAGE, rider="y")
    with walk.app.app_context():
        link = f"/unsubscribe/{UnsubscribeToken(other.key, Digest.RIDER)}"
    walk.get(walk.visitor(), "the link that ends a weekly e-mail", link, PUBLIC_LIST)
    walk.post(walk.visitor(), "ending a weekly e-mail", link, PUBLIC_LIST)
    walk.get(rider, "the personal data page", "/users/me/data", PAGE)
    walk.post(rider, "personal data as one file", "/users/me/data.json")
    walk.post(rider, "one section of personal data as CSV", "/users/me/data/rides.csv", RIDE)
    export_large_account(walk, rider)
    walk.get(rider, "the form to delete the account", "/users/me/delete", PAGE)
    response = walk.post(rider, "deleting the account", "/users/me/delete", sure="y")
    assert response.status_code == 303


def read_notifications(walk: Walk) -> None:
    user = walk.make_user()
    rider = walk.visitor().sign_in(user)
    write_notification(walk, user)
    page = walk.get(rider, "the notifications", "/notifications", PAGE).text
    (path,) = re.findall(r'action="(/notifications/[^"]+/open)"', page)
    assert walk.post(rider, "opening a notification", path, PAGE).status_code == 303
    (newest,) = re.findall(r'name="newest" value="([^"]+)"', page)
    walk.post(rider, "reading all notifications", "/notifications/read", PAGE, newest=newest)
    settings = "/notifications/settings"
    walk.get(rider, "the form that chooses notifications", settings, PAGE)
    walk.post(rider, "choosing notifications", settings, PAGE, page="receipt")
    hours = {"quiet_from": "22:00", "quiet_until": "07:00"}
    walk.post(rider, "choosing quiet hours", "/notifications/quiet-hours", PAGE, **hours)
    devices = "/notifications/devices"
    fields = Browser().subscribe("https://fcm.googleapis.com/fcm/send/x")
    walk.post(rider, "turning notifications on at a device", devices, PAGE, **fields)
    with walk.app.app_context():
        device = db.session.scalars(select(PushSubscription.id)).one()
    walk.post(rider, "turning them on again", f"{devices}/again", PAGE, endpoint=fields["endpoint"])
    walk.post(rider, "turning them off at a device", f"{devices}/{device}/end", PAGE)


def write_notification(walk: Walk, user: User) -> None:
    values = {"kind": "receipt", "path": "/rides", "facts": {"city": "boston"}}
    with walk.app.app_context():
        execute_write(insert_notification_statement(user.key, uuid4(), **values))


def export_large_account(walk: Walk, rider: Visitor) -> None:
    page, setting = "/users/me/data/export", "DATA_EXPORT_MAX_ROWS_AT_ONCE"
    max_rows, walk.app.config[setting] = walk.app.config[setting], 1
    response = walk.post(rider, "requesting a data export", "/users/me/data.json", RIDE)
    assert response.status_code == 303
    walk.get(rider, "the page of a data export that is being made", page, PAGE)
    walk.post(rider, "requesting a data export again", page, PAGE)
    run_jobs(walk.app)
    walk.get(rider, "the page of a data export that is ready", page, PAGE)
    walk.post(rider, "downloading a data export of one part", f"{page}/download", RIDE)
    walk.post(rider, "deleting a data export", f"{page}/delete", PAGE)
    walk.app.config[setting] = max_rows  # other tests use the same application


def change_account(walk: Walk) -> None:
    rider = walk.sign_in_new_user()
    walk.get(rider, "the account: ways to sign in, sessions", "/account", PAGE)
    walk.get(rider, "the languages", "/language", PAGE)
    walk.post(rider, "choosing a language", "/language", PAGE, language="en")
    other = walk.visitor().sign_in(find_signed_in_rider(walk, rider))
    with other.session_transaction() as session:
        its_id = session["_user_id"].rsplit(".", 1)[1]
    walk.post(rider, "ending one session", f"/account/sessions/{its_id}/end", PAGE)
    walk.post(rider, "ending all other sessions", "/account/sessions/end", PAGE)
    walk.get(rider, "the form to change the password", "/account/password", PAGE)
    new = {"current": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(rider, "changing the password", "/account/password", **new).status_code == 303
    walk.get(rider, "the form to change the e-mail address", "/account/email", PAGE)
    response = walk.post(
        rider, "requesting another e-mail address", "/account/email", email="new@example.org"
    )
    assert response.status_code == 303
    old, new_link = (walk.link("/account/email/", back) for back in (2, 1))
    visitor = walk.visitor()
    walk.get(visitor, "the page of an e-mail change link", old, PAGE)
    walk.post(visitor, "confirming at the old address", old)
    walk.post(visitor, "confirming the new address", new_link)
    stale = walk.visitor().sign_in(walk.make_user(), authenticated_at=LONG_AGO)
    walk.get(stale, "the form to reauthenticate", "/login/again", PAGE)
    proof = {"password": PASSWORD}
    assert (
        walk.post(stale, "reauthenticating with the password", "/login/again", **proof).status_code
        == 303
    )


def reset_password(walk: Walk) -> None:
    user = walk.make_user(email_confirmed_at=None)
    rider, visitor = walk.visitor().sign_in(user), walk.visitor()
    walk.post(rider, "sending the confirmation link again", "/confirm")
    link = walk.link("/confirm/")
    walk.get(visitor, "the page of a confirmation link", link, PAGE)
    assert walk.post(visitor, "confirming the e-mail address", link, PAGE).status_code == 303
    walk.get(visitor, "the form for a forgotten password", "/forgotten", PAGE)
    response = walk.post(
        visitor, "requesting a password reset", "/forgotten", PAGE, email=user.email
    )
    assert response.status_code == 200
    link = walk.link("/reset/")
    walk.get(visitor, "the form for a new password", link, PAGE)
    new = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(visitor, "setting a new password by the link", link, **new).status_code == 303


def use_second_factor(walk: Walk) -> None:
    user, page = walk.make_user(), "/account/second-factor"
    rider, visitor, fields = (
        walk.visitor().sign_in(user),
        walk.visitor(),
        {"username": user.username},
    )
    walk.get(rider, "the page of the second factor, off", page, PAGE)
    walk.post(rider, "starting the setup", f"{page}/start", PAGE)
    html = walk.get(rider, "the secret of the setup", page, PAGE).text
    uri = re.search(r'"(otpauth:[^"]+)"', html)
    assert uri
    app = pyotp.parse_uri(unescape(uri[1]))
    assert isinstance(app, pyotp.TOTP)
    now = time.time()
    spare = walk.post(rider, "confirming the setup", page, code=app.at(now)).text
    recovery = re.findall(r"<code>([a-z2-7-]{29})</code>", spare)
    walk.post(visitor, "signing in: the password", "/login", SIGN_IN, **fields, password=PASSWORD)
    walk.get(visitor, "the form for a code", "/login/code", PAGE)
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
    assert (
        walk.post(stale, "reauthenticating with a code", "/login/again", **proof).status_code == 303
    )
    walk.get(rider, "the page of the second factor, on", page, PAGE)
    spare = walk.post(rider, "new recovery codes", f"{page}/codes").text
    code = {"recovery_code": re.findall(r"<code>([a-z2-7-]{29})</code>", spare)[0]}
    walk.get(rider, "the form to turn the second factor off", f"{page}/off", PAGE)
    assert (
        walk.post(rider, "turning the second factor off", f"{page}/off", **code).status_code == 303
    )


def use_passkeys(walk: Walk) -> None:
    rider = walk.sign_in_new_user()
    user, page = find_signed_in_rider(walk, rider), PASSKEYS_PAGE
    device = Authenticator(walk.app.config["PUBLIC_URL"])
    walk.get(rider, "the passkeys", page, PAGE)
    options = walk.post(rider, "what the browser needs for a passkey", f"{page}/options", PAGE)
    passkey = {"name": "My phone", "credential": device.create(options.json)}
    assert walk.post(rider, "adding a passkey", page, **passkey).status_code == 200
    visitor, path = walk.visitor(), SIGN_IN_PATH
    walk.get(visitor, "the page to sign in with a passkey", path, PAGE)
    options = walk.post(visitor, "what the browser needs to sign in", f"{path}/options", 0)
    credential = device.get(options.json)
    response = walk.post(visitor, "signing in: a passkey", path, SIGN_IN, credential=credential)
    assert response.status_code == 303
    stale = walk.visitor().sign_in(user, authenticated_at=LONG_AGO)
    credential = device.get(stale.send(f"{path}/options").json)
    response = walk.post(stale, "reauthenticating with a passkey", path, credential=credential)
    assert response.status_code == 303
    passkey_path = re.search(rf"{page}/[0-9a-f-]{{36}}", rider.get(page).text)
    assert passkey_path
    walk.get(rider, "the form to rename a passkey", passkey_path[0], PAGE)
    walk.post(rider, "renaming a passkey", passkey_path[0], PAGE, name="Old phone")
    response = walk.post(rider, "removing a passkey", f"{passkey_path[0]}/remove")
    assert response.status_code == 303


def sign_in_with_oidc(walk: Walk) -> None:
    with run_issuer() as issuer:
        walk.app.config["OIDC_PROVIDERS"] = {"example": issuer.settings}
        walk.app.extensions["oidc"] = create_providers(walk.app.config)
        _walk_oidc(walk, issuer)


def _walk_oidc(walk: Walk, issuer: Issuer) -> None:
    new_visitor = walk.visitor()
    page = _authenticate_at_issuer(
        walk, issuer, new_visitor, "the callback, an unknown identity"
    ).location
    walk.get(new_visitor, "the form to register with an identity", page, PAGE)
    fields = {**PERSON, "username": "countess"}
    assert walk.post(new_visitor, "registering with an identity", page, **fields).status_code == 303
    returning_visitor = walk.visitor()
    back = _authenticate_at_issuer(
        walk, issuer, returning_visitor, "the callback, a linked identity", SIGN_IN
    )
    assert back.status_code == 303
    assert returning_visitor.get("/rides").status_code == 200
    response = _authenticate_at_issuer(
        walk, issuer, returning_visitor, "the callback, a reauthentication", SIGN_IN, "?again=1"
    )
    assert response.status_code == 303

    rider = walk.sign_in_new_user()
    page = _authenticate_at_issuer(
        walk, issuer, rider, "the callback, to link an identity", email="x@example.org"
    ).location
    walk.get(rider, "the form to link an identity", page, PAGE)
    assert walk.post(rider, "linking an identity", page, PAGE).status_code == 303
    identities = walk.get(rider, "the linked identities", "/account/identities", PAGE)
    remove_path = re.search(r"/account/identities/[^/]+/remove", identities.text)
    assert remove_path
    assert walk.post(rider, "removing an identity", remove_path[0], PAGE).status_code == 303


def _authenticate_at_issuer(
    walk: Walk,
    issuer: Issuer,
    browser: Visitor,
    label: str,
    budget: int = PAGE,
    more: str = "",
    email: str = "countess@example.org",
) -> Any:
    issuer_url = walk.get(
        browser, "redirecting to an OpenID provider", f"{LOGIN}{more}", PAGE
    ).location
    return walk.get(browser, label, issuer.authenticate(issuer_url, email), budget)
