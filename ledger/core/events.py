"""The names of the events and where each belongs.

Pure: names only, no schema is read. Order is the order of the schema ids (`schemas/ids.json`); a name is never
removed or reused. Source of the set: docs/events.md. A test holds these names and the folders of `schemas/` together.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: About one subject (or one dataset of unknown people). Topic `facts`, key `controller/subject_ref`.
FACT_TYPES: Final[tuple[str, ...]] = (
    "DataCollected",
    "DataShared",
    "ConsentChanged",
    "ObjectionChanged",
    "DataErased",
    "DataRectified",
    "DataUsed",
    "DataConsulted",
    "MilestoneReached",
    "RequestReceived",
    "RequestAnswered",
    "DisclosureRequested",
    "DisclosureDecided",
    "NoticeGiven",
    "HoldPlaced",
    "HoldReleased",
    "KeyDestroyed",
)

#: About the controller, and time. Topic `register`, key `controller`; copied into every partition of `facts`.
REGISTER_TYPES: Final[tuple[str, ...]] = (
    "PolicyPublished",
    "RecipientRegistered",
    "AgreementChanged",
    "BreachRecorded",
    "AuthorityNotified",
    "StatementRequested",
    "StatementGiven",
    "TimeReached",
    "SchemaSealed",
    "KeyEpochEnded",
)

#: Derived by the fold. Topics `obligations` and `violations`, key as the fact.
OUTCOME_TYPES: Final[tuple[str, ...]] = (
    "ObligationRaised",
    "ObligationMet",
    "ObligationOverdue",
    "ObligationCancelled",
    "ViolationFound",
)

EVENT_TYPES: Final[tuple[str, ...]] = FACT_TYPES + REGISTER_TYPES + OUTCOME_TYPES


class EventKind(NamedTuple):
    """Where one event type belongs.

    topic: the topic it is published to. has_subject: whether it carries `subject_ref`.
    """

    name: str
    topic: str
    has_subject: bool


#: One entry for each event type, by name.
EVENT_KINDS: Final[dict[str, EventKind]] = {
    **{name: EventKind(name, "facts", True) for name in FACT_TYPES},
    **{name: EventKind(name, "register", False) for name in REGISTER_TYPES},
    **{name: EventKind(name, "violations" if name == "ViolationFound" else "obligations", True) for name in OUTCOME_TYPES},
}


def message_key(controller: str, subject_ref: str | None) -> str:
    """Name the Kafka key of an event: `controller/subject_ref`, or `controller` alone for a register event
    (subject_ref None).
    """
    return controller if subject_ref is None else f"{controller}/{subject_ref}"
