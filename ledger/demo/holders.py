"""The services of those who hold data: they hear what they must do, do it, and say so. Some never do, some are late, some forget somebody.

What a real holder would do with its own store, these do in memory; what goes over the log is the real thing: `ObligationRaised` in, the matching
fact out (`deeds`). The services know nothing of the ledger's inside. Source: docs/life-of-an-event.md, docs/duties.md; GDPR Art. 17, 19.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Protocol

from ledger.demo.deeds import Deed, deed_for
from ledger.demo.hosters import LATE, NEVER


class Outcomes(Protocol):
    """What the processors have published since it was last asked, by partition in order of offset."""

    def new(self) -> Iterable[tuple[str, dict[str, Any]]]: ...


class Holder:
    """One holder's service: a hoster's own, its privacy desk included, or a recipient's.

    never, late: kinds of obligations that it never answers, or leaves lying until they are overdue. forgotten: people whom it tells nothing.
    """

    def __init__(self, name: str, *, never: Collection[str] = (), late: Collection[str] = (), forgotten: Collection[str] = ()) -> None:
        self.name, self._never, self._late, self._forgotten = name, never, late, forgotten
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

    def act(self, now: int) -> Iterator[Deed]:
        """Do what lies here, and report each deed; a deletion with the number of its certificate. now: ledger time, microseconds."""
        for obligation_id, it in list(self._to_do.items()):
            if it["kind"] in self._never or (it["kind"] in self._late and it["overdue_at"] >= now):
                continue
            if it["kind"] == "NOTIFY_SUBJECT" and it["subject_ref"] in self._forgotten:
                continue
            deed = deed_for(it, self.name, now, f"certificate-{self.name}-{self._certificates + 1}")
            if deed is None:
                continue
            del self._to_do[obligation_id]
            self._certificates += deed.type == "DataErased"
            yield deed


class Holders:
    """All holders together; each comes into being with its first obligation. tally: (holder, kind, rule, type of outcome) -> how often."""

    def __init__(self, outcomes: Outcomes, forgotten: Collection[str] = ()) -> None:
        self._outcomes, self._forgotten = outcomes, forgotten
        self.by_name: dict[str, Holder] = {}
        self.tally: Counter[tuple[str, str, str, str]] = Counter()

    def listen(self) -> None:
        """Hear everything published since the last time."""
        for type_name, fields in self._outcomes.new():
            name = fields["holder"]
            holder = self.by_name.get(name)
            if holder is None:
                never, late = NEVER.get(name, ()), LATE.get(name, ())
                holder = self.by_name[name] = Holder(name, never=never, late=late, forgotten=self._forgotten)
            holder.hear(type_name, fields)
            self.tally[name, fields["kind"], fields["rule"], type_name] += 1

    def act(self, now: int, emit: Callable[[Deed], object]) -> bool:
        """Let every holder do what it must, and report. Returns whether more is called for at once.

        The end of a service frees what waited; what a hoster erases is passed on to who has it.
        """
        calls_for_more = False
        for holder in self.by_name.values():
            for deed in holder.act(now):
                emit(deed)
                calls_for_more |= deed.type == "MilestoneReached" or (deed.type == "DataErased" and deed.fields["by"] == deed.fields["controller"])
        return calls_for_more

    def count(self, type_name: str) -> int:
        """How many outcomes of this type have been heard."""
        return sum(times for (*_, known), times in self.tally.items() if known == type_name)
