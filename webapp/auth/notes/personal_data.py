"""Notes about a person in their personal data export."""

from webapp.auth.notes.models import AccountNote
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="notes",
    label=_l("What staff have noted about you"),
    model=AccountNote,
    columns=("text", "created_at"),
    conditions=rows_with_key(AccountNote, id="user_id"),
    order=("created_at", "id"),
)
