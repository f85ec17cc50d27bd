"""What the controllers of this module hang their pages on."""

from flask import Blueprint

bp = Blueprint("rides", __name__)
