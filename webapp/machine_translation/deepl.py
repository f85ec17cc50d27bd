"""DeepL (https://developers.deepl.com/api-reference/translate)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from webapp.machine_translation.translator import TranslationFailed, post_json

if TYPE_CHECKING:
    from webapp.web.fetching import Fetcher

URL = "https://api.deepl.com"
#: Where keys of the free plan are known: these end with FREE_KEY_END.
FREE_URL, FREE_KEY_END = "https://api-free.deepl.com", ":fx"
#: Languages that it translates into in variants only. Others are named by their ISO 639-1 code.
TARGETS = {"en": "EN-GB", "pt": "PT-PT", "zh": "ZH-HANS", "no": "NB"}


class _Translation(msgspec.Struct):
    text: str


class _Answer(msgspec.Struct):
    translations: list[_Translation]


@dataclass(frozen=True)
class DeepL:
    """Translates with an account at DeepL. url: '': that of the plan of the key."""

    url: str
    key: str
    name: str = "DeepL"

    def translate(self, fetcher: "Fetcher", texts: Sequence[str], language: str) -> Sequence[str]:
        site = self.url or (FREE_URL if self.key.endswith(FREE_KEY_END) else URL)
        parameters = {"text": texts, "target_lang": TARGETS.get(language, language.upper())}
        headers = {"Authorization": f"DeepL-Auth-Key {self.key}"}
        answer = post_json(fetcher, f"{site}/v2/translate", parameters, headers, _Answer)
        if len(answer.translations) != len(texts):
            raise TranslationFailed
        return [each.text for each in answer.translations]
