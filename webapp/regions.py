"""Cities and their regions: the catalogue, where this server stands, and where the visitor does.

The catalogue is a GLOBAL table, small and seldom written, so every process keeps a copy for a
while: a page does not pay a round trip for it.
"""

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, abort, current_app, request, session
from flask_login import current_user
from sqlalchemy import CheckConstraint, DateTime, String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import run_transaction
from webapp.extensions import db
from webapp.geo import Point
from webapp.schema import GLOBAL, Base, Region

#: After this pause an unknown city may be looked for again, so that a new one opens at once
#: and a flood of wrong names does not become a flood of queries.
RELOAD_PAUSE_S = 1.0


class City(Base):
    """A city where MovR is open. Opening one is an INSERT."""

    __tablename__ = "cities"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        {"info": GLOBAL},
    )

    #: Lower case, as in addresses: ``new york``.
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: As people write it: ``New York``.
    label: Mapped[str] = mapped_column(String(64))
    region: Mapped[str] = mapped_column(Region)
    #: IANA name, such as ``Europe/Paris``.
    timezone: Mapped[str] = mapped_column(String(64))
    #: ISO 4217.
    currency: Mapped[str] = mapped_column(String(3))
    lat: Mapped[float]
    lon: Mapped[float]
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def centre(self) -> Point:
        return Point(self.lat, self.lon)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Catalogue:
    """The cities of one application, in the order in which they opened."""

    def __init__(self, max_age_s: float) -> None:
        self.max_age_s = max_age_s
        self._cities: dict[str, City] = {}
        self._loaded_at = float("-inf")

    def all(self) -> list[City]:
        """Return every city; reads the database at most every ``max_age_s`` seconds."""
        if self._age() > self.max_age_s:
            self._load()
        return list(self._cities.values())

    def find(self, name: str) -> City | None:
        """Return the city of that name in any case, or None; a city just opened is found too."""
        wanted = name.strip().lower()
        if "\0" in wanted:
            return None
        self.all()
        if wanted not in self._cities and self._age() > RELOAD_PAUSE_S:
            self._load()
        return self._cities.get(wanted)

    def forget(self) -> None:
        """Read the database again at the next question."""
        self._loaded_at = float("-inf")

    def _age(self) -> float:
        return time.monotonic() - self._loaded_at

    def _load(self) -> None:
        rows = db.session.scalars(select(City).order_by(City.opened_at, City.name)).all()
        for city in rows:
            db.session.expunge(city)
        self._cities = {city.name: city for city in rows}
        self._loaded_at = time.monotonic()


def init_app(app: Flask) -> None:
    app.extensions["movr_cities"] = Catalogue(app.config["CITIES_MAX_AGE_S"])


def catalogue() -> Catalogue:
    """Return the catalogue of the current application."""
    found: Catalogue = current_app.extensions["movr_cities"]
    return found


def city_or_404(name: str) -> City:
    """Return the city of that name, or answer the request with 404."""
    return catalogue().find(name) or abort(404)


def home_city() -> City | None:
    """Return the first city of this server's region, else the first of all; None before any."""
    cities = catalogue().all()
    here = [city for city in cities if city.region == current_app.config["REGION"]]
    return next(iter(here or cities), None)


def here() -> str:
    """Return the region for rows that belong to no city and no account: this server's.

    Where no city is open in it, the database may not know it: then that of the first city.
    """
    city = home_city()
    region: str = city.region if city else current_app.config["REGION"]
    return region


def visitors_city() -> City | None:
    """Return the city to show: the one chosen by name, else the rider's own, else the proxy's
    X-City, else this server's first.

    X-City only ever arrives from a trusted proxy (webapp/middleware.py takes it from all others).
    """
    own = current_user.city if current_user.is_authenticated else ""
    for name in (session.get("city"), own, request.headers.get("X-City")):
        if name and (city := catalogue().find(name)):
            return city
    return home_city()


def add_city(**columns: Any) -> bool:
    """Open a city; return False, changing nothing, when one of that name is open already.

    Columns: those of City; ``name`` is taken in lower case.
    """
    columns["name"] = columns["name"].strip().lower()
    statement = insert(City).values(columns).on_conflict_do_nothing().returning(City.name)
    added = run_transaction(
        lambda session: session.scalar(statement) is not None, one_statement=True, idempotent=True
    )
    catalogue().forget()
    return added
