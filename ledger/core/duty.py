"""What a controller must do when something happens, as its policy says it or the law: the rule that an obligation is raised by.

Pure data with one question. When a duty is wanted, and when it is met, is worked out in ledger/core/duties/. Source: docs/duties.md section 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ledger.core.calendar import Duration
from ledger.core.conditions import NONE, Terms

Occasion = Literal["request", "erasure", "restriction", "rectification", "breach", "disclosure_request", "disclosure", "statement_request"]
Deed = Literal["answer", "erase", "end_service", "export_first", "rectify", "notify_subject", "notify_recipient", "notify_authority"]

#: What may be done on which occasion.
DEEDS: Final[dict[Occasion, tuple[Deed, ...]]] = {
    "request": ("answer", "erase"),
    "erasure": ("end_service", "export_first", "notify_recipient"),
    "restriction": ("notify_recipient",),
    "rectification": ("rectify",),
    "breach": ("notify_subject", "notify_authority"),
    "disclosure_request": ("notify_subject",),
    "disclosure": ("notify_subject",),
    "statement_request": ("answer",),
}
#: Not a right against the controller: the authority answers it (GDPR Art. 77).
UNCLOCKED: Final = frozenset({"COMPLAINT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One duty. risks: of a breach; empty is all. rights: of a request; empty is all that have a clock. acts_within: None is the policy's own."""

    id: str
    on: Occasion
    do: Deed
    risks: Terms = NONE
    rights: Terms = NONE
    acts_within: Duration | None = None

    def is_for(self, on: Occasion, do: Deed, *, risk: str = "", right: str = "") -> bool:
        """Say whether it is about this occasion and deed, at this risk or for this right."""
        if self.on != on or self.do != do:
            return False
        if on == "breach":
            return not self.risks or risk in self.risks
        if on == "request":
            return right in self.rights if self.rights else right not in UNCLOCKED
        return True


#: What the law asks of every controller, whatever its statement says (docs/duties.md section 1).
BY_LAW: Final = (
    Duty(id="GDPR-12-3", on="request", do="answer"),
    Duty(id="GDPR-19", on="rectification", do="rectify"),
    Duty(id="GDPR-19", on="erasure", do="notify_recipient"),
    Duty(id="GDPR-19", on="restriction", do="notify_recipient"),
    Duty(id="GDPR-34", on="breach", do="notify_subject", risks=frozenset({"HIGH"})),
    Duty(id="GDPR-33", on="breach", do="notify_authority", risks=frozenset({"UNKNOWN", "RISK", "HIGH"})),
)
#: Of what the law asks: the entry of the law library that says since when.
CLOCKS: Final = {"GDPR-12-3": "gdpr-12-3", "GDPR-33": "gdpr-33", "GDPR-34": "gdpr-34"}
#: Beside a decision that says that the subject is to be told (GDPR Art. 14(1)(e), 15(1)(c)).
DISCLOSURE_BY_LAW: Final = Duty(id="GDPR-14", on="disclosure", do="notify_subject")
