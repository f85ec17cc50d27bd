"""The choice of digests in the personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.digests.models import DigestChoice
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="digests",
    label=_l("The weekly e-mails that you get"),
    model=DigestChoice,
    columns=("rider", "owner"),
    conditions=rows_with_key(DigestChoice, id="user_id"),
    order=("user_id",),
)
