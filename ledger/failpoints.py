"""Places where a fault test may kill this process, as a crash would: SIGKILL, no clean-up, nothing flushed.

Nothing happens unless `LEDGER__FAILPOINT=name:count` is set and `arm` was called: then the process dies at the count-th time it
passes that place. With `name:count:stop` it is frozen there (SIGSTOP) until somebody sends SIGCONT. The names are the numbered steps of
docs/reliability.md. Must never do anything but count, kill and freeze.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

from ledger.errors import CallerError

NAMES: Final = (
    "batch_before_sql",  # a batch is folded, nothing of it is in PostgreSQL
    "batch_after_sql",  # its rows are written, not committed
    "batch_after_commit",  # committed, nobody knows yet
    "batch_before_ack",  # the fold knows, Kafka's offset does not
    "chunk_after_sql",  # a chunk of a pending register event is written, not committed
    "chunk_after_commit",  # committed, and more of it is pending
    "broadcast_between_sends",  # a register event is copied into some partitions, not into all
    "broadcast_before_progress",  # copied into all, not noted
    "relay_between_sends",  # some outcomes of a batch are sent
    "relay_before_progress",  # all are sent, not noted
    "relay_after_progress",  # all are noted as sent
    "rebuild_after_chunk",  # a chunk of facts is in the shadow, in a process that folds one partition
    "rebuild_before_finish",  # all facts of a partition are, its other rows are not
    "rebuild_before_indexes",  # all partitions are folded
    "rebuild_before_switch",  # live workers are held, the switch is not committed
    "seal_after_payload",  # the records of a step of sealing are in files, their entries are not
    "seal_before_head",  # all its files are there, the head is not moved
    "seal_after_head",  # the head is moved, no checkpoint says so
    "seal_between_checkpoints",  # checkpoints/<size> is there, checkpoint is the one before
    "seal_before_round",  # all logs are published, the seals log does not know
    "seal_after_pin",  # PostgreSQL says what the round is, none of its files is there
    "pack_before_rename",  # a pack is whole, under its hidden name
    "export_before_rename",  # an export is whole, under its hidden name
    "export_before_manifest",  # it has its name, its manifest is not there
    "look_up_before_answer",  # a look-up is on the log, its answer is not given
    "forget_before_commit",  # key and mapping are deleted, not committed
    "forget_after_commit",  # they are gone, the log was not told
    "forget_before_note",  # the log was told, that it was is not noted
    "look_ups_before_commit",  # the key of a day is deleted, not committed
    "look_ups_after_commit",  # it is gone, other days that are due are not
    "epoch_after_key",  # the next epoch's secret is in the key file, no row is written under it
    "epoch_before_commit",  # all rows are written anew, not committed
    "epoch_after_commit",  # the database is at the next epoch, the old secret is still there
    "epoch_after_destruction",  # it is gone, the log was not told
    "act_before_handling",  # an obligation is chosen, its handler was not called
    "act_before_answer",  # the handler has done it, its fact is not emitted
    "act_before_commit",  # its fact is on the log, the group's position is not moved
    "ingest_after_claim",  # ids of events over HTTP are claimed, none is sent
    "ingest_before_note",  # Kafka has acknowledged them, their places are not noted
    "rebuild_after_switch",  # the new projections are live, the old ones still there
)

_lock = threading.Lock()
_armed: dict[str, int] = {}
_signals: dict[str, signal.Signals] = {}


def arm(setting: str) -> None:
    """Take the setting: `name:count` or `name:count:stop`, several by comma; empty arms nothing.

    Raises:
        CallerError: no such place, or no count.
    """
    _armed.clear()
    for one in filter(None, setting.split(",")):
        name, _, rest = one.partition(":")
        count, _, what = rest.partition(":")
        if name not in NAMES or not (count.isascii() and count.isdigit() and int(count) > 0) or what not in ("", "stop"):
            raise CallerError("cannot arm failpoint: expected name:count or name:count:stop", hint=f"names: {', '.join(NAMES)}")
        _armed[name] = int(count)
        _signals[name] = signal.SIGSTOP if what else signal.SIGKILL


def pass_by(name: str) -> None:
    """Count one passage of this place; at the armed count the process ends (or freezes) here."""
    if not _armed or name not in _armed:
        return
    with _lock:
        _armed[name] -= 1
        if _armed[name] == 0:
            os.kill(os.getpid(), _signals[name])
