"""Takes events: looks for repeats, claims their ids, emits, waits for Kafka, notes places.

The same id with the same content gets the same answer, for good; with other content a refusal. Steps: docs/reliability.md. Must never say that an
event is on the log before the broker has. Source: docs/http.md, "Events".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from ledger import failpoints
from ledger.adapters.postgres_claims import Place
from ledger.errors import DependencyError, LedgerError
from ledger.sdk.emit import Emitter
from ledger.sdk.pending import Pending
from ledger.tracing.spans import span
from ledger.web.event_bodies import Item, is_same
from ledger.web.problems import Problem, problem_of, unavailable

DEADLINE_SECONDS: Final = 20.0
_QUEUEING: Final = threading.Lock()
"""One batch at a time is handed to Kafka's client: it is the interpreter's work, and threads that share it only wait for each other."""


class Accepted(NamedTuple):
    """What an event is answered with. is_new: it was not on the log before."""

    event_id: str
    place: Place
    is_new: bool


Answer = Accepted | Problem


class Claims(Protocol):
    """adapters/postgres_claims.PostgresClaims."""

    def claim(self, digests: Mapping[bytes, bytes]) -> Mapping[bytes, Any]: ...
    def stored(self, event_ids: Sequence[bytes]) -> Mapping[bytes, tuple[int, int, datetime, bytes]]: ...
    def note(self, places: Mapping[bytes, Place]) -> None: ...
    def drop(self, event_ids: Sequence[bytes]) -> None: ...
    def forget_folded(self) -> int: ...
    def close(self) -> None: ...


class Taking:
    """Takes a batch: looks for repeats, claims ids, emits, waits, notes places."""

    def __init__(self, emitter: Emitter, claims: Claims) -> None:
        self._emitter, self._claims = emitter, claims

    def take(self, items: Sequence[Item | Problem]) -> list[Answer]:
        """An answer for each, in order. Raises: LedgerError, PostgreSQL does not answer; then nothing was sent."""
        answers: list[Answer | None] = [item if isinstance(item, Problem) else None for item in items]
        ids = {place: item.fields["event_id"] for place, item in enumerate(items) if not isinstance(item, Problem) and "event_id" in item.fields}
        digests: dict[bytes, bytes] = {}
        first: dict[bytes, int] = {}
        repeats: list[tuple[int, int]] = []
        for place, event_id in ids.items():
            item = items[place]
            assert isinstance(item, Item)  # noqa: S101  only these have an id
            if event_id not in first:
                first[event_id], digests[event_id] = place, item.digest
            elif digests[event_id] == item.digest:
                repeats.append((place, first[event_id]))
            else:
                answers[place] = _other_content(event_id)
        if digests:
            self._settle_known(items, first, digests, answers)
        waiting = {place for place, _ in repeats}
        failpoints.pass_by("ingest_after_claim")
        with span("append", events=len(items)) as append:
            sent = self._send(items, answers, waiting)
            append.set(events=len(sent))
        failpoints.pass_by("ingest_before_note")
        self._note(first, answers, sent)
        for place, earlier in repeats:
            same = answers[earlier]
            answers[place] = same._replace(is_new=False) if isinstance(same, Accepted) else same
        return [each for each in answers if each is not None]

    def _send(self, items: Sequence[Item | Problem], answers: list[Answer | None], waiting: Collection[int]) -> set[int]:
        """Emit what has no answer yet and wait, all within one deadline; return which were sent. Once Kafka is away, no other is tried."""
        pending: list[tuple[int, Pending]] = []
        deadline = time.monotonic() + DEADLINE_SECONDS
        has_turn = _QUEUEING.acquire(timeout=DEADLINE_SECONDS)
        away = None if has_turn else unavailable("Kafka takes too long")
        try:
            for place, item in enumerate(items):
                if answers[place] is None and place not in waiting and isinstance(item, Item):
                    if away is None and time.monotonic() > deadline:
                        away = unavailable("Kafka takes too long")
                    if away is not None:
                        answers[place] = away
                        continue
                    try:
                        pending.append((place, self._emitter.emit_soon(item.type_name, **item.fields)))
                    except LedgerError as error:
                        answers[place] = problem_of(error)
                        away = problem_of(error) if isinstance(error, DependencyError) else None
        finally:
            if has_turn:
                _QUEUEING.release()
        for place, each in pending:
            try:
                receipt = each.result(max(deadline - time.monotonic(), 0.0))
                answers[place] = Accepted(receipt.event_id, Place(*receipt[1:]), True)
            except LedgerError as error:
                answers[place] = problem_of(error)
        return {place for place, _ in pending}

    def _settle_known(
        self, items: Sequence[Item | Problem], first: Mapping[bytes, int], digests: Mapping[bytes, bytes], answers: list[Answer | None]
    ) -> None:
        """Answer what came before: folded already, or claimed. Claims first: what is folded between the two is found as folded."""
        claimed = self._claims.claim(digests)
        stored = self._claims.stored(list(digests))
        for event_id, (partition, offset, recorded_at, value) in stored.items():
            item = items[first[event_id]]
            assert isinstance(item, Item)  # noqa: S101  as above
            known = claimed.get(event_id)  # of a register event what is stored is a copy
            place = known.place if known is not None and known.place is not None else Place("facts", partition, offset, recorded_at)
            answers[first[event_id]] = Accepted(text_of(event_id), place, False) if is_same(item, value) else _other_content(event_id)
        for event_id, claim in claimed.items():
            if event_id in stored:
                continue
            if claim.digest != digests[event_id]:
                answers[first[event_id]] = _other_content(event_id)
            elif claim.place is not None:
                answers[first[event_id]] = Accepted(text_of(event_id), claim.place, False)
        fresh = [event_id for event_id in stored if event_id not in claimed]
        if fresh:
            self._claims.drop(fresh)  # `fact` knows them

    def _note(self, first: Mapping[bytes, int], answers: Sequence[Answer | None], sent: set[int]) -> None:
        """What was acknowledged gets its place; what never left gives its claim up. Of what may be on the log the claim stays."""
        noted = {event_id: a.place for event_id, place in first.items() if place in sent and isinstance(a := answers[place], Accepted)}
        refused = [event_id for event_id, place in first.items() if isinstance(a := answers[place], Problem) and a.status == 422]
        if noted:
            self._claims.note(noted)
        if refused:
            self._claims.drop(refused)


def _other_content(event_id: bytes) -> Problem:
    return Problem(409, "this id was used for an event with other content", event_id=text_of(event_id), hint="a new event needs a new id")


def text_of(event_id: bytes) -> str:
    """An id as it is written."""
    digits = event_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
