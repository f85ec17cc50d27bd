"""Staff in the street: tasks, and actions on many vehicles."""

from uuid import uuid4

from tests.fleet.reports.steps import make_photo
from tests.job_steps import run_jobs
from tests.performance.walk import PAGE, RIDE, Walk


def do_tasks(walk: Walk) -> None:
    planner, mechanic = walk.sign_in_new_user("fleet"), walk.make_user(roles=["mechanic"])
    form = f"/fleet/vehicles/{walk.make_vehicle().key}/tasks/new"
    walk.get(planner, "the form of a task", form, PAGE)
    made = walk.post(planner, "making a task", form, nonce="n", kind="repair", priority="2")
    task = made.location
    walk.get(planner, "who has which tasks of a city", "/fleet/tasks/plan?city=new+york", PAGE)
    assigned = {"seen": "", "assignee": str(mechanic.key), "city": "new york", "kind": ""}
    walk.post(planner, "assigning a task", f"{task}/assign", RIDE, **assigned)
    nobody = {**assigned, "seen": str(mechanic.key), "assignee": ""}
    walk.post(planner, "assigning a task to nobody", f"{task}/assign", RIDE, **nobody)
    worker = walk.visitor().sign_in(mechanic)
    near = "/fleet/tasks?city=new+york&lat=40.7&lon=-74.0"
    walk.get(worker, "my tasks, and free ones near by", near, PAGE)
    walk.get(worker, "a task", task, PAGE)
    walk.post(worker, "taking a task", f"{task}/take", RIDE, act_id=uuid4().hex)
    walk.post(worker, "giving a task back", f"{task}/release", RIDE, act_id=uuid4().hex)
    start = "starting a task: its vehicle goes out of service"
    walk.post(worker, start, f"{task}/start", RIDE, act_id=uuid4().hex)
    outcome = {"act_id": uuid4().hex, "vehicle": "deployed", "part1": "Bell"}
    photo = (make_photo(), "a.jpg")
    finish = "finishing a task, with parts and photos: its vehicle returns to service"
    finished = walk.post(worker, finish, f"{task}/finish", RIDE, **outcome, photo1=photo)
    assert finished.status_code == 303
    walk.get(worker, "a photo of a task", f"{task}/photos/1", PAGE)
    again = walk.post(planner, "making a task", form, nonce="m", kind="repair", priority="2")
    walk.post(planner, "cancelling a task", f"{again.location}/cancel", RIDE)
    rules, kinds = "/fleet/tasks/rules", "/fleet/tasks/kinds/new%20york"
    walk.get(planner, "the rules that make tasks in a city", f"{rules}?city=new+york", PAGE)
    idle = {"idle-is_on": "y", "idle-hours": "72", "idle-kind": "rebalance"}
    saved = walk.post(planner, "changing a rule", f"{rules}/new%20york/idle", RIDE, **idle)
    assert saved.status_code == 303
    walk.post(planner, "adding a kind of tasks", f"{kinds}/add", RIDE, name="Wash")
    walk.post(planner, "removing a kind of tasks", f"{kinds}/remove", RIDE, name="Wash")


def act_on_many_vehicles(walk: Walk) -> None:
    staff = walk.sign_in_new_user("fleet")
    new = "/fleet/bulk-actions/new?city=new+york&all=1"
    walk.get(staff, "what can be done with many vehicles", new, PAGE)
    new += "&action=take_out_of_service"
    walk.get(staff, "the preview of a bulk action", new, PAGE)
    started = walk.post(staff, "starting a bulk action", new, RIDE, reason="maintenance")
    assert started.status_code == 303
    walk.get(staff, "a bulk action with its results", started.location, PAGE)
    walk.get(staff, "the results as CSV, for each 1,000", f"{started.location}/results.csv", RIDE)
    run_jobs(walk.app)
    walk.get(staff, "the bulk actions of a city", "/fleet/bulk-actions?city=new+york", PAGE)
    undo = f"{started.location}/undo"
    walk.get(staff, "the preview of undoing a bulk action", undo, RIDE)
    assert walk.post(staff, "undoing a bulk action", undo, RIDE).status_code == 303
