"""Acts on which the ledger does not do what the sentence says: what is seen, and one line why. An act that comes right leaves this table.

What is seen was seen; the reason is a guess from outside, by somebody who has not read how the ledger judges. Where it begins with "reading:",
policy and auditor read the sentence differently and neither is plainly wrong. Now there are none.
"""

KNOWN: dict[tuple[str, str], tuple[str, str]] = {}
