"""A mail server as small as one can be: it takes what it is given, or says no first."""

import socketserver
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import SimpleQueue

from tests.waiting import WAIT_TIMEOUT_S


class SmtpServer(socketserver.ThreadingTCPServer):
    """refusals: answers to the first DATA commands, one each, ``hang up`` for none.

    tls: lets clients encrypt the line with STARTTLS, and then sign in.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, refusals: Iterable[str] = (), tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.refusals = list(refusals)
        self.tls = tls
        self.heard: list[str] = []
        self.taken: SimpleQueue[bytes] = SimpleQueue()
        self.port: int = self.server_address[1]

    def next_mail(self) -> EmailMessage:
        """Return the next mail that came, parsed; wait for it when it is still on its way."""
        written = self.taken.get(timeout=WAIT_TIMEOUT_S)
        return message_from_bytes(written, policy=policy.default)


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            self.server.heard.append(f"{verb} {rest.partition(' size=')[0]}".strip())
            if verb == "DATA":
                goes_on = self.take()
            elif verb == "STARTTLS":
                goes_on = self.encrypt()
            else:
                answers = {"EHLO": self.abilities(), "AUTH": "235 welcome", "QUIT": "221 bye"}
                self.say(answers.get(verb, "250 fine"))
                goes_on = verb != "QUIT"
            if not goes_on:
                return

    def abilities(self) -> str:
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        more = "250-AUTH PLAIN\r\n" if encrypted else "250-STARTTLS\r\n" if self.server.tls else ""
        return f"250-here\r\n{more}250 8BITMIME"

    def encrypt(self) -> bool:
        """Encrypt the line; False: the client does not trust us."""
        assert self.server.tls
        self.say("220 go ahead")
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        return True

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def take(self) -> bool:
        """Take a mail, or refuse it; False: the line is cut."""
        if self.server.refusals:
            response = self.server.refusals.pop(0)
            if response != "hang up":
                self.say(response)
            return response != "hang up"
        self.say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.taken.put(b"".join(line.removeprefix(b".") for line in lines))
        self.say("250 taken")
        return True


@contextmanager
def smtp_server(
    refusals: Iterable[str] = (),
    tls: ssl.SSLContext | None = None,
    kind: type[SmtpServer] = SmtpServer,
) -> Iterator[SmtpServer]:
    """Run a mail server on a port of this machine."""
    with kind(refusals, tls) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
