"""The code lists: what is a term, what looks like one, and which field takes which."""

from __future__ import annotations

import pytest

from ledger.contract import vocabulary
from ledger.errors import CallerError


def test_a_term_is_one_of_its_own_list_only():
    assert vocabulary.is_term("categories", "pd:EmailAddress")
    assert not vocabulary.is_term("purposes", "pd:EmailAddress")
    assert not vocabulary.is_term("categories", "pd:emailaddress")
    assert not vocabulary.is_term("categories", None)
    assert not vocabulary.is_term("categories", ["pd:EmailAddress"])


def test_a_term_of_dpv_has_its_iri_and_our_own_has_none():
    assert vocabulary.terms("categories")["pd:Name"].iri == "https://w3id.org/dpv/pd#Name"
    assert vocabulary.terms("categories")["ledger:DomainName"].iri is None


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        ("categories", "pd:emailadress", "pd:EmailAddress"),
        ("categories", "email", "pd:EmailAddress"),
        ("categories", "dpv:DomainName", "ledger:DomainName"),
        ("purposes", "direct marketing", "dpv:DirectMarketing"),
        ("legal_bases", "A6-1-b", "eu-gdpr:A6-1-b"),
        ("recipient_roles", "certificate-authority", "certificate_authority"),
    ],
)
def test_a_slip_gets_the_term_that_was_meant_first(kind, written, meant):
    assert vocabulary.suggest(kind, written)[0] == meant


def test_what_looks_like_no_term_gets_no_suggestion():
    assert vocabulary.suggest("categories", "klaas.vaak@example.org") == []
    assert vocabulary.suggest("categories", "x" * 1_000_000) == []


def test_a_suggestion_is_always_a_term():
    for word in ("name", "address", "card", "content", "log"):
        assert all(vocabulary.is_term("categories", term) for term in vocabulary.suggest("categories", word, limit=9))


def test_the_fields_of_an_event_know_their_lists_also_inside_a_record():
    assert vocabulary.coded_fields("DataCollected") == {
        "categories": "categories",
        "purposes": "purposes",
        "legal_basis": "legal_bases",
        "occasion": "occasions",
    }
    assert vocabulary.coded_fields("RequestAnswered") == {"reasons.purpose": "purposes", "reasons.reason": "refusal_reasons"}


def test_an_unknown_list_is_misuse():
    with pytest.raises(CallerError, match="cannot load a code list: expected one of categories"):
        vocabulary.terms("../ids")
