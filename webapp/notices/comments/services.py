"""What riders do with comments: write, change, delete and flag them."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from webapp.auth.models import User
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound, check_form_values
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.notices.comments.enums import VISIBLE_STATES, CommentState
from webapp.notices.comments.models import CommentFlag, NoticeComment
from webapp.notices.comments.queries import CHANGE_TIME
from webapp.notices.models import Notice, is_not_over_condition
from webapp.notices.published_notices import PublishedNotice
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import (
    Bucket,
    Limit,
    count_attempt_statement,
    return_attempt,
)

#: How many comments of a rider there may be on one notice, and how many a rider writes in one day:
#: those that were deleted since count, too.
MAX_ON_NOTICE, MAX_PER_DAY = 5, 20
#: From so many flags on a comment is hidden until staff have looked at it.
FLAGS_TO_HIDE = 3


class CommentsClosed(DomainError):
    message = _l("This notice takes no comments any more.")
    field = "text"


class NotRiddenThere(DomainError):
    status = 403
    message = _l("Who has ridden in this city can comment and flag comments there.")
    field = "text"


class TooManyComments(DomainError):
    status = 429
    message = _l(
        "You can write %(notice)d comments on a notice, and %(day)d a day.",
        notice=MAX_ON_NOTICE,
        day=MAX_PER_DAY,
    )
    field = "text"


class CommentNotChangeable(DomainError):
    message = _l(
        "A comment can be changed for %(n)d minutes, until somebody hides it. You can delete it.",
        n=CHANGE_TIME // timedelta(minutes=1),
    )


# --- writing ------------------------------------------------------------------------------------


def add_comment(rider: User, notice: PublishedNotice, city: City, text: str, nonce: str) -> RowKey:
    """Add the comment of a rider who has ridden in the city of the notice, and return its key.

    nonce: from the form. The same nonce again is the same comment.

    Raises NotRiddenThere, TooManyComments, CommentsClosed, FormReused.
    """
    comment_key = RowKey(city.region, uuid5(rider.id, f"comment {nonce}"))
    statement = add_comment_statement(rider.key, comment_key, notice.id, city, text)
    if not execute_write(statement, idempotent=True):
        return_attempt([_make_day_bucket(rider.key)])
        with check_outcome():
            _check_added(rider.key, comment_key, notice.id, city, text)
    return comment_key


def add_comment_statement(
    rider_key: RowKey, comment_key: RowKey, notice_id: UUID, city: City, text: str
) -> ReturningInsert[tuple[UUID]]:
    """Return the INSERT of a comment, which counts it, too; no row: it is not allowed, or it is
    there already, and its count is to be returned."""
    comments, bucket = table(NoticeComment), _make_day_bucket(rider_key)
    counted = count_attempt_statement([bucket]).cte("counted")
    condition = and_(
        _takes_comments_condition(notice_id, city),
        get_hooks().has_ridden_condition(rider_key, city),
        _count_subquery(rider_key, city.region, notice_id) < MAX_ON_NOTICE,
        select(counted.c.hits).scalar_subquery() <= bucket.limit.tries,
    )
    inserted = insert_if(
        condition,
        comments,
        **comment_key._asdict(),
        city=city.name,
        notice_id=notice_id,
        rider_region=rider_key.region,
        rider_id=rider_key.id,
        text=text,
    )
    return inserted.on_conflict_do_nothing().returning(comments.c.id)


def _takes_comments_condition(notice_id: UUID, city: City) -> ColumnElement[bool]:
    n = table(Notice).c
    return exists().where(
        n.id == notice_id,
        n.city == city.name,
        n.allows_comments.is_(True),
        n.published_at.is_not(None),
        n.shown_from <= func.now(),
        is_not_over_condition(),
    )


def _count_subquery(rider_key: RowKey, region: str, notice_id: UUID) -> ScalarSelect[int]:
    """Return how many comments of a rider a notice has."""
    c = table(NoticeComment).c
    is_own = key_condition(table(NoticeComment), rider_key, "rider_region", "rider_id")
    count = select(func.count()).where(is_own, c.region == region, c.notice_id == notice_id)
    return count.scalar_subquery()


def _make_day_bucket(rider_key: RowKey) -> Bucket:
    """Return where the comments are counted that a rider has written in a day."""
    day = Limit(MAX_PER_DAY, int(timedelta(days=1).total_seconds()))
    return rate_limits.make_bucket("comment", day, rider_key.id)


def _check_added(
    rider_key: RowKey, comment_key: RowKey, notice_id: UUID, city: City, text: str
) -> None:
    """Raise why a comment was not added, unless it was, by the same form."""
    facts = select(
        _takes_comments_condition(notice_id, city),
        get_hooks().has_ridden_condition(rider_key, city),
        select(table(NoticeComment).c.text)
        .where(key_condition(table(NoticeComment), comment_key))
        .scalar_subquery(),
    )
    takes_comments, has_ridden, stored_text = db.session.execute(facts).one()
    if stored_text is not None:
        check_form_values(NoticeComment(text=stored_text), {"text": text})
    elif not takes_comments:
        raise CommentsClosed
    elif not has_ridden:
        raise NotRiddenThere
    else:
        raise TooManyComments


def change_comment(rider: User, comment_key: RowKey, text: str) -> None:
    """Change the text of the rider's comment. Raises CommentNotChangeable."""
    comments = table(NoticeComment)
    changed = (
        update(comments)
        .where(
            _own_condition(rider.key, comment_key),
            comments.c.created_at > func.now() - CHANGE_TIME,
            comments.c.state == CommentState.SHOWN.value,
        )
        .values(text=text, changed_at=func.now())
    )
    if not execute_write(changed.returning(comments.c.id), idempotent=True):
        raise CommentNotChangeable


def delete_comment(rider: User, comment_key: RowKey) -> None:
    """Delete the rider's comment, in any state. Idempotent."""
    comments = table(NoticeComment)
    deleted = delete(comments).where(_own_condition(rider.key, comment_key))
    execute_write(deleted.returning(comments.c.id), idempotent=True)


def _own_condition(rider_key: RowKey, comment_key: RowKey) -> ColumnElement[bool]:
    comments = table(NoticeComment)
    is_own = key_condition(comments, rider_key, "rider_region", "rider_id")
    return and_(key_condition(comments, comment_key), is_own)


# --- flags --------------------------------------------------------------------------------------


def flag_comment(rider: User, comment: NoticeComment, city: City) -> None:
    """Ask staff to look at the comment of another. Once for each rider: the same again changes
    nothing. With the last of FLAGS_TO_HIDE flags it is hidden until they have looked.

    Raises NotFound, NotRiddenThere.
    """
    if not execute_write(flag_statement(rider.key, comment.key, city), idempotent=True):
        with check_outcome():
            _check_flagged(rider.key, comment.key, city)


def flag_statement(rider_key: RowKey, comment_key: RowKey, city: City) -> Select[tuple[UUID]]:
    """Return the statement that adds a flag and counts it; no row: it is there, or not allowed."""
    comments, added = table(NoticeComment), _insert_flag_cte(rider_key, comment_key, city)
    count = comments.c.flag_count + 1
    is_hidden = and_(comments.c.state == CommentState.SHOWN.value, count >= FLAGS_TO_HIDE)
    state = case((is_hidden, literal(CommentState.FLAGGED.value)), else_=comments.c.state)
    counted = (
        update(comments)
        .where(comments.c.region == added.c.region, comments.c.id == added.c.comment_id)
        .values(flag_count=count, state=state)
        .returning(comments.c.id)
        .cte("flagged_comment")
    )
    return select(counted.c.id)


def _insert_flag_cte(rider_key: RowKey, comment_key: RowKey, city: City) -> CTE:
    """Return the part that adds a flag, if the rider may and has not yet."""
    flags = table(CommentFlag)
    condition = and_(
        _is_flaggable_condition(rider_key, comment_key, city),
        get_hooks().has_ridden_condition(rider_key, city),
    )
    return (
        insert_if(
            condition,
            flags,
            region=comment_key.region,
            comment_id=comment_key.id,
            rider_region=rider_key.region,
            rider_id=rider_key.id,
        )
        .on_conflict_do_nothing()
        .returning(flags.c.region, flags.c.comment_id)
        .cte("flag")
    )


def _is_flaggable_condition(
    rider_key: RowKey, comment_key: RowKey, city: City
) -> ColumnElement[bool]:
    """Return the condition that the comment is one of another that everybody sees."""
    comments = table(NoticeComment).alias()
    is_own = key_condition(comments, rider_key, "rider_region", "rider_id")
    states = [state.value for state in VISIBLE_STATES]
    return exists().where(
        key_condition(comments, comment_key),
        comments.c.city == city.name,
        comments.c.state.in_(states),
        ~is_own,
    )


def _check_flagged(rider_key: RowKey, comment_key: RowKey, city: City) -> None:
    """Raise why a comment was not flagged, unless this rider has flagged it."""
    flags = table(CommentFlag)
    is_flagged = exists().where(
        flags.c.region == comment_key.region,
        flags.c.comment_id == comment_key.id,
        key_condition(flags, rider_key, "rider_region", "rider_id"),
    )
    facts = select(
        is_flagged,
        _is_flaggable_condition(rider_key, comment_key, city),
    )
    flagged, is_flaggable = db.session.execute(facts).one()
    if not flagged:
        raise NotRiddenThere if is_flaggable else NotFound
