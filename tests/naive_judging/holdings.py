"""Who held what, for which purpose, at the time of a fact (docs/judging.md section 1: "Held at t")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.naive_judging.prefix import Fields, Prefix


@dataclass(frozen=True)
class Acquisition:
    """One category that came into one holding. activity: of a collection."""

    holder: str
    store: str | None
    purpose: str
    ref: str | None
    category: str
    activity: str | None
    event: Fields


def acquisitions(prefix: Prefix) -> Iterator[Acquisition]:
    """All that came in at or before the fact's instant, of what is known before it."""
    for f in prefix.known("DataCollected"):
        for purpose in f["purposes"]:
            for category in f["categories"]:
                yield Acquisition(f["controller"], f["store"], purpose, f["ref"], category, f["activity"], f)
    for f in prefix.known("DataShared"):
        if gives_it_to_the_person(f):
            continue
        for category in f["categories"]:
            yield Acquisition(f["recipient"], f["store"], f["purpose"], f["ref"], category, None, f)


def gives_it_to_the_person(share: Fields) -> bool:
    """Section 1: the person's own copy, whose recipient is the person. A role alone proves nothing."""
    return bool(share["recipient_role"] == "data_subject" and share["recipient"] == share["subject_ref"])


def covers(erasure: Fields, got: Acquisition) -> bool:
    """Whether an erasure is about this category of this holding; what it does not name is all."""
    return bool(
        erasure["by"] == got.holder
        and erasure["store"] in (None, got.store)
        and erasure["ref"] in (None, got.ref)
        and (not erasure["categories"] or got.category in erasure["categories"])
        and (not erasure["purposes"] or got.purpose in erasure["purposes"])
    )


def held(prefix: Prefix) -> list[Acquisition]:
    """What was held at the fact's own time: in by then, and not erased since by then. The fact itself does not count."""
    then = prefix.fact["occurred_at"]
    return [
        got
        for got in acquisitions(prefix)
        if got.event["occurred_at"] <= then
        and not any(
            covers(erasure, got) and got.event["occurred_at"] <= erasure["occurred_at"] <= then for erasure in prefix.known("DataErased")
        )
    ]
