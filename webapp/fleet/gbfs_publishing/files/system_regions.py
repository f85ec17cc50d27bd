"""``system_regions.json``: the system of a city has one region, the city."""

from webapp.fleet.gbfs_publishing.data import FileData, LocalizedText, translate
from webapp.fleet.gbfs_publishing.versions import make_system_id
from webapp.regions.labels import city_label
from webapp.regions.models import City


class Region(FileData):
    """A part of the system."""

    region_id: str
    name: LocalizedText


class Regions(FileData):
    """The data of the file."""

    regions: list[Region]


def make_regions(city: City) -> Regions:
    return Regions([Region(make_system_id(city), translate(lambda: city_label(city)))])
