"""The area where something is allowed, such as the end of a ride, made of zones that overlap."""

from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from itertools import groupby
from typing import NamedTuple

import shapely

#: How far inside the allowed area the nearest place is, metres. Gaps between zones that are less
#: than twice as wide are errors of the file, and no places.
EDGE_INSET_M = 0.5
#: How far around its zones the nearest place is searched for, where it is allowed outside of them.
SEARCH_MARGIN_M = 1_000.0

_offset = partial(shapely.buffer, join_style="mitre")  # does not round corners


class Decision(NamedTuple):
    """Whether something is allowed, and the index of the zone that decides; None: outside."""

    allowed: bool
    zone: int | None


class Permissions(NamedTuple):
    """What the zones say about one type of vehicle: the first that says something decides.

    by_zone: in order of precedence; None: the zone does not say.
    """

    by_zone: tuple[bool | None, ...]
    elsewhere: bool

    def decide(self, zones: Iterable[int]) -> Decision:
        """Return what they say at a position in some of the zones. zones: indices, in order."""
        zone = next((int(index) for index in zones if self.by_zone[index] is not None), None)
        return Decision(self.elsewhere if zone is None else bool(self.by_zone[zone]), zone)


class Layer(NamedTuple):
    """What zones say together: where something is allowed, and where it is forbidden."""

    allowed: shapely.Geometry
    forbidden: shapely.Geometry


_EMPTY = shapely.MultiPolygon()


class AllowedArea:
    """Where something is allowed by all of several permissions."""

    def __init__(
        self, areas: Sequence[shapely.Geometry], permissions: frozenset[Permissions]
    ) -> None:
        """areas: of the zones, in metres and prepared, in order of precedence."""
        self._areas = areas
        self.permissions = permissions

    def decide(self, position: shapely.Point) -> Decision:
        """Return what the zones say exactly at a position in metres."""
        (hits,) = shapely.intersects_xy(self._areas, position.x, position.y).nonzero()
        decisions = [permissions.decide(hits) for permissions in self.permissions]
        refusals = [decision.zone for decision in decisions if not decision.allowed]
        # The same zone in every process: its fee is what the rider has agreed to.
        deciding_zones = [zone for zone in refusals if zone is not None]
        return Decision(not refusals, min(deciding_zones, default=None))

    def is_near(self, position: shapely.Point, tolerance_m: float) -> bool:
        """Return whether the area is so close to a position."""
        return bool(shapely.dwithin(self._area, position, tolerance_m))

    def find_nearest(self, position: shapely.Point) -> shapely.Point | None:
        """Return the nearest position in the area; None if the area is empty."""
        if self._inset_area.is_empty:
            return None
        line = shapely.shortest_line(position, self._inset_area)
        return shapely.Point(line.coords[-1])

    @cached_property
    def _inset_area(self) -> shapely.Geometry:
        """The area, ``EDGE_INSET_M`` away from its edges."""
        parts = [self._unite(permissions) for permissions in self.permissions]
        inset_area = _offset(shapely.intersection_all(parts), -EDGE_INSET_M)
        shapely.prepare(inset_area)
        return inset_area

    @cached_property
    def _area(self) -> shapely.Geometry:
        """The area without parts narrower than twice ``EDGE_INSET_M``."""
        area = _offset(self._inset_area, EDGE_INSET_M)
        shapely.prepare(area)
        return area

    def _unite(self, permissions: Permissions) -> shapely.Geometry:
        """Return the area of one of the permissions."""
        area = shapely.MultiPolygon()
        if permissions.elsewhere:
            area = _offset(shapely.box(*shapely.total_bounds(self._areas)), SEARCH_MARGIN_M)
        # The zone with the highest precedence comes last and overrides the others. Neighbours that
        # say the same are united first, which is much faster than one by one.
        zones = [pair for pair in enumerate(permissions.by_zone) if pair[1] is not None]
        layers = []
        for allowed, group in groupby(reversed(zones), key=lambda pair: pair[1]):
            shape = shapely.union_all([self._areas[index] for index, _ in group])
            layers.append(Layer(shape, _EMPTY) if allowed else Layer(_EMPTY, shape))
        allowed_area, forbidden_area = _merge(layers)
        return shapely.union(shapely.difference(area, forbidden_area), allowed_area)


def _merge(layers: Sequence[Layer]) -> Layer:
    """Return one layer for several, of which later ones override earlier ones.

    By halves: one after the other, each step would copy all that came before it.
    """
    if not layers:
        return Layer(_EMPTY, _EMPTY)
    if len(layers) == 1:
        return layers[0]
    middle = len(layers) // 2
    below, above = _merge(layers[:middle]), _merge(layers[middle:])
    return Layer(
        shapely.union(shapely.difference(below.allowed, above.forbidden), above.allowed),
        shapely.union(shapely.difference(below.forbidden, above.allowed), above.forbidden),
    )
