"""`ledger policy`: what it prints, how it ends, and that what it publishes passes the SDK's own checks."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from ledger.adapters.kafka_register import Registered
from ledger.cli.main import run
from ledger.contract import codec
from ledger.core.compiled_policy import policy_from_json
from ledger.policies.files import load_policy
from ledger.policies.publishing import policy_event
from ledger.sdk.envelope import Envelope
from ledger.sdk.event_ids import id_text
from ledger.sdk.ledger_time import WallClock
from ledger.sdk.receipts import Receipt

HOSTERS = ["hostinghuis", "mijndomein", "smallhold", "sohosted", "webhoster"]


class LogEmitter:
    """Stands in for the emitter: checks and encodes as the real one does, and keeps the messages in a list."""

    log: list[bytes]

    def __init__(self, *, controller: str, source: str) -> None:
        self.envelope = Envelope(WallClock(skew_seconds=300.0), {"controller": controller, "source": source})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def emit(self, type_name: str, *, event_id: str, **fields: Any) -> Receipt:
        message = self.envelope.message(type_name, None, event_id, None, None, fields, 0.0)
        self.log.append(message.value)
        recorded_at = datetime(2018, 6, 26, 8, 0, tzinfo=UTC)
        return Receipt(message.event_id, message.topic, 0, len(self.log) - 1, recorded_at)


def registered() -> list[Registered]:
    """What stands on the register, as the list of messages says."""
    return [Registered(offset, 1_530_000_000_000_000, codec.decode(value)[1]) for offset, value in enumerate(LogEmitter.log)]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    LogEmitter.log = []
    monkeypatch.setattr("ledger.sdk.emit.Emitter", LogEmitter)
    monkeypatch.setattr("ledger.cli.policy._registered", registered)
    yield LogEmitter.log


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    good = load_policy("hostinghuis").text
    file = tmp_path / "bad.yaml"
    file.write_text(good.replace("after: P2Y", "after: 2Y", 1).replace("id: HH-16", "id: HH16"), encoding="utf-8")
    return file


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_check_all_finds_the_shipped_policies_correct(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", "--all", "--json"]) == 0
    assert [line["controller"] for line in lines(capsys)] == HOSTERS


def test_check_prints_every_finding_and_ends_with_1(bad_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", "hostinghuis", str(bad_file)]) == 1

    out, err = capsys.readouterr()
    good, first, second = out.splitlines()
    assert good.startswith("hostinghuis: correct")
    assert first.startswith(f"{bad_file}:") and "retention[0].id" in first
    assert second.startswith(f"{bad_file}:") and "retention[1].after" in second
    assert "1 of 2 policies" in err


@pytest.mark.parametrize(
    ("right", "wrong", "code_list"), [("registry:", "registree:", "recipient_roles"), ("[ledger:Invoicing]", "[x:Y]", "purposes")]
)
def test_a_term_that_no_code_list_has_is_told_which_command_lists_them(
    right: str, wrong: str, code_list: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = load_policy("hostinghuis").text
    assert right in text
    (tmp_path / "wrong.yaml").write_text(text.replace(right, wrong), encoding="utf-8")

    assert run(["policy", "check", str(tmp_path / "wrong.yaml")]) == 1
    assert f"ledger schema terms {code_list}" in capsys.readouterr().out


def test_check_prints_findings_as_json(bad_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", str(bad_file), "--json"]) == 1
    assert [line["field"] for line in lines(capsys)] == ["retention[0].id", "retention[1].after"]


@pytest.mark.parametrize("arguments", [["check"], ["check", "webhoster", "--all"], ["check", "nowhere.yaml"], ["publish"]])
def test_misuse_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", *arguments]) == 2
    assert "hostinghuis, mijndomein" in capsys.readouterr().err


def test_show_says_the_rules_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "hostinghuis"]) == 0

    out = capsys.readouterr().out
    assert "HH-15: domain_registration, invoice, newsletter, order, payment, support at us: 2 years after" in out
    assert "HH-16: fiscal_archive at us: 7 years after invoice issued of the same ref, to the end of that" in out
    assert "HH-04: share ledger:SessionLog, pd:AuthenticationHistory" in out
    assert "HH-03: use anything for dpv:Advertising, dpv:DirectMarketing, dpv:Marketing, dpv:PersonalisedAdvertising," in out
    assert "HH-09: silent: the list of suppliers" in out


def test_show_says_what_is_done_on_behalf_of_customers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "smallhold"]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert [shown[place - 2] for place, line in enumerate(shown) if line == "    on behalf of customers"] == [
        "    keeps ledger:DatabaseContent, ledger:HostedContent, ledger:MailboxContent"
    ]


def test_show_json_prints_the_compiled_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "webhoster", "--json"]) == 0
    assert policy_from_json(capsys.readouterr().out.strip()) == load_policy("webhoster").policy


def test_publish_all_puts_each_policy_on_the_register(log: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "publish", "--all", "--json"]) == 0

    printed = lines(capsys)
    events = [codec.decode(value)[1] for value in log]
    assert [line["topic"] for line in printed] == ["register"] * 5
    assert [event["controller"] for event in events] == HOSTERS
    for event, line in zip(events, printed, strict=True):
        shipped = load_policy(event["controller"])
        assert event["text"] == shipped.text
        assert event["compiled"] == shipped.compiled_json
        assert event["text_hash"] == line["text_hash"] == shipped.sha256
        assert event["in_force_from"] == shipped.in_force_from
        assert event["announced_at"] == shipped.announced_at
        assert id_text(event["event_id"]) == line["event_id"]


def test_publishing_the_same_text_again_puts_nothing_on_the_log_and_says_so(log: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "publish", "smallhold"]) == 0
    first = capsys.readouterr()
    assert run(["policy", "publish", "smallhold"]) == 0
    again = capsys.readouterr()

    assert len(log) == 1
    assert "published, in force from 2018-05-22 (register/0@0)" in first.out
    assert "`ledger wait` before emitting" in first.err
    assert "already published, nothing changes, in force from 2018-05-22 (register/0@0)" in again.out
    assert again.err == ""


@pytest.fixture
def version(tmp_path: Path) -> Callable[..., str]:
    """Writes smallhold's statement with another version, text and day, and answers the name of the file."""

    def write(number: str, *, more: str = "", in_force_from: str | None = None) -> str:
        text = load_policy("smallhold").text.replace('version: "2018-05-22"', f"version: {number}")
        if in_force_from:
            text = text.replace("in_force_from: 2018-05-22", f"in_force_from: {in_force_from}")
        file = tmp_path / f"{number}{len(more)}.yaml"
        file.write_text(text + more, encoding="utf-8")
        assert load_policy(file).policy.version == number
        return str(file)

    return write


def test_another_text_under_a_version_that_stands_is_refused(
    version: Callable[..., str], log: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "publish", version("first")]) == 0
    assert run(["policy", "publish", "webhoster", version("first", more="# another\n")]) == 4

    assert len(log) == 1
    err = capsys.readouterr().err
    assert "cannot publish smallhold-privacy first: expected the text that stands" in err
    assert "a version of its own" in err


def test_two_texts_under_one_version_in_one_command_are_refused(version: Callable[..., str], log: list[bytes]) -> None:
    assert run(["policy", "publish", version("first"), version("first", more="# another\n")]) == 4
    assert log == []


def test_going_back_to_an_earlier_text_needs_a_new_version(
    version: Callable[..., str], log: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "publish", version("first")]) == 0
    assert run(["policy", "publish", version("second")]) == 0
    assert run(["policy", "publish", version("first")]) == 4
    assert "was replaced by version second" in capsys.readouterr().err
    assert run(["policy", "publish", version("third")]) == 0

    assert [codec.decode(value)[1]["version"] for value in log] == ["first", "second", "third"]
    assert run(["policy", "show", "--published", "smallhold", "--json"]) == 0
    assert policy_from_json(capsys.readouterr().out.splitlines()[-1]).version == "third"


def test_an_earlier_version_that_still_counts_for_its_day_is_no_news(version: Callable[..., str], log: list[bytes]) -> None:
    assert run(["policy", "publish", version("first")]) == 0
    assert run(["policy", "publish", version("second", in_force_from="2020-01-01")]) == 0
    assert run(["policy", "publish", version("first")]) == 0

    assert len(log) == 2


def test_what_is_published_is_shown_from_the_log(version: Callable[..., str], log: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "publish", version("first")]) == 0
    assert run(["policy", "publish", version("second", in_force_from="2020-01-01")]) == 0
    capsys.readouterr()

    assert run(["policy", "show", "--published", "smallhold"]) == 0
    out, err = capsys.readouterr()
    assert "smallhold, version second, in force from 2020-01-01" in out
    assert "first stands, in force from 2018-05-22 (register/0@0)" in err

    assert run(["policy", "show", "--published", "bakery"]) == 2
    assert "published: smallhold" in capsys.readouterr().err


def test_a_name_that_no_file_has_gets_told_where_published_ones_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "bakery"]) == 2
    assert "ledger policy show --published bakery" in capsys.readouterr().err


def test_another_announcement_or_text_is_another_event() -> None:
    smallhold = load_policy("smallhold")
    ids = {
        policy_event(smallhold)["event_id"],
        policy_event(smallhold, announced_at=1_500_000_000_000_000)["event_id"],
        policy_event(load_policy("sohosted"))["event_id"],
    }

    assert len(ids) == 3


def test_announced_at_of_the_command_line_counts(log: list[bytes]) -> None:
    assert run(["policy", "publish", "webhoster", "--announced-at", "2018-05-01T10:00:00+02:00"]) == 0
    assert codec.decode(log[0])[1]["announced_at"] == 1_525_161_600_000_000


@pytest.mark.parametrize("time", ["yesterday", "2018-05-01T10:00:00"])
def test_an_announcement_without_offset_is_misuse(time: str, log: list[bytes]) -> None:
    assert run(["policy", "publish", "webhoster", "--announced-at", time]) == 2
    assert log == []


def test_nothing_is_published_when_one_policy_is_wrong(bad_file: Path, log: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "publish", "hostinghuis", str(bad_file)]) == 1

    assert log == []
    assert "retention[1].after" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["check"], ["show"], ["publish"]])
def test_every_help_ends_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", *command, "--help"]) == 0
    assert capsys.readouterr().out.rstrip().splitlines()[-1].strip().startswith("Example: ledger policy")
