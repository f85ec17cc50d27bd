"""Templates are compiled before the first request."""

import pytest
from flask import Flask
from jinja2.utils import LRUCache

from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.fragment_cache import compile_templates
from webapp.templating import no_break


def test_after_the_start_no_page_of_riders_compiles_a_template(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environments = (app.jinja_env, app.extensions["movr_fragment_environment"]())
    for environment in environments:
        monkeypatch.setattr(environment, "cache", LRUCache(400))
        monkeypatch.setattr(environment, "bytecode_cache", None)
    compile_templates(app)

    def compile_template(*_: object, **__: object) -> None:
        raise AssertionError("a template was compiled")

    for environment in environments:
        monkeypatch.setattr(environment, "_compile", compile_template)
    vehicle = make_vehicle(state="on_trip")
    visitor.sign_in(make_user())
    for path, status in (("/", 200), (f"/vehicles/{vehicle.public_key}", 200)):
        assert visitor.get(path).status_code == status
    assert visitor.send(f"/rides/start/{vehicle.public_key}").status_code == 409


def test_no_line_ends_between_a_letter_and_its_word() -> None:
    assert no_break("Volt E-Bike") == 'Volt <span class="text-nowrap">E-Bike</span>'
    assert no_break("Two-Wheel bike") == "Two-Wheel bike"
    assert no_break("<b> & E-Bike").startswith("&lt;b&gt; &amp; <span")
