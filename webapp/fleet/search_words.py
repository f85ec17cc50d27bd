"""Words by which people search for vehicles, in the languages of riders: colours and types.

What is stored is what owners and feeds have typed, in any language and mostly in English. So a word
of the question stands for all words of its colour, and these are looked up in the index of words,
which knows neither case nor accents (webapp/fleet/word_index.py).
"""

from collections.abc import Iterable, Iterator
from functools import cache

from webapp.fleet.enums import FormFactor, PropulsionType, VehicleType
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l
from webapp.translations.collation import fold

#: What a colour is called in English, as most are stored.
COLOR_LABELS = {
    "black": _l("black"),
    "white": _l("white"),
    "grey": _l("grey"),
    "silver": _l("silver"),
    "red": _l("red"),
    "orange": _l("orange"),
    "yellow": _l("yellow"),
    "green": _l("green"),
    "turquoise": _l("turquoise"),
    "blue": _l("blue"),
    "purple": _l("purple"),
    "pink": _l("pink"),
    "brown": _l("brown"),
    "beige": _l("beige"),
    "gold": _l("gold"),
}
#: The words of each colour with their inflected forms: in English, German (a stem ends in -, and
#: has the endings of adjectives), Spanish, French, Italian and Dutch.
COLOR_WORDS = {
    "black": "black schwarz- negro negra negros negras noir noire noirs noires nero nera neri nere"
    " zwart zwarte",
    "white": "white weiß- blanco blanca blancos blancas blanc blanche blancs blanches bianco bianca"
    " bianchi bianche wit witte",
    "grey": "grey gray grau- gris grises grise grigio grigia grigi grigie grijs grijze",
    "silver": "silver silbern- silber plateado plateada plateados plateadas plata argenté argentée"
    " argentés argentées argent argento argentato argentata zilver zilveren",
    "red": "red rot- rojo roja rojos rojas rouge rouges rosso rossa rossi rosse rood rode",
    "orange": "orange orange- orangen oranges naranja naranjas anaranjado anaranjada arancione"
    " arancioni oranje",
    "yellow": "yellow gelb- amarillo amarilla amarillos amarillas jaune jaunes giallo gialla gialli"
    " gialle geel gele",
    "green": "green grün- verde verdes vert verte verts vertes verdi groen groene",
    "turquoise": "turquoise türkis- turquesa turquesas turquoises turchese turchesi turkoois",
    "blue": "blue blau- azul azules bleu bleue bleus bleues blu blauw blauwe",
    "purple": "purple violet lila lilafarben- violett- morado morada morados moradas violeta"
    " violetas violette violets violettes viola paars paarse",
    "pink": "pink rosa rosafarben- rosas rose roses roze",
    "brown": "brown braun- marrón marrones marron marrons marrone marroni bruin bruine",
    "beige": "beige beige- beiges beis",
    "gold": "gold golden golden- dorado dorada dorados doradas doré dorée dorés dorées dorato"
    " dorata oro goud gouden",
}
ADJECTIVE_ENDINGS = ("", "e", "er", "es", "en", "em")

_BIKES = {FormFactor.BICYCLE, FormFactor.CARGO_BICYCLE}
#: Words for types beside their labels, and the form factors that they mean.
TYPE_WORDS: dict[str, set[FormFactor]] = {
    "rad räder fahrrad fahrräder bici bicis bicicleta bicicletas bicicletta biciclette vélo vélos"
    " fiets fietsen bicycle bicycles": _BIKES,
    "lastenrad lastenräder bakfiets bakfietsen": {FormFactor.CARGO_BICYCLE},
    "roller tretroller patinete patinetes trottinette trottinettes monopattino monopattini step"
    " steps": {FormFactor.SCOOTER_STANDING},
    "moto motos ciclomotor bromfiets bromfietsen": {FormFactor.MOPED},
    "auto autos coche coches voiture voitures": {FormFactor.CAR},
}
#: The same for bikes with a motor.
E_BIKE_WORDS = "ebike ebikes pedelec pedelecs elektrofahrrad elektrofahrräder"


def find_color(word: str) -> str | None:
    """Return the colour that a word means, in English; None: it means none."""
    return _colors_by_word().get(fold(word))


def list_color_words(color: str) -> list[str]:
    """Return the words of a colour in lower case, without their accents."""
    words = [form for word in COLOR_WORDS[color].split() for form in _inflect(word)]
    return sorted(set(map(fold, words)))


def color_label(stored: str) -> str:
    """Return a colour in the language of the reader; one that is not known stands for itself."""
    return find_label(COLOR_LABELS, find_color(stored)) if find_color(stored) else stored


def find_types(word: str, types: Iterable[VehicleType]) -> frozenset[VehicleType]:
    """Return those of the types that a word means in one of the languages; none: it means none."""
    folded = fold(word).replace("-", "")
    if folded in fold(E_BIKE_WORDS).split():
        motors = {str(PropulsionType.ELECTRIC), str(PropulsionType.ELECTRIC_ASSIST)}
        return frozenset(t for t in types if t[0] == FormFactor.BICYCLE and t[1] in motors)
    form_factors = _form_factors_by_word().get(folded, frozenset())
    return frozenset(type_ for type_ in types if type_[0] in form_factors)


def _inflect(word: str) -> Iterator[str]:
    if word.endswith("-"):
        yield from (word[:-1] + ending for ending in ADJECTIVE_ENDINGS)
    else:
        yield word


@cache
def _colors_by_word() -> dict[str, str]:
    return {fold(word): color for color in COLOR_WORDS for word in list_color_words(color)}


@cache
def _form_factors_by_word() -> dict[str, frozenset[FormFactor]]:
    return {
        word: frozenset(form_factors)
        for words, form_factors in TYPE_WORDS.items()
        for word in fold(words).split()
    }
