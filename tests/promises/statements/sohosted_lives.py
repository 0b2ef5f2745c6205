"""Lives at Sohosted that its sentences are tried on: each a start to which an act adds one thing."""

from tests.promises.stories import Story, customer

HOSTER = "sohosted"
NEWS, STATISTICS, ADS = "ledger:ProductNews", "ledger:SiteStatistics", "dpv:PersonalisedAdvertising"


def s() -> Story:
    return customer(HOSTER)


def visitor() -> Story:
    return Story(HOSTER).on("2019-02-01")


def closed() -> Story:
    return s().on("2019-06-03").leaves()


def ordered(*categories: str) -> Story:
    return s().reaches("ORDER_PLACED", "order-1").collects("order", *(categories or ("pd:Name", "ledger:DomainName")), ref="order-1")


def enquiry(story: Story | None = None, **how: object) -> Story:
    told = story or visitor()
    for purpose in ("ledger:EnquiryHandling", "dpv:CustomerCare", "ledger:SupportImprovement"):
        told.consents(purpose)  # whether sending the form is the consent is not said: here it is given
    return told.collects("enquiry", "pd:Name", "pd:EmailAddress", ref="enquiry-1", **how)


def reader(story: Story, purpose: str = "ledger:Newsletter", state: str = "GIVEN", **how: object) -> Story:
    return story.consents(purpose, state, **how).on("2019-03-01")


def subscribed(story: Story) -> Story:
    return reader(story).collects("newsletter")


def mails(count: int, *purposes: str, channel: str | None = "email") -> Story:
    """One mail a month from February 2019 on, the purposes in turn."""
    story = s().consents("ledger:Newsletter")
    for number in range(count):
        month = number + 1
        story.on(f"{2019 + month // 12}-{month % 12 + 1:02d}-04").uses(purposes[number % len(purposes)], channel=channel)
    return story


def supplier(role: str = "data_processor", agreed: tuple[str, ...] = ("pd:Name",), **how: object) -> Story:
    story = s().registers("helper", role, country="NL")
    if agreed:
        story.agrees_with("helper", *agreed, purpose="dpv:RequestedServiceProvision")
    return story.on("2019-03-01").shares("helper", role, **{"agreement": "dpa-helper" if agreed else None, "ref": "order-1"} | how)


def google(category: str, role: str = "analytics", agreement: bool = True, **how: object) -> Story:
    story = s().registers("google", role, country="NL")
    if agreement:
        story.agrees_with("google", "ledger:AnonymisedIPAddress", "ledger:SiteUse", "pd:IPAddress", purpose=STATISTICS)
    return story.on("2019-03-01").shares("google", role, category, **{"purpose": STATISTICS, "agreement": "dpa-google" if agreement else None} | how)


def police(ground: str = "police_demand", **how: object) -> Story:
    story = s().registers("police", "law_enforcement", country="NL").on("2019-06-03").discloses(ground).decides("GRANTED")
    given = {"purpose": "ledger:LegalDisclosure", "legal_basis": "eu-gdpr:A6-1-c", "disclosure_ref": "disclosure-1", "disclosure_ground": ground}
    return story.shares("police", "law_enforcement", **given | how)


def asked(right: str, check: str = "DONE") -> Story:
    return s().on("2019-06-03").asks(right, identity_check=check).on("2019-06-10")
