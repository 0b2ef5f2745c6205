"""The secrets of the vault: what is in their files, what is refused, and that none is ever shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from ledger.errors import OperatorError, RefusedError
from ledger.forgetting.vaults import VaultKeys
from ledger.key_files import write_key_file
from ledger.settings import Settings, VaultSettings
from ledger.vault.keys import Epoch, Secret, epochs_in, new_epoch, new_suppression, suppression_in

FIRST, NEXT = new_epoch(0), new_epoch(1)


def settings(home: Path, **vault: object) -> Settings:
    return Settings(home=home, vault=VaultSettings(**vault))  # type: ignore[arg-type]


def test_a_file_holds_one_epoch_or_two_that_follow() -> None:
    assert epochs_in(FIRST.secret.line()) == [FIRST]
    assert epochs_in(FIRST.secret.line() + NEXT.secret.line()) == [FIRST, NEXT]
    assert suppression_in(new_suppression().line()).name == "suppression"


def test_keys_of_an_epoch_are_apart_and_belong_to_its_secret_alone() -> None:
    secrets = [FIRST.secret.secret, FIRST.wrapping, FIRST.looking_up, NEXT.secret.secret, NEXT.wrapping, NEXT.looking_up]

    assert len(set(secrets)) == len(secrets)
    assert {len(each) for each in secrets} == {32}


@pytest.mark.parametrize(
    "text",
    [
        "",
        NEXT.secret.line() + FIRST.secret.line(),
        FIRST.secret.line() * 2,
        FIRST.secret.line() + new_epoch(2).secret.line(),
        "".join(new_epoch(number).secret.line() for number in range(3)),
        new_suppression().line(),
        FIRST.secret.line().replace("epoch-0", "epoch-1"),
        FIRST.secret.line().replace("SECRET+KEY+", "PRIVATE+KEY+"),
        Secret("epoch-00", bytes(32)).line(),
        Secret("epoch-0", bytes(31)).line(),
        FIRST.secret.line()[:-6],
        "canary",
    ],
    ids=(
        "nothing", "two-in-disorder", "twice", "one-missing", "others", "of-suppression", "another-name", "another-kind", "another-number",
        "too-short", "cut-off", "no-key",
    ),
)  # fmt: skip
def test_what_is_no_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(OperatorError) as caught:
        epochs_in(text)
    for line in text.split():
        assert line.split("+", 4)[-1] not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(OperatorError):
        suppression_in(text if "suppression" not in text else text * 2)


def test_nothing_shows_a_secret() -> None:
    assert f"{FIRST} {FIRST.secret!r} {[FIRST]}" == "Epoch(0) Secret(epoch-0) [Epoch(0)]"
    assert isinstance(FIRST, Epoch)


def test_files_are_for_their_owner_alone_and_what_was_in_them_is_overwritten(tmp_path: Path) -> None:
    keys = VaultKeys(settings(tmp_path))
    path = tmp_path / "keys/vault.key"
    assert not keys.has_epochs()
    with pytest.raises(OperatorError, match="there is no key") as caught:
        keys.epochs()
    assert caught.value.hint is not None
    assert "ledger vault init" in caught.value.hint
    keys.write_epochs([FIRST], is_new=True)
    (tmp_path / "hard-link").hardlink_to(path)  # the disk's old bytes, as whoever reads the disk would find them

    (path.parent / ".vault.key.4242").write_text(FIRST.secret.line())  # a run that was killed has left it
    (tmp_path / "another-link").hardlink_to(path.parent / ".vault.key.4242")
    keys.write_epochs([FIRST, NEXT])
    keys.write_epochs([NEXT])

    assert keys.epochs() == [NEXT]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set((tmp_path / "hard-link").read_bytes()) == set((tmp_path / "another-link").read_bytes()) == {0}
    assert [each.name for each in path.parent.iterdir()] == ["vault.key"]
    with pytest.raises(RefusedError, match="there is one"):
        keys.write_epochs([FIRST], is_new=True)
    path.chmod(0o644)
    with pytest.raises(OperatorError, match="others may read it"):
        keys.epochs()


def test_the_list_has_a_secret_of_its_own_that_is_made_once(tmp_path: Path) -> None:
    keys = VaultKeys(settings(tmp_path))

    assert (keys.make_suppression(), keys.make_suppression()) == (True, False)
    assert keys.suppression() == suppression_in((tmp_path / "keys/suppression.key").read_text())
    (tmp_path / "keys/suppression.key").write_text("canary")
    with pytest.raises(OperatorError, match="damaged"):
        keys.make_suppression()


def test_a_secret_store_goes_before_the_files_and_is_not_written_to(tmp_path: Path) -> None:
    suppression = new_suppression()
    given = settings(tmp_path, keys=SecretStr(FIRST.secret.line()), suppression_key=SecretStr(suppression.line()))
    keys = VaultKeys(given)

    assert (keys.has_epochs(), keys.epochs(), keys.suppression(), keys.make_suppression()) == (True, [FIRST], suppression, False)
    assert FIRST.secret.line().strip() not in repr(given)
    with pytest.raises(RefusedError, match="LEDGER__VAULT__KEYS"):
        keys.write_epochs([FIRST, NEXT])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder belongs")

    with pytest.raises(OperatorError, match="cannot write the key of the vault"):
        write_key_file(tmp_path / "keys/vault.key", "key of the vault", "x", is_new=True, hint="")
    assert (tmp_path / "keys").read_text() == "a file where a folder belongs"
