"""Who holds what of a subject, since when, and what was held in a window."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.naive_duties.view import Fields, View


class Key(NamedTuple):
    """A holding: holder x store x purpose x ref x from whom."""

    holder: str
    store: str | None
    purpose: str | None
    ref: str | None
    received_from: str | None


@lru_cache(maxsize=8)
def acquisitions(view: View) -> dict[Key, list[Fields]]:
    """Each holding with the facts that gave it, in order of happening."""
    found: dict[Key, list[Fields]] = {}
    for name, f in view.in_order:
        if name == "DataCollected":
            for purpose in f["purposes"]:
                found.setdefault(Key(f["controller"], f["store"], purpose, f["ref"], None), []).append(f)
        elif name == "DataShared" and (f["recipient_role"], f["recipient"]) != ("data_subject", f["subject_ref"]):  # nobody holds his own data
            found.setdefault(Key(f["recipient"], f["store"], f["purpose"], f["ref"], f["by"]), []).append(f)
    return found


def erasures(view: View, key: Key, category: str) -> list[int]:
    """The moments at which the holder said that this category of this holding is gone; what an erasure does not name is all."""
    return [
        f["occurred_at"]
        for f in view.all("DataErased", by=key.holder)
        if f["store"] in (None, key.store)
        and f["ref"] in (None, key.ref)
        and (not f["categories"] or category in f["categories"])
        and (not f["purposes"] or key.purpose in f["purposes"])
    ]


def held(view: View, key: Key, got: list[Fields]) -> dict[str, int]:
    """Category -> its first acquisition after the last erasure of it; an erasure at the same instant comes after."""
    found = {}
    for category in sorted({category for f in got for category in f["categories"]}):
        gone = max(erasures(view, key, category), default=None)
        left = [f["occurred_at"] for f in got if category in f["categories"] and (gone is None or f["occurred_at"] > gone)]
        if left:
            found[category] = min(left)
    return found


def held_in_window(view: View, key: Key, got: list[Fields], first: int, last: int) -> set[str]:
    """Categories of which some acquisition at or before `last` was not erased by `first`."""
    found = set()
    for f in got:
        for category in f["categories"]:
            gone = min((moment for moment in erasures(view, key, category) if moment >= f["occurred_at"]), default=None)
            if f["occurred_at"] <= last and (gone is None or gone > first):
                found.add(category)
    return found
