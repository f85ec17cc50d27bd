"""Fields for the name of a thing in each language, in the forms of what has ``labels``: names by
language, ISO 639-1, beside the one for all other languages."""

from collections.abc import Mapping
from typing import TypeVar

from flask_babel import LazyString
from wtforms import Form
from wtforms.validators import Length

from webapp.forms import TOO_LONG, LineField
from webapp.regions.city_names import list_offered_languages
from webapp.translations import language_label

_FormT = TypeVar("_FormT", bound=Form)


class LabelFields:
    """What a form does with these fields: a mixin. ``add_label_fields`` adds them."""

    @property
    def label_fields(self) -> dict[str, LineField]:
        """The fields by language."""
        return {language: self[_name(language)] for language in list_offered_languages()}  # type: ignore[index]

    def read_labels(self, former_labels: Mapping[str, str]) -> dict[str, str]:
        """Return the names that were typed. Those in languages that are not offered any more
        stay."""
        fields = self.label_fields
        kept = {code: label for code, label in former_labels.items() if code not in fields}
        return kept | {code: field.data for code, field in fields.items() if field.data}


def add_label_fields(form_class: type[_FormT], max_length: int) -> type[_FormT]:
    """Return a form with a field for each language that people read."""
    fields = {
        _name(language): LineField(
            LazyString(language_label, language),
            validators=[Length(max=max_length, message=TOO_LONG)],
            render_kw={"lang": language, "maxlength": False},
        )
        for language in list_offered_languages()
    }
    return type(form_class.__name__, (form_class,), fields)


def label_data(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the data of the fields that show these names."""
    return {_name(language): label for language, label in labels.items()}


def _name(language: str) -> str:
    return f"label_{language}"
