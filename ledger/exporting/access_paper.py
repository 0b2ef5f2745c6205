"""The report of GDPR Art. 15 on paper: in plain words, in the order of the article. Pure: an answer in, a paper out.

Must never show more than the answer: what an order keeps from the person is not in their copy of it. Source: docs/answers.md, "Subject report".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.answers.shapes_access import AccessAnswer, Held, Origin
from ledger.answers.shapes_sharing import SafeguardAnswer
from ledger.exporting.asked import Language
from ledger.exporting.paper import Paper, Part, Table
from ledger.exporting.words import Saying


def access_paper(answer: AccessAnswer, language: Language) -> Paper:
    """The report, for the person or for an officer."""
    saying = Saying(language)
    is_officer = answer.audience == "officer"
    about = [(saying.say("controller"), answer.controller), (saying.say("reference"), answer.subject_ref)]
    if answer.statement:
        about.append((saying.say("statement"), saying.say("version", title=answer.statement, version=answer.version)))
    about.append((saying.say("moment"), saying.time(answer.time_reached) if answer.time_reached else "-"))
    title = saying.say("access_officer" if is_officer else "access_title")
    parts = tuple(_parts(answer, saying, title)) if answer.known else (Part(title, (saying.say("nothing_known"),)),)
    warning = saying.say("simulated_warning") if answer.freshness.simulated else ""
    return Paper(title, language, tuple(about), parts, saying.freshness(answer.freshness), warning)


def _parts(answer: AccessAnswer, saying: Saying, title: str) -> Iterator[Part]:
    say, names = saying.say, saying.names
    yield Part(say("about"), (say("article_15"),))
    yield _part(saying, "held", [_held(each, saying) for each in answer.held], say("nothing_held"))
    receivers = [
        (
            "\n".join(filter(None, [each.recipient, saying.name("recipient_roles", each.role), each.country])), names("categories", each.categories),
            names("purposes", each.purposes), say("yes" if each.has_now else "no"), " > ".join(each.chain),
        )
        for each in answer.receivers
    ]  # fmt: skip
    yield _part(saying, "receivers", receivers, say("no_receivers"))
    choices = [
        (saying.name("purposes", each.purpose), " ".join(filter(None, [_channel(each.channel, saying), each.recipient])),
         say("consent", state=saying.code(each.state)), saying.day(each.since))
        for each in answer.consents
    ] + [
        (saying.name("purposes", one.purpose), _channel(one.channel, saying), say("objection", state=saying.code(one.state)), saying.day(one.since))
        for one in answer.objections
    ]  # fmt: skip
    requests = [
        (each.request_ref, saying.right(each.right), saying.day(each.received_at), saying.code(each.state),
         say("answered", outcome=saying.outcome(each.outcome), day=saying.day(each.answered_at)) if each.outcome else say("not_answered"))
        for each in answer.requests
    ]  # fmt: skip
    corrections = [(saying.day(each.at), each.by, names("categories", each.categories) or say("any"), each.ref or "-") for each in answer.corrections]
    notices = [
        (saying.day(each.at), say("to_you") if each.to == "subject" else each.to, saying.name("notice_subjects", each.about),
         saying.channel(each.method) if each.method else "-")
        for each in answer.notices
    ]  # fmt: skip
    disclosures = [
        (saying.name("requester_kinds", each.requester), saying.name("disclosure_grounds", each.ground), saying.day(each.requested_at),
         names("categories", each.asked), saying.code(each.decision) if each.decision else say("undecided"), names("categories", each.decided) or "-")
        for each in answer.disclosures
    ]  # fmt: skip
    without = [
        (f"{each.recipient}\n{saying.name('recipient_roles', each.role)}", saying.name("purposes", each.purpose), saying.day(each.shared_at),
         names("categories", each.categories))
        for each in answer.without_request
    ]  # fmt: skip
    for key, rows in (
        ("choices", choices), ("requests", requests), ("corrections", corrections), ("notices", notices), ("disclosures", disclosures),
        ("without", without),
    ):  # fmt: skip
        if rows:
            yield _part(saying, key, rows)
    yield from _seen(answer, saying)
    yield from _for_officers(answer, saying)
    yield Part(say("automated"), (say("automated_text"),))
    rights = tuple(
        f"{saying.right(each.right).capitalize()} ({_article(each.article, saying)}): {say(f'right.{each.right}')}." for each in answer.rights
    )
    yield Part(say("rights"), (*rights, say("complaint")))


def _seen(answer: AccessAnswer, saying: Saying) -> Iterator[Part]:
    if answer.look_ups or answer.look_ups_forgotten:
        rows = [
            (saying.time(each.at), saying.name("purposes", each.purpose), saying.names("categories", each.categories),
             each.ticket_ref or each.incident_ref or each.permission_ref or "-")
            for each in answer.look_ups
        ]  # fmt: skip
        term = saying.length(answer.look_ups_term) if answer.look_ups_term else None
        said = saying.say("look_ups_term", term=term, forgotten=answer.look_ups_forgotten) if term else ""
        yield Part(saying.say("look_ups"), (said,) if said else (), _table(saying, "look_ups", rows))
    if answer.ip_entries:
        entries = [
            (saying.time(each.at), each.activity, each.store, saying.names("categories", each.categories), saying.day(each.erased_at))
            for each in answer.ip_entries
        ]
        yield _part(saying, "ip", entries)
    if answer.silent:
        yield Part(saying.say("silent"), tuple(saying.say("silent_note", promise=each.promise, note=saying.note(each)) for each in answer.silent))


def _for_officers(answer: AccessAnswer, saying: Saying) -> Iterator[Part]:
    if answer.holds:
        rows = [
            (each.hold_ref, saying.code(each.kind), saying.say("yes" if each.stands else "no"), saying.day(each.placed_at)) for each in answer.holds
        ]
        yield _part(saying, "holds", rows)
    if answer.obligations:
        duties = [
            (" ".join(filter(None, [each.holder, each.store])), f"{saying.code(each.kind)} {saying.names('categories', each.categories)}".strip(),
             saying.code(each.state), saying.day(each.due_at), each.rule)
            for each in answer.obligations
        ]  # fmt: skip
        yield Part(saying.say("officer_obligations"), (), _table(saying, "obligations", duties))
    if answer.violations:
        broken = [
            (each.promise, each.rule.replace("-", " "), saying.code(each.severity), each.holder or "-", saying.names("categories", each.categories))
            for each in answer.violations
        ]
        yield Part(saying.say("officer_violations"), (), _table(saying, "violations", broken))


def _part(saying: Saying, key: str, rows: Iterable[tuple[str, ...]], otherwise: str = "") -> Part:
    found = tuple(rows)
    return Part(saying.say(key), (), _table(saying, key, found)) if found else Part(saying.say(key), (otherwise,))


def _table(saying: Saying, key: str, rows: Iterable[tuple[str, ...]]) -> Table:
    return Table(tuple(saying.say(f"{key}_columns").split("|")), tuple(rows))


def _held(each: Held, saying: Saying) -> tuple[str, ...]:
    of, say = each.holding, saying.say
    who = [of.holder, saying.name("recipient_roles", of.role) if of.role else say("own")]
    who += [say("store", store=of.store)] if of.store else []
    who += [say("country", country=of.country)] if of.country else []
    who += [transfer_words(each.transfer, saying)] if each.transfer else []
    what = [say("since", name=saying.name("categories", one.category), day=saying.day(one.since)) for one in of.categories]
    purpose = [saying.name("purposes", of.purpose), saying.ground(of.legal_basis), *([say("for_ref", ref=of.ref)] if of.ref else [])]
    until = [say("until", day=saying.until(of.until)) if of.until is not None else say("no_date"), saying.why(of.why, of.until)]
    origins = dict.fromkeys(_origin(one, saying) for one in each.origins)
    return "\n".join(who), "\n".join(what), "\n".join(purpose), "\n".join(until), "\n".join(origins) or "-"


def transfer_words(found: SafeguardAnswer, saying: Saying) -> str:
    """What a transfer rests on."""
    safeguard = f", {saying.name('safeguards', found.safeguard)}" if found.safeguard else ""
    return saying.say("transfer", state=saying.code(found.state), safeguard=safeguard)


def _channel(value: str | None, saying: Saying) -> str:
    return saying.channel(value) if value else saying.say("any")


def _origin(each: Origin, saying: Saying) -> str:
    return saying.say("origin_giver", giver=each.giver) if each.giver is not None else saying.say(f"origin.{each.origin or 'UNKNOWN'}")


def _article(text: str, saying: Saying) -> str:
    """`Art. 7(3)`: artikel 7 lid 3 AVG."""
    if saying.language == "en":
        return f"{text} GDPR"
    return f"{text.replace('Art.', 'artikel').replace('(', ' lid ').replace(')', '')} AVG"
