"""The application object, for gunicorn (``gunicorn main:app``) and the ``flask`` command."""

import gc

# What is imported stays. Looking for garbage in it would take a tenth of the start, and later hold
# up requests; workers that are forked would copy it.
gc.disable()

from webapp import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
