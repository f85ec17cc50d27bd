"""The page that asks riders for their date of birth, before the first ride in a city."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import city_or_404
from webapp.regions.labels import city_label
from webapp.riders.ages.forms import AgeForm
from webapp.riders.ages.services import confirm_age
from webapp.translations import gettext as _
from webapp.web.access import signed_in
from webapp.web.urls import find_safe_next

bp = Blueprint("ages", __name__)


@bp.route("/users/me/age/<city_name>", methods=["GET", "POST"])
@signed_in
def confirm(city_name: str) -> ResponseReturnValue:
    """A rider shows that they are old enough to ride in a city."""
    city, form = city_or_404(city_name), AgeForm()
    back_url = find_safe_next(request.args.get("next"), url_for("fleet.search.home"))
    if form.validate_on_submit():
        try:
            confirm_age(current_user.key, city, form.born_on.data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Thanks. Now you can ride in %(city)s.", city=city_label(city)), "success")
            return redirect(back_url, 303)
    return render_form("riders/age.html", form, city=city, back_url=back_url)
