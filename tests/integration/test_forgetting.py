"""A person's whole way on the real stack: registered, sealed, forgotten, the epoch ended; and a search of every byte that is left."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastavro
import psycopg
import pytest

from ledger import AsyncEmitter, Emitter, ToSeal
from ledger.contract import codec
from ledger.forgetting.vaults import VaultKeys, open_vault
from ledger.sdk.event_ids import id_bytes
from ledger.topics import FACTS, REGISTER, partitions_by_topic
from ledger.vault.identities import identity
from ledger.vault.sealing import UnsealError, framed, keyed_hash, unseal
from ledger.vault.shapes import EpochMovedError, Erased
from ledger.vault.vault import Vault
from tests.emittable import SHARE
from tests.faults.oracles import read_all, read_records
from tests.ledgers import TestLedger
from tests.workers import Workers, run_ledger, wait_until_answered, workers_of

CONTROLLER = "hostinghuis"
MARK = "zilverkanarie7731"  # in every value that must never be anywhere
ADDRESS, DOMAIN, NAME = f"jan.{MARK}@voorbeeld.example", f"{MARK}.example", f"Jan van {MARK}"
ERASED = {"by": CONTROLLER, "act": "ERASED", "store": "crm", "categories": [], "purposes": []}
COLLECTED = {
    "activity": "order", "purposes": ["dpv:RequestedServiceProvision"], "categories": ["pd:EmailAddress"], "legal_basis": "eu-gdpr:A6-1-b",
    "store": "crm",
}  # fmt: skip


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    made = make_ledger(start=datetime(2026, 1, 1, tzinfo=UTC))
    run(made, "vault", "init")
    return made


@pytest.fixture
def workers(ledger: TestLedger) -> Iterator[Workers]:
    with ExitStack() as ending:
        started = ending.enter_context(workers_of(ledger))
        started.start()
        yield started


def run(ledger: TestLedger, *words: str, given: str = "", code: int = 0) -> str:
    """One command; what it says on both streams holds no canary, whatever happens."""
    command = [sys.executable, "-m", "ledger", *words]
    done = subprocess.run(command, env=ledger.environment, capture_output=True, text=True, check=False, timeout=120, input=given)
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert MARK not in said.lower()
    return said


def emitting(ledger: TestLedger, vault: Vault | None) -> Emitter:
    return Emitter(controller=CONTROLLER, source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers, vault=vault)


def events(ledger: TestLedger, topic: str, partitions: int) -> list[tuple[str, dict[str, Any]]]:
    return [codec.decode(value) for number in range(partitions) for _, value, _ in read_all(ledger, topic, number) if value is not None]


def live(ledger: TestLedger) -> tuple[str, tuple[str, dict[str, Any]]]:
    """Register a person, and emit what is sealed about her. Returns the reference and the event."""
    ref = run(ledger, "subject", "register", "-c", CONTROLLER, given=ADDRESS).strip()
    run(ledger, "subject", "register", "-c", CONTROLLER, "--kind", "reference", "--subject", ref, given=NAME)
    with open_vault(ledger.settings) as vault, emitting(ledger, vault) as emitter:
        receipt = emitter.emit("DataCollected", subject=ref, sealed=ToSeal(domain=DOMAIN, name=NAME), **COLLECTED)
    found = next(each for each in events(ledger, FACTS, 4) if each[1]["event_id"] == id_bytes(receipt.event_id))
    return ref, found


async def emit_from_a_loop(ledger: TestLedger, vault: Vault, ref: str) -> None:
    servers = ledger.settings.kafka.bootstrap_servers
    async with AsyncEmitter(controller=CONTROLLER, source="shop", bootstrap_servers=servers, vault=vault) as emitter:
        await emitter.emit("MilestoneReached", subject=ref, kind="LOGGED_IN", sealed=ToSeal(name=NAME))
    given = next(each for each in events(ledger, FACTS, 4) if each[0] == "MilestoneReached")
    assert vault.open(*given) == {"name": NAME}


def erase(ledger: TestLedger, ref: str) -> None:
    with emitting(ledger, None) as emitter:
        emitter.emit("DataErased", subject=ref, **ERASED)
    wait_until_answered(ledger)


def test_forgetting_waits_for_what_is_held_then_destroys_and_the_log_says_so(ledger: TestLedger, workers: Workers) -> None:
    ref, (kind, fields) = live(ledger)
    wait_until_answered(ledger)
    assert run(ledger, "subject", "resolve", "-c", CONTROLLER, given=ADDRESS.upper()).strip() == ref

    said = run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes", code=4)
    assert "0 obligations are open and 1 holdings not erased" in said
    assert "still held by" in said
    assert "would destroy" in run(ledger, "subject", "forget", ref, "-c", CONTROLLER, code=4)
    with open_vault(ledger.settings) as vault:
        assert vault.open(kind, fields) == {"domain": DOMAIN, "name": NAME}
        asyncio.run(emit_from_a_loop(ledger, vault, ref))
    assert sum(kind == "MilestoneReached" for kind, _ in events(ledger, FACTS, 4)) == 1

    with emitting(ledger, None) as emitter:
        emitter.emit("RequestReceived", subject=ref, request_ref="req-1", right="ACCESS", identity_check="DONE")
    erase(ledger, ref)
    said = run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes", code=4)
    assert "1 obligations are open and 0 holdings" in said
    with emitting(ledger, None) as emitter:
        emitter.emit("RequestAnswered", subject=ref, request_ref="req-1", outcome="FULFILLED", identity_check="DONE")
    wait_until_answered(ledger)

    assert json.loads(run(ledger, "subject", "resolve", "-c", CONTROLLER, "--json", given=ADDRESS)) == {"subject_ref": ref}
    assert json.loads(run(ledger, "subject", "resolve", "-c", CONTROLLER, "--json", given="b@voorbeeld.example", code=1)) == {"subject_ref": None}
    dry = json.loads(run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--json", code=4).partition("\nledger: error")[0])
    assert (dry["identities"], dry["obligations"], dry["held"], dry["destroyed"]) == ({"email": 1, "reference": 1}, [], [], False)
    assert run(ledger, "subject", "resolve", "-c", CONTROLLER, given=ADDRESS).strip() == ref, "a dry run destroys nothing"
    run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes")

    run(ledger, "subject", "resolve", "-c", CONTROLLER, given=ADDRESS, code=1)
    assert "nobody has that reference" in run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes", code=4)
    wait_until_answered(ledger)
    (gone,) = [fields for kind, fields in events(ledger, FACTS, 4) if kind == "KeyDestroyed"]
    assert (gone["subject_ref"], gone["key_id"], gone["source"]) == (ref, fields["sealed"]["key_id"], "key-vault")
    shown = json.loads(run(ledger, "subject", "show", ref, "-c", CONTROLLER, "--json"))
    assert shown["key_destroyed"]["state"]
    with open_vault(ledger.settings) as vault:
        assert vault.open(kind, fields) == Erased(gone["key_id"], gone["occurred_at"])


def test_after_the_end_of_the_epoch_no_byte_and_no_backup_says_who_it_was(ledger: TestLedger, workers: Workers, tmp_path: Path) -> None:
    run(ledger, "keys", "init", "--name", "ledger.example/test")
    run(ledger, "suppression", "add", "-c", CONTROLLER, given=ADDRESS)
    ref, (kind, fields) = live(ledger)
    other = run(ledger, "subject", "register", "-c", CONTROLLER, given="bram@voorbeeld.example").strip()
    with emitting(ledger, None) as emitter:
        emitter.emit("ObjectionChanged", subject=ref, purpose="dpv:DirectMarketing", state="RAISED")
    erase(ledger, ref)
    run(ledger, "seal", "--once")
    backup = vault_rows(ledger)
    assert find_canaries(ledger, tmp_path / "before") == [], "outside the vault it must not be there even before"

    run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes")
    said = run(ledger, "vault", "end-epoch", code=4)
    assert "would write 1 subjects anew and destroy the secret of epoch 0" in said
    run(ledger, "vault", "end-epoch", "--yes")
    wait_until_answered(ledger)
    run(ledger, "seal", "--once")

    ended = [fields for kind, fields in events(ledger, REGISTER, 1) if kind == "KeyEpochEnded"]
    assert [(each["controller"], each["epoch"]) for each in ended] == [(CONTROLLER, 0)]
    assert json.loads(run(ledger, "vault", "status", "--json")) == {
        "epoch": 1, "key": VaultKeys(ledger.settings).epochs()[0].secret.key_id, "keys_of_epochs": [1],
        "subjects": 1, "identities": 1, "forgotten": 1, "suppressed": 1, "announcements": 0, "days": 0,
    }  # fmt: skip
    assert run(ledger, "subject", "resolve", "-c", CONTROLLER, given="bram@voorbeeld.example").strip() == other
    asked = f"{ADDRESS}\nbram@voorbeeld.example\n"
    assert "1\n1 of 2 may not be reached" in run(ledger, "suppression", "check", "-c", CONTROLLER, given=asked, code=1)
    verify(ledger)
    assert find_canaries(ledger, tmp_path / "after") == []
    nothing_opens(ledger, backup, ref, kind, fields)
    the_search_would_have_seen_it(ledger, tmp_path / "planted")
    restore(ledger, backup)
    with open_vault(ledger.settings) as vault:
        for question in (lambda: vault.open(kind, fields), lambda: vault.resolve(CONTROLLER, identity("email", ADDRESS))):
            with pytest.raises(EpochMovedError, match="at epoch 0"):
                question()


def test_a_backup_of_the_same_epoch_is_put_right_from_the_log(ledger: TestLedger, workers: Workers) -> None:
    ref, (kind, fields) = live(ledger)
    with emitting(ledger, None) as emitter:
        emitter.emit("ObjectionChanged", subject=ref, purpose="dpv:DirectMarketing", state="RAISED")
    erase(ledger, ref)
    backup = vault_rows(ledger)
    run(ledger, "subject", "forget", ref, "-c", CONTROLLER, "--yes")
    restore(ledger, backup)
    wait_until_answered(ledger)
    assert run(ledger, "subject", "resolve", "-c", CONTROLLER, given=ADDRESS).strip() == ref, "it is back: this is what must be put right"

    run(ledger, "vault", "reconcile", code=4)
    assert f"{CONTROLLER} {ref}\n1 that a backup" in run(ledger, "vault", "reconcile", "--yes")

    run(ledger, "subject", "resolve", "-c", CONTROLLER, given=ADDRESS, code=1)
    run(ledger, "suppression", "check", "-c", CONTROLLER, given=ADDRESS, code=1)
    with open_vault(ledger.settings) as vault:
        assert isinstance(vault.open(kind, fields), Erased)
    wait_until_answered(ledger)
    gone = [fields["event_id"] for kind, fields in events(ledger, FACTS, 4) if kind == "KeyDestroyed"]
    assert len(gone) == 2
    assert len(set(gone)) == 1, "said again it is the same event"
    assert "0 that a backup" in run(ledger, "vault", "reconcile", "--yes")


def test_what_the_command_line_gets_wrong_is_said_without_the_value(ledger: TestLedger, tmp_path: Path) -> None:
    file = tmp_path / "addresses"
    file.write_text(f"a@voorbeeld.example\n\n{NAME}\n")
    for words, given, said in (
        (("subject", "register", "-c", CONTROLLER), NAME, "line 1: cannot read the identity: expected an e-mail address"),
        (("subject", "register", "-c", CONTROLLER), f"{ADDRESS}\nb@voorbeeld.example", "expected one line, got 2"),
        (("subject", "register", "-c", CONTROLLER), "", "expected one line, got 0"),
        (("subject", "resolve", "-c", CONTROLLER, "--kind", "passport"), NAME, "no such kind"),
        (("suppression", "add", "-c", CONTROLLER, "--file", str(file)), "", "line 3: cannot read the identity"),
        (("suppression", "add", "-c", CONTROLLER, "--file", str(tmp_path / "none")), "", "FileNotFoundError"),
    ):
        assert said in run(ledger, *words, given=given, code=2)
    assert "the vault has begun" in run(ledger, "vault", "init", code=4)
    assert "2 added" in run(ledger, "suppression", "add", "-c", CONTROLLER, given=f"{ADDRESS}\nb@voorbeeld.example")
    assert "1 removed" in run(ledger, "suppression", "remove", "-c", CONTROLLER, given=ADDRESS)


# -- what is left


def find_canaries(ledger: TestLedger, folder: Path, mark: str = MARK) -> list[Path]:
    """Every file that holds the mark in any writing: PostgreSQL with its write-ahead log, the broker, the archive, logs, what is exported.

    mark: another one for each module, since the write-ahead log is that of all tests.
    """
    with psycopg.connect(ledger.dsn, autocommit=True) as connection:
        row = connection.execute("SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()").fetchone()
        connection.execute("CHECKPOINT")
    assert row is not None
    data = Path(row[0])
    export(ledger, folder)
    places = [(data / "base" / str(row[1]), "*"), (data / "global", "*"), (data / "pg_wal", "*"), (ledger.kafka.folder, f"**/{FACTS}-*/*.log")]
    places += [(ledger.home, "archive/**/*.avro"), (ledger.home, "worker-0.log"), (folder, "*.json")]
    wanted, found = writings(mark), set()
    for place, must in places:
        assert list(place.glob(must)), f"no {must} in {place}: this search would miss it"
        for path in [path for path in place.rglob("*") if path.is_file() and not path.parent.name.endswith("-delete")]:  # a topic of a test before
            try:
                content = path.read_bytes().lower()
            except FileNotFoundError:  # of a test before this one: servers tidy up
                continue
            if any(each in content for each in wanted):
                found.add(path)
    return sorted(found)


def the_search_would_have_seen_it(ledger: TestLedger, folder: Path) -> None:
    """A canary in a row that is deleted at once, and one that somebody puts into an event: both are found."""
    with psycopg.connect(ledger.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE planted AS SELECT encode(convert_to(%s, 'UTF8'), 'base64') AS hidden", [f"x{NAME}"])
        connection.execute("DELETE FROM planted")
    with emitting(ledger, None) as emitter:
        emitter.emit("DataShared", subject="subj-planted", sealed={"key_id": "k", "ciphertext": DOMAIN.encode("utf-16-le")}, **SHARE)
    run(ledger, "seal", "--once")
    found = find_canaries(ledger, folder)

    # Pages, their log, the broker's segment, its records, the records of the archive.
    for place in ("/base/", "/pg_wal/", "/kafka/data/facts-", f"/planted/{FACTS}-", ".avro"):
        assert [each for each in found if place in str(each)], place


def writings(text: str) -> list[bytes]:
    """A text as it may stand in a file, in small letters: raw, in UTF-16, in hexadecimal, in base64 at each of three places."""
    raw = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")]
    inner = [base64.b64encode(b"\0" * shift + each)[4 if shift else 0 : -4].lower() for each in raw for shift in range(3)]
    return [*raw, *(each.hex().encode() for each in raw), *inner]


def export(ledger: TestLedger, folder: Path) -> None:
    folder.mkdir()
    for number, words in enumerate((("holders",), ("obligations",), ("report", "suppression"), ("dead-letters", "list"))):
        (folder / f"{number}.json").write_text(run_ledger(ledger, *words, "--json").stdout)
    with psycopg.connect(ledger.dsn) as connection:
        refs = connection.execute("SELECT DISTINCT controller, subject_ref FROM projection.holding").fetchall()
    for controller, ref in refs:
        (folder / f"{ref}.json").write_text(run_ledger(ledger, "subject", "export", ref, "-c", controller, "--json").stdout)
        words = ("report", "look-ups", "--subject", ref, "-c", controller, "--for", "officer", "--json")
        (folder / f"{ref}-look-ups.json").write_text(run_ledger(ledger, *words).stdout)
    for topic, partitions in partitions_by_topic(4).items():  # on the disk of the broker records may be compressed, and in the archive they are
        for number in range(partitions):
            (folder / f"{topic}-{number}").write_bytes(b"".join(plain(each) for each in read_records(ledger, topic, number)))
    for path in ledger.settings.archive.rglob("*.avro"):
        with path.open("rb") as file:
            records = [plain(tuple(each.values())) for each in fastavro.reader(file)]  # type: ignore[union-attr]
        (folder / str(path.relative_to(ledger.settings.archive)).replace("/", "-")).write_bytes(b"".join(records))


def plain(record: tuple[Any, ...]) -> bytes:
    """Whatever a record holds, one after the other."""
    return b"\n".join(each if isinstance(each, bytes) else repr(each).encode() for each in record)


def vault_rows(ledger: TestLedger) -> dict[str, list[Any]]:
    """A backup: every row of the vault, as COPY writes it."""
    with psycopg.connect(ledger.dsn) as connection:
        return {table: list(copied(connection, table)) for table in ("epoch", "subject", "identity", "announcement", "suppression", "look_up_day")}


def copied(connection: psycopg.Connection, table: str) -> Iterator[bytes]:
    with connection.cursor().copy(f"COPY vault.{table} TO STDOUT") as copy:  # type: ignore[call-overload]
        yield from (bytes(each) for each in copy)


def restore(ledger: TestLedger, backup: dict[str, list[Any]]) -> None:
    with psycopg.connect(ledger.dsn) as connection:
        connection.execute("TRUNCATE vault.epoch, vault.subject, vault.identity, vault.announcement, vault.suppression, vault.look_up_day")
        for table, rows in backup.items():
            with connection.cursor().copy(f"COPY vault.{table} FROM STDIN") as copy:  # type: ignore[call-overload]
                for row in rows:
                    copy.write(row)


def nothing_opens(ledger: TestLedger, backup: dict[str, list[Any]], ref: str, kind: str, fields: dict[str, Any]) -> None:
    """By hand, with every row there ever was and all the secrets there are, past every check of ours."""
    (epoch,) = VaultKeys(ledger.settings).epochs()
    subjects = [row.decode().rstrip("\n").split("\t") for row in backup["subject"]]
    (wrapped,) = [bytes.fromhex(row[3][3:]) for row in subjects if row[1] == ref]
    lookups = {bytes.fromhex(row.decode().split("\t")[1][3:]) for row in backup["identity"]}
    assert len(lookups) == 3

    for number in ("0", "1"):
        with pytest.raises(UnsealError, match="got another"):
            unseal(epoch.wrapping, wrapped, framed("data-key", CONTROLLER, ref, fields["sealed"]["key_id"], number))
    for key in (epoch.wrapping, epoch.looking_up, epoch.secret.secret, VaultKeys(ledger.settings).suppression().secret):
        with pytest.raises(UnsealError):
            unseal(key, fields["sealed"]["ciphertext"], framed("sealed", CONTROLLER, ref, kind, fields["event_id"], fields["sealed"]["key_id"]))
        assert keyed_hash(key, "identity", CONTROLLER, "email", ADDRESS) not in lookups


def verify(ledger: TestLedger) -> None:
    (key,) = json.loads(run(ledger, "keys", "show", "--json"))["keys"]
    words = [sys.executable, "-m", "ledger.verify", "replay", "--archive", str(ledger.settings.archive), "--key", key]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
