"""What the resources of the API share. Each resource is an ``api.py``, or a package
``api/``, of its module.

docs/api.md says how to add one.
"""

from flask import Flask

from webapp.api import document, headers
from webapp.api.pages import bp


def init_app(app: Flask) -> None:
    """Add the headers of the API, its document and its pages to ``app``."""
    document.init_app(app)
    headers.init_app(app)
    app.register_blueprint(bp)
