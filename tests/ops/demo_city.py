"""A city of the demo that stands in no database."""

from webapp.ops.demo.cities import DemoCity
from webapp.regions.models import City


def make_city(demo_city: DemoCity) -> City:
    """Return the city as it would be read."""
    columns = demo_city.columns()
    return City(default_label=columns.pop("label"), **columns)
