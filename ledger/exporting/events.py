"""Which events an answer rests on, by name: what a manifest turns into schema ids. Data only. Source: docs/answers.md, docs/judging.md."""

from __future__ import annotations

from typing import Final

from ledger.contract import schema_store

HELD: Final = ("DataCollected", "DataShared", "DataErased", "TimeReached")
"""What is held where."""
TERMS: Final = (*HELD, "PolicyPublished", "MilestoneReached", "ConsentChanged", "HoldPlaced", "HoldReleased")
"""And until when."""
SHARING: Final = (*HELD, "PolicyPublished", "RecipientRegistered", "AgreementChanged")
REQUESTS: Final = (*TERMS, "RequestReceived", "RequestAnswered", "NoticeGiven")
DISCLOSURES: Final = ("DataShared", "DisclosureRequested", "DisclosureDecided", "NoticeGiven", "TimeReached")
BREACHES: Final = (*HELD, "BreachRecorded", "AuthorityNotified", "NoticeGiven", "PolicyPublished")
PERSON: Final = (
    *TERMS, "DataUsed", "DataConsulted", "DataRectified", "ObjectionChanged", "RequestReceived", "RequestAnswered", "DisclosureRequested",
    "DisclosureDecided", "NoticeGiven", "KeyDestroyed", "RecipientRegistered", "AgreementChanged",
)  # fmt: skip
"""All that is known of one person."""
DUTIES: Final = (*PERSON, "BreachRecorded", "AuthorityNotified", "StatementRequested", "StatementGiven")
"""What anybody must do, and what was broken."""


def schema_ids(names: tuple[str, ...]) -> dict[str, list[int]]:
    """Every published version of these, `ledger.DataErased` -> [1005, 1018], by name: old versions stay readable, so a line may rest on any."""
    return {f"{schema_store.NAMESPACE}.{name}": [each.schema_id for each in schema_store.versions(name)] for name in sorted(set(names))}
