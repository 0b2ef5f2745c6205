"""Lives at the hoster without a name that its sentences are tried on: each a start to which an act adds one thing."""

from tests.promises.stories import Story, customer

HOSTER = "webhoster"
ADDRESS = "pd:PhysicalAddress"


def w() -> Story:
    return customer(HOSTER)


def domain(number: str = "1") -> Story:
    """A domain of which SIDN has the holder's name."""
    story = w().on("2019-02-01").reaches("DOMAIN_REGISTERED", f"domain-{number}")
    return story.shares("sidn", "registry", "pd:Name", ref=f"domain-{number}", product="nl")


def certificate() -> Story:
    """The data and the certificate of one application."""
    story = w().on("2019-02-01").collects("certificate", "pd:Name", ADDRESS, "ledger:Certificate", ref="cert-1")
    return story.reaches("CERTIFICATE_ISSUED", "cert-1")


def to_ca(*categories: str, role: str = "certificate_authority", **how: object) -> Story:
    return w().on("2019-02-01").shares("digica", role, *categories, **{"purpose": "ledger:CertificateIssuance", "ref": "cert-1"} | how)


def traffic(day: str = "2019-02-01", **how: object) -> Story:
    return Story(HOSTER, "dataset-1").on(day).collects("visitor_traffic", **how)


def leak(risk: str = "RISK") -> Story:
    return w().on("2019-12-02").breached(risk)


def asked(right: str) -> Story:
    return w().on("2019-06-03").asks(right, identity_check="DONE")
