"""Which vehicle types of a feed a type of MovR can be, and which ones zones of staff name.

A vehicle has a form factor and a propulsion type, and no id of a feed: several ids may fit. Rules
that staff make name the two words themselves, in an id of MovR's own (``own_type_id``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.zone_rules import OTHER_TYPE, Rule, TypeId, combine_strictest, summarize

#: A vehicle type of a feed: id, form factor, propulsion type.
ListedType = tuple[str, str, str]
#: Before the form factor and the propulsion type of an id of MovR's own.
OWN_PREFIX = "movr:"
#: Stands for the types that no rule of staff names.
OTHER_VEHICLES: VehicleType = ("*", "*")


def own_type_id(vehicle_type: VehicleType) -> str:
    """Return the id by which rules of staff name a type."""
    return OWN_PREFIX + ".".join(vehicle_type)


def read_own_types(rule: Rule) -> list[VehicleType]:
    """Return the types that a rule of staff is for; empty: all, or it is a rule of a feed."""
    ids = sorted(rule.vehicle_type_ids or ())
    return [_read_type(id_) for id_ in ids if id_.startswith(OWN_PREFIX)]


def _read_type(own_id: str) -> VehicleType:
    form_factor, _, propulsion_type = own_id.removeprefix(OWN_PREFIX).partition(".")
    return form_factor, propulsion_type


def add_feed_ids(rules: Sequence[Rule], listed: Iterable[Sequence[str]] | None) -> tuple[Rule, ...]:
    """Return rules in which those of staff also name the ids that a feed has for their types."""
    return tuple(_add_feed_ids(rule, listed or ()) for rule in rules)


def _add_feed_ids(rule: Rule, listed: Iterable[Sequence[str]]) -> Rule:
    types = read_own_types(rule)
    ids = {id_ for id_, *type_ in listed if tuple(type_) in types}
    if rule.vehicle_type_ids is None or not ids:
        return rule
    return replace(rule, vehicle_type_ids=rule.vehicle_type_ids | ids)


class FeedTypes:
    """Which vehicle types of a feed a type of MovR can be."""

    def __init__(
        self, listed: Iterable[Sequence[str]] | None, rule_lists: Sequence[Sequence[Rule]]
    ) -> None:
        """listed: ListedType of each type; None: the feed does not say.

        rule_lists: those of the zones and of the city.
        """
        #: The ids that rules name.
        self.named = frozenset(_list_named_ids(rule_lists))
        self._own_types = {_read_type(id_) for id_ in self.named if id_.startswith(OWN_PREFIX)}
        self._ids_by_type: dict[VehicleType, set[TypeId]] = {}
        for id_, form_factor, propulsion_type in listed or ():
            ids = self._ids_by_type.setdefault((form_factor, propulsion_type), set())
            ids.add(id_ if id_ in self.named else OTHER_TYPE)
        #: The ids of a vehicle if the feed does not say which it has.
        self._unknown: frozenset[TypeId] = frozenset({OTHER_TYPE})
        if not self._ids_by_type:
            self._unknown = self._find_unknown_ids(rule_lists)

    def _find_unknown_ids(self, rule_lists: Sequence[Sequence[Rule]]) -> frozenset[TypeId]:
        ids = frozenset(id_ for id_ in self.named if not id_.startswith(OWN_PREFIX))
        if ids and not any(_reaches_other(rules, ids) for rules in rule_lists):
            return ids
        return ids | {OTHER_TYPE}

    @property
    def types(self) -> list[VehicleType]:
        """The types of MovR that the feed lists, or that rules of staff name."""
        return sorted({*self._ids_by_type, *self._own_types})

    @property
    def described_types(self) -> list[VehicleType]:
        """The types whose rules are told apart: ``types``, and all others where staff name some."""
        return [*self.types, OTHER_VEHICLES] if self._own_types else self.types

    def find_ids(self, vehicle_type: VehicleType | None) -> frozenset[TypeId]:
        """Return the ids that a vehicle of a type may have: what forbids one of them applies.

        vehicle_type: form factor and propulsion type, '' for any; None: any type.
        """
        form_factor, propulsion_type = vehicle_type or ("", "")
        types = [
            type_
            for type_ in self.types
            if form_factor in ("", type_[0]) and propulsion_type in ("", type_[1])
        ]
        ids = frozenset(id_ for type_ in types for id_ in self._list_ids(type_))
        may_be_other = "" in (form_factor, propulsion_type) and self._own_types
        return ids | self._unknown if may_be_other or not types else ids

    def _list_ids(self, vehicle_type: VehicleType) -> Iterator[TypeId]:
        """Yield the ids of one type: those of the feed, and that of MovR for one without."""
        for id_ in self._ids_by_type.get(vehicle_type, self._unknown):
            is_own = id_ is OTHER_TYPE and vehicle_type in self._own_types
            yield own_type_id(vehicle_type) if is_own else id_
        if vehicle_type in self._own_types and vehicle_type not in self._ids_by_type:
            yield own_type_id(vehicle_type)

    def summarize(self, rules: Sequence[Rule], vehicle_type: VehicleType | None) -> Rule | None:
        """Return what a list of rules says about a type: what all rules allow that may be for it.
        None: no rule is."""
        summaries = [summarize(rules, id_) for id_ in self.find_ids(vehicle_type)]
        applicable = [rule for rule in summaries if rule]
        return combine_strictest(applicable) if applicable else None


def _list_named_ids(rule_lists: Iterable[Sequence[Rule]]) -> Iterator[str]:
    for rules in rule_lists:
        for rule in rules:
            yield from rule.vehicle_type_ids or ()


def _reaches_other(rules: Sequence[Rule], named: frozenset[str]) -> bool:
    """Return whether a rule can only be for types that no rule names: it is for all types, and
    earlier rules of the list are for each of the named ones."""
    covered: set[str] = set()
    for rule in rules:
        if rule.vehicle_type_ids is None:
            return covered >= named
        covered |= rule.vehicle_type_ids
    return False
