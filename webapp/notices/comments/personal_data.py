"""The comments and flags of a person: in the personal data export, and when an account ends."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import delete_in_slices
from webapp.db.types import table
from webapp.notices.comments.models import CommentFlag, NoticeComment
from webapp.personal_data import ExportSection, rows_with_key
from webapp.regions.catalogue import list_city_regions
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = (
    ExportSection(
        name="notice_comments",
        label=_l("Your comments on notices"),
        model=NoticeComment,
        columns=(
            "region", "id", "city", "notice_id", "text", "state", "reason", "hidden_at",
            "created_at", "changed_at",
        ),
        conditions=rows_with_key(NoticeComment, "rider_region", "rider_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="comment_flags",
        label=_l("The comments that you have flagged"),
        model=CommentFlag,
        columns=("region", "comment_id", "created_at"),
        conditions=rows_with_key(CommentFlag, "rider_region", "rider_id"),
        order=("created_at", "comment_id"),
    ),
)  # fmt: skip


def delete_comments_in_slices(rider_key: RowKey) -> None:
    """Delete the comments and the flags of a person; the hook ``deletion_slices``."""
    for model in (CommentFlag, NoticeComment):
        is_own = key_condition(table(model), rider_key, "rider_region", "rider_id")
        for region in list_city_regions():
            delete_in_slices(model, region, is_own)
