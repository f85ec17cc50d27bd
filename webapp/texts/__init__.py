"""Texts of the operator: terms of service, privacy policy and help, by city and language, in
versions. Notices have a package of their own."""

from collections.abc import Callable

from flask import Blueprint, Flask

from webapp.hooks import RegistrationTerms, StaffMenuEntry, get_hooks
from webapp.texts import published_texts
from webapp.texts.agreements.personal_data import EXPORT_SECTION as AGREEMENT_SECTION
from webapp.texts.agreements.services import find_terms_id, registration_agreement_cte
from webapp.texts.controllers.public import bp as pages_bp
from webapp.texts.controllers.staff import bp as staff_bp
from webapp.texts.labels import TEXT_NAMES, alert_type_label, text_kind_label
from webapp.texts.markdown import list_headings, render_line, render_markdown
from webapp.texts.personal_data import EXPORT_SECTION
from webapp.texts.published_texts import list_notices
from webapp.texts.status import STATUS_SECTION
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

FILTERS: tuple[Callable[..., object], ...] = (
    list_headings,
    render_line,
    render_markdown,
    alert_type_label,
    text_kind_label,
)


def create_module(app: Flask) -> None:
    """Add the pages of texts and what templates know of them to ``app``."""
    published_texts.init_app(app)
    for function in FILTERS:
        app.add_template_filter(function)
    app.add_template_global(list_notices)

    bp = Blueprint("texts", __name__)
    bp.register_blueprint(pages_bp)
    bp.register_blueprint(staff_bp)
    app.register_blueprint(bp)

    hooks = get_hooks(app)
    hooks.export_sections.extend((EXPORT_SECTION, AGREEMENT_SECTION))
    hooks.registration_terms = RegistrationTerms(find_terms_id, registration_agreement_cte)
    hooks.status_sections.append(STATUS_SECTION)
    hooks.subject_names["text"] = TEXT_NAMES
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Terms and help"), "texts.staff.index", Permission.CHANGE_TEXTS, 84)
    )
