"""Servers that many providers run, Postfix and its policy services, Exim and cPanel; gateways before them."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, MESSAGE, RECIPIENT, SENDER, SENDING, known

REPLIES = (
    # Policy services behind Postfix speak in the recipient's name, whatever they mean.
    known(
        Code.QUOTA_REACHED,
        "policy rejection quota exceeded | sending quota exceeded | email sending quota",
        but_not="daily | hourly | monthly",
        stages=SENDING,
        source="https://help.dreamhost.com/hc/en-us/articles/215730467-SMTP-quota-overview",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "recipients domain hourly quota | recipients domain daily quota",
        stages=RECIPIENT,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.CONTENT_REFUSED,
        "policy rejection abuse",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
    ),
    known(
        Code.MECHANISM_NOT_ALLOWED,
        "authentication not enabled",
        stages=LOGIN,
        source="https://github.com/mail-in-a-box/mailinabox/issues/2284",
    ),
    # Postfix says with 535 what Dovecot or Cyrus SASL could not find out.
    known(
        Code.AUTH_TEMPORARY,
        "connection lost to authentication server",
        stages=LOGIN,
        source="https://github.com/neomutt/neomutt/issues/2690",
        read="2026-11-29",
    ),
    known(
        Code.AUTH_TEMPORARY,
        "authentication failed generic failure",
        stages=LOGIN,
        source="https://github.com/docker-mailserver/docker-mailserver/issues/1436",
        read="2026-11-29",
    ),
    known(
        Code.LOGIN_REQUIRED,
        "must issue an auth command first",
        stages=SENDING,
        source="https://github.com/zulip/zulip/issues/94",
    ),
    # An address is looked up at the server that it belongs to.
    known(
        Code.GREYLISTED,
        "address verification in progress | unverified address address verification",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
    ),
    known(
        Code.SENDER_UNKNOWN,
        "sender verify failed | sender verification failed | sender callout | could not complete sender verify"
        " | sender address rejected undeliverable address | sender address rejected unverified address",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    # cPanel
    known(
        Code.QUOTA_PER_HOUR,
        "has exceeded the max emails per hour | max defers and failures per hour",
        source="https://forums.cpanel.net/threads/email-quota.697029/",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "blocked using",
        but_not="greylisting | greylisted | sender address",
        stages=FIRST | SENDING,
        source="https://github.com/CyberNinjas/pam_aad/issues/35",
    ),
    known(
        Code.ACCOUNT_LOCKED,
        "excessive authentication failures | too many errors you have been temporarily blacklisted",
        stages=FIRST,
        source="https://help.socketlabs.com/docs/421-451-too-many-errors-you-have-been-temporarily-blacklisted",
    ),
    # qmail
    known(
        Code.RELAY_REFUSED,
        "list of allowed rcpthosts | trying to use me | as a relay",
        stages=SENDING,
        logged_in=True,
        source="https://support.nimbushosting.co.uk/docs/email-smtp-error-codesbounce-backs",
    ),
    # Gateways
    known(
        Code.SITE_IP_BLOCKED,
        "host network not allowed | your access to submit messages",
        stages=FIRST | SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "envelope blocked user entry | block send er",
        stages=RECIPIENT,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.CONTENT_REFUSED,
        "administrative prohibition",
        but_not="recipient | sender | relay",
        stages=SENDING,
        source="https://pastebin.com/xDPN2fTF",
    ),
    known(
        Code.GREYLISTED,
        "internal resource temporarily unavailable",
        stages=RECIPIENT,
        codes=(451,),
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/451.json",
    ),
    known(
        Code.CONNECTION_LIMIT,
        "account service is temporarily unavailable",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/451.json",
    ),
    known(
        Code.LICENCE_MISSING,
        "license expired | account inbounds disabled",
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/422.json",
    ),
    known(
        Code.RELAY_REFUSED,
        "open relay not allowed",
        stages=SENDING,
        logged_in=True,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/451.json",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "mbl r",
        stages=SENDING,
        source="https://github.com/aschroder/Magento-SMTP-Pro-Email-Extension/issues/92",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "local policy violation",
        stages=FIRST,
        source="https://github.com/nodemailer/nodemailer/issues/1257",
    ),
    # Comcast, GoDaddy, Rackspace and others
    known(
        Code.QUOTA_PER_HOUR,
        "too many messages this hour",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "max number of messages per session",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "mx record not allowed",
        stages=SENDER,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.SENDER_NOT_AUTHENTIC,
        "rejecting spoofed message | anti spoofing policy | not accepted for policy reasons",
        stages=MESSAGE,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "blocked by this recipient | policy rejection on the target",
        stages=RECIPIENT,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "blocked due to inactivity",
        stages=RECIPIENT,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
)
