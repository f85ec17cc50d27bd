"""What the controllers of the wallet hang their pages on."""

from flask import Blueprint

bp = Blueprint("wallet", __name__, url_prefix="/wallet")
