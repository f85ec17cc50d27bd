"""Actions of settings of a city."""

from uuid import uuid4, uuid5

from werkzeug.test import TestResponse

from tests.audit.actions.scene import Outcome, Scene, records
from tests.auth.oauth.steps import SECRET, insert_client
from tests.factories import find_city
from tests.notices.steps import insert_comment, insert_notice
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.ops.cities.closing import close_city
from webapp.ops.cities.services import CityData, open_city
from webapp.regions.enums import CityFeature

NOTICE = {"title": "Marathon", "text": "wrong password", "alert_type": "other"}
SAVED_REPLY = {"title": "Sorry", "queue": "reports", "language": "en", "text": "wrong password"}


def _send_city(scene: Scene, path: str, **fields: str) -> tuple[TestResponse, RowKey]:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    place = {"timezone": "Europe/Paris", "lat": "45.76", "lon": "4.84"}
    return scene.stranger.send(f"/admin/cities/{path}", **place, **fields), sam.key


@records(AuditKind.CITY_OPENED)
def open_a_city(scene: Scene) -> Outcome:
    fields = {"label": "Lyon", "currency": "EUR", "region": "us-east1"}
    return *_send_city(scene, "new", **fields), "city lyon"


@records(AuditKind.CITY_CHANGED)
def change_a_city(scene: Scene) -> Outcome:
    with scene.app.app_context():
        open_city("us-east1", "EUR", CityData("Lyon", "Europe/Paris", 45.76, 4.84))
    return *_send_city(scene, "lyon", label="Lyon (Rhône)"), "city lyon"


@records(AuditKind.CITY_CLOSED)
def close_a_city(scene: Scene) -> Outcome:
    return *_send_city(scene, "boston/close", why="contract ended"), "city boston"


@records(AuditKind.CITY_REOPENED)
def reopen_a_city(scene: Scene) -> Outcome:
    with scene.app.app_context():
        close_city(find_city("boston"), None, "a mistake")
    why = {"reopen-why": "was a mistake"}
    return *_send_city(scene, "boston/reopen", **why), "city boston"


@records(AuditKind.CITY_ARCHIVED)
def archive_a_city(scene: Scene) -> Outcome:
    with scene.app.app_context():
        close_city(find_city("boston"), None, "contract ended")
    return *_send_city(scene, "boston/archive", **{"archive-why": "all done"}), "city boston"


@records(AuditKind.CITY_FEATURES_CHANGED)
def switch_features_of_a_city(scene: Scene) -> Outcome:
    features = {feature.value: "on" for feature in CityFeature} | {"pauses": "off"}
    return *_send_city(scene, "boston/features", **features), "city boston"


@records(AuditKind.TEXT_PUBLISHED)
def publish_a_text(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    fields = {"text": "Be kind.", "version": "0", "publish": "y"}
    response = scene.stranger.send("/admin/texts/edit?kind=terms&city=", **fields)
    return response, sam.key, f"text {response.location.rpartition('/')[2]}"


@records(AuditKind.NOTICE_ADDED)
def write_a_notice(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send("/fleet/notices/new?city=new+york", **NOTICE, nonce="n")
    return response, sam.key, f"notice {uuid5(sam.id, 'n')}"


def _change_notice(scene: Scene, action: str, **fields: str) -> Outcome:
    _, sam_key, subject = write_a_notice(scene)
    assert sam_key
    page = f"/fleet/notices/{uuid5(sam_key.id, 'n')}/{action}"
    return scene.stranger.send(page, **fields), sam_key, subject


@records(AuditKind.NOTICE_CHANGED)
def change_a_notice(scene: Scene) -> Outcome:
    return _change_notice(scene, "edit?language=en", **{**NOTICE, "title": "Hi"})


@records(AuditKind.NOTICE_PUBLISHED)
def publish_a_notice(scene: Scene) -> Outcome:
    return _change_notice(scene, "publish")


@records(AuditKind.NOTICE_REMOVED)
def remove_the_draft_of_a_notice(scene: Scene) -> Outcome:
    return _change_notice(scene, "remove")


def _moderate(scene: Scene, action: str, state: str) -> Outcome:
    sam = scene.make_user("sam", roles=["support"])
    scene.stranger.sign_in(sam)
    comment = insert_comment(scene.app, insert_notice(scene.app), scene.ada, state=state)
    response = scene.stranger.send(f"/fleet/comments/{comment.key}/{action}", why="an insult")
    return response, sam.key, f"comment {comment.key}"


@records(AuditKind.COMMENT_HIDDEN)
def hide_a_comment(scene: Scene) -> Outcome:
    return _moderate(scene, "hide", "flagged")


@records(AuditKind.COMMENT_SHOWN)
def show_a_comment(scene: Scene) -> Outcome:
    return _moderate(scene, "show", "hidden")


@records(AuditKind.VEHICLE_TYPE_ADDED)
def add_a_vehicle_type(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    fields = {"form_factor": "moped", "propulsion_type": "electric", "label": "Moped", "icon": ""}
    response = scene.stranger.send("/admin/vehicle-types/new", **fields)
    return response, sam.key, "vehicle_type moped"


@records(AuditKind.VEHICLE_TYPE_CHANGED)
def change_a_vehicle_type(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    fields = {"label": "", "icon": "car", "min_battery_percent": "10"}
    response = scene.stranger.send("/admin/vehicle-types/scooter", **fields)
    return response, sam.key, "vehicle_type scooter"


APP = {"name": "Planner", "redirect_uris": "https://app.example/cb", "rides_read": "y"}


def _send_app(scene: Scene, path: str, **fields: str) -> tuple[TestResponse, RowKey]:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam, second_factor=True)
    return scene.stranger.send(f"/admin/apps/{path}", **fields), sam.key


@records(AuditKind.APP_ADDED)
def register_an_app(scene: Scene) -> Outcome:
    client_id = uuid4()
    fields = {**APP, "client_type": "confidential", "nonce": client_id.hex}
    return *_send_app(scene, "new", **fields), f"app {client_id}"


@records(AuditKind.APP_CHANGED)
def change_an_app(scene: Scene) -> Outcome:
    client_id = insert_client(scene.app)
    return *_send_app(scene, str(client_id), **APP), f"app {client_id}"


@records(AuditKind.APP_SECRET_RENEWED)
def renew_the_secret_of_an_app(scene: Scene) -> Outcome:
    client_id = insert_client(scene.app, secret=SECRET)
    why = {"renew-why": "it has leaked"}
    return *_send_app(scene, f"{client_id}/secret", **why), f"app {client_id}"


@records(AuditKind.APP_REMOVED)
def remove_an_app(scene: Scene) -> Outcome:
    client_id = insert_client(scene.app)
    why = {"remove-why": "contract ended"}
    return *_send_app(scene, f"{client_id}/remove", **why), f"app {client_id}"


@records(AuditKind.ALERT_CHANGED)
def change_an_alert(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"threshold": "30", "mute_h": "24", "reason": "wrong password, Pegasus"}
    response = scene.stranger.send("/fleet/alerts/new%20york/battery_low", **fields)
    return response, sam.key, "city new york"


@records(AuditKind.SERVICE_TARGETS_CHANGED)
def change_service_targets(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send("/fleet/queues/new%20york/targets", first_action="1", answer="8")
    return response, sam.key, "city new york"


@records(AuditKind.SAVED_REPLY_ADDED)
def add_a_saved_reply(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {**SAVED_REPLY, "city": "new york", "nonce": "n"}
    return scene.stranger.send("/fleet/saved-replies/new", **fields), sam.key, "city new york"


@records(AuditKind.SAVED_REPLY_CHANGED)
def change_a_saved_reply(scene: Scene) -> Outcome:
    _, sam_key, subject = add_a_saved_reply(scene)
    assert sam_key
    page = f"/fleet/saved-replies/{uuid5(sam_key.id, 'n')}"
    return scene.stranger.send(page, **{**SAVED_REPLY, "title": "Hi"}), sam_key, subject


@records(AuditKind.SAVED_REPLY_REMOVED)
def remove_a_saved_reply(scene: Scene) -> Outcome:
    _, sam_key, subject = add_a_saved_reply(scene)
    assert sam_key
    page = f"/fleet/saved-replies/{uuid5(sam_key.id, 'n')}/remove"
    return scene.stranger.send(page), sam_key, subject
