"""The pages on which riders enter and confirm their phone number."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.devices import current_device
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import catalogue
from webapp.regions.languages import find_city_territory
from webapp.riders.phones import services
from webapp.riders.phones.forms import PhoneCodeForm, PhoneForm
from webapp.sms import find_sender
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("phones", __name__, url_prefix="/users/me/phone")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """A rider sees their phone number."""
    phone = services.find_phone(current_user)
    return render_template("riders/phones/show.html", phone=phone, is_offered=bool(find_sender()))


@bp.route("/edit", methods=["GET", "POST"])
@signed_in
def edit() -> ResponseReturnValue:
    """A rider enters a number, and a code is sent to it."""
    if find_sender() is None:
        abort(404)
    city = catalogue().find(current_user.city)
    form = PhoneForm(find_city_territory(city) if city else None)
    if form.validate_on_submit() and form.e164:
        try:
            services.send_code(current_user, form.e164, current_device())
            return redirect(url_for(".confirm"), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("riders/phones/edit.html", form)


@bp.route("/code", methods=["GET", "POST"])
@signed_in
def confirm() -> ResponseReturnValue:
    """A rider enters the code, and the number is confirmed."""
    form = PhoneCodeForm()
    if form.validate_on_submit():
        try:
            services.confirm_number(current_user, "".join(form.code.data.split()))
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Your phone number is confirmed."), "success")
            return redirect(url_for(".show"), 303)
    minutes = services.CODE_LIFETIME_MINUTES
    return render_form("riders/phones/code.html", form, lifetime_minutes=minutes)


@bp.post("/remove")
@signed_in
def remove() -> ResponseReturnValue:
    """A rider removes their number."""
    services.remove_number(current_user)
    flash(_("Your phone number is removed."), "success")
    return redirect(url_for(".show"), 303)
