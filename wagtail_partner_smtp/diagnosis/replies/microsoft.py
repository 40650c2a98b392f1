"""Microsoft 365, Outlook.com and Exchange: one code for many causes, so the words decide."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, MESSAGE, RECIPIENT, SENDER, SENDING, known

REPLIES = (
    # The answer to MAIL may carry the reason of the login that failed before, so these come first, at any stage.
    known(
        Code.SMTP_OFF_FOR_ORGANISATION,
        "disabled for the tenant | disabled for the organization",
        source="https://github.com/simonrob/email-oauth2-proxy/issues/193",
    ),
    known(
        Code.SMTP_OFF_FOR_MAILBOX,
        "disabled for the mailbox",
        source="https://github.com/search?type=code&q=%22SmtpClientAuthentication+is+disabled+for+the+Mailbox%22",
    ),
    known(
        Code.BASIC_AUTH_DISABLED,
        "basic authentication is disabled",
        source="https://github.com/rpremraj/mailR/issues/107",
    ),
    known(
        Code.BASIC_AUTH_DISABLED,
        "basic authentication is not supported for client submission",
        source="https://techcommunity.microsoft.com/t5/exchange-team-blog/exchange-online-to-retire-basic-auth-for-client-submission-smtp/ba-p/4114750",
    ),
    known(
        Code.AUTH_FAILED,
        "the user credentials were incorrect",
        source="https://github.com/codassassin/email-bomber-v2.0/issues/1",
    ),
    known(
        Code.ACCOUNT_LOCKED,
        "authentication unsuccessful account locked | account locked contact your",
        source="https://github.com/search?type=code&q=%225.7.139+Authentication+unsuccessful,+account+locked%22",
    ),
    known(
        Code.LOGIN_AGAINST_POLICY,
        "did not meet the criteria to be authenticated | security defaults policy | conditional access",
        source="https://docs.bookyourpto.com/features/smtp-troubleshoot",
    ),
    known(
        Code.ACCOUNT_DISABLED,
        "account has an issue contact your administrator",
        stages=LOGIN,
        source="https://github.com/search?type=code&q=%225.7.139+Authentication+unsuccessful,+account+has+an+issue%22",
    ),
    # The same bare words for a wrong password, a mailbox without SMTP AUTH and a second factor.
    known(
        Code.AUTH_FAILED,
        "authentication unsuccessful",
        but_not="licensed | license",
        stages=LOGIN,
        codes=(535,),
        enhanced="5.7.3",
        source="https://github.com/jstedfast/MailKit/issues/700",
    ),
    known(
        Code.MECHANISM_NOT_ALLOWED,
        "unrecognized authentication type",
        stages=LOGIN,
        source="https://github.com/deanproxy/eMail/issues/44",
    ),
    known(
        Code.LOGIN_REQUIRED,
        "client not authenticated to send mail | client was not authenticated",
        source="https://github.com/mbok/logsniffer/issues/86",
    ),
    # Who is sent as whom.
    known(
        Code.SENDER_NOT_OWNED,
        "sendasdenied | sendasdeniedexception | does not have permissions to send as this sender"
        " | continuous send as denied errors | does not have permissions to send on behalf",
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off.md",
    ),
    known(
        Code.LICENCE_MISSING,
        "continuous invalid license errors | mailbox not licensed | not licensed",
        source="https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
    ),
    known(
        Code.TOO_MANY_RECIPIENTS,
        "continuous too many recipients errors",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "continuous invalid recipients errors",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "sender throttled due to",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
    ),
    # Accounts that were stopped.
    known(
        Code.QUOTA_PER_DAY,
        "submissionquotaexceededexception | submission quota exceeded",
        stages=SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.QUOTA_PER_DAY,
        "daily limit for message recipients | daily message limit",
        stages=SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/2729",
    ),
    known(
        Code.BROWSER_SIGN_IN_REQUIRED,
        "outboundspamexception",
        "hipnotify",
        stages=SENDING,
        source="https://github.com/DesertsP/Valine-Admin/issues/26",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "outboundspamexception | outboundspam*",
        stages=SENDING,
        source="https://github.com/Youans/nodejs-nodemailer-outlook/issues/11",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "bad outbound sender | tenant has exceeded threshold | spam abuse detected | access denied banned sender",
        stages=SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off.md",
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "blocked from sending from unregistered domains",
        stages=SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    # The site's address.
    known(
        Code.SITE_IP_BLOCKED,
        "traffic not accepted from this ip | banned sending ip | using customer block list"
        " | part of their network is on our block list",
        stages=FIRST | SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "access denied please try again later",
        stages=FIRST | SENDING,
        enhanced="4.7.",
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "has exceeded permitted limits within",
        stages=FIRST | SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.SITE_IP_WITHOUT_NAME,
        "must have a reverse dns record",
        stages=FIRST | SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.SITE_IP_NOT_ALLOWED,
        "tenantattribution relay access denied",
        stages=SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.EHLO_NAME_REFUSED,
        "access denied bad helo | helo domain is listed",
        stages=FIRST | SENDING,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.SENDER_BLOCKED,
        "mailfrom domain is listed",
        stages=SENDING,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
    ),
    # Recipients.
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "resolver rst authrequired | banned recipient | not authenticated for group",
        stages=RECIPIENT,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    # Postfix says the same to whoever did not log in.
    known(
        Code.RECIPIENT_UNKNOWN,
        "recipient address rejected access denied",
        stages=RECIPIENT,
        enhanced="5.4.1 5.7.504",
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "resolver adr recipnotfound | resolver adr recipientnotfound",
        stages=RECIPIENT,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-03.eml",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "per hour message receive limit | number of messages they can receive per hour"
        " | number of messages they can send to this recipient",
        stages=RECIPIENT,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    known(
        Code.TOO_MANY_RECIPIENTS,
        "resolver adr reciplimit",
        stages=RECIPIENT,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/message-size-limits.md",
    ),
    known(
        Code.MESSAGE_TOO_LARGE,
        "resolver rst recipsizelimit | resolver rst sendsizelimit",
        stages=MESSAGE,
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-03.eml",
    ),
    known(
        Code.RECIPIENT_MAILBOX_FULL,
        "storedrv deliver mailbox full | mapiexceptionshutoffquotaexceeded",
        source="https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-02.eml",
    ),
    known(
        Code.CONTENT_MALFORMED,
        "must be rfc 5322 section 3 6 2 compliant | must be rfc 5322 compliant",
        stages=MESSAGE,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    # The server's own trouble, in words that sound like the site's.
    known(
        Code.SERVER_BUSY,
        "queue quota exceeded | no healthy secondary server | insufficient system resources | attr17",
        stages=FIRST | SENDING,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/450.json",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "server busy please try again later from",
        stages=FIRST | SENDING,
        source="https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
    ),
    known(
        Code.SENDER_BLOCKED,
        "sender denied",
        stages=SENDER,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/antispam-and-antimalware/antispam-protection/sender-filtering.md",
    ),
)
