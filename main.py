"""The application object, for gunicorn (``gunicorn main:app``) and the ``flask`` command."""

from webapp import create_app

app = create_app()
