"""Lives at HostingHuis that its sentences are tried on: each a start to which an act adds one thing."""

from pathlib import Path

from ledger.policies import files
from tests.promises.stories import Story, customer

HOSTER = "hostinghuis"
NEWS, ADS, DOMAIN, SELL = "ledger:ProductNews", "dpv:PersonalisedAdvertising", "ledger:DomainRegistration", "dpv:SellDataToThirdParties"


def h() -> Story:
    return customer(HOSTER)


def told(about: str = "recipient", ref: str = "sidn") -> Story:
    """Told that data goes to a recipient, in January."""
    return h().tells(about, ref).on("2019-02-01")


def registry(story: Story | None = None, **how: object) -> Story:
    given = {"purpose": DOMAIN, "ref": "order-1", "product": "nl", "country": "NL"}
    return (story or told()).shares("sidn", "registry", "pd:Name", **given | how)


def session(**how: object) -> Story:
    """Logged in, and logged."""
    return h().on("2019-02-01T10:00").reaches("LOGGED_IN", "session-1").collects("portal_session", **{"ref": "session-1"} | how)


def statistics() -> Story:
    return Story(HOSTER, "dataset-1").on("2019-02-01").collects("site_statistics")


def discloses(ground: str, role: str = "law_enforcement", kind: str = "police", decision: str = "GRANTED", **how: object) -> Story:
    story = h().on("2019-06-03").reaches("PAYMENT_OVERDUE", "invoice-1") if role == "debt_collector" else h().on("2019-06-03")
    purpose = "ledger:DebtCollection" if role == "debt_collector" else "ledger:LegalDisclosure"
    given = {"purpose": purpose, "legal_basis": "eu-gdpr:A6-1-c", "disclosure_ref": "disclosure-1", "disclosure_ground": ground}
    return story.discloses(ground, kind).decides(decision).shares("asker", role, **given | how)


def abroad(name: str = "google", registered: str | None = "US", **how: object) -> Story:
    """A share out of the Union, of which the customer was told before."""
    story = h().tells("recipient", name).registers(name, "software_supplier", country=registered)
    return story.on("2019-03-01").shares(name, "software_supplier", **{"country": "US"} | how)


def leak(risk: str = "RISK") -> Story:
    return h().on("2019-12-02").breached(risk)


def gone() -> Story:
    """The last service ended in June 2019."""
    return h().on("2019-06-03").reaches("SERVICE_ENDED", "service-1")


def archived(**how: object) -> Story:
    return h().on("2019-02-01").reaches("INVOICE_ISSUED", "inv-1").collects("fiscal_archive", **{"ref": "inv-1"} | how)


def asked(right: str, story: Story | None = None) -> Story:
    return (story or h().on("2019-06-03")).asks(right, identity_check="DONE")


def changed(announced: str | None, in_force: str) -> Story:
    """A second version of the statement."""
    text = (Path(files.__file__).parent / "hostinghuis.yaml").read_text().replace('version: "2018-04-04"', 'version: "two"')
    text = text.replace("in_force_from: 2018-04-04", f"in_force_from: {in_force}")
    text = text.replace("announced_on: 2018-04-04\n", f"announced_on: {announced}\n" if announced else "")
    return h().on(in_force).publishes(text).clock(f"{in_force}T13:00")


def looks(*categories: str, **how: object) -> Story:
    return h().on("2019-02-01").looks_at(*categories, **how)


def server_log(purpose: str, *categories: str) -> Story:
    return h().on("2019-02-01").collects("server_logs").uses(purpose, *(categories or ("ledger:ServerLog",)))
