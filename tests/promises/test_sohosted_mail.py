"""Sohosted's promises on newsletters and news, with and without consent, kept and broken under the statement of 25 May 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import ADVERTISING, Story, customer

HOSTER = "sohosted"
NEWSLETTER, NEWS = "ledger:Newsletter", "ledger:ProductNews"
NOTHING: set[tuple[str, str]] = set()


def told_six_times() -> Story:
    """A customer who got six mails in half a year, the first at noon on 1 February 2019."""
    story = customer(HOSTER).collects("marketing")
    for month in range(2, 8):
        story.on(f"2019-{month:02}-01").mails(NEWS)
    return story


def test_so_05_is_kept_by_a_newsletter_after_consent() -> None:
    story = customer(HOSTER).on("2019-03-01").consents(NEWSLETTER, channel="email").collects("newsletter").on("2019-03-02").mails(NEWSLETTER)

    assert story.broken() == NOTHING


def test_so_05_is_broken_by_a_newsletter_that_nobody_asked_for() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("newsletter")
    assert story.broken() == {("SO-05", "collection-without-consent")}

    assert story.mails(NEWSLETTER).broken() == {("SO-05", "collection-without-consent"), ("SO-05", "use-without-consent")}


def test_so_05_is_broken_by_a_subscription_to_a_list_that_one_has_left() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN")

    assert story.on("2019-03-02").collects("newsletter").broken() == {("SO-05", "collection-without-consent")}


def test_so_05_is_broken_by_an_address_that_is_listed_by_a_consent_to_somebody_else() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, recipient="mailer-one").on("2019-03-01").collects("newsletter")

    assert story.broken() == {("SO-05", "collection-without-consent")}


def test_so_05_is_broken_by_a_newsletter_after_the_link_was_clicked() -> None:
    story = customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN", method="link")
    story.on("2019-03-01T12:00:01").mails(NEWSLETTER)

    assert story.broken() == {("SO-05", "use-without-consent")}


def given_to_a_mailer(story: Story) -> Story:
    """The list of the newsletter goes to the processor that sends it, on 3 March 2019."""
    story.registers("mailer-one", "mailing").agrees_with("mailer-one", "pd:EmailAddress", purpose=NEWSLETTER)
    return story.on("2019-03-03").shares("mailer-one", "mailing", "pd:EmailAddress", purpose=NEWSLETTER)


@pytest.mark.parametrize("given", [{"channel": "email"}, {}, {"channel": "email", "recipient": "mailer-one"}])
def test_so_05_is_kept_by_a_list_of_those_who_agreed_on_some_channel(given: dict[str, str]) -> None:
    assert given_to_a_mailer(customer(HOSTER).consents(NEWSLETTER, **given)).broken() == NOTHING


def test_so_05_is_broken_by_a_list_with_somebody_who_never_agreed() -> None:
    story = given_to_a_mailer(customer(HOSTER))

    assert (story.broken(), story.severities()) == ({("SO-05", "share-without-consent")}, {"share-without-consent": "BREACH"})


@pytest.mark.parametrize("end", [{"channel": "email"}, {}, {"recipient": "mailer-one"}])
def test_so_05_is_broken_by_a_list_with_somebody_who_has_left_it(end: dict[str, str]) -> None:
    """The end on all channels, or for this recipient, is one of the only channel that there was."""
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN", **end)

    assert given_to_a_mailer(story).broken() == {("SO-05", "share-without-consent")}


def test_so_05_is_kept_by_a_list_when_consent_is_left_on_another_channel() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").consents(NEWSLETTER, channel="sms").on("2019-03-01")

    assert given_to_a_mailer(story.consents(NEWSLETTER, "WITHDRAWN", channel="sms")).broken() == NOTHING


def test_so_05_is_broken_by_a_list_on_a_consent_to_somebody_else() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email", recipient="mailer-two")

    assert given_to_a_mailer(story).broken() == {("SO-05", "share-without-consent")}


def subscribed() -> Story:
    """A subscriber whose account was closed on 1 May 2019."""
    return customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-05-01").leaves()


def test_so_06_is_kept_by_an_address_that_goes_with_the_account() -> None:
    story = subscribed()
    assert story.due("2019-05-01T11:59:59") == NOTHING
    assert story.due("2019-05-01T12:00:00") == {("SO-06", "mailing")}

    story.clock("2019-05-01").on("2019-05-02").erases(store="mailing").clock("2019-06-01")

    assert story.obligations("MET") == {("SO-06", "mailing")}
    assert story.late() == story.broken() == NOTHING


def test_so_06_is_broken_by_an_address_that_stays() -> None:
    story = subscribed().clock("2019-05-01T12:00:00").clock("2019-05-08T12:00:00")

    assert story.late() == {("SO-06", "mailing")}


def subscribed_only() -> Story:
    """Somebody without an account who subscribed on 7 January 2019."""
    return Story(HOSTER).on("2019-01-07").consents(NEWSLETTER, channel="email").collects("newsletter")


def test_so_06_is_kept_by_the_address_of_no_customer_that_goes_at_the_unsubscription() -> None:
    story = subscribed_only()
    assert story.due("2059-12-31") == NOTHING
    assert story.why("mailing") == {"term has not started: waits for CONSENT_ENDED"}

    story.on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email", method="link")
    assert story.why("mailing") == {"at once: consent ended on 2019-05-01"}
    assert story.due("2019-05-01T11:59:59") == NOTHING
    assert story.due("2019-05-01T12:00:00") == {("SO-06", "mailing")}

    story.clock("2019-05-01").on("2019-05-02").erases(store="mailing").clock("2019-06-01")

    assert story.obligations("MET") == {("SO-06", "mailing")}
    assert story.late() == story.broken() == NOTHING


def test_so_06_is_broken_by_the_address_of_no_customer_that_stays_after_the_unsubscription() -> None:
    story = subscribed_only().on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email").clock("2019-05-01").clock("2019-05-08")

    assert story.late() == {("SO-06", "mailing")}


@pytest.mark.parametrize("end", ["REFUSED", "WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED"])
def test_so_06_is_kept_by_an_address_that_stays_when_somebody_subscribes_again(end: str) -> None:
    story = subscribed_only().on("2019-05-01").consents(NEWSLETTER, end, channel="email").clock("2019-05-01")
    assert story.obligations("OPEN") == {("SO-06", "mailing")}

    story.on("2019-05-02").consents(NEWSLETTER, channel="email").clock("2019-06-01")

    assert story.obligations("CANCELLED") == {("SO-06", "mailing")}
    assert story.late() == NOTHING


def test_so_06_is_kept_by_an_address_that_stays_while_one_channel_is_left() -> None:
    story = subscribed_only().consents(NEWSLETTER, channel="sms").on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email")
    assert story.due("2059-12-31") == NOTHING

    story.on("2019-06-01").consents(NEWSLETTER, "WITHDRAWN")

    assert story.due("2019-06-01T11:59:59") == NOTHING
    assert story.due("2019-06-01T12:00:00") == {("SO-06", "mailing")}


def test_so_06_is_kept_by_asking_again_which_ends_nothing() -> None:
    assert subscribed_only().on("2019-05-01").consents(NEWSLETTER, "REQUESTED", channel="email").due("2059-12-31") == NOTHING


def test_so_06_is_kept_by_the_address_of_a_customer_who_unsubscribed_and_stays() -> None:
    story = customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-02-01").consents(NEWSLETTER, "WITHDRAWN")
    assert story.due("2059-12-31") == NOTHING

    assert story.on("2019-05-01").leaves().due("2019-05-01T12:00:00") == {("SO-06", "mailing")}


def test_so_06_is_kept_by_a_former_customer_who_subscribes_again() -> None:
    """Asked of today's state, the account that was closed in 2019 would make the new address due before it was given."""
    story = subscribed().clock("2019-05-01").on("2019-05-02").erases(store="mailing")
    story.on("2020-03-01").consents(NEWSLETTER).collects("newsletter").clock("2020-04-01")
    assert story.obligations("OPEN") == NOTHING

    story.on("2020-05-01T12:00:00").consents(NEWSLETTER, "WITHDRAWN").clock("2020-05-01T11:59:59")
    assert story.obligations("OPEN") == NOTHING

    assert story.clock("2020-05-01T12:00:00").obligations("OPEN") == {("SO-06", "mailing")}


def test_so_06_is_kept_whatever_was_recorded_first() -> None:
    """Two accounts after each other, opened and closed, in the order of a backlog: the first steps are not lost."""
    story = Story(HOSTER).on("2019-06-01").collects("newsletter").consents(NEWSLETTER)
    for closed, opened in (("2020-02-01", "2020-01-01"), ("2019-09-01", "2019-01-07")):
        story.on(closed).reaches("ACCOUNT_CLOSED", "account-1").on(opened).reaches("ACCOUNT_OPENED", "account-1")

    assert story.due("2020-01-31") == NOTHING
    assert story.due("2020-02-01T12:00:00") == {("SO-06", "mailing")}


def test_so_07_is_kept_by_six_mails_and_a_seventh_a_year_after_the_first() -> None:
    story = told_six_times().on("2020-02-01T12:00:00").mails(NEWS)

    assert story.broken() == NOTHING


def test_so_07_is_kept_when_the_sixth_mail_is_recorded_twice() -> None:
    story = told_six_times()
    story.log.append(story.log[-1])

    assert story.broken() == NOTHING


def test_so_07_is_broken_by_a_seventh_mail_a_second_within_the_year() -> None:
    story = told_six_times().on("2020-02-01T11:59:59").mails(NEWS)

    assert story.broken() == {("SO-07", "too-many-sends")}


def test_so_07_is_kept_by_a_newsletter_every_month_beside_the_mails() -> None:
    """The newsletter has a section of its own, which names no number."""
    story = told_six_times().consents(NEWSLETTER).collects("newsletter")
    for month in range(1, 9):
        story.on(f"2020-{month:02}-02").mails(NEWSLETTER)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("channel", ["phone", "post", "sms", "whatsapp", "social_media"])
def test_so_07_is_broken_by_news_that_does_not_come_by_mail(channel: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").uses(NEWS, channel=channel)

    assert story.broken() == {("SO-07", "prohibited-use")}


def test_so_07_is_broken_by_news_for_who_is_no_customer_any_more() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").mails(NEWS).leaves().on("2019-03-02").mails(NEWS)

    assert story.broken() == {("SO-07", "use-for-non-customer")}


def test_so_07_is_broken_by_news_for_who_was_a_customer_only_later() -> None:
    story = Story(HOSTER).on("2019-03-02").opens_account().collects("marketing").on("2019-03-01").mails(NEWS)

    assert ("SO-07", "use-for-non-customer") in story.broken()


@pytest.mark.parametrize("purpose", ["dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_so_07_is_broken_by_seven_mails_of_different_kinds(purpose: str) -> None:
    story = told_six_times().consents(purpose).on("2019-08-01").mails(purpose)

    assert story.broken() == {("SO-07", "too-many-sends")}


def test_so_08_is_kept_by_news_until_somebody_opts_out() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").mails(NEWS).on("2019-03-02").objects(NEWS, method="link")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", ["dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_so_08_is_broken_by_any_kind_of_marketing_after_an_opt_out(purpose: str) -> None:
    story = customer(HOSTER).consents(purpose).on("2019-03-02").objects(purpose).on("2019-03-03").mails(purpose)

    assert story.broken() == {("SO-08", "use-after-objection")}


@pytest.mark.parametrize("wider", ["dpv:DirectMarketing", "dpv:Marketing"])
def test_so_08_is_broken_by_news_after_an_opt_out_of_all_marketing(wider: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(wider).on("2019-03-03").mails(NEWS)

    assert story.broken() == {("SO-08", "use-after-objection")}


def test_so_08_is_kept_by_news_after_an_opt_out_of_the_newsletter_alone() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(NEWSLETTER).on("2019-03-03").mails(NEWS)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("method", ["link", "block", "portal"])
def test_so_08_is_broken_by_news_after_an_opt_out(method: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(NEWS, method=method).on("2019-03-03").mails(NEWS)

    assert story.broken() == {("SO-08", "use-after-objection")}
