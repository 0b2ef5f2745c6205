"""Many short lives in which things begin, end or never begin, in any order: for who was a customer, and for terms that will not start by themselves;
and in which people choose about marketing, and authorities get data with a request or without: for the reports over everybody.

The same for the same seed. Judges nothing. Used where two ways to the same answer must agree: the database's and the core's, everybody's and one's.
"""

from __future__ import annotations

from random import Random

from tests.promises.stories import Story

KINDS = {
    "sohosted": ["ACCOUNT_OPENED", "ACCOUNT_CLOSED", "BECAME_CUSTOMER", "CEASED_CUSTOMER", "ORDER_PLACED", "ORDER_COMPLETED"],
    "smallhold": ["CONTRACT_STARTED", "CONTRACT_ENDED", "SERVICE_STARTED", "SERVICE_ENDED"],
    "webhoster": ["SERVICE_STARTED", "SERVICE_ENDED", "ACCOUNT_CLOSED", "CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED", "CERTIFICATE_EXPIRED"],
    "mijndomein": ["CONTRACT_STARTED", "CONTRACT_ENDED"],
}
ACTIVITIES = {
    "sohosted": ["newsletter", "enquiry", "order", "account"],
    "smallhold": ["account", "server_logs"],
    "webhoster": ["account", "certificate"],
    "mijndomein": ["agreement", "account", "suppression"],
}
PURPOSES = ["dpv:Marketing", "dpv:DirectMarketing", "ledger:Newsletter"]


def lives(hoster: str, seed: int, people: int) -> Story:
    """A story of so many people and one dataset in ten, on a few days, with moments that are equal and facts that are told late."""
    chance, story = Random(seed), Story(hoster)  # noqa: S311  lives, not secrets
    for number in range(people):
        story.of(f"{'dataset-' if number % 10 == 9 else 's'}{number}")
        for _ in range(chance.randint(1, 8)):
            story.on(f"2019-01-0{chance.randint(1, 6)}")
            ref = chance.choice(["r-1", "r-2", None])
            if chance.random() < 0.3 or story.subject.startswith("dataset-"):  # of unknown people nothing is reached
                story.collects(chance.choice(ACTIVITIES[hoster]), ref=ref)
            elif chance.random() < 0.5:
                _chooses_or_is_asked_for(story, chance)
            else:
                story.reaches(chance.choice(KINDS[hoster]), ref)
    return story.clock("2019-01-02").clock("2019-03-01")


def _chooses_or_is_asked_for(story: Story, chance: Random) -> None:
    kind, channel = chance.randint(1, 5), chance.choice(["email", None])
    ref = chance.choice(["disclosure-1", "disclosure-2", None])
    if kind <= 2:
        state = chance.choice(["GIVEN", "WITHDRAWN", "REFUSED", "RENEWED"])
        story.consents("ledger:Newsletter", state, channel=channel, recipient=chance.choice(["mailer", None, None]))
    elif kind == 3:
        story.objects(chance.choice(PURPOSES), chance.choice(["RAISED", "RAISED", "LIFTED"]), channel=channel)
    elif kind == 4:
        role = chance.choice(["law_enforcement", "court", "debt_collector", "data_centre"])
        story.shares(chance.choice(["one", "two"]), role, *chance.sample(["pd:Name", "pd:EmailAddress"], 2), disclosure_ref=ref)
    elif chance.random() < 0.5 and ref:
        story.tell("DisclosureRequested", disclosure_ref=ref, requester_kind="police", ground="police_demand", categories=["pd:Name"])
    else:
        story.decides(chance.choice(["GRANTED", "PARTLY", "REFUSED"]))
