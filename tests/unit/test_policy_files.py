"""Policy files: each kind of mistake is found with its line and field, and all of them at once."""


import pytest

from ledger.core.compiled_policy import policy_from_json
from ledger.law.library import load_law
from ledger.policies.checks import Finding, PolicyFileError
from ledger.policies.files import FILE_BYTES_MAX, CompiledPolicy, compile_policy

GOOD = """\
policy: shop-privacy
controller: shop
version: "1"
title: Privacy
time_zone: Europe/Amsterdam
activities:
  account:
    title: The account
    promises: [SH-01]
    purposes: [dpv:AccountManagement]
    legal_basis: [eu-gdpr:A6-1-b]
    categories:
      - pd:Name
      - pd:EmailAddress
    necessity: REQUIRED
    stores: {crm: NL}
recipients:
  registry:
    promises: [SH-05]
    categories: [pd:Name]
retention:
  - id: SH-11
    holder: controller
    activities: [account]
    anchors: [CONTRACT_ENDED]
    after: P2Y
conditions:
  - {id: SH-09, act: use, needs: [consent], purposes: [ledger:Newsletter]}
prohibitions:
  - {id: SH-02, categories: [pd:BankAccount]}
"""


def compiled(text: str) -> CompiledPolicy:
    return compile_policy(text.encode(), file="shop.yaml")


def findings(text: str) -> tuple[Finding, ...]:
    with pytest.raises(PolicyFileError) as caught:
        compiled(text)
    return caught.value.findings


def test_a_correct_file_compiles() -> None:
    result = compiled(GOOD)

    assert result.text == GOOD
    assert result.policy == policy_from_json(result.compiled_json)
    assert result.policy.activities["account"].categories == {"pd:Name", "pd:EmailAddress"}
    assert result.policy.recipients["registry"].categories == {"pd:Name"}


def test_for_whom_an_activity_is_done_stands_in_the_compiled_form_only_where_the_file_says_it() -> None:
    own, theirs = compiled(GOOD), compiled(GOOD.replace("{crm: NL}", "{crm: NL}\n    on_behalf_of: customers"))

    assert own.policy.activities["account"].on_behalf_of is None and "on_behalf_of" not in own.compiled_json
    assert theirs.policy.activities["account"].on_behalf_of == "customers"
    assert theirs.compiled_json.replace('"on_behalf_of":"customers",', "") == own.compiled_json


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "says"),
    [
        # shape
        ("controller: shop\n", "", 1, "controller", "missing field"),
        ("conditions:", "condittions:", 27, "condittions", "did you mean conditions"),
        ("    title: The account\n", "", 7, "activities.account.title", "missing field"),
        ("    after: P2Y\n", "", 22, "retention[0].after", "missing field"),
        ("act: use, needs: [consent]", "act: use", 28, "conditions[0]", "expected either needs or at_most"),
        ("needs: [consent]", "needs: [consnt]", 28, "conditions[0].needs[0]", "did you mean consent"),
        ("needs: [consent]", "needs: [identity]", 28, "conditions[0].needs[0]", "goes with answer"),
        ("act: use, needs: [consent]", "act: share, needs: [legal_ground]", 28, "conditions[0].grounds", "go together"),
        ("needs: [consent]", "needs: [no_objection_to]", 28, "conditions[0].objections", "go together"),
        ("needs: [consent]", "needs: [consent], objections: [dpv:Marketing]", 28, "conditions[0].objections", "go together"),
        ("act: use, needs: [consent]", "act: collect, needs: [asked_as_choice]", 28, "conditions[0].categories", "about categories"),
        ("needs: [consent],", "needs: [consent], roles: [registry],", 28, "conditions[0].roles", "goes with any, share"),
        ("needs: [consent], purposes: [ledger:Newsletter]", "at_most: {count: 6, within: P1Y}", 28, "conditions[0]", "only uses for marketing"),
        ("stores: {crm: NL}", "stores: crm", 16, "activities.account.stores", "expected a map, got text"),
        ("stores: {crm: NL}", "stores: {}", 16, "activities.account.stores", "at least one"),
        ("anchors: [CONTRACT_ENDED]", "anchors: []", 25, "retention[0].anchors", "at least one"),
        ("anchors: [CONTRACT_ENDED]", "anchors: CONTRACT_ENDED", 25, "retention[0].anchors", "expected a list, got text"),
        ("title: Privacy", "title:", 4, "title", "got nothing"),
        ("      - pd:EmailAddress", "      - pd:Name", 12, "activities.account.categories", "once"),
        ("controller: shop", "controller: Shop BV", 2, "controller", "lower-case"),
        ("{crm: NL}", "{CRM: NL}", 16, "activities.account.stores.CRM", "lower-case"),
        ("necessity: REQUIRED", "necessity: NEEDED", 15, "activities.account.necessity", "REQUIRED, OPTIONAL"),
        ("{crm: NL}", "{crm: nl}", 16, "activities.account.stores.crm", "ISO 3166-1"),
        ("{crm: NL}", "{crm: NL}\n    on_behalf_of: customer", 17, "activities.account.on_behalf_of", "customers"),
        ("needs: [consent]", "needs: true", 28, "conditions[0].needs", "expected a list, got true or false"),
        # terms
        ("      - pd:EmailAddress", "      - pd:EmailAdress", 14, "activities.account.categories[1]", "did you mean pd:EmailAddress"),
        ("[dpv:AccountManagement]", "[dpv:AccountMgmt]", 10, "activities.account.purposes[0]", "code list purposes"),
        ("[eu-gdpr:A6-1-b]", "[contract]", 11, "activities.account.legal_basis[0]", "code list legal_bases"),
        ("  registry:", "  registery:", 18, "recipients.registery", "did you mean registry"),
        ("[ledger:Newsletter]}", "[ledger:News]}", 28, "conditions[0].purposes[0]", "code list purposes"),
        ("[ledger:Newsletter]}", "[ledger:Newsletter], channels: [fax]}", 28, "conditions[0].channels[0]", "code list channels"),
        ("[pd:BankAccount]", "[pd:Bank]", 30, "prohibitions[0].categories[0]", "did you mean pd:BankAccount"),
        # milestone kinds
        ("[CONTRACT_ENDED]", "[CONTRACT_STOPPED]", 25, "retention[0].anchors[0]", "did you mean CONTRACT_STARTED"),
        # durations, days, zones
        ("after: P2Y", "after: 2 years", 26, "retention[0].after", "not a duration"),
        ("after: P2Y", "after: P1.5Y", 26, "retention[0].after", "not a duration"),
        ("after: P2Y", "after: P2Y\n    then: P7", 27, "retention[0].then", "not a duration"),
        ("title: Privacy", "title: Privacy\nacts_within: soon", 5, "acts_within", "not a duration"),
        ("title: Privacy", "title: Privacy\nin_force_from: 2018-02-30", 5, "in_force_from", "not a day"),
        ("title: Privacy", "title: Privacy\nannounced_on: 1 June 2018", 5, "announced_on", "not a day"),
        ("Europe/Amsterdam", "Europe/Amsterdm", 5, "time_zone", "did you mean Europe/Amsterdam"),
        ("after: P2Y", "after: P2Y\n    then: seven", 27, "retention[0].then", "or statute"),
        # law
        ("after: P2Y", "after: P2Y\n    statute: nl-awr-25", 27, "retention[0].statute", "did you mean nl-awr-52"),
        ("after: P2Y", "after: P2Y\n    statute: de-ao-147", 27, "retention[0].statute", "known: eu-vat-369k, nl-awr-52"),
        ("after: P2Y", "after: statute", 22, "retention[0].statute", "missing field"),
        ("after: P2Y", "after: P2Y\n    then: statute", 22, "retention[0].statute", "missing field"),
        ("after: P2Y", "after: statute\n    then: P1Y\n    statute: nl-awr-52", 26, "retention[0].after", "comes last"),
        ("{crm: NL}", "{crm: NL}\n    statutes: {dpv:Marketing: nl-awr-52}", 17, "activities.account.statutes.dpv:Marketing",
         "not a purpose of this"),
        ("{crm: NL}", "{crm: NL}\n    statutes: {dpv:AccountManagement: nl-awr-25}", 17, "activities.account.statutes.dpv:AccountManagement",
         "did you mean nl-awr-52"),
        # what a term depends on
        ("[CONTRACT_ENDED]", "[CONTRACT_ENDED, NOT_STATED]", 25, "retention[0].anchors", "goes with no other"),
        ("[CONTRACT_ENDED]", "[CONSENT_END]", 25, "retention[0].anchors[0]", "did you mean CONSENT_ENDED"),
        ("after: P2Y", "after: P2Y\n    consent_to: ledger:Newsletter", 27, "retention[0].consent_to", "add CONSENT_ENDED"),
        ("[CONTRACT_ENDED]", "[CONSENT_ENDED]\n    consent_to: ledger:News", 26, "retention[0].consent_to", "code list purposes"),
        ("after: P2Y", "after: P2Y\n    kept: for_ever", 27, "retention[0].kept", "at_least"),
        ("[CONTRACT_ENDED]\n", "[CONSENT_ENDED]\n    kept: exactly\n", 26, "retention[0].kept", "does not go with these anchors"),
        ("holder: controller\n    activities: [account]", "holder: recipient\n    roles: [registry]\n    kept: at_least", 25, "retention[0].kept",
         "only the controller"),
        ("after: P2Y", "after: P2Y\n    when: customer", 27, "retention[0].when", "expected a map, got text"),
        ("after: P2Y", "after: P2Y\n    when: {customer: true, adult: true}", 27, "retention[0].when.adult", "unknown field"),
        ("after: P2Y", "after: P2Y\n    when: {customer: yes}", 27, "retention[0].when.customer", "got text"),
        # promise ids
        ("- id: SH-11", "- id: SH11", 22, "retention[0].id", "HH-15"),
        ("promises: [SH-01]", "promises: [sh-01]", 9, "activities.account.promises[0]", "HH-15"),
        # references within the file
        ("activities: [account]", "activities: [acount]", 24, "retention[0].activities[0]", "did you mean account"),
        ("holder: controller\n    activities: [account]", "holder: recipient\n    roles: [bank]", 24, "retention[0].roles[0]", "not declared"),
        ("act: use, needs: [consent], purposes: [ledger:Newsletter]", "act: collect, needs: [declared_country], stores: [crn]", 28,
         "conditions[0].stores[0]", "did you mean crm"),
        # countries
        ("{crm: NL}", "{crm: XX}", 16, "activities.account.stores.crm", "ISO 3166-1 has assigned"),
        ("{crm: NL}", "{crm: XK}", 16, "activities.account.stores.crm", "ISO 3166-1 has assigned"),
        ("{crm: NL}", "{crm: EU}", 16, "activities.account.stores.crm", "ISO 3166-1 has assigned"),
        ("{crm: NL}", "{crm: UK}", 16, "activities.account.stores.crm", "did you mean GB"),
        # terms of no length
        ("needs: [consent], purposes", "at_most: {count: 6, within: P0D}, purposes", 28, "conditions[0].at_most.within", "no time"),
        ("after: P2Y", "after: P0D\n    kept: at_least", 27, "retention[0].kept", "keeps nothing"),
        ("after: P2Y", "after: PT0H\n    then: P0D\n    kept: exactly", 28, "retention[0].kept", "keeps nothing"),
        # rules for what is not there
        ("after: P2Y", "after: P2Y\n    purposes: [dpv:Marketing]", 27, "retention[0].purposes[0]", "no activity of this rule"),
        ("after: P2Y", "after: P2Y\n    purposes: [dpv:AccountManagment]", 27, "retention[0].purposes[0]", "code list purposes"),
        ("    activities: [account]\n", "    purposes: [dpv:AccountManagement, dpv:Marketing]\n", 24, "retention[0].purposes[1]",
         "no activity of this rule"),
        ("after: P2Y", "after: P2Y\n    categories: [pd:Name, pd:BankAccount]", 27, "retention[0].categories[1]", "known: pd:EmailAddress, pd:Name"),
        ("holder: controller\n    activities: [account]", "holder: recipient\n    roles: [registry]\n    categories: [pd:BankAccount]", 25,
         "retention[0].categories[0]", "no role of this rule"),
        # rules that can never count
        ("activities: [account]", "roles: [registry]", 24, "retention[0].roles", "only recipients have roles"),
        ("holder: controller", "holder: recipient", 24, "retention[0].activities", "a share names no activity"),
        ("{id: SH-02, categories: [pd:BankAccount]}", "{id: SH-02}", 30, "prohibitions[0]", "forbids everything"),
        ("{id: SH-02, ", "{id: SH-02, act: share, activities: [account], ", 30, "prohibitions[0].activities", "goes with any, collect"),
        # YAML itself
        ("title: Privacy", "title: Privacy\ntitle: Other", 5, "title", "again"),
        ("title: Privacy", "title: [Privacy", 5, "", "expected YAML"),
        ("title: Privacy", "title: &name Privacy\nversion: *name", 5, "", "aliases"),
        ("title: Privacy", "title: !!python/object:os.system Privacy\nx: 1", 5, "x", "unknown field"),
        ("title: Privacy", "title: 'a\x00b'", 4, "", "expected YAML"),
        ("title: Privacy", "title: 'Privacy", 4, "", "a quote that is not closed"),
        ("controller: shop", 'controller: "shop', 2, "", "a quote that is not closed"),
        ("[pd:BankAccount]}", "[pd:BankAccount]", 30, "", "expected ',' or '}'"),
    ],
)  # fmt: skip
def test_each_mistake_is_found_with_line_and_field(old: str, new: str, line: int, field: str, says: str) -> None:
    assert old in GOOD

    (finding,) = findings(GOOD.replace(old, new, 1))

    assert (finding.file, finding.line, finding.field) == ("shop.yaml", line, field)
    assert says in f"{finding.message} {finding.hint}"


def test_all_mistakes_are_found_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("pd:EmailAddress", "pd:Mail").replace("P2Y", "2Y").replace("    categories: [pd:Name]", "    needs: true")

    found = findings(text.replace("controller: shop\n", ""))

    assert [(one.line, one.field) for one in found] == [
        (1, "controller"),
        (13, "activities.account.categories[1]"),
        (19, "recipients.registry.needs"),
        (25, "retention[0].after"),
    ]


def test_a_doubled_field_hides_no_other_mistake() -> None:
    text = GOOD.replace("title: Privacy", "title: Privacy\ntitle: Other").replace("pd:EmailAddress", "pd:Mail")

    assert [(one.line, one.field) for one in findings(text)] == [(5, "title"), (15, "activities.account.categories[1]")]


def test_of_a_doubled_section_both_are_checked() -> None:
    """What the first declares is declared still: without it each rule on `account` would be called a mistake too."""
    second = GOOD[GOOD.index("activities:") : GOOD.index("recipients:")].replace("  account:", "  order:").replace("{crm: NL}", "{crm: nl}")
    rules = "conditions:\n  - {id: SH-10, act: use, needs: [consnt], purposes: [ledger:Newsletter]}\n"

    found = findings(GOOD.replace("[consent]", "[cnsent]") + second + rules)

    assert [(one.line, one.field) for one in found] == [
        (28, "conditions[0].needs[0]"),
        (31, "activities"),
        (41, "activities.order.stores.crm"),
        (42, "conditions"),
        (43, "conditions[1].needs[0]"),
    ]


def test_a_copy_that_was_not_renamed_is_one_finding() -> None:
    copy = GOOD[GOOD.index("  account:") : GOOD.index("recipients:")]

    (finding,) = findings(GOOD.replace("recipients:", copy + "recipients:"))

    assert (finding.line, finding.field) == (17, "activities.account")


def test_a_purpose_of_one_activity_and_a_category_of_another_are_no_rule() -> None:
    order = GOOD[GOOD.index("  account:") : GOOD.index("recipients:")]
    order = order.replace("  account:", "  order:").replace("dpv:AccountManagement", "dpv:Marketing").replace("pd:EmailAddress", "pd:BankAccount")
    text = GOOD.replace("recipients:", order + "recipients:").replace("[account]", "[account, order]")

    (finding,) = findings(text.replace("after: P2Y", "after: P2Y\n    purposes: [dpv:Marketing]\n    categories: [pd:EmailAddress]"))

    assert (finding.field, finding.message) == ("retention[0]", "no activity of this rule has such a purpose and such a category")
    assert compiled(text.replace("after: P2Y", "after: P2Y\n    purposes: [dpv:Marketing]\n    categories: [pd:BankAccount]"))


def test_a_role_that_may_get_anything_may_have_any_rule() -> None:
    text = GOOD.replace("    categories: [pd:Name]\nret", "ret")
    text = text.replace("holder: controller\n    activities: [account]", "holder: recipient\n    roles: [registry]")

    assert compiled(text.replace("after: P2Y", "after: P2Y\n    categories: [pd:BankAccount]\n    purposes: [dpv:Marketing]"))


def test_a_minimum_that_runs_to_the_end_of_the_year_keeps_something() -> None:
    assert compiled(GOOD.replace("after: P2Y", "after: P0D\n    rounding: calendar_year_end\n    kept: at_least"))
    assert compiled(GOOD.replace("after: P2Y", "after: P0D\n    then: P1Y\n    kept: at_least"))


def test_a_list_where_names_are_declared_is_only_that() -> None:
    """Its indices are no names that somebody could have meant."""
    found = findings(GOOD.replace("stores: {crm: NL}", "stores: [crm]").replace("needs: [consent],", "needs: [declared_country], stores: [crm],"))

    assert (16, "activities.account.stores") in [(one.line, one.field) for one in found]
    assert (28, "conditions[0].stores[0]") in [(one.line, one.field) for one in found]


def test_a_store_that_is_forbidden_need_not_be_declared() -> None:
    """Activities declare where data is kept: who forbids a place could not name it otherwise."""
    assert compiled(GOOD.replace("{id: SH-02, ", "{id: SH-02, act: collect, stores: [laptop], "))


def test_every_finding_stands_in_the_error_as_file_line_and_field() -> None:
    with pytest.raises(PolicyFileError) as caught:
        compiled(GOOD.replace("P2Y", "2Y").replace("SH-05", "5"))

    text = str(caught.value)
    assert "shop.yaml:19: recipients.registry.promises[0]: " in text
    assert "shop.yaml:26: retention[0].after: " in text
    assert "2 places" in text


def test_a_rule_behind_one_that_covers_it_is_found() -> None:
    later = "  - {id: SH-12, holder: controller, activities: [account], anchors: [COLLECTION], after: P1Y}\n"

    (finding,) = findings(GOOD.replace("conditions:", later + "conditions:"))

    assert (finding.line, finding.field) == (27, "retention[1]")
    assert "line 22" in finding.message


@pytest.mark.parametrize(("earlier", "later", "hidden"), [
    (None, "true", True), ("true", "true", True), ("true", "false", False), ("true", None, False),
])  # fmt: skip
def test_a_rule_for_customers_hides_only_one_for_customers(earlier: str | None, later: str | None, hidden: bool) -> None:
    def when(customer: str | None) -> str:
        return f", when: {{customer: {customer}}}" if customer else ""

    rules = "".join(
        f"  - {{id: SH-1{number}, holder: controller, anchors: [COLLECTION], after: P1Y{when(customer)}}}\n"
        for number, customer in enumerate((earlier, later))
    )
    text = GOOD.replace(GOOD[GOOD.index("  - id: SH-11") : GOOD.index("conditions:")], rules)

    assert (findings(text)[0].field == "retention[1]") if hidden else compiled(text)


def test_a_statute_that_sets_no_term_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    law = load_law()
    del law["statutes"]["nl-awr-52"]["term"]
    monkeypatch.setattr("ledger.policies.files.load_law", lambda: law)

    (finding,) = findings(GOOD.replace("after: P2Y", "after: statute\n    statute: nl-awr-52"))

    assert (finding.line, finding.field, finding.message) == (27, "retention[0].statute", "this statute sets no term")
    assert compiled(GOOD.replace("after: P2Y", "after: P2Y\n    statute: nl-awr-52"))


def test_a_term_by_statute_is_that_of_the_law_the_policy_carries() -> None:
    (one,) = compiled(GOOD.replace("after: P2Y", "after: statute\n    statute: nl-awr-52")).policy.retention
    (chain,) = compiled(GOOD.replace("after: P2Y", "after: P2Y\n    then: statute\n    statute: nl-ob-34a")).policy.retention
    (exact,) = compiled(GOOD.replace("after: P2Y", "after: statute\n    statute: nl-awr-52\n    rounding: none")).policy.retention

    assert (str(one.after), one.then, one.rounding) == ("P7Y", None, "calendar_year_end")
    assert (str(chain.after), str(chain.then), chain.rounding) == ("P2Y", "P10Y", "calendar_year_end")
    assert (str(exact.after), exact.rounding) == ("P7Y", "none")


def test_names_are_all_of_them_or_examples() -> None:
    (finding,) = findings(GOOD.replace("    categories: [pd:Name]\nret", "    named: [sidn]\n    such_as: [eurid]\nret"))

    assert (finding.field, finding.message) == ("recipients.registry.such_as", "a list of all names has no examples")


def test_transfers_say_something() -> None:
    (finding,) = findings(GOOD.replace("conditions:", "transfers: {promise: SH-06}\nconditions:"))
    (other,) = findings(GOOD.replace("conditions:", "transfers: {promise: SH-06, safeguards: [ledger:PrivacyShields]}\nconditions:"))

    assert (finding.field, finding.message) == ("transfers", "says nothing of transfers")
    assert (other.field, other.message) == ("transfers.safeguards[0]", "not a term of the code list safeguards")


def test_a_role_that_is_left_out_is_a_term_though_nobody_declares_it() -> None:
    rule = "conditions:\n  - {id: SH-05, act: share, needs: [registered], except_roles: [%s]}"

    assert compiled(GOOD.replace("conditions:", rule % "supervisory_authority"))
    (finding,) = findings(GOOD.replace("conditions:", rule % "curt"))
    assert finding.message == "not a term of the code list recipient_roles"


def test_only_shares_leave_roles_out() -> None:
    (finding,) = findings(GOOD.replace("categories: [pd:BankAccount]", "categories: [pd:BankAccount], except_roles: [court]"))

    assert finding.message == "an act of kind any has no such thing"


def test_a_narrower_rule_before_a_wide_one_is_fine() -> None:
    wide = "  - {id: SH-12, holder: controller, anchors: [COLLECTION], after: P1Y}\n"

    assert len(compiled(GOOD.replace("conditions:", wide + "conditions:")).policy.retention) == 2


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just text", "null"])
def test_what_is_no_map_is_refused(text: str) -> None:
    assert findings(text)[0].line == 1


def test_hostile_files_are_refused_without_harm() -> None:
    assert "few levels" in findings("[" * 5_000 + "]" * 5_000)[0].message
    assert "bytes" in findings("#" * (FILE_BYTES_MAX + 1))[0].message
    with pytest.raises(PolicyFileError) as caught:
        compile_policy(b"policy: x\ntitle: \xff\n", file="latin.yaml")
    assert caught.value.findings[0].line == 2
