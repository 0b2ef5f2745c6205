"""One small, fixed ledger: two customers of one hoster, five days a step, something of everything that an answer can show."""

from __future__ import annotations

from tests.histories import CONTROLLER, Event, collected, erased, fact, milestone, policy, rule, shared, tick

ANNA, BRAM = "customer-1", "customer-6"
"""Both live in partition 0 of four."""

POLICY = policy(
    1001,
    0,
    [
        rule("TAX-7", 2555, ["INVOICE_ISSUED"], purposes=["dpv:PaymentManagement"], statute="AWR-52", rounding="calendar_year_end"),
        rule("HH-15", 730, ["SERVICE_ENDED"]),
        rule("REG-1", 30, ["DOMAIN_ENDED"], "recipient", roles=["registry"], per="ref"),
    ],
    title="Privacy statement of the hoster",
    recipients={"registry": {"promises": ["MD-13"]}, "payment_provider": {"promises": ["MD-14"]}},
    conditions=[
        {"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]},
        {"id": "MD-13", "act": "share", "needs": ["service_ref"], "roles": ["registry"]},
    ],
    activities={
        "customers": {
            "title": "Customers",
            "purposes": ["dpv:ServiceProvision", "dpv:PaymentManagement", "dpv:DirectMarketing"],
            "legal_basis": ["eu-gdpr:A6-1-b"],
            "categories": ["pd:Name", "pd:EmailAddress", "pd:IPAddress"],
            "necessity": "REQUIRED",
            "stores": {"crm": "NL", "billing": "NL"},
        }
    },
)


def history() -> list[Event]:
    """The log of partition 0."""
    anna, bram = ANNA, BRAM
    return [
        POLICY,
        tick(2001, 0),
        collected(1, 1, subject=anna, categories=["pd:Name", "pd:EmailAddress"], country="NL"),
        collected(2, 2, subject=anna, categories=["pd:IPAddress"], country="NL"),
        collected(3, 2, subject=anna, purposes=["dpv:PaymentManagement"], store="billing", ref="inv-1", country="NL"),
        milestone(4, 2, "INVOICE_ISSUED", "inv-1", subject=anna),
        shared(5, 3, subject=anna, recipient="Registrar", recipient_role="registrar", ref="dom-1", country="US", safeguard="eu-gdpr:A46-2-c"),
        shared(6, 3, subject=anna, by="Registrar", ref="dom-1", country="NL", agreement="dpa-7", product=".nl"),
        fact("ConsentChanged", 7, 4, anna, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
        fact("ConsentChanged", 8, 6, anna, purpose="dpv:DirectMarketing", channel="email", state="WITHDRAWN"),
        fact("DataUsed", 9, 7, anna, by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[]),
        collected(10, 1, subject=bram),
        tick(2002, 10),
        milestone(11, 20, "DOMAIN_ENDED", "dom-1", subject=anna),
        tick(2003, 49),
        tick(2004, 50),
        tick(2005, 60),
        fact("RequestReceived", 12, 61, anna, right="ERASURE", request_ref="req-1"),
        erased(13, 62, subject=anna, store="crm", categories=["pd:IPAddress"], request_ref="req-1"),
        erased(14, 63, subject=anna, by="Registrar", certificate_ref="cert-1"),
        tick(2006, 64),
    ]
