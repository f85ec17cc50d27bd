"""The filter of lists for staff."""

from webapp.fleet.forms import StaffFilterForm
from webapp.forms import city_choices
from webapp.regions.models import City
from webapp.web.access import staff_cities, staff_city_or_404


def filter_city_or_404(form: StaffFilterForm) -> City:
    """Return the city of the filter, by default the first of the viewer's, and choose it in the
    form. A city that is not theirs is a 404; another error is one of the form."""
    form.city.choices = city_choices(staff_cities())
    city = staff_city_or_404(form.city.data)
    form.city.data = city.name
    form.validate()
    return city
