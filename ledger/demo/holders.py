"""The services of those who hold data: they hear what they must erase, erase it, and say so. One never answers, one answers late.

What a real holder would do with its own store, these do in memory; what goes over the log is the real thing: `ObligationRaised` in,
`DataErased` out. The services know nothing of the ledger's inside. Source: docs/life-of-an-event.md; GDPR Art. 17, 19.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from ledger.demo.hosters import ANSWERS_LATE, NEVER_ANSWERS
from ledger.sdk.event_ids import id_text

REQUEST_RULE = "GDPR-17"


class Outcomes(Protocol):
    """What the processors have published since it was last asked, by partition in order of offset."""

    def new(self) -> Iterable[tuple[str, dict[str, Any]]]: ...


class Erased(NamedTuple):
    """A `DataErased` to emit. fields: as of the schema, `controller` and `source` included."""

    subject: str
    fields: dict[str, Any]


class Holder:
    """One holder's service: a store of its own hoster, or a recipient. waits: leave an obligation lying until it is overdue."""

    def __init__(self, name: str, *, answers: bool = True, waits: bool = False) -> None:
        self.name, self._answers, self._waits = name, answers, waits
        self._to_do: dict[bytes, dict[str, Any]] = {}
        self._certificates = 0

    @property
    def to_do(self) -> int:
        """How many obligations lie here."""
        return len(self._to_do)

    def hear(self, type_name: str, fields: dict[str, Any]) -> None:
        """Take in one outcome that names this holder."""
        if type_name == "ObligationRaised":
            self._to_do[fields["obligation_id"]] = fields
        elif type_name in ("ObligationMet", "ObligationCancelled"):
            self._to_do.pop(fields["obligation_id"], None)

    def erase(self, now: int) -> Iterator[Erased]:
        """Erase what lies here, and report each deletion with the number of its certificate. now: ledger time, microseconds."""
        if not self._answers:
            return
        for obligation_id, it in list(self._to_do.items()):
            if self._waits and it["overdue_at"] >= now:
                continue
            del self._to_do[obligation_id]
            self._certificates += 1
            fields: dict[str, Any] = {
                "controller": it["controller"],
                "source": self.name,
                "by": self.name,
                "store": it["store"],
                "categories": it["categories"],
                "purposes": [it["purpose"]],
                "ref": it["ref"],
                "act": "ERASED",
                "because_of": "REQUEST" if it["rule"] == REQUEST_RULE else "OBLIGATION",
                "obligation_id": id_text(obligation_id),
                "certificate_ref": f"certificate-{self.name}-{self._certificates}",
                "occurred_at": now,
            }
            yield Erased(it["subject_ref"], fields)


class Holders:
    """All holders together; each comes into being with its first obligation. tally: (holder, rule, type of outcome) -> how often."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self.by_name: dict[str, Holder] = {}
        self.tally: Counter[tuple[str, str, str]] = Counter()

    def listen(self) -> None:
        """Hear everything published since the last time."""
        for type_name, fields in self._outcomes.new():
            name = fields["holder"]
            holder = self.by_name.get(name)
            if holder is None:
                holder = self.by_name[name] = Holder(name, answers=name != NEVER_ANSWERS, waits=name == ANSWERS_LATE)
            holder.hear(type_name, fields)
            self.tally[name, fields["rule"], type_name] += 1

    def answer(self, now: int, emit: Callable[[Erased], object]) -> int:
        """Let every holder erase and report; returns how many reports."""
        count = 0
        for holder in self.by_name.values():
            for erased in holder.erase(now):
                emit(erased)
                count += 1
        return count

    def count(self, type_name: str) -> int:
        """How many outcomes of this type have been heard."""
        return sum(times for (_, _, known), times in self.tally.items() if known == type_name)
