"""What the five statements announce, read once more for acts that a policy might call a breach: channels, purposes, data, recipients.

Sentences that the other tables have, and of which nothing was found wrong, are not repeated. Each is told with its neighbour that nobody announces.
"""

from tests.promises.statements.table import broken, kept, says
from tests.promises.stories import Story, customer

MD, HH, WH, SH, SO = "mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted"
SOLVENCY, DIRECT, NEWS, TARGETED = "dpv:CustomerSolvencyMonitoring", "dpv:DirectMarketing", "ledger:ProductNews", "dpv:TargetedAdvertising"
FRAUD, DOMAIN, CERTIFICATE = "dpv:FraudPreventionAndDetection", "ledger:DomainRegistration", "ledger:CertificateIssuance"


def had(hoster: str, activity: str, *categories: str, **how: object) -> Story:
    """A customer of whom this was collected, for all that the policy says it is for."""
    return customer(hoster).on("2019-03-01").collects(activity, *categories, **{"ref": "order-1"} | how).on("2019-04-01")


def asked_in_the_form(*categories: str, purpose: str = "ledger:EnquiryHandling") -> Story:
    return Story(SO).on("2019-03-01").consents(purpose).on("2019-03-02").collects("enquiry", *categories, purposes=[purpose])


TABLE = (
    says("MD-02", "we moeten ook zorgen dat er geen onbevoegden bij jouw omgevingen kunnen komen",
        kept("the login, to keep others out", lambda: had(MD, "account", "pd:Username", purposes=["dpv:EnforceAccessControl"])),
        broken("the login, to watch who can pay", lambda: had(MD, "account", "pd:Username", purposes=[SOLVENCY]))),
    says("MD-03", "de inhoud van de gesprekken bewaren om [...] onze eigen informatievoorziening te verbeteren",
        kept("to improve what it tells", lambda: had(MD, "support", "ledger:ConversationContent", purposes=["ledger:SupportImprovement"])),
        broken("conversations for offers", lambda: had(MD, "support", "ledger:ConversationContent", purposes=[DIRECT]))),
    says("MD-06", "Op basis van al die gegevens kunnen wij [...] de inhoud van onze diensten beter op je voorkeuren afstemmen",
        kept("orders used to fit the service to one", lambda: had(MD, "order").uses("dpv:ServicePersonalisation", "ledger:OrderHistory")),
        broken("segments for that after an objection", lambda: had(MD, "data_combination").objects("ledger:DataCombination").on("2019-05-01").uses(
            "dpv:ServicePersonalisation", "ledger:GeographicSegment"))),
    says("MD-07", "Als je onze site bezoekt, bij ons bestelt of ons liket [...] mooie aanbiedingen, bijvoorbeeld per e-mail",
        kept("an offer of what was looked at", lambda: had(MD, "site_use").uses(NEWS, "ledger:SiteUse", channel="email")),
        kept("an offer of what goes with an order", lambda: had(MD, "order").uses(DIRECT, "ledger:OrderHistory", channel="email")),
        broken("an offer of what was paid", lambda: had(MD, "payment").uses(DIRECT, "pd:Transaction", channel="email"))),
    says("MD-09", "vanaf welk IP-adres is ingelogd op je account of wijzigingen zijn doorgevoerd",
        kept("the change and its address", lambda: had(MD, "portal_session", "pd:IPAddress", "ledger:PortalAction")),
        broken("its place on the map", lambda: had(MD, "portal_session", "pd:IPAddress", "pd:GPSCoordinate"))),
    says("MD-11", "gerichte informatie over onze dienstverlening die we je per e-mail, telefoon, post en/ of SMS of via WhatsApp toesturen",
        kept("a number to be called at", lambda: had(MD, "newsletter", "pd:TelephoneNumber").uses(DIRECT, "pd:TelephoneNumber", channel="whatsapp")),
        broken("a card to be charged", lambda: had(MD, "newsletter", "pd:PaymentCardNumber"))),
    says("MD-05", "Onder meer om je bestelling en login te onthouden en om fraude tegen te gaan",
        kept("a cookie against fraud", lambda: had(MD, "site_use", "ledger:Cookie", purposes=[FRAUD])),
        kept("a cookie that remembers the order", lambda: had(MD, "site_use", "ledger:Cookie", purposes=["dpv:CustomerOrderManagement"])),
        broken("a cookie to watch who can pay", lambda: had(MD, "site_use", "ledger:Cookie", purposes=[SOLVENCY]))),
    says("MD-25", "ze ook voor gerichte reclame [...] relevante reclame-uitingen te laten zien",
        kept("targeted, by Google", lambda: customer(MD).shares("google", "advertising", "ledger:Cookie", purpose=TARGETED)),
        broken("targeted, by who is not named", lambda: customer(MD).shares("criteo", "advertising", "ledger:Cookie", purpose=TARGETED))),
    says("HH-07", "om je als klant van haar (nieuwe) producten en diensten op de hoogte te houden",
        kept("the customer's address for news of products", lambda: customer(HH).mails(NEWS)),
        broken("the customer's address for targeted advertising", lambda: customer(HH).mails(TARGETED))),
    says("HH-03", "Contact met jou over storingen, meldingen, nieuwe diensten etc.",
        kept("news by telephone", lambda: had(HH, "newsletter", "pd:TelephoneNumber").uses(NEWS, "pd:TelephoneNumber", channel="phone")),
        broken("news by telephone, switched off", lambda: had(HH, "newsletter", "pd:TelephoneNumber").objects(NEWS).on("2019-05-01").uses(
            NEWS, "pd:TelephoneNumber", channel="phone"))),
    says("HH-01", "Deze cookies stellen HostingHuis in staat om informatie te verzamelen over het gebruik van de website",
        kept("use of the website", lambda: had(HH, "cookies", "ledger:SiteUse")),
        broken("other sites that were visited", lambda: had(HH, "cookies", "pd:BrowserHistory"))),
    says("HH-08", "bijvoorbeeld bij de aanvraag van een domeinnaam",
        kept("the name that is asked for", lambda: customer(HH).tells("recipient", "sidn").shares(
            "sidn", "registry", "ledger:DomainName", ref="order-1")),
        broken("cookies for a domain", lambda: customer(HH).tells("recipient", "sidn").shares("sidn", "registry", "ledger:Cookie", ref="order-1"))),
    says("WH-01", "voor de facturatie van de afgenomen diensten en als basisgegevens voor het aanvragen van domeinnamen en SSL certificaten",
        kept("the account for an application", lambda: had(WH, "account", "pd:Name", purposes=[DOMAIN])),
        broken("the account for offers", lambda: had(WH, "account", "pd:Name", purposes=[DIRECT]))),
    says("WH-05", "worden uw persoonsgegevens doorgezet naar onze leverancier",
        kept("called a supplier, EV", lambda: customer(WH).shares(
            "reseller", "supplier", "pd:Name", "pd:City", purpose=CERTIFICATE, product="ev", ref="cert-1")),
        broken("called a supplier, wildcard", lambda: customer(WH).shares(
            "reseller", "supplier", "pd:Name", "pd:City", purpose=CERTIFICATE, product="wildcard", ref="cert-1"))),
    says("SH-01", "Diezelfde gegevens hebben we ook nodig voor de facturatie van onze diensten",
        kept("billed from the account", lambda: had(SH, "account", "pd:Name", purposes=["ledger:Invoicing"])),
        broken("offers from the account", lambda: had(SH, "account", "pd:Name", purposes=[DIRECT]))),
    says("SH-05", "zullen we uw gegevens in veel gevallen moeten delen met één van onze partners/leveranciers",
        kept("a supplier of the certificate", lambda: customer(SH).shares(
            "reseller", "supplier", "pd:Name", purpose=CERTIFICATE, ref="cert-1")),
        broken("a supplier who sends mail", lambda: customer(SH).shares("mailer", "supplier", "pd:EmailAddress", purpose=DIRECT, ref="order-1"))),
    says("SH-08", "personen op te sporen die ons netwerk in gevaar brengen om hier vervolgens maatregelen tegen te treffen",
        kept("measures", lambda: had(SH, "server_logs", "pd:IPAddress", purposes=["dpv:EnforceSecurity"])),
        broken("statistics", lambda: had(SH, "server_logs", "pd:IPAddress", purposes=["ledger:SiteStatistics"]))),
    says("SO-02", "In het kader van het afhandelen van de betaling en bestelling, bewaren wij ook jouw betaalgegevens",
        kept("an order that is paid", lambda: had(SO, "order", "ledger:PaymentData", purposes=["dpv:PaymentManagement"])),
        broken("payment data to watch who can pay", lambda: had(SO, "order", "ledger:PaymentData", purposes=[SOLVENCY]))),
    says("SO-04", "kun je ons vragen stellen of aanvragen doen [...] bij vervolgvragen de informatie er makkelijk bij pakken",
        kept("the question", lambda: asked_in_the_form("pd:EmailAddress", "ledger:ConversationContent")),
        broken("a passport", lambda: asked_in_the_form("pd:EmailAddress", "pd:OfficialID"))),
)
