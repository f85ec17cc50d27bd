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
    stored_form = fill(stored)
    if not _has_same_values(form, stored_form) and _try_to_save(
        form, stored_form, partial(save, stored)
    ):
        return True
    stored = read()
    stored_form = fill(stored)
    # The same: sent twice, by an attempt whose answer was lost, or nothing was changed.
    if _has_same_values(form, stored_form) or _try_to_save(
        form, stored_form, partial(save, stored)
    ):
        return True
    _show_changes(form, stored_form)
    return False


def _has_same_values(form: EditForm, stored_form: EditForm) -> bool:
    return _make_digests(form) == _make_digests(stored_form)


def _try_to_save(form: EditForm, stored_form: EditForm, save: Callable[[], object]) -> bool:
    if _find_changed_names(form, stored_form):
        return False
    try:
        save()
    except EditConflict:
        return False
    return True


def format_digests(form: EditForm) -> str:
    """Return the digests of the values in a form, as they stand in ``seen``."""
    return " ".join(f"{name}={digest}" for name, digest in _make_digests(form).items())


def _show_changes(form: EditForm, stored_form: EditForm) -> None:
    """Say beside each field what somebody else has changed it to; fields in which nothing was typed
    show it."""
    typed_digests, seen_digests = _make_digests(form), _read_digests(form.seen.data)
    for name in _find_changed_names(form, stored_form):
        if typed_digests[name] == seen_digests.get(name):
            form[name].data, form[name].raw_data = stored_form[name].data, None
        value = stored_form.describe_value(stored_form[name])
        form[name].errors = [_("Somebody else has changed this. Now it is: %(value)s", value=value)]
    form.seen.data = format_digests(stored_form)
    add_refusal(form, EditConflict())


def _find_changed_names(form: EditForm, stored_form: EditForm) -> list[str]:
    """Return the fields whose values are others than those that the page has shown, and than those
    that were typed. None if the page has no digests: the release before this one has made it."""
    seen_digests = _read_digests(form.seen.data)
    if not seen_digests:
        return []
    typed_digests, stored_digests = _make_digests(form), _make_digests(stored_form)
    return [
        name
        for name, digest in stored_digests.items()
        if digest not in (seen_digests.get(name), typed_digests[name])
    ]


def _make_digests(form: EditForm) -> dict[str, str]:
    return {field.short_name: _digest(form.stored_value(field)) for field in form.value_fields()}


def _digest(value: object) -> str:
    text = "" if value is None else str(value)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _read_digests(text: str | None) -> dict[str, str]:
    parts = (part.partition("=") for part in (text or "").split())
    return {name: digest for name, _equals, digest in parts}
