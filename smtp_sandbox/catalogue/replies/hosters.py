"""Hosting providers, and the software that many of them run."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # cPanel/Exim
    said(
        "exim-cpanel-junkmail-rbl",
        "cPanel/Exim",
        "RCPT",
        '550-"JunkMail rejected - web-1.contoso.example\r\n550-(contoso.example) [203.0.113.229]:34032 '
        'is in an RBL, see\r\n550 https://www.spamhaus.org/query/ip/203.0.113.229"',
        "https://github.com/getconversio/email-deep-validator/issues/9",
    ),
    said(
        "exim-535-incorrect-data",
        "cPanel/Exim",
        "AUTH",
        "535 Incorrect authentication data",
        "https://github.com/mautic/recommended-project/issues/74",
    ),
    said(
        "cpanel-max-emails-per-hour-discarded",
        "cPanel/Exim",
        "DATA-END",
        "550 Domain example.com has exceeded the max emails per hour (3/2 (150%)) allowed. Message "
        "discarded.",
        "https://forums.cpanel.net/threads/email-quota.697029/",
    ),
    said(
        "cpanel-max-emails-per-hour-later",
        "cPanel/Exim",
        "DATA-END",
        '451 Domain "example.com" has exceeded the max emails per hour (2/2 (100%)) allowed. Message '
        "will be reattempted later",
        "https://forums.cpanel.net/threads/email-quota.697029/",
    ),
    said(
        "cpanel-max-defers-and-failures",
        "cPanel/Exim",
        "DATA-END",
        "550 Domain contoso.example has exceeded the max defers and failures per hour (10/10 (90%)) "
        "allowed. Message discarded.",
        "https://my.maxer.com/knowledgebase/226/Why-am-I-getting-the-error-Domain-has-exceeded-the-max-defers-and-failures-per-hour.html",
    ),
    said(
        "cpanel-550-turn-on-smtp-authentication",
        "cPanel/Exim",
        "RCPT",
        "550-Please turn on SMTP Authentication in your mail client, or login to the\r\n550-IMAP/POP3 "
        "server before sending your message. (localhost.localdomain)\r\n550-[203.0.113.190]:42630 is not "
        "permitted to relay through this server without\r\n550 authentication.",
        "https://pastebin.com/e25g8b3J",
        host="gator4095.gator.com",
    ),
    # Hostinger
    said(
        "hostinger-535-failed",
        "Hostinger",
        "AUTH",
        "535 5.7.8 Error: authentication failed:",
        "https://github.com/hostinger/api/issues/19",
        host="smtp.hostinger.com",
    ),
    said(
        "hostinger-553-not-owned",
        "Hostinger",
        "RCPT",
        "553 5.7.1 <user@example.com>: Sender address rejected: not owned by user user@contoso.example",
        "https://github.com/RamonSilva20/mapos/issues/1283",
        host="smtp.hostinger.com",
    ),
    # GoDaddy
    said(
        "godaddy-cpanel-535-incorrect-data",
        "GoDaddy",
        "AUTH",
        "535 Incorrect authentication data",
        "https://github.com/PHPMailer/PHPMailer/issues/1375",
        host="p3plcpnl0749.prod.phx3.secureserver.net",
    ),
    said(
        "godaddy-421-ib007",
        "GoDaddy",
        "BANNER",
        "421 Connection refused, too many sessions from 203.0.113.9. Please lower the number of "
        "concurrent sessions. IB007 "
        "<https://www.secureserver.net/help/fix-rejected-email-with-a-bounce-error-40685?pl_id=3153&prog_id=3153#rlb",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
        exact=False,
    ),
    said(
        "godaddy-421-ib101",
        "GoDaddy",
        "BANNER",
        "421 Server temporarily unavailable. Try again later. IB101",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
        exact=False,
    ),
    said(
        "godaddy-421-ib108",
        "GoDaddy",
        "BANNER",
        "421 Temporarily rejected. Reverse DNS for 203.0.113.9 failed. IB108",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
        exact=False,
    ),
    said(
        "godaddy-550-spf-ib508",
        "GoDaddy",
        "DATA-END",
        "550 203.0.113.9 is not allowed to send from <contoso.example> per its SPF Record. Please "
        "inspect your SPF settings, and try again. IB508",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "godaddy-550-hour-ib504",
        "GoDaddy",
        "MAIL",
        "550 203.0.113.9> This IP has sent too many messages this hour. IB504",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "godaddy-550-session-ib510",
        "GoDaddy",
        "NEXT-MAIL",
        "550 203.0.113.9> This message has exceded the max number of messages per session. Please open a "
        "new session and try again. IB510",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "godaddy-554-ib103",
        "GoDaddy",
        "BANNER",
        "554 IB103. Connection refused. 203.0.113.9 has a poor reputation on Cloudmark Sender "
        "Intelligence (CSI).",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "godaddy-554-ib106-pbl",
        "GoDaddy",
        "BANNER",
        "554 IB106. Connection refused. 203.0.113.9 is listed on the Spamhaus Block List (PBL). Please "
        "visit http://www.spamhaus.org/pbl for more information or to request a delisting.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "godaddy-554-rbl",
        "GoDaddy",
        "BANNER",
        "554 RBL Reject -Please submit an unblock request",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "godaddy-554-ib112",
        "GoDaddy",
        "NEXT-MAIL",
        "554 203.0.113.9 has been temporarily blocked for attempting to mail too many invalid "
        "recipients. IB112",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "godaddy-552-size",
        "GoDaddy",
        "DATA-END",
        "552 203.0.113.9 - user Message size exceeds maximum permitted. Please reduce message size, and "
        "retry.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/552.json",
        exact=False,
    ),
    # Rackspace
    said(
        "rackspace-421-too-many-connections",
        "Rackspace",
        "BANNER",
        "421 Too many concurrent connections from this client (G2)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
        exact=False,
    ),
    said(
        "rackspace-450-no-ptr",
        "Rackspace",
        "RCPT",
        "450 4.7.1 Client host 203.0.113.9 has no PTR record (G1F)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
        exact=False,
    ),
    said(
        "rackspace-450-g6",
        "Rackspace",
        "RCPT",
        "450 4.4.1 <user@example.com>: The recipient's server was temporarily unavailable to accept your "
        "message (G6)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
        exact=False,
    ),
    said(
        "rackspace-450-g30",
        "Rackspace",
        "RCPT",
        "450 4.2.1 <user@example.com>: Mailbox received too much email in a short period of time (G30)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
        exact=False,
    ),
    said(
        "rackspace-450-dmarc-lookup",
        "Rackspace",
        "DATA-END",
        "450 4.4.0 <user@example.com> Temporary DMARC DNS lookup failure (G1E)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
        exact=False,
    ),
    said(
        "rackspace-451-new-ip",
        "Rackspace",
        "RCPT",
        "451 4.7.1 Received too many messages from a new or untrusted IP (G28)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/451.json",
        exact=False,
    ),
    said(
        "rackspace-550-not-found-g8",
        "Rackspace",
        "RCPT",
        "550 5.1.1 Email address could not be found, or was misspelled (G8)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "rackspace-550-sender-not-allowed",
        "Rackspace",
        "MAIL",
        "550 5.1.0 Sender is not allowed to send from contoso.example",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    said(
        "rackspace-550-dmarc-g15",
        "Rackspace",
        "DATA-END",
        "550 5.7.1 Email rejected per DMARC policy for contoso.example (G15)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "rackspace-550-mx-not-allowed-g14",
        "Rackspace",
        "MAIL",
        "550 5.7.1 Sender's MX record not allowed (G14)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "rackspace-554-blocked-by-recipient",
        "Rackspace",
        "RCPT",
        "554 5.7.1 user@example.com: Sender address rejected: Blocked by this recipient (GE)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "rackspace-554-senderscore-g31",
        "Rackspace",
        "RCPT",
        "554 5.7.1 ACL dns_rbl; Client host 203.0.113.9 blocked using Senderscore. Please visit "
        "Senderscore for more information on why this message could not be delivered (G31)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    # Titan
    said(
        "titan-421-insufficient-reputation",
        "Titan",
        "BANNER",
        "421 4.7.0: Sender IP rejected: sending IP has insufficient reputation.  Please retry later.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/421.json",
        exact=False,
    ),
    said(
        "titan-450-greylisted",
        "Titan",
        "RCPT",
        "450 4.2.0 <user@example.com>: Recipient address rejected: greylisted: please retry after sometime",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/450.json",
        exact=False,
    ),
    said(
        "titan-550-domain-not-found",
        "Titan",
        "RCPT",
        "550 5.1.8 <user@contoso.example>: Sender address rejected: Domain not found",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "titan-550-nullmx",
        "Titan",
        "RCPT",
        "550 5.7.27 <user@contoso.example>: Sender address rejected: Domain contoso.example does not "
        "accept mail (nullMX)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "titan-550-hourly-quota",
        "Titan",
        "RCPT",
        "550 5.4.7 <user@example.com>: Recipient address rejected: Recipients Domain Hourly Quota Exceeded",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "titan-550-daily-quota",
        "Titan",
        "RCPT",
        "550 5.4.7 <user@example.com>: Recipient address rejected: Recipients Domain Daily Quota Exceeded",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "titan-550-spf-fail",
        "Titan",
        "RCPT",
        "550 5.7.1 <user@example.com>: Recipient address rejected: Message rejected due to: SPF fail - "
        "not authorized.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "titan-554-rbl",
        "Titan",
        "RCPT",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using b.barracudacentral.org;",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "titan-554-command-rejected",
        "Titan",
        "RCPT",
        "554 5.7.1 command rejected",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
    ),
    said(
        "titan-552-full",
        "Titan",
        "RCPT",
        "552 5.2.2 user@example.com: Recipient address rejected: Quota exceeded (mailbox for user is full)",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/552.json",
        exact=False,
    ),
    # MXroute
    said(
        "mxroute-550-range",
        "MXroute",
        "MAIL",
        "550 Unauthenticated mail not allowed from this range",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "mxroute-550-auth-required",
        "MXroute",
        "RCPT",
        "550 Authentication Required",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    said(
        "mxroute-550-sender-verify",
        "MXroute",
        "RCPT",
        "550 Sender verify failed",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
        exact=False,
    ),
    said(
        "mxroute-554-auth-failures",
        "MXroute",
        "BANNER",
        "554 Your IP is generating excessive authentication failures.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    said(
        "mxroute-554-rejected-recipients",
        "MXroute",
        "BANNER",
        "554 Your IP is sending excessive rejected recipients.",
        "https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/554.json",
        exact=False,
    ),
    # DreamHost
    said(
        "dreamhost-policy-quota",
        "DreamHost",
        "RCPT",
        "450 4.7.1 <user@example.com>: Recipient address rejected: Policy Rejection- Quota Exceeded.",
        "https://help.dreamhost.com/hc/en-us/articles/215730467-SMTP-quota-overview",
        host="smtp.dreamhost.com",
    ),
    # Prolateral outMail
    said(
        "outmail-554-quota",
        "Prolateral outMail",
        "RCPT",
        "554 5.7.1 <user@example.com>: Recipient address rejected: You have exceeded your Outmail quota.",
        "https://support.prolateral.com/index.php?/Knowledgebase/Article/View/187/35/what-does-smtp-554-571-mean",
    ),
    # Plesk
    said(
        "plesk-outgoing-limit",
        "Plesk",
        "DATA-END",
        "550 5.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages "
        "was exceeded. Try again later.",
        "https://www.plesk.com/kb/support/what-will-happen-to-emails-that-are-sent-once-the-outgoing-limit-is-reached/",
    ),
    # hMailServer/ZPanel
    said(
        "zpanel-sender-domain-not-allowed",
        "hMailServer/ZPanel",
        "MAIL",
        "550 You are not allowed to use the domain hotmail.com as a sender domain.",
        "https://github.com/PHPMailer/PHPMailer/issues/304",
        exact=False,
    ),
)
