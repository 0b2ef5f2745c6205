"""Lives at Mijndomein that its sentences are tried on: each a start to which an act adds one thing."""

from tests.promises.stories import Story, customer

HOSTER = "mijndomein"
MARKETING, ADS, SOCIAL, SELL = "dpv:DirectMarketing", "dpv:PersonalisedAdvertising", "dpv:SocialMediaMarketing", "dpv:SellDataToThirdParties"
DOMAIN, SERVICE, COMBINE, NEWS = "ledger:DomainRegistration", "dpv:RequestedServiceProvision", "ledger:DataCombination", "ledger:ProductNews"
SHIELD, CLAUSES = "ledger:PrivacyShield", "eu-gdpr:A46-2-c"


def m() -> Story:
    return customer(HOSTER)


def traffic(*categories: str, **how: object) -> Story:
    """Traffic data as collected for the service, without the justice that the statement also names."""
    return m().collects("traffic", *categories, **{"purposes": [SERVICE, "ledger:Invoicing"]} | how)


def helped() -> Story:
    return m().collects("support").on("2019-02-01")


def combined(**how: object) -> Story:
    return m().objects(COMBINE, **how).on("2019-02-01")


def registry(*categories: str, **how: object) -> Story:
    """To SIDN, which the register has for .nl: that "(SIDN) ... voor de .nl-domeinnamen is" stands in no share, so without it nobody could tell."""
    given = {"purpose": DOMAIN, "ref": "order-1", "product": "nl", "country": "NL"}
    story = m().registers("sidn", "registry", country="NL", extensions=["nl"]).on("2019-02-01")
    return story.shares("sidn", "registry", *(categories or ("pd:Name",)), **given | how)


def partner(role: str = "partner", **how: object) -> Story:
    return m().on("2019-02-01").shares("partner", role, **{"purpose": SERVICE, "ref": "order-1"} | how)


def supplier(role: str = "data_processor", agreed: tuple[str, ...] = ("pd:Name",), day: str = "2019-02-01", **how: object) -> Story:
    """A share with a supplier with whom there is an agreement about this, if about anything."""
    story = m().registers("helper", role, country=how.get("country", "NL"))
    if agreed:
        story.agrees_with("helper", *agreed, purpose=SERVICE)
    return story.on(day).shares("helper", role, **{"purpose": SERVICE, "agreement": "dpa-helper" if agreed else None, "ref": "order-1"} | how)


def american(safeguard: str | None, day: str = "2019-02-01", **how: object) -> Story:
    return supplier(day=day, **{"country": "US", "safeguard": safeguard} | how)


def asked(right: str) -> Story:
    return m().on("2019-06-03").asks(right, identity_check="DONE").on("2019-06-10")


def objected(purpose: str, channel: str | None = None) -> Story:
    return m().objects(purpose, channel=channel).on("2019-03-01")


def agreement() -> Story:
    return m().collects("agreement", ref="contract-1").on("2019-06-03").leaves()


def suppressed() -> Story:
    return objected(MARKETING).collects("suppression").on("2019-04-01")


def social(name: str = "facebook", story: Story | None = None, role: str = "social_media", **how: object) -> Story:
    return (story or m()).on("2019-03-01").shares(name, role, "ledger:Cookie", **{"purpose": SOCIAL, "legal_basis": "eu-gdpr:A6-1-a"} | how)


def corrected(*by: str) -> Story:
    """The name was shared, and is corrected; and by these recipients too."""
    story = registry().on("2019-06-03").rectifies().on("2019-06-04")
    for recipient in by:
        story.rectifies(recipient)
    return story
