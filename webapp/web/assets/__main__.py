"""Builds the static files: ``python -m webapp.web.assets``. Otherwise the first process does."""

from webapp.web.assets.static_files import asset_store

if __name__ == "__main__":
    asset_store().assets()
