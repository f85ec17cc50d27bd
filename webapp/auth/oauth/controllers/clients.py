"""The pages of apps, for admins of all cities."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.oauth.client_forms import (
    ClientForm,
    NewClientForm,
    RemoveClientForm,
    RenewSecretForm,
    make_client_form_data,
)
from webapp.auth.oauth.models import OAuthClient
from webapp.auth.oauth.services.clients import (
    ClientSettings,
    add_client,
    change_client,
    get_client,
    list_clients,
    remove_client,
    renew_secret,
)
from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.forms import Form, add_refusal, new_nonce, render_form
from webapp.regions.catalogue import first_region
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("oauth_clients", __name__, url_prefix="/admin/apps")

#: The forms that stand on the page of an app beside its settings.
REMOVE, RENEW = "remove", "renew"


@bp.get("/")
@requires(Permission.MANAGE_APPS)
def index() -> ResponseReturnValue:
    """The apps that may ask people for access to their accounts."""
    require_all_cities(Permission.MANAGE_APPS)
    return render_template("auth/oauth/clients/index.html", clients=list_clients())


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_APPS)
@recently_authenticated
def new() -> ResponseReturnValue:
    """Register an app. Its secret is shown once."""
    require_all_cities(Permission.MANAGE_APPS)
    form = NewClientForm(data={"nonce": new_nonce()})
    if form.validate_on_submit():
        is_confidential = form.client_type.data == "confidential"
        client_id, settings, why = form.nonce.data, form.settings, form.why.data or ""
        try:
            secret = add_client(client_id, settings, is_confidential=is_confidential, why=why)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _show_secret(client_id, settings.name, secret)
    return render_form("auth/oauth/clients/new.html", form)


def _show_secret(client_id: UUID, name: str, secret: str) -> ResponseReturnValue:
    values = {"client_id": client_id, "name": name, "secret": secret}
    return render_template("auth/oauth/clients/registered.html", **values)


@bp.route("/<uuid:client_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_APPS)
@recently_authenticated
def edit(client_id: UUID) -> ResponseReturnValue:
    """Change an app: also where codes are sent to."""
    require_all_cities(Permission.MANAGE_APPS)
    client = get_client(client_id)
    form = ClientForm(data=make_client_form_data(ClientSettings.of(client)))
    if form.validate_on_submit() and _save(form, client):
        flash(_("App saved."), "success")
        return redirect(url_for(".index"), 303)
    return _render(client, form)


def _render(client: OAuthClient, submitted: Form) -> ResponseReturnValue:
    """Return the page of an app, with the form that was sent to it and the others."""
    forms = {
        ClientForm: ClientForm(None, data=make_client_form_data(ClientSettings.of(client))),
        RemoveClientForm: RemoveClientForm(None, prefix=REMOVE),
        RenewSecretForm: RenewSecretForm(None, prefix=RENEW),
        type(submitted): submitted,
    }
    return render_form(
        "auth/oauth/clients/edit.html",
        submitted,
        client=client,
        client_form=forms[ClientForm],
        remove_form=forms[RemoveClientForm],
        renew_form=forms[RenewSecretForm],
        region=first_region(),
    )


def _save(form: ClientForm, client: OAuthClient) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        ClientSettings.of(client),
        fill=lambda stored: ClientForm(None, data=make_client_form_data(stored)),
        save=lambda stored: change_client(client.id, stored, form.settings, form.why.data or ""),
        read=lambda: ClientSettings.of(get_client(client.id)),
    )


@bp.post("/<uuid:client_id>/remove")
@requires(Permission.MANAGE_APPS)
@recently_authenticated
def remove(client_id: UUID) -> ResponseReturnValue:
    """Remove an app: it loses its access to all accounts."""
    require_all_cities(Permission.MANAGE_APPS)
    client, form = get_client(client_id), RemoveClientForm(prefix=REMOVE)
    if not form.validate_on_submit():
        return _render(client, form)
    remove_client(client_id, ClientSettings.of(client), form.why.data)
    flash(_("%(app)s was removed. It has no access any more.", app=client.name), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:client_id>/secret")
@requires(Permission.MANAGE_APPS)
@recently_authenticated
def renew(client_id: UUID) -> ResponseReturnValue:
    """Give an app another secret, which is shown once."""
    require_all_cities(Permission.MANAGE_APPS)
    client, form = get_client(client_id), RenewSecretForm(prefix=RENEW)
    if not form.validate_on_submit():
        return _render(client, form)
    return _show_secret(client_id, client.name, renew_secret(client_id, form.why.data))
