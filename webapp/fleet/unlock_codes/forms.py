"""The form for an unlock code."""

from wtforms.validators import DataRequired, ValidationError

from webapp.fleet.unlock_codes.services import NoSuchCode, parse_code
from webapp.forms import NEEDED, FilterForm, LineField


class CodeForm(FilterForm):
    """The code on a vehicle; rendered by fleet/unlock_codes/enter.html."""

    code = LineField(validators=[DataRequired(NEEDED)])

    def validate_code(self, field: LineField) -> None:
        if parse_code(field.data) is None:
            raise ValidationError(NoSuchCode.message)
