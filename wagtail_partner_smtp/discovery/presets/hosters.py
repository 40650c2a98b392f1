"""Mailboxes that come with a domain or a line, most of them European."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ...smtp.settings import Security
from ..provider import Provider
from .hints import SWITCH_ON, WHOLE_ADDRESS

GMX = Provider(
    key="gmx",
    name="GMX",
    host="mail.gmx.net",
    port=465,
    security=Security.SSL,
    hint=SWITCH_ON,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/gmx.net.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("gmx.net", "gmx.de", "gmx.at", "gmx.ch"),
    receivers=(("gmx.net", "mail.gmx.net"),),
    help_url="https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html",
)

WEBDE = Provider(
    key="webde",
    name="WEB.DE",
    host="smtp.web.de",
    port=587,
    security=Security.TLS,
    hint=SWITCH_ON,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/web.de.xml",
    read="2026-11-28",
    # The source has only the part before the @; the whole address was taken in
    # https://github.com/sibalzer/impfbot/issues/78.
    login_is_email=True,
    domains=("web.de",),
    help_url="https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html",
)

MAILCOM = Provider(
    key="mailcom",
    name="mail.com",
    host="smtp.mail.com",
    port=465,
    security=Security.SSL,
    hint=SWITCH_ON,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/mail.com.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("mail.com",),
)

TELEKOM = Provider(
    key="telekom",
    name="Telekom (T-Online)",
    host="securesmtp.t-online.de",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is the whole email address. The password is the one for email programs (“Passwort für"
        " E-Mail-Programme”), made in the email centre; that of the Telekom login is refused."
    ),
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/t-online.de.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("t-online.de", "magenta.de"),
    help_url="https://www.telekom.de/hilfe/festnetz-internet-tv/e-mail/e-mail-adresse-passwoerter-und-sicherheit/passwort-fuer-e-mail-programme-einrichten",
    credentials_url="https://email.t-online.de/pr?a=globalsettings.passwords",
)

POSTEO = Provider(
    key="posteo",
    name="Posteo",
    host="posteo.de",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/posteo.de.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("posteo.de", "posteo.net"),
    help_url="https://posteo.de/hilfe/wie-richte-ich-posteo-in-einem-mailprogramm-ein-pop3-imap-und-smtp",
)

IONOS = Provider(
    key="ionos",
    name="IONOS",
    host="smtp.ionos.com",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    # The other countries' servers and MX records are in the files beside it; smtp.1und1.de is in
    # https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/1und1.de.xml.
    source="https://github.com/thunderbird/autoconfig/blob/dcf6dd255605b89fde181f1202e403bbf0ce3374/ispdb/ionos.com",
    read="2026-11-28",
    login_is_email=True,
    more_hosts=("smtp.ionos.de", "smtp.ionos.co.uk", "smtp.ionos.fr", "smtp.ionos.es", "smtp.1und1.de"),
    zones=("ionos.com", "ionos.de", "kundenserver.de", "1und1.de"),
    receivers=(
        ("ionos.com", "smtp.ionos.com"),
        ("ionos.de", "smtp.ionos.de"),
        ("kundenserver.de", "smtp.ionos.de"),
        ("ionos.co.uk", "smtp.ionos.co.uk"),
        ("ionos.fr", "smtp.ionos.fr"),
        ("ionos.es", "smtp.ionos.es"),
    ),
    # The first: https://www.ionos.de/hilfe/domains/mailserver-und-verwandte-records-konfigurieren/spam-versand-vermeiden-mit-spf-record.
    # The others, of America and of older contracts, stand in the records of many of its customers.
    spf=("_spf-eu.ionos.com", "_spf-us.ionos.com", "_spf.kundenserver.de", "_spf.perfora.net"),
    # The sender: https://www.ionos.co.uk/help/email/glossary-email-terms-explained/outgoing-mail-server/.
    limits="50 to 500 messages an hour, by the age of the contract; 200 recipients a message; own domains only",
    help_url="https://www.ionos.co.uk/help/index.php?id=17026",
)

STRATO = Provider(
    key="strato",
    name="Strato",
    host="smtp.strato.de",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/strato.de.xml",
    read="2026-11-28",
    login_is_email=True,
    zones=("strato.de", "rzone.de"),
    receivers=(("rzone.de", "smtp.strato.de"),),
    limits="1,000 recipients a message",
    help_url="https://www.strato.de/faq/mail/externes-e-mail-programm-mit-strato-e-mail-adresse-nutzen/",
)

HETZNER = Provider(
    key="hetzner",
    name="Hetzner",
    host="mail.your-server.de",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    # The login: https://docs.hetzner.com/managed/email/mailbox-features/mailbox-management.
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/hetzner.de.xml",
    read="2026-11-28",
    login_is_email=True,
    receivers=(("your-server.de", "mail.your-server.de"),),
    help_url="https://docs.hetzner.com/cloud/servers/faq/#why-can-i-not-send-any-mails-from-my-server",
)

OVH = Provider(
    key="ovh",
    name="OVHcloud",
    host="ssl0.ovh.net",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/ovh/docs/blob/12f1f7f8463fa8f28afe6107cd1fcece394fb315/pages/web_cloud/email_and_collaborative_solutions/mx_plan/email_generalities/guide.en-gb.md",
    read="2026-11-28",
    login_is_email=True,
    # mx0 to mx4: https://github.com/ovh/docs/blob/12d8fcefef7635e3af29ce0dad9de4a4edd4c3b4/pages/web/domains/dns_zone_mx/guide.en-gb.md.
    receivers=(("mail.ovh.net", "ssl0.ovh.net"),),
    # https://docs.ovh.com/it/domains/hosting_condiviso_il_record_spf/.
    spf=("mx.ovh.com",),
    help_url="http://guides.ovh.com/ConfigurationEmail",
)

GANDI = Provider(
    key="gandi",
    name="Gandi",
    host="mail.gandi.net",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/gandi.net.xml",
    read="2026-11-28",
    login_is_email=True,
    receivers=(("mail.gandi.net", "mail.gandi.net"),),
    # https://helpdesk.gandi.net/hc/en-us/articles/14001808469404-What-is-an-SPF-record.
    spf=("_mailcust.gandi.net",),
    help_url="http://wiki.gandi.net/en/mail/standard-settings",
)

INFOMANIAK = Provider(
    key="infomaniak",
    name="Infomaniak",
    host="mail.infomaniak.com",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    # The limits: https://www.infomaniak.com/en/support/faq/admin2/email-service?i=6.
    source="https://www.infomaniak.com/en/support/faq/admin2/email-service?i=2",
    read="2026-11-28",
    login_is_email=True,
    # https://www.infomaniak.com/en/support/faq/2199/manage-spf-records.
    spf=("spf.infomaniak.ch",),
    limits="100 to 1,440 messages a day, by product; 100 recipients a message",
    help_url="https://www.infomaniak.com/en/support/faq/admin2/email-service",
)

ORANGE = Provider(
    key="orange",
    name="Orange",
    host="smtp.orange.fr",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/orange.fr.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("orange.fr", "wanadoo.fr"),
    help_url="https://assistance.orange.fr/",
)

RACKSPACE = Provider(
    key="rackspace",
    name="Rackspace Email",
    host="secure.emailsrvr.com",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/rackerlabs/rackspace-how-to/blob/5fd852bd6ab01c24d079e1473079ae0cce2c40b0/content/rackspace-email/rackspace-email-and-hosted-exchange-settings.md",
    read="2026-11-28",
    login_is_email=True,
    # https://github.com/rackerlabs/rackspace-how-to/blob/02ac73002acc0f3bdfef579a276b45c457ea7225/content/rackspace-email/set-up-dns-records-for-cloud-office-email.md.
    spf=("emailsrvr.com",),
    # https://github.com/rackerlabs/rackspace-how-to/blob/76f2a84b0d8146f006ede7df1c0e14dc32393181/content/rackspace-email/rackspace-hosted-email-system-daily-sending-limit.md.
    limits="10,000 recipients an address and day",
    receivers=(("emailsrvr.com", "secure.emailsrvr.com"),),
    help_url="https://postmaster.apps.rackspace.com/home",
)

DREAMHOST = Provider(
    key="dreamhost",
    name="DreamHost",
    host="smtp.dreamhost.com",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    # It has the port; the host is in https://nanopo.st/hosting/dreamhost/, the limits are in
    # https://help.dreamhost.com/hc/en-us/articles/215730437-SMTP-quota-limits.
    source="https://wiki.dreamhost.com/Secure_E-mail",
    read="2026-11-28",
    login_is_email=True,
    # https://help.dreamhost.com/hc/en-us/articles/216107737-SPF-overview.
    spf=("netblocks.dreamhost.com",),
    limits="100 recipients an hour, 100 recipients a message",
    help_url="https://help.dreamhost.com/hc/en-us/articles/215730467-SMTP-quota-overview",
)

PROVIDERS = (
    GMX,
    WEBDE,
    MAILCOM,
    TELEKOM,
    POSTEO,
    IONOS,
    STRATO,
    HETZNER,
    OVH,
    GANDI,
    INFOMANIAK,
    ORANGE,
    RACKSPACE,
    DREAMHOST,
)
