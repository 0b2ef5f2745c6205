"""What a statement declares about data, in words: an activity of the controller, or what a role of recipients may get.

Pure. Source: docs/judging.md section 2.
"""

from __future__ import annotations

from ledger.core.judging.declared import UNDECLARED
from ledger.core.policy import Activity, Policy, RecipientRule
from ledger.core.stated_record import Security
from ledger.explaining.shapes import Asked, Sentence
from ledger.explaining.terms import statute_named
from ledger.explaining.words import Words


def activity_in_words(policy: Policy, activity: Activity, asked: Asked, words: Words) -> list[Sentence]:
    """What is declared for an activity; where one purpose or some categories are asked about, whether they are."""
    say, promise = words.say, activity.promises[0] if activity.promises else UNDECLARED
    stores = words.all_of(f"{store.name} ({store.country})" for store in activity.stores)
    said = [
        say("declared.activity", controller=policy.controller, title=title_of(activity, words), activity=activity.name),
        say("declared.categories", categories=words.all_of(words.names("categories", activity.categories))),
        say("declared.purposes", purposes=words.all_of(words.names("purposes", activity.purposes))),
        say("declared.grounds", grounds=words.all_of(words.ground(each) for each in activity.legal_bases)),
        *(
            say("declared.statute", purpose=words.name("purposes", purpose), statute=statute_named(policy, statute, words))
            for purpose, statute in sorted(activity.statutes.items())
        ),
        words.code("necessity", activity.necessity),
        say("declared.stores", stores=stores),
    ]
    if activity.origins:
        said.append(say("declared.origins", origins=words.all_of(words.code("origin", origin) for origin in sorted(activity.origins))))
    else:
        said.append(words.keys["declared.origins_any"])
    if people := policy.data_subjects | activity.data_subjects:
        said.append(say("declared.people", people=words.all_of(words.names("data_subjects", people))))
    if secured := _secured(policy.security, activity.security, words):
        said.append(say("declared.secured", measures=words.all_of(secured)))
    if activity.on_behalf_of is not None:
        said.append(say(f"declared.on_behalf_of_{activity.on_behalf_of}", controller=policy.controller))
    found = [Sentence(text, activity.promises if place == 0 else ()) for place, text in enumerate(said)]
    if asked.purpose is not None and asked.purpose not in activity.purposes:
        found.append(Sentence(say("declared.other_purpose", purpose=words.name("purposes", asked.purpose), promise=promise), (promise,)))
    for category in sorted(asked.categories - activity.categories):
        found.append(Sentence(say("declared.other_category", category=words.name("categories", category), promise=promise), (promise,)))
    return [*found, Sentence(say("declared.bounds", promise=promise), (promise,))]


def _secured(of_all: Security, own: Security, words: Words) -> list[str]:
    """The measures, then what their names do not say."""
    notes = [(each.note_nl if words.language == "nl" else "") or each.note for each in (of_all, own)]
    return [*words.names("security_measures", of_all.measures | own.measures), *(note for note in notes if note)]


def role_in_words(policy: Policy, role: RecipientRule, words: Words) -> list[Sentence]:
    """What a recipient in this role may get, and for what."""
    promise = role.promises[0] if role.promises else UNDECLARED
    said = [Sentence(words.say("declared.recipient", role=words.name("recipient_roles", role.role), controller=policy.controller), role.promises)]
    for field, kind, names in (("purposes", "purposes", role.purposes), ("categories", "categories", role.categories)):
        if names:
            text = words.say(f"declared.role_{field}", **{field: words.all_of(words.names(kind, names)), "promise": promise})
            said.append(Sentence(text, (promise,)))
        else:
            said.append(Sentence(words.keys[f"declared.role_{field}_any"]))
    if role.named:
        said.append(Sentence(words.say("declared.role_named", names=words.all_of(sorted(role.named)), promise=promise), (promise,)))
    elif role.such_as:
        said.append(Sentence(words.say("declared.role_such_as", names=words.all_of(sorted(role.such_as))), (promise,)))
    else:
        said.append(Sentence(words.keys["declared.role_named_any"]))
    return said


def title_of(activity: Activity, words: Words) -> str:
    """The title of an activity in this language, where the file has one."""
    return activity.title_nl if words.language == "nl" and activity.title_nl else activity.title
