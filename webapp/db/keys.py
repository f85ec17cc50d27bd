"""A row's key: its region and its id, together enough to find it without asking every region."""

from typing import NamedTuple
from uuid import UUID

from werkzeug.routing import BaseConverter, ValidationError

#: What a region's name may be made of, as it stands in addresses.
REGION_PATTERN = "[A-Za-z0-9_-]{1,32}"


class RowKey(NamedTuple):
    """The primary key of a regional row. Written ``us-east1.0b9c...`` in URLs and cookies."""

    region: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.region}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "RowKey":
        """Read the written form; raises ValueError when it is not one."""
        region, dot, id_ = text.rpartition(".")
        if not (dot and region) or len(region) > 32 or len(id_) != 36:
            raise ValueError(text)
        return cls(region, UUID(id_))


class RowKeyConverter(BaseConverter):
    """``<key:vehicle>`` in a route; anything that is no key is a 404."""

    regex = rf"{REGION_PATTERN}\.[0-9a-fA-F-]{{36}}"

    def to_python(self, value: str) -> RowKey:
        try:
            return RowKey.parse(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: RowKey) -> str:
        return str(value)
