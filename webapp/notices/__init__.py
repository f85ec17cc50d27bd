"""Notices: what the operator tells people of a city, in several languages, and what riders say
about it."""

from flask import Blueprint, Flask

from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.notices import published_notices
from webapp.notices.api import bp as api_bp
from webapp.notices.comments.controllers import bp as comments_bp
from webapp.notices.comments.personal_data import EXPORT_SECTIONS as COMMENT_SECTIONS
from webapp.notices.comments.personal_data import delete_comments_in_slices
from webapp.notices.comments.staff_controllers import bp as moderation_bp
from webapp.notices.controllers.public import bp as pages_bp
from webapp.notices.controllers.staff import bp as staff_bp
from webapp.notices.labels import NOTICE_NAMES, notice_state_label, notice_title
from webapp.notices.personal_data import EXPORT_SECTIONS
from webapp.notices.published_notices import list_pinned_notices
from webapp.notices.translatable_texts import TEXT_KINDS
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def create_module(app: Flask) -> None:
    """Add the pages of notices and what templates know of them to ``app``."""
    published_notices.init_app(app)
    app.add_template_filter(notice_state_label)
    app.add_template_filter(notice_title)
    app.add_template_global(list_pinned_notices)

    bp = Blueprint("notices", __name__)
    bp.register_blueprint(pages_bp)
    bp.register_blueprint(staff_bp)
    bp.register_blueprint(comments_bp)
    bp.register_blueprint(api_bp)
    bp.register_blueprint(moderation_bp)
    app.register_blueprint(bp)

    hooks = get_hooks(app)
    hooks.export_sections.extend((*EXPORT_SECTIONS, *COMMENT_SECTIONS))
    hooks.deletion_slices.append(delete_comments_in_slices)
    hooks.add_translatable_kinds(*TEXT_KINDS)
    hooks.subject_names["notice"] = NOTICE_NAMES
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Notices"), "notices.staff.index", Permission.CHANGE_NOTICES, 72)
    )
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Comments"), "notices.moderation.index", Permission.MODERATE_COMMENTS, 42)
    )
