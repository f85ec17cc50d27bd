"""Which events of the audit trail to show."""

from datetime import date, datetime, time, timedelta, tzinfo

from wtforms import DateField, Field, SelectField
from wtforms.validators import Length, Optional, ValidationError

from webapp.audit.enums import AuditKind
from webapp.audit.labels import AUDIT_KIND_LABELS
from webapp.audit.queries import AuditFilter
from webapp.db.keys import RowKey
from webapp.forms import TOO_LONG, FilterForm, Form, LineField, choices
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


def _is_plausible_day(form: Form, field: Field) -> None:
    """Refuse days that Python or the database cannot calculate with."""
    if field.data and not 2000 <= field.data.year <= 2100:
        raise ValidationError(_("Choose a date in this century."))


class EventsForm(FilterForm):
    region = SelectField(_l("Region"))
    kind = SelectField(
        _l("What"),
        choices=choices([("", _l("Everything")), *AUDIT_KIND_LABELS.items()]),
        default="",
    )
    account = LineField(
        _l("Whose"),
        validators=[Length(max=254, message=TOO_LONG)],
        render_kw={"autocapitalize": "none", "autocomplete": "off"},
    )
    since = DateField(_l("From"), validators=[Optional(), _is_plausible_day])
    until = DateField(_l("To"), validators=[Optional(), _is_plausible_day])

    def audit_filter(self, user_key: RowKey | None, zone: tzinfo) -> AuditFilter:
        """Return which events to read; days are those of ``zone``, the last one included."""
        last_day: date | None = self.until.data
        return AuditFilter(
            self.region.data,
            AuditKind(self.kind.data) if self.kind.data else None,
            user_key,
            _find_midnight(self.since.data, zone),
            _find_midnight(last_day + timedelta(days=1) if last_day else None, zone),
        )


def _find_midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time.min, zone) if day else None
