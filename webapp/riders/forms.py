"""Forms of riders."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.auth.forms.registration import NameFields
from webapp.auth.labels import ROLE_LABELS
from webapp.auth.models import User
from webapp.forms import TOO_LONG, FilterForm, Form, LineField, LinesField, choices
from webapp.regions.models import City
from webapp.regions.time_zones import list_time_zone_choices
from webapp.riders.queries import UserFilter
from webapp.riders.visibility import Visibility
from webapp.staff_search import MIN_NAME_LENGTH, SearchTerm
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext
from webapp.translations.units import Clock, DistanceUnit
from webapp.web.roles import STAFF, Role

#: The choice that follows from the language of the browser, else from the city.
AS_IN_MY_COUNTRY = _l("As in my country")
DISTANCE_UNIT_LABELS = {
    DistanceUnit.KM: _l("Kilometres"),
    DistanceUnit.MILES: _l("Miles"),
}
CLOCK_LABELS = {
    Clock.HOURS_12: _l("12 hours: 4:30 PM"),
    Clock.HOURS_24: _l("24 hours: 16:30"),
}


def join_units(distance_unit: str, clock: str) -> str:
    """Return what a rider has chosen, as accounts have it; '': as in their country."""
    return f"{distance_unit}-{clock}" if distance_unit or clock else ""


class ProfileForm(NameFields, Form):
    """What riders enter about themselves, and how pages write for them."""

    about = LinesField(
        _l("About me"),
        description=_l("Those who see your profile can read this."),
        validators=[Length(max=500, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    distance_unit = SelectField(
        _l("Distances"),
        choices=choices([("", AS_IN_MY_COUNTRY), *DISTANCE_UNIT_LABELS.items()]),
        default="",
    )
    clock = SelectField(
        _l("Clock"),
        choices=choices([("", AS_IN_MY_COUNTRY), *CLOCK_LABELS.items()]),
        default="",
    )
    time_zone = SelectField(
        _l("Time zone"),
        description=_l(
            "For your account, wallet and devices. Rides are by the clocks of their city."
        ),
        default="",
    )
    shown_to_riders = BooleanField(
        _l("Show my profile to other riders"),
        description=_l("To those who are signed in. Otherwise only our staff see it."),
    )
    shows_last_active = BooleanField(
        _l("Show when I was last active"),
        description=_l("Today, this week, this month or longer ago."),
    )
    shows_ride_count = BooleanField(
        _l("Show how many rides I had"), description=_l("Roughly: 10, 50 or 100 and more.")
    )
    submit = SubmitField(_l("Save"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_at_home = ("", _("As in my home city"))
        self.time_zone.choices = choices([as_at_home, *list_time_zone_choices()])

    @property
    def units(self) -> str:
        """What was chosen, as accounts have it."""
        return join_units(self.distance_unit.data, self.clock.data)

    @property
    def visibility(self) -> Visibility:
        return Visibility(
            self.shown_to_riders.data, self.shows_last_active.data, self.shows_ride_count.data
        )

    def fill(self, user: User, about: str, visibility: Visibility) -> None:
        """Show what is saved."""
        distance_unit, _hyphen, clock = user.units.partition("-")
        self.process(
            obj=user,
            about=about,
            distance_unit=distance_unit,
            clock=clock,
            **visibility._asdict(),
        )


class DeleteAccountForm(Form):
    sure = BooleanField(
        _l("I understand that this can't be undone"),
        validators=[DataRequired(_l("Tick this box to confirm."))],
    )
    submit = SubmitField(_l("Delete my account"))


class UsersForm(FilterForm):
    name = LineField(
        _l("Name or e-mail"),
        validators=[Length(max=254, message=TOO_LONG)],
        render_kw={"type": "search", "autocapitalize": "none", "autocomplete": "off"},
    )
    #: '': all of the viewer's.
    city = SelectField(_l("City"), default="")
    role = SelectField(
        _l("Role"),
        choices=choices([("", _l("All")), *((role, ROLE_LABELS[role]) for role in STAFF)]),
        default="",
    )
    state = SelectField(
        _l("State"),
        choices=choices(
            [
                ("", _l("All")),
                ("open", lazy_pgettext("account", "Open")),
                ("closed", lazy_pgettext("account", "Closed")),
            ]
        ),
        default="",
    )

    def validate_name(self, field: LineField) -> None:
        """Refuse what is too short to search by."""
        if field.data and not SearchTerm(field.data).name_words:
            raise ValidationError(_("Type at least %(min)d letters.", min=MIN_NAME_LENGTH))

    def user_filter(self, cities: Sequence[City]) -> UserFilter:
        """Return which accounts to list. cities: those of the viewer."""
        role = Role(self.role.data) if self.role.data else None
        is_closed = self.state.data == "closed" if self.state.data else None
        chosen = [city for city in cities if self.city.data in ("", city.name)]
        return UserFilter(chosen, role, is_closed)
