"""The register of processing: declared against observed, and the differences both ways."""

from __future__ import annotations

from ledger.answers.query import Query
from ledger.answers.shapes_register import Declared, DisclosureLine, ProcessingLine, RegisterAnswer
from ledger.cli.register_tables import register_markdown
from tests.histories import collected, project, tick
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer
from tests.without_facts import without_facts


def asked(story: Story) -> RegisterAnswer:
    return Query(MemoryAnswers(project(story.log))).processing_register(story.hoster)


def activity(answer: RegisterAnswer, name: str) -> ProcessingLine:
    (found,) = [each for each in answer.activities if each.activity == name]
    return found


def role(answer: RegisterAnswer, name: str) -> DisclosureLine:
    (found,) = [each for each in answer.recipients if each.role.term == name]
    return found


def names(heading: Declared) -> tuple[list[str], list[str]]:
    """What was seen and is not declared; what is declared and was never seen."""
    return [each.term for each in heading.not_declared], [each.term for each in heading.never_observed]


def test_what_was_collected_as_declared_differs_only_in_what_was_never_seen() -> None:
    line = activity(asked(customer("smallhold").clock("2019-02-01")), "account")

    assert (line.is_declared, line.is_observed, line.subjects) == (True, True, 1)
    assert names(line.purposes) == names(line.stores) == ([], [])
    assert names(line.categories)[0] == [] and "pd:TelephoneNumber" in names(line.categories)[1]


def test_categories_grounds_stores_and_countries_that_the_policy_does_not_declare_are_named() -> None:
    story = customer("smallhold").collects("account", "pd:BankAccount", legal_basis="eu-gdpr:A6-1-f", country="US")

    line = activity(asked(story.clock("2019-02-01")), "account")

    assert names(line.categories)[0] == ["pd:BankAccount"]
    assert names(line.legal_bases)[0] == ["eu-gdpr:A6-1-f"]
    assert [each.term.partition(" ")[2] for each in line.stores.not_declared] == ["(US)"]


def offsets(heading: Declared) -> dict[str, tuple[list[int | None], int]]:
    """Of each thing that is not declared: where the facts stand that it rests on, and of how many holdings more."""
    return {each.term: ([event.offset for event in each.rests_on], each.more) for each in heading.not_declared}


def test_each_thing_that_is_not_declared_leads_to_its_own_facts() -> None:
    story = Story("smallhold").on("2019-01-01").collects("account", "pd:Name")  # at offset 1, with the four purposes of the activity
    story.collects("account", "pd:BirthDate", "pd:Name").collects("account", "pd:Name", legal_basis="eu-gdpr:A6-1-f", country="US", ref="r")
    story.of("s2").collects("account", "pd:Name", purposes=["dpv:Marketing"]).of("s1").collects("account", "pd:Name")

    line = activity(asked(story.clock("2019-02-01")), "account")

    assert offsets(line.categories) == {"pd:BirthDate": ([2], 3)}, "the latest fact of these holdings names none"
    assert offsets(line.purposes) == {"dpv:Marketing": ([4], 0)}
    assert offsets(line.legal_bases) == {"eu-gdpr:A6-1-f": ([3], 3)}
    assert [each.rests_on[0].offset for each in line.stores.not_declared] == [3]


def test_what_is_not_declared_names_its_first_and_its_latest_fact_also_of_what_is_gone() -> None:
    story = customer("mijndomein")
    for name in ("s1", "s2", "s3"):
        story.of(name).shares("sidn", "registry", "pd:BankAccount", ref="d")
    last = len(story.log) - 1
    held = offsets(role(asked(story.clock("2019-02-01")), "registry").categories)
    gone = offsets(role(asked(story.erases("pd:BankAccount", by="sidn").clock("2019-02-02")), "registry").categories)

    assert held == gone == {"pd:BankAccount": ([last - 2, last], 1)}


def test_what_was_erased_was_seen_all_the_same() -> None:
    story = customer("smallhold").collects("account", "pd:BankAccount").on("2019-02-01").erases("pd:BankAccount").clock("2019-02-02")

    assert names(activity(asked(story), "account").categories)[0] == ["pd:BankAccount"]


def test_an_activity_that_nobody_declared_and_one_that_nobody_saw_are_one_difference_each() -> None:
    quiet = asked(Story("smallhold").clock("2019-02-01"))
    story = Story("smallhold").collects("profiling", "pd:Name")
    answer = asked(story.clock("2019-02-01"))

    assert not activity(answer, "profiling").is_declared and activity(answer, "profiling").is_observed
    assert not activity(answer, "account").is_observed
    assert (quiet.differences, answer.differences) == (len(quiet.activities) + len(quiet.recipients), quiet.differences + 1)


def test_a_line_that_was_never_seen_rests_on_the_policy_that_declares_it() -> None:
    answer = asked(Story("smallhold").clock("2019-02-01"))

    assert answer.policy is not None and answer.policy.offset == 0
    assert {line.rests_on for line in (*answer.activities, *answer.recipients)} == {(answer.policy,)}
    assert {line.more for line in (*answer.activities, *answer.recipients)} == {0}


def test_a_role_without_a_list_may_get_anything_and_one_with_a_list_only_that() -> None:
    story = customer("mijndomein").shares("sidn", "registry", "pd:BankAccount", ref="d").shares("anyone", "supplier", "pd:BankAccount")
    answer = asked(story.shares("stranger", "debt_collector").clock("2019-02-01"))

    assert names(role(answer, "registry").categories)[0] == ["pd:BankAccount"]
    assert names(role(answer, "supplier").categories)[0] == []
    assert role(answer, "supplier").recipients == ("anyone",)
    assert not role(answer, "debt_collector").is_declared


def test_a_role_says_where_outside_the_eu_its_recipients_have_it_and_on_what() -> None:
    story = customer("mijndomein").shares("us", "supplier", country="US", safeguard="ledger:PrivacyShield").shares("nl", "supplier", country="NL")

    (transfer,) = role(asked(story.clock("2021-01-01")), "supplier").transfers

    assert (transfer.country, transfer.state) == ("US", "lapsed")


def test_each_activity_says_its_terms_in_words_and_where_none_is_stated() -> None:
    answer = asked(Story("sohosted").clock("2019-02-01"))

    assert activity(answer, "portal_actions").terms == (
        "SO-03: 2 years, then 7 years, to the end of that calendar year after ACCOUNT_CLOSED (nl-awr-52)",
    )
    assert activity(answer, "site_statistics").terms == ("no term stated",)
    assert activity(answer, "newsletter").terms == ("SO-06: others: at once after CONSENT_ENDED", "SO-06: customers: at once after ACCOUNT_CLOSED")


def test_without_a_policy_nothing_is_declared() -> None:
    answer = Query(MemoryAnswers(project([tick(1, 0), collected(2, 1)]))).processing_register("hoster")

    assert (answer.version, answer.policy, [line.is_declared for line in answer.activities]) == (None, None, [False])


def test_as_markdown_each_line_has_its_table_and_its_differences() -> None:
    story = customer("smallhold").collects("account", "pd:BankAccount").clock("2019-02-01")

    text = register_markdown(asked(story))

    assert "# Register of processing (GDPR Art. 30(1))" in text
    assert "- **difference**: NOT DECLARED: bank account number (0@6 +3)" in text
    assert "### account\n" in text and "| what | " in text
    assert "SIMULATED ledger" in text
    assert "- not on the ledger: the security measures (Art. 30(1)(g))" in text


def test_each_register_says_what_the_law_asks_of_it_and_no_event_tells() -> None:
    query = Query(MemoryAnswers(project(customer("smallhold").clock("2019-02-01").log)))

    said = [query.processing_register("smallhold").not_covered, query.processor_statement("smallhold").not_covered]

    assert all(any(f"Art. {article}" in each for each in found) for found, article in zip(said, ("30(1)", "30(2)"), strict=True))
    assert query.breaches().not_covered == (), "of a breach that is there: test_report_breaches.py"


def test_from_tallies_it_says_the_same_but_for_the_facts_that_it_rests_on() -> None:
    story = customer("mijndomein").collects("account", "pd:BirthDate", "pd:Name", purposes=["dpv:Marketing"]).collects("unheard_of", "pd:Name")
    story.collects("account", "pd:BankAccount", legal_basis="eu-gdpr:A6-1-f", country="US", ref="r").on("2019-02-01").erases("pd:BankAccount")
    for name in ("s1", "s2"):
        story.of(name).shares("sidn", "registry", "pd:BankAccount", ref="d").shares("who", "trademark_claimant", "pd:Name", ref="d")
    query = Query(MemoryAnswers(project(story.clock("2019-03-01").log)))

    whole, fast = query.processing_register("mijndomein"), query.processing_register("mijndomein", with_facts=False)

    assert without_facts(whole) == without_facts(fast)
    assert whole.differences == fast.differences > 5
    (line,), (fast_line,) = ([each for each in found.activities if each.activity == "account"] for found in (whole, fast))
    assert fast_line.rests_on == () and fast_line.more == line.more + len(line.rests_on)
    undeclared, fast_undeclared = (role(found, "registry").categories.not_declared for found in (whole, fast))
    assert [each.more for each in fast_undeclared] == [each.more + len(each.rests_on) for each in undeclared] != []
