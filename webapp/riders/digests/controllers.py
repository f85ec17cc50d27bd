"""Choose weekly digests, and end one by the link of a mail."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload

from webapp.auth.models import User
from webapp.extensions import csrf
from webapp.riders.digests.forms import DigestsForm
from webapp.riders.digests.labels import DIGEST_LABELS
from webapp.riders.digests.services import choose_digests, unsubscribe
from webapp.riders.digests.tokens import UnsubscribeToken
from webapp.translations import gettext as _
from webapp.web.access import loads_with_account, public, signed_in
from webapp.web.roles import Role

bp = Blueprint("digests", __name__)

#: Decorates controllers of pages that show which digests the viewer gets.
loads_digest_choice = loads_with_account(lambda: joinedload(User.digest_choice))


@bp.post("/users/me/digests")
@signed_in
def choose() -> ResponseReturnValue:
    """Save which digests the viewer gets."""
    form = DigestsForm()
    has_vehicles = Role.OWNER in current_user.roles  # only then the page shows the box
    choose_digests(current_user.key, rider=form.rider.data, owner=has_vehicles and form.owner.data)
    flash(_("Choice of digests saved."), "success")
    return redirect(url_for("riders.profile.show", user_key=current_user.key), 303)


@bp.get("/unsubscribe/<token>")
@public
def confirm_unsubscribing(token: str) -> ResponseReturnValue:
    """Show the button that ends a digest. GET changes nothing: programs that scan mails open their
    links. It is the same whether the digest has ended, and whether the account is there."""
    return _unsubscribe_page(UnsubscribeToken.parse(token))


@bp.post("/unsubscribe/<token>")
@public
@csrf.exempt  # mail programs send it, without cookies (RFC 8058); the token proves who was mailed
def end(token: str) -> ResponseReturnValue:
    """End a digest. RFC 8058 wants no redirect."""
    parsed = UnsubscribeToken.parse(token)
    if parsed is None:
        return _unsubscribe_page(None), 422  # a mail program learns that nothing has ended
    unsubscribe(parsed)
    return _unsubscribe_page(parsed, is_done=True)


def _unsubscribe_page(token: UnsubscribeToken | None, *, is_done: bool = False) -> str:
    digest = DIGEST_LABELS[token.digest] if token else None
    return render_template("riders/digests/unsubscribe.html", digest=digest, is_done=is_done)
