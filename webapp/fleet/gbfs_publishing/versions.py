"""The versions of GBFS that are published, and the addresses of their files."""

from enum import StrEnum

from webapp.fleet.enums import VehicleType
from webapp.regions.models import City
from webapp.web.urls import public_url


class Version(StrEnum):
    """A version. The values stand in addresses, which have the first number only: clients stay
    while the second grows."""

    V2 = "v2"
    V3 = "v3"
    #: A release candidate: what it adds may still change. It is there where GBFS_RELEASE_CANDIDATE
    #: says so, and no list of versions names it.
    V3_1_RC3 = "v3.1-rc3"

    @property
    def number(self) -> str:
        """The version as files state it."""
        return _NUMBERS[self]


_NUMBERS = {Version.V2: "2.3", Version.V3: "3.0", Version.V3_1_RC3: "3.1-RC3"}
#: The versions that are released, the oldest first.
RELEASED = (Version.V2, Version.V3)


def file_url(version: Version, city: City, name: str) -> str:
    """Return the address of a file. name: as that version has it."""
    return public_url(
        "fleet.gbfs_publishing.show", version=version.value, city_name=city.name, file_name=name
    )


def make_system_id(city: City) -> str:
    """Return the ``system_id`` of a city: the same for as long as the city has its name, and of the
    characters that GBFS recommends. Two cities never have the same one."""
    return f"movr_{''.join(map(_write_byte, city.name.encode()))}"


def _write_byte(byte: int) -> str:
    character = chr(byte)
    if character == " ":
        return "_"
    is_plain = character.isascii() and (character.isalnum() or character == "-")
    return character if is_plain else f".{byte:02x}"


def make_vehicle_type_id(vehicle_type: VehicleType) -> str:
    """Return the ``vehicle_type_id`` of a type: ``scooter_standing.electric``."""
    return ".".join(vehicle_type)
