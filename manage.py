"""The same application as a command line: ``python manage.py <command>``."""

from flask.cli import FlaskGroup

from webapp import create_app

cli = FlaskGroup(create_app=create_app, help="Set up, run and look after MovR.")

if __name__ == "__main__":
    cli()
