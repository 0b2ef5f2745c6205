"""What makes a policy file correct, beyond being YAML: every finding at once, each with file, line, field and a hint.

Takes the plain values and their lines from ledger/marked_yaml.py; must never read a file or stop at the first mistake. Source:
docs/policies.md; the shape is `ledger/policies/policy.schema.json`, the terms are those of `schemas/vocabulary/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from ledger.contract import vocabulary
from ledger.core.calendar import TermError, parse_duration
from ledger.core.conditions import COUNTED_PURPOSES, NEEDS
from ledger.core.duty import DEEDS
from ledger.core.law import Statute, versions_of
from ledger.core.retention_rule import CONSENT_ENDED, NOT_STATED
from ledger.core.statutory import BY_STATUTE
from ledger.marked_yaml import Finding, FindingsError, Marks, Path, Report, ShapeError, did_you_mean, each, report_shape
from ledger.policies.contact_checks import check_contacts
from ledger.policies.idle_rules import check_idle_rules
from ledger.sdk.countries import COUNTRIES

_TERMS: dict[Path, str] = {
    ("activities", "*", "purposes", "*"): "purposes",
    ("activities", "*", "categories", "*"): "categories",
    ("activities", "*", "legal_basis", "*"): "legal_bases",
    ("activities", "*", "data_subjects", "*"): "data_subjects",
    ("activities", "*", "security", "measures", "*"): "security_measures",
    ("data_subjects", "*"): "data_subjects",
    ("security", "measures", "*"): "security_measures",
    ("recipients", "*", "purposes", "*"): "purposes",
    ("recipients", "*", "categories", "*"): "categories",
    ("retention", "*", "purposes", "*"): "purposes",
    ("retention", "*", "categories", "*"): "categories",
    ("retention", "*", "consent_to"): "purposes",
    **{
        (section, "*", field, "*"): code_list
        for section in ("prohibitions", "conditions")
        for field, code_list in (
            ("purposes", "purposes"), ("except_purposes", "purposes"), ("categories", "categories"), ("roles", "recipient_roles"),
            ("except_roles", "recipient_roles"), ("channels", "channels"),
        )
    },
    ("conditions", "*", "grounds", "*"): "disclosure_grounds",
    ("conditions", "*", "objections", "*"): "purposes",
    ("transfers", "safeguards", "*"): "safeguards",
}
_DURATIONS = (("acts_within",), ("retention", "*", "acts_within"), ("conditions", "*", "at_most", "within"), ("duties", "*", "acts_within"))
_LENGTHS = (("retention", "*", "after"), ("retention", "*", "then"))
_DATES = (("announced_on",), ("in_force_from",))
# As the Union's own texts write them, and ISO 3166-1 does not.
_CALLED_OTHERWISE = {"UK": "GB", "EL": "GR"}


class PolicyFileError(FindingsError):
    """A policy file is wrong. `findings` has all of it, in the order of the file: correct the file."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("policy", findings, hint="the language is explained in docs/policies.md")


def known_terms() -> Mapping[str, frozenset[str]]:
    """Answer the terms of each code list by its name."""
    return {name: frozenset(vocabulary.terms(name)) for name in {*_TERMS.values(), "recipient_roles"}}


def findings_of(
    data: Any, marks: Marks, file: str, shape_errors: Iterable[ShapeError], statutes: Mapping[str, Statute]
) -> tuple[Finding, ...]:
    """Check a policy; the empty tuple means it is correct. statutes: those of the law it will carry."""
    report = Report(marks, file)
    for error in shape_errors:
        report_shape(error, report)
    terms = known_terms()
    for pattern, code_list in _TERMS.items():
        _check_terms(data, pattern, terms[code_list], code_list, report)
    _check_terms_of_roles(data, terms["recipient_roles"], report)
    _check_texts(data, report)
    _check_references(data, report)
    _check_statutes(data, statutes, report)
    _check_countries(data, report)
    _check_rules(data, report)
    check_idle_rules(data, report)
    check_contacts(data, report)
    _check_names(data, report)
    for path, rule in each(data, ("retention", "*")):
        if isinstance(rule, dict):
            _check_term(path, rule, statutes, report)
    return tuple(report.findings)


def _check_terms(data: Any, pattern: Path, terms: frozenset[str], code_list: str, report: Report) -> None:
    for path, value in each(data, pattern):
        if isinstance(value, str) and value not in terms:
            near = did_you_mean(value, sorted(terms))
            report.add(path, f"not a term of the code list {code_list}", _hint(near, code_list))


def _check_terms_of_roles(data: Any, roles: frozenset[str], report: Report) -> None:
    for path, _ in each(data, ("recipients", "*")):
        if path[-1] not in roles:
            near = did_you_mean(path[-1], sorted(roles))
            report.add(path, "not a term of the code list recipient_roles", _hint(near, "recipient_roles"))


def _hint(near: str, code_list: str) -> str:
    return f"{near}{'; ' if near else ''}all: `ledger schema terms {code_list}`"


def _check_texts(data: Any, report: Report) -> None:
    def check(pattern: Path, read: Callable[[str], object], message: str, hint: str) -> None:
        for path, value in each(data, pattern):
            if isinstance(value, str):
                try:
                    read(value)
                except (ValueError, TermError):
                    report.add(path, message, hint)

    for pattern in _DURATIONS:
        check(pattern, parse_duration, "not a duration", "ISO 8601 in whole units, such as P2Y, P6M, P14D or PT72H")
    for pattern in _LENGTHS:
        hint = "ISO 8601 in whole units, such as P2Y, P6M, P14D or PT72H; or statute, for the term that the rule's statute sets"
        check(pattern, lambda text: text == BY_STATUTE or parse_duration(text), "not a duration", hint)
    for pattern in _DATES:
        check(pattern, date.fromisoformat, "not a day of the calendar", "write YYYY-MM-DD")
    for path, zone in each(data, ("time_zone",)):
        if isinstance(zone, str) and zone not in available_timezones():
            report.add(path, "not a time zone", did_you_mean(zone, sorted(available_timezones())))


def _check_references(data: Any, report: Report) -> None:
    """Rules name activities, roles and stores that the same file declares: a misspelt one would never match.

    Not the stores of a prohibition: an activity declares where data is kept, and what is forbidden may be to keep it elsewhere. Names of recipients
    and products are declared nowhere.
    """
    activities, roles, stores = ("activities", "*"), ("recipients", "*"), ("activities", "*", "stores", "*")
    for section, field, pattern, declared_in in (
        ("retention", "activities", activities, "activities"),
        ("prohibitions", "activities", activities, "activities"),
        ("conditions", "activities", activities, "activities"),
        ("prohibitions", "roles", roles, "recipients"),
        ("conditions", "roles", roles, "recipients"),
        ("retention", "roles", roles, "recipients"),
        ("conditions", "stores", stores, "stores of an activity"),
    ):
        declared = sorted({path[-1] for path, _ in each(data, pattern) if isinstance(path[-1], str)})
        for path, name in each(data, (section, "*", field, "*")):
            if isinstance(name, str) and name not in declared:
                report.add(path, f"not declared under {declared_in}", did_you_mean(name, declared))


def _check_countries(data: Any, report: Report) -> None:
    """A country is one that an event may name too (ledger/sdk/field_rules.py): no other could ever be the same."""
    for path, country in each(data, ("activities", "*", "stores", "*")):
        if isinstance(country, str) and len(country) == 2 and country.isupper() and country not in COUNTRIES:  # another form: the schema says so
            meant = _CALLED_OTHERWISE.get(country)
            report.add(path, "expected an alpha-2 code that ISO 3166-1 has assigned, got another", f"did you mean {meant}" if meant else "such as NL")


def _check_statutes(data: Any, statutes: Mapping[str, Statute], report: Report) -> None:
    """The law that an activity names for a purpose is one of the library, and the purpose one of its own."""
    for path, activity in each(data, ("activities", "*")):
        demanded = activity.get("statutes") if isinstance(activity, dict) else None
        for purpose, statute in demanded.items() if isinstance(demanded, dict) else ():
            if isinstance(activity.get("purposes"), list) and purpose not in activity["purposes"]:
                report.add((*path, "statutes", purpose), "not a purpose of this activity", "name it under purposes too")
            if isinstance(statute, str) and statute not in statutes:
                report.add((*path, "statutes", purpose), "unknown statute", did_you_mean(statute, sorted(statutes)))


def _check_rules(data: Any, report: Report) -> None:
    """Find what does not go together in a rule: with its holder, or with the act that it is about."""
    for path, rule in each(data, ("retention", "*")):
        if not isinstance(rule, dict):
            continue
        if rule.get("holder") == "controller" and "roles" in rule:
            report.add((*path, "roles"), "only recipients have roles", "remove it, or set holder: recipient")
        if rule.get("holder") == "recipient" and "activities" in rule:
            report.add((*path, "activities"), "a share names no activity", "use roles or purposes for a recipient")
    for path, rule in each(data, ("prohibitions", "*")):
        if isinstance(rule, dict):
            if not any(field in rule for field in _SCOPE):
                report.add(path, "forbids everything", "name purposes, categories, activities or roles")
            _check_scope(path, rule, rule.get("act", "any"), report)
    for path, rule in each(data, ("conditions", "*")):
        if isinstance(rule, dict):
            _check_condition(path, rule, report)
    for path, rule in each(data, ("duties", "*")):
        if isinstance(rule, dict):
            _check_duty(path, rule, report)


def _check_names(data: Any, report: Report) -> None:
    """A statement names all of them, or some of them for example."""
    for path, role in each(data, ("recipients", "*")):
        if isinstance(role, dict) and "named" in role and "such_as" in role:
            report.add((*path, "such_as"), "a list of all names has no examples", "named: all of them; such_as: some of them")
    for path, stated in each(data, ("transfers",)):
        if isinstance(stated, dict) and not stated.keys() & {"recipients", "safeguards"}:
            report.add(path, "says nothing of transfers", "name recipients, safeguards or both")


def _check_term(path: Path, rule: dict[str, Any], statutes: Mapping[str, Statute], report: Report) -> None:
    """Find what keeps a term from being counted: law that is not there, and anchors that do not go together."""
    statute, anchors = rule.get("statute"), rule.get("anchors")
    versions = versions_of(statutes, statute) if isinstance(statute, str) else []
    if isinstance(statute, str) and not versions:
        report.add((*path, "statute"), "unknown statute", did_you_mean(statute, sorted(statutes)))
    if rule.get("after") == BY_STATUTE and "then" in rule:
        report.add((*path, "after"), "the statutory term comes last", "after: the first part; then: statute")
    elif BY_STATUTE in (rule.get("after"), rule.get("then")):
        if "statute" not in rule:
            report.add((*path, "statute"), "missing field", "the law whose term it is, such as nl-awr-52")
        elif versions and all(each.term is None for each in versions):
            report.add((*path, "statute"), "this statute sets no term", "write how long, such as P7Y")
    if isinstance(anchors, list) and NOT_STATED in anchors and len(anchors) > 1:
        report.add((*path, "anchors"), "what is not stated goes with no other anchor", f"{NOT_STATED} alone, or the others")
    _check_kept(path, rule, report)
    if "consent_to" in rule and isinstance(anchors, list) and CONSENT_ENDED not in anchors:
        report.add((*path, "consent_to"), "no anchor is the end of a consent", f"add {CONSENT_ENDED} to the anchors, or remove it")


def _check_kept(path: Path, rule: dict[str, Any], report: Report) -> None:
    """Find what nobody can be held to: to keep something until a moment that its holder does not know, or that is somebody's choice."""
    if rule.get("kept", "at_most") == "at_most":
        return
    if rule.get("holder") == "recipient":
        report.add((*path, "kept"), "only the controller promises to keep", "remove it, or set holder: controller")
    anchors = rule.get("anchors")
    if isinstance(anchors, list) and {NOT_STATED, CONSENT_ENDED} & set(map(str, anchors)):
        report.add((*path, "kept"), "does not go with these anchors", f"nothing must be kept until {CONSENT_ENDED} or {NOT_STATED}")


_SCOPE = {
    "purposes": ("any", "collect", "share", "use", "consult", "erase"),
    "except_purposes": ("any", "collect", "share", "use", "consult"),
    "categories": ("any", "collect", "share", "use", "consult", "erase", "rectify"),
    "activities": ("any", "collect"),
    "stores": ("any", "collect", "erase"),
    "roles": ("any", "share"),
    "except_roles": ("share",),
    "recipients": ("any", "share", "use"),
    "products": ("any", "share"),
    "except_products": ("share",),
    "channels": ("any", "use"),
    "outcomes": ("answer",),
    "by": ("share", "use", "erase", "rectify"),
}
"""Which acts a limit can ask for: an event without the field would never match."""


def _check_scope(path: Path, rule: dict[str, Any], act: Any, report: Report) -> None:
    for field, acts in _SCOPE.items():
        if field in rule and isinstance(act, str) and act not in acts:
            report.add((*path, field), f"an act of kind {act} has no such thing", f"goes with {', '.join(acts)}")


def _check_condition(path: Path, rule: dict[str, Any], report: Report) -> None:
    act, needs, cap = rule.get("act"), rule.get("needs"), rule.get("at_most")
    named = needs if isinstance(needs, list) else ()
    _check_scope(path, rule, act, report)
    if (needs is None) == (cap is None):
        report.add(path, "expected either needs or at_most", "needs: what must be there; at_most: how many there may be")
    for index, need in enumerate(named):
        acts = NEEDS.get(need, ()) if isinstance(need, str) else ()
        if acts and act not in acts:
            report.add((*path, "needs", index), f"an act of kind {act} cannot have it", f"goes with {', '.join(acts)}")
    if ("legal_ground" in named) != ("grounds" in rule):
        report.add((*path, "grounds"), "grounds and the need legal_ground go together", "name the grounds that count")
    if ("no_objection_to" in named) != ("objections" in rule):
        report.add((*path, "objections"), "objections and the need no_objection_to go together", "name the purposes that one may have objected to")
    if "asked_as_choice" in named and "categories" not in rule:
        report.add((*path, "categories"), "asked_as_choice is about categories", "name what one may leave out")
    if cap is not None:
        purposes = rule.get("purposes")
        if act != "use" or not isinstance(purposes, list) or not set(map(str, purposes)) <= COUNTED_PURPOSES:
            report.add(path, "only uses for marketing are counted", f"act: use, purposes among {', '.join(sorted(COUNTED_PURPOSES))}")
        if "categories" in rule or "recipients" in rule:
            report.add(path, "a cap counts by purpose, channel and who sends", "leave categories and recipients out")


def _check_duty(path: Path, rule: dict[str, Any], report: Report) -> None:
    on = rule.get("on")
    deeds = next((deeds for occasion, deeds in DEEDS.items() if occasion == on), ())
    if deeds and isinstance(rule.get("do"), str) and rule["do"] not in deeds:
        report.add((*path, "do"), f"nothing that is done on {on}", f"goes with {', '.join(deeds)}")
    for field, occasion in (("risks", "breach"), ("rights", "request")):
        if field in rule and on != occasion:
            report.add((*path, field), f"only on {occasion}", f"remove it, or set on: {occasion}")
