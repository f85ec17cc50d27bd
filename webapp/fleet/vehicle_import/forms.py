"""The form of an upload, and the form that checks a row of the file."""

from flask_wtf.file import FileField
from wtforms import SubmitField
from wtforms.validators import ValidationError

from webapp.fleet.forms import NewVehicleForm
from webapp.fleet.vehicle_import.spreadsheets import MAX_FILE_BYTES
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.forms import FileForm
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class UploadForm(FileForm):
    file = FileField(_l("File with vehicles"))
    submit = SubmitField(_l("Check the file"))

    #: What was uploaded.
    content = b""

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(_("Choose a file."))
        self.content = field.data.read(MAX_FILE_BYTES + 1)
        if not self.content:
            raise ValidationError(_("This file is empty."))
        if len(self.content) > MAX_FILE_BYTES:
            raise ValidationError(
                _("Choose a file of at most %(max)d MB.", max=MAX_FILE_BYTES // 1024**2)
            )


class VehicleRowForm(NewVehicleForm):
    """The form of one vehicle for a row of a file."""

    class Meta(NewVehicleForm.Meta):
        csrf = False

    _missing_point = _l("Fill this in.")

    def validate(self, extra_validators: object = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if self.type.errors:
            names = ", ".join(vehicle_types().offered_names)
            self.type.errors = [_("Use one of these: %(names)s.", names=names)]
        return is_valid
