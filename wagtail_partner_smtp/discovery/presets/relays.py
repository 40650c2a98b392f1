"""Senders by trade, which have no mailboxes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ...smtp.settings import Security
from ..provider import Provider

AMAZON = Provider(
    key="amazon",
    name="Amazon SES",
    host="email-smtp.us-east-1.amazonaws.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "Each region has its own server: put yours in place of us-east-1, for example eu-west-1. Login and "
        "password are the SMTP credentials made in the SES console for that region, not the access keys of an "
        "AWS user."
    ),
    # https://docs.aws.amazon.com/ses/latest/dg/receiving-email-mx-record.html.
    receivers=(("inbound-smtp.*.amazonaws.com", "email-smtp.*.amazonaws.com"),),
    zones=("email-smtp.amazonaws.com",),
    help_url="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    limits="a rate per second and a quota of 24 hours, by account and region",
    source="https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html",
    read="2026-11-28",
)

MAILGUN = Provider(
    key="mailgun",
    name="Mailgun",
    host="smtp.mailgun.org",
    port=587,
    security=Security.TLS,
    hint=_(
        "For a domain in the EU region the host is smtp.eu.mailgun.org. Login and password are the SMTP "
        "credentials of the sending domain, such as postmaster@ and the domain; the API key is something else."
    ),
    # https://github.com/mailgun/documentation/blob/32f41214a7ed69a705c89cf1866a2178a21fd853/source/api-intro.rst.
    receivers=(("eu.mailgun.org", "smtp.eu.mailgun.org"), ("mailgun.org", "smtp.mailgun.org")),
    # https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify.md.
    spf=("mailgun.org",),
    help_url="https://help.mailgun.com/hc/en-us/articles/203380100",
    limits="sandbox domains send to authorised recipients only",
    # The server of the EU: https://cloud.google.com/compute/docs/tutorials/sending-mail/using-mailgun.
    source="https://documentation.mailgun.com/docs/mailgun/user-manual/smtp-protocol/smtp-relay.md",
    read="2026-11-28",
)

SENDGRID = Provider(
    key="sendgrid",
    name="SendGrid",
    host="smtp.sendgrid.net",
    port=587,
    security=Security.TLS,
    login="apikey",
    hint=_(
        "The login is the word “apikey” itself. The password is an API key that may send mail. The SMTP Email has "
        "to be a verified sender, or in a verified domain."
    ),
    # https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook.md.
    receivers=(("mx.sendgrid.net", "smtp.sendgrid.net"),),
    help_url="https://sendgrid.com/docs/for-developers/sending-email/smtp-errors-and-troubleshooting/",
    credentials_url="https://app.sendgrid.com/settings/api_keys",
    limits="5,000 messages a connection",
    source="https://github.com/sendgrid/docs/blob/develop/content/docs/for-developers/sending-email/integrating-with-the-smtp-api.md",
    read="2026-11-28",
)

POSTMARK = Provider(
    key="postmark",
    name="Postmark",
    host="smtp.postmarkapp.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "Login and password are both the Server API token, the same text twice. SMTP has to be switched on for "
        "the server, and the SMTP Email has to be a confirmed sender."
    ),
    # https://postmarkapp.com/developer/user-guide/inbound/inbound-domain-forwarding.
    receivers=(("inbound.postmarkapp.com", "smtp.postmarkapp.com"),),
    help_url="https://postmarkapp.com/developer/user-guide/send-email-with-smtp",
    source="https://postmarkapp.com/support/article/common-smtp-connection-errors",
    read="2026-11-28",
)

BREVO = Provider(
    key="brevo",
    name="Brevo",
    host="smtp-relay.brevo.com",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is shown in Brevo's settings under “SMTP & API”. The password is an SMTP key from the same "
        "page; an API key does not work."
    ),
    more_hosts=("smtp-relay.sendinblue.com",),
    zones=("brevo.com", "sendinblue.com"),
    help_url="https://help.brevo.com/hc/en-us/articles/5740111683858",
    credentials_url="https://app.brevo.com/settings/keys/smtp",
    source="https://developers.brevo.com/docs/smtp-integration",
    read="2026-11-28",
)

MAILJET = Provider(
    key="mailjet",
    name="Mailjet",
    host="in-v3.mailjet.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "The login is the API key, the password the secret key of your Mailjet account. The SMTP Email has to "
        "be a validated sender, or in a validated domain."
    ),
    # https://github.com/mailjet/mailjet-apiv3-php-simple/blob/master/doc/_parse-api.md.
    receivers=(("parse.mailjet.com", "in-v3.mailjet.com"),),
    help_url="https://documentation.mailjet.com/hc/en-us",
    # https://documentation.mailjet.com/hc/en-us/articles/360049641733-Authenticating-Domains-with-SPF-and-DKIM-A-Complete-Guide.
    spf=("spf.mailjet.com",),
    limits="validated senders or domains only",
    # Mailjet's own library; that senders are to be validated: https://sendy.co/mailjet.
    source="https://rubydoc.info/gems/mailjet/Mailjet/Mailer",
    read="2026-11-28",
)

RESEND = Provider(
    key="resend",
    name="Resend",
    host="smtp.resend.com",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is the word “resend” itself, the password an API key. The domain of the SMTP Email has to"
        " be verified."
    ),
    source="https://resend.com/docs/send-with-smtp",
    read="2026-11-28",
    login="resend",
    limits="5 requests a second",
    help_url="https://resend.com/docs/send-with-smtp",
)

MANDRILL = Provider(
    key="mandrill",
    name="Mailchimp Transactional",
    host="smtp.mandrillapp.com",
    port=587,
    security=Security.TLS,
    hint=_("The login may be anything, such as the address of the account; the password is an API key."),
    source="https://mailchimp.com/developer/transactional/docs/smtp-integration/",
    read="2026-11-28",
    help_url="https://mailchimp.com/developer/transactional/docs/smtp-integration/",
)

SPARKPOST = Provider(
    key="sparkpost",
    name="SparkPost",
    host="smtp.sparkpostmail.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "The login is “SMTP_Injection”, the password an API key with the permission “Send via SMTP”. The"
        " domain of the SMTP Email has to be verified."
    ),
    source="https://developers.sparkpost.com/api/smtp/",
    read="2026-11-28",
    login="SMTP_Injection",
    # https://github.com/SparkPost/support-docs/blob/main/articles/faq/error-messages-smtp.md.
    limits="a quota a day and a month, by plan",
    help_url="https://support.sparkpost.com/",
)

ZEPTOMAIL = Provider(
    key="zeptomail",
    name="Zoho ZeptoMail",
    host="smtp.zeptomail.com",
    port=587,
    security=Security.TLS,
    hint=_("The login is the word “emailapikey” itself, the password the send mail token of the mail agent."),
    source="https://www.zoho.com/zeptomail/help/smtp-home.html",
    read="2026-11-28",
    login="emailapikey",
    help_url="https://www.zoho.com/zeptomail/help/api/smtp-error-codes.html",
)

SMTP2GO = Provider(
    key="smtp2go",
    name="SMTP2GO",
    host="mail.smtp2go.com",
    port=465,
    security=Security.SSL,
    hint=_(
        "Login and password are those of an SMTP user, made under “Sending” and “SMTP Users”, not those of the "
        "account. The sender or its domain has to be verified."
    ),
    more_hosts=("mail-eu.smtp2go.com", "mail-eu2.smtp2go.com", "mail-us.smtp2go.com", "mail-au.smtp2go.com"),
    help_url="https://developers.smtp2go.com/docs/smtp-relay",
    limits="verified senders only",
    source="https://developers.smtp2go.com/docs/smtp-relay",
    read="2026-11-28",
)

SCALEWAY = Provider(
    key="scaleway",
    name="Scaleway Transactional Email",
    host="smtp.tem.scaleway.com",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is the ID of the Scaleway project that has the domain, the password the secret key of an API "
        "key that may send email."
    ),
    zones=("tem.scaleway.com",),
    # https://github.com/scaleway/docs-content/pull/3829.diff.
    spf=("_spf.tem.scaleway.com",),
    help_url="https://www.scaleway.com/en/docs/transactional-email/reference-content/smtp-configuration",
    source="https://www.scaleway.com/en/docs/transactional-email/reference-content/smtp-configuration",
    read="2026-11-28",
)

CLOUDFLARE = Provider(
    key="cloudflare",
    name="Cloudflare Email Service",
    host="smtp.mx.cloudflare.net",
    port=465,
    security=Security.SSL,
    login="api_token",
    hint=_(
        "The login is the word “api_token” itself, the password a Cloudflare API token with the permission “Email "
        "Sending: Edit”. The domain of the SMTP Email has to be set up for sending at Cloudflare."
    ),
    zones=("mx.cloudflare.net",),
    help_url="https://developers.cloudflare.com/email-service/api/send-emails/smtp/",
    source="https://developers.cloudflare.com/email-service/api/send-emails/smtp/",
    read="2026-11-28",
)

NHN = Provider(
    key="nhn",
    name="NHN Cloud Email",
    host="smtp-mail.nhncloudservice.com",
    port=465,
    security=Security.SSL,
    hint=_("The login is the AppKey of the Email service, the password its SecretKey."),
    help_url="https://docs.nhncloud.com/ko/Notification/Email/ko/smtp-guide/",
    source="https://docs.nhncloud.com/ko/Notification/Email/ko/smtp-guide/",
    read="2026-11-28",
)

PROVIDERS = (
    AMAZON,
    MAILGUN,
    SENDGRID,
    POSTMARK,
    BREVO,
    MAILJET,
    RESEND,
    MANDRILL,
    SPARKPOST,
    ZEPTOMAIL,
    SMTP2GO,
    SCALEWAY,
    CLOUDFLARE,
    NHN,
)
