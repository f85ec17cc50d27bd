"""What admins choose: a role and where it holds, and which events to see."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SubmitField
from wtforms.validators import Length, Optional, ValidationError

from webapp.audit.enums import AuditKind
from webapp.audit.labels import AUDIT_KIND_LABELS
from webapp.audit.queries import AuditFilter
from webapp.auth.labels import ROLE_LABELS
from webapp.db.keys import RowKey
from webapp.forms import TOO_LONG, FilterForm, Form, LineField, choices
from webapp.web.roles import Role


class GrantForm(Form):
    role = SelectField(_l("Role"), choices=choices(ROLE_LABELS.items()), default=Role.FLEET.value)
    #: '': everywhere.
    city = SelectField(_l("Where"))
    submit = SubmitField(_l("Give this role"))


def _is_in_reach(form: Form, field: Any) -> None:
    """Days that calendars and databases agree on."""
    if field.data and not 2000 <= field.data.year <= 2100:
        raise ValidationError(_("Choose a day of this century."))


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
    since = DateField(_l("From"), validators=[Optional(), _is_in_reach])
    until = DateField(_l("To"), validators=[Optional(), _is_in_reach])

    def question(self, account: RowKey | None, zone: tzinfo) -> AuditFilter:
        """Return what is asked for; days are those of ``zone``, the last one included."""
        last: date | None = self.until.data
        return AuditFilter(
            self.region.data,
            AuditKind(self.kind.data) if self.kind.data else None,
            account,
            _beginning(self.since.data, zone),
            _beginning(last + timedelta(days=1) if last else None, zone),
        )


def _beginning(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time.min, zone) if day else None
