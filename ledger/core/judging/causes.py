"""Which later records make a verdict another one: what was recorded after a fact and yet bears on it.

Pure. A late record is a cause when the verdict would stand as it was published without it, all other causes being known. Found by judging the fact
again (rejudging.py) with ever fewer of the late records, so that no rule is written a second time here. Source: docs/judging.md, "Judged again".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final

from ledger.core.judging.rejudging import Fact, rejudge_one
from ledger.core.rules import Rules

Recorded = tuple[int, str, dict[str, Any]]
"""(offset, type, fields) of a fact of the subject or of a register copy that is no tick."""

RULES_MEMO_MAX: Final = 64
"""Choices of register copies whose rules are kept: facts between the same two copies share one."""


class Register:
    """The register copies of one partition that are about one controller, in offset order, and the rules that any choice of them makes.

    Raises:
        PolicyError: a policy cannot be read; the projector would have put it aside.
    """

    def __init__(self, zone_of: Callable[[str], tzinfo], copies: Iterable[Recorded]) -> None:
        self.copies = tuple(copies)
        self._zone_of = zone_of
        self._made: dict[tuple[int, ...], Rules] = {}

    def rules(self, copies: Sequence[Recorded] | None = None) -> Rules:
        """The rules that these copies make, in offset order; all of them when none are named."""
        chosen = self.copies if copies is None else copies
        places = tuple(offset for offset, _, _ in chosen)
        made = self._made.get(places)
        if made is None:
            made = Rules(self._zone_of)
            for _, type_name, fields in chosen:
                made.apply(type_name, fields)
            if len(self._made) >= RULES_MEMO_MAX:
                self._made.clear()
            self._made[places] = made
        return made


def because_of(
    register: Register, controller: str, subject_ref: str, facts: Sequence[Fact], fact: Fact, broken: tuple[str, str], *, is_found: bool
) -> tuple[Recorded, ...]:
    """The fewest late records that make this verdict (promise, rule) on the fact be found, or no longer be found; in offset order.

    None of them can be left out; of several that would do alike, those recorded first. Empty when what was recorded later is not the reason: then
    this release judges the same records otherwise than the one that published the verdict.
    """
    offset, _, fields = fact
    early_facts = [each for each in facts if each[0] < offset]
    early_copies = [each for each in register.copies if each[0] < offset]
    # What happened after the fact bears on no verdict about it; what a register copy is about only the rules can say.
    late = [each for each in facts if each[0] > offset and each[2]["occurred_at"] <= fields["occurred_at"]]
    late = sorted([*late, *(each for each in register.copies if each[0] > offset)], key=lambda record: record[0])

    def is_so(chosen: Sequence[Recorded]) -> bool:
        known = [*early_facts, *(each for each in chosen if "subject_ref" in each[2])]
        rules = register.rules([*early_copies, *(each for each in chosen if "subject_ref" not in each[2])])
        found = {(each.promise, each.rule) for each in rejudge_one(rules, controller, subject_ref, known, fact)}
        return (broken in found) == is_found

    if is_so(()) or not is_so(late):
        return ()
    return tuple(fewest(late, is_so))


def fewest(records: Sequence[Recorded], is_so: Callable[[Sequence[Recorded]], bool]) -> list[Recorded]:
    """Records of which none can be left out. is_so: holds of all that are given. The later ones are left out first, in halves, then fewer."""
    left, size = list(records), max(1, len(records) // 2)
    while True:
        before, end = len(left), len(left)
        while end > 0:
            start = max(0, end - size)
            fewer = left[:start] + left[end:]
            if is_so(fewer):
                left = fewer
            end = start
        if size > 1:
            size //= 2
        elif len(left) == before:
            return left
