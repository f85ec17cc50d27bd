"""The commands of docs/api.md by which an app signs somebody in."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.auth.oauth.program import read_answer
from tests.auth.oauth.steps import insert_client
from tests.auth.steps import new_browser
from tests.factories import UserFactory

DOCUMENT = Path(__file__).parents[2] / "docs/api.md"


def test_the_sign_in_of_the_document_runs_as_it_stands(app: Flask, make_user: UserFactory) -> None:
    if not (shutil.which("curl") and shutil.which("openssl")):
        pytest.skip("needs curl and openssl")
    (script,) = re.findall(
        r"^## Sign in with MovR$.*?^```sh$(.*?)^```$", DOCUMENT.read_text(), re.M | re.S
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    client_id = insert_client(app, redirect_uris=["http://127.0.0.1/back"])
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8000", site)],
        env={**os.environ, "CLIENT_ID": str(client_id)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    path = process.stdout.readline().strip().removeprefix(site)
    browser = new_browser(app).sign_in(make_user("ada"))
    answer = read_answer(browser.send(path, decision="allow").location)
    output, errors = process.communicate(f"{answer['code']}\n", timeout=60)
    server.shutdown()
    server.server_close()
    assert process.returncode == 0, output + errors
    decoder, accounts = json.JSONDecoder(), []
    while output.strip():
        value, end = decoder.raw_decode(output.lstrip())
        accounts.append(value)
        output = output.lstrip()[end:]
    first, second, signed_out = accounts
    assert first["username"] == second["username"] == "ada"
    assert first["token_scopes"] == ["account:read", "rides:read"]
    assert signed_out == {}
