"""CELERY_BROKER_URL: what it needs, the broker that it names, and the status page."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from flask import Flask

import config
from tests.certificates import make_certificate
from tests.redis_server import RedisServer, require_redis
from tests.waiting import WAIT_TIMEOUT_S
from webapp import create_app, mail
from webapp.db.transactions import execute_write
from webapp.hooks import StatusLevel
from webapp.jobs.kinds import Priority
from webapp.ops.celery import broker as broker_module
from webapp.ops.celery import setting
from webapp.ops.celery.application import make_celery, make_queue_name
from webapp.ops.celery.broker import CeleryBroker
from webapp.ops.celery.dispatcher import BrokerUnavailable
from webapp.ops.jobs.running import claim_jobs
from webapp.settings.environment import read_overrides

REGION = "us-east1"
DATABASE_URL = "postgresql://u:p@localhost/none"


def test_without_the_packages_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "find_spec", lambda name: None)
    with pytest.raises(config.ConfigurationError, match=r"requirements-celery\.txt"):
        create_app(
            config.Test, DATABASE_URL=DATABASE_URL, CELERY_BROKER_URL="redis://broker:6379/0"
        )


def test_a_celery_worker_without_the_setting_is_refused(app: Flask) -> None:
    with pytest.raises(config.ConfigurationError, match="CELERY_BROKER_URL"):
        make_celery(app)


@pytest.mark.parametrize(
    "url", ["broker", "redis://", "http://broker", "redis://broker:0/0", "redis://:secret@[x/0"]
)
def test_the_setting_must_be_the_url_of_a_broker_and_is_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    with pytest.raises(config.ConfigurationError) as refused:
        read_overrides()
    assert "it must be like redis://host:6379/0" in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "url", ["redis://:p@broker:6379/0", "rediss://broker", "amqp://u:p@broker//"]
)
def test_redis_and_rabbitmq_are_accepted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    assert read_overrides()["CELERY_BROKER_URL"] == url


def test_without_redis_tests_are_skipped_but_not_on_the_build_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt install redis-server"):
        require_redis()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must have one"):
        require_redis()


@pytest.fixture
def celery_app(app: Flask, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, with a broker."""
    monkeypatch.setitem(app.config, "CELERY_BROKER_URL", redis.url)
    return app


def test_the_status_page_tells_how_many_jobs_wait_in_the_broker_and_whether_it_answers(
    celery_app: Flask, redis: RedisServer
) -> None:
    with celery_app.app_context():
        (line,) = setting.check_broker()
        assert (line.level, str(line.word)) == (StatusLevel.GREEN, "0 jobs wait in it")
        redis.kill()
        (line,) = setting.check_broker()
        assert (line.level, str(line.word)) == (StatusLevel.RED, "no answer: OperationalError")


def test_a_message_has_the_key_of_a_job_and_its_lease_and_nothing_of_its_payload(
    celery_app: Flask, redis: RedisServer
) -> None:
    broker = CeleryBroker(celery_app)
    recipient = mail.Recipient("ada@example.org", "Ada")
    with celery_app.app_context():
        execute_write(mail.mail_statement("password_changed", recipient, region=REGION))
        (job,) = claim_jobs(REGION, "dispatcher", 1, for_dispatch=True)
        broker.send(job)
        assert broker.count_waiting()[Priority(mail.MAIL.priority)] == 1
    channel = broker.celery.connection_for_write().default_channel
    message = channel.basic_get(make_queue_name(mail.MAIL.priority), no_ack=True)
    arguments, *rest = message.payload
    assert arguments == [job.key.region, str(job.key.id), job.lease]
    assert all(str(part) not in str(message.headers) + str(rest) for part in job.payload.values())
    broker.close()


def test_a_broker_that_accepts_and_never_answers_does_not_hang_the_dispatcher(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"socket_timeout": 0.1, "socket_connect_timeout": 0.1}
    monkeypatch.setattr(
        broker_module, "TRANSPORT_OPTIONS", broker_module.TRANSPORT_OPTIONS | options
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setitem(app.config, "CELERY_BROKER_URL", url)
        with pytest.raises(BrokerUnavailable):
            CeleryBroker(app).count_waiting()


# --- encryption -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["ssl_cert_reqs=none", "ssl_cert_reqs=CERT_OPTIONAL", "ssl_cert_reqs=", "ssl_check_hostname=0"],
)
def test_the_check_of_the_certificate_of_a_broker_cannot_be_turned_off(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", f"rediss://:secret@broker/0?{query}")
    with pytest.raises(config.ConfigurationError, match="always checked") as refused:
        read_overrides()
    assert "secret" not in refused.value.message


THIS_MACHINE = x509.IPAddress(ip_address("127.0.0.1"))
ANOTHER = x509.DNSName("another.example")


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
@pytest.mark.parametrize(
    ("name", "is_trusted"), [(THIS_MACHINE, True), (THIS_MACHINE, False), (ANOTHER, True)]
)
def test_a_broker_must_have_a_trusted_certificate_for_its_name(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    scheme: str,
    name: x509.GeneralName,
    is_trusted: bool,
) -> None:
    public, context = make_certificate(tmp_path, name)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with _tls_server(context) as (port, received):
        monkeypatch.setitem(app.config, "CELERY_BROKER_URL", f"{scheme}://u:p@127.0.0.1:{port}")
        with pytest.raises(BrokerUnavailable):  # the server ends each connection
            CeleryBroker(app).count_waiting()
    assert any(received) is (is_trusted and name is THIS_MACHINE)


@contextmanager
def _tls_server(context: ssl.SSLContext) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the port of a server, and what it receives first in each connection."""
    received: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):  # it was closed
            while True:
                connection, _ = server.accept()
                connection.settimeout(WAIT_TIMEOUT_S)
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    received.append(tls.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], received
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_TIMEOUT_S)
