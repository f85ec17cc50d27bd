"""What staff do with comments: hide them, with a reason that the author reads, and show them."""

from sqlalchemy import and_, func, select, update

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.keys import key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.mail import mail_cte
from webapp.notices.comments.enums import CommentState
from webapp.notices.comments.models import NoticeComment
from webapp.web.urls import public_url


def hide_comment(comment: NoticeComment, reason: str) -> None:
    """Hide a comment; a mail tells its author. Idempotent."""
    _set_state(comment, CommentState.HIDDEN, reason)


def show_comment(comment: NoticeComment, why: str = "") -> None:
    """Show a comment; further flags do not hide it. Idempotent."""
    _set_state(comment, CommentState.APPROVED, why)


def _set_state(comment: NoticeComment, state: CommentState, why: str) -> None:
    comments, is_hidden = table(NoticeComment), state is CommentState.HIDDEN
    is_this = and_(key_condition(comments, comment.key), comments.c.state != state.value)
    old_values = old_values_cte(comments, ("state",), is_this)
    changed = (
        update(comments)
        .where(is_this)
        .values(
            state=state.value,
            reason=why if is_hidden else "",
            hidden_at=func.now() if is_hidden else None,
        )
        .returning(comments.c.id, comments.c.state, comments.c.rider_region, comments.c.rider_id)
        .cte("comment")
    )
    audit_event = audit_event_statement(
        AuditKind.COMMENT_HIDDEN if is_hidden else AuditKind.COMMENT_SHOWN,
        subject=audit_subject("comment", comment.key),
        after=changed,
        region=comment.region,
        city=comment.city,
        change=RecordedChange(select_values(old_values), select_values(changed, "state"), why),
    )
    statement = select(changed.c.id).add_cte(as_cte(audit_event))
    if is_hidden:
        author_key = cte_key(changed, "rider_id", "rider_region")
        page = public_url("notices.pages.show", notice_id=comment.notice_id)
        link = f"{page}#comments"
        mail = mail_cte(
            "comment_hidden", author_key, region=comment.region, after=changed, link=link
        )
        statement = statement.add_cte(mail)
    execute_write(statement, idempotent=True)
