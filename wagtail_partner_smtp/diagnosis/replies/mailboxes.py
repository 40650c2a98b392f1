"""Mailbox providers: Yahoo and AOL, GMX and its relatives, Zoho, Proton, Fastmail, French and Russian ones."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, MESSAGE, RECIPIENT, SENDER, SENDING, known

REPLIES = (
    # Yahoo and AOL
    known(
        Code.ACCOUNT_LOCKED,
        "too many bad auth attempts | auth005",
        stages=LOGIN,
        source="https://github.com/nedimf/maildroid/issues/17",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "request failed mailbox unavailable",
        stages=SENDING,
        codes=(550,),
        logged_in=True,
        source="https://github.com/mattermost/mattermost/issues/13652",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "temporarily deferred due to unexpected volume | temporarily deferred due to user complaints | tss04",
        stages=FIRST | SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "will be permanently deferred | connections will not be accepted from | connections not accepted from"
        " ip",
        source="https://github.com/hardware/mailserver/issues/202",
    ),
    known(
        Code.CONTENT_MALFORMED,
        "headers are not rfc compliant",
        stages=MESSAGE,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "max message per connection reached | maximum messages per connection",
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
    ),
    # GMX, web.de, 1&1 IONOS: the first line says "mailbox unavailable" whatever the cause.
    known(
        Code.SENDER_NOT_OWNED,
        "sender address is not allowed",
        stages=SENDING,
        source="https://github.com/hpi-swt2/sport-portal/issues/462",
    ),
    known(
        Code.QUOTA_REACHED,
        "mail send limit exceeded",
        stages=SENDING,
        source="https://www.ionos.co.uk/help/index.php?id=17026",
    ),
    known(
        Code.QUOTA_REACHED,
        "failure sending mail try again later",
        stages=SENDING,
        source="https://github.com/jstedfast/MailKit/issues/968",
    ),
    known(
        Code.SITE_IP_WITHOUT_NAME,
        "bad dns ptr resource record | c rdns",
        stages=FIRST | SENDING,
        source="https://github.com/OpenSMTPD/OpenSMTPD/issues/446",
    ),
    known(
        Code.CONTENT_MALFORMED,
        "reject due to policy restrictions",
        "c hi | c hd | c r0701 | header based",
        stages=MESSAGE,
        source="https://github.com/authelia/authelia/issues/2571",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "reject due to policy restrictions",
        "ip based | c ip | c bl",
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.SENDER_BLOCKED,
        "reject due to policy restrictions",
        "domain based",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.CONTENT_REFUSED,
        "reject due to policy restrictions",
        stages=SENDING,
        source="https://github.com/hitobito/hitobito/issues/2671",
    ),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "invalid dns mx or a aaaa resource record",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    # Zoho
    known(
        Code.SENDER_NOT_OWNED,
        "relaying disallowed",
        stages=SENDING,
        codes=(553,),
        source="https://www.zoho.com/zeptomail/help/api/smtp-error-codes.html",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "unusual sending activity",
        stages=SENDING,
        source="https://github.com/cachethq/cachet/issues/3052",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "sender address blocked",
        but_not="using",
        stages=LOGIN | SENDING,
        source="https://help.zoho.com/portal/en/community/topic/issue-with-outgoing-mail",
    ),
    known(
        Code.CONTENT_REFUSED,
        "mailpolicy violation | email policy violation",
        stages=SENDING,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-zoho-02.eml",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "mailbox delivery restricted by policy",
        stages=RECIPIENT,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/452.json",
    ),
    # Proton, its bridge, and hydroxide
    known(
        Code.SENDER_NOT_OWNED,
        "account is not available in bridge | invalid return path not owned by user | unknown sender address",
        stages=SENDING,
        source="https://github.com/shenxn/protonmail-bridge-docker/issues/28",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "error no such user",
        stages=MESSAGE,
        codes=(554,),
        enhanced="5.0.0",
        source="https://github.com/ProtonMail/proton-bridge/issues/503",
    ),
    # Fastmail
    known(
        Code.SENDER_NOT_OWNED,
        "not authorised to send from this header address | not authorized to send from this header address",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%22551+5.7.1+Not+authorised+to+send+from+this+header+address%22",
    ),
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "incorrect username password or access token",
        stages=LOGIN,
        source="https://github.com/tdaniel1925/eezmail/blob/main/SMTP_AUTH_FIX_GUIDE.md",
    ),
    # Orange and La Poste: 405 is a domain that does not exist, 415 an address that is not the login's.
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "emetteur invalide",
        "405",
        stages=SENDER,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/501.json",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "emetteur invalide | invalid sender ofr*",
        stages=SENDER,
        source="https://github.com/sisimai/p5-sisimai/issues/240",
    ),
    known(
        Code.RECIPIENT_MAILBOX_FULL,
        "recipient overquota | boite du destinataire pleine",
        stages=RECIPIENT,
        source="https://github.com/sisimai/p5-sisimai/issues/240",
    ),
    known(
        Code.CONNECTION_LIMIT,
        "trop de connexions",
        stages=FIRST | SENDING,
        source="https://github.com/sisimai/p5-sisimai/issues/240",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "adresse ip source bloquee",
        stages=FIRST | SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    # Yandex and Mail.ru
    known(
        Code.BROWSER_SIGN_IN_REQUIRED,
        "prove you are not a robot | use web for sending",
        stages=LOGIN | SENDING,
        source="https://github.com/higty/higlabo/pull/17",
    ),
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "parol prilozheniya",
        stages=LOGIN,
        source="https://github.com/lmanukyan/print-designer/issues/5",
    ),
    known(
        Code.ENCRYPTION_REQUIRED,
        "sending without ssl tls encryption is not allowed",
        encrypted=False,
        source="https://github.com/PHPMailer/PHPMailer/issues/283",
    ),
    known(
        Code.AUTH_FAILED,
        "authentication failed invalid format",
        stages=LOGIN,
        source="https://github.com/joomla/joomla-cms/issues/31499",
    ),
    known(
        Code.CONTENT_REFUSED,
        "under suspicion of spam",
        stages=SENDING,
        source="https://github.com/chatmail/provider-db/issues/205",
    ),
    # Numbers of Orange and La Poste whose words are the same for many causes.
    known(
        Code.SITE_IP_BLOCKED,
        "ofr* | lpn*",
        "101 | 102 | 103",
        stages=FIRST | SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/521.json",
    ),
    known(
        Code.CONTENT_REFUSED,
        "ofr* | lpn*",
        "506",
        stages=MESSAGE,
        source="https://github.com/sisimai/p5-sisimai/issues/240",
    ),
    # T-Online
    known(
        Code.SITE_IP_BLOCKED,
        "a problem occurred",
        "ip",
        stages=FIRST,
        source="https://github.com/mailcow/mailcow-dockerized/issues/2639",
    ),
    # Cox
    known(
        Code.SITE_IP_BLOCKED,
        "aup cdrbl | aup cxbl | aup ipbl*",
        stages=FIRST | SENDING,
        source="https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-cox-01.eml",
    ),
    # Tiscali
    known(
        Code.PASSWORD_EXPIRED,
        "your password is too simple",
        stages=LOGIN,
        source="https://github.com/MailCore/mailcore2/pull/1517",
    ),
)
