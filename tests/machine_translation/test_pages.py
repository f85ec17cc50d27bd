"""People have texts of others translated: on the pages where they read them, and only there."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert, update

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import insert_report
from tests.machine_translation.conftest import Configure
from tests.machine_translation.services import TranslationServer
from tests.machine_translation.steps import MACHINE, SHOUT, WORDS, find_path
from tests.notices.steps import insert_comment, insert_notice
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.notices.comments.models import NoticeComment
from webapp.riders.models import Profile
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.translatable_texts import encrypt_text_key

pytestmark = pytest.mark.usefixtures("configure")


def find_offers(page: str) -> set[str]:
    """Return the addresses of the translations that a page offers. That of a remark is new each
    time: instead of it, that of all remarks."""
    paths = re.findall(r'action="(/translations/[^"]+)"', page)
    return {re.sub("(?<=/remark/).+", "", path) for path in paths}


def find_remark_path(page: str) -> str:
    [path] = re.findall(r'action="(/translations/remark/[^"]+)"', page)
    return str(path)


# --- a comment ------------------------------------------------------------------------------


def test_a_comment_in_another_language_is_translated_below_the_original(
    browser: Visitor, notice: UUID, comment: NoticeComment, service: TranslationServer
) -> None:
    path = find_path("comment", comment.key)
    page = browser.get(f"/notices/{notice}").text
    assert f'action="{path}"' in page
    assert "Sends the text" not in page, "everybody can read it"
    text = browser.send(path).text
    assert text.index(WORDS) < text.index(MACHINE) < text.index(SHOUT)
    assert f'href="/notices/{notice}#comments"' in text
    [received_request] = service.received_requests
    assert received_request.body == {"text": [WORDS], "target_lang": "EN-GB"}
    assert not {name.lower() for name in received_request.headers} & {"cookie", "referer"}


def test_who_reads_the_language_or_may_not_tell_is_offered_what_fits(
    app: Flask, browser: Visitor, notice: UUID, comment: NoticeComment, bob: User
) -> None:
    path = find_path("comment", comment.key)
    german = {"Accept-Language": "de"}
    assert path not in browser.get(f"/notices/{notice}", headers=german).text
    short = insert_comment(app, notice, bob, "Super!").key
    assert find_path("comment", short) in browser.get(f"/notices/{notice}").text
    assert path not in new_browser(app).get(f"/notices/{notice}").text, "nobody has signed in"
    assert path not in new_browser(app).sign_in(bob).get(f"/notices/{notice}").text, "his own"


def test_a_comment_is_asked_for_once_until_it_changes(
    app: Flask, browser: Visitor, comment: NoticeComment, service: TranslationServer
) -> None:
    path = find_path("comment", comment.key)
    for _ in range(2):
        assert SHOUT in browser.send(path).text
    assert len(service.received_requests) == 1
    with app.app_context():
        execute_write(update(NoticeComment).values(text="Repariert, alles ist wieder gut."))
    text = browser.send(path).text
    assert "REPARIERT" in text
    assert SHOUT not in text


@pytest.mark.parametrize("change", [{"state": "hidden"}, {"state": "flagged"}, None])
def test_a_comment_that_nobody_may_read_has_no_translation_any_more(
    app: Flask, browser: Visitor, comment: NoticeComment, change: dict[str, str] | None
) -> None:
    path = find_path("comment", comment.key)
    assert SHOUT in browser.send(path).text
    with app.app_context():
        if change:
            execute_write(update(NoticeComment).values(**change))
        else:
            execute_write(NoticeComment.__table__.delete())  # type: ignore[attr-defined]
    assert browser.send(path).status_code == 404


# --- the other texts ------------------------------------------------------------------------


def test_a_notice_is_translated_with_its_title_for_who_reads_none_of_its_languages(
    app: Flask, browser: Visitor, service: TranslationServer
) -> None:
    notice = insert_notice(app, texts={"de": "Glatteis"})
    path = find_path("notice", notice)
    assert path in browser.get(f"/notices/{notice}").text
    text = browser.send(path).text
    assert service.received_requests[0].body["text"] == ["Glatteis", "About *Glatteis*."]
    assert "<em>GLATTEIS</em>" in text
    assert text.index("Glatteis") < text.index(MACHINE) < text.index("GLATTEIS")
    both = insert_notice(app, texts={"de": "Glatteis", "en": "Ice"})
    for query in ("", "?language=de"):
        assert "/translations/" not in browser.get(f"/notices/{both}{query}").text
    assert browser.send(find_path("notice", both)).status_code == 404


def test_the_text_of_a_profile_is_translated_for_who_may_see_it(
    app: Flask, browser: Visitor, ada: User, bob: User
) -> None:
    path = find_path("profile", bob.key)
    row = {"region": bob.region, "user_id": bob.id, "about": WORDS, "shown_to_riders": False}
    with app.app_context():
        execute_write(insert(Profile).values(**row))
    assert browser.send(path).status_code == 404
    with app.app_context():
        execute_write(update(Profile).values(shown_to_riders=True))
    page = browser.get(f"/users/{bob.key}").text
    assert path in page
    assert "Sends the text to DeepL" in page
    assert SHOUT in browser.send(path).text
    own = new_browser(app).sign_in(bob)
    assert path not in own.get(f"/users/{bob.key}").text
    assert own.send(path).status_code == 404


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory) -> Vehicle:
    return make_vehicle()


@pytest.fixture
def ride(app: Flask, vehicle: Vehicle, bob: User) -> RowKey:
    """Bob's ride, with words for other riders."""
    key = RowKey(vehicle.region, uuid4())
    row = {
        "region": key.region,
        "id": key.id,
        "city": vehicle.city,
        "vehicle_id": vehicle.id,
        "rider_region": bob.region,
        "rider_id": bob.id,
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "ended_at": datetime(2026, 1, 2, tzinfo=UTC),
        "rating": 2,
        "rating_note": WORDS,
        "note_is_public": True,
    }
    with app.app_context():
        execute_write(insert(Ride).values(row))
    return key


@pytest.fixture
def texts(app: Flask, ada: User, bob: User, ride: RowKey, vehicle: Vehicle) -> Any:
    """Return the addresses of the translations of texts for few people, and where these stand."""
    person = {"author_region": bob.region, "author_id": bob.id}
    of_rider, of_staff = RowKey(ride.region, uuid4()), RowKey(ride.region, uuid4())
    messages = [
        {"region": ride.region, "id": of_rider.id, "ride_id": ride.id, "by_staff": False, **person},
        {
            **{"region": ride.region, "id": of_staff.id, "ride_id": ride.id, "by_staff": True},
            **{"author_region": None, "author_id": None},
        },
    ]
    block = RowKey(bob.region, uuid4())
    with app.app_context():
        execute_write(
            insert(Dispute).values(region=ride.region, ride_id=ride.id, city=vehicle.city)
        )
        execute_write(insert(DisputeMessage).values([{**each, "text": WORDS} for each in messages]))
        execute_write(
            insert(RiderBlock).values(
                region=block.region,
                id=block.id,
                rider_id=bob.id,
                owner_region=ada.region,
                owner_id=ada.id,
                ride_region=ride.region,
                ride_id=ride.id,
                reason=WORDS,
            )
        )
        remark_key = encrypt_text_key(ride)
    report = insert_report(
        app, vehicle, note=WORDS, answer=WORDS, reporter_region=bob.region, reporter_id=bob.id
    )
    return {
        "message of the rider": find_path("dispute-message", of_rider),
        "message of staff": find_path("dispute-message", of_staff),
        "report": find_path("report", report),
        "answer": find_path("report-answer", report),
        "reason": find_path("block-reason", block),
        "remark": find_path("remark", remark_key),
        "pages of bob": [f"/rides/{ride}/dispute", f"/reports/{report}", "/rides/blocks"],
        "pages of staff": [
            f"/fleet/disputes/{ride}",
            f"/fleet/reports/{report}",
            f"/fleet/blocks/{block}/end",
            f"/vehicles/{vehicle.public_key}",
            f"/fleet/rides/{ride}/remark/hide",
        ],
    }


#: Who may have what translated.
OFFERED: dict[str, set[str]] = {
    "bob": {"message of staff", "answer", "reason"},
    "staff": {"message of the rider", "message of staff", "report", "reason", "remark"},
    "staff of Paris": set(),
    "ada": set(),
}


@pytest.mark.parametrize("viewer_name", OFFERED)
def test_private_texts_are_translated_for_who_may_read_them_and_nobody_else(
    app: Flask, make_user: UserFactory, ada: User, bob: User, texts: Any, viewer_name: str
) -> None:
    if viewer_name.startswith("staff"):
        city = "paris" if "Paris" in viewer_name else "new york"
        viewer = make_user("sue", city, roles={"admin": [city]})
    else:
        viewer = {"ada": ada, "bob": bob}[viewer_name]
    browser = new_browser(app).sign_in(viewer)
    pages = {path: browser.get(path).text for path in texts.pop(f"pages of {viewer_name}", ())}
    for name, path in texts.items():
        if name.startswith("pages"):
            continue
        response = browser.send(path)
        if name not in OFFERED[viewer_name]:
            assert response.status_code == 404, name
            continue
        assert SHOUT in response.text
        back = re.search(r'class="back-link"><a href="([^"]+)"', response.text)
        assert back, name
        offered_path = find_path("remark", "") if name == "remark" else path
        assert offered_path in find_offers(pages[back[1]]), name
    offered = {texts[name] for name in OFFERED[viewer_name] - {"remark"}}
    if "remark" in OFFERED[viewer_name]:
        offered.add(find_path("remark", ""))
    assert find_offers("".join(pages.values())) == offered


def test_words_about_a_vehicle_are_translated_for_who_has_reserved_it(
    app: Flask, browser: Visitor, vehicle: Vehicle, ride: RowKey, ada: User
) -> None:
    with app.app_context():
        path = find_path("remark", encrypt_text_key(ride))
    assert browser.send(path).status_code == 404
    browser.send(f"/rides/reserve/{vehicle.public_key}")
    page = browser.get(f"/vehicles/{vehicle.public_key}").text
    assert str(ride.id) not in page, "nor does it tell which ride it was"
    assert browser.send(find_path("remark", ride)).status_code == 404
    path = find_remark_path(page)
    assert SHOUT in browser.send(path).text
    for columns in ({"note_hidden_at": func.now()}, {"note_is_public": False}):
        restored = {"note_is_public": True, "note_hidden_at": None}
        with app.app_context():
            execute_write(update(Ride).values({**restored, **columns}))
        assert browser.send(path).status_code == 404


def test_staff_have_a_hidden_remark_translated(
    app: Flask, vehicle: Vehicle, ride: RowKey, make_user: UserFactory
) -> None:
    with app.app_context():
        execute_write(update(Ride).values(note_hidden_at=func.now()))
    staff = new_browser(app).sign_in(make_user(roles=["support"]))
    for page in (f"/vehicles/{vehicle.public_key}", f"/fleet/rides/{ride}/remark/show"):
        path = find_remark_path(staff.get(page).text)
        assert SHOUT in staff.send(path).text


def test_an_operator_can_keep_private_texts(
    app: Flask, configure: Configure, bob: User, texts: Any, service: TranslationServer
) -> None:
    configure(TRANSLATOR_PUBLIC_TEXTS_ONLY=True)
    browser = new_browser(app).sign_in(bob)
    for page in texts["pages of bob"]:
        assert "/translations/" not in browser.get(page).text
    assert browser.send(texts["answer"]).status_code == 404
    assert service.received_requests == []
