"""The pages of the mailbox."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from webapp.ops.mailbox.mails import Mail, find_mail, list_mails
from webapp.web.access import public

#: A mail has styles of its own, as mail programs require; it runs and loads nothing.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """The newest mails."""
    return render_template("ops/mailbox.html", mails=list_mails())


@bp.get("/<name>")
@public
def show(name: str) -> ResponseReturnValue:
    """One mail as text, with its links."""
    return render_template("ops/mail.html", mail=_mail_or_404(name))


@bp.get("/<name>/html")
@public
def show_html(name: str) -> ResponseReturnValue:
    """One mail as mail programs show it."""
    return _mail_or_404(name).html, {"Content-Security-Policy": MAIL_POLICY}


def _mail_or_404(name: str) -> Mail:
    return find_mail(name) or abort(404)
