"""``system_information.json``: who runs the system, and where."""

from datetime import date
from email.utils import parseaddr

from flask import current_app

from webapp.fleet.gbfs_publishing.data import (
    FileData,
    LocalizedText,
    list_feed_languages,
    same_in_all_languages,
    translate,
)
from webapp.fleet.gbfs_publishing.versions import make_system_id
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.texts.enums import TextKind
from webapp.texts.published_texts import find_published_text
from webapp.web.assets.static_files import asset_store
from webapp.web.urls import public_url

#: OSM syntax of ``opening_hours``: rides start at any time.
ALWAYS_OPEN = "24/7"
#: The mark of MovR, the day it was drawn, and its colour. A test fails when the mark changes.
BRAND_IMAGE = "img/mark.svg"
BRAND_CHANGED_ON = date(2026, 11, 21)
BRAND_COLOR = "#0b6b5d"


class BrandAssets(FileData):
    """How trip planners show the system."""

    brand_last_modified: date
    brand_image_url: str
    color: str


class SystemInformation(FileData):
    """The data of the file."""

    system_id: str
    languages: list[str]
    name: LocalizedText
    short_name: LocalizedText
    opening_hours: str
    feed_contact_email: str
    email: str
    timezone: str
    manifest_url: str
    url: str
    start_date: date
    brand_assets: BrandAssets
    termination_date: date | None = None
    license_url: str | None = None
    terms_url: LocalizedText | None = None
    terms_last_updated: date | None = None
    privacy_url: LocalizedText | None = None
    privacy_last_updated: date | None = None


def make_system_information(city: City) -> SystemInformation:
    """Return what is said about a city. Of terms and privacy, what somebody has published; not the
    examples that MovR comes with."""
    contact = parseaddr(current_app.config["MAIL_FROM"])[1]
    return SystemInformation(
        system_id=make_system_id(city),
        languages=list_feed_languages(),
        name=translate(lambda: f"MovR {city_label(city)}"),
        short_name=same_in_all_languages("MovR"),
        opening_hours=ALWAYS_OPEN,
        feed_contact_email=contact,
        email=contact,
        timezone=city.timezone,
        manifest_url=public_url("fleet.gbfs_publishing.manifest"),
        url=public_url("fleet.search.city", city_name=city.name),
        start_date=city.opened_at.astimezone(city.zone).date(),
        brand_assets=_make_brand_assets(),
        termination_date=city.closes_at and city.closes_at.astimezone(city.zone).date(),
        license_url=current_app.config["GBFS_LICENSE_URL"] or None,
        terms_url=_link_text(TextKind.TERMS, city),
        terms_last_updated=_find_text_date(TextKind.TERMS, city),
        privacy_url=_link_text(TextKind.PRIVACY, city),
        privacy_last_updated=_find_text_date(TextKind.PRIVACY, city),
    )


def _make_brand_assets() -> BrandAssets:
    image = public_url("static", filename=asset_store().hashed_name(BRAND_IMAGE))
    return BrandAssets(BRAND_CHANGED_ON, image, BRAND_COLOR)


def _link_text(kind: TextKind, city: City) -> LocalizedText | None:
    """Return the address of a text, whose page is in the language of its reader."""
    if find_published_text(kind, city) is None:
        return None
    return same_in_all_languages(public_url(f"texts.pages.{kind.value}", city=city.name))


def _find_text_date(kind: TextKind, city: City) -> date | None:
    """Return from when on a text holds, by the city's clocks."""
    text = find_published_text(kind, city)
    begin = text.effective_from if text else None
    return begin.astimezone(city.zone).date() if begin else None
