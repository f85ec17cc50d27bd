"""The page that assigns something of a queue."""

from flask.typing import ResponseReturnValue

from webapp.auth.models import User
from webapp.fleet.queues.colleagues import list_colleagues
from webapp.fleet.queues.forms import AssignForm
from webapp.forms import render_form
from webapp.web.roles import Permission


def render_assign_form(
    form: AssignForm,
    assignee: User | None,
    page: str,
    permission: Permission,
    city_name: str,
) -> ResponseReturnValue:
    """Return the page. assignee: who has it now; page: the address of what is assigned;
    permission: what a colleague needs in the city."""
    form.seen.data = str(assignee.key) if assignee else ""
    return render_form(
        "fleet/queues/assign.html",
        form,
        assignee=assignee,
        page=page,
        colleagues=list_colleagues(permission, city_name),
    )
