"""A ledger with something for every question to tell, for tests that ask all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.folded import fold_into
from tests.histories import records
from tests.promises.stories import KEPT_BY_LAW, Story, moment

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running
    from tests.web_world import WebWorld


def everything() -> Story:
    """Three people, and something for every report to tell."""
    story = Story("mijndomein").on("2019-01-07").registers("mailer", "mailing", country="US", safeguard="ledger:PrivacyShield")
    story.registers("quiet", "supplier", country="NL")
    story.agrees_with("mailer", "pd:EmailAddress", purpose="ledger:Newsletter", until=moment("2019-12-31"))
    for name in ("s1", "s2", "s3"):
        story.of(name).opens_account().collects("invoice", "pd:Name", purposes=["ledger:Invoicing"], ref="inv-1").reaches("INVOICE_ISSUED", "inv-1")
        story.shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter", country="US", safeguard="ledger:PrivacyShield")
        story.shares("sidn", "registry", "pd:Name", ref="d-1").shares("backup", "sub_processor", "pd:EmailAddress", by="mailer", country="IN")
        story.collects("portal_session", purposes=["ledger:LoginOverview"], ref="session-1").looks_at("pd:Name", ticket_ref="t-1")
    story.of("s2").on("2019-02-20").erases("pd:EmailAddress", store="crm").on("2019-03-20").collects("account", "pd:EmailAddress")
    story.of("s3").on("2019-03-04").erases("pd:EmailAddress", store="crm").collects("suppression", "ledger:SuppressionEntry")
    story.objects("dpv:DirectMarketing").of("s1").objects("dpv:Marketing", channel="email").of("s2").consents("ledger:Newsletter")
    story.consents("ledger:Newsletter", "WITHDRAWN").of("s1").shares("collector", "debt_collector", ref="inv-1").of("s3")
    story.uses("dpv:DirectMarketing", "ledger:SuppressionEntry")
    story.of("s1").on("2019-03-10").tell(
        "BreachRecorded", breach_ref="b-1", window_from=moment("2019-03-01"), window_until=moment("2019-03-08"), aware_at=moment("2019-03-10"),
        risk="HIGH", store="crm", categories=["pd:EmailAddress"],
    )  # fmt: skip
    story.tell("AuthorityNotified", breach_ref="b-1", authority="nl:DPA-NL", notified_at=moment("2019-03-14")).tells("breach", "b-1")
    story.asks("ERASURE", identity_check="DONE").on("2019-03-20").answers("PARTLY", reasons=[KEPT_BY_LAW | {"holder": "mijndomein", "ref": "inv-1"}])
    story.of("s2").asks("ACCESS", identity_check="NOT_DONE")
    story.tell("DisclosureRequested", disclosure_ref="disclosure-1", requester_kind="police", ground="police_demand", categories=["pd:Name"])
    story.decides("GRANTED", notice="BARRED", barred_until=moment("2030-01-01"))
    story.shares("police", "law_enforcement", purpose="ledger:LegalDisclosure", disclosure_ref="disclosure-1")
    story.of("s3").tell("DisclosureRequested", disclosure_ref="disclosure-2", requester_kind="court", ground="court_order", categories=["pd:Name"])
    story.tell("StatementRequested", statement_ref="st-1", requester_kind="customer")
    about = {"kind": "LEGAL_HOLD", "store": "evidence"}  # where nothing is held: what is due stays as it is
    story.tell("HoldPlaced", hold_ref="case-1", until=moment("2030-01-01"), categories=["pd:Name"], **about)
    story.of("s1").tell("HoldPlaced", hold_ref="case-2", until=moment("2021-02-01"), **about).tell("HoldPlaced", hold_ref="case-3", **about)
    story.of("s2").tell("HoldPlaced", hold_ref="case-3", **about).tell("HoldReleased", hold_ref="case-3", kind="LEGAL_HOLD")
    return story.clock("2021-03-01")


def load_everything(dsn: str) -> None:
    """Into an empty database, or that of a ledger; partition 0."""
    fold_into(dsn, records(everything().log))


@pytest.fixture(scope="module", name="world")
def world_of_everything(stack: Running) -> Iterator[WebWorld]:
    """Import it in a file whose pages show this ledger."""
    from tests.ledgers import new_database
    from tests.web_world import web_world

    with new_database(stack) as dsn:
        load_everything(dsn)
        with web_world(dsn) as made:
            yield made
