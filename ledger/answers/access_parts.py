"""The parts of the subject report, each made of the facts that may be shown and the holdings that follow from them.

Must never show what visible.py has left out: everything here comes from the facts that are handed in. Source: docs/answers.md, "Subject report".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from ledger.answers.asking import Snapshot
from ledger.answers.disclosures import TYPES, disclosure_answer, must_be_told
from ledger.answers.facts import Fact
from ledger.answers.presentation import term, terms
from ledger.answers.recipients import entry_of
from ledger.answers.requests import request_line
from ledger.answers.safeguards import is_outside, safeguard_answer
from ledger.answers.shapes import Term
from ledger.answers.shapes_access import CorrectionAnswer, Held, IpEntry, NoticeAnswer, Origin, Receiver
from ledger.answers.shapes_rights import DisclosureAnswer, RequestLine, ShareWithoutRequest
from ledger.answers.shapes_sharing import PromiseNote, SafeguardAnswer
from ledger.answers.shapes_subject import HoldingAnswer, ObligationAnswer
from ledger.answers.stated import left_out
from ledger.answers.unasked import unasked
from ledger.core.holdings import collected_keys, covers, scope_of
from ledger.core.ids import HoldingKey
from ledger.core.rules import PolicyInForce
from ledger.core.state import Obligation, Scope

SESSION_CATEGORIES: Final = frozenset({"pd:IPAddress", "ledger:SessionLog"})


class Parts:
    """One person's parts. facts: those that may be shown, in order of happening. Within the snapshot."""

    def __init__(self, seen: Snapshot, controller: str, partition: int, facts: list[Fact], holdings: tuple[HoldingAnswer, ...]) -> None:
        self._seen, self._controller, self._now = seen, controller, seen.time_of(partition)
        self._register, self._facts, self._holdings = seen.register(partition), facts, holdings
        self.published: PolicyInForce | None = self._register.rules.policy_at(controller, self._now)

    def held(self) -> tuple[Held, ...]:
        """Art. 15(1)(a), (b), (d), (g) and 15(2): what is held now; the controller's own first."""
        return tuple(
            Held(holding=holding, origins=self._origins(holding), transfer=self._transfer(holding))
            for holding in self._holdings
            if holding.categories
        )

    def _origins(self, holding: HoldingAnswer) -> tuple[Origin, ...]:
        """The facts that brought what is held: where each says that it came from."""
        events = {category.event.event_id for category in holding.categories}
        return tuple(
            Origin(
                origin=fact.fields.get("origin"),
                giver=fact.fields.get("by"),
                occasion=fact.fields.get("occasion"),
                necessity=fact.fields.get("necessity"),
                at=fact.fields["occurred_at"],
                categories=tuple(c.category for c in holding.categories if c.event.event_id == fact.fields["event_id"]),
                event=fact.event,
            )
            for fact in self._facts
            if fact.fields["event_id"] in events
        )

    def _transfer(self, holding: HoldingAnswer) -> SafeguardAnswer | None:
        entry = entry_of(self._register, self._controller, holding.holder, self._now)
        country = holding.country or (entry["country"] if entry else None)
        law = self.published.law if self.published else None
        if country is None or not is_outside(law, country, self._now):
            return None
        return safeguard_answer(law, country, holding.safeguard.term if holding.safeguard else None, entry, self._now)

    def receivers(self) -> tuple[Receiver, ...]:
        """Art. 15(1)(c): everybody who got data, by name, with who passed it on."""
        found: dict[tuple[str, tuple[str, ...]], list[HoldingAnswer]] = {}
        for holding in self._holdings:
            if holding.role is not None:
                found.setdefault((holding.holder, holding.chain), []).append(holding)
        events = {key: self._shares(name, chain) for key in found for name, chain in (key,)}
        return tuple(
            Receiver(
                recipient=recipient,
                role=next(each.role for each in holdings if each.role is not None),
                chain=chain,
                purposes=tuple(sorted({each.purpose for each in holdings})),
                categories=tuple(sorted({term_ for each in holdings for term_ in _ever(each)})),
                country=next((each.country for each in holdings if each.country), None),
                has_now=any(each.categories for each in holdings),
                rests_on=tuple(fact.event for fact in events[recipient, chain]),
            )
            for (recipient, chain), holdings in found.items()
        )

    def _shares(self, recipient: str, chain: tuple[str, ...]) -> list[Fact]:
        giver = chain[-2] if len(chain) > 1 else self._controller
        return [fact for fact in self._facts if fact.type == "DataShared" and (fact.fields["recipient"], fact.fields["by"]) == (recipient, giver)]

    def requests(self, subject_ref: str, obligations: Collection[ObligationAnswer], is_officer: bool) -> tuple[RequestLine, ...]:
        """What the person asked, in order of the references; what holders must do for it is for officers."""
        about: dict[str, list[Fact]] = {}
        for fact in self._facts:
            if fact.type in ("RequestReceived", "RequestAnswered"):
                about.setdefault(fact.fields["request_ref"], []).append(fact)
        found = []
        for ref, facts in sorted(about.items()):
            line = request_line(self._seen, self._controller, subject_ref, ref, facts, obligations)
            found.append(line if is_officer else replace(line, tasks=tuple(task for task in line.tasks if task.kind == "ERASE")))
        return tuple(found)

    def corrections(self) -> tuple[CorrectionAnswer, ...]:
        """HH-17: what was corrected, by whom, and by which service: a portal, where people change it themselves."""
        return tuple(
            CorrectionAnswer(
                by=fact.fields["by"],
                source=fact.fields["source"],
                categories=terms("categories", sorted(fact.fields["categories"])),
                ref=fact.fields["ref"],
                at=fact.fields["occurred_at"],
                event=fact.event,
            )
            for fact in self._facts
            if fact.type == "DataRectified"
        )

    def notices(self, is_officer: bool) -> tuple[NoticeAnswer, ...]:
        """What was told to the person; for officers also what was told to recipients about them."""
        return tuple(
            NoticeAnswer(
                to=fact.fields["to"],
                about=term("notice_subjects", fact.fields["about"]),
                ref=fact.fields["ref"],
                method=fact.fields["method"],
                at=fact.fields["occurred_at"],
                event=fact.event,
            )
            for fact in self._facts
            if fact.type == "NoticeGiven" and (is_officer or fact.fields["to"] == "subject")
        )

    def disclosures(self, subject_ref: str, duties: Collection[Obligation], is_officer: bool) -> tuple[DisclosureAnswer, ...]:
        """Those that the person may see: all but barred ones, and undecided ones of which nothing was told and nothing shared."""
        refs = dict.fromkeys(f.fields["disclosure_ref"] for f in self._facts if f.type in ("DisclosureRequested", "DisclosureDecided"))
        about, due = [fact for fact in self._facts if fact.type in TYPES], must_be_told(duties)
        found = [disclosure_answer(self._controller, subject_ref, ref, about, self._now, is_due=ref in due) for ref in refs]
        return tuple(each for each in found if is_officer or each.decision or each.shared or each.notice == "GIVEN")

    def without_request(self) -> tuple[ShareWithoutRequest, ...]:
        """What authorities and the like got for which no request is known, in order of happening."""
        return tuple(unasked(self._facts))

    def ip_entries(self) -> tuple[IpEntry, ...]:
        """MD-09: which entries of logs have the person's IP address or session."""
        erasures = [(fact.fields["occurred_at"], scope_of(fact.fields)) for fact in self._facts if fact.type == "DataErased"]
        return tuple(
            IpEntry(
                at=fact.fields["occurred_at"],
                activity=fact.fields["activity"],
                store=fact.fields["store"],
                ref=fact.fields["ref"],
                categories=terms("categories", found),
                erased_at=_gone_at(fact, collected_keys(fact.fields), found, erasures),
                event=fact.event,
            )
            for fact in self._facts
            if fact.type == "DataCollected" and (found := sorted(SESSION_CATEGORIES.intersection(fact.fields["categories"])))
        )

    def silent(self) -> tuple[PromiseNote, ...]:
        """What the statement says nothing on, among the promises about what is held of this person."""
        if self.published is None:
            return ()
        policy, about = self.published.policy, set[str]()
        for holding in self._holdings:
            declared = policy.activities.get(holding.activity or "") or policy.recipients.get(holding.role.term if holding.role else "")
            about.update(declared.promises if declared and holding.categories else ())
        return left_out(self._register, self.published, about)


def _gone_at(fact: Fact, keys: Iterable[HoldingKey], categories: Iterable[str], erasures: Collection[tuple[int, Scope]]) -> int | None:
    """When the last of it was erased: of each category of each holding the first erasure that covers it; None while one has none."""
    ends = []
    for key in keys:
        for category in categories:
            covering = [at for at, scope in erasures if at >= fact.fields["occurred_at"] and covers(scope, key, category)]
            if not covering:
                return None
            ends.append(min(covering))
    return max(ends, default=None)


def _ever(holding: HoldingAnswer) -> tuple[Term, ...]:
    return (*(held.category for held in holding.categories), *(gone.category for gone in holding.erased))
