"""Rare moments of duties about what others have: the police, recipients to whom things are passed on, the person's own copy."""

from __future__ import annotations

from collections.abc import Callable

from tests.corners.life import Corner, instant, own_copy


def recipient_while_an_export_is_due() -> Corner:
    life = Corner("hostinghuis")
    life.share("2019-02-01T12:00", "sidn", "registry", "dpv:ServiceRegistration", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="PORTABILITY", request_ref="q1", identity_check="DONE")
    life.fact("RequestReceived", "2019-03-05T12:00", right="ERASURE", request_ref="q2", identity_check="DONE")
    life.tick("2019-03-06T12:00")
    return life


def corrected_while_the_police_has_it(*roles: str) -> Corner:
    """Corrected by the controller, while somebody has it in these roles, one after the other."""
    life = Corner("smallhold")
    life.collect("2019-02-01T12:00", "order", "pd:Name", "ledger:OrderHandling", store="shop", ref="r1")
    life.share("2019-02-02T12:00", "police-one", roles[0], "ledger:LegalDisclosure", ref="r1")
    life.fact("RequestReceived", "2019-03-04T12:00", right="RECTIFICATION", request_ref="q1", identity_check="DONE")
    life.fact("DataRectified", "2019-03-04T13:00", by="smallhold", categories=["pd:Name"])
    life.fact("RequestAnswered", "2019-03-04T14:00", request_ref="q1", outcome="FULFILLED", identity_check="DONE")
    for day, role in enumerate(roles[1:], start=5):
        life.share(f"2019-03-0{day}T12:00", "police-one", role, "ledger:LegalDisclosure", ref="r1")
    life.tick("2019-05-07T12:00")
    return life


def asked_while_the_police_has_it(role: str) -> Corner:
    life = Corner("smallhold")
    life.collect("2019-02-01T12:00", "order", "pd:Name", "ledger:OrderHandling", store="shop", ref="r1")
    life.share("2019-02-02T12:00", "police-one", role, "ledger:LegalDisclosure", ref="r1")
    life.share("2019-02-02T12:00", "sidn", "registry", "dpv:ServiceRegistration", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("DataErased", "2019-03-05T12:00", by="smallhold", act="ERASED", categories=[])
    life.tick("2019-03-06T12:00")
    life.fact("RequestReceived", "2019-03-07T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-05-07T12:00")
    return life


def passed_on(*, told: str | None = None, kept: bool = False, restricted: str | None = None, until: str | None = None) -> Corner:
    """A registry has a name that the controller erases, or may only store."""
    life = Corner("smallhold")
    for purpose in ("dpv:AccountManagement", "dpv:CustomerCare"):
        life.collect("2019-02-01T12:00", "account", "pd:Name", purpose, store="crm")
    life.share("2019-02-02T12:00", "sidn", "registry", "ledger:DomainRegistration", ref="r1")
    life.tick("2019-03-04T12:00")
    if told:
        life.fact("NoticeGiven", told, to="sidn", about="erasure", ref="sidn")
    if restricted:
        life.fact("HoldPlaced", "2019-03-05T12:00", hold_ref="h1", kind=restricted, categories=["pd:EmailAddress"] if kept else [],
                  until=None if until is None else instant(until))  # fmt: skip
    else:
        life.fact("DataErased", "2019-03-05T12:00", by="smallhold", act="ERASED", purposes=["dpv:CustomerCare"] if kept else [])
    life.share("2019-03-06T12:00", "acme", "registry", "ledger:DomainRegistration", ref="r1")
    for moment in ("2019-03-08T12:00", "2019-03-20T12:00"):
        life.tick(moment)
    return life


def passed_on_to_who_must_erase() -> Corner:
    life = Corner("smallhold")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm")
    life.share("2019-02-02T12:00", "sidn", "registry", "ledger:DomainRegistration", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.fact("DataErased", "2019-03-05T12:00", by="smallhold", act="ERASED")
    life.tick("2019-03-20T12:00")
    return life


def service_ends_for_a_recipient_alone() -> Corner:
    """What the controller has is kept by a statute: when the recipient's data is gone, nothing asks for the end of the service any more."""
    life = Corner("sohosted", duties=({"id": "O-5", "on": "erasure", "do": "end_service"},))
    life.collect("2019-06-03T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.share("2019-06-03T12:00", "acme", "registry", "ledger:DomainRegistration", ref="r1")
    life.fact("MilestoneReached", "2019-06-04T12:00", kind="SERVICE_STARTED", ref="v1")
    life.fact("RequestReceived", "2019-06-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.fact("DataErased", "2019-06-05T12:00", by="acme", act="ERASED")
    life.tick("2019-06-06T12:00")
    return life


RECIPIENTS: dict[str, Callable[[], Corner]] = {
    "asked while the police has it": lambda: asked_while_the_police_has_it("law_enforcement"),
    "asked while the tax office has it": lambda: asked_while_the_police_has_it("tax_authority"),
    "corrected while the police has it": lambda: corrected_while_the_police_has_it("law_enforcement"),
    "corrected before the police has it": lambda: corrected_while_the_police_has_it("registry", "law_enforcement"),
    "corrected while the police has it, and it is a registry": lambda: corrected_while_the_police_has_it("court", "registry"),
    "a recipient while an export is due": recipient_while_an_export_is_due,
    "a service ends for a recipient alone": service_ends_for_a_recipient_alone,
    "an erasure to be passed on": passed_on, "told before the erasure": lambda: passed_on(told="2019-03-04T13:00"),
    "told at the erasure": lambda: passed_on(told="2019-03-05T12:00"), "erased for one of two purposes": lambda: passed_on(kept=True),
    "a restriction to be passed on": lambda: passed_on(restricted="RESTRICTION"), "a legal hold": lambda: passed_on(restricted="LEGAL_HOLD"),
    "a restriction that ends": lambda: passed_on(restricted="RESTRICTION", until="2019-03-10T12:00"),
    "a restriction of what a recipient has not": lambda: passed_on(restricted="RESTRICTION", kept=True),
    "an erasure that a recipient must do itself": passed_on_to_who_must_erase,
    "a copy for the person": lambda: own_copy("s1", "data_subject"),
    "a copy for somebody who is called the person": lambda: own_copy("x1", "data_subject"),
    "a copy for the person, who is called a supplier": lambda: own_copy("s1", "supplier"),
}  # fmt: skip
