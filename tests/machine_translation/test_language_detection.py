"""Finding out the language of a text on this machine."""

import pytest

from webapp.machine_translation.language_detection import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The brakes of this bike are worn, and it pulls to the left."),
        ("de", "Warum wurde mir die Fahrt\ndoppelt berechnet?"),
        ("es", "No pude terminar el viaje en la app"),
        ("fr", "Très bien, mais la selle est dure. https://movr.example/en/the/page"),
        ("it", "I freni di questa bici sono consumati."),
        ("nl", "De remmen van deze fiets zijn versleten."),
        ("pl", "Hamulce są zużyte, proszę naprawić"),
        ("ja", "ブレーキが壊れています。修理してください。お願いします。"),
        ("", "Loved it, thanks!"),
        ("", "12345 67890 12345 67890 12345 67890"),
        ("", ""),
    ],
)
def test_the_language_is_known_of_texts_that_are_long_enough(language: str, text: str) -> None:
    assert detect_language(text) == language
