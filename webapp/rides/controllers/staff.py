"""Rides that are going on, as staff see them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SubmitField
from wtforms.validators import Length

from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.fleet.services.places import PlaceTooFar
from webapp.forms import TOO_LONG, Form, LineField, PointFields, answer, place_of
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.rides.blueprint import bp
from webapp.rides.services import staff
from webapp.web.access import only, staff_cities, staff_city_or_404
from webapp.web.roles import Role


class StaffEndForm(PointFields, Form):
    """Where the vehicle is, if staff know."""

    address = LineField(
        _l("Where is it?"),
        description=_l("Leave all of it empty if nobody knows: it is shown where it was taken."),
        validators=[Length(max=200, message=TOO_LONG)],
    )
    submit = SubmitField(_l("End the ride"))

    @property
    def place(self) -> Place:
        return place_of(self)


@bp.get("/fleet/rides")
@only(Role.FLEET)
def staff_rides() -> ResponseReturnValue:
    """Staff see the open rides of a city of theirs, the longest first."""
    city = staff_city_or_404(request.args.get("city"))
    page = staff.open_rides(city, time_cursor(request.args.get("after")))
    return render_template(
        "rides/staff.html",
        city=city,
        cities=staff_cities(),
        page=page,
        question={"city": city.name},
    )


@bp.route("/fleet/rides/<key:ride>/end", methods=["GET", "POST"])
@only(Role.FLEET)
def staff_end(ride: RowKey) -> ResponseReturnValue:
    """Staff end a ride that its rider does not end."""
    form, running = StaffEndForm(), staff.ride_for(current_user, ride)
    if running.ride.ended_at:
        return _back(running, ended=False)
    if form.validate_on_submit():
        try:
            return _back(running, staff.end_for_rider(current_user.key, running, form.place))
        except PlaceTooFar as refusal:
            form.lat.errors = [refusal.message]
    city = catalogue().find(running.ride.city)
    return answer("rides/staff_end.html", form, running=running, ride=running.ride, city=city)


def _back(running: staff.Running, ended: bool) -> ResponseReturnValue:
    """Return to the rides that go on in that city."""
    if ended:
        flash(_("The ride has ended. Its rider gets the receipt by mail."), "success")
    else:
        flash(_("This ride had ended already."), "info")
    return redirect(url_for(".staff_rides", city=running.ride.city), 303)
