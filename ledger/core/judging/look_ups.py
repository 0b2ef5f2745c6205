"""Whether a look-up is for what the data is held for. Pure. Source: docs/judging.md section 9; GDPR Art. 5(1)(b)."""

from __future__ import annotations

from typing import Any, Final

from ledger.core.conditions import Terms
from ledger.core.judging.choices import consents_on_some_channel
from ledger.core.judging.then import Moment, held
from ledger.core.subject import Subject

SERVICE: Final = "dpv:RequestedServiceProvision"
#: What the law asks of who has data, whatever it has it for (GDPR Art. 5(2), 6(1)(c), 12 to 22, 32, 33).
DUTIES: Final[Terms] = frozenset(
    {
        "dpv:RightsFulfilment", "dpv:LegalCompliance", "dpv:OrganisationComplianceManagement", "dpv:IdentityVerification", "dpv:EnforceSecurity",
        "dpv:EnforceAccessControl", "ledger:IntrusionDetection", "ledger:BreachInvestigation", "ledger:LegalDisclosure",
        "ledger:AccountabilityRecord",
    }
)  # fmt: skip
SUPPORT: Final[Terms] = frozenset(
    {"dpv:CustomerCare", "dpv:CommunicationForCustomerCare", "dpv:CustomerClaimsManagement", "dpv:DisputeManagement", "ledger:EnquiryHandling"}
)
INCIDENTS: Final[Terms] = SUPPORT | {
    "ledger:AbuseInvestigation", "dpv:MisusePreventionAndDetection", "dpv:FraudPreventionAndDetection", "ledger:ErrorAnalysis",
    "ledger:ConnectionProblems", "ledger:ConfigurationProblems",
}  # fmt: skip


def is_for_its_purpose(subject: Subject, purpose: str, categories: Terms, fields: dict[str, Any], moment: Moment) -> bool:
    """Whether everything that is looked at is held for the purpose, or the look-up has another reason that the law knows.

    Raises:
        NeedsHistory: only the subject's history can tell.
    """
    if purpose in DUTIES or _is_called_for(subject, purpose, fields) or consents_on_some_channel(subject, purpose, None, moment):
        return True
    serving = {purpose, SERVICE} if purpose in SUPPORT else {purpose}
    own = [(key[2], holding) for key, holding in subject.holdings.items() if key[0] == subject.controller]
    for category in categories:
        purposes = {of for of, holding in own if held(holding, category, moment)}
        if purposes and purposes.isdisjoint(serving):  # of what is not held nobody can say what it is for
            return False
    return True


def _is_called_for(subject: Subject, purpose: str, fields: dict[str, Any]) -> bool:
    """Whether the person, or something that happened, asked for it."""
    asked = fields["ticket_ref"] is not None and purpose in SUPPORT and not subject.is_dataset  # nobody can ask about people that nobody knows
    happened = fields["incident_ref"] is not None and purpose in INCIDENTS
    return asked or happened or fields["permission_ref"] is not None
