"""Gmail, Google Workspace and its relay."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, MESSAGE, RECIPIENT, SENDING, known

REPLIES = (
    known(
        Code.BROWSER_SIGN_IN_REQUIRED,
        "log in via your web browser | log in with your web browser | webloginrequired",
        source="https://pastebin.com/Ys3yQGaJ",
    ),
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "application specific password required | invalidsecondfactor",
        source="https://github.com/nodemailer/nodemailer/issues/1116",
    ),
    known(
        Code.AUTH_FAILED,
        "username and password not accepted | badcredentials",
        stages=LOGIN,
        source="https://github.com/jef/streetmerchant/issues/1190",
    ),
    known(
        Code.ACCOUNT_LOCKED,
        "too many login attempts",
        stages=LOGIN,
        source="https://github.com/nodemailer/nodemailer/issues/1388",
    ),
    # A connection that ends at EHLO with these words wants another name; waiting does not help.
    known(
        Code.EHLO_NAME_REFUSED,
        "try again later closing connection ehlo",
        stages=FIRST,
        codes=(421,),
        source="https://github.com/dawidd6/action-send-mail/issues/196",
    ),
    # The relay knows customers by their address.
    known(
        Code.SITE_IP_NOT_ALLOWED,
        "invalid credentials for relay",
        stages=SENDING,
        source="https://github.com/Ombi-app/Ombi/issues/1442",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "is not authorized to send email directly to our servers",
        stages=FIRST | SENDING,
        source="https://github.com/guileen/node-sendmail/issues/37",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "low reputation of the sending ip",
        stages=SENDING,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-58.eml",
    ),
    known(
        Code.CONTENT_REFUSED,
        "low reputation of the sending domain",
        stages=SENDING,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
    ),
    known(
        Code.SITE_IP_WITHOUT_NAME,
        "does not have a ptr record | does not point to the sending ip",
        stages=FIRST | SENDING,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-06.eml",
    ),
    known(
        Code.QUOTA_PER_DAY,
        "daily user sending quota | daily user sending limit | daily smtp relay limit",
        source="https://github.com/gen-smtp/gen_smtp/issues/140",
    ),
    known(
        Code.QUOTA_PER_DAY,
        "peak smtp relay limit",
        source="https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes?hl=ja",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "receiving email too quickly | receiving mail too quickly | receiving mail at a rate that"
        " | receiving email at a rate that | unusual rate of unsolicited mail",
        stages=SENDING,
        source="https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes?hl=ja",
    ),
    known(
        Code.SENDER_NOT_AUTHENTIC,
        "no dmarc alignment | sender is unauthenticated",
        stages=SENDING,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-04.eml",
    ),
    known(
        Code.CONTENT_REFUSED,
        "illegal attachment | content presents a potential security issue",
        stages=MESSAGE,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/552.json",
    ),
    known(
        Code.CONTENT_MALFORMED,
        "not rfc 5322 compliant | addresses in from header are not accepted | missing a valid address in from"
        " header",
        stages=MESSAGE,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-28.eml",
    ),
    known(
        Code.CONTENT_REFUSED,
        "likely unsolicited mail | suspicious due to the nature of the content",
        stages=MESSAGE,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
    ),
    known(
        Code.MESSAGE_TOO_LARGE,
        "message size limits",
        stages=SENDING,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/552.json",
    ),
    known(
        Code.RECIPIENT_MAILBOX_FULL,
        "out of storage space | is over quota",
        stages=RECIPIENT,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-05.eml",
    ),
)
