"""Microsoft 365, Outlook.com and Exchange."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # Microsoft 365
    said(
        "microsoft-smtp-auth-off-tenant",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
        "Visit https://aka.ms/smtp_auth_disabled for more information. "
        "[MN2PR05CA0004.namprd05.prod.outlook.com 2023-09-12T20:59:57.214Z 08DBB276B7E699C4]",
        "https://github.com/simonrob/email-oauth2-proxy/issues/193",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-smtp-auth-off-tenant-old",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
        "Visit https://aka.ms/smtp_auth_disabled for more information. "
        "[TY1PR01CA0183.jpnprd01.prod.outlook.com]",
        "https://github.com/nodemailer/nodemailer/issues/1484",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-credentials-incorrect",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. "
        "[PH0PR07CA0004.namprd07.prod.outlook.com]",
        "https://github.com/codassassin/email-bomber-v2.0/issues/1",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-basic-auth-disabled",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. "
        "[BM1P287CA0015.INDP287.PROD.OUTLOOK.COM]",
        "https://github.com/rpremraj/mailR/issues/107",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-535-573-bare",
        "Microsoft 365",
        "AUTH",
        "535 5.7.3 Authentication unsuccessful [BN3PR03CA0067.namprd03.prod.outlook.com]",
        "https://github.com/jstedfast/MailKit/issues/700",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-535-573-time",
        "Microsoft 365",
        "AUTH",
        "535 5.7.3 Authentication unsuccessful [SGXP274CA0016.SGPP274.PROD.OUTLOOK.COM "
        "2025-03-20T11:25:21.972Z 08DD66EDEFB0DFDF]",
        "https://github.com/HChaoHui/msOauth2api/issues/3",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-5757-then-535",
        "Microsoft 365",
        "MAIL",
        "530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 Authentication "
        "unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
        "https://aka.ms/smtp_auth_disabled for more information.",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/3124",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-printers-573",
        "Microsoft 365",
        "AUTH",
        "535 5.7.3 Authentication unsuccessful",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off.md",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-5760-sendas",
        "Microsoft 365",
        "DATA",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off.md",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-518-bad-outbound",
        "Microsoft 365",
        "MAIL",
        "550 5.1.8 Bad outbound sender",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-518-access-denied-ndr",
        "Microsoft 365",
        "DATA",
        "550 5.1.8 Access denied, bad outbound sender",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-522-submission-quota",
        "Microsoft 365",
        "DATA",
        "550 5.2.2 Submission quota exceeded",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-47500-access-denied-later",
        "Microsoft 365",
        "RCPT",
        "451 4.7.500 Access denied, please try again later",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-47850-access-denied-later",
        "Microsoft 365",
        "RCPT",
        "451 4.7.850 Access denied, please try again later",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57501-spam-abuse",
        "Microsoft 365",
        "DATA",
        "550 5.7.501 Access denied, spam abuse detected",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-57502-banned-sender",
        "Microsoft 365",
        "MAIL",
        "550 5.7.502 Access denied, banned sender",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-57504-recipient-denied",
        "Microsoft 365",
        "RCPT",
        "550 5.7.504 [user@contoso.example]: Recipient address rejected: Access denied",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57505-banned-recipient",
        "Microsoft 365",
        "RCPT",
        "550 5.7.505 Access denied, banned recipient",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57506-bad-helo",
        "Microsoft 365",
        "EHLO",
        "550 5.7.506 Access Denied, Bad HELO",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57508-range-limits",
        "Microsoft 365",
        "RCPT",
        "550 5.7.508 Access denied, [203.0.113.9] has exceeded permitted limits within 203.0.113.0/24 range",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57509-dmarc",
        "Microsoft 365",
        "DATA",
        "550 5.7.509 Access denied, sending domain [contoso.example] does not pass DMARC verification",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57512-rfc5322-from",
        "Microsoft 365",
        "DATA",
        "550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57513-customer-block",
        "Microsoft 365",
        "RCPT",
        "550 5.7.513 Service unavailable, Client host [203.0.113.9] blocked by contoso.example using "
        "Customer Block list (AS16012607)",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57606-banned-ip",
        "Microsoft 365",
        "RCPT",
        "550 5.7.606 Access denied, banned sending IP [203.0.113.9]",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57705-tenant-threshold",
        "Microsoft 365",
        "DATA",
        "550 5.7.705 Access denied, tenant has exceeded threshold",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-57708-traffic-not-accepted",
        "Microsoft 365",
        "DATA",
        "550 5.7.708 Access denied, traffic not accepted from this IP",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-57750-unregistered",
        "Microsoft 365",
        "DATA",
        "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-5725-ipv6-reverse",
        "Microsoft 365",
        "RCPT",
        "550 5.7.25 Access denied, the sending IPv6 address [2a01:111:f200:2004::240] must have a "
        "reverse DNS record",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-4726-ipv6-spf-dkim",
        "Microsoft 365",
        "DATA",
        "450 4.7.26 Access denied, a message sent over IPv6 [2a01:111:f200:2004::240] must pass either "
        "SPF or DKIM validation, this message is not signed",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
    ),
    said(
        "microsoft-5764-tenant-attribution",
        "Microsoft 365",
        "RCPT",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        host="contoso-example.mail.protection.outlook.com",
        exact=False,
    ),
    said(
        "microsoft-541-relay-denied",
        "Microsoft 365",
        "RCPT",
        "550 5.4.1 Relay Access Denied",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-541-recipient-denied",
        "Microsoft 365",
        "RCPT",
        "550 5.4.1 Recipient address rejected: Access denied",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-5110-not-found",
        "Microsoft 365",
        "RCPT",
        "550 5.1.10 Recipient not found",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-52121-per-hour",
        "Microsoft 365",
        "RCPT",
        "550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded.",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-52122-per-hour",
        "Microsoft 365",
        "RCPT",
        "550 5.2.122 Recipient's per hour message receive limit exceeded.",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-453-too-many-recipients",
        "Microsoft 365",
        "RCPT",
        "452 4.5.3 Too many recipients",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-57133-group",
        "Microsoft 365",
        "DATA",
        "550 5.7.133 Sender not authenticated for group",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeOnline/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.md",
        exact=False,
    ),
    said(
        "microsoft-sendas-520",
        "Microsoft 365",
        "DATA",
        "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed "
        "to process message due to a permanent exception with message Cannot submit message.",
        "https://github.com/MicrosoftDocs/OfficeDocs-Support/issues/1187",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-520-quota",
        "Microsoft 365",
        "DATA",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "https://github.com/MicrosoftDocs/OfficeDocs-Support/issues/1150",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-432-concurrent",
        "Microsoft 365",
        "DATA",
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for "
        "more information. [Hostname=OS0PR01MB6099.jpnprd01.prod.outlook.com]",
        "https://github.com/sabuhish/fastapi-mail/issues/75",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-541-recipient-denied-real",
        "Microsoft 365",
        "RCPT",
        "550 5.4.1 <kijitora@example.br>: Recipient address rejected: Access denied "
        "[BL2NAM02FT061.eop-nam02.prod.protection.outlook.com]",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-30.eml",
    ),
    said(
        "microsoft-57606-real",
        "Microsoft 365",
        "MAIL",
        "550 5.7.606 Access denied, banned sending IP [198.51.100.222]. To request removal from this "
        "list please visit https://sender.office.com/ and follow the directions. For more information "
        "please go to http://go.microsoft.com/fwlink/?LinkID=526655 (AS16012609)",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-01.eml",
        exact=False,
    ),
    said(
        "microsoft-57509-real",
        "Microsoft 365",
        "DATA",
        "550 5.7.509 Access denied, sending domain [EXAMPLE.JP] does not pass DMARC verification and has "
        "a DMARC policy of reject. [7FQL1BDY0XZ5XGTW.JPNP222.PROD.OUTLOOK.COM 2024-04-29T23:34:45.000Z "
        "NG5X6YLY2QZK8T7B] [VB0JMRQKNLZPTQMN.eurprd06.prod.outlook.com 2024-04-29T23:34:45.000Z "
        "HTTZYWCWHTZK8F8N] [JUTN0NNV051736.eop-eur22.prod.protection.outlook.com "
        "2024-04-29T23:34:45.000Z K2TP4MV8R6ZF2XN2]",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-04.eml",
    ),
    said(
        "microsoft-5110-real",
        "Microsoft 365",
        "RCPT",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-03.eml",
    ),
    said(
        "microsoft-504-574-mx",
        "Microsoft 365",
        "AUTH",
        "504 5.7.4 Unrecognized authentication type [SN1NAM02FT025.eop-nam02.prod.protection.outlook.com]",
        "https://github.com/deanproxy/eMail/issues/44",
        host="contoso-example.mail.protection.outlook.com",
    ),
    said(
        "microsoft-504-574-submission",
        "Microsoft 365",
        "AUTH",
        "504 5.7.4 Unrecognized authentication type [HE1PR05CA0255.eurprd05.prod.outlook.com]",
        "https://github.com/helpyio/helpy/issues/1219",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-451-573-starttls",
        "Microsoft 365",
        "MAIL",
        "451 5.7.3 STARTTLS is required to send mail [SG2PR02CA0073.apcprd02.prod.outlook.com "
        "2024-07-24T03:43:18.298Z 08DCAB6EB788477A]",
        "https://github.com/apache/hertzbeat/issues/2365",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-5757-anonymous",
        "Microsoft 365",
        "MAIL",
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        "https://github.com/mbok/logsniffer/issues/86",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-57708-real",
        "Microsoft 365",
        "DATA",
        "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more "
        "information please go to http://go.microsoft.com/fwlink/?LinkId=526653 AS(7230) "
        "[BM1PR01MB1076.INDPRD01.PROD.OUTLOOK.COM]",
        "https://github.com/motze92/office365-mail/issues/11",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-571-spamhaus",
        "Microsoft 365",
        "RCPT",
        "550 5.7.1 Service unavailable, Client host [203.0.113.9] blocked using Spamhaus. To request "
        "removal from this list see https://www.spamhaus.org/query/ip/203.0.113.9 (AS16012611) "
        "[DM3NAM03FT051.eop-NAM03.prod.protection.outlook.com]",
        "https://github.com/CyberNinjas/pam_aad/issues/35",
        host="outlook-com.olc.protection.outlook.com",
    ),
    said(
        "microsoft-501-554-parameter",
        "Microsoft 365",
        "MAIL",
        "501 5.5.4 Unrecognized parameter [DM3NAM03FT051.eop-NAM03.prod.protection.outlook.com]",
        "https://github.com/CyberNinjas/pam_aad/issues/35",
    ),
    said(
        "microsoft-security-defaults",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security "
        "defaults policy. Contact your administrator.",
        "https://docs.bookyourpto.com/features/smtp-troubleshoot",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-criteria",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be "
        "authenticated successfully. Contact your administrator. "
        "[BN9PR03CA0716.namprd03.prod.outlook.com 2026-07-01T01:57:31.695Z 08DED6A3FAA75B29]",
        "https://github.com/gophish/gophish/issues/3220",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-535-mailbox-off",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. "
        "Visit https://aka.ms/smtp_auth_disabled for more information.",
        "https://github.com/search?type=code&q=%22SmtpClientAuthentication+is+disabled+for+the+Mailbox%22",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-account-locked",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator. "
        "[CH2PR19CA0002.namprd19.prod.outlook.com 2026-08-28T19:45:50.437Z 08DF04C6D9A404E7]",
        "https://github.com/search?type=code&q=%225.7.139+Authentication+unsuccessful,+account+locked%22",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-account-issue",
        "Microsoft 365",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, account has an issue. Contact your administrator. "
        "[AM8P190CA0003.EURP190.PROD.OUTLOOK.COM 2024-10-04T07:21:07.773Z 08DCE3FEF68EE81B]",
        "https://github.com/search?type=code&q=%225.7.139+Authentication+unsuccessful,+account+has+an+issue%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-basic-auth-off",
        "Microsoft 365",
        "AUTH",
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
        "https://techcommunity.microsoft.com/t5/exchange-team-blog/exchange-online-to-retire-basic-auth-for-client-submission-smtp/ba-p/4114750",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-535-573-oauth-mailbox",
        "Microsoft 365",
        "AUTH",
        "535 5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189.PROD.OUTLOOK.COM]",
        "https://github.com/mageplaza/magento-2-smtp/issues/108",
        host="smtp.office365.com",
    ),
    said(
        "microsoft-421-432-connections",
        "Microsoft 365",
        "BANNER",
        "421 4.3.2 The maximum number of concurrent connections per resource forest has exceeded a "
        "limit, closing transmission channel. example.com. PRX8 [example.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        exact=False,
    ),
    said(
        "microsoft-451-470",
        "Microsoft 365",
        "NEXT-MAIL",
        "451 4.7.0 Temporary server error. Please try again later. PRX4 NextHop: example.com [example.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
        exact=False,
    ),
    said(
        "microsoft-451-47500-busy",
        "Microsoft 365",
        "RCPT",
        "451 4.7.500 Server busy. Please try again later from [203.0.113.9]. (AS77712344) "
        "[#.prod.protection.outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
        exact=False,
    ),
    said(
        "microsoft-550-helo-spamhaus",
        "Microsoft 365",
        "EHLO",
        "550 5.7.1 Service unavailable, Helo domain is listed in Spamhaus. To request removal from this "
        "list see https://www.spamhaus.org/query/lookup/ (S8001) [#.prod.protection.outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        exact=False,
    ),
    said(
        "microsoft-52251-throttled-full",
        "Microsoft 365",
        "DATA",
        "550 5.2.251 Sender throttled due to continuous mailbox full errors.",
        "https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-52252-throttled-sendas",
        "Microsoft 365",
        "DATA",
        "550 5.2.252 Sender throttled due to continuous send as denied errors.",
        "https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-52253-throttled-license",
        "Microsoft 365",
        "DATA",
        "550 5.2.253 Sender throttled due to continuous invalid license errors.",
        "https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-52254-throttled-recipients",
        "Microsoft 365",
        "DATA",
        "550 5.2.254 Sender throttled due to continuous too many recipients errors.",
        "https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-52255-throttled-invalid",
        "Microsoft 365",
        "DATA",
        "550 5.2.255 Sender throttled due to continuous invalid recipients errors.",
        "https://github.com/search?type=code&q=%225.2.253+Sender+throttled+due+to+continuous+invalid+license+errors%22",
        host="smtp.office365.com",
        exact=False,
    ),
    said(
        "microsoft-5190-daily",
        "Microsoft 365",
        "DATA",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message "
        "recipients",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/2729",
        host="smtp.office365.com",
    ),
    # Outlook.com
    said(
        "outlook-com-basic-auth-disabled",
        "Outlook.com",
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. "
        "[PN0PR01CA0024.INDPRD01.PROD.OUTLOOK.COM 2025-01-26T18:54:30.055Z 08DD3DD7D75D7743]",
        "https://github.com/nodemailer/nodemailer/issues/1714",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-sendas-52252",
        "Outlook.com",
        "DATA",
        "554 5.2.252 SendAsDenied; user@outlook.example not allowed to send as billing@contoso.example; "
        "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to "
        "process message due to a permanent exception with message [BeginDiagnosticData]Cannot submit "
        "message. 0.35250:1F009983, 1.36674:0A000000, 1.61250:00000000",
        "https://github.com/gophish/gophish/issues/2900",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-sendas-520",
        "Outlook.com",
        "DATA",
        "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed "
        "to process message due to a permanent exception with message Cannot submit message. "
        "0.35250:7D060000, 1.36674:0A000000",
        "https://github.com/rss2email/rss2email/issues/147",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-432-concurrent",
        "Outlook.com",
        "DATA",
        "432 4.3.2 Concurrent connections limit exceeded.",
        "https://github.com/nodemailer/nodemailer/issues/1613",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-451-47650",
        "Outlook.com",
        "MAIL",
        "451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP "
        "reputation. For e-mail delivery information, see https://postmaster.live.com (S3113) "
        "[5NY1SSJFSTZJRJBG.eurprd02.prod.outlook.com 2024-05-09T23:34:45.000Z GLXTWVLGZHZNHVXY]",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-05.eml",
        host="outlook-com.olc.protection.outlook.com",
    ),
    said(
        "outlook-com-57515",
        "Outlook.com",
        "DATA",
        "550 5.7.515 Access denied, sending domain NYAAAAN.EXAMPLE.JP doesn't meet the required "
        "authentication level. The sender's domain in the 5322.From address doesn't meet the "
        "authentication requirements defined for the sender. To learn how to fix this see: "
        "https://go.microsoft.com/fwlink/p/?linkid=2319303 Spf= Fail , Dkim= Pass , DMARC= Pass "
        "[0000000000000.JPNP255.PROD.OUTLOOK.COM 2025-05-25T22:22:22.000Z 0000000000000EEE] "
        "[0000000000000.jpnprd00.prod.outlook.com 2025-05-25T22:22:22.000Z 0000000000000EEE] "
        "[0000000000000EE.apcprd00.prod.outlook.com 2025-05-25T22:22:22.000Z 0000000000000EEE]",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-microsoft-06.eml",
    ),
    said(
        "outlook-com-outbound-spam-quota",
        "Outlook.com",
        "DATA",
        "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to "
        "a permanent exception with message WASCL UserAction verdict is not None. Actual verdict is "
        "RefuseQuota, ShowTierUpgrade. OutboundSpamException: WASCL UserAction verdict is not None. "
        "Actual verdict is RefuseQuota, ShowTierUpgrade. "
        "[Hostname=VI1PR05MB5405.eurprd05.prod.outlook.com]",
        "https://github.com/Youans/nodejs-nodemailer-outlook/issues/11",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-outbound-spam-hip",
        "Outlook.com",
        "DATA",
        "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to "
        "a permanent exception with message WASCL UserAction verdict is not None. Actual verdict is "
        "HipNotify, ShowTierUpgrade. OutboundSpamException: WASCL UserAction verdict is not None. Actual "
        "verdict is HipNotify, ShowTierUpgrade. [Hostname=TY2PR06MB3117.apcprd06.prod.outlook.com]",
        "https://github.com/DesertsP/Valine-Admin/issues/26",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-534-wrapped",
        "Outlook.com",
        "DATA",
        "550 5.3.4 554 5.2.0 "
        "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to "
        "process message due to a permanent exception with message Cannot submit message. "
        "16.55847:69000000, 17.43559:0000000020010000000000000000000000000000",
        "https://github.com/nodemailer/nodemailer/issues/748",
        host="smtp-mail.outlook.com",
    ),
    said(
        "outlook-com-421-432",
        "Outlook.com",
        "BANNER",
        "421 4.3.2 Service not available [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        exact=False,
    ),
    said(
        "outlook-com-450-473-queue-quota",
        "Outlook.com",
        "RCPT",
        "450 4.7.3 Organization queue quota exceeded. [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/450.json",
        exact=False,
    ),
    said(
        "outlook-com-451-432",
        "Outlook.com",
        "NEXT-MAIL",
        "451 4.3.2 Temporary server error. Please try again later ATTR17 [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
        exact=False,
    ),
    said(
        "outlook-com-451-440",
        "Outlook.com",
        "DATA",
        "451 4.4.0 Message failed to be replicated: No healthy secondary server available to accept "
        "replica at this time. [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
        exact=False,
    ),
    said(
        "outlook-com-452-431",
        "Outlook.com",
        "DATA",
        "452 4.3.1 Insufficient system resources (TSTE) [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/452.json",
        exact=False,
    ),
    said(
        "outlook-com-501-513",
        "Outlook.com",
        "RCPT",
        "501 5.1.3 Invalid address [outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/501.json",
        exact=False,
    ),
    said(
        "outlook-com-550-550",
        "Outlook.com",
        "RCPT",
        "550 5.5.0 Requested action not taken: mailbox unavailable. "
        "[#.eop-nam12.prod.protection.outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        exact=False,
    ),
    said(
        "outlook-com-550-dbl",
        "Outlook.com",
        "MAIL",
        "550 5.7.1 Service unavailable, MailFrom domain is listed in Spamhaus. To request removal from "
        "this list see https://www.spamhaus.org/query/lookup/ (S8002) "
        "[#.eop-nam02.prod.protection.outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        exact=False,
    ),
    said(
        "outlook-com-550-s3150",
        "Outlook.com",
        "MAIL",
        "550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet "
        "service provider since part of their network is on our block list (S3150). You can also refer "
        "your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. "
        "[#.eop-nam02.prod.protection.outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        exact=False,
    ),
    said(
        "outlook-com-554-52122",
        "Outlook.com",
        "RCPT",
        "554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive "
        "per hour. For more information go to http://go.microsoft.com/fwlink/?LinkId=526653. (#) "
        "[outlook.com]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/554.json",
        exact=False,
    ),
    said(
        "outlook-com-554-52121",
        "Outlook.com",
        "DATA",
        "554 5.2.121 The sender has exceeded the limit for the number of messages they can send to this "
        "recipient per hour. For more information go to http://go.microsoft.com/fwlink/?LinkId=526653. "
        "[#.prod.outlook.com #]",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/554.json",
        exact=False,
    ),
    # Exchange on premises
    said(
        "exchange-501-554-domain",
        "Exchange on premises",
        "EHLO",
        "501 5.5.4 Invalid domain name",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/test-smtp-with-telnet.md",
    ),
    said(
        "exchange-517-invalid-address",
        "Exchange on premises",
        "MAIL",
        "550 5.1.7 Invalid address",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/test-smtp-with-telnet.md",
    ),
    said(
        "exchange-530-571-not-authenticated",
        "Exchange on premises",
        "MAIL",
        "530 5.7.1 Client was not authenticated",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/test-smtp-with-telnet.md",
    ),
    said(
        "exchange-511-user-unknown",
        "Exchange on premises",
        "RCPT",
        "550 5.1.1 User unknown",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/test-smtp-with-telnet.md",
    ),
    said(
        "exchange-571-unable-to-relay",
        "Exchange on premises",
        "RCPT",
        "550 5.7.1 Unable to relay",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/connectors/allow-anonymous-relay.md",
    ),
    said(
        "exchange-510-sender-denied",
        "Exchange on premises",
        "MAIL",
        "554 5.1.0 Sender Denied",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/antispam-and-antimalware/antispam-protection/sender-filtering.md",
    ),
    said(
        "exchange-453-too-many",
        "Exchange on premises",
        "RCPT",
        "452 4.5.3 Too many recipients",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/message-size-limits.md",
    ),
    said(
        "exchange-553-reciplimit",
        "Exchange on premises",
        "DATA",
        "550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients",
        "https://github.com/MicrosoftDocs/OfficeDocs-Exchange/blob/main/Exchange/ExchangeServer/mail-flow/message-size-limits.md",
        exact=False,
    ),
    said(
        "exchange-571-sendas",
        "Exchange on premises",
        "DATA",
        "550 5.7.1 Client does not have permissions to send as this sender",
        "https://github.com/nodemailer/nodemailer/issues/145",
    ),
    said(
        "exchange-522-mailbox-full",
        "Exchange on premises",
        "DATA",
        "550 5.2.2 STOREDRV.Deliver: mailbox full. The following information should help identify the "
        'cause: "MapiExceptionShutoffQuotaExceeded:00.00000:FF000000, '
        "00.00000:0000000094000000000000000000000000000000, 000.00000:00000000, 000.00000:FF000000, "
        "000.00000:DD040000, 0.00000:00000000, 0.00002:FF000000, 000.00000:EEE00000, 000.0000:00000000, "
        "000.00000:EE000000, 0.0000:FF000000, 0.0000:FFFFF000, 0.0000:00000000, 0.0000:00000000, "
        "0.0000:00000000, 0.0000:00000000, 0.0000:00000000, 0.00000:FFFF0000, 0.0000:00000000, "
        "000.0000:FF000000, 0.00000:FFFFFFFF, 000.00000:EEEE0000, 0.00000:00000000, 0.00000:00000000, "
        "0.00000:00000000, 0.0000:00000000, 0.00000:00000000, 0.00000:00000000, 0.00000:EEEE0000, "
        '0.00000:EEEE0000".',
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-02.eml",
    ),
    said(
        "exchange-523-recip-size",
        "Exchange on premises",
        "DATA",
        "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-03.eml",
    ),
    said(
        "exchange-571-auth-required",
        "Exchange on premises",
        "DATA",
        "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-04.eml",
    ),
    said(
        "exchange-511-notfound",
        "Exchange on premises",
        "RCPT",
        "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-exchange2007-01.eml",
    ),
    said(
        "exchange-504-574",
        "Exchange on premises",
        "AUTH",
        "504 5.7.4 Unrecognized authentication type",
        "https://github.com/nodemailer/nodemailer/issues/189",
    ),
    said(
        "exchange-530-5757-anonymous",
        "Exchange on premises",
        "MAIL",
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        "https://github.com/anvil-works/anvil-runtime/issues/77",
    ),
    # Azure Communication Services
    said(
        "azure-451-573-starttls",
        "Azure Communication Services",
        "MAIL",
        "451 5.7.3 starttls is required to send mail",
        "https://github.com/kubesphere/notification-manager/issues/273",
        host="smtp.azurecomm.net",
    ),
)
