"""What many providers said in bounces that people published or in their own help pages."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # unknown
    said(
        "unknown-550-mailbox-full-blocks",
        "unknown",
        "RCPT",
        "550 Mailbox is full / Blocks limit exceeded / Inode limit exceeded",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-552-mailbox-limit-exeeded",
        "unknown",
        "RCPT",
        "552 Mailbox limit exeeded for this email address",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-452-mailbox-quota-exceeded",
        "unknown",
        "RCPT",
        "452 4.2.2 <user@example.com>: Recipient address rejected: Recipient mailbox quota exceeded",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-undeliverable-host-mx",
        "unknown",
        "RCPT",
        "550 5.1.1 <user@example.com>: Recipient address rejected: undeliverable address: host "
        "mx.example.com[203.0.113.7] said: 550 no such user",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-552-requested-mail-action",
        "unknown",
        "DATA-END",
        "552 1 Requested mail action aborted, mailbox not found",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-configured-receive-emails",
        "unknown",
        "RCPT",
        "550 5.1.1 <user@example.com>: Recipient address rejected: Address is not configured to "
        "receive emails",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-no-longer-on-2",
        "unknown",
        "RCPT",
        "550 5.1.6 user no longer on system:user@example.com",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-callout-verification-failed",
        "unknown",
        "RCPT",
        "550-Callout verification failed:\r\n550 550 invalid recipient",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-permanent-failure-one",
        "unknown",
        "DATA-END",
        "550 permanent failure for one or more recipients (user@example.com:550 5.1.1 The email "
        "account that you tried to reach does not exist. Please try)",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-found-contact-support",
        "unknown",
        "RCPT",
        "550 5.1.0 <user@example.com> Recipient not found. Contact support",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-access-denied",
        "unknown",
        "MAIL",
        "550 5.7.1 <bounce-1@bounces.example.com>... Access denied",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-01.eml",
        exact=False,
    ),
    said(
        "unknown-550-plain",
        "unknown",
        "RCPT",
        "550 5.7.9 Rejected",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-08.eml",
        exact=False,
    ),
    said(
        "unknown-554-smtp-out-client",
        "unknown",
        "RCPT",
        "554 5.7.1 <a8-95.smtp-out.example.com[203.0.113.22]>: Client host rejected: blocked using "
        "mail.neko.example.org; Please see http://mail.neko.example.org/rbl/?ip=203.0.113.22 to send.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-14.eml",
        exact=False,
    ),
    said(
        "unknown-521-service-unavailable-client",
        "unknown",
        "BANNER",
        "521-5.7.1 Service unavailable; client [203.0.113.225] blocked using dnsbl.sorbs.net\r\n"
        "521 5.7.1 Please see http://support.mailhostbox.com/email-administrators-guide-error-codes/ "
        "for explanation of the problem.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-16.eml",
        exact=False,
    ),
    said(
        "unknown-550-invalid-domain",
        "unknown",
        "RCPT",
        "550 5.4.4 Invalid domain",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-18.eml",
        exact=False,
    ),
    said(
        "unknown-550-temporary-locked-try",
        "unknown",
        "RCPT",
        "550 5.7.1 <user@example.com>: Recipient address rejected: User user@example.com temporary "
        "locked. Please try again later!",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-19.eml",
        exact=False,
    ),
    said(
        "unknown-550-plain-2",
        "unknown",
        "RCPT",
        "550 5.1.1 Address rejected user@example.co.jp",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-04.eml",
    ),
    said(
        "unknown-452-connection-rate-limit",
        "unknown",
        "MAIL",
        "452 4.3.2 Connection rate limit exceeded.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-09.eml",
    ),
    said(
        "unknown-550-no-longer-on",
        "unknown",
        "RCPT",
        "550 5.1.6 recipient no longer on server: user@example.go.jp",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-16.eml",
    ),
    said(
        "unknown-451-could-load-drd",
        "unknown",
        "RCPT",
        "451 Could not load DRD for domain (example.com) rcpt (user@example.com)",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-40.eml",
    ),
    said(
        "unknown-550-denied-by-policy",
        "unknown",
        "RCPT",
        "550 Denied by policy",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-42.eml",
    ),
    said(
        "unknown-550-plain-3",
        "unknown",
        "RCPT",
        "550 <user@ne.example.jp>: Recipient address rejected.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-46.eml",
    ),
    said(
        "unknown-554-transaction-failed",
        "unknown",
        "DATA-END",
        "554 Transaction failed",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-47.eml",
        exact=False,
    ),
    said(
        "unknown-550-local-policy-violation",
        "unknown",
        "DATA-END",
        "550 5.7.0 Local Policy Violation",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-51.eml",
    ),
    said(
        "unknown-554-delivery-dd-cannot",
        "unknown",
        "DATA-END",
        "554 delivery error: dd Sorry your message to user@example.co.jp cannot be delivered. This "
        "account has been disabled or discontinued [#102]. - mta222.mail.neko.example.co.jp",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-52.eml",
    ),
    said(
        "unknown-504-command-parameter-implemented",
        "unknown",
        "DATA-END",
        "504 Command parameter not implemented",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-53.eml",
    ),
    said(
        "unknown-550-access-denied-2",
        "unknown",
        "MAIL",
        "550 5.7.1 Access denied",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-54.eml",
    ),
    said(
        "unknown-550-virus-detected-content",
        "unknown",
        "DATA-END",
        "550 Virus Detected; Content Rejected",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-62.eml",
    ),
    said(
        "unknown-552-quota-exceeded-mailbox",
        "unknown",
        "DATA-END",
        "552 5.2.2 <user@mail.example.org> Quota exceeded (mailbox for user is full)",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-63.eml",
    ),
    said(
        "unknown-550-found",
        "unknown",
        "RCPT",
        "550 User not found",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-76.eml",
    ),
    said(
        "unknown-554-transaction-failed-duplicate",
        "unknown",
        "DATA-END",
        "554 Transaction failed: Duplicate header 'DKIM-Signature'.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-78.eml",
    ),
    said(
        "unknown-550-mxin-mailfrom-domain",
        "unknown",
        "MAIL",
        "550-5.1.0 MXIN506 MailFrom domain is listed in Spamhaus. To request removal from this list "
        "see\r\n"
        "550 5.1.0 https://www.spamhaus.org/query/lookup/ "
        ";id=DLOkvMxsVeZooDLOkv7hl0;sid=DLOkvMxsVeZoo;mta=mx12-prd-nl1-vmo;d=20251027;t=122826[CET];ipsrc=192.0.2.1;",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-80.eml",
    ),
    said(
        "unknown-554-mail-from-policy",
        "unknown",
        "MAIL",
        "554 Mail from user@example.net rejected for policy reasons.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rfc3464-03.eml",
    ),
    said(
        "unknown-550-registered-gateway",
        "unknown",
        "RCPT",
        "550 'user@nyaan.example.com' is not a registered gateway user",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rfc3464-35.eml",
        exact=False,
    ),
    said(
        "unknown-501-sender",
        "unknown",
        "MAIL",
        "501 5.1.8 Sender address rejected",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-gsuite-11.eml",
        exact=False,
    ),
    said(
        "unknown-550-failed-delivery",
        "unknown",
        "RCPT",
        "550 5.7.6 Failed to delivery",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonses-07.eml",
        exact=False,
    ),
    said(
        "unknown-421-send-too-many",
        "unknown",
        "MAIL",
        "421 4.3.1 You send too many messages.",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "unknown-550-are-registered-as",
        "unknown",
        "RCPT",
        "550 You are registered as spammer (by user's reject list)",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "unknown-554-service-unavailable-mail",
        "unknown",
        "DATA-END",
        "554 5.0.0 Service unavailable (user: mail is denied, by spam filter)",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "unknown-550-transaction-failed-spam",
        "unknown",
        "RCPT",
        "550 Transaction failed. (SPAM_SUSPECT:IP_CONTROL) (http://cleanip.paran.com)",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "unknown-554-relay-operation",
        "unknown",
        "RCPT",
        "554 Relay operation rejected",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "unknown-421-graylisted-try-again",
        "unknown",
        "RCPT",
        "421 Your address has been graylisted. Try again later.",
        "https://eomatica.gal/gl/component/content/article/14-blogue/271-erros-frecuentes-nos-envios-de-email.html",
        exact=False,
    ),
    said(
        "unknown-451-too-many-mails",
        "unknown",
        "RCPT",
        "451 4.7.1 [R2] Too many mails received from billing@example.org within the last 5 minutes",
        "https://github.com/search?type=code&q=%22Too+many+mails+received+from%22",
        exact=False,
    ),
    said(
        "unknown-451-rate-limited-slow",
        "unknown",
        "MAIL",
        "451 4.7.1 [M7] Rate limited. Slow down",
        "https://github.com/search?type=code&q=%22Rate+limited.+Slow+down%22",
        exact=False,
    ),
    said(
        "unknown-550-podane-konto-jest",
        "unknown",
        "RCPT",
        '550 "user@example.com": Podane konto jest zablokowane administracyjnie lub nieaktywne / '
        "This account is disabled or not yet active (#5.1.1)",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-554-cannot-be-delivered",
        "unknown",
        "DATA-END",
        "554 30 Sorry, your message to user@example.com cannot be delivered. This mailbox is "
        "disabled (554.30).",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-was-accepted-invalid",
        "unknown",
        "DATA-END",
        "550 Message was not accepted -- invalid mailbox.  Local mailbox user@example.com is "
        "unavailable: user is terminated",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-450-mailbox-inactive-disabled",
        "unknown",
        "RCPT",
        "450 4.2.1 <user@example.com>: Recipient address rejected: this mailbox is inactive and has "
        "been disabled",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-disabled-cannot-receive",
        "unknown",
        "RCPT",
        "550 5.2.1 user disabled; cannot receive new mail:user@example.com",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-mailbox-locked-due",
        "unknown",
        "RCPT",
        "550 Mailbox user@example.com is locked due to inactivity for more than 6 months",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-554-vi-blocked-due",
        "unknown",
        "DATA-END",
        "554 5.7.1 [VI-1] Message blocked due to spam content in the message.",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-541-mail-due-antispam",
        "unknown",
        "RCPT",
        "541 5.7.1 Mail rejected due to antispam policy",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-451-mail-deferred-due",
        "unknown",
        "RCPT",
        "451 4.7.1 Mail deferred due to antispam policy",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-denied",
        "unknown",
        "RCPT",
        "550 recipient <user@example.com> denied",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-554-access-denied",
        "unknown",
        "BANNER",
        "554 Access Denied",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-blocked",
        "unknown",
        "BANNER",
        "550 [S10] Blocked",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-554-mail-closed-system",
        "unknown",
        "DATA-END",
        "554 5.7.1 mail.example.net is a closed system. Emails can only be sent to or received from "
        "a limited number of approved external addresses.",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-550-inconsistent-missing-dns",
        "unknown",
        "RCPT",
        "550-Inconsistent/Missing DNS PTR record (RFC 1912 2.1) (mail.example.org)\r\n"
        "550 [203.0.113.7]:51234",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-421-refused-reverse-dns",
        "unknown",
        "BANNER",
        "421 Refused. Your reverse DNS entry does not resolve to your IP.",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "unknown-422-mailbox-quota-usage",
        "unknown",
        "RCPT",
        "422 Mailbox quota usage exceeded",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-500-unauthorized-relay-msg",
        "unknown",
        "RCPT",
        "500 Unauthorized relay msg rejected",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-550-account-closed-due",
        "unknown",
        "RCPT",
        "550 <user@example.com>: Recipient address rejected: Account closed due to inactivity. No "
        "forwarding information is available.",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-550-verify-mailfrom-failed",
        "unknown",
        "MAIL",
        "550 Verify mailfrom failed,blocked",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-552-requested-mailbox-exceeds",
        "unknown",
        "RCPT",
        "552 Requested mailbox exceeds quota.",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-552-spam-detected",
        "unknown",
        "DATA-END",
        "552 sorry, the spam message is detected (#5.6.0)",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-554-scored-too-high",
        "unknown",
        "DATA-END",
        "554 5.7.1 Message scored too high on spam scale.  For help, please quote incident ID 22492290.",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-554-visit",
        "unknown",
        "BANNER",
        "554 Please visit http://antispam.domain.example/denyip.php?IP=203.0.113.7 (#5.7.1)",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-554-sender-mx-wkjr",
        "unknown",
        "MAIL",
        "554 sender is rejected: 0,mx20,wKjR5bDrnoM2yNtEZVAkBg==.32467S2",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-554-service-unavailable-client",
        "unknown",
        "RCPT",
        "554 Service unavailable; Client host [203.0.113.7] blocked using dynablock.domain.example; "
        "Your message could not be delivered due to complaints",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-554-with-invalid-header",
        "unknown",
        "DATA-END",
        "554 5.6.0 Message with invalid header rejected, id=13462-01 - MIME error: error: "
        "UnexpectedBound: part didn't end with expected boundary",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-552-larger-than-current",
        "unknown",
        "DATA-END",
        "552 5.2.2 This message is larger than the current system limit or the recipient's mailbox "
        "is full. Create a shorter message body or remove attachments",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-550-sent-through-was",
        "unknown",
        "RCPT",
        "550 5.7.1 Your message (sent through 203.0.113.7) was blocked by ROTA DNSBL. If you are not "
        "a spammer, open http://www.rota.example",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-553-inactive-eyou-mta",
        "unknown",
        "RCPT",
        "553 user is inactive (eyou mta)",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-550-enough-storage-space",
        "unknown",
        "DATA-END",
        "550 Message rejected. Not enough storage space in user's mailbox to accept message.",
        "https://github.com/voku/PHPMailer-BMH/blob/679dbf7cd055eff5d9eb9bc1ab22e6d44e181a38/src/BounceMailHandler/phpmailer-bmh_rules.php",
        exact=False,
    ),
    said(
        "unknown-551-spam-discarded-if",
        "unknown",
        "DATA-END",
        "551 5.9.9 Spam message discarded. If you feel we mistreat you, do contact us",
        "https://freeport-outlet.ru/en/oshibki-otpravki-i-varianty-ih-ustraneniya-ne-udaetsya-otpravit-ili-poluchit.html",
        exact=False,
    ),
    # Amazon WorkMail
    said(
        "amazon-workmail-550-internal-system",
        "Amazon WorkMail",
        "RCPT",
        "550 5.3.5 <user@example.org>... Internal System Error",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-amazonworkmail-03.eml",
        exact=False,
    ),
    # Facebook
    said(
        "facebook-550-rcp-refused-due",
        "Facebook",
        "RCPT",
        "550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes?ip=192.0.2.135#rcp Refused "
        "due to recipient preferences",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/dos/lhost-facebook-01.eml",
        exact=False,
    ),
    said(
        "facebook-550-rcp-does-exist",
        "Facebook",
        "RCPT",
        "550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes?ip=192.0.2.54#rcp Recipient "
        "address does not exist",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-facebook-04.eml",
        exact=False,
    ),
    # Outlook.com
    said(
        "outlook-com-550-requested-action-taken",
        "Outlook.com",
        "RCPT",
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "outlook-com-554-mail-could-be",
        "Outlook.com",
        "RCPT",
        "554 The mail could not be delivered to the recipient because the domain is not reachable. "
        "Please check the domain and try again (-1915321397:308:-2147467259)",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-outlook-03.eml",
        exact=False,
    ),
    said(
        "outlook-com-550-domain-mismatches-client",
        "Outlook.com",
        "RCPT",
        "550 domain [example.com] mismatches client ip 192.0.2.225.",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-outlook-09.eml",
        exact=False,
    ),
    # Mail.ru
    said(
        "mail-ru-550-was-accepted-due",
        "Mail.ru",
        "DATA-END",
        "550 5.7.1 This message was not accepted due to domain (example.org) owner DMARC policy "
        "(RFC 7489) https://help.mail.ru/mail-help/postmaster/dmarc",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-72.eml",
    ),
    said(
        "mail-ru-550-sending-account-disabled",
        "Mail.ru",
        "MAIL",
        "550 message sending for this account is disabled",
        "https://mailout.ru/2015/09",
        exact=False,
    ),
    # Amazon SES receiving
    said(
        "amazon-ses-500-content",
        "Amazon SES receiving",
        "DATA-END",
        "500 5.6.1 Message content rejected",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-receivingses-06.eml",
        exact=False,
    ),
    said(
        "amazon-ses-550-filtered",
        "Amazon SES receiving",
        "DATA-END",
        "550 5.2.0 Message Filtered",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-receivingses-07.eml",
        exact=False,
    ),
    said(
        "amazon-ses-552-length-exceeds-limit",
        "Amazon SES receiving",
        "DATA-END",
        "552 5.2.3 Message length exceeds limit set by recipient",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-receivingses-08.eml",
        exact=False,
    ),
    # iCloud
    said(
        "icloud-550-inactive-email",
        "iCloud",
        "RCPT",
        "550 5.1.1 <user@icloud.example>: inactive email address",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-apple-04.eml",
    ),
    # Cloudflare Email Routing
    said(
        "cloudflare-email-421-upstream-check-possible",
        "Cloudflare Email Routing",
        "DATA-END",
        "421 4.3.0 Upstream error, please check "
        "https://developers.cloudflare.com/email-routing/postmaster for possible reasons why. "
        "RsrUEMk60942",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-cloudflare-01.eml",
    ),
    # Cox
    said(
        "cox-550-sender-refer-codes",
        "Cox",
        "MAIL",
        "550 5.1.0 <bounce@mailer.example.com> sender rejected. Refer to Error Codes section at "
        "https://www.cox.com/residential/support/email-error-codes.html for more information. "
        "AUP#CDRBL",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-cox-01.eml",
    ),
    # La Poste
    said(
        "la-poste-550-le-compte-du",
        "La Poste",
        "RCPT",
        "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-franceptt-05.eml",
    ),
    said(
        "la-poste-554-mx-client-host",
        "La Poste",
        "RCPT",
        "554 5.7.1 <mx.example.net[192.0.2.1]:49309>: Client host rejected: #216 lpn LPN000_630",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-franceptt-12.eml",
    ),
    # Orange
    said(
        "orange-421-mwinf-me-service",
        "Orange",
        "BANNER",
        "421 mwinf5c77 ME Service refuse. Veuillez essayer plus tard. Service refused, please try "
        "later. OFR_999 [999]",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-franceptt-07.eml",
    ),
    # GoDaddy
    said(
        "godaddy-550-sent-too-many",
        "GoDaddy",
        "RCPT",
        "550 5.1.1 <user@example.com> - 203.0.113.222 has sent to too many recipients this hour. "
        "IB607 <http://x.co/rlbounce>",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-godaddy-03.eml",
    ),
    # i.ua
    said(
        "i-ua-550-mailbox-frozen",
        "i.ua",
        "RCPT",
        "550 Mailbox is frozen. See http://mail.i.ua/err/3/",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-iua-01.eml",
    ),
    # ThisWebHost
    said(
        "thiswebhost-550-csr-our-system",
        "ThisWebHost",
        "DATA-END",
        "550 5.7.1 [CSR] Our system has detected an unusual amount of unsolicited email originating "
        "from your address",
        "https://www.thiswebhost.com/clients/knowledgebase/554/I-am-receiving-an-error-sending-e-mail.html",
        exact=False,
    ),
    # PolarisMail
    said(
        "polarismail-462-daily-send-limit",
        "PolarisMail",
        "MAIL",
        "462 Daily send limit reached. Please try again tomorrow",
        "http://wiki.polarismail.com/display/Support/Common+Problems",
        exact=False,
    ),
    # Neo
    said(
        "neo-550-sender-domain-daily",
        "Neo",
        "RCPT",
        "550 5.4.6 <user@example.com>: Recipient address rejected: Sender Domain Daily Limit Exceeded",
        "https://support.neo.space/hc/en-us/articles/37327516188441-Understanding-Outgoing-Email-Reject-Codes",
        exact=False,
    ),
    said(
        "neo-550-sender-domain-hourly",
        "Neo",
        "RCPT",
        "550 5.4.6 <user@example.com>: Recipient address rejected: Sender Domain Hourly Bounce Limit "
        "Exceeded",
        "https://support.neo.space/hc/en-us/articles/37327516188441-Understanding-Outgoing-Email-Reject-Codes",
        exact=False,
    ),
    # Comservice
    said(
        "comservice-421-reject-due-policy",
        "Comservice",
        "BANNER",
        "421 Reject due to policy violations",
        "https://new-faq.comservice-ffo.de/smtp-fehlermeldungen-e-mail-fehler/",
        exact=False,
    ),
    said(
        "comservice-421-rate-limit-reached",
        "Comservice",
        "MAIL",
        "421 Rate limit reached. Please try again later",
        "https://new-faq.comservice-ffo.de/smtp-fehlermeldungen-e-mail-fehler/",
        exact=False,
    ),
    # VDX
    said(
        "vdx-550-subject-contains-invalid",
        "VDX",
        "DATA-END",
        "550 Subject contains invalid characters",
        "https://www.vdx.nl/faq/email/email-overige/waarom-krijg-ik-de-melding-550-subject-contains-invalid-characters",
        exact=False,
    ),
    # Interia
    said(
        "interia-550-account-found-nie",
        "Interia",
        "RCPT",
        "550 5.1.1 Account not found / Nie ma takiego konta, czytaj wiecej: http://l.int.example/1",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "interia-550-doesn-want-mail",
        "Interia",
        "RCPT",
        "550 5.7.1 Recipient doesn't want your mail",
        "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600",
        exact=False,
    ),
    said(
        "interia-550-mailbox-available",
        "Interia",
        "RCPT",
        "550 5.2.1 Mailbox not available",
        "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600",
        exact=False,
    ),
    said(
        "interia-550-spf-host-allowed",
        "Interia",
        "RCPT",
        "550 5.7.0 [SPF] host 203.0.113.4 is not allowed to send mail from example.org",
        "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600",
        exact=False,
    ),
    said(
        "interia-550-account-found",
        "Interia",
        "RCPT",
        "550 5.1.1 Account not found",
        "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600",
        exact=False,
    ),
    # Forpsi
    said(
        "forpsi-552-final-mailbox-full",
        "Forpsi",
        "DATA-END",
        "552 5.1.1 5.2.2 sorry, final recipient mailbox is full (chkuser)",
        "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx",
        exact=False,
    ),
    said(
        "forpsi-550-sender-blacklisted",
        "Forpsi",
        "MAIL",
        "550 5.1.1 <billing@example.org> sender is blacklisted",
        "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx",
        exact=False,
    ),
    said(
        "forpsi-552-bil-cmcpm-bil",
        "Forpsi",
        "DATA-END",
        "552 5.2.0 0biL1i00V1cmcpM01biL4w spam detected",
        "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx",
        exact=False,
    ),
    said(
        "forpsi-550-bcw-jifnx-bcmha",
        "Forpsi",
        "DATA-END",
        "550 5.1.0 0bcW1i00G0jifNx01bcmHa blocked by SPF",
        "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx",
        exact=False,
    ),
    # Libero
    said(
        "libero-550-relay-disabled",
        "Libero",
        "RCPT",
        "550 Relay Disabled",
        "https://aiuto.libero.it/articolo/mail/messaggi-di-errore-piu-frequenti-dopo-invio-email",
        exact=False,
    ),
    # Resend
    said(
        "resend-550-domain-verified-add",
        "Resend",
        "DATA-END",
        "550 The example.org domain is not verified. Please, add and verify your domain on "
        "https://resend.com/domains",
        "https://github.com/search?type=code&q=%22domain+is+not+verified.+Please%2C+add+and+verify+your+domain+on+https%3A%2F%2Fresend.com%2Fdomains%22",
        exact=False,
    ),
    # All-Inkl
    said(
        "all-inkl-550-unknown-in-virtual",
        "All-Inkl",
        "RCPT",
        "550 5.1.1 <user@example.com>: Recipient address rejected: User unknown in virtual alias table",
        "https://github.com/search?type=code&q=%22kasserver.com%22+%22User+unknown%22+%22in+virtual+alias+table%22",
        exact=False,
    ),
    # Proton
    said(
        "proton-553-sender-logged-in",
        "Proton",
        "MAIL",
        "553 5.7.1 <billing@example.org>: Sender address rejected: not logged in",
        "https://github.com/search?type=code&q=%22explicit+SMTP+authentication+transport%22+proton",
        exact=False,
    ),
    # Gmail
    said(
        "gmail-552-email-account-tried",
        "Gmail",
        "RCPT",
        "552-5.2.2 The email account that you tried to reach is over quota and inactive.\r\n"
        "552-5.2.2 Please direct the recipient to\r\n"
        "552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm a1-2z.3 - gsmtp",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    said(
        "gmail-550-or-domain-are",
        "Gmail",
        "DATA-END",
        "550-5.7.1 The user or domain that you are sending to (or from) has a policy that\r\n"
        "550-5.7.1 prohibited the mail that you sent. Please contact your domain\r\n"
        "550-5.7.1 administrator for further details. For more information, please visit\r\n"
        "550 5.7.1 https://support.google.com/a/answer/172179 abc12-345.67 - gsmtp",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # T-Online
    said(
        "t-online-554-ip-none-bad",
        "T-Online",
        "BANNER",
        "554 IP=203.0.113.7 - None/bad reputation. Ask your postmaster for help or to contact "
        "tosa@rx.t-online.example for reset. (NOWL)",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # KPN
    said(
        "kpn-521-ip-blacklisted-contact",
        "KPN",
        "BANNER",
        "521 5.5.0 Your IP [203.0.113.7] has been blacklisted. Please contact abuse@kpn.example for "
        "more information.",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # Microsoft 365
    said(
        "microsoft-365-451-mail-received-as",
        "Microsoft 365",
        "RCPT",
        "451 4.4.4 Mail received as unauthenticated, incoming to a recipient domain configured in a "
        "hosted tenant which has no mail-enabled subscriptions. ATTR5 "
        "[AM4PEPF.eurprd02.prod.outlook.com]",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # GMX
    said(
        "gmx-552-requested-mail-action",
        "GMX",
        "RCPT",
        "552-Requested mail action aborted: exceeded storage allocation\r\n"
        "552-Quota exceeded.\r\n"
        "552 For explanation visit "
        "https://postmaster.gmx.net/en/case?c=r1503&i=ip&v=203.0.113.7&r=1Mxx-abc",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # LCN
    said(
        "lcn-550-no-such-here",
        "LCN",
        "RCPT",
        "550 No Such User Here",
        "https://www.lcn.com/support/articles/understanding-smtp-sending-errors/",
        exact=False,
    ),
)
