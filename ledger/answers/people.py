"""About how many people somebody has something, each counted once: from the tallies, where these know it. Source: docs/decisions/0026.

A tally counts people by holder, and by holder, country and safeguard; what is asked beyond that is counted in the holdings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from ledger.answers.asking import Snapshot

Whom = tuple[str, str, str | None]
"""(controller, recipient, role)."""
Where = tuple[str, str, str | None, str | None, str | None]
"""(controller, holder, role, country, safeguard)."""


def people_of_recipients(seen: Snapshot, controller: str | None) -> dict[Whom, int]:
    """Of each recipient in each role, of all that somebody shared with it. Within the snapshot."""
    found: Counter[Whom] = Counter()
    for owner, level, holder, role, is_shared, _, _, subjects in seen.store.tally_people(controller):
        if level == "HOLDER" and is_shared:
            found[owner, holder, role] += subjects
    return found


def people_of_parts(seen: Snapshot, controller: str | None) -> dict[tuple[str, bool, str], int]:
    """By (controller, is own, name): what was shared with nobody, by activity; what was shared, by role of the recipients. Within the snapshot."""
    return {(owner, is_own, name or ""): subjects for owner, is_own, name, subjects in seen.store.tally_people_of_parts(controller)}


def people_of_holders(seen: Snapshot, controller: str | None) -> dict[tuple[str, str | None], int]:
    """Of each holder in each role, by (holder, role), over all controllers: a subject has one.

    Who holds in one role both what was shared with it and what was not has two counts, and one person may be in both: then the holdings are counted.
    Within the snapshot.
    """
    found, counts = Counter[tuple[str, str | None]](), Counter[Whom]()
    for owner, level, holder, role, _, _, _, subjects in seen.store.tally_people(controller):
        if level == "HOLDER":
            found[holder, role] += subjects
            counts[owner, holder, role] += 1
    if any(number > 1 for number in counts.values()):
        return {(holder, role): subjects for holder, role, subjects in seen.store.subjects_of_holders(controller)}
    return found


def people_of_countries(
    seen: Snapshot, controller: str | None, registered: Collection[tuple[str, str, str]], wanted: Collection[Where]
) -> dict[Where, int]:
    """Of each holder in each of the wanted places; where a share names no country, the register's counts. registered: (controller, recipient,
    country).

    Who is in two counts that come together in one place (the share names the country here and the register there) may be one person: then the
    holdings are counted. Within the snapshot.
    """
    country_of = {(owner, recipient): country for owner, recipient, country in registered}
    found, counts = Counter[Where](), Counter[Where]()
    for owner, level, holder, role, _, country, safeguard, subjects in seen.store.tally_people(controller):
        if level == "COUNTRY":
            where = (owner, holder, role, country or country_of.get((owner, holder)), safeguard)
            found[where] += subjects
            counts[where] += 1
    if any(counts[where] > 1 for where in wanted):
        return {row[:5]: row[5] for row in map(tuple, seen.store.people_of_countries(controller, registered))}
    return found
