"""What admins change about an account, each on a page that says what follows and asks why."""

from typing import NamedTuple

from flask_babel import LazyString

from webapp.auth.forms.staff import AccountChangeForm, EndSessionsForm
from webapp.translations import lazy_gettext as _l


class AccountChange(NamedTuple):
    """A change of an account, in words."""

    title: LazyString
    #: What follows.
    consequence: LazyString
    #: Shown when it is done.
    done: LazyString
    form_class: type[AccountChangeForm] | type[EndSessionsForm] = AccountChangeForm
    #: Whether it takes something from the person.
    takes: bool = True


CLOSE = AccountChange(
    _l("Close account"),
    _l(
        "They are signed out everywhere and cannot sign in until the account is opened again. A"
        " ride that runs ends now, and is paid."
    ),
    _l("Account closed and signed out everywhere."),
)
REOPEN = AccountChange(
    _l("Reopen account"),
    _l("They can sign in again, with the password they had."),
    _l("Account reopened."),
    takes=False,
)
END_SESSIONS = AccountChange(
    _l("Sign out everywhere"),
    _l("Every device is signed out. They can sign in again at once."),
    _l("Account signed out everywhere."),
    EndSessionsForm,
)
END_SESSION = AccountChange(
    _l("Sign out one device"),
    _l("This device is signed out. They can sign in again at once."),
    _l("That device has been signed out."),
    EndSessionsForm,
)
RESET_SECOND_FACTOR = AccountChange(
    _l("Turn off two-factor authentication"),
    _l(
        "For somebody who has lost the app and the recovery codes. Be sure who asks: with the"
        " password alone, whoever has it gets in. They are signed out everywhere and get an e-mail."
        " Staff must set it up again before they open a page of staff."
    ),
    _l("Two-factor authentication is off. They got an e-mail."),
)
REVOKE_ROLE = AccountChange(
    _l("Revoke role"),
    _l("The role ends in your cities, with their next click."),
    _l("Role revoked."),
)
