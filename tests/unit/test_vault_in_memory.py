"""Who is behind a reference, what is sealed for it, and that neither can be found again: with the rows in memory and the real encryption."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import ToSeal
from ledger.errors import CallerError, OperatorError, RefusedError
from ledger.forgetting.persons import announce, begin, end_epoch, prepare_epoch
from ledger.sdk.field_rules import string_rule
from ledger.sdk.validation import RefusedEventError
from ledger.testing.recording_emitter import RecordingEmitter
from ledger.vault.identities import KINDS, Identity, identity
from ledger.vault.sealing import UnsealError, framed, keyed_hash, unseal
from ledger.vault.shapes import EpochMovedError, Erased
from ledger.vault.vault import KeyLostError, Vault
from tests.emittable import SHARE
from tests.vault_world import ANNA, BRAM, CONTROLLER, MemoryKeys, MemoryRows, VaultWorld, event_id


@pytest.fixture
def world() -> VaultWorld:
    return VaultWorld()


def test_a_person_has_one_random_reference(world: VaultWorld) -> None:
    anna = world.register()

    assert world.register(identity("email", " anna.canary@VOORBEELD.nl ")) == anna == world.vault.resolve(CONTROLLER, ANNA)
    assert world.vault.resolve(CONTROLLER, BRAM) is None
    assert world.vault.register("smallhold", ANNA) != anna
    assert VaultWorld().register() != anna, "a reference that is made of the person is no random one"
    string_rule("subject_ref", None)(anna)
    string_rule("key_id", None)(world.vault.key_id(CONTROLLER, anna) or "")


def test_a_person_may_be_known_by_several_things(world: VaultWorld) -> None:
    anna, number = world.register(), identity("reference", "K-2018-417")

    assert world.vault.register(CONTROLLER, number, anna) == anna == world.vault.resolve(CONTROLLER, number)
    assert world.vault.register(CONTROLLER, number, anna) == anna
    assert set(world.vault.identities(CONTROLLER, anna)) == {ANNA, number}
    world.register(BRAM)
    with pytest.raises(RefusedError, match="has another reference"):
        world.vault.register(CONTROLLER, BRAM, anna)
    with pytest.raises(RefusedError, match="nobody has it"):
        world.vault.register(CONTROLLER, identity("email", "c@voorbeeld.nl"), "subj-1")


def test_no_row_says_who_it_is(world: VaultWorld) -> None:
    world.register()
    rows = repr((world.rows.subjects, world.rows.known_by)).lower()

    assert "canary" not in rows
    assert "voorbeeld" not in rows


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("email", "Jan@Voorbeeld.NL", "jan@voorbeeld.nl"),
        ("email", "jan@b\u00fccher.nl", "jan@xn--bcher-kva.nl"),
        ("email", "rene\u0301@voorbeeld.nl", "ren\u00e9@voorbeeld.nl"),
        ("phone", "+31 6-1234 5678", "+31612345678"),
        ("phone", "0031612345678", "+31612345678"),
        ("domain", "Voorbeeld.NL.", "voorbeeld.nl"),
        ("reference", " K-1 ", "K-1"),
    ],
)
def test_the_same_person_is_written_one_way(kind: str, text: str, value: str) -> None:
    assert identity(kind, text) == Identity(kind, value)
    assert value not in repr(identity(kind, text))


@pytest.mark.parametrize(
    ("kind", "text"),
    [("email", "canary"), ("email", "@canary.nl"), ("email", "a b@canary.nl"), ("email", "canary@localhost"), ("phone", "0612345678"),
     ("phone", "canary"), ("domain", "canary"), ("reference", ""), ("reference", "can\nary"), ("reference", "canary" * 200), ("passport", "canary")],
)  # fmt: skip
def test_what_is_none_is_refused_and_not_repeated(kind: str, text: str) -> None:
    with pytest.raises(CallerError) as caught:
        identity(kind, text)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_a_controller_that_no_event_could_name_is_refused(world: VaultWorld) -> None:
    with pytest.raises(CallerError, match="controller id"):
        world.vault.register("a/b", ANNA)


# -- values of events


def collected(world: VaultWorld, ref: str, **values: str) -> tuple[str, dict[str, object]]:
    world.log.emit("DataShared", subject=ref, sealed=ToSeal(**values), **SHARE)
    event = world.log.events[-1]
    return event.type_name, event.fields


def test_what_an_emitter_seals_opens_for_whoever_has_the_vault(world: VaultWorld) -> None:
    kind, fields = collected(world, world.register(), domain="canary.nl", name="Anna")

    assert "canary" not in repr(fields)
    assert world.another().open(kind, fields) == {"domain": "canary.nl", "name": "Anna"}
    assert world.vault.open(kind, fields | {"sealed": None}) is None


def test_an_event_id_that_is_given_is_kept(world: VaultWorld) -> None:
    ref = world.register()
    receipt = world.log.emit("DataShared", subject=ref, event_id=event_id(7), sealed=ToSeal(a="b"), **SHARE)

    assert receipt.event_id == "0190c2a4-7b00-7000-8000-000000000007"
    assert world.vault.open("DataShared", world.log.events[-1].fields) == {"a": "b"}


def test_moved_to_another_event_subject_or_type_it_does_not_open(world: VaultWorld) -> None:
    ref, other = world.register(), world.register(BRAM)
    kind, fields = collected(world, ref, domain="canary.nl")

    for changed in ({"event_id": event_id(2)}, {"sealed": fields["sealed"] | {"ciphertext": fields["sealed"]["ciphertext"][:-1] + b"\0"}}):  # type: ignore[operator,index]
        with pytest.raises(UnsealError):
            world.vault.open(kind, fields | changed)
    with pytest.raises(UnsealError):
        world.vault.open("DataErased", fields)
    with pytest.raises(KeyLostError):
        world.vault.open(kind, fields | {"subject_ref": other})
    theirs = {"key_id": world.vault.key_id(CONTROLLER, other), "ciphertext": fields["sealed"]["ciphertext"]}  # type: ignore[index]
    with pytest.raises(UnsealError):
        world.vault.open(kind, fields | {"subject_ref": other, "sealed": theirs})


def test_without_a_vault_or_a_subject_nothing_is_sealed(world: VaultWorld) -> None:
    bare = RecordingEmitter(controller=CONTROLLER, source="shop", now="2026-01-01T00:00:00Z")
    for emitter, kind, subject, fields in (
        (bare, "DataShared", world.register(), SHARE),
        (world.log, "DataShared", None, SHARE),
        (world.log, "KeyEpochEnded", None, {"epoch": 1}),
    ):
        with pytest.raises(RefusedEventError, match="sealed") as caught:
            emitter.emit(kind, subject=subject, sealed=ToSeal(name="canary"), **fields)
        assert "canary" not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(RefusedError, match="nobody has it"):
        world.log.emit("DataShared", subject="subj-1", sealed=ToSeal(name="canary"), **SHARE)
    with pytest.raises(CallerError, match="texts by name"):
        world.log.emit("DataShared", subject=world.register(), sealed=ToSeal(), **SHARE)
    assert world.log.events == bare.events == []
    assert "canary" not in repr(ToSeal(name="canary"))


# -- forgetting


def test_forgotten_is_erased_and_not_nothing(world: VaultWorld) -> None:
    ref = world.register()
    kind, fields = collected(world, ref, domain="canary.nl")
    done = world.forget(ref)

    assert done is not None
    assert world.vault.open(kind, fields) == Erased(done.key_id or "", 1_767_225_600_000_000)
    assert world.vault.resolve(CONTROLLER, ANNA) is None
    assert world.vault.identities(CONTROLLER, ref) == []
    with pytest.raises(RefusedError):
        world.vault.seal(CONTROLLER, ref, "DataShared", event_id(3), {"a": "b"})
    assert world.forget(ref, number=2) is None
    assert world.register() != ref, "who comes back is somebody new"


def test_a_key_that_nobody_destroyed_is_lost_and_not_erased(world: VaultWorld) -> None:
    kind, fields = collected(world, world.register(), domain="canary.nl")
    world.rows.subjects.clear()

    with pytest.raises(KeyLostError):
        world.vault.open(kind, fields)


def test_the_log_is_told_after_it_and_once(world: VaultWorld) -> None:
    ref = world.register()
    world.forget(ref)
    assert world.log.events == []

    assert [announce(world.vault, world.log, world.keys) for _ in range(2)] == [1, 0]  # type: ignore[arg-type]
    event = world.log.events[-1]
    assert (event.type_name, event.fields["subject_ref"], event.fields["event_id"]) == ("KeyDestroyed", ref, event_id(1))
    assert event.fields["occurred_at"] == 1_767_225_600_000_000


def test_an_announcement_that_may_have_arrived_is_made_again_under_its_id(world: VaultWorld) -> None:
    world.forget(world.register())
    announce(world.vault, world.log, world.keys)  # type: ignore[arg-type]
    world.rows.announced.clear()  # it was killed before it noted that
    announce(world.vault, world.log, world.keys)  # type: ignore[arg-type]

    assert [event.fields["event_id"] for event in world.log.events] == [event_id(1)] * 2


def test_a_destroyed_key_says_nothing_of_another_persons_event(world: VaultWorld) -> None:
    ref, other = world.register(), world.register(BRAM)
    kind, fields = collected(world, ref, domain="canary.nl")
    world.forget(ref)

    with pytest.raises(KeyLostError):
        world.vault.open(kind, fields | {"subject_ref": other})


def test_whoever_writes_the_rows_cannot_give_one_person_the_key_of_another(world: VaultWorld) -> None:
    """Then forgetting the one would leave the other's values readable, under her name."""
    ref, other = world.register(), world.register(BRAM)
    ours, theirs = world.rows.subjects[CONTROLLER, ref], world.rows.subjects[CONTROLLER, other]
    world.rows.subjects[CONTROLLER, ref] = ours._replace(wrapped=theirs.wrapped)

    with pytest.raises(UnsealError):
        collected(world, ref, domain="canary.nl")
    assert world.log.events == []


# -- epochs


def test_the_end_of_an_epoch_changes_nothing_for_the_living(world: VaultWorld) -> None:
    anna, bram = world.register(), world.register(BRAM)
    world.vault.register(CONTROLLER, identity("reference", "K-1"), anna)
    kind, fields = collected(world, anna, domain="canary.nl")
    before, service = world.backup(), world.another()
    assert service.resolve(CONTROLLER, ANNA) == anna

    done = end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]

    assert (done.number, done.subjects, done.is_resumed) == (0, 2, False)
    for vault in (world.vault, service):
        assert vault.open(kind, fields) == {"domain": "canary.nl"}
        assert (vault.resolve(CONTROLLER, ANNA), vault.resolve(CONTROLLER, BRAM)) == (anna, bram)
        assert set(vault.identities(CONTROLLER, anna)) == {ANNA, identity("reference", "K-1")}
    assert [epoch.number for epoch in world.keys.kept] == [1]
    assert not {row.wrapped for row in before.subjects.values()} & {row.wrapped for row in world.rows.subjects.values()}
    assert not set(before.known_by) & set(world.rows.known_by)
    assert [(event.type_name, event.fields["epoch"]) for event in world.log.events[1:]] == [("KeyEpochEnded", 0)]


def test_before_the_end_of_the_epoch_a_backup_brings_the_forgotten_back_and_after_it_nothing_does(world: VaultWorld) -> None:
    ref = world.register()
    kind, fields = collected(world, ref, domain="canary.nl")
    backup = world.backup()
    world.forget(ref)
    assert Vault(backup, world.keys.epochs, world.keys.suppression).open(kind, fields) == {"domain": "canary.nl"}

    end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]

    restored = Vault(backup, world.keys.epochs, world.keys.suppression)
    for question in (lambda: restored.open(kind, fields), lambda: restored.resolve(CONTROLLER, ANNA), lambda: restored.identities(CONTROLLER, ref)):
        with pytest.raises(EpochMovedError, match="is at epoch 0, and the key of that is not here"):
            question()
    # And by hand, with all the secrets there are, past every check of ours:
    (epoch,) = world.keys.kept
    assert all(lookup != keyed_hash(epoch.looking_up, "identity", CONTROLLER, ANNA.kind, ANNA.value) for _, lookup in backup.known_by)
    kept = backup.subjects[CONTROLLER, ref]
    with pytest.raises(UnsealError):
        unseal(epoch.wrapping, kept.wrapped, framed("data-key", CONTROLLER, ref, kept.key_id, "0"))


class KilledError(Exception):
    """Stands for SIGKILL."""


@pytest.mark.parametrize("place", ["epoch_after_key", "epoch_after_commit", "epoch_after_destruction", "forget_before_note"])
def test_killed_at_any_step_the_next_run_finishes_the_epoch(world: VaultWorld, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    anna = world.register()
    kind, fields = collected(world, anna, domain="canary.nl")

    def die(name: str) -> None:
        if name == place:
            raise KilledError

    moved = world.rows.move

    def move(*args: object) -> int:
        count = moved(*args)  # type: ignore[arg-type]
        die("epoch_after_commit")
        return count

    with monkeypatch.context() as patched:
        patched.setattr("ledger.failpoints.pass_by", die)
        patched.setattr(world.rows, "move", move)
        with pytest.raises(KilledError):
            end_epoch(world.another(), world.keys, world.log)  # type: ignore[arg-type]
        assert world.another().open(kind, fields) == {"domain": "canary.nl"}
    done = end_epoch(world.another(), world.keys, world.log)  # type: ignore[arg-type]

    assert (done.number, [epoch.number for epoch in world.keys.kept], world.rows.at and world.rows.at.number) == (0, [1], 1)
    assert {event.fields["epoch"] for event in world.log.events[1:]} == {0}
    assert len({event.fields["event_id"] for event in world.log.events[1:]}) == 1
    assert world.another().open(kind, fields) == {"domain": "canary.nl"}
    assert end_epoch(world.another(), world.keys, world.log).number == 1  # type: ignore[arg-type]


def test_the_log_is_not_told_that_a_secret_is_gone_while_it_is_there(world: VaultWorld) -> None:
    world.register()
    old = world.keys.kept[0]
    world.vault.move(old, prepare_epoch(world.vault, world.keys), lambda: event_id(9))

    assert announce(world.vault, world.log, world.keys) == 0  # type: ignore[arg-type]
    world.keys.kept = world.keys.kept[1:]
    assert announce(world.vault, world.log, world.keys) == 1  # type: ignore[arg-type]


def test_a_prepared_epoch_is_the_one_that_comes(world: VaultWorld) -> None:
    world.register()
    following = prepare_epoch(world.vault, world.keys)

    assert prepare_epoch(world.vault, world.keys) == following
    assert world.vault.resolve(CONTROLLER, ANNA) is not None
    end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]
    assert world.keys.kept == [following]


def test_finishing_an_old_end_leaves_a_prepared_epoch_alone(world: VaultWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka was away when epoch 0 ended; the secret of epoch 2 was prepared and given to services meanwhile."""
    world.register()
    with monkeypatch.context() as patched:
        patched.setattr("ledger.forgetting.persons.announce", lambda *_: 0)
        end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]
    following = prepare_epoch(world.vault, world.keys)

    assert end_epoch(world.vault, world.keys, world.log)[::2] == (0, True)  # type: ignore[arg-type]
    assert world.keys.kept[1:] == [following]
    assert [event.fields["epoch"] for event in world.log.events] == [0]


def test_a_machine_with_an_older_key_file_destroys_and_announces_nothing(world: VaultWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register()
    elsewhere = MemoryKeys()
    elsewhere.kept = list(world.keys.kept)
    with monkeypatch.context() as patched:
        patched.setattr("ledger.forgetting.persons.announce", lambda *_: 0)
        end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]
    older = Vault(world.rows, elsewhere.epochs, elsewhere.suppression)

    for attempt in (end_epoch, announce):
        with pytest.raises(EpochMovedError):
            attempt(older, elsewhere, world.log) if attempt is end_epoch else announce(older, world.log, elsewhere)  # type: ignore[arg-type]
    assert (len(elsewhere.kept), world.log.events) == (1, [])


def test_an_epoch_in_which_nobody_was_known_ends_too(world: VaultWorld) -> None:
    end_epoch(world.vault, world.keys, world.log)  # type: ignore[arg-type]

    assert ([epoch.number for epoch in world.keys.kept], world.log.events) == ([1], [])


def test_a_strange_key_is_said_so(world: VaultWorld) -> None:
    strange = Vault(world.rows, MemoryKeys().epochs, world.keys.suppression)

    with pytest.raises(OperatorError, match=f"expected the key {world.keys.kept[0].secret.key_id} of epoch 0"):
        strange.resolve(CONTROLLER, ANNA)


def test_a_vault_that_has_not_begun_is_said_so_and_begins_once() -> None:
    keys, rows = MemoryKeys(), MemoryRows()
    keys.kept = []
    vault = Vault(rows, keys.epochs, keys.suppression)
    with pytest.raises(EpochMovedError) as caught:
        vault.resolve(CONTROLLER, ANNA)

    assert caught.value.hint == "ledger vault init"
    assert begin(vault, keys) == keys.kept[0]
    assert vault.resolve(CONTROLLER, ANNA) is None
    with pytest.raises(RefusedError, match="has begun"):
        begin(vault, keys)


# -- suppression


def test_who_objected_to_marketing_is_suppressed_after_he_is_forgotten(world: VaultWorld) -> None:
    ref = world.register()
    world.vault.register(CONTROLLER, identity("reference", "K-1"), ref)
    world.forget(ref, suppress=True)

    assert world.vault.suppressed(CONTROLLER, [BRAM, ANNA]) == [False, True]
    assert world.vault.suppressed("smallhold", [ANNA]) == [False]
    assert len(world.rows.lists) == 1, "a customer number reaches nobody"
    assert (world.vault.suppress(CONTROLLER, ANNA), world.vault.unsuppress(CONTROLLER, ANNA)) == (False, True)
    assert world.vault.suppressed(CONTROLLER, [ANNA]) == [False]
    assert world.vault.suppressed(CONTROLLER, []) == []


def test_a_dictionary_attack_finds_nobody_without_the_secrets(world: VaultWorld) -> None:
    """Whoever has the whole database and a list that holds the right address, and any other key: plain hashes and HMACs under guesses find no row."""
    from hashlib import sha256

    world.register()
    world.vault.suppress(CONTROLLER, ANNA)
    stored = {lookup for _, lookup in world.rows.known_by} | {hashed for _, hashed in world.rows.lists}
    tried = set()
    for address in ("bram@voorbeeld.nl", ANNA.value, "anna@voorbeeld.nl"):
        tried |= {sha256(text.encode()).digest() for text in (address, f"{CONTROLLER}{address}", f"email{address}", f"{CONTROLLER}/{address}")}
        for secret in (bytes(32), world.keys.list_secret.secret, world.keys.kept[0].secret.secret, sha256(b"").digest()):
            tried |= {keyed_hash(secret, label, CONTROLLER, "email", address) for label in ("identity", "")}
        tried |= {keyed_hash(bytes(32), "suppression", CONTROLLER, "email", address)}

    assert not stored & tried
    with_the_secret = keyed_hash(world.keys.list_secret.secret, "suppression", CONTROLLER, "email", ANNA.value)
    assert with_the_secret in stored, "the attack does not work with the secret either: then this test shows nothing"


def test_kinds_are_those_of_the_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/vault.md").read_text()
    assert all(f"`{kind}`" in page for kind in KINDS)
