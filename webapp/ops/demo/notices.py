"""The notices of the demo, in its first city, and comments on one."""

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from webapp.auth.services.users import get_user
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.notices.comments.enums import CommentState
from webapp.notices.comments.models import CommentFlag, NoticeComment
from webapp.notices.models import Notice, NoticeText
from webapp.notices.published_notices import clear_caches
from webapp.regions.models import City

PINNED_TITLE = "No scooters around Central Park on Saturday: marathon"
PINNED_TEXT = """From **7:00 to 15:00** the streets around Central Park are closed.

- Scooters can't be left there; rides end outside of the course.
- Bikes wait for you at the stations around it."""
NEWS_TITLE = "The service area grows: Red Hook and Gowanus"
NEWS_TEXT = """From now on you can start and end rides in **Red Hook** and **Gowanus**.

Tell us in the comments which part should come next."""
#: How long the pinned notice is shown.
PINNED_LASTS = timedelta(days=7)


COMMENTS = {
    "mia": "At last! The pier of Red Hook, please, and more bikes there in the morning.",
    "owner": "My scooters are there already. Park Slope next?",
    "theo": "Don't ride, buy: used scooters at my shop, half price!!!",
}
#: Whose comment riders have flagged, and who they are: enough of them, so that staff look at it.
FLAGGED = "theo"
FLAGGED_BY = ("mia", "ines", "sam")


def add_notices(city: City) -> None:
    """Add a pinned notice, and another one with comments; those that are there already stay as they
    are."""
    now = datetime.now(UTC)
    pinned_id, news_id = (make_notice_id(title) for title in (PINNED_TITLE, NEWS_TITLE))
    last_week = now - timedelta(days=7)
    rows = [
        _make_row(pinned_id, city, now - timedelta(hours=2), now + PINNED_LASTS),
        _make_row(news_id, city, last_week, None),
    ]
    texts = [
        _make_text(pinned_id, "en", PINNED_TITLE, PINNED_TEXT),
        _make_text(news_id, "en", NEWS_TITLE, NEWS_TEXT),
    ]
    execute_write(insert(Notice).values(rows).on_conflict_do_nothing(), idempotent=True)
    execute_write(insert(NoticeText).values(texts).on_conflict_do_nothing(), idempotent=True)
    comments = [_make_comment(city, news_id, *comment) for comment in COMMENTS.items()]
    execute_write(insert(NoticeComment).values(comments).on_conflict_do_nothing(), idempotent=True)
    flags = [_make_flag(city, news_id, username) for username in FLAGGED_BY]
    execute_write(insert(CommentFlag).values(flags).on_conflict_do_nothing(), idempotent=True)
    clear_caches()


def make_notice_id(title: str) -> UUID:
    """Return the id of a notice of the demo."""
    return uuid5(NAMESPACE_OID, f"notice {title}")


def _make_row(
    notice_id: UUID, city: City, shown_from: datetime, shown_until: datetime | None
) -> dict[str, object]:
    return {
        "id": notice_id,
        "city": city.name,
        "shown_from": shown_from,
        "shown_until": shown_until,
        "is_pinned": shown_until is not None,
        "alert_type": "other",
        "published_at": shown_from,
        "allows_comments": True,
    }


def _make_text(notice_id: UUID, language: str, title: str, text: str) -> dict[str, object]:
    return {"notice_id": notice_id, "language": language, "title": title, "text": text}


def _make_comment(city: City, notice_id: UUID, username: str, text: str) -> dict[str, object]:
    rider, is_flagged = get_user(username), username == FLAGGED
    return {
        "region": city.region,
        "id": _make_comment_id(notice_id, username),
        "city": city.name,
        "notice_id": notice_id,
        "rider_region": rider.region,
        "rider_id": rider.id,
        "text": text,
        "state": (CommentState.FLAGGED if is_flagged else CommentState.SHOWN).value,
        "flag_count": len(FLAGGED_BY) if is_flagged else 0,
    }


def _make_flag(city: City, notice_id: UUID, username: str) -> dict[str, object]:
    rider = get_user(username)
    return {
        "region": city.region,
        "comment_id": _make_comment_id(notice_id, FLAGGED),
        "rider_region": rider.region,
        "rider_id": rider.id,
    }


def _make_comment_id(notice_id: UUID, username: str) -> UUID:
    return uuid5(notice_id, username)
