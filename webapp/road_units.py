"""Fields of speeds and distances: who reads miles types mph, miles or feet.

What is stored is km/h, km or metres, a whole number. The form says in a hidden field in which unit
the page was shown, so that what was typed means the same if the person's units change meanwhile.
"""

from math import isfinite
from typing import Any

from flask_babel import LazyString
from markupsafe import Markup
from wtforms import Field
from wtforms.widgets import TextInput

from webapp.measures import METRES_PER_FOOT, METRES_PER_MILE
from webapp.translations import gettext as _
from webapp.translations import request_units

KM_PER_MILE = METRES_PER_MILE / 1000
MILES, KM = "mi", "km"


class _RoadUnitInput(TextInput):
    """The box of the number, and the unit of the page."""

    def __call__(self, field: Any, **attributes: Any) -> Markup:  # Any: as WTForms has it
        unit = field.units[field.is_imperial]
        hidden = Markup('<input type="hidden" name="{}" value="{}">').format(field.unit_name, unit)
        attributes |= {"inputmode": "decimal" if field.is_imperial else "numeric"}
        box: Markup = super().__call__(field, autocomplete="off", **attributes)
        return box + hidden


class RoadUnitField(Field):
    """A number of km/h or km from 1 to ``maximum``, or None."""

    widget = _RoadUnitInput()
    #: By whether they are miles: what the hidden field says.
    units = (KM, MILES)
    #: How much of the stored unit the other one is.
    factor = KM_PER_MILE

    # Any: WTForms leaves the options of a field open.
    def __init__(
        self, label: LazyString, label_in_miles: LazyString, *, maximum: int, **options: Any
    ) -> None:
        self.is_imperial, self.maximum = request_units().is_imperial, maximum
        self._labels = {False: label, True: label_in_miles}
        super().__init__(self._labels[self.is_imperial], **options)

    @property
    def unit_name(self) -> str:
        """The name of the hidden field."""
        return f"{self.name}_unit"

    def process(self, formdata: Any, *args: Any, **options: Any) -> None:
        if formdata and (unit := formdata.get(self.unit_name)):
            self.is_imperial = unit == self.units[True]
            self.label.text = self._labels[self.is_imperial]
        super().process(formdata, *args, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and (text := valuelist[0].strip()):
            self.data = self._read(text)

    def _read(self, text: str) -> int:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            raise ValueError(self._describe_problem()) from None
        if not isfinite(number) or not (self.is_imperial or number.is_integer()):
            raise ValueError(self._describe_problem())
        value = round(number * self.factor) if self.is_imperial else int(number)
        if not 1 <= value <= self.maximum:
            raise ValueError(self._describe_problem())
        return value

    def _describe_problem(self) -> str:
        if self.is_imperial:
            return _(
                "Enter a number from 1 to %(max)d, or nothing.", max=int(self.maximum / self.factor)
            )
        return _("Enter a whole number from 1 to %(max)d, or nothing.", max=self.maximum)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        number = find_typed_number(self.data, self.factor) if self.is_imperial else self.data
        return str(number)


class ShortDistanceField(RoadUnitField):
    """A number of metres, or of feet for who reads miles. The form requires it."""

    units = ("m", "ft")
    factor = METRES_PER_FOOT

    def _describe_problem(self) -> str:
        most = int(self.maximum / self.factor) if self.is_imperial else self.maximum
        return _("Enter a number from %(min)d to %(max)d.", min=1, max=most)


def find_typed_number(stored: int, factor: float) -> float:
    """Return the number of the other unit that is stored so when it is typed: tens or whole ones
    if there are such, else with one decimal.

    stored: km or metres. factor: how much of these the other unit is.
    """
    number = stored / factor
    for step in (10, 1):
        rounded = round(number / step) * step
        if round(rounded * factor) == stored:
            return rounded
    return round(number, 1)
