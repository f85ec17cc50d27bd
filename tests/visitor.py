"""A client of the application that behaves like a person with a browser."""

from secrets import token_hex
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert

from tests.html_checks import check_page
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import sessions
from webapp.extensions import db

#: Where Flask-WTF keeps the secret of a session, and how it signs it.
CSRF_TOKEN, CSRF_SALT = "csrf_token", "wtf-csrf-token"


class Visitor(FlaskClient):
    """A client that behaves like a person: it sends the token of the page it has open, and it
    would notice a broken page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # English, kilometres and 24 hours, in whichever city.
        self.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en-IE"

    def open(self, *arguments: Any, **options: Any) -> Any:
        options.setdefault("buffered", True)  # closes files that are sent
        response = super().open(*arguments, **options)
        is_page = response.mimetype == "text/html" and response.status_code not in range(300, 400)
        if is_page and "Content-Encoding" not in response.headers:
            check_page(response.get_data(as_text=True))
            assert "Content-Security-Policy" in response.headers
        return response

    def token(self) -> str:
        """Return a CSRF token of this visitor's session, as a form of a page has it."""
        with self.session_transaction() as session:
            secret = session.setdefault(CSRF_TOKEN, token_hex(20))
        key = self.application.config["SECRET_KEY"]
        token = URLSafeTimedSerializer(key, salt=CSRF_SALT).dumps(secret)
        assert isinstance(token, str)
        return token

    def send(self, path: str, **fields: Any) -> Any:
        """Submit a form, with its token."""
        return self.post(path, data={"csrf_token": self.token(), **fields})

    def sign_in(self, user: User, **columns: Any) -> "Visitor":
        """Begin a session for ``user`` without typing a password; columns are of LoginSession."""
        device = Device(uuid4(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "127.0.0.1", None)
        new = sessions.new_session(user.key, device)
        row = {name: getattr(new, name) for name in sessions.NEW_SESSION_COLUMNS} | columns
        with self.application.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(LoginSession).values(row))
        user.login_session = LoginSession(**row)
        with self.session_transaction() as session:
            session["_user_id"] = user.get_id()
            session["_fresh"] = True
        return self
