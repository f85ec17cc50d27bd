"""Reading the published feeds, and checking them with gbfs-validator."""

from typing import Any
from urllib.parse import quote, urlsplit

from gbfs_validator import validate_feed
from gbfs_validator.fetch import Fetcher, FetchError

from tests.visitor import Visitor

VERSIONS = ("v2", "v3")
NUMBERS = {"v2": "2.3", "v3": "3.0", "v3.1-rc3": "3.1-RC3"}


def file_path(name: str, city: str = "new york", version: str = "v3") -> str:
    return f"/gbfs/{version}/{quote(city, safe='')}/{name}.json"


def read_file(
    visitor: Visitor, name: str, city: str = "new york", version: str = "v3"
) -> dict[str, Any]:
    """Return the content of a file. Any: values of JSON."""
    response = visitor.get(file_path(name, city, version))
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.get_json()
    return content


def read_vehicles(visitor: Visitor, city: str = "new york") -> list[dict[str, Any]]:
    vehicles: list[dict[str, Any]] = read_file(visitor, "vehicle_status", city)["data"]["vehicles"]
    return vehicles


def read_bikes(visitor: Visitor, city: str = "new york") -> list[dict[str, Any]]:
    data = read_file(visitor, "free_bike_status", city, "v2")["data"]
    bikes: list[dict[str, Any]] = data["bikes"]
    return bikes


class AppFetcher(Fetcher):
    """What the validator asks for comes from the application, at whatever address."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__()
        self.visitor = visitor

    def get_json(self, url: str) -> object:
        response = self.visitor.get(urlsplit(url)._replace(scheme="", netloc="").geturl())
        if response.status_code != 200:
            raise FetchError(url, str(response.status_code))
        return response.get_json()


def find_errors(visitor: Visitor, city: str, version: str) -> list[tuple[str, Any]]:
    """Return what the validator finds wrong with a city's feed, with the file it is in."""
    url = f"http://localhost{file_path('gbfs', city, version)}"
    report = validate_feed(url, freefloating=True, fetcher=AppFetcher(visitor))
    assert report["summary"]["version"]["validated"] == NUMBERS[version]
    errors = []
    for file in report["files"]:
        assert file["exists"] or not file["required"], file["file"]
        parts = [file, *(file.get("languages") or [])]
        errors += [(file["file"], error) for part in parts for error in part.get("errors") or []]
    assert report["summary"]["hasErrors"] == bool(errors), report["summary"]
    return errors
