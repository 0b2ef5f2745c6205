"""What is refused before it leaves, and how the refusal reads: event, field, rule, never the value."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledger.contract import schema_store
from ledger.core.events import EVENT_KINDS, OUTCOME_TYPES
from ledger.sdk.countries import COUNTRIES
from ledger.sdk.envelope import VALUE_BYTES_MAX, Envelope
from ledger.sdk.field_rules import IDENTIFIERS, NOT_EMPTY, TEXTS
from ledger.sdk.ledger_time import WallClock
from ledger.sdk.validation import MEMORY_MAX, RefusedEventError, string_coder
from tests.emittable import EMITTABLE, PLANTED, SHARE, compiled_policy

COLLECTED = {
    "activity": "order",
    "categories": ["pd:Name"],
    "purposes": ["dpv:RequestedServiceProvision"],
    "legal_basis": "eu-gdpr:A6-1-b",
    "store": "crm",
}


@pytest.fixture
def emit():
    envelope = Envelope(WallClock(300), {"controller": "hostinghuis", "source": "shop"})

    def call(type_name, subject="subj-1", *, event_id=None, occurred_at=None, salt=None, **fields):
        return envelope.message(type_name, subject, event_id, occurred_at, salt, fields, 0.0)

    return call


def refusal(emit, *args, **fields):
    with pytest.raises(RefusedEventError) as caught:
        emit(*args, **fields)
    return caught.value


def test_a_good_event_passes(emit):
    message = emit("DataShared", **SHARE)

    assert (message.topic, message.key) == ("facts", b"hostinghuis/subj-1")


def test_an_unknown_event_type_is_refused_with_the_closest_one(emit):
    error = refusal(emit, "DataShard", **SHARE)

    assert error.field == "type"
    assert error.hint == "did you mean DataShared?"
    assert "DataShard" not in str(error).replace("DataShared", "")


@pytest.mark.parametrize("name", OUTCOME_TYPES)
def test_an_outcome_is_not_for_services_to_emit(emit, name):
    assert "outcome" in refusal(emit, name).rule


def test_time_is_not_for_services_to_emit(emit):
    assert refusal(emit, "TimeReached", None).hint == "ledger tick"


def test_an_unknown_field_is_refused_without_repeating_its_name(emit):
    error = refusal(emit, "DataShared", **SHARE, recipent="x", **{"jan@voorbeeld.nl": "x"})

    assert error.field == "*"
    assert "jan@" not in f"{error} {error.hint}"


def test_a_misspelt_field_gets_the_right_name_as_hint(emit):
    assert refusal(emit, "DataShared", **SHARE, produkt="nl").hint == "did you mean product?"


@pytest.mark.parametrize("name", ["recipient", "recipient_role", "categories", "purpose", "legal_basis"])
def test_a_missing_field_is_refused_by_name(emit, name):
    error = refusal(emit, "DataShared", **{key: value for key, value in SHARE.items() if key != name})

    assert (error.event, error.field, error.rule) == ("DataShared", name, "expected a value, got none")


def test_a_missing_subject_is_refused(emit):
    assert refusal(emit, "DataShared", None, **SHARE).field == "subject_ref"


def test_a_register_event_has_no_subject(emit):
    error = refusal(emit, "RecipientRegistered", "subj-1", recipient="sidn", role="registry")

    assert (error.field, "not about one subject" in error.rule) == ("subject_ref", True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", 7),
        ("recipient", ["sidn"]),
        ("recipient", b"sidn"),
        ("categories", "pd:Name"),
        ("categories", {"pd:Name": 1}),
        ("categories", [7]),
        ("categories", [["pd:Name"]]),
        ("caused_by", "no-uuid"),
        ("caused_by", b"short"),
        ("sealed", "text"),
        ("sealed", {"key_id": "key-1", "ciphertext": "text"}),
        ("sealed", {"key_id": "key-1", "cipher": b""}),
    ],
)
def test_a_wrong_type_is_refused(emit, field, value):
    error = refusal(emit, "DataShared", **{**SHARE, field: value})

    assert (error.event, error.field) == ("DataShared", field)
    assert error.rule.startswith(("expected", "in "))


@pytest.mark.parametrize("subject", [7, b"subj-1", ["subj-1"], {"subj": 1}, ""])
def test_a_subject_of_a_wrong_type_is_refused(emit, subject):
    assert refusal(emit, "DataShared", subject, **SHARE).field == "subject_ref"


def test_a_number_remembered_does_not_let_true_pass(emit):
    emit("KeyEpochEnded", None, epoch=1)

    assert refusal(emit, "KeyEpochEnded", None, epoch=True).field == "epoch"


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("purpose", "dpv:ServiceRegistratio", "did you mean dpv:ServiceRegistration?"),
        ("legal_basis", "eu-gdpr:A6-1-bb", "did you mean"),
        ("recipient_role", "registri", "did you mean registry?"),
        ("categories", ["pd:Nam"], "did you mean pd:Name?"),
        ("categories", ["pd:Name", "zzzzqqq"], "schemas/vocabulary/categories.json lists them"),
    ],
)
def test_an_unknown_term_is_refused_with_the_closest_term(emit, field, value, hint):
    error = refusal(emit, "DataShared", **{**SHARE, field: value})

    assert (error.field, "code list" in error.rule) == (field, True)
    assert hint in error.hint
    assert (value if isinstance(value, str) else value[-1]) not in str(error)


@pytest.mark.parametrize("version", range(1, 9))
def test_an_event_id_of_each_version_passes_in_each_form(emit, version):
    value = (0x0190C2A47B00 << 80) | (version << 76) | (0b10 << 62) | 7
    given = uuid.UUID(int=value)

    assert {emit("DataShared", event_id=form, **SHARE).event_id for form in (given, str(given), given.bytes)} == {str(given)}


@pytest.mark.parametrize(
    "wrong",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0190c2a4-7b00-0000-8000-000000000001",
        "0190c2a4-7b00-9000-8000-000000000001",
        "0190c2a4-7b00-7000-7000-000000000001",
        "0190c2a4-7b00-7000-c000-000000000001",
    ],
)
def test_what_no_generator_of_ids_makes_is_no_event_id(emit, wrong):
    for form in (wrong, uuid.UUID(wrong), uuid.UUID(wrong).bytes):
        error = refusal(emit, "DataShared", event_id=form, **SHARE)
        assert (error.field, "version 1 to 8" in error.rule) == ("event_id", True)
        assert wrong not in f"{error} {error.hint}"


@pytest.mark.parametrize("code", ["ZZ", "EU", "UK", "XK", "nl", "NLD", "AA"])
def test_a_country_that_no_standard_assigns_is_refused(emit, code):
    assert "ISO 3166-1" in refusal(emit, "DataShared", **SHARE, country=code).rule
    emit("DataShared", **SHARE, country="NL")


def test_the_country_codes_are_those_of_the_standard():
    assert len(COUNTRIES) == 249
    assert {"NL", "DE", "GB", "US", "GR", "CW", "BQ", "SS"} <= COUNTRIES


@pytest.mark.parametrize(("field", "values"), [("categories", ["pd:Name", "pd:EmailAddress", "pd:Name"]), ("categories", ["pd:Name"] * 100_000)])
def test_a_list_that_repeats_a_term_is_refused(emit, field, values):
    assert refusal(emit, "DataShared", **{**SHARE, field: values}).rule == "expected each entry once, got one again"


def test_an_enum_takes_its_symbols_and_a_required_one_not_the_unknown(emit):
    emit("DataErased", act="ERASED")

    assert "ERASED" in refusal(emit, "DataErased", act="erased").rule
    assert refusal(emit, "DataErased", act="UNKNOWN").field == "act"


@pytest.mark.parametrize(("event", "field"), sorted(NOT_EMPTY))
def test_a_list_that_must_say_something_may_not_be_empty(emit, event, field):
    fields = {"DataCollected": COLLECTED, "DataShared": SHARE}.get(event, {"purpose": "dpv:CustomerCare", "categories": ["pd:Name"]})
    if event == "DataRectified":
        fields = {"categories": ["pd:Name"]}
    emit(event, **fields)

    assert refusal(emit, event, **{**fields, field: []}).rule == "expected at least one entry, got none"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2018, 5, 25, 6, 0),  # noqa: DTZ001  the naive time that must be refused
        "2018-05-25T06:00:00",
        "yesterday",
        date(2018, 5, 25),
        1_527_228_000,
        1_527_228_000_000,
        15.0,
        True,
    ],
)
def test_a_naive_or_wrong_time_is_refused(emit, moment):
    assert refusal(emit, "DataShared", occurred_at=moment, **SHARE).field == "occurred_at"


def test_the_same_instant_in_any_form_gives_the_same_bytes(emit):
    zone = timezone(timedelta(hours=2))
    forms = [datetime(2018, 5, 25, 8, tzinfo=zone), "2018-05-25T06:00:00Z", "2018-05-25T08:00:00+02:00", 1_527_228_000_000_000]
    identity = {"event_id": uuid.uuid4(), "salt": bytes(16)}

    assert len({emit("DataShared", occurred_at=form, **identity, **SHARE).value for form in forms}) == 1


def test_a_time_within_the_skew_passes_and_one_beyond_is_refused(emit):
    now = datetime.now(UTC)
    emit("DataShared", occurred_at=now + timedelta(seconds=200), **SHARE)

    error = refusal(emit, "DataShared", occurred_at=now + timedelta(seconds=400), **SHARE)

    assert (error.field, "later" in error.rule) == ("occurred_at", True)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in PLANTED.items() for value in values])
@pytest.mark.parametrize("field", ["subject_ref", "ref", "store", "recipient", "purpose", "categories", "actor", "correlation_id"])
def test_a_personal_value_is_refused_where_a_term_or_reference_belongs(emit, field, kind, value):
    given = {**SHARE, field: [value] if field == "categories" else value}
    subject = given.pop("subject_ref", "subj-1")

    error = refusal(emit, "DataShared", subject, **given)

    assert (error.field, kind in error.rule) == (field, True)
    assert value not in f"{error} {error.hint} {error!r}"
    assert error.__cause__ is None


@pytest.mark.parametrize("name", EMITTABLE)
def test_a_word_that_no_lint_knows_is_not_repeated_either(emit, name):
    """A family name in lower case looks like any code; where only known words or forms are allowed it must not be echoed."""
    refused = 0
    for field in schema_store.schema(name)["fields"]:
        value = ["zqxjansen"] if isinstance(field["type"], dict) and field["type"]["type"] == "array" else "zqxjansen"
        if field["name"] not in ("subject_ref", "event_id", "occurred_at", "salt"):
            try:
                emit(name, "subj-1" if EVENT_KINDS[name].has_subject else None, **{field["name"]: value})
            except RefusedEventError as error:
                refused += 1
                assert "zqxjansen" not in f"{error} {error.hint} {error!r}"
    assert refused


def test_a_domain_name_goes_into_a_sealed_field_not_into_a_reference(emit):
    assert "sealed" in refusal(emit, "DataShared", **{**SHARE, "ref": "voorbeeld.nl"}).hint
    emit("DataShared", **{**SHARE, "recipient": "letsencrypt.org"})
    emit("DataShared", **SHARE, sealed={"key_id": "key-subj-1", "ciphertext": b"\x9f\x0b"})


@pytest.mark.parametrize("value", ["j.jansen", "jan.jansen", "mevrouw-jansen"])
@pytest.mark.parametrize("field", ["subject_ref", "ref", "actor"])
def test_a_written_name_is_refused_as_a_reference_and_allowed_to_a_system(emit, field, value):
    given = {**SHARE, field: value}

    assert "a name" in refusal(emit, "DataShared", given.pop("subject_ref", "subj-1"), **given).rule
    emit("DataShared", **SHARE, store="billing.service", by="ms-exchange")


@pytest.mark.parametrize("value", ["", "-x", "a b", "x" * 129, "naam\n", "été", "a@b", "\ud800"])
def test_what_is_no_token_is_no_reference(emit, value):
    assert refusal(emit, "DataShared", **{**SHARE, "ref": value}).field == "ref"


def test_a_controller_with_a_slash_is_refused_since_it_would_blur_the_message_key(emit):
    assert "/" in refusal(emit, "DataShared", controller="a/b", by="a", **SHARE).rule
    with pytest.raises(RefusedEventError, match="Emitter, field controller"):
        Envelope(WallClock(0), {"controller": "a/b"})


def test_a_policy_text_may_name_people_and_places_but_not_exceed_a_message(emit):
    policy = POLICY | {"compiled": compiled_policy()}
    emit("PolicyPublished", None, **policy | {"text": "Jan de Vries, Dorpsstraat 12, 1234 AB, jan@voorbeeld.nl"})

    error = refusal(emit, "PolicyPublished", None, **policy | {"text": "x" * VALUE_BYTES_MAX})

    assert (error.field, "bytes" in error.rule) == ("*", True)


POLICY = {"policy": "p", "version": "1", "text_hash": "0" * 64, "text": "", "in_force_from": "2018-06-01T00:00:00Z"}
BAD_RULE = {"id": "HH-15", "holder": "controller", "anchors": [["SERVICE_ENDED"]], "after": "P2Y"}


BAD_POLICIES = ["", "{}", compiled_policy(retention=[BAD_RULE]), compiled_policy(title=["a list"]), compiled_policy().replace("Privacy", "\\ud800")]


@pytest.mark.parametrize("compiled", BAD_POLICIES)
def test_a_policy_that_the_processors_would_put_aside_never_leaves(emit, compiled):
    error = refusal(emit, "PolicyPublished", None, compiled=compiled, **POLICY)

    assert error.field == "compiled"
    assert "HH-15" not in f"{error} {error.hint}"


def test_the_emitter_fills_in_who_acts_unless_another_controller_is_named(emit):
    emit("DataErased", act="ERASED")

    assert refusal(emit, "DataErased", controller="other", act="ERASED").field == "by"


def test_the_memory_of_checked_values_is_bounded():
    coder = string_coder("ref")
    for number in range(MEMORY_MAX + 10):
        coder[f"order-{number}"]

    assert 0 < len(coder) <= MEMORY_MAX


def test_a_refused_value_is_not_remembered():
    coder = string_coder("ref")

    for _ in range(2):
        with pytest.raises(ValueError, match="expected"):
            coder["not a token"]


def test_every_string_field_has_a_rule_that_its_example_passes():
    """The example in a field's doc is the schema's own word on what belongs there."""
    checked = 0
    for name in EMITTABLE:
        for field in schema_store.schema(name)["fields"]:
            node = field["type"][1] if isinstance(field["type"], list) else field["type"]
            if node == "string" and field["name"] not in TEXTS:
                example = field["doc"].rpartition("Example: ")[2].rstrip(".")
                string_coder(field["name"], field.get("terms"))[example]
                checked += 1
    assert checked > 100
    assert all(
        any(name == field["name"] for event in EMITTABLE for field in schema_store.schema(event)["fields"]) for name in IDENTIFIERS - {"holder"}
    )
