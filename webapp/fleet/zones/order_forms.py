"""The form in which staff give a zone another place in the order of its city."""

from typing import Any

from wtforms import IntegerField, SubmitField
from wtforms.validators import InputRequired, ValidationError

from webapp.edits import EditForm, format_digests
from webapp.fleet.zones.order import PlacedZone
from webapp.forms import WhyField
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext


class MoveZoneForm(WhyField, EditForm):
    """The place of a zone: 1 is the first one."""

    place = IntegerField(_l("Place in the order"), validators=[InputRequired(_l("Enter a place."))])
    submit = SubmitField(lazy_pgettext("zone", "Move"))

    def __init__(self, *args: Any, stored: PlacedZone, **values: Any) -> None:
        self.count = stored.count
        super().__init__(*args, data={"place": stored.place}, **values)

    def validate_place(self, field: IntegerField) -> None:
        if field.data is not None and not 1 <= field.data <= self.count:
            raise ValidationError(_("Enter a whole number from 1 to %(max)s.", max=self.count))


def seen_place(placed: PlacedZone) -> str:
    """Return what stands in ``seen`` where a page shows the place of a zone."""
    return format_digests(MoveZoneForm(None, stored=placed))
