"""The people of the tests of the audit trail, and the register of their actions."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from werkzeug.test import TestResponse

from tests.auth.steps import NEW_PASSWORD, find_link
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey

HERE = "203.0.113.7"
NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}


@dataclass
class Scene:
    """Ada, who is signed in, some things of hers, and a stranger's browser."""

    app: Flask
    ada: User
    client: Visitor
    stranger: Visitor
    make_user: UserFactory
    make_vehicle: VehicleFactory
    make_plan: PlanFactory

    @property
    def account(self) -> str:
        return f"account {self.ada.key}"

    def link(self, to: str = "ada@example.org") -> str:
        return find_link(read_mails(self.app, to)[-1])

    def follow(self, to: str = "ada@example.org", **fields: str) -> TestResponse:
        response: TestResponse = self.stranger.send(self.link(to), **fields)
        return response


#: The response, the account that acted, and the subject as the audit trail names it.
Outcome = tuple[TestResponse, "RowKey | None", "str | None"]
Action = Callable[["Scene"], Outcome]
#: The name of each action -> the kind of audit event that it writes, and the action.
ACTIONS: dict[str, tuple[AuditKind, Action]] = {}


def records(kind: AuditKind) -> Callable[[Action], Action]:
    """Register an action as one that writes an audit event of this kind."""

    def register_action(action: Action) -> Action:
        ACTIONS[action.__name__.replace("_", " ")] = kind, action
        return action

    return register_action


def outcome_for_ada(scene: Scene, response: TestResponse) -> Outcome:
    return response, scene.ada.key, scene.account
