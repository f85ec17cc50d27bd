"""Programs are told what people of a city are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from tests.fleet.gbfs_publishing.conftest import ChangeCity
from tests.fleet.gbfs_publishing.steps import VERSIONS, find_errors, read_file
from tests.notices.steps import insert_notice
from tests.texts.steps import insert_text
from tests.visitor import Visitor

NOW = datetime.now(UTC).replace(microsecond=0)


def read_alerts(visitor: Visitor, city: str = "new york", version: str = "v3") -> list[Any]:
    """Return the alerts of a city. Any: values of JSON."""
    alerts: list[Any] = read_file(visitor, "system_alerts", city, version)["data"]["alerts"]
    return alerts


@pytest.mark.parametrize("version", VERSIONS)
def test_a_notice_is_an_alert_while_it_holds(app: Flask, visitor: Visitor, version: str) -> None:
    assert read_alerts(visitor, version=version) == []
    end = NOW + timedelta(hours=3)
    id_ = insert_text(app, "Marathon: **Main Street** is closed & busy.", "notice", city="new york",
                      effective_from=NOW - timedelta(hours=1), effective_until=end)  # fmt: skip
    insert_text(app, "Over.", "notice", city="paris", effective_until=NOW - timedelta(minutes=1))
    [alert] = read_alerts(visitor, version=version)
    assert (alert["alert_id"], alert["type"]) == (str(id_), "other")
    summary = alert["summary"] if version == "v2" else alert["summary"][0]["text"]
    assert summary == "Marathon: Main Street is closed & busy."
    [times] = alert["times"]
    expected = int(end.timestamp()) if version == "v2" else end.isoformat().replace("+00:00", "Z")
    assert times["end"] == expected
    assert read_alerts(visitor, "paris", version) == []
    assert find_errors(visitor, "new york", version) == []


def test_a_notice_is_in_each_language_of_the_feed(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    times = {
        "effective_from": NOW - timedelta(hours=1),
        "effective_until": NOW + timedelta(hours=1),
    }
    insert_text(app, "Snow", "notice", **times)
    insert_text(app, "Schnee", "notice", language="de", **times)
    [alert] = read_alerts(visitor)
    assert alert["summary"] == [
        {"text": "Snow", "language": "en"}, {"text": "Schnee", "language": "de"},
    ]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_a_closing_city_and_one_without_rides_say_so(
    visitor: Visitor,
    change_city: ChangeCity,
    version: str,
) -> None:
    change_city(closes_at=func.now() + timedelta(days=3))
    [alert] = read_alerts(visitor, version=version)
    assert alert["type"] == "system_closure"
    assert find_errors(visitor, "new york", version) == []
    change_city(closes_at=None, features_off=["rides"])
    [alert] = read_alerts(visitor, version=version)
    assert (alert["type"], "times" in alert) == ("system_closure", False)
    assert "No rides start here" in str(alert["summary"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pinned_notice_is_an_alert_of_the_type_that_staff_have_chosen(
    app: Flask, visitor: Visitor, version: str
) -> None:
    id_ = insert_notice(app, "Storm", is_pinned=True, alert_type="system_closure")
    insert_notice(app, "The service area grows")
    [alert] = read_alerts(visitor, version=version)
    assert (alert["alert_id"], alert["type"]) == (str(id_), "system_closure")
    assert "Storm" in str(alert["summary"])
    assert "end" not in alert["times"][0]
    assert find_errors(visitor, "new york", version) == []
