"""`ledger policy explain`: whole in both languages, silent about nothing that a policy says, and right about the moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from string import Formatter
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from ledger.contract.term_names import Language
from ledger.core.calendar import parse_duration
from ledger.core.conditions import NEEDS, ActKind, By, Cap, Condition, Prohibition, Scope, Severity
from ledger.core.duty import DEEDS, Duty
from ledger.core.policy import Activity, Policy, Promise, RecipientRule, StatedTransfers, Store
from ledger.core.retention_rule import ANCHORS, STARTS_OF, RetentionRule
from ledger.core.stated_record import Security
from ledger.core.statutory import Length, LengthInLaw
from ledger.errors import CallerError
from ledger.explaining.explaining import explain
from ledger.explaining.shapes import Asked, Explanation, Happened
from ledger.explaining.words import LANGUAGES, words
from ledger.policies.files import load_policy, shipped_policies
from tests.promises.stories import Story, moment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def text_of(found: Explanation) -> str:
    """All that is said, one sentence a line, each with what it cites."""
    parts = [part for holding in found.holdings for part in holding.parts] + list(found.general)
    return "\n".join(f"{sentence.text} {' '.join(sentence.cites)}" for part in parts for sentence in part.sentences)


def said(policy: Policy, language: Language = "en", *, happened: Happened | None = None, **asked: Any) -> str:
    return text_of(explain(policy, Asked(**asked), language, AMSTERDAM, happened))


def shipped(name: str) -> Policy:
    return load_policy(name).policy


# -- the words

SAME = {"joined.need_or", "term.statute_known", "term.passed_rule", "duty.about_rights", "day"}
"""Nothing but places and marks."""


def places(text: Any) -> set[str]:
    """The names in braces of a sentence; of a list, how long it is."""
    return {str(len(text))} if isinstance(text, list) else {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_every_key_and_the_same_places() -> None:
    english, dutch = (words(language).keys for language in ("en", "nl"))

    assert set(english) == set(dutch)
    assert {key: places(text) for key, text in english.items()} == {key: places(text) for key, text in dutch.items()}
    assert {key for key in english if english[key] == dutch[key]} <= SAME, "not translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_everything_that_the_language_of_policies_has(language: Language) -> None:
    keys = words(language).keys
    wanted = {f"needs.{need}" for need in NEEDS} | {f"gerund.{act}" for act in get_args(ActKind)}
    wanted |= {f"severity.{each}" for each in get_args(Severity)}
    wanted |= {f"milestone.{anchor}.{per}" for anchor in ANCHORS for per in ("subject", "ref")}
    wanted |= {f"start.{start}.{per}" for starts in STARTS_OF.values() for start in starts for per in ("subject", "ref")}
    wanted |= {f"duty.{on}.{do}" for on, deeds in DEEDS.items() for do in deeds}
    wanted |= {f"scope.by_{by}" for by in get_args(By) if by != "any"}

    assert wanted - keys.keys() == set()


# -- nothing is left out

RULE = RetentionRule(
    id="AA-01", holder="controller", anchors=("SERVICE_ENDED", "CONSENT_ENDED"), after=parse_duration("P2Y"), acts_within=parse_duration("P7D")
)
PROHIBITION = Prohibition(id="AA-02", scope=Scope(categories=frozenset({"pd:Name"})))
CONDITION = Condition(
    id="AA-03", act="share", scope=Scope(), needs=("legal_ground", "no_objection_to"), grounds=frozenset({"court_order"}),
    objections=frozenset({"dpv:Marketing"}),
)  # fmt: skip
ACTIVITY = Activity(
    name="account", title="The account", purposes=frozenset({"dpv:AccountManagement"}), legal_bases=("eu-gdpr:A6-1-b",),
    categories=frozenset({"pd:Name"}), necessity="REQUIRED", stores=(Store(name="crm", country="NL"),), promises=("AA-04",),
)  # fmt: skip
ROLE = RecipientRule(role="registry", promises=("AA-05",))
DUTY = Duty(id="AA-06", on="breach", do="notify_subject")
PROMISE = Promise(id="AA-04", status="silent", note="no term")


def policy_of(
    rule: RetentionRule = RULE, prohibition: Prohibition = PROHIBITION, condition: Condition = CONDITION, activity: Activity = ACTIVITY,
    role: RecipientRule = ROLE, promise: Promise = PROMISE, duty: Duty = DUTY, transfers: StatedTransfers | None = None,
) -> Policy:  # fmt: skip
    return Policy(
        name="p", controller="hoster", version="1", title="P", time_zone="Europe/Amsterdam", announced_on=None, in_force_from="2018-06-01",
        activities={activity.name: activity}, recipients={role.role: role}, retention=(rule,), prohibitions=(prohibition,), conditions=(condition,),
        promises=(promise,), duties=(duty,), transfers=transfers,
    )  # fmt: skip


def whole(policy: Policy, language: Language = "en") -> str:
    """All that explain says of a policy: as a whole, of its activity, and of its role."""
    (activity,), (role,) = policy.activities, policy.recipients
    return "\n".join([said(policy, language), said(policy, language, activity=activity), said(policy, language, role=role)])


TERM = frozenset({"dpv:CustomerCare"})
# For each field another value. A new field of a rule fails here until explain says something about it.
VARIED: dict[type, tuple[Callable[[Any], Policy], Any, dict[str, Any]]] = {
    RetentionRule: (
        lambda rule: policy_of(rule=rule), RULE,
        {
            "id": "AA-09", "holder": "recipient", "anchors": ("CONTRACT_ENDED",), "after": parse_duration("P3Y"), "then": parse_duration("P7Y"),
            "rounding": "calendar_year_end", "mode": "ANY", "per": "ref", "activities": frozenset({"account"}), "roles": frozenset({"registry"}),
            "purposes": frozenset({"dpv:AccountManagement"}), "categories": frozenset({"pd:Name"}), "statute": "nl-awr-52",
            "acts_within": parse_duration("P8D"), "customer": True, "in_law": (LengthInLaw(None, None, Length(parse_duration("P7Y"))),),
            "consent_to": "dpv:DirectMarketing", "kept": "exactly",
        },
    ),
    Prohibition: (
        lambda rule: policy_of(prohibition=rule), PROHIBITION,
        {"id": "AA-09", "acts": frozenset({"share"}), "scope": Scope(purposes=TERM), "severity": "NOTE"},
    ),
    Condition: (
        lambda rule: policy_of(condition=rule), CONDITION,
        {
            "id": "AA-09", "act": "use", "scope": Scope(purposes=TERM), "needs": ("transfer",), "grounds": frozenset({"police_demand"}),
            "objections": TERM, "at_most": Cap(count=6, within=parse_duration("P1Y")), "severity": "NOTE",
        },
    ),
    Cap: (
        lambda cap: policy_of(condition=replace(CONDITION, act="use", at_most=cap)), Cap(count=6, within=parse_duration("P1Y")),
        {"count": 7, "within": parse_duration("P2Y")},
    ),
    Scope: (
        lambda scope: policy_of(condition=replace(CONDITION, scope=scope)), Scope(),
        {
            "purposes": TERM, "except_purposes": TERM, "categories": frozenset({"pd:City"}), "activities": frozenset({"account"}),
            "stores": frozenset({"crm"}), "roles": frozenset({"registry"}), "except_roles": frozenset({"hosting"}),
            "recipients": frozenset({"sidn"}), "products": frozenset({"dv"}), "except_products": frozenset({"ov"}), "channels": frozenset({"email"}),
            "outcomes": frozenset({"REFUSED"}), "by": "controller",
        },
    ),
    Activity: (
        lambda activity: policy_of(activity=activity), ACTIVITY,
        {
            "name": "order", "title": "Orders", "purposes": TERM, "legal_bases": ("eu-gdpr:A6-1-f",), "categories": frozenset({"pd:City"}),
            "necessity": "OPTIONAL", "stores": (Store(name="crm", country="DE"),), "promises": ("AA-09",), "origins": frozenset({"OBSERVED"}),
            "statutes": {"dpv:AccountManagement": "nl-awr-52"},
            "title_nl": "Het account", "on_behalf_of": "customers", "data_subjects": frozenset({"dpv:Visitor"}),
            "security": Security(measures=frozenset({"dpv:Encryption"})),
        },
    ),
    Security: (
        lambda security: policy_of(activity=replace(ACTIVITY, security=security)), Security(),
        {"measures": frozenset({"ledger:NeedToKnow"}), "note": "doors are shut", "note_nl": "deuren dicht"},
    ),
    Store: (
        lambda store: policy_of(activity=replace(ACTIVITY, stores=(store,))), Store(name="crm", country="NL"), {"name": "shop", "country": "DE"},
    ),
    RecipientRule: (
        lambda role: policy_of(role=role), ROLE,
        {
            "role": "registrar", "promises": ("AA-09",), "purposes": TERM, "categories": frozenset({"pd:City"}), "named": frozenset({"sidn"}),
            "such_as": frozenset({"sidn"}),
        },
    ),
    StatedTransfers: (
        lambda transfers: policy_of(transfers=transfers), StatedTransfers(promise="AA-08", recipients=frozenset({"sidn"})),
        {"promise": "AA-09", "recipients": frozenset({"eurid"}), "safeguards": frozenset({"eu-gdpr:A46-2-c"})},
    ),
    Duty: (
        lambda duty: policy_of(duty=duty), DUTY,
        {
            "id": "AA-09", "on": "disclosure", "do": "notify_authority", "risks": frozenset({"HIGH"}), "rights": frozenset({"ACCESS"}),
            "acts_within": parse_duration("P9D"),
        },
    ),
    Promise: (
        lambda promise: policy_of(promise=promise), PROMISE,
        {"id": "AA-09", "status": "outdated", "note": "another note", "note_nl": "een opmerking", "also": ("checked",)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", VARIED, ids=lambda kind: kind.__name__)
def test_every_field_of_a_policy_is_explained_in_both_languages(kind: type) -> None:
    made, base, others = VARIED[kind]

    assert {each.name for each in fields(kind)} == set(others), "explain does not know a field of the policy language, or this test does not"
    for language in LANGUAGES:
        plain = whole(made(base), language)
        for name, value in others.items():
            if language == "en" and name.endswith("_nl"):
                continue
            assert whole(made(replace(base, **{name: value})), language) != plain, f"{kind.__name__}.{name} makes no difference in {language}"


EXPLAINED_ELSEWHERE = {"name", "controller", "version", "title", "time_zone", "announced_on", "in_force_from", "law", "_rules", "contacts"}
"""Of the policy itself: the header, the zone of the dates, the law that the sentences about statutes come from, and who answers, which says
nothing of data (`ledger policy show`)."""


def test_every_section_of_a_policy_is_explained() -> None:
    assert {each.name for each in fields(Policy)} - EXPLAINED_ELSEWHERE == {
        "activities", "retention", "recipients", "prohibitions", "conditions", "duties", "acts_within", "promises", "transfers",
        "data_subjects", "security",
    }  # fmt: skip


@pytest.mark.parametrize("name", shipped_policies())
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_and_remark_of_a_shipped_policy_is_said_somewhere(name: str, language: Language) -> None:
    policy = shipped(name)
    found = text_of(explain(policy, Asked(), language, AMSTERDAM))

    ids = {rule.id for rules in (policy.retention, policy.prohibitions, policy.conditions, policy.duties) for rule in rules}
    ids |= {promise.id for promise in policy.promises if promise.note}
    ids |= {promise for rules in (policy.activities, policy.recipients) for rule in rules.values() for promise in rule.promises}
    assert {each for each in ids if each not in found} == set()
    assert "{" not in found


@pytest.mark.parametrize("name", shipped_policies())
def test_the_shipped_policies_say_in_dutch_what_they_say_in_english(name: str) -> None:
    policy = shipped(name)

    assert [activity.name for activity in policy.activities.values() if not activity.title_nl] == []
    assert [promise.id for promise in policy.promises if promise.note and not promise.note_nl] == []


# -- what it says

def test_the_rule_that_counts_is_named_with_those_it_stands_behind() -> None:
    found = said(shipped("hostinghuis"), activity="account")

    assert "Retention rule 2 of 3 counts (HH-15)" in found
    assert "HH-16 (from fiscal_archive)" in found
    assert "The term starts when the person's last service has ended." in found
    assert "When a new service starts, the term is cancelled" in found


def test_whose_data_it_is_and_how_it_is_secured_is_said_with_what_holds_of_all() -> None:
    logs = said(shipped("hostinghuis"), activity="server_logs")

    assert "It is secured by: " in logs and "only staff who need it" in logs and "encryption" in logs and "what can reasonably be done" in logs
    assert "The people: " not in logs, "of whom the logs are the text does not say"
    assert "De betrokkenen: klanten." in said(shipped("hostinghuis"), "nl", activity="account")
    assert "The people: visitors." in said(replace(policy_of(), data_subjects=frozenset({"dpv:Visitor"})), activity="account")


def test_what_is_done_on_behalf_of_customers_is_said_and_of_what_is_not_nothing() -> None:
    english, dutch = "on behalf of customers: they answer for this data, and smallhold is their data processor", "in opdracht van klanten"

    assert english in said(shipped("smallhold"), activity="hosting") and dutch in said(shipped("smallhold"), "nl", activity="hosting")
    assert english not in said(shipped("smallhold"), activity="account") and dutch not in said(shipped("smallhold"), "nl", activity="account")


def test_a_request_is_refused_where_a_statute_keeps_the_data_and_not_elsewhere() -> None:
    refused, called_for = "refused until this term is over", "calls for what was collected up to then"
    archive, account = said(shipped("hostinghuis"), activity="fiscal_archive"), said(shipped("hostinghuis"), activity="account")

    assert refused in archive and called_for not in archive
    assert called_for in account and refused not in account
    assert "fiscale bewaarplicht (nl-awr-52;" in said(shipped("hostinghuis"), "nl", activity="fiscal_archive")


def test_customers_and_others_are_told_apart_where_the_statement_does() -> None:
    both = said(shipped("sohosted"), activity="newsletter")
    customers, others = (said(shipped("sohosted"), activity="newsletter", customer=customer) for customer in (True, False))

    assert 'For "send the newsletter", collected while the person was a customer:' in both
    assert 'For "send the newsletter", collected while the person was no customer:' in both
    assert "when the account was closed" in customers and "the last consent" not in customers
    assert "when the last consent for what the data is held for has ended" in others and "when the account was closed" not in others
    assert "collected while the person was" not in said(shipped("sohosted"), activity="account")


def test_a_term_that_never_starts_has_no_date_and_withstands_no_request() -> None:
    found = said(shipped("sohosted"), activity="enquiry", customer=True, happened=Happened(collected_at=moment("2019-01-01")))

    assert "does not say from when it runs" in found and "There is no date to work out." in found
    assert "refused until this term is over" not in found


def test_a_term_that_a_statute_sets_says_so_and_with_which_version() -> None:
    versions = (
        LengthInLaw(None, date(2020, 1, 1), Length(parse_duration("P7Y"), None, "calendar_year_end")),
        LengthInLaw(date(2020, 1, 1), None, Length(parse_duration("P5Y"))),
    )
    found = whole(policy_of(rule=replace(RULE, statute="nl-awr-52", in_law=versions)), "nl")

    assert "Van het begin tot 1 januari 2020: de termijn duurt 7 jaar. Daarna volgt nog het einde van dat kalenderjaar." in found
    assert "Van 1 januari 2020 tot nader order: de termijn duurt 5 jaar." in found
    assert "Hoe lang dat is, zegt de wet" in said(shipped("hostinghuis"), "nl", activity="fiscal_archive")


def test_the_suppression_list_outlives_a_request() -> None:
    assert "GDPR Art. 21(3)" in said(shipped("mijndomein"), activity="suppression")


def test_a_chain_says_both_terms_and_which_one_is_rounded() -> None:
    found = said(shipped("sohosted"), "nl", activity="portal_actions")

    assert "De termijn duurt 2 jaar en daarna nog 7 jaar; het eerste deel wordt zelf niet afgerond." in found
    assert "om middernacht na 31 december" in found


def test_all_and_any_are_told_apart() -> None:
    both, either = said(shipped("smallhold"), activity="account"), said(shipped("webhoster"), activity="account")

    assert "when all of this is so: the person's last contract has ended and the person's last service has ended." in both
    assert "when the first of these happens: the person's last service has ended or the account was closed." in either


def test_the_cap_says_that_its_year_is_rolling_and_that_the_text_leaves_room() -> None:
    english, dutch = (said(shipped("sohosted"), language, activity="newsletter") for language in LANGUAGES)

    assert "at most 6 times within 1 year" in english and "Number 7 within 1 year" in english and "counted back from each send" in english
    assert '"not more than six times a year" leaves room for the calendar year' in english
    assert "hoogstens 6 keer per periode van 1 jaar" in dutch and '"niet vaker dan 6 keer per jaar" laat ruimte voor het kalenderjaar' in dutch


def test_a_holding_without_a_term_is_a_gap_and_the_silence_is_named() -> None:
    found = said(shipped("hostinghuis"), activity="server_logs")

    assert "No retention rule covers this data" in found
    assert "The statement is silent: no term is stated for server logs. HH-22" in found


def test_what_cannot_touch_the_data_is_not_said() -> None:
    found = said(shipped("webhoster"), role="certificate_authority")

    assert "for any product but ev or ov" in found
    assert "WH-03" not in found and "WH-07" not in found


def test_a_service_ends_first_where_the_data_is_mandatory() -> None:
    assert "ends the service first; then the data goes. WH-12" in said(shipped("webhoster"), activity="account")
    assert "ends the service first" not in said(shipped("webhoster"), activity="visitor_traffic")
    assert "the export comes before the erasure. HH-19" in said(shipped("hostinghuis"), activity="account")
    assert "the export comes" not in said(shipped("hostinghuis"), role="registry")


def test_a_purpose_or_category_that_is_not_declared_is_said_to_break_the_promise() -> None:
    found = said(shipped("smallhold"), activity="account", purpose="dpv:DirectMarketing", categories=frozenset({"pd:BankAccount"}))

    assert '"marketing to a person" is not declared for this activity: collecting for it breaks SH-01.' in found
    assert "bank account number is not declared for this activity" in found
    assert "SH-02" in found


def test_an_activity_or_role_that_is_not_declared_is_misuse() -> None:
    with pytest.raises(CallerError, match="declares no such activity"):
        said(shipped("smallhold"), activity="marketing")
    with pytest.raises(CallerError, match="declares no such role"):
        said(shipped("smallhold"), role="advertising")


def test_of_a_role_without_purposes_those_that_rules_name_are_told_apart() -> None:
    rule = replace(RULE, holder="recipient", purposes=TERM)

    found = said(policy_of(rule=rule), role="registry")

    assert 'For "help customers":' in found and "For any other purpose:" in found


# -- the moment

def due_at(policy: str, activity: str, *milestones: tuple[str, str], ref: str | None = None) -> int | None:
    happened = Happened(collected_at=moment("2018-07-01"), milestones=tuple((kind, ref, moment(when)) for kind, when in milestones))
    (holding,) = explain(shipped(policy), Asked(activity=activity), "en", AMSTERDAM, happened).holdings
    (found,) = {each.due_at for each in holding.worked_out}
    return found


def test_the_worked_out_moment_is_that_of_the_fold_to_the_second() -> None:
    due = due_at("hostinghuis", "account", ("SERVICE_ENDED", "2020-06-30T09:30:00"))
    story = Story("hostinghuis").on("2018-07-01").collects("account").on("2020-06-30T09:30:00").reaches("SERVICE_ENDED", "service-1")

    assert due == moment("2022-06-30T09:30:00")
    assert story.due("2022-06-30T09:29:59") == set()
    assert story.due("2022-06-30T09:30:00") == {("HH-15", "crm")}


def test_a_year_end_is_worked_out_to_the_midnight_after_it() -> None:
    due = due_at("hostinghuis", "fiscal_archive", ("INVOICE_ISSUED", "2018-06-12T10:00"))
    story = Story("hostinghuis").on("2018-07-01").collects("fiscal_archive", ref="i1").on("2018-06-12T10:00").reaches("INVOICE_ISSUED", "i1")

    assert due == moment("2026-01-01T00:00:00")
    assert story.due("2025-12-31T23:59:59") == set()
    assert story.due("2026-01-01T00:00:00") == {("HH-16", "offline-archive")}


def test_the_second_before_and_the_second_itself_are_said_in_legal_time() -> None:
    happened = Happened(milestones=(("SERVICE_ENDED", None, moment("2017-03-26T12:00")),))

    assert "gone on Tuesday 26 March 2019 at 12:00:00 (UTC+01:00). A second earlier, on Tuesday 26 March 2019 at 11:59:59 (UTC+01:00)" in said(
        shipped("hostinghuis"), activity="account", happened=happened
    )
    assert "dinsdag 26 maart 2019 om 12:00:00 (UTC+01:00)" in said(shipped("hostinghuis"), "nl", activity="account", happened=happened)


def test_a_term_that_does_not_run_says_what_it_waits_for() -> None:
    happened = Happened(milestones=(("CONTRACT_ENDED", None, moment("2019-01-01")),))

    assert due_at("smallhold", "account", ("CONTRACT_ENDED", "2019-01-01")) is None
    assert "it waits until the person's last service has ended" in said(shipped("smallhold"), activity="account", happened=happened)


def test_a_service_that_runs_again_stops_the_term() -> None:
    assert due_at("hostinghuis", "account", ("SERVICE_ENDED", "2019-01-01"), ("SERVICE_STARTED", "2019-02-01")) is None


def test_the_end_of_a_consent_is_worked_out_as_the_fold_does() -> None:
    happened = Happened(collected_at=moment("2019-01-07"), milestones=(("CONSENT_ENDED", None, moment("2019-05-01T10:00")),))
    (holding,) = explain(shipped("sohosted"), Asked(activity="newsletter", customer=False), "en", AMSTERDAM, happened).holdings
    story = Story("sohosted").on("2019-01-07").consents("ledger:Newsletter").collects("newsletter")
    story.on("2019-05-01T10:00").consents("ledger:Newsletter", "WITHDRAWN")

    assert [(due.customer, due.due_at) for due in holding.worked_out] == [(False, moment("2019-05-01T10:00"))]
    assert story.due("2019-05-01T09:59:59") == set()
    assert story.due("2019-05-01T10:00:00") == {("SO-06", "mailing")}


def test_a_term_from_the_collection_needs_no_milestone() -> None:
    assert due_at("webhoster", "visitor_traffic") == moment("2020-07-01")


@pytest.mark.parametrize(("policy", "is_shorter"), [("webhoster", True), ("mijndomein", False), ("sohosted", False)])
def test_a_term_that_is_shorter_than_the_tax_law_is_said_and_changes_nothing(policy: str, is_shorter: bool) -> None:
    assert ("asks to keep such records longer" in said(shipped(policy), activity="invoice")) is is_shorter
    assert ("vraagt zulke stukken langer te bewaren" in said(shipped(policy), "nl", activity="invoice")) is is_shorter


# -- only what is judged, and in words

def test_a_kept_term_is_said_of_what_it_covers_alone() -> None:
    support, account = (said(shipped("hostinghuis"), activity=name) for name in ("support", "account"))
    hostinghuis, mijndomein = (said(shipped(name)) for name in ("hostinghuis", "mijndomein"))

    assert "is kept, unless the person wanted it gone" not in support
    assert "that the controller's own data from account is kept, unless" in account and "from fiscal_archive is kept" not in account
    assert "own data from fiscal_archive is kept, unless" in hostinghuis and "own data from account is kept, unless" in hostinghuis
    assert "own data from invoice and from agreement is kept, unless" in mijndomein
    assert "waarin eigen gegevens van de verwerkingsverantwoordelijke uit account volgens de verklaring blijven" in said(
        shipped("hostinghuis"), "nl", activity="account"
    )


def test_that_something_was_done_is_said_of_the_rights_for_which_it_is_judged() -> None:
    found = {name: [line for line in said(shipped(name)).splitlines() if "something that was done" in line] for name in ("hostinghuis", "mijndomein")}

    assert [line.split()[-1] for line in found["hostinghuis"]] == ["HH-18", "GDPR-12-3"]
    assert found["hostinghuis"][0].startswith("Answering a request (erasure) with the outcome fulfilled needs something that was done")
    assert "a request (withdrawal of consent, objection, rectification or restriction)" in found["hostinghuis"][1]
    assert [line.split()[-1] for line in found["mijndomein"]] == ["MD-18", "MD-21", "GDPR-12-3"]
    assert "Answering a request (rectification)" in found["mijndomein"][0]


@pytest.mark.parametrize(("language", "prefix", "severity"), [("en", "By law", "counts as"), ("nl", "Volgens de wet", "levert dat een")])
def test_the_law_is_not_said_to_give_warnings(language: Language, prefix: str, severity: str) -> None:
    lines = said(shipped("hostinghuis"), language).splitlines()

    assert any(severity in line for line in lines)
    assert not [line for line in lines if line.startswith(prefix) and severity in line]


@pytest.mark.parametrize("name", shipped_policies())
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_stands_behind_a_full_stop_in_brackets(name: str, language: Language) -> None:
    assert ". (" not in said(shipped(name), language)


def test_a_request_waits_for_the_end_of_a_service_and_has_the_time_that_is_stated() -> None:
    after, within, at_once = "not before all services of the person have ended", "has 7 days to erase what it has itself", "up to then, at once"
    account, cookies = (said(shipped("hostinghuis"), activity=name) for name in ("account", "cookies"))
    registry = said(shipped("hostinghuis"), role="registry")

    assert after in account and within in account and at_once not in account
    assert at_once in cookies and within in cookies and after not in cookies
    assert within not in registry, "the statement says it of its own systems"
    assert after in said(shipped("webhoster"), activity="account") and at_once in said(shipped("webhoster"), activity="visitor_traffic")
    assert "have ended" in said(shipped("webhoster"), activity="account") and at_once in said(shipped("smallhold"), activity="account")


def test_no_code_of_a_milestone_or_bare_id_of_a_statute_is_shown() -> None:
    when = moment("2020-06-30T12:00")
    happened = Happened(milestones=(("SERVICE_ENDED", None, when), ("BECAME_CUSTOMER", "c1", when)))
    english, dutch = (said(shipped("hostinghuis"), language, activity="account", happened=happened) for language in LANGUAGES)
    archive = said(shipped("hostinghuis"), "nl", activity="fiscal_archive")

    assert "When that service has ended: Tuesday 30 June 2020" in english and "under that ref (c1): Tuesday" in english
    assert "Moment waarop die dienst is beëindigd: dinsdag 30 juni 2020" in dutch
    assert not [text for text in (english, dutch) if "SERVICE_ENDED" in text or "BECAME_CUSTOMER" in text]
    assert "De wet eist dit voor fiscale administratie: fiscale bewaarplicht (nl-awr-52; art. 52 lid 4 AWR)." in archive


def test_dutch_is_said_as_dutch_is_written() -> None:
    everything = "\n".join(said(shipped(name), "nl") for name in shipped_policies())

    assert "Het is verboden persoonsgegevens te verzamelen, te verstrekken, te gebruiken of te raadplegen voor verkoop" in everything
    assert "Persoonsgegevens gebruiken voor combinatie met externe gegevens mag alleen als er geen bezwaar" in everything
    assert "een datalek met een hoog, gewoon of onbekend risico" in everything
    assert "De 7e verzending binnen 1 jaar is een schending, ongeacht het kalenderjaar." in everything
    assert "is nodig:" not in everything and "Verboden is" not in everything and " art. 13(1)(c)" not in everything
