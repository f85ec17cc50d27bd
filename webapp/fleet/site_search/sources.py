"""What the search of everybody looks through: texts of the operator, and places of a city."""

from collections import Counter
from collections.abc import Iterable, Iterator

from webapp.fleet.favourites.models import SavedPlace
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.site_search.matching import Entry, Kind, list_question_words
from webapp.fleet.site_search.queries import list_addresses
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.labels import own_zone_label
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label, list_city_labels
from webapp.regions.models import City
from webapp.texts.enums import TextKind
from webapp.texts.labels import text_kind_label
from webapp.texts.markdown import list_sections
from webapp.texts.published_texts import find_text, list_notices
from webapp.translations import get_language_code, ngettext
from webapp.translations import gettext as _

#: The texts with a page, under which heading they are found, and their pages.
TEXT_PAGES = (
    (TextKind.HELP, Kind.HELP, "texts.pages.help_"),
    (TextKind.TERMS, Kind.TERMS, "texts.pages.terms"),
    (TextKind.PRIVACY, Kind.TERMS, "texts.pages.privacy"),
)


def list_text_entries(city: City) -> Iterator[Entry]:
    """Yield the sections of the texts that hold in a city, for the reader. Sends no statement if
    the process has read them lately."""
    for text_kind, kind, endpoint in TEXT_PAGES:
        text, label = find_text(text_kind, city), text_kind_label(text_kind)
        for heading, words in list_sections(text.text):
            url_args = {"city": city.name, **({"_anchor": heading.id} if heading else {})}
            title = heading.text if heading else label
            yield Entry(kind, title, words, text.language, label, endpoint, url_args)


def list_notice_entries(city: City) -> Iterator[Entry]:
    """Yield what people of a city are told now."""
    url_args = {"city_name": city.name}
    label = text_kind_label(TextKind.NOTICE)
    for notice in list_notices(city):
        words = " ".join(section.text for section in list_sections(notice.text))
        endpoint = "fleet.search.city"
        yield Entry(
            Kind.NOTICE, label, words, notice.language, city_label(city), endpoint, url_args
        )


def list_place_entries(city: City, saved_places: Iterable[SavedPlace]) -> Iterator[Entry]:
    """Yield the cities, the places that a rider has saved, and the zones of a city with a name."""
    for each in catalogue().all():
        if not each.is_archived:
            yield _make_place(
                city_label(each), _("City"), {"city_name": each.name}, list_city_labels(each)
            )
    for place in saved_places:
        around = {"city_name": city.name, "lat": place.lat, "lon": place.lon}
        yield _make_place(place.label, _("Saved place"), around)
    for label, zone in {own_zone_label(zone): zone for zone in city_zones(city).zones}.items():
        if label:
            endpoint, other_names = "fleet.zones.city_rules", zone.all_labels
            yield _make_place(label, _("Zone"), {"city_name": city.name}, other_names, endpoint)


def list_street_entries(city: City, question: str) -> Iterator[Entry]:
    """Yield the addresses of a city where vehicles are available. Sends one statement."""
    words = " ".join(list_question_words(question))
    if not words:
        return
    vehicle_filter = VehicleFilter(city, words=words, is_anonymous=True)
    for address, count in Counter(list_addresses(vehicle_filter)).items():
        label = ngettext("%(num)d vehicle", "%(num)d vehicles", count)
        yield _make_place(address, label, {"city_name": city.name, "q": address})


def _make_place(
    name: str,
    label: str,
    url_args: dict[str, object],
    other_names: Iterable[str] = (),
    endpoint: str = "fleet.search.city",
) -> Entry:
    language = get_language_code()
    return Entry(Kind.PLACE, name, "", language, label, endpoint, url_args, tuple(other_names))
