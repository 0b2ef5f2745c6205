"""Publishing a policy in the browser: nothing leaves before it was looked at, exactly that leaves, what was put in comes back with each error."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.adapters.kafka_register import Registered
from ledger.policies.files import FILE_BYTES_MAX, CompiledPolicy, compile_policy
from ledger.policies.publishing import policy_event
from ledger.sdk.event_ids import id_bytes
from ledger.stack.lifecycle import Running
from ledger.web.gate import COOKIE, CSRF_FIELD
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.ledgers import new_database
from tests.small_ledger import ANNA, BRAM
from tests.web_world import Browser, WebWorld, hidden, load_small_ledger, web_world

FIRST = b"""policy: hoster-privacy
controller: hoster
version: "1"
title: Privacy statement of the hoster
time_zone: Europe/Amsterdam
in_force_from: 2018-06-02
activities:
  customers:
    title: Customers
    promises: [HO-01]
    purposes: [dpv:ServiceProvision, dpv:PaymentManagement, dpv:DirectMarketing]
    legal_basis: [eu-gdpr:A6-1-b]
    categories: [pd:Name, pd:EmailAddress, pd:IPAddress]
    necessity: REQUIRED
    stores: {crm: NL, billing: NL}
recipients: {}
retention:
  - {id: HO-15, holder: controller, activities: [customers], anchors: [COLLECTION], after: P2Y}
prohibitions: []
"""
SECOND = FIRST.replace(b'version: "1"', b'version: "2"').replace(b"after: P2Y", b"after: P30D")
LATER = re.sub(rb"in_force_from: \S+", b"in_force_from: 2199-01-01", SECOND)


@pytest.fixture(scope="module")
def dsn(stack: Running) -> Iterator[str]:
    with new_database(stack) as made:
        load_small_ledger(made)
        yield made


@pytest.fixture
def world(dsn: str) -> Iterator[WebWorld]:
    with web_world(dsn) as made:
        made.told.published.append(registered(7, FIRST))
        yield made


def compiled(text: bytes) -> CompiledPolicy:
    return compile_policy(text, file="policy.yaml")


def registered(offset: int, text: bytes) -> Registered:
    event = policy_event(compiled(text))
    return Registered(offset, 1_700_000_000_000_000, {"announced_at": None, **event, "event_id": id_bytes(event["event_id"])})


class Officer(Browser):
    """Publishes policies."""

    def publish(self, **form: str) -> Any:
        return self.post("/policies/publish", **form)

    def look(self, text: bytes) -> Any:
        return self.publish(step="look", text=text.decode().replace("\n", "\r\n"))

    def upload(self, file: bytes, text: str = "") -> Any:
        return self.post("/policies/publish", files={"file": ("new.yaml", file, "text/yaml")}, step="look", text=text)


def shown(answer: Any) -> dict[str, str]:
    """What the preview brings along to be published."""
    found = hidden(answer.text, "publish")
    assert {"content", "basis"} <= found.keys()
    return found


def is_previewed(answer: Any) -> bool:
    return 'value="publish"' in answer.text


def test_a_preview_shows_what_differs_and_what_it_does_and_publishes_nothing(world: WebWorld) -> None:
    answer = Officer(world).look(SECOND)

    with world.stores[-1].snapshot():
        held = sum(1 for _ in world.stores[-1].every_holding(CONTROLLER))
    assert is_previewed(answer) and "Different from version 1" in answer.text
    assert "<del>2 years</del>" in answer.text and "<ins>30 days</ins>" in answer.text
    looked = re.search(r"Looked at 2 people, (\d+) holdings", answer.text)
    assert looked is not None and 0 < int(looked[1]) <= held
    rows = [tuple(re.findall(r"<t[hd][^>]*>(?:<span[^>]*>)?([^<]+)", row)) for row in re.findall(r"<tr>(.+?)</tr>", answer.text)]
    assert ("gets a first date", "HH-15", "HO-15", "2", "2", "1") in rows
    assert ("earlier", "TAX-7", "HO-15", "1", "1", "1") in rows and ("loses its date", "REG-1", "-", "1", "1", "1") in rows
    assert ("SO-05", "used without consent", "not broken any more", "1", "1") in rows
    assert world.told.tried == []


@pytest.mark.parametrize(("text", "said"), [
    (LATER, "This version begins on"),
    (LATER.replace(b"after: P30D", b"after: P2Y").replace(b"title: Customers", b"title: Who buys"), "All that differs gives no term and no verdict"),
])  # fmt: skip
def test_a_preview_that_changes_nothing_says_why(world: WebWorld, text: bytes, said: str) -> None:
    world.told.published[0] = registered(7, FIRST)

    answer = Officer(world).look(text)

    shown_why = re.search(r'<p id="no-effect">(.*?)</p>', answer.text)
    assert is_previewed(answer) and shown_why is not None
    assert "with and without this version: nothing changes now" in shown_why[1] and said in shown_why[1]
    assert "None." not in answer.text and "No holding gets another date" not in answer.text


def test_where_something_changes_no_reason_is_given_for_nothing(world: WebWorld) -> None:
    assert 'id="no-effect"' not in Officer(world).look(SECOND).text


def test_no_person_is_on_the_page(world: WebWorld) -> None:
    answer = Officer(world).look(SECOND)

    assert is_previewed(answer) and ANNA not in answer.text and BRAM not in answer.text


def test_the_bytes_that_were_looked_at_leave_as_the_command_would_send_them(world: WebWorld) -> None:
    officer = Officer(world)

    officer.publish(**shown(officer.look(SECOND)))

    event = policy_event(compiled(SECOND))
    [(name, sent)] = world.told.tried
    assert name == "PolicyPublished"
    assert {key: sent[key] for key in event} == event | {"event_id": id_bytes(event["event_id"])}
    assert (sent["actor"], sent["source"]) == ("role:dpo", "ledger-web")


def test_a_file_leaves_byte_for_byte_and_goes_before_what_was_typed(world: WebWorld) -> None:
    officer, file = Officer(world), SECOND.replace(b"\n", b"\r\n")

    officer.publish(**shown(officer.upload(file, FIRST.decode())))

    assert world.told.tried[0][1]["text"].encode() == file


@pytest.mark.parametrize("changed", ["content", "basis", "seal"])
def test_what_was_not_looked_at_does_not_leave(world: WebWorld, changed: str) -> None:
    officer = Officer(world)
    form = shown(officer.look(SECOND))
    other = {"content": base64.b64encode(SECOND.replace(b"P30D", b"P10Y")).decode(), "basis": "", "seal": "0" * 64}

    answer = officer.publish(**form | {changed: other[changed]})

    assert world.told.tried == []
    assert is_previewed(answer) and "not what you looked at in this session" in answer.text


def test_what_another_session_looked_at_does_not_leave(world: WebWorld) -> None:
    form = shown(Officer(world).look(SECOND))
    form.pop(CSRF_FIELD)

    answer = Officer(world).publish(**form)

    assert world.told.tried == [] and is_previewed(answer)


def test_where_another_version_was_published_meanwhile_the_differences_are_shown_again(world: WebWorld) -> None:
    officer = Officer(world)
    form = shown(officer.look(SECOND))
    world.told.published.append(registered(9, FIRST.replace(b'version: "1"', b'version: "1a"').replace(b"P2Y", b"P5Y")))

    answer = officer.publish(**form)

    assert world.told.tried == []
    assert "Another version was published meanwhile" in answer.text
    assert "Different from version 1a" in answer.text and "<del>5 years</del>" in answer.text
    officer.publish(**shown(answer))
    assert [name for name, _ in world.told.tried] == ["PolicyPublished"]


def test_another_controllers_publication_changes_nothing(world: WebWorld) -> None:
    officer = Officer(world)
    form = shown(officer.look(SECOND))
    world.told.published.append(registered(9, FIRST.replace(b"controller: hoster", b"controller: elsewhere")))

    officer.publish(**form)

    assert len(world.told.tried) == 1


def test_each_mistake_has_its_line_its_field_and_a_remedy_and_what_was_typed_stays(world: WebWorld) -> None:
    wrong = SECOND.replace(b"P30D", b"P30Q").replace(b"necessity: REQUIRED", b"necessity: MAYBE")

    answer = Officer(world).look(wrong)

    assert not is_previewed(answer) and "This file is wrong in 2 places." in answer.text
    assert re.search(r"Line 14</strong> <code[^>]*>activities.customers.necessity</code>", answer.text)
    assert re.search(r"Line 18</strong> <code[^>]*>retention\[0\].after</code>", answer.text)
    assert answer.text.count('class="remedy"') == 2 and "such as P2Y, P6M" in answer.text
    assert "after: P30Q" in re.search(r"<textarea.+?</textarea>", answer.text, re.DOTALL)[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "said"), [(b"\xff\xfe" + SECOND, "expected UTF-8"), (SECOND + b"#" * FILE_BYTES_MAX, "expected at most"), (b"  \n", "expected a policy")]
)
def test_what_is_no_policy_is_said_so(world: WebWorld, file: bytes, said: str) -> None:
    answer = Officer(world).upload(file)

    assert answer.status_code == 200 and not is_previewed(answer) and said in answer.text


def test_a_body_beyond_the_limit_is_refused(world: WebWorld) -> None:
    assert Officer(world).upload(b"#" * (9 << 20)).status_code == 413


def test_with_kafka_away_nothing_leaves_and_what_was_given_stays(world: WebWorld) -> None:
    officer = Officer(world)
    form = shown(officer.look(SECOND))
    world.told.is_away = True

    for answer in (officer.look(SECOND), officer.publish(**form)):
        assert answer.status_code == 503 and "Nothing was published" in answer.text
        assert "after: P30D" in answer.text and world.told.tried == []


def test_a_version_that_stands_with_another_text_is_refused_with_a_remedy(world: WebWorld) -> None:
    answer = Officer(world).look(SECOND.replace(b'version: "2"', b'version: "1"'))

    assert not is_previewed(answer) and "give the new text a version of its own" in answer.text


def test_what_stands_already_has_its_receipt_and_is_not_sent_again(world: WebWorld) -> None:
    officer = Officer(world)
    form = shown(officer.look(SECOND))
    world.told.published.append(registered(9, SECOND))

    for answer in (officer.look(SECOND), officer.publish(**form)):
        assert "register 0@9" in answer.text and "nothing was added" in answer.text
    assert world.told.tried == []


def test_a_controller_out_of_reach_is_refused_whether_there_is_one_or_not(world: WebWorld) -> None:
    officer = Officer(world, Role.DPO, "elsewhere")
    there, nowhere = (officer.look(SECOND.replace(b"controller: hoster", b"controller: " + name)) for name in (b"hoster", b"nobody-1"))

    for answer in (there, nowhere):
        assert not is_previewed(answer) and "cannot publish for the controller" in answer.text
    assert there.text.replace("hoster", "nobody-1").replace("nobody-1-privacy", "") == nowhere.text.replace("hoster-privacy", "").replace(
        "the hoster", "the nobody-1"
    )


def test_only_the_officer_is_shown_the_way_there(world: WebWorld) -> None:
    for role in (Role.AUDITOR, Role.MANAGER):
        client = world.client(headers={"Accept": "text/html"})
        client.cookies.set(COOKIE, world.session(role), domain="ledger.test", path="/")
        assert client.get("/policies/publish").status_code == 403
        assert "/policies/publish" not in client.get("/policies").text
