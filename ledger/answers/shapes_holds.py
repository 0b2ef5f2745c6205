"""Legal holds and restrictions of all people, as answers. Data only. Source: docs/answers.md, "Holds"."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """A hold. kind: LEGAL_HOLD, RESTRICTION. stands: by the ledger's time; then nothing that it covers is called for erasure.

    placed_at, until, store, categories: as its latest placing says; store None: any; categories empty: all; until None: until it is released.
    placed_at None: only its release is known. released_at: the release after that placing; None: there is none. rests_on: its steps, the first first.
    """

    controller: str
    subject_ref: str
    hold_ref: str
    kind: str
    stands: bool
    placed_at: int | None
    until: int | None
    store: str | None
    categories: tuple[Term, ...]
    released_at: int | None
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsAnswer:
    """Holds, the newest placed first. is_standing: those alone that stand. more: whether the limit left out any; next: the cursor after them."""

    controller: str | None
    is_standing: bool
    holds: tuple[HoldLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsCounted:
    """How many holds stand, and of those how many are of each kind."""

    controller: str | None
    stand: int
    legal_holds: int
    restrictions: int
    freshness: Freshness
