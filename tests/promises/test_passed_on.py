"""Stories of what recipients must correct or are told: corrections, erasures, restrictions (docs/duties.md sections 4 and 8)."""

from __future__ import annotations

from tests.promises.stories import Story, customer

# -- rectification


def test_md_18_is_kept_when_every_recipient_corrects() -> None:
    story = customer("mijndomein").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").shares("psp", "payment_provider", "pd:Name")
    story.on("2020-03-02").rectifies()

    assert story.duties() == {("RECTIFY", "MD-18", "sidn"), ("RECTIFY", "MD-18", "psp")}
    story.on("2020-03-03").rectifies("sidn").rectifies("psp").clock("2020-05-01")
    assert story.duties("MET") == {("RECTIFY", "MD-18", "sidn"), ("RECTIFY", "MD-18", "psp")}
    assert story.overdue() == set()


def test_md_18_is_broken_by_a_recipient_that_keeps_the_old_name() -> None:
    story = customer("mijndomein").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").on("2020-03-02").rectifies()

    assert story.clock("2020-03-09T11:59:59").overdue() == set()
    assert story.clock("2020-03-09T12:00").overdue() == {("MD-18", "overdue-rectification")}


def test_x_05_is_kept_when_what_was_to_be_corrected_is_gone() -> None:
    story = customer("webhoster").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").on("2020-03-02").rectifies()

    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}
    story.on("2020-03-03").erases("pd:Name", by="sidn")
    assert story.duties("MET") == {("RECTIFY", "GDPR-19", "sidn")}


def test_x_05_is_broken_by_a_share_from_before_the_correction_that_is_told_later() -> None:
    story = customer("webhoster").on("2020-03-02").rectifies().on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1")

    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}
    story.on("2020-03-05").shares("openprovider", "supplier", "pd:Name", ref="order-2")
    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}, "who got it afterwards got the corrected one"
    assert story.clock("2020-04-01").overdue() == {("GDPR-19", "overdue-rectification")}


def test_sh_03_is_kept_by_correcting_only_what_was_corrected() -> None:
    story = customer("smallhold").on("2019-02-01").shares("sidn", "registry", "pd:PhysicalAddress", ref="order-1", product="nl")

    assert story.on("2020-03-02").rectifies(None, "pd:Name").duties() == set()
    assert story.rectifies(None, "pd:PhysicalAddress").duties() == {("RECTIFY", "SH-03", "sidn")}


# -- what was erased or is restricted is passed on


def _gone_after_its_term() -> Story:
    """A customer whose registrar had the name leaves; after two years the hoster erases it (HH-15)."""
    story = customer("hostinghuis").shares("openprovider", "registrar", "pd:Name", ref="domain-1").on("2019-02-01").leaves()
    return story.clock("2021-02-01T12:00").on("2021-02-02").erases(because_of="RETENTION")


def test_x_05_is_kept_by_telling_a_registrar_of_an_account_that_goes() -> None:
    story = _gone_after_its_term()

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "openprovider")}
    story.on("2021-02-03").tell("NoticeGiven", to="openprovider", about="erasure", ref="openprovider", method="email").clock("2021-04-01")
    assert story.duties("MET") == {("NOTIFY_RECIPIENT", "GDPR-19", "openprovider")}
    assert ("GDPR-19", "overdue-notice") not in story.overdue()


def test_x_05_is_broken_by_an_account_that_goes_and_a_registrar_that_is_not_told() -> None:
    story = _gone_after_its_term()

    assert ("GDPR-19", "overdue-notice") not in story.clock("2021-02-09T11:59:59").overdue()
    assert ("GDPR-19", "overdue-notice") in story.clock("2021-02-09T12:00").overdue()


def test_x_05_is_broken_by_an_erasure_of_the_controllers_own_accord_that_is_not_passed_on() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01").erases("pd:Name")

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}
    assert story.clock("2019-03-08T12:00").overdue() >= {("GDPR-19", "overdue-notice")}


def test_x_05_is_kept_by_a_recipient_that_has_it_no_more() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01").erases("pd:Name")

    assert story.on("2019-03-02").erases("pd:Name", by="sidn").duties("MET") == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}


def test_x_05_is_kept_while_the_controller_has_it_for_another_purpose() -> None:
    story = customer("smallhold").collects("order", "pd:Name").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")

    assert story.erases("pd:Name", purposes=["dpv:AccountManagement"]).duties() == set()


def test_x_05_is_kept_without_a_notice_to_who_has_been_asked_to_erase() -> None:
    story = customer("smallhold").leaves().shares("sidn", "registry", "pd:Name", ref="domain-1")
    story.on("2019-03-01").asks("ERASURE", identity_check="DONE")

    story.on("2019-03-02").erases("pd:Name").answers("FULFILLED")

    assert ("GDPR-17", "sidn") in story.obligations("OPEN")
    assert story.duties() == set()


def test_x_05_is_kept_by_telling_recipients_of_a_restriction() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")
    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION", categories=["pd:Name"])

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}
    story.on("2019-03-03").tell("NoticeGiven", to="sidn", about="restriction", ref="sidn", method="email").clock("2019-04-01")
    assert (story.duties(), story.overdue()) == (set(), set())


def test_x_05_is_broken_by_a_restriction_that_a_recipient_is_not_told_of() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")
    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION").clock("2019-03-08T12:00")

    assert story.overdue() == {("GDPR-19", "overdue-notice")}


def test_x_05_is_kept_by_no_notice_of_a_legal_hold_and_of_a_restriction_that_has_ended() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")

    assert story.tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").duties() == set()
    story.tell("HoldPlaced", hold_ref="hold-2", kind="RESTRICTION").on("2019-03-02").tell("HoldReleased", hold_ref="hold-2", kind="RESTRICTION")
    assert story.duties("CANCELLED") == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}


def test_x_05_is_kept_by_asking_no_erasure_of_the_police() -> None:
    """GDPR Art. 4(9): who gets data for an inquiry is no recipient."""
    story = customer("smallhold").on("2019-03-01").discloses().decides("GRANTED").tells("disclosure", "disclosure-1")
    story.shares("police-one", "law_enforcement", "pd:Name", purpose="ledger:LegalDisclosure", disclosure_ref="disclosure-1", ref="service-1")

    story.on("2019-04-01").asks("ERASURE").on("2019-04-02").erases()

    assert story.clock("2019-09-01").count("NOTIFY_RECIPIENT") == 0
    assert not any(where == "police-one" for state in ("OPEN", "OVERDUE", "MET") for _, where in story.obligations(state))
