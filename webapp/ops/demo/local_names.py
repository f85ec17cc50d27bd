"""What the cities of the demo call their prices and places, each in its own language."""

from collections.abc import Mapping
from typing import NamedTuple


class LocalNames(NamedTuple):
    """The names of a language."""

    #: A place in the middle of the city.
    square: str
    #: Of ``number`` and ``street``.
    address: str
    #: What lies beyond a ``street``.
    behind: str
    #: Pricing plans by vehicle type; '' is any other. The others keep their English names.
    plans: Mapping[str, str]


#: By ISO 639-1.
LOCAL_NAMES = {
    "en": LocalNames("Market square", "{number} {street}", "Behind {street}", {}),
    "de": LocalNames(
        "Marktplatz",
        "{street} {number}",
        "Hinter {street}",
        {
            "": "Bezahlen nach Nutzung",
            "bike": "Eine halbe Stunde für eine Münze",
            "e-bike": "E-Bike nach Minuten",
            "scooter": "E-Scooter nach Minuten",
            "skateboard": "Rollen, so lange du willst",
        },
    ),
    "es": LocalNames(
        "Plaza del Mercado",
        "{street} {number}",
        "Detrás de {street}",
        {
            "": "Paga por uso",
            "bike": "Media hora por una moneda",
            "e-bike": "Bici eléctrica por minutos",
            "scooter": "Patinete por minutos",
            "skateboard": "Rueda todo lo que quieras",
        },
    ),
    "fr": LocalNames(
        "Place du Marché",
        "{number} {street}",
        "Derrière {street}",
        {
            "": "Payez à l’usage",
            "bike": "Une demi-heure pour un euro",
            "e-bike": "Vélo électrique à la minute",
            "scooter": "Trottinette à la minute",
            "skateboard": "Roulez aussi longtemps que vous voulez",
        },
    ),
    "it": LocalNames(
        "Piazza del Mercato",
        "{street} {number}",
        "Dietro {street}",
        {
            "": "Paghi quanto usi",
            "bike": "Mezz’ora per un euro",
            "e-bike": "Bici elettrica al minuto",
            "scooter": "Monopattino al minuto",
            "skateboard": "In giro finché vuoi",
        },
    ),
    "nl": LocalNames(
        "Marktplein",
        "{street} {number}",
        "Achter {street}",
        {
            "": "Betalen per minuut",
            "bike": "Een half uur voor een euro",
            "e-bike": "E-bike per minuut",
            "scooter": "Step per minuut",
            "skateboard": "Rijden zo lang je wilt",
        },
    ),
}
