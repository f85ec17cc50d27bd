"""LibreTranslate (https://docs.libretranslate.com/guides/api_usage/), which operators can run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from webapp.machine_translation.translator import TranslationFailed, post_json

if TYPE_CHECKING:
    from webapp.web.fetching import Fetcher


class _Answer(msgspec.Struct):
    translatedText: list[str]  # noqa: N815 - its name there


@dataclass(frozen=True)
class LibreTranslate:
    """Translates with a server of LibreTranslate. key: '': it needs none."""

    url: str
    key: str
    name: str = "LibreTranslate"

    def translate(self, fetcher: "Fetcher", texts: Sequence[str], language: str) -> Sequence[str]:
        # Any: JSON
        parameters: dict[str, Any] = {
            "q": texts, "source": "auto", "target": language, "format": "text",
        }  # fmt: skip
        if self.key:
            parameters["api_key"] = self.key
        answer = post_json(fetcher, f"{self.url}/translate", parameters, {}, _Answer)
        if len(answer.translatedText) != len(texts):
            raise TranslationFailed
        return answer.translatedText
