"""`ledger policy explain`: what it says of a policy, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.contract.term_names import Language
from ledger.core.calendar import parse_duration
from ledger.core.statutory import Length, LengthInLaw
from ledger.errors import CallerError
from ledger.explaining.shapes import Happened
from ledger.explaining.words import LANGUAGES
from ledger.policies.files import shipped_policies
from tests.explained import RULE, TERM, policy_of, said, shipped, whole
from tests.promises.stories import moment


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
