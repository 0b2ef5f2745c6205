"""What a transfer rests on by the ledger's time: the law of the policy in force, and the validity that the register of recipients gives.

Pure. The verdict itself is the law library's (core/law.py); this only says since when something no longer holds. Source: docs/law.md; MD-14, HH-12.
"""

from __future__ import annotations

from typing import Any

from ledger.answers.presentation import term
from ledger.answers.shapes_sharing import SafeguardAnswer
from ledger.core.law import LAWFUL, LawInZone


def safeguard_answer(
    law: LawInZone | None, country: str | None, safeguard: str | None, registered: dict[str, Any] | None, at: int
) -> SafeguardAnswer:
    """Say what it rests on.

    registered: the recipient's entry, whose validity counts for the safeguard that it names. law None: no policy carries any.
    """
    if safeguard is None and registered is not None:
        safeguard = registered["safeguard"]  # what a share leaves out, the register says
    ours = registered is not None and registered["safeguard"] == safeguard and safeguard is not None
    first, last = (registered["safeguard_from"], registered["safeguard_until"]) if ours and registered else (None, None)
    state, since = _state(law, country, safeguard, last, at)
    return SafeguardAnswer(
        country=country,
        safeguard=None if safeguard is None else term("safeguards", safeguard),
        state=state,
        is_lawful=state in LAWFUL,
        since=since,
        valid_from=first,
        valid_until=last,
    )


def _state(law: LawInZone | None, country: str | None, safeguard: str | None, last: int | None, at: int) -> tuple[str, int | None]:
    if country is None:
        return "unplaced", None
    if law is None:
        return "unknown", None
    state: str = law.transfer(country, safeguard, at)
    if state == "safeguarded" and last is not None and at >= last:
        return "lapsed", last
    if state != "lapsed":
        return state, None
    ends = [window.end for window in law.adequate.get(country, ()) if window.end <= at]
    known = law.safeguards.get(safeguard or "")
    if known is not None and known[1] != "adequacy" and known[0].end <= at:
        return state, min(known[0].end, last) if last is not None else known[0].end
    return state, max(ends, default=None)


def is_outside(law: LawInZone | None, country: str, at: int) -> bool:
    """Whether a country is outside the EU and the EEA then; without a law library nobody can say, so it counts as outside."""
    return law is None or law.transfer(country, None, at) != "inside"
