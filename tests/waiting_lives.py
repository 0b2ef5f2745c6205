"""Many short lives in which things begin, end or never begin, in any order: for who was a customer, and for terms that will not start by themselves.

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
    "mijndomein": ["agreement", "account"],
}


def lives(hoster: str, seed: int, people: int) -> Story:
    """A story of so many people and one dataset in ten, on a few days, with moments that are equal and facts that are told late."""
    chance, story = Random(seed), Story(hoster)
    for number in range(people):
        story.of(f"{'dataset-' if number % 10 == 9 else 's'}{number}")
        for _ in range(chance.randint(1, 8)):
            story.on(f"2019-01-0{chance.randint(1, 6)}")
            ref = chance.choice(["r-1", "r-2", None])
            if chance.random() < 0.3 or story.subject.startswith("dataset-"):  # of unknown people nothing is reached
                story.collects(chance.choice(ACTIVITIES[hoster]), ref=ref)
            elif hoster == "sohosted" and chance.random() < 0.3:
                state = chance.choice(["GIVEN", "WITHDRAWN", "REFUSED", "RENEWED"])
                story.consents("ledger:Newsletter", state, channel=chance.choice(["email", None]), recipient=chance.choice(["mailer", None, None]))
            else:
                story.reaches(chance.choice(KINDS[hoster]), ref)
    return story.clock("2019-01-02").clock("2019-03-01")
