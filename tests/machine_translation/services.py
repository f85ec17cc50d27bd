"""A server that speaks as DeepL and LibreTranslate do."""

import json
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

#: Answers a request in JSON with JSON.
Answer = Callable[[Any], Any]


class ReceivedRequest(NamedTuple):
    path: str
    headers: Any
    body: Any


class TranslationServer(ThreadingHTTPServer):
    """Translates by writing capital letters."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.status = 200
        #: Instead of a translation.
        self.body = b""
        self.received_requests: list[ReceivedRequest] = []


class CapitalLetters:
    """A translator that needs no server."""

    name = "DeepL"

    def translate(self, _: object, texts: Sequence[str], __: str) -> Sequence[str]:
        return [text.upper() for text in texts]


def answer_as_deepl(parameters: Any) -> Any:
    translations = [
        {"detected_source_language": "DE", "text": text.upper()} for text in parameters["text"]
    ]
    return {"translations": translations}


def answer_as_libretranslate(parameters: Any) -> Any:
    texts = [text.upper() for text in parameters["q"]]
    detected = [{"confidence": 90.0, "language": "de"} for _ in texts]
    return {"detectedLanguage": detected, "translatedText": texts}


ANSWERS: dict[str, Answer] = {
    "/v2/translate": answer_as_deepl,
    "/translate": answer_as_libretranslate,
}


class _Handler(BaseHTTPRequestHandler):
    server: TranslationServer

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        parameters = json.loads(self.rfile.read(length))
        self.server.received_requests.append(ReceivedRequest(self.path, self.headers, parameters))
        body = self.server.body or json.dumps(ANSWERS[self.path](parameters)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
