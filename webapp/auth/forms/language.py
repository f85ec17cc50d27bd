"""Choosing the language of the pages."""

from babel import Locale
from wtforms import HiddenField, SelectField

from webapp.forms import Form, choices
from webapp.translations import lazy_gettext as _l
from webapp.web.languages import list_offered_languages


class LanguageForm(Form):
    """A button for each language."""

    language = SelectField(_l("Language"))
    #: The path of the page to return to.
    next = HiddenField()

    def set_languages(self) -> None:
        """Offer the languages, each by the name that its speakers give it."""
        self.language.choices = choices(
            [(code, own_name(code)) for code in list_offered_languages()]
        )


def own_name(language: str) -> str:
    """Return the name of a language in this language: ``Deutsch``."""
    name = Locale.parse(language).display_name or language
    return name[0].upper() + name[1:]
