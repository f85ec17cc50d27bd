"""Which scopes need a proof of who somebody is."""

from collections.abc import Iterable

from webapp.web.scopes import Scope

#: What these give costs nobody anything. For all others (money, the account, the work of staff),
#: also those that are added later, a person authenticates afresh, as for sensitive pages.
HARMLESS_SCOPES = frozenset(
    {
        Scope.ACCOUNT_READ,
        Scope.RIDES_READ,
        Scope.REPORTS_READ,
        Scope.REPORTS_WRITE,
        Scope.COMMENTS_WRITE,
        Scope.VEHICLES_READ,
    }
)


def is_sensitive(scopes: Iterable[str]) -> bool:
    """Tell whether giving an app these scopes needs a recent authentication."""
    return not HARMLESS_SCOPES.issuperset(scopes)
