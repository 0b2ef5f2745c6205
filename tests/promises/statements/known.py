"""Acts on which the ledger does not do what the sentence says: what is seen, and one line why. An act that comes right leaves this table.

What is seen was seen; the reason is a guess from outside, by somebody who has not read how the ledger judges. Where it begins with "reading:",
policy and auditor read the sentence differently and neither is plainly wrong.
"""

NOTHING = "nothing is found"
USE = "a use for what it is not held for is judged where the policy asks it, not by the law for all"
LOOK = "the purpose of a look-up is judged nowhere"
CALLED_USE = "only DataConsulted is judged: the same act told as DataUsed passes"
WORD = "an objection to one word for marketing does not reach the others"
UNLISTED = "this purpose is not on the policy's list of what is marketing"
COUNTRY = "a share without a country is taken as within the Union, also when the register has the recipient's country"
POLICE = "one of the two is enough, and a body in the register needs no ground of law any more"
INSIGHTS = "only dpv:SellDataToThirdParties is forbidden; personal data passed on as insights sold is sold"
EARLY = "that something must be kept for a time is not judged: only erasing too late is"
ADDRESS = "the policy's list of address words is short of this one"
HIMSELF = "the person is no third party: the role data_subject needs no notice and no ground"
UNCHECKED = "only the answer is judged: what was done on an unchecked request passes"

KNOWN: dict[tuple[str, str], tuple[str, str]] = {
    ("MD-03", "looked at for marketing"): (NOTHING, LOOK),
    ("MD-06", "called personalisation, after the objection"): (NOTHING, "the purpose DataCombination is looked for, not the outside source"),
    ("MD-06", "segments used before, used for personalisation after the objection"): (NOTHING, "as above: outside segments go on being used"),
    ("MD-07", "looked at for advertising"): (NOTHING, LOOK),
    ("MD-09", "looked at for advertising"): (NOTHING, LOOK),
    ("MD-11", "an advertisement, marketing objected to"): (NOTHING, WORD),
    ("MD-12", "sold, called insights"): (NOTHING, INSIGHTS),
    ("MD-13", "to a partner for marketing, with an order"): (NOTHING, "any order makes any purpose pass: no purposes are declared for partners"),
    ("MD-14", "the country left out, the register knows it"): (NOTHING, COUNTRY),
    ("MD-16", "for justice, no law named"): (NOTHING, "a law that is left out is not missed, though the ground is a legal obligation"),
    ("MD-16", "for justice, on the tax law"): (NOTHING, "any law in force will do for any purpose"),
    ("MD-20", "called product news, after objecting to direct marketing"): (NOTHING, WORD),
    ("MD-21", "the agreement erased after a year"): (NOTHING, EARLY),
    ("MD-22", "looked at for marketing"): (NOTHING, LOOK),
    ("MD-22", "the list given to a partner for advertising"): (NOTHING, "the list is guarded against uses, not against being shared"),
    ("MD-22", "the list erased"): (NOTHING, EARLY),
    ("MD-25", "Facebook by the name of its company, without consent"): (NOTHING, "reading: ids are the hoster's own, the policy knows two of them"),
    ("MD-25", "Facebook called a partner, without consent"): (NOTHING, "consent is asked in the role social_media alone"),
    ("HH-02", "asked for as a choice"): (NOTHING, "the declared necessity is compared with nothing"),
    ("HH-03", "called direct marketing, after switching it off"): (NOTHING, WORD),
    ("HH-03", "called marketing, after switching marketing off"): (NOTHING, UNLISTED),
    ("HH-04", "called a history of logins, shared"): (NOTHING, "the history of logins is the session log by another word, and is not listed"),
    ("HH-04", "used for advertising"): (NOTHING, USE),
    ("HH-04", "the IP address of statistics, not of a login, to the counting firm"): ("HH-04", "'deze gegevens' are those of the login alone"),
    ("HH-05", "used for advertising to a customer"): (NOTHING, USE),
    ("HH-06", "bank data used for advertising"): (NOTHING, USE),
    ("HH-07", "looked at for marketing"): (NOTHING, LOOK),
    ("HH-07", "looked at to sell insights"): (NOTHING, LOOK),
    ("HH-08", "the registry passes it on to a supplier, for advertising"): (NOTHING, "uses by a recipient are judged, what it passes on is not"),
    ("HH-10", "sold, called insights"): (NOTHING, INSIGHTS),
    ("HH-10", "given to the customer himself"): ("HH-10, X-04", HIMSELF),
    ("HH-11", "refused, and given all the same"): (NOTHING, "the ground on the share is enough: the decision is not looked at"),
    ("HH-11", "a debt, given to the police"): (NOTHING, "every ground will do for every role, though a debt is for the collector"),
    ("HH-11", "a collector, and no debt"): (NOTHING, "the ground is believed: no arrears, request or decision need stand on the log"),
    ("HH-12", "another supplier, with standard clauses"): (NOTHING, "reading: the three names may be read as examples"),
    ("HH-12", "Google, the country left out of the share"): (NOTHING, COUNTRY),
    ("HH-15", "erased within a month, nobody asked"): (NOTHING, EARLY),
    ("HH-16", "the archive in an on-line store"): (NOTHING, "the store of a collection is not compared with the declared ones"),
    ("HH-16", "used for advertising"): (NOTHING, USE),
    ("HH-16", "erased after two years"): (NOTHING, EARLY),
    ("HH-18", "not erased after 25 days"): (NOTHING, "'per ommegaande' gets the month of the law"),
    ("HH-19", "erased, and then said to be exported"): (NOTHING, "an erasure while an export is open is not judged, the late answer is believed"),
    ("HH-20", "never announced"): (NOTHING, "a change without an announcement is not missed: only a late one is"),
    ("HH-21", "mail read, called a use"): (NOTHING, CALLED_USE),
    ("HH-21", "a site watched, called a use"): (NOTHING, CALLED_USE),
    ("HH-22", "only the IP address used, for statistics"): (NOTHING, USE),
    ("HH-22", "looked at for marketing"): (NOTHING, LOOK),
    ("WH-01", "account data used for marketing"): (NOTHING, USE),
    ("WH-03", "the registry advertises with it"): (NOTHING, USE),
    ("WH-04", "it stands with an intermediary"): ("X-04", "the role is not declared; that the data must go there too is not seen"),
    ("WH-05", "contact data not told apart for a DV certificate"): (NOTHING, ADDRESS),
    ("WH-05", "the billing address for a DV certificate"): (NOTHING, ADDRESS),
    ("WH-05", "the address, kind of certificate left out"): (NOTHING, "a kind that is left out passes as if it were OV"),
    ("WH-08", "only the IP address used, for marketing"): (NOTHING, "two of the five declared categories of the traffic are guarded"),
    ("WH-08", "looked at for customer care"): (NOTHING, LOOK),
    ("WH-09", "called a use"): (NOTHING, CALLED_USE),
    ("WH-12", "the data of an expired certificate erased, as promised"): ("WH-12", "what WH-06 asks is punished, unless that reason is named"),
    ("WH-12", "erased under the heading of retention"): (NOTHING, "the reason that the hoster gives is believed, though no term had ended"),
    ("SH-01", "the name used for advertising"): (NOTHING, USE),
    ("SH-01", "the company's name asked as a must"): (NOTHING, "the declared necessity is one for the whole activity, 'optioneel' is lost"),
    ("SH-05", "the registry of another extension called an intermediary"): (NOTHING, "the extension is asked of the role registry alone"),
    ("SH-06", "the country left out, the register knows it"): (NOTHING, COUNTRY),
    ("SH-08", "only the IP address used, for statistics"): (NOTHING, USE),
    ("SH-08", "only the times used, for a profile"): (NOTHING, USE),
    ("SH-08", "looked at for marketing"): (NOTHING, LOOK),
    ("SH-09", "called an advertisement"): (NOTHING, UNLISTED),
    ("SH-11", "all but the logs erased"): (NOTHING, "'uw gegevens' has no exception, the policy leaves the logs out"),
    ("SO-01", "account data used for advertising"): (NOTHING, USE),
    ("SO-02", "domain name used for advertising"): (NOTHING, USE),
    ("SO-03", "actions used for advertising"): (NOTHING, USE),
    ("SO-04", "said to rest on a contract"): (NOTHING, "the ground of a collection is not compared with the declared ones"),
    ("SO-04", "used for product news"): (NOTHING, USE),
    ("SO-05", "added to the list without consent"): (NOTHING, "only the sending asks for consent, being put on the list does not"),
    ("SO-07", "seven, called advertising"): (NOTHING, UNLISTED),
    ("SO-07", "by text message"): (NOTHING, "that it is done by e-mail is not in the policy"),
    ("SO-07", "twelve newsletters, asked for"): ("SO-07", "reading: the newsletter has its own paragraph; the policy counts it and says so"),
    ("SO-08", "product news after opting out of direct marketing"): (NOTHING, WORD),
    ("SO-08", "direct marketing after opting out of all marketing"): (NOTHING, WORD),
    ("SO-08", "called advertising, after opting out"): (NOTHING, UNLISTED),
    ("SO-09", "a payment provider, no agreement"): (NOTHING, "reading: the text says all companies; the policy leaves out who decides for himself"),
    ("SO-10", "police, no ground"): (NOTHING, POLICE),
    ("SO-10", "police, a claim on a name"): (NOTHING, POLICE),
    ("SO-10", "police, a pressing reason"): (NOTHING, POLICE),
    ("SO-10", "given to the customer himself"): ("SO-10, X-04", HIMSELF),
    ("SO-11", "a full IP address, called a supplier"): (NOTHING, "the role analytics is looked at, not the purpose"),
    ("SO-14", "erased without a check, not answered"): (NOTHING, UNCHECKED),
    ("SO-14", "corrected without a check"): (NOTHING, UNCHECKED),
}
