"""The vault's rows in PostgreSQL: the same as in memory, one epoch at a time, and out of reach for every other role."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest

from ledger.adapters.postgres_vault import PostgresVault
from ledger.errors import DependencyError, OperatorError, RefusedError
from ledger.forgetting.persons import begin, end_epoch, prepare_epoch
from ledger.testing.recording_emitter import RecordingEmitter
from ledger.vault.identities import identity
from ledger.vault.keys import new_epoch
from ledger.vault.shapes import Announcement, Counts, EpochMovedError, Erased, Mark, StoredDay, StoredIdentity, StoredSubject
from ledger.vault.vault import Vault
from tests.vault_world import ANNA, BRAM, CONTROLLER, MemoryKeys, event_id
from tests.workers import wait_until

AT = 1_767_225_600_000_000


@pytest.fixture
def keys() -> MemoryKeys:
    made = MemoryKeys()
    made.kept = []
    return made


@pytest.fixture
def store(database: str) -> Iterator[PostgresVault]:
    with PostgresVault(database) as made:
        yield made


@pytest.fixture
def vault(store: PostgresVault, keys: MemoryKeys) -> Vault:
    made = Vault(store, keys.epochs, keys.suppression)
    begin(made, keys)
    return made


@pytest.fixture
def log() -> RecordingEmitter:
    return RecordingEmitter(source="key-vault", now="2026-01-01T00:00:00Z")


def sealed(vault: Vault, ref: str, number: int = 1) -> dict[str, object]:
    """An event of which a reader needs no more than this."""
    field = vault.seal(CONTROLLER, ref, "DataShared", event_id(number), {"domain": "canary.nl"})
    return {"controller": CONTROLLER, "subject_ref": ref, "event_id": event_id(number), "sealed": field}


def test_a_life_in_the_vault(vault: Vault, store: PostgresVault, keys: MemoryKeys, log: RecordingEmitter) -> None:
    anna, bram = vault.register(CONTROLLER, ANNA), vault.register(CONTROLLER, BRAM)
    number = identity("reference", "K-1")
    assert vault.register(CONTROLLER, number, anna) == vault.register(CONTROLLER, ANNA) == vault.resolve(CONTROLLER, number) == anna
    with pytest.raises(RefusedError, match="another reference"):
        vault.register(CONTROLLER, BRAM, anna)
    theirs, other = sealed(vault, anna), sealed(vault, bram)
    assert store.counts() == Counts(2, 3, 0, 0, 0)

    done = vault.destroy(CONTROLLER, anna, event_id(2), AT, suppress=True)

    assert done is not None
    assert store.unannounced() == [done] == [Announcement(event_id(2), "KeyDestroyed", CONTROLLER, anna, done.key_id, AT, 0)]
    assert vault.open("DataShared", theirs) == Erased(done.key_id or "", AT)
    assert vault.open("DataShared", other) == {"domain": "canary.nl"}
    assert (vault.resolve(CONTROLLER, ANNA), vault.resolve(CONTROLLER, number), vault.identities(CONTROLLER, anna)) == (None, None, [])
    assert vault.destroy(CONTROLLER, anna, event_id(3), AT, suppress=True) is None
    assert vault.suppressed(CONTROLLER, [ANNA, BRAM]) == [True, False]
    with pytest.raises(RefusedError):
        vault.register(CONTROLLER, number, anna)

    service = Vault(store, keys.epochs, keys.suppression)
    assert service.resolve(CONTROLLER, BRAM) == bram
    assert end_epoch(vault, keys, log)[:2] == (0, 1)  # type: ignore[arg-type]
    assert service.open("DataShared", other) == {"domain": "canary.nl"}
    assert (service.resolve(CONTROLLER, BRAM), service.identities(CONTROLLER, bram)) == (bram, [BRAM])
    assert [event.type_name for event in log.events] == ["KeyDestroyed", "KeyEpochEnded"]
    assert store.counts() == Counts(1, 1, 1, 1, 0)
    assert (vault.unsuppress(CONTROLLER, ANNA), vault.unsuppress(CONTROLLER, ANNA), vault.suppress(CONTROLLER, ANNA)) == (True, False, True)


def test_many_people_move_in_pages(
    vault: Vault, store: PostgresVault, keys: MemoryKeys, log: RecordingEmitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.adapters.postgres_vault._PAGE", 7)
    people = [(controller, identity("email", f"p{number}@voorbeeld.nl")) for controller in ("a", "b", "c") for number in range(10)]
    refs = [vault.register(*person) for person in people]
    for (controller, _), ref in list(zip(people, refs, strict=True))[::3]:
        vault.register(controller, identity("reference", f"K{ref}"), ref)

    assert end_epoch(vault, keys, log).subjects == 30  # type: ignore[arg-type]

    assert [vault.resolve(*person) for person in people] == refs
    assert store.counts() == Counts(30, 40, 0, 0, 0)
    assert [event.fields["controller"] for event in log.events] == ["a", "b", "c"]


def test_registered_by_many_at_once_a_person_has_one_reference(database: str, vault: Vault, keys: MemoryKeys) -> None:
    start = threading.Barrier(6)

    def register(_: int) -> str:
        with PostgresVault(database) as rows:
            mine = Vault(rows, keys.epochs, keys.suppression)
            mine.resolve(CONTROLLER, BRAM)
            start.wait(20)
            return mine.register(CONTROLLER, ANNA)

    with ThreadPoolExecutor(6) as pool:
        refs = list(pool.map(register, range(6)))

    assert set(refs) == {vault.resolve(CONTROLLER, ANNA)}
    assert vault.store.counts() == Counts(1, 1, 0, 0, 0)


def test_the_rows_are_written_in_the_epoch_that_is_in_force_and_destroyed_once(vault: Vault, store: PostgresVault) -> None:
    """Whatever the vault has looked up before: the transaction itself looks."""
    ref = vault.register(CONTROLLER, ANNA)
    kept = store.key_of(0, CONTROLLER, ref)
    assert kept is not None
    subject, row = StoredSubject(CONTROLLER, ref, kept), StoredIdentity(b"lookup", b"sealed")
    what = Announcement(event_id(1), "KeyDestroyed", CONTROLLER, ref, kept.key_id, AT)

    for call in (lambda: store.add(1, subject, row, is_new=False), lambda: store.destroy(1, what, [])):
        with pytest.raises(EpochMovedError, match="at epoch 0"):
            call()
    assert store.destroy(0, what._replace(key_id="key-of-another"), []) is False
    assert store.destroy(0, what, []) is True
    assert store.destroy(0, what._replace(event_id=event_id(2)), [b"hashed"]) is False
    assert store.counts() == Counts(0, 0, 1, 0, 1)


def test_a_controller_of_whom_everybody_is_forgotten_is_told_of_the_end_too(vault: Vault, keys: MemoryKeys, log: RecordingEmitter) -> None:
    """It is the one that the end of the epoch matters to most."""
    ref = vault.register("smallhold", ANNA)
    vault.register(CONTROLLER, BRAM)
    vault.destroy("smallhold", ref, event_id(1), AT, suppress=False)
    end_epoch(vault, keys, log)  # type: ignore[arg-type]

    assert [(event.type_name, event.fields["controller"]) for event in log.events] == [
        ("KeyDestroyed", "smallhold"), ("KeyEpochEnded", CONTROLLER), ("KeyEpochEnded", "smallhold"),
    ]  # fmt: skip


def looked(vault: Vault, number: int, at: int = AT) -> dict[str, object]:
    """The fields of a look-up, who looked sealed."""
    field = vault.seal_look_up(CONTROLLER, "subj-1", event_id(number), at, {"actor": "staff-1"})
    return {"controller": CONTROLLER, "subject_ref": "subj-1", "event_id": event_id(number), "occurred_at": at, "sealed": field}


def test_the_key_of_a_day_moves_with_the_epoch_and_is_destroyed_once(
    vault: Vault, store: PostgresVault, keys: MemoryKeys, log: RecordingEmitter
) -> None:
    one, other = looked(vault, 1), looked(vault, 2, AT + 86_400_000_000)
    days = store.living_days()
    assert [day.isoformat() for _, day in days] == ["2026-01-01", "2026-01-02"]

    assert (store.destroy_day(*days[0], AT + 1), store.destroy_day(*days[0], AT + 2)) == (True, False)
    assert vault.open("DataConsulted", one) == Erased(one["sealed"]["key_id"], AT + 1)  # type: ignore[index]
    with pytest.raises(RefusedError, match="forgotten"):
        looked(vault, 3)
    service = Vault(store, keys.epochs, keys.suppression)
    assert service.open("DataConsulted", other) == {"actor": "staff-1"}
    end_epoch(vault, keys, log)  # type: ignore[arg-type]

    for each in (vault, service):
        assert each.open("DataConsulted", other) == {"actor": "staff-1"}
        assert isinstance(each.open("DataConsulted", one), Erased)
    assert store.counts() == Counts(0, 0, 0, 0, 0, 1)
    assert [(event.type_name, event.fields["controller"]) for event in log.events] == [("KeyEpochEnded", CONTROLLER)]


def test_sealed_by_many_at_once_a_day_has_one_key(database: str, vault: Vault, keys: MemoryKeys) -> None:
    start = threading.Barrier(6)

    def seal(number: int) -> dict[str, object]:
        with PostgresVault(database) as rows:
            mine = Vault(rows, keys.epochs, keys.suppression)
            mine.resolve(CONTROLLER, BRAM)
            start.wait(20)
            return looked(mine, number)

    with ThreadPoolExecutor(6) as pool:
        sealed = list(pool.map(seal, range(1, 7)))

    assert [vault.open("DataConsulted", each) for each in sealed] == [{"actor": "staff-1"}] * 6
    assert vault.store.counts().days == 1


def test_a_key_that_is_destroyed_while_an_epoch_ends_does_not_come_back(database: str, vault: Vault, store: PostgresVault, keys: MemoryKeys) -> None:
    """By another process, after the day was read and before it is written anew."""
    fields = looked(vault, 1)
    (day,) = store.living_days()
    (old,), new = keys.epochs(), new_epoch(1)
    with PostgresVault(database) as rows:

        def destroy(kept: StoredDay) -> bytes:
            assert rows.destroy_day(kept.controller, kept.day, AT + 1)
            return b"wrapped anew"

        store.move(Mark(0, old.secret.key_id), Mark(1, new.secret.key_id), lambda subject, rows: (b"", []), destroy, lambda: event_id(9))
    keys.kept = [new]

    assert isinstance(Vault(store, keys.epochs, keys.suppression).open("DataConsulted", fields), Erased)
    assert (day, store.living_days()) == ((CONTROLLER, date(2026, 1, 1)), [])


def test_threads_share_one_connection_and_a_forked_child_makes_its_own(vault: Vault, store: PostgresVault) -> None:
    ref = vault.register(CONTROLLER, ANNA)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: vault.open("DataShared", sealed(vault, ref, number)), range(64)))
    assert found == [{"domain": "canary.nl"}] * 64

    ours = store._open().info.backend_pid
    child = os.fork()
    if child == 0:
        os._exit(0 if vault.resolve(CONTROLLER, ANNA) == ref and store._open().info.backend_pid != ours else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert vault.resolve(CONTROLLER, ANNA) == ref
    assert store._open().info.backend_pid == ours


def test_a_writer_with_the_keys_of_an_epoch_that_has_ended_is_refused(database: str, vault: Vault, keys: MemoryKeys, log: RecordingEmitter) -> None:
    old = list(keys.kept)
    with PostgresVault(database) as rows:
        left_behind = Vault(rows, lambda: old, keys.suppression)
        ref = left_behind.register(CONTROLLER, ANNA)
        end_epoch(vault, keys, log)  # type: ignore[arg-type]

        for call in (
            lambda: left_behind.register(CONTROLLER, BRAM),
            lambda: left_behind.resolve(CONTROLLER, ANNA),
            lambda: left_behind.seal(CONTROLLER, ref, "DataShared", event_id(1), {"a": "b"}),
            lambda: left_behind.destroy(CONTROLLER, ref, event_id(2), AT, suppress=False),
        ):
            with pytest.raises(EpochMovedError, match="is at epoch 1"):
                call()
    assert vault.resolve(CONTROLLER, ANNA) == ref


def test_two_never_end_an_epoch_at_once(database: str, vault: Vault, keys: MemoryKeys, log: RecordingEmitter) -> None:
    """Each would make a next secret, and the one in the file might not be the one in the database."""
    with PostgresVault(database) as rows:
        other = Vault(rows, keys.epochs, keys.suppression)
        with vault.store.alone():
            for call in (lambda: end_epoch(other, keys, log), lambda: prepare_epoch(other, keys), lambda: begin(other, keys)):  # type: ignore[arg-type]
                with pytest.raises(RefusedError, match="somebody else is at it"):
                    call()
        assert prepare_epoch(other, keys).number == 1


def test_while_an_epoch_ends_readers_go_on_and_writers_wait_and_come_out_right(
    database: str, vault: Vault, keys: MemoryKeys, log: RecordingEmitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = vault.register(CONTROLLER, ANNA)
    is_moving, may_end = threading.Event(), threading.Event()

    def wait(name: str) -> None:
        if name == "epoch_before_commit":
            is_moving.set()
            assert may_end.wait(20)

    monkeypatch.setattr("ledger.failpoints.pass_by", wait)
    with ThreadPoolExecutor(2) as pool, PostgresVault(database) as rows:
        service = Vault(rows, keys.epochs, keys.suppression)
        ending = pool.submit(end_epoch, vault, keys, log)  # type: ignore[arg-type]
        assert is_moving.wait(20)
        assert service.resolve(CONTROLLER, ANNA) == ref
        with PostgresVault(database) as others:
            writing = pool.submit(Vault(others, keys.epochs, keys.suppression).register, CONTROLLER, BRAM)
            assert service.open("DataShared", sealed(service, ref)) == {"domain": "canary.nl"}
            wait_until(lambda: waits_for_a_lock(database), seconds=20, what="the writer waits")
            may_end.set()
            assert ending.result(20).number == 0
            assert writing.result(20) == service.resolve(CONTROLLER, BRAM)
        assert service.resolve(CONTROLLER, ANNA) == vault.resolve(CONTROLLER, ANNA) == ref


def waits_for_a_lock(database: str) -> bool:
    with psycopg.connect(database, autocommit=True) as connection:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return connection.execute(waiting).fetchone() is not None


@pytest.mark.parametrize("role", ["ledger_reader", "ledger_projector"])
@pytest.mark.parametrize("table", ["epoch", "subject", "identity", "announcement", "suppression", "look_up_day"])
def test_who_works_on_projections_sees_nothing_of_the_vault(database: str, role: str, table: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")  # type: ignore[call-overload]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT * FROM vault.{table}")  # type: ignore[call-overload]  # noqa: S608


def test_the_vaults_role_sees_no_projection_and_forgets_no_destruction(database: str, vault: Vault, store: PostgresVault) -> None:
    vault.register(CONTROLLER, ANNA)
    connection = store._open()

    assert connection.execute("SELECT current_user").fetchall() == [("ledger_vault",)]
    for statement in (
        "SELECT * FROM projection.fact", "SELECT * FROM ledger.identity",
        "DELETE FROM vault.announcement", "DELETE FROM vault.look_up_day", "DELETE FROM vault.epoch",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]


def test_a_lost_connection_is_an_error_once_and_then_made_again(database: str, vault: Vault, store: PostgresVault) -> None:
    ref = vault.register(CONTROLLER, ANNA)
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ledger-vault' AND datname = current_database()"
        )

    with pytest.raises(DependencyError):
        vault.resolve(CONTROLLER, ANNA)
    assert vault.resolve(CONTROLLER, ANNA) == ref


def test_a_database_that_was_never_migrated_is_said_so(stack: object) -> None:
    from tests.ledgers import new_database

    with new_database(stack, template="template0") as dsn, PostgresVault(dsn) as rows, pytest.raises(OperatorError) as caught:  # type: ignore[arg-type]
        rows.mark()
    assert "ledger up" in (caught.value.hint or "")
