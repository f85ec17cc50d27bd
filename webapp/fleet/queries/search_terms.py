"""Reading the text and the price of a search: words, and types of vehicles."""

import unicodedata
from datetime import timedelta

from webapp.fleet.enums import VehicleType
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.quotes import quote_ride
from webapp.fleet.queries.filters import ALL_TYPES
from webapp.fleet.search_words import find_types
from webapp.regions.models import City
from webapp.translations.collation import fold

#: The duration of the ride whose price is compared.
PRICED_DURATION = timedelta(minutes=15)
#: Shorter words name no type: the ``e`` of ``e-bike`` is also a street.
MIN_TYPE_WORD_LENGTH = 3


def parse_search_text(text: str) -> tuple[str, frozenset[VehicleType] | None]:
    """Return the words to search for, and the types that the text names; None if it names none.

    ``red bike`` is the word ``red`` and the types of bikes. Types are found by their labels in the
    reader's language, else by words of all languages.
    """
    words, types = [], None
    for word in unicodedata.normalize("NFC", text).replace(",", " ").split():
        if word_types := _find_types(word.lower()):
            types = word_types if types is None else types & word_types
        else:
            words.append(word)
    return " ".join(words), types


def _find_types(word: str) -> frozenset[VehicleType]:
    if len(word) < MIN_TYPE_WORD_LENGTH:
        return frozenset()
    singular_and_plural = {fold(word), fold(word).removesuffix("s")}
    labelled = (type_ for type_ in ALL_TYPES if singular_and_plural & _label_words(type_))
    return frozenset(labelled) or find_types(word, ALL_TYPES)


def _label_words(type_: VehicleType) -> set[str]:
    label = fold(type_label(*type_))
    return {*label.split(), *label.split("-")}


def types_within_price(city: City, max_price: int) -> frozenset[VehicleType]:
    """Return the types that cost at most ``max_price`` for ``PRICED_DURATION``.

    max_price: with tax, in minor units of the city's currency. Sends no statement.
    """
    return frozenset(type_ for type_ in ALL_TYPES if _quote_type(city, *type_) <= max_price)


def _quote_type(city: City, form_factor: str, propulsion_type: str) -> int:
    vehicle = Vehicle(city=city.name, form_factor=form_factor, propulsion_type=propulsion_type)
    plan = find_plan(vehicle)
    return quote_ride(plan.tariff, PRICED_DURATION).total if plan else 0
