"""Acts on which the ledger does not do what the sentence says: what is seen, and one line why. An act that comes right leaves this table.

What is seen was seen; the reason is a guess from outside, by somebody who has not read how the ledger judges. Where it begins with "reading:",
policy and auditor read the sentence differently and neither is plainly wrong.
"""

NOTHING = "nothing is found"
EARLY = "that something must be kept for a time is not judged: only erasing too late is"
UNCHECKED = "only the answer is judged: what was done on an unchecked request passes"

KNOWN: dict[tuple[str, str], tuple[str, str]] = {
    ("MD-21", "the agreement erased after a year"): (NOTHING, EARLY),
    ("MD-22", "the list erased"): (NOTHING, EARLY),
    ("HH-15", "erased within a month, nobody asked"): (NOTHING, EARLY),
    ("HH-16", "erased after two years"): (NOTHING, EARLY),
    ("HH-19", "erased, and then said to be exported"): (NOTHING, "an erasure while an export is open is not judged, the late answer is believed"),
    ("HH-20", "never announced"): (NOTHING, "a change without an announcement is not missed: only a late one is"),
    ("WH-12", "the data of an expired certificate erased, as promised"): ("WH-12", "what WH-06 asks is punished, unless that reason is named"),
    ("WH-12", "erased under the heading of retention"): (NOTHING, "the reason that the hoster gives is believed, though no term had ended"),
    ("SH-11", "all but the logs erased"): (NOTHING, "'uw gegevens' has no exception, the policy leaves the logs out"),
    ("SO-14", "erased without a check, not answered"): (NOTHING, UNCHECKED),
    ("SO-14", "corrected without a check"): (NOTHING, UNCHECKED),
}
