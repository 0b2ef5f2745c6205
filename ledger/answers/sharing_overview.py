"""Who gets what, in numbers: recipients, categories, countries, who gave it on, and which agreements end. Reads tallies and the register alone.

What the numbers stand for one by one, with the events, is in the reports on recipients and transfers. Source: docs/answers.md section 9.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.answers.agreements import agreement_state
from ledger.answers.asking import Asking, Snapshot
from ledger.answers.chains import chains_of
from ledger.answers.deletion_overview import day_of
from ledger.answers.presentation import term, terms
from ledger.answers.recipients import entry_of
from ledger.answers.safeguards import safeguard_answer
from ledger.answers.shapes_overviews import AgreementLine, Cell, Flow, HeldBy, InCountry, ListedBy, SharedWith, SharesOfMonth, SharingOverview

Whom = tuple[str, str, str]
"""(controller, recipient, role)."""
_ENDS: Mapping[str, int] = {"ENDED": 0, "IN_FORCE": 1, "NOT_YET": 2}
_OPEN_END = 2**62
MONTHS: Final = 24
"""So many months of shares are told, that of the ledger's time included."""


class _Held(NamedTuple):
    controller: str
    holder: str
    received_from: str | None
    role: str | None
    country: str | None
    safeguard: str | None
    purpose: str
    categories: tuple[str, ...]
    holdings: int


def sharing_overview(asking: Asking, controller: str | None, until: date | None = None) -> SharingOverview:
    """Add up who has what of whom now, and say on which terms. until: the first day of the last month of shares that is told; None: the ledger's."""
    with asking.snapshot() as seen:
        last = _last_month(seen, until)
        held = [_Held._make(row) for row in seen.store.tally_held(controller)]
        people = seen.store.tally_people(controller)
        whom = _shared(held)
        subjects = {(row[0], row[2], row[3] or ""): row[7] for row in people if row[1] == "HOLDER" and row[4]}
        recipients = [_recipient(seen, one, found, subjects.get(one, 0)) for one, found in whom.items()]
        places = _places(seen, held, people)
        agreements = _agreements(seen, controller)
        by_month = [] if last is None else _by_month(seen, controller, last)
        first_month = seen.store.first_month_shared(controller)
    flows = _flows(whom)
    chains, more_chains = chains_of(flows)
    recipients.sort(key=lambda each: (each.controller, -each.subjects, each.recipient, each.role.term))
    return SharingOverview(
        controller=controller,
        subjects=sum(row[7] for row in people if row[1] == "ALL"),
        holders=tuple(_holders(held, people)),
        recipients=tuple(recipients),
        matrix=tuple(_matrix(whom)),
        flows=tuple(flows),
        chains=tuple(chains),
        more_chains=more_chains,
        by_month=tuple(by_month),
        first_month=first_month,
        last_month=last,
        places=tuple(places),
        agreements=tuple(agreements),
        freshness=seen.freshness(),
    )


def _shared(held: Iterable[_Held]) -> dict[Whom, list[_Held]]:
    """What was shared, by whom it was shared with."""
    found: dict[Whom, list[_Held]] = {}
    for each in held:
        if each.received_from is not None:
            found.setdefault((each.controller, each.holder, each.role or ""), []).append(each)
    return found


def _holders(held: Iterable[_Held], people: Iterable[tuple[Any, ...]]) -> list[HeldBy]:
    """Everybody who has something; a line for what one made and one for what it got."""
    holdings: Counter[tuple[str, str, str | None, bool]] = Counter()
    for each in held:
        holdings[each.controller, each.holder, each.role, each.received_from is not None] += each.holdings
    subjects = {(row[0], *row[2:5]): row[7] for row in people if row[1] == "HOLDER"}
    lines = [
        HeldBy(
            controller=key[0], holder=key[1], role=None if key[2] is None else term("recipient_roles", key[2]), is_shared=key[3],
            subjects=int(subjects.get(key, 0)), holdings=number,
        )
        for key, number in holdings.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda each: (-each.subjects, each.controller, each.holder, repr(each.role)))


def _recipient(seen: Snapshot, whom: Whom, found: list[_Held], subjects: int) -> SharedWith:
    controller, recipient, role = whom
    register, at = seen.register(), seen.time_reached
    published, entry = register.rules.policy_at(controller, at), entry_of(register, controller, recipient, at)
    by_purpose: dict[str, set[str]] = {}
    for each in found:
        by_purpose.setdefault(each.purpose, set()).update(each.categories)
    covers = [(purpose, frozenset(categories)) for purpose, categories in sorted(by_purpose.items())]
    safeguard = None
    if entry is not None and (entry["safeguard"] is not None or entry["country"] is not None):
        safeguard = safeguard_answer(published and published.law, entry["country"], entry["safeguard"], entry, at)
    return SharedWith(
        controller=controller,
        recipient=recipient,
        role=term("recipient_roles", role),
        registered=entry is not None and entry["role"] == role,
        subjects=subjects,
        holdings=sum(each.holdings for each in found),
        categories=terms("categories", sorted(set().union(*by_purpose.values()))),
        purposes=terms("purposes", sorted(by_purpose)),
        countries=tuple(sorted({each.country for each in found if each.country})),
        agreement=agreement_state(register, published and published.policy, controller, recipient, role, covers, at).state,
        safeguard=safeguard,
        entry=None if entry is None else register.event(entry["event_id"]),
        listed_by=ListedBy(question="recipients", controller=controller, holder=recipient, role=role),
    )


def _matrix(whom: Mapping[Whom, list[_Held]]) -> list[Cell]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for (controller, recipient, role), found in whom.items():
        for each in found:
            for category in each.categories:
                key = controller, category, recipient, role
                sums[key] = sums.get(key, 0) + each.holdings
    return [
        Cell(
            controller=controller, category=term("categories", category), recipient=recipient, role=term("recipient_roles", role), holdings=number,
            listed_by=ListedBy(question="recipients", controller=controller, holder=recipient, role=role),
        )
        for (controller, category, recipient, role), number in sorted(sums.items())
    ]  # fmt: skip


def _flows(whom: Mapping[Whom, list[_Held]]) -> list[Flow]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for (controller, recipient, role), found in whom.items():
        for each in found:
            key = controller, each.received_from or "", recipient, role
            sums[key] = sums.get(key, 0) + each.holdings
    return [
        Flow(
            controller=controller, giver=giver, recipient=recipient, role=term("recipient_roles", role), holdings=number,
            listed_by=ListedBy(question="recipients", controller=controller, holder=recipient, role=role),
        )
        for (controller, giver, recipient, role), number in sorted(sums.items())
    ]  # fmt: skip


def _last_month(seen: Snapshot, until: date | None) -> date | None:
    """None: before the first tick no month is the ledger's."""
    if not seen.time_reached:
        return None
    now = day_of(seen.time_reached).replace(day=1)
    return now if until is None else min(until, now)


def _by_month(seen: Snapshot, controller: str | None, last: date) -> list[SharesOfMonth]:
    return [
        SharesOfMonth(
            controller=owner, recipient=recipient, role=term("recipient_roles", role), country=country, month=month, shares=shares, onward=onward,
            listed_by=ListedBy(question="recipients", controller=owner, holder=recipient, role=role),
        )
        for owner, recipient, role, country, month, shares, onward in sorted(
            seen.store.tally_shared(controller, first_of(last), last), key=lambda row: (row[4], row[0], row[1], row[2], row[3] or "")
        )
    ]  # fmt: skip


def first_of(last: date, months: int = MONTHS) -> date:
    """The first of so many months of which this is the last; fewer than one: a month after it."""
    months = last.year * 12 + last.month - months
    return date(months // 12, months % 12 + 1, 1)


def _places(seen: Snapshot, held: Iterable[_Held], people: Iterable[tuple[object, ...]]) -> list[InCountry]:
    """By holder, country and safeguard: what is not lawful first. A person counts once in a line, and in each line that has something of theirs."""
    holdings: dict[tuple[str, str, str | None, bool, str | None, str | None], int] = {}
    for each in held:
        key = each.controller, each.holder, each.role, each.received_from is not None, each.country, each.safeguard
        holdings[key] = holdings.get(key, 0) + each.holdings
    subjects = {(row[0], *row[2:7]): row[7] for row in people if row[1] == "COUNTRY"}
    lines = []
    for key, number in holdings.items():
        controller, holder, role, _, country, safeguard = key
        register, at = seen.register(), seen.time_reached
        published, entry = register.rules.policy_at(controller, at), entry_of(register, controller, holder, at)
        where = country or (None if entry is None else entry["country"])
        lines.append(
            InCountry(
                controller=controller, country=where, by_register=country is None and where is not None, holder=holder,
                role=None if role is None else term("recipient_roles", role), subjects=int(str(subjects.get(key, 0))), holdings=number,
                safeguard=safeguard_answer(published and published.law, where, safeguard, entry, at),
                listed_by=ListedBy(question="transfers", controller=controller, holder=holder, role=role, country=where),
            )
        )  # fmt: skip
    return sorted(lines, key=lambda one: (one.safeguard.is_lawful, one.controller, -one.subjects, one.holder, repr(one)))


def _agreements(seen: Snapshot, controller: str | None) -> list[AgreementLine]:
    """All agreements that the register tells of, by the ledger's time."""
    register, at = seen.register(), seen.time_reached
    lines = [
        AgreementLine(controller=owner, recipient=recipient, agreement=agreement)
        for owner, recipient in register.rules.agreements
        if controller in (None, owner)
        for agreement in agreement_state(register, None, owner, recipient, "", (), at).agreements
    ]

    def place(line: AgreementLine) -> tuple[int, int, str, str, str]:
        about = line.agreement
        return _ENDS[about.state], about.until or _OPEN_END, line.controller, line.recipient, about.agreement

    return sorted(lines, key=place)
