"""``station_information.json`` and ``station_status.json``: there are no stations.

Version 2.3 has them, empty, because some of its readers fail without them.
"""

from webapp.fleet.gbfs_publishing.data import FileData
from webapp.regions.models import City


class Stations(FileData):
    """The data of both files."""

    stations: list[FileData]


def make_stations(city: City) -> Stations:
    return Stations([])
