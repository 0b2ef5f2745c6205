"""What is known of one person with all that it rests on, to be put into a bundle. Source: docs/evidence.md section 9."""

from __future__ import annotations

from typing import Any, NamedTuple

from ledger.answers.query import Query
from ledger.answers.shapes import Freshness, as_json
from ledger.auditing.bundles import Place, places_in
from ledger.topics import FACTS


class Resting(NamedTuple):
    """An answer about one person in JSON form, and the places of all facts about the person and of what else the answer names.

    places: none where nothing is known. A fact that has been folded may not be sealed yet.
    """

    answer: Any
    places: list[Place]
    freshness: Freshness


def rests_on(query: Query, controller: str, subject_ref: str) -> Resting:
    """The answer and the facts have to be of one moment: asked within `query.one_moment`. Raises: as the questions of Query."""
    found = query.subject(controller, subject_ref)
    own = [Place(FACTS, *each) for each in query.places_of_subject(controller, subject_ref)]
    answer = as_json(found)
    return Resting(answer, [*own, *places_in(answer)] if own else [], found.freshness)
