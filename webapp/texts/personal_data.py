"""The texts that somebody has published, in the personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.texts.models import TextVersion
from webapp.translations import lazy_gettext as _l

COLUMNS = (
    "kind", "city", "language", "version", "text", "summary", "requires_agreement",
    "effective_from", "effective_until", "alert_type", "published_at", "why",
)  # fmt: skip
EXPORT_SECTION = ExportSection(
    name="published_texts",
    label=_l("The texts that you have published as staff"),
    model=TextVersion,
    columns=COLUMNS,
    conditions=rows_with_key(TextVersion, "author_region", "author_id"),
    order=("published_at", "id"),
)
