"""The forms in which staff draw, change, remove and restore a zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from webapp.edits import EditForm
from webapp.fleet.labels import list_type_choices
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.fleet.zones.drawn_areas import (
    DRAW_AREA,
    NOT_GEOJSON,
    AreaUnusable,
    area_coordinates,
    format_area_text,
    read_area,
)
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import own_type_id, read_own_types
from webapp.fleet.zones.labels import OTHER_ZONE_LABEL, ZONE_KIND_LABELS, ZONE_RULE_LABELS
from webapp.fleet.zones.models import MAX_NAME_LENGTH, MAX_SPEED_KPH, Coordinates, Zone
from webapp.fleet.zones.rules import FORBIDDING_KINDS
from webapp.fleet.zones.zone_data import ZoneData, find_kind_of_rule, usual_position
from webapp.fleet.zones.zone_rules import KIND_RULES, Rule, read_rules
from webapp.forms import (
    TOO_LONG,
    FileForm,
    Form,
    LineField,
    LocalTimeField,
    RequiredWhyField,
    WhyField,
    choices,
    new_nonce,
    refuse_skipped_time,
)
from webapp.label_fields import LabelFields, add_label_fields, label_data
from webapp.money import MoneyField, MoneyForm
from webapp.regions.models import City
from webapp.road_units import RoadUnitField
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Of the kind of a zone with a rule of its own.
SPECIAL = "special"
#: How long before a change is in force it can be made.
MAX_AHEAD = timedelta(days=366)
#: Bytes of a file, and of the text of an outline with as many points as one may have.
MAX_FILE_BYTES, MAX_TEXT_LENGTH = 400_000, 250_000

KIND_CHOICES = [
    *((kind.value, ZONE_KIND_LABELS[kind], ZONE_RULE_LABELS[kind]) for kind in ZoneKind),
    (SPECIAL, OTHER_ZONE_LABEL, _l("You say what is allowed here.")),
]
#: What a special rule says about something.
PERMISSION_CHOICES = [
    ("", _l("As elsewhere")),
    ("yes", _l("Allowed")),
    ("no", _l("Not allowed")),
]
PERMISSION_VALUES = {"yes": True, "no": False}
PERMISSION_WORDS = {True: "yes", False: "no", None: ""}


class EffectiveFields(Form):
    """From when on a change is in force, by the clocks of the city."""

    city: City

    effective_from = LocalTimeField(
        _l("In force from"),
        description=_l("Empty: at once. Else a time by the clocks of the city."),
        validators=[Optional()],
    )

    def validate_effective_from(self, field: LocalTimeField) -> None:
        moment = field.find_moment(self.city.zone)
        if moment is None or field.errors:
            return
        if not 2000 <= moment.year <= 2200:
            raise ValidationError(_("Choose a time within the next year."))
        refuse_skipped_time(moment)
        ahead = moment - datetime.now(UTC)
        if ahead <= timedelta():
            raise ValidationError(
                _("This time is over. Leave it empty to change the zone at once.")
            )
        if ahead > MAX_AHEAD:
            raise ValidationError(_("Choose a time within the next year."))

    @property
    def effective_moment(self) -> datetime | None:
        """The time in UTC; None: at once."""
        moment = self.effective_from.find_moment(self.city.zone)
        return moment.astimezone(UTC) if moment else None


class AreaField(TextAreaField):
    """The area of a zone as GeoJSON, as the map or a person writes it."""


class TypesField(Field):
    """Types of vehicles, each with a box of its own name: a field is sent once."""

    def __init__(self, *args: Any, **values: Any) -> None:  # Any: as of WTForms
        super().__init__(*args, **values)
        self.choices = list_type_choices(offered_only=False)
        self.data: list[str]

    def process(self, formdata: Any, data: Any = (), **values: Any) -> None:
        self.process_errors: list[str] = []
        self.data = list(data) if isinstance(data, list) else []
        if formdata is not None:
            self.data = [name for name, _label in self.choices if self.box_name(name) in formdata]

    def box_name(self, type_name: str) -> str:
        """Return the name of the box of a type."""
        return f"{self.name}-{type_name}"

    def _value(self) -> str:
        return ", ".join(label for name, label in self.choices if name in self.data)


class ZoneForm(LabelFields, EffectiveFields, WhyField, FileForm, MoneyForm, EditForm):
    """What a zone is. ``make_zone_form`` makes the form that is used."""

    area = AreaField(
        _l("Area, as GeoJSON"),
        description=_l("A Polygon or MultiPolygon. The map fills it; you can paste one, too."),
        render_kw={"rows": 6, "spellcheck": "false", "autocomplete": "off"},
    )
    area_file = FileField(
        _l("Or a GeoJSON file"),
        description=_l("It replaces what is drawn."),
    )
    name = LineField(_l("Name"), validators=[Length(max=MAX_NAME_LENGTH, message=TOO_LONG)])
    kind = RadioField(
        _l("What is the zone for?"),
        choices=choices((value, label) for value, label, _rule in KIND_CHOICES),
        validators=[InputRequired(_l("Choose what the zone is for."))],
    )
    types = TypesField(
        _l("For which vehicles?"), description=_l("None chosen: for all, also types added later.")
    )
    start = SelectField(_l("Start a ride"), choices=choices(PERMISSION_CHOICES), default="")
    end = SelectField(_l("End a ride"), choices=choices(PERMISSION_CHOICES), default="")
    through = SelectField(_l("Ride through"), choices=choices(PERMISSION_CHOICES), default="")
    fee = MoneyField(
        _l("Fee for ending a ride here"),
        description=_l(
            "For ending a ride where that is not allowed. Empty: the fee of the pricing plan."
        ),
    )
    max_speed_kph = RoadUnitField(
        _l("Maximum speed, km/h"), _l("Maximum speed, mph"), maximum=MAX_SPEED_KPH
    )
    #: Of the page of a new zone: sent twice, it is one zone.
    nonce = HiddenField(default=new_nonce)
    preview = SubmitField(_l("Which vehicles are inside?"))
    submit = SubmitField(_l("Save"))

    def __init__(self, *args: Any, city: City, stored: Zone | None = None, **values: Any) -> None:
        """stored: the zone that is shown and changed."""
        self.city = city
        #: The rules of a feed for some types of vehicles, which a form cannot show; they stay.
        self.kept_rules = stored.rules if stored and not is_editable(stored) else None
        self.coordinates: Coordinates = stored.coordinates if stored else []
        shown = read_form_values(stored) if stored else {}
        super().__init__(*args, currency=city.currency, data=shown, **values)
        if self.kept_rules is not None:
            for name in ("kind", "types", "start", "end", "through", "max_speed_kph"):
                del self[name]

    @property
    def asks_for_preview(self) -> bool:
        """Whether the vehicles inside are to be shown, and nothing is saved."""
        return bool(self.preview.data and not self.submit.data)

    def stored_value(self, field: Field) -> object:
        """Return an area by its coordinates, however its text is written."""
        if field.short_name == "area" and self.coordinates:
            return format_area_text(self.coordinates)
        return super().stored_value(field)

    def value_fields(self) -> Any:
        apart = (self.effective_from, self.area_file)
        return (each for each in super().value_fields() if each not in apart)

    def describe_value(self, field: Field) -> str:
        if field.short_name == "area":
            return _("another area")
        return super().describe_value(field)

    def validate_area(self, field: AreaField) -> None:
        text = self._read_file() if self.area_file.data else (field.data or "")
        if not text.strip():
            raise ValidationError(DRAW_AREA)
        if self.area_file.data:
            field.data, field.raw_data = text, None  # what is wrong with it can be seen on the map
        if len(text) > MAX_TEXT_LENGTH:
            raise ValidationError(_("This outline is too long. Draw it with fewer points."))
        if self.coordinates and text == format_area_text(self.coordinates):
            return
        self.coordinates = []
        try:
            self.coordinates = area_coordinates(read_area(text, self.city))
        except AreaUnusable as problem:
            raise ValidationError(str(problem)) from None

    def _read_file(self) -> str:
        content = self.area_file.data.read(MAX_TEXT_LENGTH + 1)
        try:
            return str(content, "utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(NOT_GEOJSON) from None

    def validate_end(self, field: SelectField) -> None:
        if self.kind.data == SPECIAL and self._rule == Rule():
            raise ValidationError(_("Say what differs here: start, end, ride through or speed."))

    def validate_fee(self, field: MoneyField) -> None:
        if field.data is not None and self.kept_rules is None and not self._forbids_end:
            raise ValidationError(_("Only where rides may not end. Remove the fee."))

    @property
    def _forbids_end(self) -> bool:
        if self.kind.data == SPECIAL:
            return self._rule.ride_end_allowed is False
        return self.kind.data in FORBIDDING_KINDS

    @property
    def _rule(self) -> Rule:
        return Rule(
            ride_start_allowed=PERMISSION_VALUES.get(self.start.data),
            ride_end_allowed=PERMISSION_VALUES.get(self.end.data),
            ride_through_allowed=PERMISSION_VALUES.get(self.through.data),
            maximum_speed_kph=self.max_speed_kph.data,
        )

    def _make_rules(self) -> list[dict[str, Any]] | None:
        """Return the rules to store; None: what the kind says, for all vehicles."""
        if self.kind.data == SPECIAL:
            rule = self._rule
        elif self.types.data:
            kind_rule = KIND_RULES[ZoneKind(self.kind.data)]
            rule = replace(kind_rule, maximum_speed_kph=self.max_speed_kph.data)
        else:
            return None
        types = (vehicle_types().names[name] for name in self.types.data)
        ids = frozenset(map(own_type_id, types)) or None
        return [replace(rule, vehicle_type_ids=ids).to_json()]

    def make_data(self, stored: Zone | None = None) -> ZoneData:
        """Return what was typed. stored: the zone that is changed; its precedence stays while its
        kind does."""
        name, fee = self.name.data or "", self.fee.data
        labels = self.read_labels(stored.labels if stored else {})
        if stored and self.kept_rules is not None:
            speed = stored.max_speed_kph
            return ZoneData.of(stored)._replace(
                name=name,
                labels=labels,
                fee=fee,
                max_speed_kph=speed,
                coordinates=self.coordinates,
            )
        rules = self._make_rules()
        kind = self.kind.data
        if kind == SPECIAL:
            kind = find_kind_of_rule(self._rule).value
        position = stored.position if stored and stored.kind == kind else usual_position(kind)
        speed = self.max_speed_kph.data
        return ZoneData(kind, name, labels, fee, speed, rules, self.coordinates, position)


def make_zone_form(*args: Any, city: City, stored: Zone | None = None) -> ZoneForm:
    """Return the form of a zone, with a name in each language. Any: as of WTForms."""
    return add_label_fields(ZoneForm, MAX_NAME_LENGTH)(*args, city=city, stored=stored)


def is_editable(zone: Zone) -> bool:
    """Return whether the form can show the rules of a zone: they are one, for all vehicles or for
    types of MovR."""
    if zone.rules is None:
        return True
    rules = read_rules(zone.rules)
    if len(rules) != 1 or rules[0].station_parking:
        return False
    return rules[0].vehicle_type_ids is None or bool(read_own_types(rules[0]))


def read_form_values(zone: Zone) -> dict[str, Any]:
    """Return the values of a form that shows a zone. Any: of its fields."""
    values: dict[str, Any] = {
        "area": format_area_text(zone.coordinates),
        "name": zone.name,
        **label_data(zone.labels),
        "fee": zone.fee,
        "kind": zone.kind,
        "max_speed_kph": zone.max_speed_kph,
    }
    if zone.rules is None or not is_editable(zone):
        return values
    (rule,) = read_rules(zone.rules)
    names = vehicle_types().names_by_type
    types = [names[type_] for type_ in read_own_types(rule) if type_ in names]
    values |= {"types": types, "max_speed_kph": rule.maximum_speed_kph}
    if types and _is_of_kind(rule, ZoneKind(zone.kind)):
        return values
    return {
        **values,
        "kind": SPECIAL,
        "start": PERMISSION_WORDS[rule.ride_start_allowed],
        "end": PERMISSION_WORDS[rule.ride_end_allowed],
        "through": PERMISSION_WORDS[rule.ride_through_allowed],
    }


def _is_of_kind(rule: Rule, kind: ZoneKind) -> bool:
    """Return whether a rule for some types says what a kind of zone says."""
    return KIND_RULES[kind] == replace(rule, vehicle_type_ids=None, maximum_speed_kph=None)


class RemovalForm(EffectiveFields, RequiredWhyField):
    """Why a zone is removed, and from when on."""

    submit = SubmitField(_l("Remove"))

    def __init__(self, *args: Any, city: City, **values: Any) -> None:
        self.city = city
        super().__init__(*args, **values)


class RestoreForm(RemovalForm):
    """Why an older version is restored, and from when on."""

    #: The newest version when the page was opened.
    newest = HiddenField(validators=[DataRequired()])
    submit = SubmitField(_l("Restore this version"))
