"""What came of a task."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.regions.geography import Place


@dataclass(frozen=True)
class Part:
    """Parts of one kind that were used."""

    name: str
    count: int
    #: What all of them cost, minor units of the city's currency.
    cost: int | None = None


@dataclass(frozen=True)
class TaskOutcome:
    """What came of a task."""

    vehicle: VehicleOutcome
    note: str = ""
    minutes: int | None = None
    parts: Sequence[Part] = ()
    #: ISO 4217 currency of the costs.
    currency: str = ""
    #: JPEGs, as ``reencode_photo`` returns them.
    photos: Sequence[bytes] = ()
    #: Where the vehicle stands now. Without a point it is where it was.
    place: Place = field(default_factory=Place)
