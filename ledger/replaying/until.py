"""Up to where a replay folds: places on the log, or a time by the broker's clock. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ledger.errors import CallerError


class Until(NamedTuple):
    """The axis "what was known". positions: partition -> offset, itself included; None names the only partition. recorded_at: microseconds."""

    positions: Mapping[int | None, int] | None = None
    recorded_at: int | None = None


def ends_until(
    until: Until, live: Mapping[int, int], partitions: int, offset_after: Callable[[int, int], int], what: str = "replay until"
) -> dict[int, int]:
    """Partition -> the offset before which to fold; a partition that is not named: as far as the live tables are. what: for errors.

    live: how far those are. offset_after: (partition, milliseconds) -> offset of the first record written later.

    Raises:
        CallerError: there is no such place, or it is not folded yet.
    """
    if until.recorded_at is not None:
        millis = until.recorded_at // 1000
        return {number: min(end, offset_after(number, millis)) for number, end in live.items()}
    ends = dict(live)
    for named, offset in (until.positions or {}).items():
        if named is None and partitions > 1:
            hint = "for example 0:1200 and 1:900, the option repeated; or a day"
            said = f"cannot {what} {offset}: expected a partition, since there are {partitions}, got an offset alone"
            raise CallerError(said, hint=hint, field="known_at")
        number = named or 0
        folded = live.get(number, 0)
        if not 0 <= offset < folded:
            raise CallerError(
                f"cannot {what} {number}:{offset}: expected an offset of at least 0 and below {folded}, got {offset}",
                hint="`ledger status` says how many partitions there are; `ledger wait` waits until all that is on the log is folded",
                field="known_at",
            )
        ends[number] = offset + 1
    return ends
