"""Values that several resources have, as they stand in JSON.

Keys are ``region.uuid`` as in addresses, times RFC 3339 in UTC, money minor units with a currency.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, overload

import msgspec
from msgspec import Meta

from webapp.db.keys import KEY_PATTERN, RowKey
from webapp.regions import geography
from webapp.translations import gettext as _
from webapp.web.problems import InvalidRequest

#: A key: what ``RowKey`` writes.
Key = Annotated[
    str,
    Meta(
        pattern=f"^{KEY_PATTERN}$",
        description="Region and UUID, as region.uuid.",
        examples=["us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a"],
    ),
]
#: A time with its offset from UTC (RFC 3339).
Timestamp = Annotated[datetime, Meta(tz=True)]
Lat = Annotated[float, Meta(ge=-90, le=90, description="Latitude, degrees, WGS 84.")]
Lon = Annotated[float, Meta(ge=-180, le=180, description="Longitude, degrees, WGS 84.")]


class Answer(msgspec.Struct, kw_only=True):
    """What a resource answers. More members may come: readers ignore those they do not know."""


class Reference(Answer):
    """What was added or changed."""

    id: Key
    url: Annotated[str, Meta(description="Its address, as in the header Location.")]


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a request sends, as JSON or as parameters. Unknown members are refused: a word that is
    mistyped would have no effect."""

    #: JSON Schema of the rules in ``__post_init__``, for the document. No ``oneOf`` or ``anyOf``:
    #: generators of clients read those as a choice of types.
    SCHEMA_RULES: ClassVar[dict[str, Any]] = {}


class PageParameters(Body):
    """Which page of a list."""

    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class PointBody(Body):
    """A request that may have a point: both of its coordinates, or none."""

    SCHEMA_RULES: ClassVar[dict[str, Any]] = {
        "if": {"required": ["lat"], "properties": {"lat": {"type": "number"}}},
        "then": {"required": ["lon"], "properties": {"lon": {"type": "number"}}},
        "else": {"properties": {"lon": {"type": "null"}}},
    }

    lat: Lat | None = None
    lon: Lon | None = None

    def __post_init__(self) -> None:
        if (self.lat is None) != (self.lon is None):
            raise ValueError(_("Send both lat and lon, or none."))


class Money(Answer):
    """An amount of money."""

    amount: Annotated[int, Meta(description="Minor units: cents of USD, yen of JPY.")]
    currency: Annotated[str, Meta(description="ISO 4217.")]


class Position(Answer):
    """A position."""

    lat: Lat
    lon: Lon


def read_key(text: str, pointer: str) -> RowKey:
    """Return the key in a text that has the form of ``Key``. Raises InvalidRequest.

    pointer: where in the request it stands (RFC 6901).
    """
    try:
        return RowKey.parse(text)
    except ValueError:
        raise InvalidRequest(errors=[(pointer, _("Send a key, region.uuid."))]) from None


def make_position(point: geography.Point | None) -> Position | None:
    """Return a point as JSON."""
    return Position(lat=point.lat, lon=point.lon) if point else None


@overload
def in_utc(at: datetime) -> datetime: ...
@overload
def in_utc(at: None) -> None: ...
def in_utc(at: datetime | None) -> datetime | None:
    """Return a time in UTC, whatever time zone the connection of the database has."""
    return at.astimezone(UTC) if at else None


def encode(value: Any) -> bytes:
    """Return a value as JSON. Any: what msgspec knows."""
    return msgspec.json.encode(value)
