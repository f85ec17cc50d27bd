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
def made() -> Iterator[Path]:
    """A cluster's data, to be copied: making it takes longer than starting it."""
    folder = Path(tempfile.mkdtemp(prefix="movr-test-"))
    folder.chmod(0o755)
    cluster = cluster_at(folder)
    cluster.start()
    cluster.stop()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fresh(home: Path) -> Iterator[LocalPostgres]:
    """A cluster that has no data yet."""
    cluster = cluster_at(home)
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(fresh: LocalPostgres, made: Path) -> LocalPostgres:
    """A cluster that has run before."""
    shutil.copytree(made / "postgres", fresh.data)
    owner = (made / "postgres").stat()
    for path in (fresh.data, *fresh.data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return fresh


def ask(cluster: LocalPostgres, question: str = "SELECT 1") -> object:
    url = make_url(cluster.url())
    connection = psycopg2.connect(
        host=url.query["host"], user=url.username, dbname=url.database, connect_timeout=3
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()


def server_pid(cluster: LocalPostgres) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_it_makes_its_data_starts_answers_and_stops(fresh: LocalPostgres) -> None:
    assert fresh.start()
    assert fresh.is_running()
    assert ask(fresh) == 1
    assert ask(fresh, "SHOW listen_addresses") == ""
    fresh.stop()
    assert not fresh.is_running()
    assert not fresh.socket_folder.exists()


def test_asking_whether_it_runs_makes_nothing(home: Path) -> None:
    cluster = cluster_at(home / "nowhere")
    assert not cluster.is_running()
    assert "postgresql" in cluster.url()
    assert list(home.iterdir()) == []
    assert not cluster.socket_folder.exists()


def test_as_root_the_server_is_nobody_and_only_its_folders_are(cluster: LocalPostgres) -> None:
    cluster.start()
    server = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    for folder in (cluster.data, cluster.socket_folder):
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (server, 0o700)
    assert cluster.home.stat().st_uid == os.geteuid()
    assert cluster.home.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to hand over to")
def test_below_a_private_folder_root_keeps_the_data_elsewhere(home: Path) -> None:
    home.chmod(0o700)
    elsewhere = cluster_at(home / "checkout" / "instance").home
    assert elsewhere.parent == Path("/var/lib/movr")
    home.chmod(0o755)
    assert cluster_at(home / "checkout" / "instance").home == home / "checkout" / "instance"


def test_the_last_who_uses_it_stops_it(cluster: LocalPostgres) -> None:
    second = cluster_at(cluster.home)
    assert cluster.start()
    assert not second.start()
    cluster.release()
    assert ask(second) == 1
    second.release()
    assert not second.is_running()


def test_of_two_who_start_at_once_one_starts_it(cluster: LocalPostgres) -> None:
    started = []
    both = [cluster, cluster_at(cluster.home)]
    threads = [threading.Thread(target=lambda c=c: started.append(c.start())) for c in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False, True]
    assert ask(cluster) == 1
    for one in both:
        one.release()
    assert not cluster.is_running()


def test_a_killed_server_starts_again_with_its_data(cluster: LocalPostgres) -> None:
    cluster.start()
    connection = psycopg2.connect(host=str(cluster.socket_folder), user="movr", dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on; CREATE TABLE kept AS SELECT 7 AS n")
    connection.close()
    os.kill(server_pid(cluster), signal.SIGKILL)
    wait_until(lambda: not cluster.is_running())
    assert cluster.start()
    assert ask(cluster, "SELECT n FROM kept") == 7


def test_an_old_process_number_that_is_now_somebody_elses_is_no_server(
    cluster: LocalPostgres,
) -> None:
    """After a container starts again, the number of the old server is soon in use."""
    server = cluster.data.stat()
    stranger = subprocess.Popen(["sleep", "60"], user=server.st_uid)
    try:
        pid_file = cluster.data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{cluster.data}\n{int(time.time())}\n5432\n")
        os.chown(pid_file, server.st_uid, server.st_gid)
        assert cluster.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_without_its_socket_is_started_anew(cluster: LocalPostgres) -> None:
    cluster.start()
    shutil.rmtree(cluster.socket_folder)
    assert cluster.start()
    assert ask(cluster) == 1


def test_data_whose_making_was_cut_off_is_made_again(fresh: LocalPostgres) -> None:
    unfinished = fresh.home / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    fresh.start()
    assert ask(fresh) == 1
    assert not unfinished.exists()


def test_data_of_another_version_is_told_in_one_line(cluster: LocalPostgres) -> None:
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalPostgresError, match=r"was made by PostgreSQL 9, and this is \d+:"):
        cluster.start()


def test_settings_that_postgresql_refuses_are_told_in_its_words(cluster: LocalPostgres) -> None:
    with open(cluster.data / "postgresql.conf", "a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(LocalPostgresError, match=r"did not start: .*contains errors") as caught:
        cluster.start()
    assert "\n" not in caught.value.message


def test_a_place_that_cannot_be_written_is_told_in_one_line(home: Path) -> None:
    (home / "instance").write_text("a file is where the folder should be")
    with pytest.raises(LocalPostgresError, match="cannot start here"):
        cluster_at(home / "instance").start()


def test_a_socket_folder_that_others_may_enter_is_not_trusted(cluster: LocalPostgres) -> None:
    cluster.socket_folder.mkdir()
    cluster.socket_folder.chmod(0o777)
    with pytest.raises(LocalPostgresError, match="belongs to somebody else; remove it"):
        cluster.start()


def test_a_folder_without_postgresql_is_named(home: Path) -> None:
    with pytest.raises(LocalPostgresError, match="no initdb in /usr/games"):
        LocalPostgres(home, "/usr/games").start()


def test_without_the_package_it_says_what_to_install(
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
