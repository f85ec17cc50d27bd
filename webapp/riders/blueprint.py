"""What the controllers of this module hang their pages on."""

from flask import Blueprint

bp = Blueprint("riders", __name__, url_prefix="/users")
