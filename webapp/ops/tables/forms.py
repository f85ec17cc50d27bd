"""Which rows of a table to show."""

from uuid import UUID

from sqlalchemy import Table
from wtforms import SelectField, StringField
from wtforms.validators import ValidationError

from webapp.forms import FilterForm, choices
from webapp.ops.tables.queries import RowFilter
from webapp.regions.catalogue import local_region
from webapp.regions.data_regions import list_data_regions
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class RowsForm(FilterForm):
    region = SelectField(_l("Region"))
    id = StringField(_l("Id"))

    def fit(self, table: Table) -> None:
        """Leave out what the table has no column for, and offer all regions."""
        for name in ("region", "id"):
            if name not in table.primary_key.columns:
                del self[name]
        if self.region:
            regions = list_data_regions()
            self.region.choices = choices(zip(regions, regions, strict=True))
            self.region.data = self.region.data or local_region()

    def validate_id(self, field: StringField) -> None:
        try:
            self.row_id = UUID(field.data) if field.data else None
        except ValueError:
            raise ValidationError(_("Enter a whole id, as in an address.")) from None

    #: The id as a value.
    row_id: UUID | None = None

    @property
    def row_filter(self) -> RowFilter:
        return RowFilter(self.region.data if self.region else None, self.row_id)
