"""Actions that the audit trail records, one function for each kind of event, by subject."""

# Each module registers its actions in ACTIONS.
from tests.audit.actions import accounts, rides, settings, vehicles, wallet
from tests.audit.actions.scene import ACTIONS, HERE, NEW, Action, Outcome, Scene

__all__ = [
    "ACTIONS",
    "HERE",
    "NEW",
    "Action",
    "Outcome",
    "Scene",
    "accounts",
    "rides",
    "settings",
    "vehicles",
    "wallet",
]
