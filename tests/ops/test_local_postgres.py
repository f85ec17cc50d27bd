"""The PostgreSQL that MovR starts by itself."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy.engine import make_url

import config
from tests.waiting import wait_until
from webapp.ops.local_postgres import LocalPostgres
from webapp.ops.postgres_programs import LocalPostgresError

BINARIES = os.environ.get("POSTGRES_BIN", "")


def cluster_at(home: Path) -> LocalPostgres:
    return LocalPostgres(home, BINARIES, durable=False)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="movr test "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def initialised_home() -> Iterator[Path]:
    """A cluster's data, to be copied: making it takes longer than starting it."""
    folder = Path(tempfile.mkdtemp(prefix="movr-test-"))
    folder.chmod(0o755)
    cluster = cluster_at(folder)
    cluster.start()
    cluster.stop()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_cluster(home: Path) -> Iterator[LocalPostgres]:
    """A cluster that has no data yet."""
    cluster = cluster_at(home)
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(new_cluster: LocalPostgres, initialised_home: Path) -> LocalPostgres:
    """A cluster that has run before."""
    shutil.copytree(initialised_home / "postgres", new_cluster.data)
    owner = (initialised_home / "postgres").stat()
    for path in (new_cluster.data, *new_cluster.data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return new_cluster


def query(cluster: LocalPostgres, sql: str = "SELECT 1") -> object:
    url = make_url(cluster.url())
    connection = psycopg2.connect(
        host=url.query["host"], user=url.username, dbname=url.database, connect_timeout=3
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()


def server_pid(cluster: LocalPostgres) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_a_new_cluster_starts_answers_and_stops(new_cluster: LocalPostgres) -> None:
    assert new_cluster.start()
    assert new_cluster.is_running()
    assert query(new_cluster) == 1
    assert query(new_cluster, "SHOW listen_addresses") == ""
    new_cluster.stop()
    assert not new_cluster.is_running()
    assert not new_cluster.socket_folder.exists()


def test_is_running_creates_no_files(home: Path) -> None:
    cluster = cluster_at(home / "nowhere")
    assert not cluster.is_running()
    assert "postgresql" in cluster.url()
    assert list(home.iterdir()) == []
    assert not cluster.socket_folder.exists()


def test_root_starts_the_server_as_nobody_who_owns_only_its_folders(cluster: LocalPostgres) -> None:
    cluster.start()
    server = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    for folder in (cluster.data, cluster.socket_folder):
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (server, 0o700)
    assert cluster.home.stat().st_uid == os.geteuid()
    assert cluster.home.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_root_keeps_the_data_outside_of_a_private_folder(home: Path) -> None:
    home.chmod(0o700)
    elsewhere = cluster_at(home / "checkout" / "instance").home
    assert elsewhere.parent == Path("/var/lib/movr")
    home.chmod(0o755)
    assert cluster_at(home / "checkout" / "instance").home == home / "checkout" / "instance"


def test_the_last_user_stops_the_server(cluster: LocalPostgres) -> None:
    second = cluster_at(cluster.home)
    assert cluster.start()
    assert not second.start()
    cluster.release()
    assert query(second) == 1
    second.release()
    assert not second.is_running()


def test_of_two_simultaneous_starts_one_starts_the_server(cluster: LocalPostgres) -> None:
    started = []
    clusters = [cluster, cluster_at(cluster.home)]
    threads = [threading.Thread(target=lambda c=c: started.append(c.start())) for c in clusters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False, True]
    assert query(cluster) == 1
    for each in clusters:
        each.release()
    assert not cluster.is_running()


def test_a_killed_server_starts_again_with_its_data(cluster: LocalPostgres) -> None:
    cluster.start()
    connection = psycopg2.connect(host=str(cluster.socket_folder), user="movr", dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on; CREATE TABLE numbers AS SELECT 7 AS n")
    connection.close()
    os.kill(server_pid(cluster), signal.SIGKILL)
    wait_until(lambda: not cluster.is_running())
    assert cluster.start()
    assert query(cluster, "SELECT n FROM numbers") == 7


def test_a_stale_pid_file_does_not_prevent_a_start(
    cluster: LocalPostgres,
) -> None:
    """After a container restarts, another process soon has the old process id."""
    server = cluster.data.stat()
    other_process = subprocess.Popen(["sleep", "60"], user=server.st_uid)
    try:
        pid_file = cluster.data / "postmaster.pid"
        pid_file.write_text(f"{other_process.pid}\n{cluster.data}\n{int(time.time())}\n5432\n")
        os.chown(pid_file, server.st_uid, server.st_gid)
        assert cluster.start()
        assert other_process.poll() is None
    finally:
        other_process.kill()
        other_process.wait()


def test_a_server_without_its_socket_is_restarted(cluster: LocalPostgres) -> None:
    cluster.start()
    shutil.rmtree(cluster.socket_folder)
    assert cluster.start()
    assert query(cluster) == 1


def test_an_interrupted_initialisation_is_repeated(new_cluster: LocalPostgres) -> None:
    unfinished = new_cluster.home / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    new_cluster.start()
    assert query(new_cluster) == 1
    assert not unfinished.exists()


def test_data_of_another_version_is_reported_in_one_line(cluster: LocalPostgres) -> None:
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalPostgresError, match=r"was made by PostgreSQL 9, and this is \d+:"):
        cluster.start()


def test_invalid_settings_are_reported_with_the_message_of_postgresql(
    cluster: LocalPostgres,
) -> None:
    with open(cluster.data / "postgresql.conf", "a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(LocalPostgresError, match=r"did not start: .*contains errors") as caught:
        cluster.start()
    assert "\n" not in caught.value.message


def test_a_folder_that_is_not_writable_is_reported_in_one_line(home: Path) -> None:
    (home / "instance").write_text("a file is where the folder should be")
    with pytest.raises(LocalPostgresError, match="cannot start here"):
        cluster_at(home / "instance").start()


def test_a_socket_folder_that_others_may_enter_is_not_trusted(cluster: LocalPostgres) -> None:
    cluster.socket_folder.mkdir()
    cluster.socket_folder.chmod(0o777)
    with pytest.raises(LocalPostgresError, match="belongs to somebody else; remove it"):
        cluster.start()


def test_a_folder_without_postgresql_is_reported(home: Path) -> None:
    with pytest.raises(LocalPostgresError, match="no initdb in /usr/games"):
        LocalPostgres(home, "/usr/games").start()


def test_a_missing_package_is_reported_with_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LocalPostgresError, match=r"install requirements-local\.txt"):
        LocalPostgres(home).start()


def test_a_process_that_is_killed_gives_up_its_claim(cluster: LocalPostgres) -> None:
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from webapp.ops.local_postgres import LocalPostgres;"
        "cluster = LocalPostgres(Path(sys.argv[1]), sys.argv[2], durable=False);"
        "cluster.start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    arguments = [sys.executable, "-c", program, str(cluster.home), BINARIES]
    assert subprocess.run(arguments, cwd=config.ROOT).returncode == -signal.SIGKILL
    assert not cluster.start()
    cluster.release()
    assert not cluster.is_running()
