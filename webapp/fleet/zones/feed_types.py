"""Which vehicle types of a feed a type of MovR can be.

A vehicle has a form factor and a propulsion type, and no id of a feed: several ids may fit.
"""

from collections.abc import Iterable, Iterator, Sequence

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.zone_rules import OTHER_TYPE, Rule, TypeId, combine_strictest, summarize

#: A vehicle type of a feed: id, form factor, propulsion type.
ListedType = tuple[str, str, str]


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
        self._ids_by_type: dict[VehicleType, set[TypeId]] | None = None
        if listed is not None:
            self._ids_by_type = {}
            for id_, form_factor, propulsion_type in listed:
                ids = self._ids_by_type.setdefault((form_factor, propulsion_type), set())
                ids.add(id_ if id_ in self.named else OTHER_TYPE)
        self._unknown: frozenset[TypeId] = self.named
        if not self.named or any(_reaches_other(rules, self.named) for rules in rule_lists):
            self._unknown |= {OTHER_TYPE}

    @property
    def types(self) -> list[VehicleType]:
        """The types of MovR that the feed lists."""
        return sorted(self._ids_by_type or ())

    def find_ids(self, vehicle_type: VehicleType | None) -> frozenset[TypeId]:
        """Return the ids that a vehicle of a type may have: what forbids one of them applies.

        vehicle_type: form factor and propulsion type, '' for any; None: any type of the feed.
        """
        if not self._ids_by_type:
            return self._unknown
        form_factor, propulsion_type = vehicle_type or ("", "")
        ids = [
            ids
            for type_, ids in self._ids_by_type.items()
            if form_factor in ("", type_[0]) and propulsion_type in ("", type_[1])
        ]
        return frozenset[TypeId]().union(*ids) or frozenset({OTHER_TYPE})

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
