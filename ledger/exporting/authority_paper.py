"""The registers of GDPR Art. 30(1) and 30(2) in the shape of the Dutch authority: its columns, in Dutch with the English name beside each.

What neither the policy nor an event tells is said as such and never made up. Which recipients an activity has is worked out: a role counts when it
may get, or got, a category of the activity for one of its purposes; each role also has a line of its own, so nothing is lost by that. Pure: answers
in, papers and rows out.
Source: Autoriteit Persoonsgegevens, "Verwerkingsregister"; GDPR Art. 30; docs/answers.md, "Register of processing", "Processor statement".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.answers.not_covered import IN_DUTCH
from ledger.answers.shapes import Term
from ledger.answers.shapes_processor import CustomersProcessing, Processing, StatementAnswer
from ledger.answers.shapes_record import ContactAnswer, ContactsAnswer, SecurityAnswer
from ledger.answers.shapes_register import Declared, DisclosureLine, ProcessingLine, RegisterAnswer
from ledger.answers.shapes_sharing import SafeguardAnswer
from ledger.answers.stated_record import NOBODY
from ledger.exporting.access_paper import transfer_words
from ledger.exporting.asked import Language
from ledger.exporting.columns import Column, columns
from ledger.exporting.paper import Paper, Part, Table
from ledger.exporting.words import Saying


def _named(text: str) -> tuple[Column, ...]:
    return tuple(each._replace(name=each.name.replace("_", " ") + f" ({each.about})") for each in columns(text))


REGISTER: Final = _named("""
    naam_en_contactgegevens_verwerkingsverantwoordelijke text name and contact details of the controller
    verwerkingsactiviteit text processing activity
    doeleinden text purposes
    rechtsgrond text legal basis
    categorieën_betrokkenen text categories of data subjects
    categorieën_persoonsgegevens text categories of personal data
    ontvangers text recipients
    doorgifte text transfers outside the EEA
    bewaartermijn text retention
    beveiligingsmaatregelen text security measures
    systemen text systems
    opgegeven_of_gezien text declared or seen
    verschillen text differences
""")
STATEMENT: Final = _named("""
    naam_en_contactgegevens_verwerker text name and contact details of the processor
    verwerkingsverantwoordelijken text controllers on whose behalf
    categorieën_verwerkingen text categories of processing
    doeleinden text purposes
    categorieën_persoonsgegevens text categories of personal data
    subverwerkers text sub-processors
    doorgifte text transfers outside the EEA
    bewaartermijn text retention
    beveiligingsmaatregelen text security measures
    systemen text systems
""")
PROCESSORS: Final = _named("""
    verwerker text processor
    rol text role
    land text country
    doeleinden text purposes
    categorieën_persoonsgegevens text categories of personal data
    overeenkomst text agreement
    doorgifte text transfers outside the EEA
    langs_welke_weg text by which way
""")


def register_rows(answer: RegisterAnswer, language: Language) -> list[tuple[str, ...]]:
    """A row for each activity, then one for each role of recipients; in the columns of REGISTER."""
    saying = Saying(language)
    return [
        *(_activity(each, answer, saying) for each in answer.activities), *(_role(each, answer, saying) for each in answer.recipients),
    ]  # fmt: skip


def register_paper(answer: RegisterAnswer, language: Language) -> Paper:
    """The register on a sheet on its side."""
    saying = Saying(language)
    about = [*_about(answer.controller, answer.statement, answer.version, saying), (saying.say("in_force"), saying.day(answer.in_force_from))]
    about.append((saying.say("differences"), str(answer.differences)))
    table = Table(tuple(each.name for each in REGISTER), tuple(register_rows(answer, language)))
    parts = (
        Part(saying.say("activities"), (), table), Part(saying.say("not_covered"), _not_covered(answer.not_covered, saying)),
    )  # fmt: skip
    return _paper(saying, "register_title", about, parts, answer)


def statement_rows(answer: StatementAnswer, language: Language) -> list[tuple[str, ...]]:
    """A row for each activity done on behalf of customers; in the columns of STATEMENT."""
    saying = Saying(language)
    return [_on_behalf(each, answer, saying) for each in answer.processing]


def statement_paper(answer: StatementAnswer, language: Language) -> Paper:
    """The register of the processor, and the processors that it engages itself."""
    saying = Saying(language)
    rows = tuple(statement_rows(answer, language))
    table = Table(tuple(each.name for each in STATEMENT), rows) if rows else None
    parts = [Part(saying.say("on_behalf"), () if rows else (saying.say("none_on_behalf"),), table)]
    if answer.processors:
        engaged = tuple(_processor(each, saying) for each in answer.processors)
        parts.append(Part(saying.say("processors"), (), Table(tuple(each.name for each in PROCESSORS), engaged)))
    parts.append(Part(saying.say("not_covered"), _not_covered(answer.not_covered, saying)))
    return _paper(saying, "processor_title", _about(answer.controller, answer.statement, answer.version, saying), tuple(parts), answer)


def _about(controller: str, statement: str | None, version: str | None, saying: Saying) -> list[tuple[str, str]]:
    text = saying.say("version", title=statement, version=version) if statement else saying.say("no_statement")
    return [(saying.say("controller"), controller), (saying.say("statement"), text)]


def _paper(
    saying: Saying, title: str, about: Iterable[tuple[str, str]], parts: tuple[Part, ...], answer: RegisterAnswer | StatementAnswer
) -> Paper:
    warning = saying.say("simulated_warning") if answer.freshness.simulated else ""
    return Paper(saying.say(title), saying.language, tuple(about), parts, saying.freshness(answer.freshness), warning, is_wide=True)


def _activity(line: ProcessingLine, answer: RegisterAnswer, saying: Saying) -> tuple[str, ...]:
    roles = [each for each in answer.recipients if _gets_of(each, line)]
    transfers = dict.fromkeys(_transfer(one, saying) for each in roles for one in each.transfers)
    recipients = [_role_name(each, saying) for each in roles]
    return (
        _who(line.controller, answer.contacts, saying), _title(line, saying), _all(line.purposes, "purposes", saying),
        "\n".join(saying.ground(each) for each in (*line.legal_bases.declared, *_only_seen(line.legal_bases))), _people(line.data_subjects, saying),
        _all(line.categories, "categories", saying), "\n".join(recipients) or "-", "\n".join(transfers) or saying.say("none_outside"),
        "\n".join(saying.rule(each) for each in line.terms) or saying.say("no_term"), _security(line.security, saying),
        "\n".join(dict.fromkeys(each.term for each in (*line.stores.declared, *line.stores.observed))) or "-", _seen(line, saying),
        _differences((("purposes", line.purposes), ("categories", line.categories), ("legal_bases", line.legal_bases), ("", line.stores)), saying),
    )  # fmt: skip


def _title(line: ProcessingLine, saying: Saying) -> str:
    return (line.title_nl if saying.language == "nl" else None) or line.title or line.activity


def _role(line: DisclosureLine, answer: RegisterAnswer, saying: Saying) -> tuple[str, ...]:
    transfers = "\n".join(dict.fromkeys(_transfer(each, saying) for each in line.transfers)) or saying.say("none_outside")
    free = saying.say("any_recipient") if line.is_declared else "-"
    return (
        _who(line.controller, answer.contacts, saying), saying.say("sharing_with", role=saying.name("recipient_roles", line.role)),
        _all(line.purposes, "purposes", saying) or free, "-", _people(answer.data_subjects, saying),
        _all(line.categories, "categories", saying) or free, _role_name(line, saying), transfers, "-", _security(answer.security, saying), "-",
        _seen(line, saying),
        _differences((("purposes", line.purposes), ("categories", line.categories)), saying),
    )  # fmt: skip


def _who(controller: str, contacts: ContactsAnswer, saying: Saying) -> str:
    """Who answers and how to reach them; what the policy leaves open of the controller and of its officer is said."""
    if contacts == NOBODY:
        return f"{controller}\n{saying.say('not_told')}"
    named = contacts.controller
    lines = [controller, saying.say("not_told")] if named is None else [_reached(named, "\n")]
    lines += [saying.say("joint_controller", who=_reached(each)) for each in contacts.joint_controllers]
    lines += [saying.say("representative", who=_reached(contacts.representative))] if contacts.representative else []
    return "\n".join([*lines, saying.say("officer", who=_reached(contacts.officer) if contacts.officer else saying.say("not_told"))])


def _reached(contact: ContactAnswer, between: str = ", ") -> str:
    return between.join(each for each in (contact.name, contact.address, contact.email, contact.phone) if each)


def _people(found: tuple[Term, ...], saying: Saying) -> str:
    return "; ".join(saying.name("data_subjects", each) for each in found) or saying.say("not_told")


def _security(found: SecurityAnswer, saying: Saying) -> str:
    note = (found.note_nl if saying.language == "nl" else None) or found.note or found.note_nl
    lines = [*(saying.name("security_measures", each) for each in found.measures), *([note] if note else [])]
    return "\n".join(lines) or saying.say("not_told")


def _not_covered(texts: tuple[str, ...], saying: Saying) -> tuple[str, ...]:
    return tuple(IN_DUTCH.get(each, each) if saying.language == "nl" else each for each in texts) or (saying.say("all_covered"),)


def _gets_of(role: DisclosureLine, line: ProcessingLine) -> bool:
    """Whether a role may get, or got, something of an activity: what it may get without a limit is of none in particular."""
    purposes = {each.term for each in (*line.purposes.declared, *line.purposes.observed)}
    categories = {each.term for each in (*line.categories.declared, *line.categories.observed)}
    for whose in ("declared", "observed"):
        of_role = {each.term for each in getattr(role.purposes, whose)} & purposes
        what = {each.term for each in getattr(role.categories, whose)}
        if of_role and (what & categories or (whose == "declared" and not what)):
            return True
    return False


def _role_name(line: DisclosureLine, saying: Saying) -> str:
    role = saying.name("recipient_roles", line.role)
    return f"{role}: {', '.join(line.recipients)}" if line.recipients else role


def _only_seen(found: Declared) -> list[Term]:
    declared = {each.term for each in found.declared}
    return [each for each in found.observed if each.term not in declared]


def _all(found: Declared, kind: str, saying: Saying) -> str:
    return "; ".join(saying.name(kind, each) for each in (*found.declared, *_only_seen(found)))


def _seen(line: ProcessingLine | DisclosureLine, saying: Saying) -> str:
    if not line.is_declared:
        return saying.say("seen_only")
    return saying.say("both" if line.is_observed else "declared_only")


def _differences(found: Iterable[tuple[str, Declared]], saying: Saying) -> str:
    lines = []
    for kind, each in found:
        for key, those in (("not_declared", each.not_declared), ("never_seen", each.never_observed)):
            names = [saying.named(kind, one.term) if kind else one.term for one in those]
            lines += [saying.say(key, names=", ".join(names))] if names else []
    return "\n".join(lines) or "-"


def _transfer(found: SafeguardAnswer, saying: Saying) -> str:
    return f"{found.country or '?'}: {transfer_words(found, saying)}"


def _on_behalf(each: CustomersProcessing, answer: StatementAnswer, saying: Saying) -> tuple[str, ...]:
    transfers = [one.transfer for one in each.stores if one.transfer] + [one for other in each.sub_processors for one in other.transfers]
    title = each.title_nl or each.title if saying.language == "nl" else each.title
    subs = [f"{one.processor} ({saying.name('recipient_roles', one.role)})" for one in each.sub_processors]
    names = dict.fromkeys((*each.categories, *each.held))
    return (
        _who(answer.controller, answer.contacts, saying), saying.say("customers", not_told=saying.say("not_told")), title,
        "; ".join(saying.name("purposes", one) for one in each.purposes), "; ".join(saying.name("categories", one) for one in names),
        "\n".join(subs) or "-", "\n".join(dict.fromkeys(_transfer(one, saying) for one in transfers)) or saying.say("none_outside"),
        "\n".join(saying.rule(one) for one in each.terms) or saying.say("no_term"), _security(each.security, saying),
        "\n".join(f"{one.store} ({one.country or '?'})" for one in each.stores) or "-",
    )  # fmt: skip


def _processor(each: Processing, saying: Saying) -> tuple[str, ...]:
    categories = dict.fromkeys(one for gets in each.gets for one in gets.categories)
    return (
        each.processor, saying.name("recipient_roles", each.role), ", ".join(each.countries) or each.country or "-",
        "; ".join(saying.name("purposes", gets.purpose) for gets in each.gets) or "-",
        "; ".join(saying.name("categories", one) for one in categories) or "-", saying.code(each.agreement.state),
        _transfer(each.safeguard, saying) if each.safeguard else saying.say("none_outside"), " > ".join(each.chain),
    )  # fmt: skip
