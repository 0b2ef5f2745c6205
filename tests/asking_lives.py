"""Many short lives in which people ask things and are answered, and others ask for their data, in any order: for the figures above those lists.

The same for the same seed. Judges nothing.
"""

from __future__ import annotations

from random import Random

from tests.promises.stories import KEPT_BY_LAW, Story, moment

DAYS = ("2018-05-01", "2018-05-20", "2019-01-02", "2019-01-20", "2019-02-10", "2019-02-25", "2019-03-01")
"""The first ones are before any policy: then nothing calls for an answer."""
RIGHTS = ("ACCESS", "ERASURE", "RECTIFICATION", "RESTRICTION", "PORTABILITY", "COMPLAINT", "OBJECTION")
REFS = ("r-1", "r-2", "r-3")
DISCLOSURES = ("disclosure-1", "disclosure-10")
"""The one stands within the other."""


def asking(hoster: str, seed: int, people: int) -> Story:
    """A story of so many people."""
    chance, story = Random(seed), Story(hoster)  # noqa: S311  lives, not secrets
    for number in range(people):
        story.of(f"s{number}").on("2019-01-01").opens_account()
        for _ in range(chance.randint(1, 7)):
            story.on(chance.choice(DAYS))
            (_asks if chance.random() < 0.5 else _is_asked_for)(story, chance)
    return story.clock("2019-01-15").clock("2019-03-03")


def _asks(story: Story, chance: Random) -> None:
    ref, identity = chance.choice(REFS), chance.choice(["DONE", "NOT_NEEDED", "NOT_DONE"])
    if chance.random() < 0.6:
        story.tell("RequestReceived", request_ref=ref, right=chance.choice(RIGHTS), identity_check=identity)
        return
    outcome = chance.choice(["FULFILLED", "PARTLY", "REFUSED", "EXTENDED"])
    reasons = [KEPT_BY_LAW | {"holder": story.hoster}] if outcome in ("PARTLY", "REFUSED") and chance.random() < 0.8 else []
    story.tell("RequestAnswered", request_ref=ref, outcome=outcome, reasons=reasons, identity_check=identity)


def _is_asked_for(story: Story, chance: Random) -> None:
    ref, kind = chance.choice(DISCLOSURES), chance.randint(1, 4)
    categories = chance.sample(["pd:Name", "pd:EmailAddress"], chance.randint(0, 2))
    if kind == 1:
        story.tell("DisclosureRequested", disclosure_ref=ref, requester_kind="police", ground="police_demand", categories=categories)
    elif kind == 2:
        until = chance.choice([None, moment("2019-02-20"), moment("2030-01-01")])
        notice = chance.choice(["DUE", "BARRED"])
        story.tell(
            "DisclosureDecided", disclosure_ref=ref, decision=chance.choice(["GRANTED", "PARTLY", "REFUSED"]), notice=notice,
            barred_until=until if notice == "BARRED" else None, categories=categories,
        )  # fmt: skip
    elif kind == 3:
        story.tells(chance.choice(["disclosure", "disclosure_request"]), ref)
    else:
        story.shares("police", chance.choice(["law_enforcement", "data_centre"]), *(categories or ["pd:Name"]), disclosure_ref=ref)
