"""The command for the key that says to push services who sends."""

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.cli import report_errors
from webapp.riders.notifications.push.vapid import make_push_key, replace_push_key


@click.command("push-key")
@click.option(
    "--leaked", is_flag=True, help="Make another one: all devices have to be turned on again."
)
@with_appcontext
@report_errors
def push_key(leaked: bool) -> None:
    """Make the key with which push messages are sent, if there is none.

    Without it, nobody is offered push messages. flask serve makes it.
    """
    max_age_s = current_app.config["OAUTH_KEYS_MAX_AGE_S"]
    if leaked:
        replace_push_key()
        click.echo(f"The key was replaced. Running servers know it within {max_age_s:g} seconds.")
    elif make_push_key():
        click.echo(f"The key was made. Running servers know it within {max_age_s:g} seconds.")
    else:
        click.echo("There is a key already.")
