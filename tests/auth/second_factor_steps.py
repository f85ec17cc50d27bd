"""Steps that tests of second factors share: enable one, compute codes, open the page for codes."""

import re
import time
from typing import Any

import pyotp
from flask import Flask
from sqlalchemy import func, insert

from tests.auth.steps import new_browser, sign_in
from tests.visitor import Visitor
from webapp import encryption
from webapp.auth import totp
from webapp.auth.models import RecoveryCode, SecondFactor, User
from webapp.auth.recovery_codes import digest_recovery_code
from webapp.extensions import db

SETTINGS_PAGE, START_PATH = "/account/second-factor", "/account/second-factor/start"
RENEW_PATH, TURN_OFF_PAGE = "/account/second-factor/codes", "/account/second-factor/off"
CODE_PAGE, REAUTHENTICATION_PAGE = "/login/code", "/login/again"
SHOWN_CODE = r"[a-z2-7]{4}(?:-[a-z2-7]{4}){5}"
RECOVERY_CODES = [f"aaaa-bbbb-cccc-dddd-eeee-ff{ending}" for ending in ("aa", "bb", "lo")]
STEP_S = 30


def enable_second_factor(app: Flask, user: User) -> str:
    """Give an account a second factor and RECOVERY_CODES; return the secret."""
    secret = totp.make_secret()
    owner = {"region": user.region, "user_id": user.id}
    with app.app_context(), db.engines["write"].begin() as connection:
        ciphertext = encryption.encrypt(secret, f"second factor {user.id}")
        factor = {**owner, "secret": ciphertext, "confirmed_at": func.now()}
        connection.execute(insert(SecondFactor).values(factor))
        codes = [{**owner, "digest": digest_recovery_code(code)} for code in RECOVERY_CODES]
        connection.execute(insert(RecoveryCode).values(codes))
    return secret


def totp_code(secret: str, step: int = 0) -> str:
    """Return the code of an authenticator now, or some time steps later."""
    return pyotp.TOTP(secret).at(int(time.time()) + step * STEP_S)


def open_code_page(app: Flask, **fields: Any) -> Visitor:
    """Return a new browser in which Ada has sent her password and is asked for the code."""
    client = new_browser(app)
    assert sign_in(client, **fields).location.startswith(CODE_PAGE)
    return client


def find_secret(page: str) -> str:
    """Return the secret that a page shows."""
    match = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert match
    return match[1].replace(" ", "")


def confirm_setup(client: Visitor, path: str = SETTINGS_PAGE) -> Any:
    """Enable the second factor on its page; return the answer that shows the recovery codes."""
    response = client.send(path.replace(SETTINGS_PAGE, START_PATH))
    assert response.location == path
    return client.send(path, code=totp_code(find_secret(client.get(path).text)))
