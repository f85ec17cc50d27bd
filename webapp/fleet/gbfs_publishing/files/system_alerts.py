"""``system_alerts.json``: what people of a city are told now.

Staff write notices (Staff, Notices): each that is pinned is an alert while it is shown. A city that
closes, or where rides are switched off, has an alert of its own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from webapp.fleet.gbfs_publishing.data import FileData, LocalizedText, translate
from webapp.fleet.gbfs_publishing.versions import make_system_id
from webapp.notices.published_notices import PublishedNotice, list_pinned_notices
from webapp.regions.enums import CityFeature
from webapp.regions.features import CityClosed, find_feature_refusal
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.texts.enums import AlertType
from webapp.texts.markdown import render_line
from webapp.texts.published_texts import CurrentText, list_notices
from webapp.translations import gettext as _


class AlertTime(FileData):
    """From when until when what an alert says is so."""

    start: datetime
    end: datetime | None = None


class Alert(FileData):
    """Something that people of a city should know."""

    alert_id: str
    type: str
    summary: LocalizedText
    region_ids: list[str]
    times: list[AlertTime] | None = None
    last_updated: datetime | None = None


class Alerts(FileData):
    """The data of the file."""

    alerts: list[Alert]


def make_alerts(city: City) -> Alerts:
    """Return the alerts of a city; those that are over are gone."""
    pinned = [_make_pinned(city, notice) for notice in list_pinned_notices(city)]
    notices = [_make_notice(city, notice) for notice in list_notices(city)]
    return Alerts([*_make_closures(city), *pinned, *notices])


def _make_closures(city: City) -> Iterator[Alert]:
    """Yield the alert that the city closes or is closed, or that no ride starts there now."""
    regions = [make_system_id(city)]
    if city.closes_at:
        alert_id = uuid5(NAMESPACE_URL, f"{regions[0]}/{city.closes_at.isoformat()}")
        summary = translate(lambda: _("MovR closes in %(city)s.", city=city_label(city)))
        times = [AlertTime(_whole_second(city.closes_at))]
        yield Alert(str(alert_id), AlertType.SYSTEM_CLOSURE, summary, regions, times)
    refusal = find_feature_refusal(city, CityFeature.RIDES)
    if refusal and not isinstance(refusal, CityClosed):
        alert_id = uuid5(NAMESPACE_URL, f"{regions[0]}/{CityFeature.RIDES}")
        summary = translate(lambda: str(refusal.message))
        yield Alert(str(alert_id), AlertType.SYSTEM_CLOSURE, summary, regions)


def _make_pinned(city: City, notice: PublishedNotice) -> Alert:
    until = notice.shown_until and _whole_second(notice.shown_until)
    return Alert(
        alert_id=str(notice.id),
        type=notice.alert_type,
        summary=translate(lambda: notice.words.title),
        region_ids=[make_system_id(city)],
        times=[AlertTime(_whole_second(notice.shown_from), until)],
        last_updated=_whole_second(notice.changed_at),
    )


def _make_notice(city: City, notice: CurrentText) -> Alert:
    """Return the alert of a notice of the release before."""
    begin = _whole_second(notice.effective_from or datetime.now(UTC))
    end = notice.effective_until and _whole_second(notice.effective_until)
    return Alert(
        alert_id=str(notice.id),
        type=notice.alert_type,
        summary=translate(lambda: _read_in_language(city, notice)),
        region_ids=[make_system_id(city)],
        times=[AlertTime(begin, end)],
        last_updated=begin,
    )


def _read_in_language(city: City, notice: CurrentText) -> str:
    """Return a notice in the language of the moment, without Markdown. A city has one of its own at
    most, and one of all cities."""
    same = [each for each in list_notices(city) if each.city == notice.city]
    return render_line((same or [notice])[0].text).striptags()


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
