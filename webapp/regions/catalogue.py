"""The catalogue of cities, this server's region, and the visitor's city.

The catalogue is a small GLOBAL table that is seldom written. Every process keeps a copy for a
while, so that a page needs no round trip for it.
"""

from collections.abc import Iterable

from flask import Flask, abort, current_app, request, session
from flask_login import current_user
from sqlalchemy import select

from webapp.db.cache import TimedCache
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.regions.labels import city_label, city_label_in
from webapp.regions.models import City
from webapp.translations import get_language_code
from webapp.translations.collation import sort_key

#: How old the cities may be when a name is not found among them: a new city is found at once, and
#: many wrong names do not become many queries.
RELOAD_PAUSE_S = 1.0


class _Cities(dict[str, City]):
    """The cities by name."""

    def __init__(self, cities: Iterable[City]) -> None:
        super().__init__({city.name: city for city in cities})
        #: The names and labels of those that are not archived, by language.
        self.labels: dict[str, tuple[tuple[str, str], ...]] = {}


class Catalogue:
    """The cities of one application, in the order in which they opened."""

    def __init__(self, max_age_s: float) -> None:
        # Pages that need no more than the cities work without the database.
        self.cache: TimedCache[None, _Cities] = TimedCache(
            max_age_s, max_size=1, keeps_when_unavailable=True
        )

    def all(self) -> list[City]:
        """Return every city."""
        return list(self._cities().values())

    def labels(self) -> tuple[tuple[str, str], ...]:
        """Return the name and the label of every city that is not archived, by label."""
        cities, language = self._cities(), get_language_code()
        if language not in cities.labels:
            listed_cities = (city for city in cities.values() if not city.is_archived)
            labels = ((city.name, city_label_in(city, language)) for city in listed_cities)
            cities.labels[language] = tuple(sorted(labels, key=lambda label: sort_key(label[1])))
        return cities.labels[language]

    def find(self, name: str) -> City | None:
        """Return the city of that name in any case, or None; a city just opened is found too."""
        key = name.strip().lower()
        if "\0" in key:
            return None
        return self._cities().get(key) or self._cities(RELOAD_PAUSE_S).get(key)

    def forget(self) -> None:
        """Read the database again the next time."""
        self.cache.clear()

    def _cities(self, max_age_s: float | None = None) -> _Cities:
        return self.cache.get(None, _load_cities, max_age_s)


def _load_cities() -> _Cities:
    cities = db.session.scalars(select(City).order_by(City.opened_at, City.name)).all()
    for city in cities:
        db.session.expunge(city)
    return _Cities(cities)


def init_app(app: Flask) -> None:
    app.extensions["movr_cities"] = Catalogue(app.config["CITIES_MAX_AGE_S"])


def catalogue() -> Catalogue:
    """Return the catalogue of the current application."""
    cities: Catalogue = current_app.extensions["movr_cities"]
    return cities


def list_city_regions() -> list[str]:
    """Return the regions that have cities, by name."""
    return sorted({city.region for city in catalogue().all()})


def find_city_label(name: str) -> str:
    """Return the label of the city of that name, in the language of the reader; the name itself
    where there is no such city."""
    city = catalogue().find(name)
    return city_label(city) if city else name


def city_or_404(name: str) -> City:
    """Return the city of that name, or answer the request with 404."""
    return catalogue().find(name) or abort(404)


def find_home_city() -> City | None:
    """Return the first city of this server's region, else the first of all; None before any."""
    cities = catalogue().all()
    local = [city for city in cities if city.region == current_app.config["REGION"]]
    return next(iter(local or cities), None)


def local_region() -> str:
    """Return the region for rows that belong to no city and no account: this server's.

    Where no city is open in it, the database may not know it: then that of the first city.
    """
    city = find_home_city()
    region: str = city.region if city else current_app.config["REGION"]
    return region


def first_region() -> str:
    """Return the region of the city that was opened first: for rows about all cities, which every
    server must find in the same place."""
    cities = catalogue().all()
    return cities[0].region if cities else local_region()


def visitors_city() -> City | None:
    """Return the city to show: the one chosen by name, else the rider's own, else the proxy's
    X-City, else this server's first.

    X-City only ever arrives from a trusted proxy (see webapp/web/middleware.py).
    """
    rider_city = current_user.city if current_user.is_authenticated else ""
    for name in (session.get("city"), rider_city, request.headers.get("X-City")):
        if name and (city := catalogue().find(name)):
            return city
    city = find_home_city()
    if city and city.is_closed:
        return next((each for each in catalogue().all() if not each.is_closed), city)
    return city


def find_visitors_region() -> str:
    """Return the region of the visitor's city."""
    city = visitors_city()
    return city.region if city else local_region()


def add_city(**columns: object) -> bool:
    """Open a city; return False, changing nothing, when one of that name is open already.

    columns: those of the table. ``name`` becomes lower case.
    """
    values = {**columns, "name": str(columns["name"]).strip().lower()}
    cities = table(City)
    statement = insert(cities).values(values).on_conflict_do_nothing().returning(cities.c.name)
    added = bool(execute_write(statement, idempotent=True))
    catalogue().forget()
    return added
