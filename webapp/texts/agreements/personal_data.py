"""The agreements of a person in their personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.texts.agreements.models import TermsAgreement
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="agreements",
    label=_l("The versions of our terms that you agreed to"),
    model=TermsAgreement,
    columns=("version_id", "agreed_at"),
    conditions=rows_with_key(TermsAgreement, id="user_id"),
    order=("agreed_at", "version_id"),
)
