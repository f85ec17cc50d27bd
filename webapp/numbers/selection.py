"""What somebody has chosen to see numbers of, and may see."""

from datetime import UTC, datetime

from flask_login import current_user

from webapp.forms import city_choices
from webapp.numbers.day_suppression import DAY_AND_DELAY
from webapp.numbers.enums import Period
from webapp.numbers.forms import CityForm, MonthForm, NumbersForm
from webapp.numbers.periods import find_start
from webapp.numbers.ranges import MOMENT, RangeName, TimeRange, make_range
from webapp.regions.models import City
from webapp.web.access import staff_cities, staff_city_or_404
from webapp.web.roles import Permission


def read_selection(form: NumbersForm) -> tuple[City, TimeRange, bool]:
    """Return the city, the range of time, and whether few rides are hidden."""
    city, hides_few = select_city(form)
    periods = (Period.DAY, Period.MONTH) if hides_few else Period
    return city, select_range(form, city, *periods, hides_few=hides_few), hides_few


def select_city(form: CityForm) -> tuple[City, bool]:
    """Return the city, and whether few rides are hidden: from those who may not see persons."""
    form.city.choices = city_choices(staff_cities(Permission.VIEW_NUMBERS))
    city = staff_city_or_404(form.city.data, Permission.VIEW_NUMBERS)
    form.city.data = city.name
    return city, not current_user.has_permission(Permission.VIEW_RIDERS, city.name)


def select_range(form: NumbersForm, city: City, *periods: Period, hides_few: bool) -> TimeRange:
    """Return the range of time that was chosen, or a usual one if that cannot be.

    periods: of which it may consist.
    """
    form.offer_periods(periods)
    form.validate()
    now = datetime.now(UTC)
    return make_range(form.range_name, city, now - DAY_AND_DELAY if hides_few else now)


def select_months(form: MonthForm, city: City, *, hides_few: bool) -> tuple[datetime, datetime]:
    """Return when the month before the chosen one and the chosen one begin."""
    months = list_offered_months(city, datetime.now(UTC), hides_few=hides_few)
    form.offer_months(months, months[-1 if hides_few else -2], city)
    form.validate()
    return find_start(Period.MONTH, form.month_at - MOMENT, city.zone), form.month_at


def list_offered_months(city: City, now: datetime, *, hides_few: bool) -> list[datetime]:
    """Return when the months of the last year and this one began. Those who may not see persons can
    choose only months that are over: from two looks at one that grows, one ride could be
    computed."""
    time_range = make_range(RangeName.YEAR, city, now)
    months = [*time_range.previous_starts[-1:], *time_range.starts]
    if not hides_few:
        return months
    last_open = find_start(Period.MONTH, now - DAY_AND_DELAY, city.zone)
    return [month for month in months if month < last_open]
