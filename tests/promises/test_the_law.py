"""What the law asks of all five, each kept and broken in a customer's life: the fold holds every controller to it."""

from __future__ import annotations

import pytest

from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.replaying.outcome_check import Due, Findings, Published, compare_outcomes
from tests.histories import Event, project, projecting, records
from tests.memory_projection import MemoryProjection
from tests.promises.stories import KEPT_BY_LAW, Story, customer, moment, outcomes

HOSTERS = ("mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted")
FISCAL = [
    ("mijndomein", "invoice", "MD-21", "billing"),
    ("hostinghuis", "fiscal_archive", "HH-16", "offline-archive"),
]
ENDS = FISCAL[1:]
"""Mijndomein says "at least": after that nothing is due by itself."""
NOTHING: set[tuple[str, str]] = set()


def invoiced(hoster: str, activity: str, at: str) -> Story:
    """An invoice of that moment."""
    return customer(hoster).on(at).collects(activity, ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")


@pytest.mark.parametrize(("hoster", "activity", "rule", "store"), ENDS)
def test_x_01_is_kept_by_counting_seven_years_from_the_end_of_the_year(hoster: str, activity: str, rule: str, store: str) -> None:
    old, new = invoiced(hoster, activity, "2019-12-31T23:59:59+01:00"), invoiced(hoster, activity, "2020-01-01T00:00:00+01:00")

    assert old.due("2026-12-31T23:59:59+01:00") == new.due("2027-12-31T23:59:59+01:00") == NOTHING
    assert old.due("2027-01-01T00:00:00+01:00") == new.due("2028-01-01T00:00:00+01:00") == {(rule, store)}


@pytest.mark.parametrize(("hoster", "activity", "rule", "store"), FISCAL)
def test_x_01_is_kept_by_a_request_that_does_not_shorten_it(hoster: str, activity: str, rule: str, store: str) -> None:
    story = invoiced(hoster, activity, "2019-03-01").on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE")

    assert {where for _, where in story.obligations("OPEN")} == {"crm"}
    assert (rule, store) in story.due("2027-01-01T00:00:00+01:00")


@pytest.mark.parametrize(("hoster", "activity", "rule", "store"), FISCAL)
def test_x_01_is_broken_by_erasing_invoices_earlier(hoster: str, activity: str, rule: str, store: str) -> None:
    story = invoiced(hoster, activity, "2019-03-01").on("2026-12-31T23:59:59+01:00").erases(store=store)

    assert story.broken() == {(rule, "erased-too-early")}


@pytest.mark.parametrize(("hoster", "activity", "rule", "store"), ENDS)
def test_x_01_is_broken_by_keeping_invoices_longer(hoster: str, activity: str, rule: str, store: str) -> None:
    story = invoiced(hoster, activity, "2019-03-01").clock("2027-01-01T00:00:00+01:00").clock("2027-01-08T00:00:00+01:00")

    assert story.late() == {(rule, store)}


def test_x_01_is_kept_by_accounts_orders_and_actions_under_the_statutory_term_of_sohosted() -> None:
    story = customer("sohosted").collects("order", ref="order-1").reaches("ORDER_COMPLETED", "order-1").on("2019-05-01").leaves()
    story.asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") == {("SO-01", "crm"), ("SO-02", "shop")}


@pytest.mark.parametrize("statute", ["nl-ob-34a", "eu-vat-369k"])
def test_x_01_is_kept_by_ten_years_for_real_estate_and_the_one_stop_shop(statute: str) -> None:
    """The term comes from the law library: the same statement, citing another statute."""
    story = Story("hostinghuis")
    story.publishes(str(story.log[0][1]["text"]).replace('version: "2018-04-04"', 'version: "2"').replace("nl-awr-52", statute))
    story.on("2019-03-01").collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")

    assert story.due("2029-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2030-01-01T00:00:00+01:00") == {("HH-16", "offline-archive")}


@pytest.mark.parametrize("hoster", ["mijndomein", "hostinghuis", "webhoster", "smallhold"])
def test_x_02_is_kept_by_erasing_within_a_month(hoster: str) -> None:
    story = customer(hoster).on("2019-05-01").leaves().clock("2019-05-01").on("2019-05-02").asks("ERASURE", identity_check="DONE")
    story.on("2019-05-07").erases().clock("2019-09-01")

    assert story.obligations("OPEN") == story.late() == story.broken() == NOTHING


@pytest.mark.parametrize(("hoster", "store"), [("mijndomein", "crm")])
def test_x_02_is_broken_by_letting_the_month_pass(hoster: str, store: str) -> None:
    story = customer(hoster).reaches("SERVICE_ENDED", "service-1").on("2019-05-02").asks("ERASURE", identity_check="DONE").clock("2019-05-30")
    assert story.late() == NOTHING

    assert story.clock("2019-06-12").late() == {("GDPR-17", store)}


ANSWER_TO_ACCESS = [
    ("mijndomein", "MD-17"), ("hostinghuis", "GDPR-12-3"), ("webhoster", "WH-11"), ("smallhold", "SH-03"), ("sohosted", "SO-13"),
]  # fmt: skip
"""Hoster -> the promise under which a late answer is found: its own, or the law itself. Asked on Thursday 2 May 2019; a month is Sunday 2 June."""


def asks_access(hoster: str) -> Story:
    return customer(hoster).on("2019-05-02").asks("ACCESS", identity_check="DONE")


@pytest.mark.parametrize(("hoster", "promise"), ANSWER_TO_ACCESS)
def test_x_02_is_kept_by_answering_on_the_last_day_of_the_month(hoster: str, promise: str) -> None:
    story = asks_access(hoster).clock("2019-06-03T23:00").answers("FULFILLED").clock("2019-10-01")

    assert story.overdue() == NOTHING
    assert story.count("ANSWER", "MET") == 1


@pytest.mark.parametrize(("hoster", "promise"), ANSWER_TO_ACCESS)
def test_x_02_is_broken_by_answering_after_the_month(hoster: str, promise: str) -> None:
    story = asks_access(hoster).clock("2019-06-03T23:59:59")
    assert story.overdue() == NOTHING

    story.clock("2019-06-04T00:00").on("2019-06-10").answers("FULFILLED").clock("2019-10-01")

    assert story.overdue() == {(promise, "overdue-answer")}
    assert story.count_found("overdue-answer") == 1
    assert story.severities() == {"overdue-answer": "BREACH"}
    assert story.count("ANSWER", "MET") == 1, "answered in the end, and late all the same"


@pytest.mark.parametrize(("hoster", "promise"), ANSWER_TO_ACCESS)
def test_x_02_is_broken_by_answering_within_three_months_when_nobody_said_that_it_takes_longer(hoster: str, promise: str) -> None:
    told = asks_access(hoster).on("2019-05-30").answers("EXTENDED").clock("2019-08-01").answers("FULFILLED").clock("2019-10-01")
    assert told.overdue() == NOTHING

    silent = asks_access(hoster).clock("2019-08-01").answers("FULFILLED").clock("2019-10-01")

    assert silent.overdue() == {(promise, "overdue-answer")}


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_kept_by_doing_what_the_statement_declares(hoster: str) -> None:
    story = customer(hoster)
    for activity in ("order", "invoice"):
        story.on("2019-03-01").collects(activity, ref=f"{activity}-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_broken_by_an_activity_that_the_statement_does_not_know(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").collects("credit_check", "pd:Name", store="elsewhere", country=None)

    assert story.broken() == {("X-04", "undeclared-activity")}
    assert story.severities() == {"undeclared-activity": "WARNING"}


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_broken_by_a_recipient_in_a_role_that_the_statement_does_not_know(hoster: str) -> None:
    story = customer(hoster).registers("tracker-one", "data_broker").tells("recipient", "tracker-one").on("2019-03-01")

    found = story.shares("tracker-one", "data_broker", ref="order-1").broken()
    assert found - {("SH-05", "prohibited-share")} == {("X-04", "undeclared-recipient-role")}


@pytest.mark.parametrize("hoster", HOSTERS)
@pytest.mark.parametrize("country", [None, "NL"])
def test_x_04_is_broken_by_a_store_that_nobody_declared(hoster: str, country: str | None) -> None:
    story = customer(hoster).on("2019-03-01").collects("order", store="aws-frankfurt", country=country, ref="order-1")

    assert story.broken() - {("SH-10", "store-in-other-country")} == {("X-04", "undeclared-store")}
    assert story.severities()["undeclared-store"] == "WARNING"


@pytest.mark.parametrize("hoster", [hoster for hoster in HOSTERS if hoster != "smallhold"])
def test_x_04_is_broken_by_a_store_in_another_country_than_it_is_declared_in(hoster: str) -> None:
    """Smallhold promises its country itself (SH-10)."""
    story = customer(hoster).on("2019-03-01").collects("order", country="US", ref="order-1")

    assert story.broken() == {("X-04", "store-in-other-country")}
    assert story.severities() == {"store-in-other-country": "WARNING"}


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_kept_by_a_collection_that_names_no_country(hoster: str) -> None:
    assert customer(hoster).on("2019-03-01").collects("order", country=None, ref="order-1").broken() == NOTHING


def shared_twice() -> Story:
    """Data of a customer of HostingHuis at a registrar and, through it, at a registry; then the customer left and asked for erasure."""
    story = customer("hostinghuis").on("2019-02-01").tells("recipient", "openprovider")
    story.shares("openprovider", "registrar", ref="order-1", product="nl").shares("sidn", "registry", by="openprovider", ref="order-1", product="nl")
    return story.on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE")


def test_x_05_is_kept_when_every_recipient_erases() -> None:
    story = shared_twice()
    assert story.obligations("OPEN") == {("HH-18", "crm"), ("GDPR-17", "openprovider"), ("GDPR-17", "sidn")}

    story.on("2019-05-02").erases().erases(by="openprovider").erases(by="sidn").clock("2019-09-01")

    assert story.obligations("MET") == {("HH-18", "crm"), ("GDPR-17", "openprovider"), ("GDPR-17", "sidn")}
    assert story.late() == story.held() == story.broken() == NOTHING


def test_x_05_is_broken_by_a_recipient_that_does_not_answer() -> None:
    story = shared_twice().on("2019-05-02").erases().erases(by="openprovider").clock("2019-09-01")

    assert story.late() == {("GDPR-17", "sidn")}


def troubled() -> Story:
    """A life with all kinds of outcomes."""
    story = shared_twice().collects("account", "pd:BirthDate").on("2019-05-02").erases().erases(by="openprovider")
    return story.collects("site_statistics").clock("2019-09-01").clock("2022-09-01")


def test_x_06_is_kept_by_outcomes_that_name_their_facts_and_come_out_the_same_again() -> None:
    log = troubled().log
    known = {fields["event_id"] for _, fields in log}
    in_pieces, whole = MemoryProjection(), project(log)
    for record in records(log):
        in_pieces.write(projecting(in_pieces).project([record]))

    assert {name for name, _ in outcomes(log)} == {"ViolationFound", "ObligationRaised", "ObligationMet", "ObligationOverdue"}
    for _, fields in outcomes(log):
        assert fields["rests_on"]
        assert set(fields["rests_on"]) <= known
    assert in_pieces.tables() == whole.tables() == project(log).tables()


def published(log: list[Event]) -> list[bytes]:
    """What stands on the topics when this log was folded."""
    return [codec.encode(name, fields) for name, fields in outcomes(log)]


def found_by_a_rebuild(log: list[Event], on_the_topics: list[bytes]) -> Findings:
    """What `ledger rebuild` finds when it folds this log again: it compares what it derives with what was published."""
    rows = [row for _, row in sorted(project(log).outcomes.items())]
    derived = [((row[1], row[7], row[2]), row[4], row[5], row[6]) for row in rows]
    sent = [Published(place, rows[0][5], value, cloudevents_headers(*codec.decode(value))) for place, value in enumerate(on_the_topics)]
    return compare_outcomes("violations", 0, derived, sent, Due(sent_up_to=derived[-1][0]))


def altered(log: list[Event], type_name: str, by: str, otherwise: dict[str, object]) -> list[Event]:
    """The log with one fact written over: the first of this type by this holder."""
    place = next(at for at, (name, fields) in enumerate(log) if name == type_name and fields["by"] == by)
    return [*log[:place], (type_name, log[place][1] | otherwise), *log[place + 1 :]]


def test_x_06_is_kept_by_a_rebuild_that_finds_nothing_in_the_log_as_it_was_written() -> None:
    log = troubled().log

    findings = found_by_a_rebuild(log, published(log))

    assert findings.is_clean
    assert findings.derived == findings.published == len(outcomes(log)) > 5


@pytest.mark.parametrize(
    ("type_name", "by", "otherwise"),
    [
        ("DataErased", "openprovider", {"by": "sidn"}),
        ("DataErased", "openprovider", {"categories": ["pd:EmailAddress"]}),
        ("DataErased", "hostinghuis", {"occurred_at": moment("2019-05-20")}),
        ("DataShared", "openprovider", {"recipient": "eurid"}),
        ("DataShared", "hostinghuis", {"recipient_role": "data_broker"}),
    ],
)
def test_x_06_is_broken_by_a_fact_that_somebody_changed_and_a_rebuild_finds_it(type_name: str, by: str, otherwise: dict[str, object]) -> None:
    log = troubled().log
    changed = altered(log, type_name, by, otherwise)

    findings = found_by_a_rebuild(changed, published(log))

    assert not findings.is_clean
    assert findings.missing or findings.different, "what was published does not follow from the changed log"
    known = {fields["event_id"].hex() for each in (log, changed) for _, fields in outcomes(each)}
    assert findings.examples and {each.event_id for each in findings.examples} <= known


def test_x_06_is_broken_by_outcomes_that_somebody_changed_added_or_took_away_and_a_rebuild_finds_each() -> None:
    log = troubled().log
    first, second, *others = outcomes(log)
    name, fields = second
    changed = codec.encode(name, fields | {"rule": "another"})
    added = codec.encode(name, fields | {"event_id": bytes(16)})

    findings = found_by_a_rebuild(log, [changed, added, *(codec.encode(*each) for each in others)])

    assert (findings.missing, findings.different, findings.extra) == (1, 1, 1)
    assert sorted((each.kind, each.event_id) for each in findings.examples) == sorted(
        [("missing", first[1]["event_id"].hex()), ("different", fields["event_id"].hex()), ("extra", bytes(16).hex())]
    )


@pytest.mark.parametrize("hoster", ["webhoster", "sohosted"])
def test_gdpr_44_is_asked_of_hosters_that_say_nothing_of_transfers(hoster: str) -> None:
    story = customer(hoster).registers("registrar-one", "registrar").on("2019-03-01")
    story.agrees_with("registrar-one", "pd:Name", purpose="dpv:ServiceRegistration")  # what Sohosted asks for (SO-09)
    assert story.shares("registrar-one", "registrar", ref="order-1", country="US", safeguard="eu-gdpr:A49-1-b").broken() == NOTHING

    assert story.shares("registrar-one", "registrar", ref="order-2", country="US").broken() == {("GDPR-44", "transfer-without-safeguard")}


@pytest.mark.parametrize("hoster", ["hostinghuis", "webhoster", "smallhold", "sohosted"])
def test_gdpr_6_1_c_is_asked_of_hosters_that_say_nothing_of_statutes(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").collects("invoice", statute="nl-awr-52", ref="invoice-1")
    assert story.broken() == NOTHING

    story.collects("invoice", statute="nl-tw-13-2a", ref="invoice-2")

    assert story.broken() == {("GDPR-6-1-c", "basis-not-in-force")}


@pytest.mark.parametrize(("day", "asked"), [("2018-05-24T23:59:59", set()), ("2018-05-25T00:00", {("NOTIFY_AUTHORITY", "GDPR-33", "breach-1")})])
def test_x_03_is_kept_by_asking_nothing_before_the_gdpr_applied(day: str, asked: set[tuple[str, str, str]]) -> None:
    story = Story("mijndomein").on("2018-03-01").collects("account", "pd:Name").on(day).breached("RISK", since="2018-04-01", until="2018-05-01")

    assert {duty for duty in story.duties() if duty[0] == "NOTIFY_AUTHORITY"} == asked


def test_gdpr_6_1_c_is_broken_by_a_legal_obligation_that_no_law_stands_for() -> None:
    story = customer("hostinghuis").on("2019-03-01").collects("fiscal_archive", ref="invoice-1")
    assert story.broken() == NOTHING

    story.collects("fiscal_archive", purposes=["ledger:Invoicing"], ref="invoice-2")

    assert ("GDPR-6-1-c", "basis-without-statute") in story.broken()


def test_a_ground_that_the_statement_does_not_name_is_a_warning() -> None:
    story = customer("smallhold").on("2019-03-01").collects("order", legal_basis="eu-gdpr:A6-1-f", ref="order-1")

    assert story.broken() == {("GDPR-13", "undeclared-legal-basis")}
    assert story.severities() == {"undeclared-legal-basis": "WARNING"}


@pytest.mark.parametrize("hoster", ["hostinghuis", "webhoster", "smallhold", "sohosted"])
def test_gdpr_12_4_is_asked_of_hosters_that_say_nothing_of_refusals(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").asks("ERASURE", identity_check="DONE")
    assert story.answers("PARTLY", reasons=[{**KEPT_BY_LAW, "holder": hoster}]).broken() == NOTHING

    assert story.answers("REFUSED").broken() == {("GDPR-12-4", "refusal-without-reason")}


# -- a restriction (GDPR Art. 18)


def restricted(hoster: str) -> Story:
    story = customer(hoster).on("2019-03-01")
    return story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION", categories=["pd:Name"])


@pytest.mark.parametrize("hoster", HOSTERS)
def test_gdpr_18_is_asked_of_a_use_of_what_may_only_be_stored(hoster: str) -> None:
    story = restricted(hoster).on("2019-03-02").uses("dpv:CustomerCare", "pd:Name")

    assert ("GDPR-18", "use-while-restricted") in story.broken()
    assert story.severities()["use-while-restricted"] == "WARNING"


@pytest.mark.parametrize("hoster", HOSTERS)
def test_gdpr_18_lets_it_be_used_with_consent_or_after_the_restriction_and_what_is_not_restricted(hoster: str) -> None:
    story = restricted(hoster).on("2019-03-02").uses("dpv:CustomerCare", "pd:EmailAddress")
    story.consents("dpv:CustomerCare").uses("dpv:CustomerCare", "pd:Name").consents("dpv:CustomerCare", "WITHDRAWN")
    story.on("2019-03-05").tell("HoldReleased", hold_ref="hold-1", kind="RESTRICTION").on("2019-03-06").uses("dpv:CustomerCare", "pd:Name")

    assert "use-while-restricted" not in {rule for _, rule in story.broken()}


def test_gdpr_18_is_asked_of_a_share_of_what_may_only_be_stored() -> None:
    story = restricted("smallhold").on("2019-03-02").shares("sidn", "registry", "pd:Name", ref="domain-1")

    assert ("GDPR-18", "share-while-restricted") in story.broken()


@pytest.mark.parametrize("hoster", ["webhoster", "smallhold", "sohosted"])
def test_gdpr_5_1_b_is_asked_of_hosters_that_say_nothing_of_other_purposes(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").uses("dpv:AccountManagement", "pd:Name")
    assert story.broken() == NOTHING

    assert story.uses("dpv:ServicePersonalisation", "pd:Name").broken() == {("GDPR-5-1-b", "use-for-other-purpose")}


@pytest.mark.parametrize("hoster", ["webhoster", "smallhold", "sohosted"])
def test_gdpr_5_1_b_is_asked_of_data_that_went_a_month_ago(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").leaves().erases().on("2019-04-01").uses("dpv:AccountManagement", "pd:Name")

    assert story.broken() == {("GDPR-5-1-b", "use-for-other-purpose")}


@pytest.mark.parametrize("hoster", ["webhoster", "smallhold", "sohosted"])
def test_gdpr_5_1_b_is_asked_of_recipients_too(hoster: str) -> None:
    story = customer(hoster).registers("sidn", "registry", extensions=["nl"]).on("2019-03-01")
    story.agrees_with("sidn", "pd:Name", purpose="dpv:ServiceRegistration")
    story.shares("sidn", "registry", "pd:Name", ref="order-1", product="nl", purpose="dpv:ServiceRegistration")
    story.on("2019-03-02").uses("dpv:ServiceRegistration", "pd:Name", by="sidn")
    assert story.broken() == NOTHING

    assert story.uses("dpv:ServicePersonalisation", "pd:Name", by="sidn").broken() == {("GDPR-5-1-b", "use-for-other-purpose")}


MAILERS = [("mijndomein", "newsletter", "ledger:Newsletter"), ("hostinghuis", "newsletter", "ledger:ProductNews")]


@pytest.mark.parametrize(("hoster", "activity", "purpose"), [*MAILERS, ("sohosted", "marketing", "ledger:ProductNews")])
def test_gdpr_7_3_is_asked_of_mail_after_a_consent_was_withdrawn(hoster: str, activity: str, purpose: str) -> None:
    story = customer(hoster).on("2019-03-01").consents(purpose, channel="email").collects(activity).mails(purpose)
    story.on("2019-03-02").consents(purpose, "WITHDRAWN", channel="sms").on("2019-03-03").mails(purpose)
    assert story.broken() == NOTHING

    story.on("2019-03-04").consents(purpose, "WITHDRAWN", channel="email").on("2019-03-05").mails(purpose)

    assert story.broken() == {("GDPR-7-3", "use-after-withdrawal")}
    assert story.count_found("use-after-withdrawal") == 1


def test_gdpr_7_3_is_asked_of_a_share_when_consent_is_left_on_no_channel() -> None:
    """A share has no channel: as long as somebody may be mailed, the mailer may have the address."""
    newsletter, sent_by = "ledger:Newsletter", ("mailer-one", "mailing", "pd:EmailAddress")
    story = customer("mijndomein").agrees_with("mailer-one", "pd:EmailAddress", purpose=newsletter).on("2019-03-01")
    story.consents(newsletter, channel="email").consents(newsletter, channel="sms").collects("newsletter")
    story.on("2019-03-02").consents(newsletter, "WITHDRAWN", channel="email").on("2019-03-03").shares(*sent_by, purpose=newsletter)
    assert story.broken() == NOTHING

    story.on("2019-03-04").consents(newsletter, "WITHDRAWN", channel="sms").on("2019-03-05").shares(*sent_by, purpose=newsletter)

    assert story.broken() == {("GDPR-7-3", "share-after-withdrawal")}


def test_gdpr_21_3_is_asked_of_a_newsletter_that_one_objected_to_without_taking_the_consent_back() -> None:
    story = customer("sohosted").consents("ledger:Newsletter").collects("newsletter").on("2019-03-01").objects("dpv:DirectMarketing", channel="email")

    assert story.on("2019-03-02").mails("ledger:Newsletter").broken() == {("GDPR-21-3", "use-after-objection")}
