"""An explanation as JSON: for `ledger policy explain --json` and over HTTP. Source: docs/policies.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from ledger.explaining.shapes import Explanation, Part

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def explanation_json(found: Explanation, zone: tzinfo) -> dict[str, Any]:
    """Dates are RFC 3339 with the offset of the zone."""
    def parts(given: tuple[Part, ...]) -> list[dict[str, Any]]:
        return [
            {"about": part.about, "title": part.title, "sentences": [{"text": text, "cites": list(cites)} for text, cites in part.sentences]}
            for part in given
        ]

    def at(micros: int | None) -> str | None:
        return None if micros is None else (_EPOCH + timedelta(microseconds=micros)).astimezone(zone).isoformat()

    holdings = [
        {
            "activity": each.activity, "role": each.role, "title": each.title, "parts": parts(each.parts),
            "worked_out": [
                {
                    "purposes": list(due.purposes), "customer": due.customer, "rule": due.rule, "due_at": at(due.due_at),
                    "overdue_at": at(due.overdue_at), "waits_for": list(due.waits_for),
                }
                for due in each.worked_out
            ],
        }
        for each in found.holdings
    ]  # fmt: skip
    about = {"policy": found.policy, "controller": found.controller, "version": found.version, "title": found.title}
    return {**about, "in_force_from": found.in_force_from, "language": found.language, "holdings": holdings, "general": parts(found.general)}
