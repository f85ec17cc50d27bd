"""Texts of others in the reader's language: on request, by a service that the operator names."""

from flask import Flask

from webapp.machine_translation import services
from webapp.machine_translation.controllers import bp
from webapp.machine_translation.offers import find_translation_offer
from webapp.translatable_texts import encrypt_text_key


def create_module(app: Flask) -> None:
    """Add the page of translations and what templates know of them to ``app``."""
    services.init_app(app)
    app.add_template_global(find_translation_offer)
    app.add_template_filter(encrypt_text_key)
    app.register_blueprint(bp)
