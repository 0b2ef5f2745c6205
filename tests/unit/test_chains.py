"""Links put together: every way to its end once, round ways and endless ones too."""

from __future__ import annotations

from itertools import pairwise, product

from ledger.answers.chains import CHAINS_MAX, LINKS_MAX, chains_of
from ledger.answers.presentation import term
from ledger.answers.shapes_overviews import Flow, ListedBy

LISTED = ListedBy(question="recipients", controller="c")


def flow(link: str, holdings: int = 1, controller: str = "c", role: str = "registry") -> Flow:
    giver, recipient = link.split(">")
    about = term("recipient_roles", role)
    return Flow(controller=controller, giver=giver, recipient=recipient, role=about, holdings=holdings, listed_by=LISTED)


def ways(*links: str | Flow) -> list[tuple[str, str]]:
    found, more = chains_of([link if isinstance(link, Flow) else flow(link) for link in links])
    assert not more
    return [(">".join([chain.links[0].giver, *(link.recipient for link in chain.links)]), chain.end) for chain in found]


def test_what_nobody_gave_on_is_no_chain() -> None:
    assert ways() == ways("c>a", "c>b") == []


def test_each_way_to_its_end_is_one_and_the_link_with_most_holdings_comes_first() -> None:
    found = ways("c>a", flow("c>b", 5), "a>x", flow("a>y", 2), "b>x", "x>z")
    assert found == [("c>b>x>z", "LAST"), ("c>a>y", "LAST"), ("c>a>x>z", "LAST")]


def test_each_link_has_its_own_holdings_and_a_recipient_in_two_roles_is_two_links() -> None:
    found, _ = chains_of([flow("c>a", 7), flow("a>b", 3), flow("a>b", 2, role="backup")])
    assert [[(link.holdings, link.role.term) for link in chain.links] for chain in found] == [
        [(7, "registry"), (3, "registry")], [(7, "registry"), (2, "backup")],
    ]  # fmt: skip


def test_a_way_that_comes_back_ends_there_also_at_the_controller_and_with_oneself() -> None:
    assert ways("c>a", "a>b", "b>a", "b>d") == [("c>a>b>a", "CIRCLE"), ("c>a>b>d", "LAST")]
    assert ways("c>a", "a>c") == [("c>a>c", "CIRCLE")]
    assert ways("c>a", "a>a") == [("c>a>a", "CIRCLE")]


def test_what_does_not_begin_with_the_controller_is_told_from_whoever_gave_it_first() -> None:
    assert ways("z>a", "c>b", "a>b", "b>d") == [("c>b>d", "LAST"), ("z>a>b>d", "LAST")]
    assert ways("b>a", "a>b", "c>d") == [("a>b>a", "CIRCLE")], "a circle begins somewhere"


def test_a_long_way_is_cut_and_what_is_behind_the_cut_is_told_from_there() -> None:
    names = ["c", *(f"r{number}" for number in range(LINKS_MAX + 2))]
    links = [">".join(pair) for pair in pairwise(names)]
    assert ways(*links) == [(">".join(names[: LINKS_MAX + 1]), "CUT"), (">".join(names[LINKS_MAX:]), "LAST")]
    assert ways(*links[:LINKS_MAX]) == [(">".join(names[: LINKS_MAX + 1]), "LAST")]


def test_so_many_ways_that_nobody_could_read_them_are_not_all_walked() -> None:
    layers = [["c"], *([f"r{layer}-{number}" for number in range(10)] for layer in range(LINKS_MAX))]
    links = [flow(f"{giver}>{recipient}") for givers, recipients in pairwise(layers) for giver, recipient in product(givers, recipients)]
    found, more = chains_of([*links, flow("d>a", controller="d"), flow("a>b", controller="d")])
    assert more and [chain.controller for chain in found] == ["c"] * CHAINS_MAX + ["d"]


def test_exactly_as_many_as_are_shown_are_all() -> None:
    found, more = chains_of([flow("c>a"), *(flow(f"a>r{number}") for number in range(CHAINS_MAX))])
    assert len(found) == CHAINS_MAX and not more
