"""Random lives of a vault against a model of three dicts: who is known, what opens, what a backup of any moment gives away."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from ledger.errors import LedgerError
from ledger.forgetting.persons import announce, end_epoch
from ledger.vault.identities import Identity, identity
from ledger.vault.shapes import Erased
from ledger.vault.vault import Vault
from tests.vault_world import CONTROLLER, MemoryRows, VaultWorld, event_id

PEOPLE = [identity("email", f"p{number}@voorbeeld.nl") for number in range(4)]
AT = 1_767_225_600_000_000


class VaultLife(RuleBasedStateMachine):
    """The model knows persons by identity and events by number; nothing of keys."""

    backups = Bundle("backups")

    def __init__(self) -> None:
        super().__init__()
        self.world = VaultWorld()
        self.service = self.world.another()  # of another process: it hears of nothing
        self.known: dict[Identity, str] = {}
        self.gone: set[str] = set()
        self.sealed: list[dict[str, object]] = []
        self.number = 0
        self.epoch = 0

    @rule(who=st.sampled_from(PEOPLE))
    def register(self, who: Identity) -> None:
        ref = self.service.register(CONTROLLER, who)
        assert self.known.get(who, ref) == ref
        assert ref not in self.gone
        self.known[who] = ref

    @rule(who=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE))
    def known_by_another_too(self, who: Identity, other: Identity) -> None:
        if who in self.known and other not in self.known:
            assert self.world.vault.register(CONTROLLER, other, self.known[who]) == self.known[who]
            self.known[other] = self.known[who]

    @rule(who=st.sampled_from(PEOPLE))
    def seal(self, who: Identity) -> None:
        if who in self.known:
            self.number += 1
            ref, made = self.known[who], event_id(self.number)
            field = self.service.seal(CONTROLLER, ref, "DataShared", made, {"number": str(self.number)})
            self.sealed.append({"controller": CONTROLLER, "subject_ref": ref, "event_id": made, "sealed": field})

    @rule(who=st.sampled_from(PEOPLE))
    def forget(self, who: Identity) -> None:
        self.number += 1
        ref = self.known.get(who)
        if ref is None:
            return
        assert self.world.vault.destroy(CONTROLLER, ref, event_id(self.number), AT + self.number, suppress=False) is not None
        self.gone.add(ref)
        self.known = {each: owner for each, owner in self.known.items() if owner != ref}

    @rule()
    def end_the_epoch(self) -> None:
        assert end_epoch(self.world.vault, self.world.keys, self.world.log).number == self.epoch  # type: ignore[arg-type]
        self.epoch += 1

    @rule()
    def announce(self) -> None:
        announce(self.world.vault, self.world.log, self.world.keys)  # type: ignore[arg-type]

    @rule(target=backups)
    def back_up(self) -> tuple[int, MemoryRows]:
        return self.epoch, self.world.backup()

    @rule(backup=backups)
    def somebody_restores(self, backup: tuple[int, MemoryRows]) -> None:
        """Beside the running one, with the secrets of today. Of an epoch that has ended nothing opens and nobody is found."""
        of, rows = backup
        restored = Vault(rows, self.world.keys.epochs, self.world.keys.suppression)
        if of != self.epoch:
            for ask in [lambda each=each: restored.open("DataShared", each) for each in self.sealed]:  # type: ignore[misc]
                assert fails(ask)
            assert all(fails(lambda who=who: restored.resolve(CONTROLLER, who)) for who in PEOPLE)  # type: ignore[misc]

    @invariant()
    def who_is_known_is_found_and_what_was_sealed_opens_or_is_erased(self) -> None:
        for vault in (self.world.vault, self.service):
            assert {who: vault.resolve(CONTROLLER, who) for who in PEOPLE} == {who: self.known.get(who) for who in PEOPLE}
        for each in self.sealed:
            opened = self.service.open("DataShared", each)
            assert isinstance(opened, Erased) if each["subject_ref"] in self.gone else isinstance(opened, dict)

    @invariant()
    def the_log_says_only_what_is_so(self) -> None:
        for event in self.world.log.events:
            if event.type_name == "KeyDestroyed":
                assert event.fields["subject_ref"] in self.gone
            else:
                assert event.fields["epoch"] not in {epoch.number for epoch in self.world.keys.kept}


def fails(ask: object) -> bool:
    try:
        ask()  # type: ignore[operator]
    except LedgerError:
        return True
    return False


TestVaultLife = VaultLife.TestCase
