"""What tests of the pages with translations share."""

WORDS = "Die Bremse ist abgenutzt, und es zieht nach links."
SHOUT = WORDS.upper()
MACHINE = "Translated by a machine (DeepL)"


def find_path(kind: str, key: object) -> str:
    return f"/translations/{kind}/{key}"
