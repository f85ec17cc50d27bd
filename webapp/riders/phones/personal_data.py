"""What the personal data export contains about the phone number."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.phones.models import PhoneNumber
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="phone",
    label=_l("Your phone number"),
    model=PhoneNumber,
    columns=("number", "created_at", "confirmed_at"),
    conditions=rows_with_key(PhoneNumber, id="user_id"),
    order=("user_id",),
)
