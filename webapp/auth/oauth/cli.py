"""The command for the keys that sign access tokens."""

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.auth.oauth.services.signing_keys import replace_all, rotate_now
from webapp.cli import report_errors


@click.command("rotate-oauth-keys")
@click.option(
    "--leaked", is_flag=True, help="Replace all keys at once: present access tokens work no more."
)
@with_appcontext
@report_errors
def rotate_oauth_keys(leaked: bool) -> None:
    """Add a key that signs the access tokens of apps from tomorrow on.

    A worker does so every OAUTH_KEY_DAYS days.
    """
    if leaked:
        replace_all()
        max_age_s = current_app.config["OAUTH_KEYS_MAX_AGE_S"]
        click.echo(f"All keys were replaced. Running servers know it within {max_age_s:g} seconds.")
    else:
        rotate_now()
        click.echo("A key was added. It signs from tomorrow on.")
