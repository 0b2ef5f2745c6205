"""Acts on which the ledger does not do what the sentence says: what is seen, and one line why. An act that comes right leaves this table.

What is seen was seen; the reason is a guess from outside, by somebody who has not read how the ledger judges. Where it begins with "reading:",
policy and auditor read the sentence differently and neither is plainly wrong.
"""

NOTHING = "nothing is found"
LOOK = "the purpose of a look-up is judged nowhere"
INSIGHTS = "only dpv:SellDataToThirdParties is forbidden; personal data passed on as insights sold is sold"
HIMSELF = "the person is no third party: the role data_subject needs no notice and no ground"

KNOWN: dict[tuple[str, str], tuple[str, str]] = {
    ("MD-14", "on standard clauses"): ("MD-14", "reading: the two that it names are a whole list; standard clauses may be its 'afspraken'"),
    ("MD-15", "name and address for the application"): ("MD-15", "who is in no register serves no extension, as far as the ledger can know"),
    ("MD-03", "looked at for marketing"): (NOTHING, LOOK),
    ("MD-06", "called personalisation, after the objection"): (NOTHING, "the purpose DataCombination is looked for, not the outside source"),
    ("MD-06", "segments used before, used for personalisation after the objection"): (NOTHING, "as above: outside segments go on being used"),
    ("MD-07", "looked at for advertising"): (NOTHING, LOOK),
    ("MD-09", "looked at for advertising"): (NOTHING, LOOK),
    ("MD-12", "sold, called insights"): (NOTHING, INSIGHTS),
    ("MD-13", "to a partner for marketing, with an order"): (NOTHING, "any order makes any purpose pass: no purposes are declared for partners"),
    ("MD-16", "for justice, on the tax law"): (NOTHING, "any law in force will do for any purpose"),
    ("MD-22", "looked at for marketing"): (NOTHING, LOOK),
    ("HH-02", "asked for as a choice"): (NOTHING, "the declared necessity is compared with nothing"),
    ("HH-04", "the IP address of statistics, not of a login, to the counting firm"): ("HH-04", "'deze gegevens' are those of the login alone"),
    ("HH-08", "the registry passes it on to a supplier, for advertising"): (NOTHING, "uses by a recipient are judged, what it passes on is not"),
    ("HH-10", "sold, called insights"): (NOTHING, INSIGHTS),
    ("HH-10", "given to the customer himself"): ("HH-10, X-04", HIMSELF),
    ("HH-22", "looked at for marketing"): (NOTHING, LOOK),
    ("WH-04", "it stands with an intermediary"): ("X-04", "the role is not declared; that the data must go there too is not seen"),
    ("WH-05", "the address, kind of certificate left out"): (NOTHING, "a kind that is left out passes as if it were OV"),
    ("WH-08", "looked at for customer care"): (NOTHING, LOOK),
    ("SH-01", "the company's name asked as a must"): (NOTHING, "the declared necessity is one for the whole activity, 'optioneel' is lost"),
    ("SH-08", "looked at for marketing"): (NOTHING, LOOK),
    ("SO-10", "given to the customer himself"): ("SO-10, X-04", HIMSELF),
    ("SO-11", "a full IP address, called a supplier"): (NOTHING, "the role analytics is looked at, not the purpose"),
}
