"""The filters of exports: those of the lists, and days."""

from datetime import date, timedelta

from wtforms import DateField, IntegerField
from wtforms.validators import NumberRange, Optional, ValidationError

from webapp.exports.columns import ExportFilter
from webapp.exports.enums import TableName
from webapp.fleet.alerts.conditions import alert_condition, make_threshold
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.forms import StaffFilterForm, StaffFleetForm
from webapp.forms import NEEDED, find_midnight, refuse_implausible_day
from webapp.regions.models import City
from webapp.rides.alerts import long_ride_condition
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: How many days the form offers first.
USUAL_DAYS = 30
MAX_HOURS = 10_000
#: The fields of days: those of a scheduled export follow from when it is sent.
DAY_FIELDS = ("first_day", "last_day")


class ExportForm(StaffFilterForm):
    """The filter of an export, in the query string. A table without a filter has the city alone."""

    def fill_in(self, today: date) -> None:
        """Fill in what the address does not say. today: in the city."""

    @property
    def query_args(self) -> dict[str, str]:
        """The filter as it stands in an address, without the city."""
        return {}

    def make_filter(self, city: City, *, reads_persons: bool) -> ExportFilter:
        """Return the filter of a valid form."""
        return ExportFilter(city, reads_persons=reads_persons)


class VehiclesExportForm(StaffFleetForm, ExportForm):
    """That of the list of vehicles."""

    def make_filter(self, city: City, *, reads_persons: bool) -> ExportFilter:
        vehicle_filter = self.make_vehicle_filter(city)
        conditions = [*vehicle_filter.index_conditions(), vehicle_filter.row_condition()]
        if kind := self.alert_kind:
            limit = make_threshold(kind, find_threshold(city.name, kind))
            conditions.append(alert_condition(kind, [city], limit))
        return ExportFilter(city, conditions=tuple(conditions), reads_persons=reads_persons)


class OpenRidesExportForm(ExportForm):
    """That of the list of rides that run."""

    hours = IntegerField(
        _l("Only rides of over … hours"),
        validators=[Optional(), NumberRange(0, MAX_HOURS, _l("Enter a number from 0 to 10,000."))],
    )

    @property
    def query_args(self) -> dict[str, str]:
        return {"hours": str(self.hours.data)} if self.hours.data else {}

    def make_filter(self, city: City, *, reads_persons: bool) -> ExportFilter:
        conditions = (long_ride_condition(self.hours.data),) if self.hours.data else ()
        return ExportFilter(city, conditions=conditions, reads_persons=reads_persons)


class DaysExportForm(ExportForm):
    """Days by the clock of the city; both are included."""

    first_day = DateField(_l("From"), validators=[refuse_implausible_day])
    last_day = DateField(_l("To"), validators=[refuse_implausible_day])

    def fill_in(self, today: date) -> None:
        if not self.last_day.raw_data:
            self.last_day.data = today
        if not self.first_day.raw_data:
            self.first_day.data = today - timedelta(days=USUAL_DAYS - 1)

    def validate_first_day(self, field: DateField) -> None:
        if field.data is None:
            raise ValidationError(NEEDED)

    def validate_last_day(self, field: DateField) -> None:
        """Refuse a time that ends before it begins."""
        self.validate_first_day(field)
        if self.first_day.data and field.data < self.first_day.data:
            raise ValidationError(_("Choose the first day, or a later one."))

    @property
    def query_args(self) -> dict[str, str]:
        days = {"first_day": self.first_day.data, "last_day": self.last_day.data}
        return {name: day.isoformat() for name, day in days.items() if day}

    def make_filter(self, city: City, *, reads_persons: bool) -> ExportFilter:
        since = find_midnight(self.first_day.data, city.zone)
        until = find_midnight(self.last_day.data + timedelta(days=1), city.zone)
        return ExportFilter(city, since, until, reads_persons=reads_persons)


FORMS: dict[TableName, type[ExportForm]] = {
    TableName.VEHICLES: VehiclesExportForm,
    TableName.RIDES: DaysExportForm,
    TableName.OPEN_RIDES: OpenRidesExportForm,
    TableName.USERS: ExportForm,
    TableName.LEDGER: DaysExportForm,
    TableName.OWNER_LEDGER: DaysExportForm,
    TableName.GENERAL_LEDGER: DaysExportForm,
}
