"""Riders comment on notices of cities where they have ridden, and flag what others write; staff
look at what was flagged."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.auth.steps import new_browser, read_audit_events, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.job_steps import read_mails
from tests.notices.steps import insert_comment, insert_ended_ride, insert_notice
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.notices.comments import services
from webapp.notices.comments.models import MAX_COMMENT_LENGTH, CommentFlag, NoticeComment
from webapp.notices.comments.personal_data import delete_comments_in_slices
from webapp.notices.comments.services import FLAGS_TO_HIDE, MAX_ON_NOTICE, MAX_PER_DAY
from webapp.notices.published_notices import find_notice
from webapp.ops.retention import delete_old_rows

MakeRider = Callable[..., User]


@pytest.fixture
def make_rider(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> MakeRider:
    """Make an account that has ridden in New York, wherever its home is."""
    vehicle = make_vehicle()

    def make(*arguments: Any, **options: Any) -> User:
        rider = make_user(*arguments, **options)
        insert_ended_ride(app, rider, vehicle)
        return rider

    return make


@pytest.fixture
def rider(make_rider: MakeRider) -> User:
    return make_rider("ada")


@pytest.fixture
def browser(visitor: Visitor, rider: User) -> Visitor:
    return visitor.sign_in(rider)


def comment_on(browser: Visitor, notice: UUID, text: str = "Nice.", **fields: str) -> Any:
    form = {"text": text, "nonce": uuid4().hex, **fields}
    return browser.send(f"/notices/{notice}/comments", **form)


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_who_has_ridden_in_the_city_comments_and_all_read_it(
    app: Flask, browser: Visitor, rider: User
) -> None:
    notice = insert_notice(app)
    text = "See <b> https://a.example/x"
    for _press in range(2):
        assert comment_on(browser, notice, text, nonce="n").status_code == 303
    page = new_browser(app).get(f"/notices/{notice}").text
    assert page.count("See &lt;b&gt;") == 1
    assert 'href="https://a.example/x" rel="nofollow' in page
    assert rider.short_name in page
    assert "Sign in to comment" in page
    response = comment_on(browser, notice, "Other", nonce="n")
    assert response.status_code == 409
    assert ">\r\nOther</textarea>" in response.text


def test_the_name_of_a_closed_account_is_shown_to_staff_only(
    app: Flask, rider: User, make_user: UserFactory
) -> None:
    notice, name = insert_notice(app), rider.short_name
    insert_comment(app, notice, rider)
    update_rows(app, User, User.id == rider.id, disabled_at=func.now())
    page = new_browser(app).get(f"/notices/{notice}").text
    assert "Closed account" in page
    assert name not in page
    [comment] = new_browser(app).get(f"/api/v1/notices/{notice}/comments").get_json()
    assert comment["author"] == ""
    staff = new_browser(app).sign_in(make_user(roles=["support"]))
    assert name in staff.get("/fleet/comments?city=new+york&state=shown").text


def test_others_are_refused_and_lose_nothing(app: Flask, make_user: UserFactory) -> None:
    notice = insert_notice(app)
    browser = new_browser(app).sign_in(make_user())
    response = comment_on(browser, notice, "I never rode")
    assert response.status_code == 403
    assert 'id="text-error">Who has ridden in this city' in response.text
    assert ">\r\nI never rode</textarea>" in response.text
    assert count(app, NoticeComment) == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"allows_comments": False},
        {"shown_until": datetime.now(UTC) - timedelta(minutes=1)},
        {"city": "paris"},
    ],
)
def test_a_notice_that_takes_no_comments_gets_none(
    app: Flask, browser: Visitor, columns: dict[str, Any]
) -> None:
    notice = insert_notice(app, **columns)
    assert comment_on(browser, notice).status_code in (403, 409)
    assert count(app, NoticeComment) == 0


@pytest.mark.parametrize("text", [" ", "x" * (MAX_COMMENT_LENGTH + 1)])
def test_what_a_comment_may_not_be_is_said_beside_it(
    app: Flask, browser: Visitor, text: str
) -> None:
    response = comment_on(browser, insert_notice(app), text)
    assert response.status_code == 422
    assert 'id="text-error">' in response.text


def test_comments_of_a_rider_on_a_notice_are_limited_also_at_once(app: Flask, rider: User) -> None:
    notice = insert_notice(app)
    for _n in range(MAX_ON_NOTICE - 1):
        insert_comment(app, notice, rider)
    with app.app_context():
        city, found = find_city(), find_notice(notice)
    adds = [partial(services.add_comment, rider, found, city, "More", str(n)) for n in range(3)]
    outcomes = run_together(app, *adds)
    refused = [each for each in outcomes if isinstance(each, services.TooManyComments)]
    assert len(refused) == 2


def test_comments_of_a_day_are_limited_also_those_that_were_deleted(
    app: Flask, browser: Visitor, rider: User
) -> None:
    notice, other = insert_notice(app), insert_notice(app)
    for _n in range(MAX_ON_NOTICE):
        insert_comment(app, other, rider)
    with app.app_context():
        city, found, full = find_city(), find_notice(notice), find_notice(other)
        for number in range(MAX_PER_DAY):
            with pytest.raises(services.TooManyComments):  # does not count
                services.add_comment(rider, full, city, "More", str(number))
            for _press in range(2):  # the second one does not count
                key = services.add_comment(rider, found, city, "More", str(number))
            if number:
                services.delete_comment(rider, key)
    assert count(app, NoticeComment) == MAX_ON_NOTICE + 1
    response = comment_on(browser, notice, "One more")
    assert response.status_code == 429
    assert ">\r\nOne more</textarea>" in response.text
    assert comment_on(browser, notice, "More", nonce="0").status_code == 303, "the first form again"


def test_the_author_changes_it_for_a_while_and_deletes_it_at_any_time(
    app: Flask, browser: Visitor, rider: User, make_rider: MakeRider, row: RowReader
) -> None:
    notice = insert_notice(app)
    comment = insert_comment(app, notice, rider)
    assert browser.send(f"/comments/{comment.key}", text="Better.").status_code == 303
    assert row(NoticeComment, comment.key).text == "Better."
    assert "edited" in browser.get(f"/notices/{notice}").text
    long_ago = datetime.now(UTC) - timedelta(minutes=16)
    old = insert_comment(app, notice, rider, created_at=long_ago)
    response = browser.send(f"/comments/{old.key}", text="Too late")
    assert response.status_code == 409
    assert "Too late" in response.text
    other = new_browser(app).sign_in(make_rider())
    for path in ("", "/delete"):
        assert other.send(f"/comments/{old.key}{path}", text="Mine").status_code == 404
    assert browser.send(f"/comments/{old.key}/delete").status_code == 303
    assert row(NoticeComment, old.key) is None


def test_flags_count_once_for_each_rider_and_hide_a_comment_in_the_end(
    app: Flask, browser: Visitor, rider: User, make_rider: MakeRider, make_user: UserFactory,
    row: RowReader,
) -> None:  # fmt: skip
    notice = insert_notice(app)
    comment = insert_comment(app, notice, rider, "Rude")
    assert browser.send(f"/comments/{comment.key}/flag").status_code == 404  # one's own
    stranger = new_browser(app).sign_in(make_user())
    assert stranger.send(f"/comments/{comment.key}/flag").status_code == 403
    others = [make_rider() for _n in range(FLAGS_TO_HIDE)]
    with app.app_context():
        city = find_city()
    flags = [partial(services.flag_comment, each, comment, city) for each in others]
    twice = (*flags[:-1], *flags[:-1])
    assert run_together(app, *twice) == [None] * len(twice)
    stored = row(NoticeComment, comment.key)
    assert (stored.flag_count, stored.state) == (FLAGS_TO_HIDE - 1, "shown")
    last = new_browser(app).sign_in(others[-1])
    assert last.send(f"/comments/{comment.key}/flag").status_code == 303
    assert row(NoticeComment, comment.key).state == "flagged"
    assert "Rude" not in last.get(f"/notices/{notice}").text
    assert "Riders have flagged your comment." in browser.get(f"/notices/{notice}").text
    assert count(app, CommentFlag) == FLAGS_TO_HIDE


def test_the_last_flags_at_once_are_all_counted(
    app: Flask, rider: User, make_rider: MakeRider, row: RowReader
) -> None:
    comment = insert_comment(app, insert_notice(app), rider)
    with app.app_context():
        city = find_city()
    others = [make_rider() for _n in range(FLAGS_TO_HIDE)]
    calls = [partial(services.flag_comment, each, comment, city) for each in others]
    assert run_together(app, *calls) == [None] * FLAGS_TO_HIDE
    stored = row(NoticeComment, comment.key)
    assert (stored.flag_count, stored.state) == (FLAGS_TO_HIDE, "flagged")


def test_staff_hide_with_a_reason_that_the_author_reads_and_show_again(
    app: Flask, browser: Visitor, rider: User, make_user: UserFactory, row: RowReader
) -> None:
    notice = insert_notice(app)
    comment = insert_comment(app, notice, rider, "Rude", state="flagged", flag_count=3)
    staff = new_browser(app).sign_in(make_user(roles=["support"]))
    page = staff.get("/fleet/comments?city=new+york").text
    assert "Rude" in page
    assert "3 flags" in page
    act = f"/fleet/comments/{comment.key}"
    assert staff.send(f"{act}/hide", why="").status_code == 303
    assert row(NoticeComment, comment.key).state == "flagged"
    for _press in range(2):
        assert staff.send(f"{act}/hide", why="an insult").status_code == 303
    assert "Staff have hidden your comment: an insult" in browser.get(f"/notices/{notice}").text
    [mail] = read_mails(app, rider.email)
    assert re.search(rf"/notices/{notice}#comments", mail.body)
    assert "Rude" in staff.get("/fleet/comments?city=new+york&state=hidden").text
    assert staff.send(f"{act}/show").status_code == 303
    assert "Rude" in new_browser(app).get(f"/notices/{notice}").text
    [hidden] = read_audit_events(app, AuditKind.COMMENT_HIDDEN)
    assert (hidden.subject, hidden.city) == (f"comment {comment.key}", "new york")
    assert hidden.details["why"] == "an insult"
    assert hidden.details["before"] == {"state": "flagged"}
    assert hidden.details["after"] == {"state": "hidden"}
    other = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    assert other.send(f"{act}/hide", why="an insult").status_code == 404


def test_comments_are_paged(
    app: Flask, browser: Visitor, rider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    notice = insert_notice(app)
    for n in range(3):
        insert_comment(
            app, notice, rider, f"Comment {n}", created_at=datetime(2026, 7, 1, tzinfo=UTC)
        )
    first = browser.get(f"/notices/{notice}").text
    path = re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")
    shown = re.findall(r"Comment \d", first) + re.findall(r"Comment \d", browser.get(path).text)
    assert sorted(shown) == ["Comment 0", "Comment 1", "Comment 2"]


def test_comments_have_their_time(app: Flask, rider: User, make_rider: MakeRider) -> None:
    shown, long_over = insert_notice(app), datetime.now(UTC) - timedelta(days=401)
    begin = long_over - timedelta(days=1)
    over = insert_notice(app, shown_from=begin, shown_until=long_over)
    before = datetime.now(UTC) - timedelta(days=91)
    insert_comment(app, shown, rider, "Old.", created_at=before)
    now = datetime.now(UTC)
    insert_comment(app, shown, rider, "Rude.", state="hidden", created_at=before, hidden_at=now)
    insert_comment(app, over, rider)
    rude = insert_comment(app, shown, rider, "Old and rude.", created_at=before)
    with app.app_context():
        services.flag_comment(make_rider(), rude, find_city())
        hidden = {"state": "hidden", "hidden_at": before}
        update_rows(app, NoticeComment, NoticeComment.id == rude.id, **hidden)
        list(delete_old_rows(["us-east1"]))
        texts = db.session.scalars(select(NoticeComment.text)).all()
    assert sorted(texts) == ["Old.", "Rude."]
    assert count(app, CommentFlag) == 0


def test_comments_and_flags_go_with_an_account(
    app: Flask, rider: User, make_rider: MakeRider
) -> None:
    other, notice = make_rider(), insert_notice(app)
    comment, own = insert_comment(app, notice, other), insert_comment(app, notice, rider)
    with app.app_context():
        services.flag_comment(rider, comment, find_city())
        services.flag_comment(other, own, find_city())
        delete_comments_in_slices(rider.key)
    assert (count(app, NoticeComment), count(app, CommentFlag)) == (1, 0)
