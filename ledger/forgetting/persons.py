"""Forgetting a person, and ending an epoch: what must be so before, in which order things go, and what the log is told.

A destruction comes first and its announcement after it, from a note that was written with it: the log never says of a key that it is gone while it
is there, and whatever is gone will be said, by whoever comes next. Must never say whom it concerns but by reference. Source: docs/vault.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from ledger import failpoints
from ledger.contract import codec
from ledger.core.conditions import COUNTED_PURPOSES
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.withstanding import INQUIRERS, SUPPRESSION
from ledger.errors import OperatorError, RefusedError
from ledger.sdk.event_ids import IdMaker
from ledger.vault.keys import Epoch, new_epoch
from ledger.vault.shapes import EpochMovedError, Mark, epoch_name

if TYPE_CHECKING:
    from ledger.adapters.postgres_reader import PostgresReader
    from ledger.answers.query import Query
    from ledger.answers.shapes import Freshness
    from ledger.answers.shapes_subject import HoldingAnswer, ObligationAnswer, SubjectAnswer
    from ledger.sdk.emit import Emitter
    from ledger.vault.vault import Vault

SOURCE: Final = "key-vault"
_EVER: Final = 2**62
_ids = IdMaker()


class Keys(Protocol):
    """Where the secrets of the epochs are."""

    def epochs(self) -> list[Epoch]:
        """Those there are, the older first."""

    def has_epochs(self) -> bool:
        """Whether there is any."""

    def write_epochs(self, epochs: list[Epoch], *, is_new: bool = False) -> None:
        """Those that are to be; the others are gone after it."""


class Standing(NamedTuple):
    """How it stands with forgetting one person. key_id None: not in the vault. held, obligations: what must come first."""

    controller: str
    subject_ref: str
    key_id: str | None
    identities: Mapping[str, int]
    held: Sequence[HoldingAnswer]
    obligations: Sequence[ObligationAnswer]
    suppresses: bool


class Ended(NamedTuple):
    """An epoch that has ended. is_resumed: an earlier run had begun it. subjects: written anew in this run."""

    number: int
    subjects: int
    is_resumed: bool


def standing(vault: Vault, query: Query, controller: str, subject_ref: str) -> Standing:
    """Look what forgetting would destroy, and what stands against it.

    Raises:
        RefusedError: the answer would not be of now: facts are not folded yet, or nobody can say whether all are.
    """
    answer = query.subject(controller, subject_ref)
    _require_folded(answer.freshness)
    found = vault.identities(controller, subject_ref)
    return Standing(
        controller,
        subject_ref,
        vault.key_id(controller, subject_ref),
        Counter(sorted(each.kind for each in found)),
        [each for each in answer.holdings if _must_go_first(each)],
        [each for each in answer.obligations if each.state in ("OPEN", "OVERDUE")],
        _may_not_be_reached(answer),
    )


def forget(vault: Vault, emitter: Emitter, keys: Keys, found: Standing) -> bool:
    """Destroy key and mapping, then tell the log. False: somebody else has, meanwhile.

    Raises:
        RefusedError: obligations are open, or something is still held.
        DependencyError: the log could not be told; the destruction stands, and `announce` goes on.
    """
    if found.obligations or found.held:
        raise RefusedError(
            f"cannot forget: {len(found.obligations)} obligations are open and {len(found.held)} holdings not erased",
            hint="let the holders act first: ledger subject show",
        )
    done = vault.destroy(found.controller, found.subject_ref, _ids.event_id(), emitter.ledger_time(), suppress=found.suppresses)
    announce(vault, emitter, keys)
    return done is not None


def announce(vault: Vault, emitter: Emitter, keys: Keys) -> int:
    """Tell the log of every destruction that it was not told of. Repeats are harmless: an event keeps its id. Answers how many.

    Raises:
        DependencyError: Kafka did not answer; what is left stays noted.
    """
    count = 0
    _in_force(vault, keys)
    alive = {epoch.number for epoch in keys.epochs()}
    for each in vault.store.unannounced():
        if each.type == "KeyEpochEnded":
            if each.epoch in alive:
                continue  # not true yet
            ended: dict[str, Any] = {"epoch": each.epoch, "correlation_id": epoch_name(each.epoch)}
            emitter.emit("KeyEpochEnded", controller=each.controller, event_id=each.event_id, **ended)
        else:
            fields: dict[str, Any] = {"controller": each.controller, "key_id": each.key_id, "occurred_at": each.occurred_at}
            fields["correlation_id"] = epoch_name(each.epoch)
            emitter.emit("KeyDestroyed", subject=each.subject_ref, event_id=each.event_id, **fields)
        failpoints.pass_by("forget_before_note")
        vault.store.note_announced(each.event_id)
        count += 1
    return count


def begin(vault: Vault, keys: Keys) -> Epoch:
    """Begin the vault: a secret, and the database's mark of it. Safe to repeat; a secret that is there already is used.

    Raises:
        RefusedError: the vault has begun.
    """
    with vault.store.alone():
        if vault.store.mark() is not None:
            raise RefusedError("cannot begin: the vault has begun", hint="ledger vault status")
        if not keys.has_epochs():
            keys.write_epochs([new_epoch(0)], is_new=True)
        epoch = keys.epochs()[-1]
        vault.store.begin(Mark(epoch.number, epoch.secret.key_id))
    return epoch


def prepare_epoch(vault: Vault, keys: Keys) -> Epoch:
    """Put the next epoch's secret beside the one in force, so that services can have it before it is needed. Safe to repeat."""
    with vault.store.alone():
        return _following(vault, keys)[1]


def end_epoch(vault: Vault, keys: Keys, emitter: Emitter) -> Ended:
    """Write what lives under the next epoch, destroy the secret of this one, tell the log. Run again after a crash, it finishes what was begun.

    Raises:
        DependencyError: PostgreSQL or Kafka did not answer. Run it again.
    """
    with vault.store.alone():
        ended = _end(vault, keys)
    announce(vault, emitter, keys)
    return ended


def reconcile(vault: Vault, query: Query, reader: PostgresReader) -> list[tuple[str, str]]:
    """Destroy again what the log says was destroyed: what a restored backup of the vault has brought back. Answers who, by reference.

    Raises:
        RefusedError: facts are not folded yet.
    """
    _require_folded(query.freshness())
    with reader.snapshot():
        said = reader.subjects_without_key()
        identity = reader.identity()
    partitions = identity[1] if identity else 1
    again = []
    for controller, subject_ref in said:
        key_id = vault.key_id(controller, subject_ref)
        if key_id is None:
            continue
        with reader.snapshot():
            partition = partition_of_subject(controller, subject_ref, partitions)
            facts = [codec.decode(value) for _, value in reader.history(partition, subject_id(controller, subject_ref), _EVER)]
        gone = next((fields for kind, fields in facts if kind == "KeyDestroyed" and fields["key_id"] == key_id), None)
        if gone is None:
            continue  # another key of the person
        suppresses = _may_not_be_reached(query.subject(controller, subject_ref))
        if vault.destroy(controller, subject_ref, gone["event_id"], gone["occurred_at"], suppress=suppresses):
            again.append((controller, subject_ref))
    return again


def _end(vault: Vault, keys: Keys) -> Ended:
    number = next((each.epoch for each in vault.store.unannounced() if each.type == "KeyEpochEnded"), None)
    moved, is_resumed = 0, number is not None
    if number is None:
        current, following = _following(vault, keys)
        moved, number = vault.move(current, following, _ids.event_id), current.number
    in_force = _in_force(vault, keys)
    living = [each for each in keys.epochs() if each.number >= in_force.number]  # a next one may be prepared
    if len(living) < len(keys.epochs()):
        keys.write_epochs(living)
        failpoints.pass_by("epoch_after_destruction")
    return Ended(number, moved, is_resumed)


def _following(vault: Vault, keys: Keys) -> tuple[Epoch, Epoch]:
    """The epoch in force and the next one, whose secret is made now unless it is there already."""
    current = _in_force(vault, keys)
    following = next((each for each in keys.epochs() if each.number == current.number + 1), None)
    if following is None:
        following = new_epoch(current.number + 1)
        keys.write_epochs([current, following])
        failpoints.pass_by("epoch_after_key")
    return current, following


def _in_force(vault: Vault, keys: Keys) -> Epoch:
    """The epoch that the database is at, which the key file must have: on a machine with an older file nothing is destroyed or announced."""
    mark = vault.store.mark()
    found = next((each for each in keys.epochs() if (each.number, each.secret.key_id) == mark), None)
    if found is None:
        raise EpochMovedError(None if mark is None else mark.number)
    return found


def _require_folded(freshness: Freshness) -> None:
    lag = freshness.lag
    if lag is None:
        raise OperatorError("cannot tell what is still held: Kafka does not say how far the log goes", hint="ledger status")
    if lag or any(each.pending_offset is not None for each in freshness.partitions):
        raise RefusedError(f"cannot tell what is still held: {lag} facts are not folded yet, or something of the register", hint="ledger wait")


def _must_go_first(holding: HoldingAnswer) -> bool:
    """Whether it is held by somebody who will have to erase it: not the suppression list, which outlives the person, nor who inquires."""
    role = None if holding.role is None else holding.role.term
    return bool(holding.categories) and holding.purpose.term != SUPPRESSION and role not in INQUIRERS


def _may_not_be_reached(answer: SubjectAnswer) -> bool:
    """Whether campaigns must go on to miss this person: on the suppression list, or objecting to marketing (GDPR Art. 21(3); MD-22)."""
    listed = any(each.purpose.term == SUPPRESSION and each.categories for each in answer.holdings)
    return listed or any(each.state == "RAISED" and each.purpose.term in COUNTED_PURPOSES for each in answer.objections)

