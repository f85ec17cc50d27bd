"""The filter of lists for staff."""

from webapp.fleet.forms import StaffFilterForm
from webapp.forms import city_choices
from webapp.regions.models import City
from webapp.web.access import staff_cities, staff_city_or_404
from webapp.web.roles import Permission


def filter_city_or_404(form: StaffFilterForm, permission: Permission) -> City:
    """Return the city of the filter, by default the first where the viewer has the permission, and
    choose it in the form. Another city is a 404; another error is one of the form."""
    form.city.choices = city_choices(staff_cities(permission))
    city = staff_city_or_404(form.city.data, permission)
    form.city.data = city.name
    form.validate()
    return city
