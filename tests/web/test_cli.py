"""Commands that show how the application answers requests."""

from flask import Flask


def test_list_routes_shows_the_access_rule_of_each_route(app: Flask) -> None:
    output = app.test_cli_runner().invoke(args=["list-routes"]).output
    assert "/rides/start/<key:vehicle_key>" in output
    assert "closed" not in output
