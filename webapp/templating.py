"""Filters and variables of all templates.

What belongs to one module, such as prices, is added in its ``create_module``.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import parse_pattern
from flask import Flask, current_app, g, request
from flask_login import current_user
from jinja2 import Environment, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

from webapp import mail, money
from webapp.audit.labels import AUDIT_KIND_LABELS
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.measures import (
    describe_units,
    format_area,
    format_distance,
    format_range,
    format_speed,
    format_walking_distance,
)
from webapp.regions.catalogue import catalogue, find_city_label, visitors_city
from webapp.regions.geography import Place, Point, distance_m, find_bearing
from webapp.regions.labels import city_label, sort_by_label
from webapp.regions.models import City
from webapp.translations import (
    find_label,
    get_language_code,
    language_label,
    request_language,
    request_units,
)
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations.catalogues import SOURCE_LANGUAGE
from webapp.translations.units import METRIC, Clock, Units
from webapp.web.assets.static_files import static_url
from webapp.web.roles import Permission
from webapp.web.urls import url_with_query

#: Folders of the templates of riders' pages, and of what these include.
RIDERS_TEMPLATES = {
    "", "_macros", "_partials", "fleet", "fleet/pricing", "fleet/zones", "machine_translation",
    "notices", "rides", "texts",
}  # fmt: skip
#: A letter, a hyphen and a word: "E-Bike".
LETTER_AND_WORD = re.compile(r"\b\w-\w+")


class PageTemplate(Template):
    """A template whose macros are loaded once.

    For each import Jinja compares the names that the importing template and this one know. All
    templates of the application know the same.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = PageTemplate
    app.context_processor(_globals)
    filters: list[Callable[..., Any]] = [
        local_time, reader_time, format_elapsed_time, format_remaining_time, format_duration,
        format_distance, format_walking_distance, find_city, describe_point,
        describe_place, describe_direction, audit_kind_label, language_label, format_area,
        format_range, format_speed, add_colon, sort_by_label, no_break,
    ]  # fmt: skip
    for function in filters:
        app.add_template_filter(function)
    app.add_template_filter(_city_label, "city_label")
    app.add_template_filter(money.format_amount, "money")
    # Macros know them too, without the variables of the page that imports them.
    functions: list[Callable[..., Any]] = [
        visitors_city,
        this_page,
        staff_menu,
        icons_url,
        static_url,
        list_directions,
        city_labels,
        mail_folder,
        has_mailbox,
        foreign_offset,
        get_language_code,
        address_language,
        address_units,
        clock_hours,
        describe_units,
        offers_languages,
    ]
    for function in functions:
        app.add_template_global(function)
    app.add_template_global(Permission, "Permission")


def _globals() -> dict[str, Any]:
    """Return the variables of all templates. ``viewer`` is the signed-in account or None; error
    pages do not ask the database for it."""
    signed_in = not g.get("failsafe") and current_user.is_authenticated
    return {
        # The account itself: through the proxy, each mention would be looked up anew.
        "viewer": current_user._get_current_object() if signed_in else None,
        "locale": request_language().locale,
    }


def mail_folder() -> Path | None:
    """Return the folder of the mail that this server writes; None where mail is sent."""
    return mail.folder() if mail.is_written_to_folder() else None


def has_mailbox() -> bool:
    """Tell whether this server shows the mail that it writes."""
    return "mailbox" in current_app.blueprints


def city_labels() -> tuple[tuple[str, str], ...]:
    """Return the name and the label of every city that is not archived, by label."""
    return catalogue().labels()


def icons_url() -> str:
    """Return the address of the file with all icons."""
    return static_url("img/icons.svg")


def staff_menu() -> list[StaffMenuEntry]:
    """Return the links of the menu of staff that the viewer may open."""
    if not current_user.is_staff:  # most riders: nothing is sorted and asked
        return []
    entries = sorted(get_hooks().staff_menu, key=lambda entry: entry.position)
    return [entry for entry in entries if _may_open(entry)]


def _may_open(entry: StaffMenuEntry) -> bool:
    """Tell whether the viewer has the permission of the entry in some city, or in all where it is
    needed in all."""
    if entry.in_all_cities:
        return current_user.cities_with_permission(entry.permission) is None
    return bool(current_user.has_permission(entry.permission))


def this_page(query_args: dict[str, Any] | None = None, **more: Any) -> str:
    """Return the address of the current page with another query string."""
    assert request.endpoint  # noqa: S101 - an error page of no route has no lists
    query = {**(query_args or {}), **more}
    return url_with_query(request.endpoint, query, **(request.view_args or {}))


def reader_time(moment: datetime, pattern: str = "d MMM yyyy, HH:mm") -> Markup:
    """Return a ``<time>`` element that shows the moment in the zone of the signed-in account: for
    what concerns the account, and no street."""
    return _make_time_element(
        moment, current_user.zone, format_reader_time(moment, current_user, pattern)
    )


class Reader(Protocol):
    """An account, as far as it decides how times are shown."""

    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def city(self) -> str: ...


def format_reader_time(moment: datetime, reader: Reader, pattern: str = "d MMM yyyy, HH:mm") -> str:
    """Return the moment in the zone of an account as text. Where the clocks of its home city show
    another time, the offset from UTC follows: the times of rides are by those."""
    city = find_city(reader.city)
    offset = moment.astimezone(reader.zone).utcoffset()
    is_foreign = city is not None and moment.astimezone(city.zone).utcoffset() != offset
    return _format_time(moment, reader.zone, pattern, says_offset=is_foreign)


def add_colon(label: str) -> str:
    """Return the label of a value or a link, with the colon as its language writes it."""
    return type(label)(_("%(label)s:")) % {"label": label}


def no_break(name: str) -> Markup:
    """Return a name in which no line ends between a single letter and its word: ``E-Bike``."""
    return Markup(  # noqa: S704 - escaped
        LETTER_AND_WORD.sub(r'<span class="text-nowrap">\g<0></span>', str(escape(name)))
    )


def local_time(moment: datetime, city: City | None, pattern: str = "d MMM yyyy, HH:mm") -> Markup:
    """Return a ``<time>`` element that shows the moment in the city's zone."""
    text = format_local_time(moment, city, pattern)
    return _make_time_element(moment, city.zone if city else None, text)


def _make_time_element(moment: datetime, zone: tzinfo | None, text: str) -> Markup:
    machine_text = _in_zone(moment, zone).isoformat(timespec="seconds")
    return Markup(f'<time datetime="{machine_text}">{escape(text)}</time>')  # noqa: S704 - escaped


def format_local_time(
    moment: datetime, city: City | None, pattern: str = "d MMM yyyy, HH:mm"
) -> str:
    """Return the moment in the city's zone as text.

    Where a clock shows an hour twice, when summer time ends, the offset from UTC follows.
    """
    return _format_time(moment, city.zone if city else None, pattern)


def _format_time(
    moment: datetime, zone: tzinfo | None, pattern: str, says_offset: bool = False
) -> str:
    local = _in_zone(moment, zone)
    locale = request_language().locale
    has_time = "HH" in pattern
    pattern = localize_pattern(pattern, locale, request_units())
    is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    if has_time and (is_twice or says_offset):
        pattern += " 'UTC'xxx"
    return str(parse_pattern(pattern).apply(local, locale))


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone) if zone else moment


def address_language() -> str | None:
    """Return the parameter ``language`` for addresses of what is the same for everybody; None
    where it is not needed."""
    language = get_language_code()
    return language if language != SOURCE_LANGUAGE else None


def address_units() -> str | None:
    """Return the parameter ``units`` for such addresses; None where it is not needed."""
    units = request_units()
    return str(units) if units != METRIC else None


def clock_hours() -> str:
    """Return ``12`` or ``24``: how many hours the clocks of the reader have."""
    return request_units().clock


def offers_languages() -> bool:
    """Tell whether there is a choice of languages."""
    return len(current_app.config["LANGUAGES"]) > 1


#: CLDR's names (skeletons) of the dates that templates show, by their patterns in English.
DATE_SKELETONS = {
    "d MMM yyyy": "yMMMd",
    "d MMMM yyyy": "yMMMMd",
    "MMMM yyyy": "yMMMM",
    "d MMM": "MMMd",
    "d MMMM": "MMMMd",
}


#: CLDR's names of the times that templates show, by their patterns of 24 hours. The longer one
#: comes first.
TIME_SKELETONS = {"HH:mm:ss": "hms", "HH:mm": "hm"}
#: Between a time and its "PM": a line does not end there.
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


@cache
def localize_pattern(pattern: str, locale: Locale, units: Units = METRIC) -> str:
    """Return the pattern of a date and a time, ``d MMM yyyy, HH:mm``, as people of a language write
    them, by CLDR. English dates are as in most of the world, for Americans as in the United States.
    """
    if units.clock == Clock.HOURS_12:
        for hours_24, skeleton in TIME_SKELETONS.items():
            hours_12 = str(locale.datetime_skeletons[skeleton].pattern).replace(" ", NARROW_SPACE)
            pattern = pattern.replace(hours_24, hours_12)
    date, comma, time = pattern.partition(", ")
    is_as_in_code = locale.language == SOURCE_LANGUAGE and not units.is_american
    if is_as_in_code or date not in DATE_SKELETONS:
        return pattern
    return f"{_find_date_pattern(DATE_SKELETONS[date], locale)}{comma}{time}"


def _find_date_pattern(skeleton: str, locale: Locale) -> str:
    skeletons = locale.datetime_skeletons
    if skeleton == "yMMMMd" and skeleton not in skeletons:  # CLDR has it as the long date
        return str(locale.date_formats["long"].pattern)
    return str(skeletons[skeleton].pattern)


def foreign_offset(city: City | None) -> str:
    """Return the offset of a city's clocks, ``UTC+01:00``; '' where those of the viewer's home city
    show the same time."""
    viewers_city = find_city(current_user.city)
    if city is None or viewers_city is None:
        return ""
    local = datetime.now(city.zone)
    if local.utcoffset() == datetime.now(viewers_city.zone).utcoffset():
        return ""
    return parse_pattern("'UTC'xxx").apply(local, request_language().locale)


def format_duration(duration: timedelta) -> str:
    """Return a duration in words: ``45 s``, ``12 min``, ``1 h 05 min``, ``24 h``, ``3 d 4 h``."""
    seconds = int(duration.total_seconds())
    if seconds < 60:
        return str(_("%(n)d s", n=seconds))
    minutes = seconds // 60
    if minutes < 60:
        return str(_("%(n)d min", n=minutes))
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return str(_("%(d)d d %(h)d h", d=hours // 24, h=hours % 24))
    if not minutes:
        return str(_("%(h)d h", h=hours))
    return str(_("%(h)d h %(m)s min", h=hours, m=f"{minutes:02d}"))


def format_elapsed_time(start: datetime) -> str:
    """Return the time that has passed as a clock shows it: ``4:07``, ``1:04:07``."""
    seconds = max(0, int((datetime.now(UTC) - start).total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}:{minutes:02d}:{seconds % 60:02d}"
    return f"{minutes}:{seconds % 60:02d}"


def format_remaining_time(end: datetime) -> str:
    """Return the time that is left as a clock shows it: ``9:41``; ``0:00`` when it is over."""
    now = datetime.now(UTC)
    return format_elapsed_time(now - (end - now))


DIRECTIONS = (
    _l("north"), _l("north-east"), _l("east"), _l("south-east"),
    _l("south"), _l("south-west"), _l("west"), _l("north-west"),
)  # fmt: skip


def describe_point(point: Point, city: City | None) -> str:
    """Return where a point is, in words: ``1.2 km north-east of the centre``."""
    if city is None:
        return f"{point.lat:.4f}, {point.lon:.4f}"
    metres = round(distance_m(city.centre, point))
    if metres < 100:
        return str(_("in the city centre"))
    direction = DIRECTIONS[round(find_bearing(city.centre, point) / 45) % 8]
    return str(
        _(
            "%(far)s %(direction)s of the city centre",
            far=format_distance(metres),
            direction=direction,
        )
    )


def describe_place(place: Place, city: City | None) -> str:
    """Return a place in words: its address, else where it is."""
    if place.address:
        return place.address
    return describe_point(place.point, city) if place.point else str(_("unknown place"))


def list_directions() -> list[str]:
    """Return the eight directions in words, clockwise from north."""
    return [str(direction) for direction in DIRECTIONS]


def describe_direction(destination: Point, origin: Point) -> str:
    """Return the distance and direction of ``destination``: ``120 m north-east``."""
    direction = DIRECTIONS[round(find_bearing(origin, destination) / 45) % 8]
    return f"{format_distance(round(distance_m(origin, destination)))} {direction}"


def find_city(name: str) -> City | None:
    """Return the city of that name, for its time zone."""
    return catalogue().find(name)


def _city_label(city: City | str) -> str:
    """Return the name of a city, or of the one with that key, in the language of the reader."""
    return find_city_label(city) if isinstance(city, str) else city_label(city)


def audit_kind_label(kind: str) -> str:
    """Return the label of a kind of audit event."""
    return str(escape(find_label(AUDIT_KIND_LABELS, kind)))


def compile_riders_templates(environment: Environment) -> None:
    """Compile the templates of riders' pages. Jinja compiles them when they are first shown: when
    many people come at that moment, each thread of the process does it, one delaying the other."""
    for name in environment.list_templates():
        if name.rpartition("/")[0] in RIDERS_TEMPLATES:
            environment.get_template(name)
