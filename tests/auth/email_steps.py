"""Steps that tests of links in mails share: request a link, open it, use it."""

from datetime import timedelta

from flask import Flask

from tests.auth.steps import NEW_PASSWORD, find_link, new_browser
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import User

HOUR = timedelta(hours=1)
NEW_PASSWORD_FIELDS = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
REGISTRATION = {
    "city": "paris",
    "first_name": "Marguerite",
    "last_name": "Perey",
    "username": "francium",
    "email": "m.perey@example.org",
}


def find_newest_link(app: Flask, to: str, prefix: str = "") -> str:
    """Return the path of the link in the newest mail to that address."""
    return find_link(read_mails(app, to)[-1], prefix)


def request_reset_link(app: Flask, email: str = "ada@example.org") -> str:
    """Ask for a password reset; return the link."""
    new_browser(app).send("/forgotten", email=email)
    return find_newest_link(app, email, "/reset/")


def request_confirmation_link(app: Flask, user: User) -> str:
    """Ask for a mail that confirms the address; return the link."""
    client = new_browser(app).sign_in(user)
    assert client.send("/confirm").status_code == 303
    return find_newest_link(app, user.email, "/confirm/")


def request_change_links(
    app: Flask, client: Visitor, to: str = "new@example.org"
) -> tuple[str, str]:
    """Ask for another address; return the link to the old one and the link to the new one."""
    assert client.send("/account/email", email=to).status_code == 303
    return find_newest_link(app, "ada@example.org"), find_newest_link(app, to)


def submit_link(app: Flask, link: str) -> int:
    """Send the form on the page of a link, from a new browser; return the status."""
    fields = NEW_PASSWORD_FIELDS if link.startswith("/reset") else {}
    status: int = new_browser(app).send(link, **fields).status_code
    return status


def read_link_statuses(app: Flask, links: dict[str, str]) -> dict[str, int]:
    """Open the page of each link; return the statuses."""
    return {name: new_browser(app).get(link).status_code for name, link in links.items()}
