"""Offers of vehicles: an owner makes and withdraws them, somebody else answers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import DomainError
from webapp.fleet.vehicle_offers.forms import AcceptForm, OfferForm
from webapp.fleet.vehicle_offers.links import OfferLink
from webapp.fleet.vehicle_offers.queries import find_offer, find_own_vehicle_offer, list_offers
from webapp.fleet.vehicle_offers.services.answers import (
    accept_offer,
    check_recipient,
    decline_offer,
)
from webapp.fleet.vehicle_offers.services.offers import offer_vehicle, withdraw_offer
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import public, recently_authenticated, signed_in

bp = Blueprint("vehicle_offers", __name__)


@bp.route("/vehicles/mine/<key:vehicle_key>/offer", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def offer(vehicle_key: RowKey) -> ResponseReturnValue:
    """An owner offers a vehicle to somebody by e-mail."""
    form = OfferForm()
    if form.validate_on_submit():
        try:
            offer_vehicle(current_user, vehicle_key, form.email.data, form.nonce.data)
            flash(_("Sent. The vehicle stays yours until the offer is accepted."), "success")
            return redirect(url_for(".index"), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    vehicle, open_offer = find_own_vehicle_offer(current_user.key, vehicle_key)
    return render_form(
        "fleet/vehicle_offers/offer.html", form, vehicle=vehicle, open_offer=open_offer
    )


@bp.get("/vehicles/mine/offers")
@signed_in
def index() -> ResponseReturnValue:
    """The offers of an owner."""
    page = list_offers(current_user.key, read_time_cursor(request.args.get("after")))
    return render_template("fleet/vehicle_offers/index.html", page=page)


@bp.post("/vehicles/mine/offers/<key:offer_key>/withdraw")
@signed_in
def withdraw(offer_key: RowKey) -> ResponseReturnValue:
    """An owner withdraws an offer."""
    withdraw_offer(current_user.key, offer_key)
    flash(
        _("The offer is closed. If it was accepted before, the vehicle has its new owner."), "info"
    )
    return redirect(url_for(".index"), 303)


@bp.route("/vehicles/offers/<key:offer_key>/<secret>", methods=["GET", "POST"])
@public
def show(offer_key: RowKey, secret: str) -> ResponseReturnValue:
    """The offer of a link in a mail; POST accepts it. Without an account one can read and decline
    it, and sign up to accept it."""
    link, form = OfferLink(offer_key, secret), AcceptForm()
    if current_user.is_authenticated and form.validate_on_submit():
        try:
            vehicle_key = accept_offer(current_user, link)
            flash(_("The vehicle is yours. It has a new unlock code: put the new label on it."))
            return redirect(url_for("fleet.owner.show", vehicle_key=vehicle_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    shown_offer = find_offer(link)
    if current_user.is_authenticated and not form.is_submitted():
        try:
            check_recipient(current_user, shown_offer)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("fleet/vehicle_offers/show.html", form, offer=shown_offer, link=link)


@bp.post("/vehicles/offers/<key:offer_key>/<secret>/decline")
@public
def decline(offer_key: RowKey, secret: str) -> ResponseReturnValue:
    """Whoever got the mail declines the offer."""
    decline_offer(OfferLink(offer_key, secret))
    flash(_("You have declined the offer. We have told the owner."), "info")
    return redirect(url_for("fleet.search.home"), 303)
