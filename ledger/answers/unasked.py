"""Data that went to police, court, government, a debt collector or a trademark claimant, or as a legal disclosure, and cites no request for it.

Such a share is in no register of requests: nobody asked, as far as the log tells, or what it cites is not there. Finds the people in the holdings
of those recipients, and the shares in those people's facts. Source: docs/answers.md, "Disclosures"; GDPR Art. 5(2), 6(1)(c); HH-11, SH-07.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from operator import itemgetter
from typing import Final

from ledger.answers.asking import Snapshot
from ledger.answers.cursors import Place
from ledger.answers.facts import Fact, facts_of
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_rights import ShareWithoutRequest
from ledger.core.withstanding import INQUIRERS

ROLES: Final = INQUIRERS | {"debt_collector", "trademark_claimant"}
PURPOSE: Final = "ledger:LegalDisclosure"
"""Both stand in the index that finds the people, too (sql/projection_indexes.sql); a test holds the two together."""
CHUNK_SUBJECTS: Final = 1_000
"""People whose facts are held at once."""


def shares_without_request(
    seen: Snapshot, controller: str | None, limit: int, after: Place | None
) -> tuple[int, list[tuple[Place, ShareWithoutRequest]]]:
    """How many there are, and the latest of those after a place, each with its own; after None: none of them. Within the snapshot."""
    number, latest = 0, list[tuple[Place, ShareWithoutRequest]]()
    people = [row[0] for row in seen.store.people_of_disclosures(controller)]
    for first in range(0, len(people), CHUNK_SUBJECTS):
        facts = facts_of(seen, people[first : first + CHUNK_SUBJECTS], "DataShared", "DisclosureRequested", "DisclosureDecided")
        found = [line for of_subject in facts.values() for line in unasked(of_subject)]
        number += len(found)
        places = (((-each.shared_at, each.event.event_id), each) for each in found)
        behind = (each for each in places if after is not None and each[0] > after)
        latest = nsmallest(limit, [*latest, *behind], key=itemgetter(0))
    return number, latest


def unasked(facts: Sequence[Fact]) -> Iterator[ShareWithoutRequest]:
    """Those of one person, in order of happening. A request that is told late is a request."""
    asked = _asked(facts)
    for fact in facts:
        if fact.type == "DataShared" and is_disclosure(fact) and fact.fields["disclosure_ref"] not in asked:
            of = fact.fields
            yield ShareWithoutRequest(
                controller=of["controller"],
                subject_ref=of["subject_ref"],
                by=of["by"],
                recipient=of["recipient"],
                role=term("recipient_roles", of["recipient_role"]),
                purpose=term("purposes", of["purpose"]),
                ground=None if of["disclosure_ground"] is None else term("disclosure_grounds", of["disclosure_ground"]),
                cites=of["disclosure_ref"],
                ref=of["ref"],
                categories=terms("categories", sorted(of["categories"])),
                shared_at=of["occurred_at"],
                event=fact.event,
            )


def is_disclosure(share: Fact) -> bool:
    """Whether it went to somebody who must ask for it, or for what somebody must ask."""
    return share.fields["recipient_role"] in ROLES or share.fields["purpose"] == PURPOSE


def _asked(facts: Iterable[Fact]) -> set[str]:
    return {fact.fields["disclosure_ref"] for fact in facts if fact.type in ("DisclosureRequested", "DisclosureDecided")}
