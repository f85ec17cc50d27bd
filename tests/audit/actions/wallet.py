"""Actions of wallets."""

from tests.audit.actions.scene import Outcome, Scene, outcome_for_ada, records
from webapp.audit.enums import AuditKind


@records(AuditKind.TOPPED_UP)
def top_up(scene: Scene) -> Outcome:
    checkout = scene.client.send("/wallet/top-up", amount="10", currency="EUR").location
    back = scene.client.send(checkout, pay="y").location
    return outcome_for_ada(scene, scene.client.get(back))


@records(AuditKind.PAID_OUT)
def pay_out(scene: Scene) -> Outcome:
    top_up(scene)
    return outcome_for_ada(scene, scene.client.send("/wallet/pay-out", currency="EUR"))
