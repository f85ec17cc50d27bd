"""The tables of the database, for admins of all cities."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement
from webapp.db.transactions import execute_write
from webapp.forms import render_form
from webapp.ops.tables.columns import list_columns, list_models
from webapp.ops.tables.forms import RowsForm
from webapp.ops.tables.queries import find_rows
from webapp.web.access import require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("tables", __name__, url_prefix="/admin/tables")


@bp.get("")
@requires(Permission.VIEW_TABLES)
def index() -> ResponseReturnValue:
    """All tables with what they are for; 404 for admins of some cities only."""
    require_all_cities(Permission.VIEW_TABLES)
    return render_template("ops/tables/index.html", models=list_models().values())


@bp.get("/<table_name>")
@requires(Permission.VIEW_TABLES)
def show(table_name: str) -> ResponseReturnValue:
    """Some rows of a table, by key. The audit trail says who has looked."""
    require_all_cities(Permission.VIEW_TABLES)
    model = list_models().get(table_name) or abort(404)
    form = RowsForm(request.args)
    form.fit(model.table)
    page = None
    if form.validate():
        execute_write(audit_event_statement(AuditKind.TABLE_VIEWED, table=table_name))
        page = find_rows(model.table, form.row_filter, request.args.get("after"))
    return render_form(
        "ops/tables/show.html",
        form,
        model=model,
        columns=list_columns(model.table),
        page=page,
        query_args={field.name: field.data for field in form if field.data},
    )
