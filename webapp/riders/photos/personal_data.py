"""The photo of the profile in the personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.photos.models import ProfilePhoto
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="profile-photo",
    label=_l("The photo of your profile"),
    model=ProfilePhoto,
    columns=("saved_at",),
    conditions=rows_with_key(ProfilePhoto, id="user_id"),
    order=("user_id",),
)
