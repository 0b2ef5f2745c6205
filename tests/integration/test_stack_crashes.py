"""`ledger up` after every kind of crash: it goes on from what is there, keeps all data, and never touches a stranger."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.register import publish_time
from ledger.stack.identity import SIMULATED_START
from ledger.stack.lifecycle import Running, down, up
from tests.ledgers import new_home

WAIT_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home whose stack the tests of this module crash as they like; each leaves it in any state."""
    with new_home() as path:
        yield path


def servers_of(home: Path) -> dict[str, list[int]]:
    """Pids of all servers that belong to a home, found without the code under test: by their arguments."""
    marks = {"kafka": f"-Dledger.kafka={home}/kafka", "postgres": f"ledger.home={home}"}
    found: dict[str, list[int]] = {name: [] for name in marks}
    for process in psutil.process_iter(["cmdline", "status"]):
        for name, mark in marks.items():
            if mark in (process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE:
                found[name].append(process.pid)
    return found


def kill_hard(home: Path, names: Sequence[str] = ("kafka", "postgres")) -> None:
    """Kill servers with SIGKILL and see them gone: a busy machine takes its time to bury them."""
    victims = [psutil.Process(pid) for name in names for pid in servers_of(home)[name]]
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=WAIT_SECONDS_MAX)
    assert not any(servers_of(home)[name] for name in names)


def leave_something(running: Running) -> None:
    """Put one more record into Kafka and one row into PostgreSQL."""
    publish_time(running.settings, SIMULATED_START, "simulated")
    with psycopg.connect(running.settings.postgres_dsn()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS left_behind (number serial)")
        connection.execute("INSERT INTO left_behind DEFAULT VALUES")


def what_is_left(running: Running) -> tuple[int, int]:
    """Records in `register`, rows in the table."""
    with psycopg.connect(running.settings.postgres_dsn()) as connection:
        row = connection.execute("SELECT count(*) FROM left_behind").fetchone()
    assert row is not None
    return KafkaAdmin(running.settings).end_offsets("register", 1)[0], row[0]


@pytest.mark.parametrize("victims", [["kafka"], ["postgres"], ["kafka", "postgres"]])
def test_servers_killed_with_sigkill_come_back_with_all_they_had(home: Path, victims: list[str]):
    running = up(home, simulated=True)
    leave_something(running)
    before = what_is_left(running)
    kill_hard(home, victims)

    again = up(home)

    assert what_is_left(again) == before
    assert again.identity == running.identity
    assert not again.was_running
    assert {name: len(pids) for name, pids in servers_of(home).items()} == {"kafka": 1, "postgres": 1}


def test_a_second_up_starts_nothing(home: Path):
    up(home, simulated=True)
    before = servers_of(home)

    assert up(home).was_running

    assert servers_of(home) == before


def test_down_ends_both_and_what_was_written_is_there_at_the_next_up(home: Path):
    running = up(home, simulated=True)
    leave_something(running)
    before = what_is_left(running)

    assert down(home)

    assert servers_of(home) == {"kafka": [], "postgres": []}
    assert not (home / "run.json").exists()
    assert not down(home)
    assert what_is_left(up(home)) == before


def test_down_ends_servers_that_are_frozen(home: Path):
    running = up(home, simulated=True)
    assert running.kafka is not None and running.postgres is not None
    running.kafka.pause()
    running.postgres.pause()

    down(home)

    assert servers_of(home) == {"kafka": [], "postgres": []}


def test_a_pid_that_now_belongs_to_a_stranger_is_neither_believed_nor_signalled(home: Path):
    up(home, simulated=True)
    kill_hard(home)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        try:
            note = {"pid": stranger.pid, "started_at": psutil.Process(stranger.pid).create_time()}
            (home / "kafka" / "process.json").write_text(json.dumps(note), encoding="utf-8")
            noted = home / "postgres" / "data" / "postmaster.pid"
            lines = noted.read_text(encoding="utf-8").splitlines()
            noted.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")
            lock = home / "postgres" / "socket" / ".s.PGSQL.5432.lock"
            if lock.exists():
                lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")

            down(home)
            running = up(home)
            assert what_is_left(running)[0] > 0
            down(home)

            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_port_taken_meanwhile_is_left_alone_and_another_is_used(home: Path):
    running = up(home, simulated=True)
    leave_something(running)
    before = what_is_left(running)
    address = running.settings.kafka.bootstrap_servers
    down(home)
    with socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))):
        again = up(home)

        assert again.settings.kafka.bootstrap_servers != address
        assert what_is_left(again) == before


@pytest.mark.parametrize("damage", ["", '{"kafka": {"boot'])
def test_a_run_file_cut_short_is_written_anew(home: Path, damage: str):
    running = up(home, simulated=True)
    (home / "run.json").write_text(damage, encoding="utf-8")

    assert up(home).settings == running.settings


# What appears on disk, in this order, while a new stack is made; `up` is killed as soon as it is there.
MOMENTS = [
    "postgres/data.new/PG_VERSION",
    "kafka/server.properties",
    "kafka/data/meta.properties",
    "kafka/process.json",
    "postgres/data/postmaster.pid",
    "run.json",
    "ledger.json",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_up_killed_while_it_makes_a_new_ledger_is_finished_by_the_next_up(moment: str):
    command = [sys.executable, "-m", "ledger", "up", "--simulated", "--partitions", "2"]
    with new_home() as home:
        environment = os.environ | {"LEDGER__HOME": str(home)}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            deadline = time.monotonic() + WAIT_SECONDS_MAX
            while not (home / moment).exists() and process.poll() is None:
                assert time.monotonic() < deadline, f"{moment} never appeared"
            process.kill()

        with up(home, simulated=True, partitions=2) as running:
            assert running.identity.partitions == 2
            assert {name: len(pids) for name, pids in servers_of(home).items()} == {"kafka": 1, "postgres": 1}
            assert KafkaAdmin(running.settings).end_offsets("register", 1) == [1]
            assert up(home).identity == running.identity
        assert servers_of(home) == {"kafka": [], "postgres": []}


def test_a_home_with_spaces_and_letters_of_other_scripts_serves_as_any():
    with new_home() as outer, up(outer / "één map 漢", simulated=True) as running:
        assert running.kafka is not None
        assert running.kafka.log.exists()
        assert KafkaAdmin(running.settings).end_offsets("register", 1) == [1]


def test_a_home_whose_path_is_too_long_for_a_socket_has_its_socket_elsewhere_and_leaves_nothing_there():
    with new_home() as outer:
        with up(outer / ("x" * 120), simulated=True) as running:
            socket_folder = Path(conninfo_to_dict(running.settings.postgres_dsn())["host"])
            assert not socket_folder.is_relative_to(outer)
            assert socket_folder.stat().st_mode & 0o777 == 0o700
        assert not socket_folder.exists()
