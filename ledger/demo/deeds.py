"""What answers an obligation: each kind has its matching fact, and only that one meets it.

Pure. Requests are answered by the lives (`rights`, `turns`), since a customer waits for the words of an answer, not for a fact alone: here they are
left alone. Source: docs/duties.md; GDPR Art. 12, 16, 17, 19, 33, 34.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.core.ids import REGISTER_REF
from ledger.sdk.event_ids import id_text

AUTHORITY = "nl:DPA-NL"


class Deed(NamedTuple):
    """An event to emit. subject: None on the register. fields: as of the schema, `controller` and `source` included."""

    type: str
    subject: str | None
    fields: dict[str, Any]


def deed_for(it: Mapping[str, Any], by: str, now: int, certificate: str) -> Deed | None:
    """The fact that meets an obligation, or None when it is not for a holder's service to give.

    it: an `ObligationRaised`. by: its holder. now: ledger time, microseconds. certificate: the number of a deletion.
    """
    subject: str | None = it["subject_ref"]
    match it["kind"]:
        case "ERASE":
            type_name, fields = "DataErased", _erased(it, by, certificate)
        case "RECTIFY":
            because = id_text(it["obligation_id"])
            type_name, fields = "DataRectified", {"by": by, "categories": it["categories"], "because_of": because, "ref": it["ref"]}
        case "NOTIFY_SUBJECT":
            type_name, fields = "NoticeGiven", {"to": "subject", "about": it["about"], "ref": it["ref"], "method": "email"}
        case "NOTIFY_RECIPIENT":
            type_name, fields = "NoticeGiven", {"to": it["ref"], "about": it["about"], "ref": it["ref"], "method": "email"}
        case "END_SERVICE":
            type_name, fields = "MilestoneReached", {"kind": "SERVICE_ENDED", "ref": it["ref"]}
        case "NOTIFY_AUTHORITY":
            type_name, subject = "AuthorityNotified", None
            fields = {"breach_ref": it["ref"], "authority": AUTHORITY, "notified_at": now}
        case "ANSWER" if subject == REGISTER_REF:
            type_name, subject, fields = "StatementGiven", None, {"statement_ref": it["ref"], "method": "email"}
        case _:
            return None
    return Deed(type_name, subject, {"controller": it["controller"], "source": by, "occurred_at": now, **fields})


def _erased(it: Mapping[str, Any], by: str, certificate: str) -> dict[str, Any]:
    return {
        "by": by,
        "store": it["store"],
        "categories": it["categories"],
        "purposes": [it["purpose"]],
        "ref": it["ref"],
        "act": "ERASED",
        "because_of": "REQUEST" if it.get("request_ref") is not None else "OBLIGATION",
        "obligation_id": id_text(it["obligation_id"]),
        "certificate_ref": certificate,
    }
