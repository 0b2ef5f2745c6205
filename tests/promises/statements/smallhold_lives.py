"""Lives at Smallhold that its sentences are tried on: each a start to which an act adds one thing."""

from tests.promises.stories import Story, customer

HOSTER = "smallhold"
DOMAIN = "ledger:DomainRegistration"


def s() -> Story:
    return customer(HOSTER)


def registry(extension: str = "nl", role: str = "registry", **how: object) -> Story:
    """Name and address of a .nl order go to SIDN, unless told otherwise."""
    story = s().registers("sidn", "registry", country="NL", extensions=["nl"])
    given = {"purpose": DOMAIN, "ref": "order-1", "product": extension, "country": "NL"}
    return story.on("2019-02-01").shares("sidn", role, "pd:Name", "pd:PhysicalAddress", **given | how)


def abroad(registered: dict[str, object], **how: object) -> Story:
    """The same of a .com order, to a registry in the United States."""
    story = s().registers("comreg", "registry", extensions=["com"], **{"country": "US"} | registered)
    return story.on("2019-02-01").shares("comreg", "registry", "pd:Name", "pd:PhysicalAddress", purpose=DOMAIN, ref="order-1", product="com", **how)


def asked(right: str) -> Story:
    return s().on("2019-06-03").asks(right, identity_check="DONE")


def demanded(ground: str = "police_demand", kind: str = "police") -> Story:
    return s().on("2019-06-03").discloses(ground, kind)


def hands_over(story: Story, role: str = "law_enforcement", **how: object) -> Story:
    given = {"purpose": "ledger:LegalDisclosure", "legal_basis": "eu-gdpr:A6-1-c", "disclosure_ref": "disclosure-1",
               "disclosure_ground": "police_demand"}
    return story.shares("police", role, "pd:Name", **given | how)


def logs(**how: object) -> Story:
    return s().on("2019-02-01").collects("server_logs", **how)


def ended(*services: str) -> Story:
    """The contract and these services end, in June."""
    story = s().collects("order", "pd:Name", ref="order-1").on("2019-06-03").reaches("CONTRACT_ENDED", "contract-1")
    for service in services:
        story.reaches("SERVICE_ENDED", service)
    return story
