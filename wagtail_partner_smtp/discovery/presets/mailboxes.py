"""Mailboxes for everybody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ...smtp.settings import Security
from ..provider import OAuth, Provider
from .hints import APP_PASSWORD, APP_PASSWORD_IF_ALLOWED, AUTHORISATION_CODE, SWITCH_ON, WHOLE_ADDRESS

GOOGLE = Provider(
    key="google",
    name="Google Workspace",
    host="smtp.gmail.com",
    port=587,
    security=Security.TLS,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. The password is an app password: sign in to the Google account, "
        "turn on 2-Step Verification and make one there. The ordinary password is refused."
    ),
    domains=("gmail.com", "googlemail.com"),
    # aspmx.l.google.com and smtp.google.com: https://intodns.ai/citations/google-workspace-mx-records;
    # aspmx2.googlemail.com, of old domains: https://github.com/jace/mxsniff/blob/ec26e90b42d8c81f1e6370ce568a7012a5b08ac1/mxsniff/providers.py.
    receivers=(("google.com", "smtp.gmail.com"), ("googlemail.com", "smtp.gmail.com")),
    more_hosts=("smtp-relay.gmail.com",),
    zones=("gmail.com", "google.com", "googlemail.com"),
    oauth=OAuth.POSSIBLE,
    # The limits: help_url, and https://developers.google.com/workspace/gmail/imap/imap-smtp for the personal ones.
    limits="2,000 messages a user and day, 500 in a trial; 100 recipients a message",
    # https://support.google.com/a/answer/33786.
    spf=("_spf.google.com",),
    help_url="https://knowledge.workspace.google.com/admin/gmail/send-email-from-a-printer-scanner-or-app",
    credentials_url="https://myaccount.google.com/apppasswords",
    source="https://developers.google.com/workspace/gmail/imap/imap-smtp",
    read="2026-11-28",
)

MICROSOFT = Provider(
    key="microsoft",
    name="Microsoft 365",
    host="smtp.office365.com",
    port=587,
    security=Security.TLS,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. An administrator has to allow “Authenticated SMTP” for the "
        "mailbox. Microsoft is ending logins with a password (basic authentication): where they are off "
        "already, even the right password is refused."
    ),
    domains=("onmicrosoft.com",),
    # https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/office365.com.xml
    # and, for domains with DNSSEC, https://learn.microsoft.com/en-us/purview/how-smtp-dane-works.
    receivers=(
        ("mail.protection.outlook.com", "smtp.office365.com"),
        ("mx.microsoft", "smtp.office365.com"),
    ),
    more_hosts=("smtp-legacy.office365.com",),
    zones=("office365.com", "outlook.com"),
    oauth=OAuth.NEEDED,
    limits="30 messages a minute, 10,000 recipients a day, 3 connections at once",
    # https://learn.microsoft.com/en-us/defender-office-365/email-authentication-spf-configure.
    spf=("spf.protection.outlook.com",),
    help_url="https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission",
    source="https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
    read="2026-11-28",
)

FASTMAIL = Provider(
    key="fastmail",
    name="Fastmail",
    host="smtp.fastmail.com",
    port=465,
    security=Security.SSL,
    login_is_email=True,
    hint=_(
        "The login is the whole address of the Fastmail account. The password is an app password, made in "
        "Fastmail's settings; the ordinary password is refused."
    ),
    # https://github.com/chatmail/provider-db/blob/ad097ee40579c884e7757de2d3bb0a51f481a32a/_providers/fastmail.md.
    domains=("fastmail.com", "fastmail.fm"),
    receivers=(("messagingengine.com", "smtp.fastmail.com"),),
    zones=("fastmail.com", "messagingengine.com"),
    # The record of fastmail.com itself: https://gist.github.com/robn/a3d90aa8f7c0b4ef2c13f3ec60324585.
    spf=("spf.messagingengine.com",),
    help_url="https://www.fastmail.com/help/send/undeliverable.html",
    credentials_url="https://app.fastmail.com/settings/security",
    source="https://www.fastmail.com/help/technical/servernamesandports.html",
    read="2026-11-28",
)

ZOHO = Provider(
    key="zoho",
    name="Zoho Mail",
    host="smtppro.zoho.com",
    port=465,
    security=Security.SSL,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. With two-factor sign-in the password is an application-specific "
        "one. Free and personal accounts use smtp.zoho.com; an account in another region has that region's "
        "ending, for example smtppro.zoho.eu."
    ),
    # MX records by region: https://mxrecordchecker.com/resources/zoho-mx-records;
    # servers by region: https://codeopx.com/email/guides/zoho.
    receivers=(
        ("zoho.com", "smtppro.zoho.com"),
        ("zoho.com.*", "smtppro.zoho.com.*"),
        ("zoho.*", "smtppro.zoho.*"),
    ),
    more_hosts=("smtp.zoho.com", "smtp.zoho.eu", "smtppro.zoho.eu"),
    zones=("zoho.com", "zoho.eu", "zoho.in", "zohomail.com"),
    help_url="https://www.zoho.com/mail/help/zoho-smtp.html",
    credentials_url="https://help.zoho.com/portal/kb/articles/manage-application-specific-passwords",
    source="https://www.zoho.com/mail/help/zoho-smtp.html",
    read="2026-11-28",
)

OUTLOOK = Provider(
    key="outlook",
    name="Outlook.com",
    host="smtp-mail.outlook.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "Private mailboxes of Microsoft no longer accept passwords from other programs, "
        "only OAuth 2.0: mail has to be sent through another provider."
    ),
    source="https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353",
    read="2026-11-28",
    login_is_email=True,
    zones=("hotmail.com",),
    oauth=OAuth.NEEDED,
    help_url="https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353",
)

MAILBOX_ORG = Provider(
    key="mailboxorg",
    name="mailbox.org",
    host="smtp.mailbox.org",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is the main email address of the account. With two-factor sign-in "
        "the password is an app password, made in the settings."
    ),
    domains=("mailbox.org",),
    login_is_email=True,
    # https://kb.mailbox.org/de/privat/e-mail-mit-eigener-domain/spam-reputation-der-eigenen-domain-verbessern-mit-spf-dkim-und-dmarc.
    spf=("mailbox.org",),
    help_url="https://kb.mailbox.org/en/business/e-mail/e-mail-configuration/",
    source="https://kb.mailbox.org/en/business/e-mail/e-mail-configuration/",
    read="2026-11-28",
)

YAHOO = Provider(
    key="yahoo",
    name="Yahoo Mail",
    host="smtp.mail.yahoo.com",
    port=465,
    security=Security.SSL,
    hint=APP_PASSWORD,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/yahoo.com.xml",
    read="2026-11-28",
    login_is_email=True,
    zones=("yahoo.com", "yahoodns.net"),
    domains=("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.de", "yahoo.fr", "yahoo.co.uk"),
    receivers=(("am0.yahoodns.net", "smtp.mail.yahoo.com"),),
    oauth=OAuth.POSSIBLE,
    help_url="https://help.yahoo.com/kb/SLN15241.html",
    credentials_url="https://login.yahoo.com/account/security",
)

AOL = Provider(
    key="aol",
    name="AOL Mail",
    host="smtp.aol.com",
    port=465,
    security=Security.SSL,
    hint=APP_PASSWORD,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/aol.com.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("aol.com",),
    oauth=OAuth.POSSIBLE,
    help_url="https://help.aol.com/articles/how-do-i-use-other-email-applications-to-send-and-receive-my-aol-mail",
    credentials_url="https://login.aol.com/account/security",
)

ICLOUD = Provider(
    key="icloud",
    name="iCloud Mail",
    host="smtp.mail.me.com",
    port=587,
    security=Security.TLS,
    hint=APP_PASSWORD,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/me.com.xml",
    read="2026-11-28",
    login_is_email=True,
    zones=("me.com", "icloud.com"),
    domains=("icloud.com", "me.com", "mac.com"),
    help_url="https://support.apple.com/HT202304",
    credentials_url="https://appleid.apple.com",
)

PROTON = Provider(
    key="proton",
    name="Proton Mail",
    host="smtp.protonmail.ch",
    port=587,
    security=Security.TLS,
    hint=_(
        "The login is an address of your own domain, the password an SMTP token made for it in Proton's"
        " settings. Only some plans have it."
    ),
    source="https://proton.me/support/smtp-submission",
    read="2026-11-28",
    login_is_email=True,
    # https://mxrecordchecker.com/resources/protonmail-mx-records.
    receivers=(("protonmail.ch", "smtp.protonmail.ch"),),
    # https://proton.me/support/anti-spoofing-custom-domain.
    spf=("_spf.protonmail.ch",),
    help_url="https://proton.me/support/smtp-submission",
)

YANDEX = Provider(
    key="yandex",
    name="Yandex Mail",
    host="smtp.yandex.com",
    port=465,
    security=Security.SSL,
    hint=APP_PASSWORD_IF_ALLOWED,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/yandex.ru.xml",
    read="2026-11-28",
    login_is_email=True,
    more_hosts=("smtp.yandex.ru",),
    zones=("yandex.com", "yandex.ru", "yandex.net"),
    domains=("yandex.com", "yandex.ru"),
    # https://yandex.com.tr/support/kurum/set-mail/mx.html, and for mx.yandex.ru, of old domains,
    # https://github.com/badmojr/1Hosts/issues/783.
    receivers=(("mx.yandex.net", "smtp.yandex.com"), ("mx.yandex.ru", "smtp.yandex.ru")),
    oauth=OAuth.POSSIBLE,
    # https://yandex.com.tr/support/connect/dns/spf.html?lang=tr.
    spf=("_spf.yandex.net",),
    help_url="https://yandex.com/support/mail/mail-clients/others.html",
)

MAILRU = Provider(
    key="mailru",
    name="Mail.ru",
    host="smtp.mail.ru",
    port=465,
    security=Security.SSL,
    hint=APP_PASSWORD,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/mail.ru.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("mail.ru", "inbox.ru", "list.ru", "bk.ru"),
    help_url="http://help.mail.ru/mail-help/mailer/mt",
    credentials_url="https://help.mail.ru/mail/security/protection/external",
)

QQ = Provider(
    key="qq",
    name="QQ Mail",
    host="smtp.qq.com",
    port=465,
    security=Security.SSL,
    hint=AUTHORISATION_CODE,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/qq.com.xml",
    read="2026-11-28",
    login_is_email=True,
    # Of enterprises: https://github.com/nodemailer/nodemailer/blob/2f667f4272cb2d7cb479b2e3903ab10600fc0eae/lib/well-known/services.json.
    more_hosts=("smtp.exmail.qq.com",),
    # https://github.com/chatmail/provider-db/blob/ad097ee40579c884e7757de2d3bb0a51f481a32a/_providers/qq.md.
    domains=("qq.com", "foxmail.com"),
    help_url="https://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256",
    credentials_url="https://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256",
)

NETEASE = Provider(
    key="netease",
    name="NetEase (163, 126)",
    host="smtp.163.com",
    port=465,
    security=Security.SSL,
    hint=AUTHORISATION_CODE,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/163.com.xml",
    read="2026-11-28",
    login_is_email=True,
    # https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/126.com.xml.
    more_hosts=("smtp.126.com",),
    zones=("163.com", "126.com"),
    domains=("163.com",),
    help_url="http://help.163.com/09/1224/17/5RAJ4LMH00753VB8.html",
)

ALIYUN = Provider(
    key="aliyun",
    name="Aliyun Mail",
    host="smtp.qiye.aliyun.com",
    port=465,
    security=Security.SSL,
    hint=APP_PASSWORD_IF_ALLOWED,
    source="https://help.aliyun.com/document_detail/36687.html",
    read="2026-11-28",
    login_is_email=True,
    # https://github.com/nodemailer/nodemailer-wellknown/pull/25.
    more_hosts=("smtp.mxhichina.com",),
    zones=("aliyun.com", "mxhichina.com", "aliyun-inc.com"),
    oauth=OAuth.POSSIBLE,
    help_url="https://help.aliyun.com/document_detail/36687.html",
)

NAVER = Provider(
    key="naver",
    name="Naver Mail",
    host="smtp.naver.com",
    port=465,
    security=Security.SSL,
    hint=SWITCH_ON,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/naver.com.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("naver.com",),
    help_url="https://help.naver.com/service/30029/contents/21342?osType=PC&lang=ko",
)

SEZNAM = Provider(
    key="seznam",
    name="Seznam.cz",
    host="smtp.seznam.cz",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/seznam.cz.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("seznam.cz", "email.cz", "post.cz"),
    help_url="http://napoveda.seznam.cz/cz/email/imap-pop3-smtp/",
)

LIBERO = Provider(
    key="libero",
    name="Libero",
    host="smtp.libero.it",
    port=465,
    security=Security.SSL,
    hint=WHOLE_ADDRESS,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/libero.it.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("libero.it",),
    help_url="http://aiuto.libero.it/articolo/mail/parametri-di-configurazione-per-il-client-di-posta/",
)

COMCAST = Provider(
    key="comcast",
    name="Comcast Xfinity",
    host="smtp.comcast.net",
    port=465,
    security=Security.SSL,
    hint=SWITCH_ON,
    source="https://github.com/thunderbird/autoconfig/blob/c6ad79659b5fc321d1593ec4c277815b83e5dec5/ispdb/comcast.net.xml",
    read="2026-11-28",
    login_is_email=True,
    domains=("comcast.net",),
    oauth=OAuth.POSSIBLE,
    help_url="https://www.xfinity.com/support/articles/third-party-email-access",
)

PROVIDERS = (
    GOOGLE,
    MICROSOFT,
    FASTMAIL,
    ZOHO,
    OUTLOOK,
    MAILBOX_ORG,
    YAHOO,
    AOL,
    ICLOUD,
    PROTON,
    YANDEX,
    MAILRU,
    QQ,
    NETEASE,
    ALIYUN,
    NAVER,
    SEZNAM,
    LIBERO,
    COMCAST,
)
