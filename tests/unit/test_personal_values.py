"""The lint: invented personal values are seen, what services really write is not."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sdk.personal_values import is_domain_name, is_written_name, personal_kind
from tests.emittable import PLANTED

ORDINARY = """
    order-2018-000417 subj-7f3a9c21d4e8 550e8400-e29b-41d4-a716-446655440000 sidn registry-db nl:DPA-NL role:helpdesk INV-2024-0001
    2024-000123 hostinghuis Invoice newsletter-2018-05 eu-gdpr:A6-1-b dpa-2018-03 20240101 Order-Line-3 dpv:ServiceRegistration
    1527228000000 1527228000123456 20180525123456 2018-0525-1234-5678 order-4111111111111111 4111111111111112 411111111111
    2018-05-25-10-12 2018-05-25-10-12-33 18-05-25-10-12-33 2018.0525.1234 1.2.3 web_form_2 web_form key_id offline-archive-of-the-old-shop
    key-subj-7f3a9c21d4e8-1 1234ab12 crm SO-05 web_form 7f3a9c21d4e8 invoice:2018-04-04 certificate-2018-0044 123456789
"""


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in PLANTED.items() for value in values])
def test_a_personal_value_is_named_for_what_it_is(kind, value):
    assert personal_kind(value) == kind


@pytest.mark.parametrize("value", ORDINARY.split())
def test_an_ordinary_reference_passes(value):
    assert personal_kind(value) is None


WRITTEN_NAMES = """
    j.jansen jan.jansen j.p.jansen jan.van.vries jan.van.der.berg ref:jan.jansen J.Jansen j.van.der.berg role/jan.jansen
    mevrouw-jansen meneer_jansen mevr.jansen dhr-jansen Mr-Jansen mrs.jansen ms-jansen mw.jansen mevrouw-de-vries
"""
SANE = """
    subj-7f3a9c21 offline-archive mailer-one nl-awr-52 email.campaign-12 a.b v1.2 order.417 role:helpdesk jan-jansen mr mrx-1 mr-1 ms-7f3a
    shop.order.line.item account-two-years x mrs mevrouw
"""


@pytest.mark.parametrize("value", WRITTEN_NAMES.split())
def test_a_written_name_is_seen(value):
    assert is_written_name(value)


@pytest.mark.parametrize("value", (ORDINARY + SANE).split())
def test_a_sane_reference_is_no_written_name(value):
    assert not is_written_name(value)


@given(st.uuids(version=4))
def test_random_pseudonyms_pass(value: uuid.UUID):
    assert personal_kind(str(value)) is None
    assert personal_kind(f"subj-{value.hex[:12]}") is None


@pytest.mark.parametrize("value", ["voorbeeld.nl", "www.voorbeeld.nl", "jan-jansen.com", "xn--mller-kva.de", "VOORBEELD.NL"])
def test_a_domain_name_is_seen(value):
    assert is_domain_name(value)


@pytest.mark.parametrize("value", ["order.417", "crm", "v1.2", "nl", "order-1.item-2"])
def test_what_is_no_domain_name_is_not_taken_for_one(value):
    assert not is_domain_name(value)
