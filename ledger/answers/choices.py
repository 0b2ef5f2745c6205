"""Whom no campaign may reach by what they chose: who objects to marketing, and whose consent to it ended; and who objects but is on no list.

Reads the objections and consents of all people once, added up. What their steps mean is said by the core (retold.py). Source: docs/answers.md,
"Suppression"; docs/judging.md sections 4 and 8; GDPR Art. 7(3), 21(2) and (3); MD-22.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ledger.answers.asking import Snapshot, event_at
from ledger.answers.cursors import Place
from ledger.answers.mixes import Places, events_of
from ledger.answers.presentation import term
from ledger.answers.retold import ended_consents, standing_objections
from ledger.answers.shapes import Event
from ledger.answers.shapes_rights import Objecting, Unreachable
from ledger.core.conditions import WIDER
from ledger.core.withstanding import SUPPRESSION

MARKETING: Final = tuple(sorted({*WIDER, *(wider for wide in WIDER.values() for wider in wide)}))
"""The purposes of docs/judging.md section 8."""


class Alike(NamedTuple):
    """People who chose the same, in the same order. objections, consents: steps of retold.py; the offsets of each step, of the first and the last."""

    partition: int
    controller: str
    objections: str
    consents: str
    is_listed: bool
    subjects: int
    first_objected: list[int]
    latest_objected: list[int]
    first_consented: list[int]
    latest_consented: list[int]


@dataclass(slots=True)
class _Sum:
    subjects: int = 0
    unlisted: int = 0
    places: Places = field(default_factory=Places)

    def add(self, each: Alike, first: int, latest: int) -> None:
        self.subjects += each.subjects
        self.unlisted += 0 if each.is_listed else each.subjects
        self.places.add(each.partition, min(first, latest), max(first, latest))


@dataclass(slots=True)
class Choices:
    """What the people of one controller chose. unlisted: of those who object; barred_unlisted: of all of them."""

    objecting: int = 0
    consent_ended: int = 0
    unlisted: int = 0
    barred_unlisted: int = 0
    sums: dict[tuple[str, str, str | None], _Sum] = field(default_factory=dict)
    steps_unlisted: set[str] = field(default_factory=set)

    def add(self, each: Alike) -> None:
        """Take in alike people."""
        objections, ended = standing_objections(each.objections), ended_consents(each.consents)
        self.objecting += each.subjects if objections else 0
        self.consent_ended += each.subjects if ended else 0
        if not each.is_listed:
            self.unlisted += each.subjects if objections else 0
            self.barred_unlisted += each.subjects if objections or ended else 0
            self.steps_unlisted.update([each.objections] if objections else [])
        for (purpose, channel), place in objections.items():
            one = self.sums.setdefault(("OBJECTION", purpose, channel), _Sum())
            one.add(each, each.first_objected[place], each.latest_objected[place])
        for purpose, place in ended.items():
            one = self.sums.setdefault(("CONSENT_ENDED", purpose, None), _Sum())
            one.add(each, each.first_consented[place], each.latest_consented[place])

    def lines(self, seen: Snapshot) -> tuple[Unreachable, ...]:
        """By reason, purpose and channel; most people first. Within the snapshot."""
        found = sorted(self.sums.items(), key=lambda item: (item[0][0] != "OBJECTION", -item[1].subjects, repr(item[0])))
        events = events_of(seen, [one.places for _, one in found])
        return tuple(
            Unreachable(
                reason=reason, purpose=term("purposes", purpose), channel=channel, subjects=one.subjects, unlisted=one.unlisted,
                rests_on=rests_on, more=max(0, one.subjects - len(rests_on)),
            )
            for ((reason, purpose, channel), one), rests_on in zip(found, events, strict=True)
        )  # fmt: skip


def choices(seen: Snapshot, controller: str | None) -> dict[str, Choices]:
    """By controller. Within the snapshot."""
    found: dict[str, Choices] = {}
    for each in map(Alike._make, seen.store.choices(controller, MARKETING, SUPPRESSION)):
        found.setdefault(each.controller, Choices()).add(each)
    return found


def objecting_unlisted(
    seen: Snapshot, controllers: Collection[str], found: Iterable[Choices], limit: int, after: Place | None
) -> list[tuple[Place, Objecting]]:
    """Who objects and is on no list, one by one after a place, each with its own; after None: none of them. controllers: those that promise a
    list. Within the snapshot."""
    if after is None:
        return []
    steps = sorted({each for one in found for each in one.steps_unlisted})
    rows = seen.store.objecting_unlisted(sorted(controllers), steps, MARKETING, SUPPRESSION, limit, after or ("", b""))
    wanted: dict[int, set[int]] = {}
    for partition, _, _, _, offsets, _ in rows:
        wanted.setdefault(partition, set()).update(offsets)
    ids = {partition: seen.store.events_at(partition, sorted(offsets)) for partition, offsets in wanted.items()}
    lines = list[tuple[Place, Objecting]]()
    for partition, owner, subject_ref, objections, offsets, line in rows:
        standing = standing_objections(objections)
        one = Objecting(
            controller=owner,
            subject_ref=subject_ref,
            purposes=tuple(term("purposes", purpose) for purpose in sorted({purpose for purpose, _ in standing})),
            channels=tuple(sorted({channel or "any" for _, channel in standing})),
            rests_on=_events(partition, ids[partition], (offsets[place] for place in standing.values())),
        )
        lines.append(((owner, line), one))
    return lines


def _events(partition: int, ids: dict[int, bytes], offsets: Iterable[int]) -> tuple[Event, ...]:
    return tuple(event_at(partition, offset, ids[offset]) for offset in sorted(offsets) if offset in ids)
