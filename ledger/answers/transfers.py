"""Data outside the EU: per country, safeguard and holder, with what it rests on by the ledger's time; lapsed ones with since when.

Reads the holdings of those who have something there, which the tallies know. A share that was lawful when it was made can rest on nothing any
more: what stands now is what counts here (MD-14), while a violation is about the day of the share. Source: docs/answers.md, "Transfers"; GDPR
Art. 30(1)(e), 44-49; MD-14, HH-12, SH-06.
"""

from __future__ import annotations

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.mixes import Mix, Sum, events_of, read_mixes, tallied_mixes
from ledger.answers.people import Where, people_of_countries
from ledger.answers.presentation import term, terms
from ledger.answers.recipients import entry_of
from ledger.answers.safeguards import is_outside, safeguard_answer
from ledger.answers.shapes_sharing import PromiseNote, TransferAnswer, TransfersAnswer
from ledger.answers.stated import left_out


def transfers(asking: Asking, controller: str | None) -> TransfersAnswer:
    """List what is held outside the EU, and by recipients of whom no country is known; what is not lawful first."""
    with asking.snapshot() as seen:
        sums: dict[Where, Sum] = {}
        concerned = {mix.holder for mix in tallied_mixes(seen, controller) if _where(seen, mix) is not None}
        for mix in read_mixes(seen, controller, concerned) if concerned else ():
            where = _where(seen, mix)
            if where is not None:
                one = sums.setdefault(where, Sum())
                one.add(mix)
                one.values.setdefault("purposes", set()).add(mix.purpose)
        people = people_of_countries(seen, controller, _countries(seen), sums)
        answers = [_answer(seen, where, one, people.get(where, 0)) for where, one in sums.items()]
        notes = _notes(seen, controller)
    answers.sort(key=lambda each: (each.safeguard.is_lawful, each.controller, -each.subjects, each.holder, each.country or "", repr(each.role)))
    return TransfersAnswer(
        controller=controller,
        transfers=tuple(each for each in answers if each.country is not None),
        unplaced=tuple(each for each in answers if each.country is None),
        notes=notes,
        freshness=seen.freshness(),
    )


def _where(seen: Snapshot, mix: Mix) -> Where | None:
    """What a mix counts for; None when it is within the EU, gone, or the controller's own without a country."""
    country = mix.country or _country_of(seen, mix.controller, mix.holder)
    if not mix.categories or (country is None and mix.received_from is None):
        return None
    published = seen.register().rules.policy_at(mix.controller, seen.time_reached)
    if country is not None and not is_outside(published and published.law, country, seen.time_reached):
        return None
    return mix.controller, mix.holder, mix.role, country, mix.safeguard


def _countries(seen: Snapshot) -> list[tuple[str, str, str]]:
    """(controller, recipient, country) of all entries of the register that name one."""
    found = [(owner, recipient, _country_of(seen, owner, recipient)) for owner, recipient in seen.register().rules.recipients]
    return [(owner, recipient, country) for owner, recipient, country in found if country is not None]


def _country_of(seen: Snapshot, controller: str, holder: str) -> str | None:
    """What the register says where a share names no country."""
    entry = entry_of(seen.register(), controller, holder, seen.time_reached)
    return None if entry is None else entry["country"]


def _answer(seen: Snapshot, where: Where, one: Sum, subjects: int) -> TransferAnswer:
    controller, holder, role, country, safeguard = where
    register, at = seen.register(), seen.time_reached
    published, entry = register.rules.policy_at(controller, at), entry_of(register, controller, holder, at)
    one.places.told += [register.event(entry["event_id"])] if entry is not None else []
    (rests_on,) = events_of(seen, (one.places,))
    return TransferAnswer(
        controller=controller,
        holder=holder,
        role=None if role is None else term("recipient_roles", role),
        country=country,
        subjects=subjects,
        holdings=one.holdings,
        categories=terms("categories", sorted(one.categories)),
        purposes=terms("purposes", sorted(one.values["purposes"])),
        oldest_since=one.since,
        safeguard=safeguard_answer(published and published.law, country, safeguard, entry, at),
        rests_on=rests_on,
        more=one.more(),
    )


def _notes(seen: Snapshot, controller: str | None) -> tuple[PromiseNote, ...]:
    """What the statements say out of date or not at all about transfers: among the promises that ask `transfer` of a share."""
    found: list[PromiseNote] = []
    for published in seen.in_force(controller).values():
        about = {each.id for each in published.policy.conditions if "transfer" in each.needs}
        found += left_out(seen.register(), published, about)
    return tuple(found)
