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
    has_vehicles = current_user.has_role(Role.OWNER)  # only then the page shows the box
    choose_digests(current_user.key, rider=form.rider.data, owner=has_vehicles and form.owner.data)
    flash(_("Saved."), "success")
    return redirect(url_for("riders.profile.show", user_key=current_user.key), 303)


@bp.get("/unsubscribe/<token>")
@public
def confirm_unsubscribing(token: str) -> ResponseReturnValue:
    """Show the button that ends a digest. GET changes nothing: programs that scan mails open their
    links."""
    digest = UnsubscribeToken.parse(token).digest
    return render_template("riders/digests/unsubscribe.html", digest=DIGEST_LABELS[digest])


@bp.post("/unsubscribe/<token>")
@public
@csrf.exempt  # mail programs send it, without cookies (RFC 8058); the token proves who was mailed
def end(token: str) -> ResponseReturnValue:
    """End a digest. RFC 8058 wants no redirect."""
    parsed = UnsubscribeToken.parse(token)
    unsubscribe(parsed)
    label = DIGEST_LABELS[parsed.digest]
    return render_template("riders/digests/unsubscribe.html", digest=label, is_done=True)
