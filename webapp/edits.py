"""Edit forms: what several people may change at the same time.

The page has a digest of each value that it shows, in the hidden field ``seen``. Values are saved if
nobody else has changed one since. Else the page keeps what was typed and shows what they are now.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from wtforms import BooleanField, Field, HiddenField, SelectField, SubmitField

from webapp.errors import EditConflict
from webapp.forms import Form, ReasonField, add_refusal
from webapp.translations import gettext as _

T = TypeVar("T")

#: Fields that are no values: what they hold is not compared.
NOT_STORED = (HiddenField, SubmitField, ReasonField)
#: Of the digest of a value, hexadecimal digits.
DIGEST_LENGTH = 12


class SeenField(HiddenField):
    """The digests of what the page shows when it is opened. Sent back, they stay."""

    # Any: WTForms leaves the arguments of a field open.
    def __init__(self, *args: Any, _form: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, _form=_form, **kwargs)
        self.form: EditForm = _form

    def _value(self) -> str:
        if self.data is None and not self.form.is_submitted():
            return format_digests(self.form)
        return self.data or ""


class EditForm(Form):
    """A form that changes what somebody else may change, too."""

    seen = SeenField()

    def value_fields(self) -> Iterator[Field]:
        """Yield the fields whose values are stored."""
        return (each for each in self if not isinstance(each, NOT_STORED))

    def stored_value(self, field: Field) -> object:
        """Return the value that a field stands for. A subclass may know more than its data."""
        return field.data

    def was_shown(self, field: Field, value: object) -> bool:
        """Return whether the field had this value when the page was opened."""
        return _read_digests(self.seen.data).get(field.short_name) == _digest(value)

    def describe_value(self, field: Field) -> str:
        """Return in words the value that a field stands for."""
        if isinstance(field, BooleanField):
            return _("on") if field.data else _("off")
        if isinstance(field, SelectField):
            labels = {value: label for value, label, *_others in field.iter_choices()}
            return str(labels.get(field.data, field.data))
        return str(field._value()) or _("empty")


def save_edit(
    form: EditForm,
    stored: T,
    *,
    fill: Callable[[T], EditForm],
    save: Callable[[T], object],
    read: Callable[[], T],
) -> bool:
    """Save what was typed, unless somebody else has changed a value since the page was opened;
    return whether it is saved. If not, the form shows what has changed.

    stored: the values as they are; they may be those of a cache. That these are the ones that were
        typed says nothing: the database may have others.
    fill: returns the form that shows such values.
    save: changes the row if it still has such values; raises EditConflict.
    read: reads the values from the database.
    """
    shown = fill(stored)
    if not _has_same_values(form, shown) and _try_to_save(form, shown, partial(save, stored)):
        return True
    stored = read()
    shown = fill(stored)
    # The same: sent twice, by an attempt whose answer was lost, or nothing was changed.
    if _has_same_values(form, shown) or _try_to_save(form, shown, partial(save, stored)):
        return True
    _show_changes(form, shown)
    return False


def _has_same_values(form: EditForm, shown: EditForm) -> bool:
    return _make_digests(form) == _make_digests(shown)


def _try_to_save(form: EditForm, shown: EditForm, save: Callable[[], object]) -> bool:
    if _find_changed_names(form, shown):
        return False
    try:
        save()
    except EditConflict:
        return False
    return True


def format_digests(form: EditForm) -> str:
    """Return the digests of the values in a form, as they stand in ``seen``."""
    return " ".join(f"{name}={digest}" for name, digest in _make_digests(form).items())


def _show_changes(form: EditForm, shown: EditForm) -> None:
    """Say beside each field what somebody else has changed it to; fields in which nothing was typed
    show it."""
    typed, seen = _make_digests(form), _read_digests(form.seen.data)
    for name in _find_changed_names(form, shown):
        if typed[name] == seen.get(name):
            form[name].data, form[name].raw_data = shown[name].data, None
        value = shown.describe_value(shown[name])
        form[name].errors = [_("Somebody else has changed this. Now it is: %(value)s", value=value)]
    form.seen.data = format_digests(shown)
    add_refusal(form, EditConflict())


def _find_changed_names(form: EditForm, shown: EditForm) -> list[str]:
    """Return the fields whose values are others than those that the page has shown, and than those
    that were typed. None if the page has no digests: the release before this one has made it."""
    seen, typed = _read_digests(form.seen.data), _make_digests(form)
    digests = _make_digests(shown).items()
    return [
        name for name, digest in digests if seen and digest not in (seen.get(name), typed[name])
    ]


def _make_digests(form: EditForm) -> dict[str, str]:
    return {field.short_name: _digest(form.stored_value(field)) for field in form.value_fields()}


def _digest(value: object) -> str:
    text = "" if value is None else str(value)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _read_digests(seen: str | None) -> dict[str, str]:
    parts = (part.partition("=") for part in (seen or "").split())
    return {name: digest for name, _equals, digest in parts}
