"""Which events of the audit trail to show."""

from datetime import date, timedelta, tzinfo

from wtforms import DateField, HiddenField, SelectField
from wtforms.validators import Length, Optional

from webapp.audit.enums import AuditKind
from webapp.audit.labels import AUDIT_KIND_LABELS
from webapp.audit.queries import AuditFilter
from webapp.db.keys import RowKey
from webapp.forms import (
    TOO_LONG,
    FilterForm,
    LineField,
    choices,
    find_midnight,
    refuse_implausible_day,
)
from webapp.translations import lazy_gettext as _l


class EventsForm(FilterForm):
    region = SelectField(_l("Region"))
    #: '': all. What staff did in a city; it is stored in the region of the city.
    city = SelectField(_l("City"), default="")
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
    #: From the links of pages: nobody types it.
    subject = HiddenField(validators=[Length(max=100)])
    since = DateField(_l("From"), validators=[Optional(), refuse_implausible_day])
    until = DateField(_l("To"), validators=[Optional(), refuse_implausible_day])

    def audit_filter(self, user_key: RowKey | None, zone: tzinfo) -> AuditFilter:
        """Return which events to read; days are those of ``zone``, the last one included."""
        last_day: date | None = self.until.data
        return AuditFilter(
            self.region.data,
            AuditKind(self.kind.data) if self.kind.data else None,
            user_key,
            self.city.data or None,
            self.subject.data or None,
            find_midnight(self.since.data, zone) if self.since.data else None,
            find_midnight(last_day + timedelta(days=1), zone) if last_day else None,
        )
