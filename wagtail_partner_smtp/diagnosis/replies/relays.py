"""Senders by trade: Amazon SES, SendGrid, Mailgun, Postmark, Brevo, Resend, SparkPost and others."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import LOGIN, RECIPIENT, SENDER, SENDING, known

REPLIES = (
    # Amazon SES: 454 and 535 mean several things each.
    known(
        Code.QUOTA_PER_DAY,
        "daily message quota exceeded",
        source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "maximum sending rate exceeded",
        source="https://github.com/hackclub/hackathons-backend/issues/543",
    ),
    known(
        Code.SMTP_OFF_FOR_ACCOUNT,
        "account not subscribed to ses | not subscribed to ses",
        source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    ),
    known(
        Code.SENDER_NOT_VERIFIED,
        "email address is not verified",
        stages=SENDING,
        source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "is not authorized to perform ses",
        stages=LOGIN | SENDING,
        source="https://github.com/ministryofjustice/analytical-platform/issues/6944",
    ),
    known(
        Code.SERVER_BUSY,
        "temporary service failure",
        stages=SENDING,
        source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    ),
    # SendGrid
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "not allowed with 2fa enabled",
        stages=LOGIN,
        source="https://github.com/sendgrid/docs/blob/develop/content/docs/for-developers/sending-email/upgrade-your-authentication-method-to-api-keys.md",
    ),
    known(
        Code.AUTH_FAILED,
        "authorization grant is invalid",
        stages=LOGIN | SENDING,
        source="https://github.com/bertjohnson/OpaqueMail/issues/74",
    ),
    known(
        Code.QUOTA_REACHED,
        "maximum credits exceeded",
        source="https://sendgrid.com/docs/for-developers/sending-email/smtp-errors-and-troubleshooting/",
    ),
    known(
        Code.SENDER_NOT_VERIFIED,
        "does not match a verified sender identity | not authorized to send from that email address",
        stages=SENDING,
        source="https://sendgrid.com/docs/for-developers/sending-email/smtp-errors-and-troubleshooting/",
    ),
    known(
        Code.LOGIN_REQUIRED,
        "unauthenticated senders not allowed",
        stages=SENDING,
        source="https://github.com/sendgrid/docs/issues/6473",
    ),
    # Mailgun
    known(
        Code.AUTH_FAILED,
        "not loving your login or password",
        stages=LOGIN,
        source="https://github.com/mailgun/documentation/issues/132",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "sandbox subdomains are for test purposes",
        stages=SENDING,
        source="https://github.com/swapmyvote/swapmyvote/issues/182",
    ),
    # Brevo
    known(
        Code.SMTP_OFF_FOR_ACCOUNT,
        "account is not yet activated",
        source="https://github.com/supabase/agent-skills/issues/133",
    ),
    known(
        Code.SITE_IP_NOT_ALLOWED,
        "unauthorized ip address",
        source="https://github.com/search?type=code&q=%22525+5.7.1+Unauthorized+IP+address%22+brevo",
    ),
    # Resend
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "you can only send testing emails to your own",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%22550+You+can+only+send+testing+emails+to+your+own+email+address%22",
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "associated domain with your api key is not verified",
        stages=SENDING,
        source="https://github.com/search?type=code&q=%22450+The+associated+domain+with+your+API+key+is+not+verified%22",
    ),
    known(
        Code.AUTH_FAILED,
        "api key not found",
        stages=LOGIN,
        source="https://github.com/search?type=code&q=%22535+API+key+not+found%22+resend",
    ),
    # SparkPost
    known(
        Code.AUTH_FAILED,
        "sorry",
        stages=LOGIN,
        codes=(535,),
        enhanced="5.7.8",
        source="https://github.com/SparkPost/support-docs/blob/main/articles/faq/error-messages-smtp.md",
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "unconfigured sending domain",
        stages=SENDING,
        source="https://github.com/transitland/transitland-datastore/issues/1231",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "recipient address was suppressed | recipient is on suppression list | address was suppressed"
        " | recipient suppressed | inactive recipient* | suppression list",
        stages=RECIPIENT,
        source="https://github.com/SparkPost/support-docs/blob/main/articles/faq/getting-an-error-554-5-7-1-when-trying-to-send.md",
    ),
    known(
        Code.CONTENT_MALFORMED,
        "json parsing error",
        stages=SENDING,
        source="https://github.com/SparkPost/support-docs/blob/main/articles/faq/error-messages-smtp.md",
    ),
    # Others
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "from header sender domain not verified",
        stages=SENDING,
        source="https://github.com/PHPMailer/PHPMailer/issues/2683",
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "this domain is not associated with your account",
        stages=SENDING,
        source="https://github.com/useplunk/plunk/issues/164",
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "from sender name is not valid",
        stages=SENDING,
        source="https://github.com/postalserver/postal/issues/570",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "sender blocked spam or abuse detected",
        stages=SENDING,
        source="https://jetemail.com/docs/outbound/smtp-error-codes/550-5.7.1-[ABUSE]-Sender-blocked",
    ),
    known(
        Code.QUOTA_REACHED,
        "messages quota reached | after recharge account",
        stages=SENDING,
        source="https://user.redmaomail.com/knowledgebaseview?id=21&language=english",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "envelope sender not allowed",
        stages=SENDER,
        source="https://github.com/in2code-de/femanager/issues/404",
    ),
)
