"""Units of distance and the clock: what people of a country use, by CLDR.

A person may choose others in the profile. These are not part of a language: people who read English
live in countries of kilometres, and of miles.
"""

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

#: Territories where roads and speeds are in miles (CLDR: unit preferences of roads), with those of
#: the United States.
MILE_TERRITORIES = frozenset({"US", "GB", "LR", "AS", "GU", "MP", "PR", "VI", "IM", "JE", "GG"})


class DistanceUnit(StrEnum):
    KM = "km"
    MILES = "mi"


class Clock(StrEnum):
    HOURS_12 = "12"
    HOURS_24 = "24"


class Units(NamedTuple):
    """The units of a reader: part of the key of each text that is cached. There are four."""

    distance: DistanceUnit = DistanceUnit.KM
    clock: Clock = Clock.HOURS_24

    def __str__(self) -> str:
        """Return ``mi-12``, as addresses and mails have it."""
        return f"{self.distance}-{self.clock}"

    @property
    def is_imperial(self) -> bool:
        return self.distance == DistanceUnit.MILES

    @property
    def is_american(self) -> bool:
        """Whether dates in English begin with the month. In the United States people have miles and
        12 hours, in no other country of miles with many riders."""
        return self.is_imperial and self.clock == Clock.HOURS_12

    def choose(self, text: str) -> "Units":
        """Return these units with those of ``mi-12``. Each part may be missing, ``mi-``, and what
        this release does not know chooses nothing."""
        distance_unit, _hyphen, clock = text.partition("-")
        return Units(
            DistanceUnit(distance_unit) if distance_unit in list(DistanceUnit) else self.distance,
            Clock(clock) if clock in list(Clock) else self.clock,
        )


METRIC = Units()
#: Letters that stand for themselves in a pattern: ``HH 'h' mm``.
_QUOTED = re.compile(r"'[^']*'")


def find_territory_units(language: str, territory: str) -> Units:
    """Return the units of a territory (ISO 3166), as those write there who read a language (ISO
    639); kilometres and 24 hours where there is none of this name."""
    if territory not in Locale("en").territories:  # so that the cache is bounded
        return METRIC
    return _find_territory_units(language, territory)


@cache
def _find_territory_units(language: str, territory: str) -> Units:
    is_imperial = territory in MILE_TERRITORIES
    locale = _find_locale(language, territory)
    pattern = str(locale.time_formats["short"].pattern) if locale else ""
    return Units(
        DistanceUnit.MILES if is_imperial else DistanceUnit.KM,
        Clock.HOURS_12 if "h" in _QUOTED.sub("", pattern) else Clock.HOURS_24,
    )


def _find_locale(language: str, territory: str) -> Locale | None:
    """Return the locale of a territory: of that language if people speak it there, else of its
    own."""
    languages = [language, *(get_official_languages(territory, de_facto=True) or ())]
    for each in languages:
        try:
            return Locale.parse(f"{each.partition('_')[0]}_{territory}")
        except (UnknownLocaleError, ValueError):
            continue
    return None
