"""Agreements that end: found at the next tick when nothing is in force with the recipient then, in whatever order it was told."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.promises.stories import Story

LAPSED = "agreement-lapsed"
PROMISES = [("mijndomein", "MD-24"), ("sohosted", "SO-09"), ("smallhold", "GDPR-28")]


def agreed(story: Story, state: str, since: str, name: str = "dpa-1", until: str | None = None) -> Story:
    return story.agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", agreement=name, state=state, in_force_from=since, until=until)


def with_an_agreement(hoster: str) -> Story:
    return agreed(Story(hoster).on("2020-01-01"), "IN_FORCE", "2020-01-01T00:00:00+01:00")


@pytest.mark.parametrize(("hoster", "promise"), PROMISES)
def test_so_09_is_broken_by_an_agreement_that_is_ended(hoster: str, promise: str) -> None:
    story = agreed(with_an_agreement(hoster).on("2020-05-20"), "ENDED", "2020-06-01T00:00:00+02:00")

    assert story.clock("2020-05-31T23:59:59").broken() == set()
    assert story.clock("2020-06-01T00:00").broken() == {(promise, LAPSED)}
    assert (story.severities(), story.because(promise, LAPSED)) == ({LAPSED: "NOTE"}, ["AgreementChanged", "AgreementChanged"])
    assert story.clock("2020-07-01T00:00").count_found(LAPSED) == 1


def test_so_09_is_broken_by_an_end_that_is_told_late() -> None:
    story = agreed(with_an_agreement("sohosted").clock("2020-06-10T00:00"), "ENDED", "2020-06-01T00:00:00+02:00")

    assert story.broken() == set()
    assert story.clock("2020-06-11T00:00").broken() == {("SO-09", LAPSED)}


@pytest.mark.parametrize("order", list(permutations(("ends", "follows"))))
def test_so_09_is_kept_by_an_agreement_that_takes_the_place_of_one_the_same_day(order: tuple[str, ...]) -> None:
    """Whichever is told first."""
    story = with_an_agreement("sohosted").on("2020-06-01")
    for what in order:
        agreed(story, *{"ends": ("ENDED", "2020-06-01T00:00:00+02:00"), "follows": ("IN_FORCE", "2020-06-01T00:00:00+02:00", "dpa-2")}[what])

    assert story.clock("2020-06-02T00:00").broken() == set()


def test_so_09_is_broken_once_by_an_agreement_that_is_ended_before_its_term() -> None:
    story = agreed(Story("sohosted").on("2020-01-01"), "IN_FORCE", "2020-01-01T00:00:00+01:00", until="2020-12-01T00:00:00+01:00")
    agreed(story.on("2020-05-20"), "ENDED", "2020-06-01T00:00:00+02:00").clock("2020-06-02T00:00")

    assert story.clock("2020-12-02T00:00").count_found(LAPSED) == 1


def test_so_09_is_kept_by_the_end_of_what_nobody_said_was_in_force() -> None:
    """Nothing ends by it; that there was no agreement is found of each share."""
    story = agreed(Story("sohosted").on("2020-01-01"), "ENDED", "2020-01-01T00:00:00+01:00")

    assert story.clock("2020-02-01T00:00").broken() == set()
