"""What rests on one event: of the answer on its person, what names it as its evidence. Pure; a scan of one person's answer, nothing else is asked.

Source: docs/answers.md section 1; promise X-06.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]
ABOUT_MANY: Final = {
    "PolicyPublished": "/policies", "RecipientRegistered": "/sharing", "AgreementChanged": "/sharing", "BreachRecorded": "/breaches",
    "AuthorityNotified": "/breaches", "StatementRequested": "/register", "StatementGiven": "/register",
}  # fmt: skip
"""Events of the register -> the page that shows what rests on them."""


def resting_on(event_id: str, found: Json) -> Json:
    """What rests on an event: `held`, `terms`, `gone` (holdings), `duties`, what it has `broken`, and violations of others for which it `counted`.

    found: the answer on a subject in JSON form.
    """

    def is_it(event: Json | None) -> bool:
        return event is not None and event["event_id"] == event_id

    held = [
        each | {"categories": [one for one in each["categories"] if is_it(one["event"])]}
        for each in found["holdings"] if any(is_it(one["event"]) for one in each["categories"])
    ]  # fmt: skip
    gone = [
        each | {"erased": [one for one in each["erased"] if is_it(one["event"])]}
        for each in found["holdings"] if any(is_it(one["event"]) for one in each["erased"])
    ]  # fmt: skip
    return {
        "held": held, "gone": gone,
        "terms": [each for each in found["holdings"] if each["categories"] and any(is_it(anchor["event"]) for anchor in each["why"]["anchors"])],
        "duties": [each for each in found["obligations"] if any(map(is_it, each["rests_on"]))],
        "broken": [each for each in found["violations"] if is_it(each["event"])],
        "counted": [each for each in found["violations"] if not is_it(each["event"]) and any(map(is_it, each["rests_on"]))],
    }  # fmt: skip
