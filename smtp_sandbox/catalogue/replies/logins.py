"""Refused logins, senders, greetings and EHLO, many as a server's own code has them."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # Magma
    said(
        "magma-535-invalid-username-password",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - INVALID USERNAME AND PASSWORD COMBINATION",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-535-subscription-account-expired",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - THE SUBSCRIPTION FOR THIS ACCOUNT HAS EXPIRED",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-535-account-administratively-locked",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - THIS ACCOUNT HAS BEEN ADMINISTRATIVELY LOCKED",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-535-account-locked-suspicion",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - THIS ACCOUNT HAS BEEN LOCKED ON SUSPICION OF ABUSE POLICY VIOLATIONS",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-535-account-locked-request",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - THIS ACCOUNT HAS BEEN LOCKED AT THE REQUEST OF THE USER",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-535-account-locked",
        "Magma",
        "AUTH",
        "535 AUTHENTICATION FAILURE - THIS ACCOUNT HAS BEEN LOCKED",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-423-maximum-number-failed",
        "Magma",
        "AUTH",
        "423 THE MAXIMUM NUMBER OF FAILED LOGIN ATTEMPTS HAS BEEN REACHED - PLEASE TRY AGAIN LATER",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-421-maximum-number-concurrent",
        "Magma",
        "AUTH",
        "421 THE MAXIMUM NUMBER OF CONCURRENT LOGIN ATTEMPTS HAS BEEN REACHED - PLEASE TRY AGAIN LATER",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-423-internal-server",
        "Magma",
        "AUTH",
        "423 INTERNAL SERVER ERROR - PLEASE TRY AGAIN LATER",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-501-ehlo-syntax-missing",
        "Magma",
        "EHLO",
        "501 EHLO SYNTAX ERROR - MISSING REQUIRED DOMAIN PARAMETER",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-552-mail-size-exceeds",
        "Magma",
        "MAIL",
        "552 MAIL FROM ERROR - SIZE EXCEEDS SYSTEM LIMIT",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-553-mail-invalid-sender",
        "Magma",
        "MAIL",
        "553 MAIL FROM ERROR - INVALID SENDER SYNTAX",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "magma-503-mail-rejected-provide",
        "Magma",
        "MAIL",
        "503 MAIL FROM REJECTED - PLEASE PROVIDE A HELO OR EHLO AND TRY AGAIN",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    # aiosmtpd
    said(
        "aiosmtpd-554-command-refused-due",
        "aiosmtpd",
        "AUTH",
        "554 Command refused due to lack of security",
        "https://github.com/aio-libs/aiosmtpd/blob/44c0159d77719ffc38696f166b49c5edc013560a/aiosmtpd/smtp.py",
    ),
    said(
        "aiosmtpd-553-malformed-address",
        "aiosmtpd",
        "MAIL",
        "553 5.1.3 Error: malformed address",
        "https://github.com/aio-libs/aiosmtpd/blob/44c0159d77719ffc38696f166b49c5edc013560a/aiosmtpd/smtp.py",
    ),
    said(
        "aiosmtpd-421-mail-sent-too",
        "aiosmtpd",
        "MAIL",
        "421 4.7.0 MAIL sent too many times",
        "https://github.com/aio-libs/aiosmtpd/blob/44c0159d77719ffc38696f166b49c5edc013560a/aiosmtpd/smtp.py",
    ),
    # go-smtp
    said(
        "go-smtp-502-authentication-supported",
        "go-smtp",
        "AUTH",
        "502 5.7.0 Authentication not supported",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/backend.go",
    ),
    said(
        "go-smtp-504-unsupported-authentication-mechanism",
        "go-smtp",
        "AUTH",
        "504 5.7.4 Unsupported authentication mechanism",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/backend.go",
    ),
    said(
        "go-smtp-523-tls-required",
        "go-smtp",
        "AUTH",
        "523 5.7.10 TLS is required",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/conn.go",
    ),
    said(
        "go-smtp-501-domain-address-argument",
        "go-smtp",
        "EHLO",
        "501 5.5.2 Domain/address argument required for HELO",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/conn.go",
    ),
    said(
        "go-smtp-552-max-message-size",
        "go-smtp",
        "MAIL",
        "552 5.3.4 Max message size exceeded",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/conn.go",
    ),
    said(
        "go-smtp-454-invalid-base-data",
        "go-smtp",
        "AUTH",
        "454 4.7.0 Invalid base64 data",
        "https://github.com/emersion/go-smtp/blob/ab24fe7cbe995d404af3b1c093195f2f43b94688/conn.go",
    ),
    # qpsmtpd
    said(
        "qpsmtpd-535-invalid-password-imap",
        "qpsmtpd",
        "AUTH",
        "535 PLAIN authentication failed for user@example.org from 203.0.113.9 - auth_imap - invalid "
        "password for user@example.org at imap.example.org",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/auth/auth_imap",
    ),
    said(
        "qpsmtpd-535-vmysql-no-such",
        "qpsmtpd",
        "AUTH",
        "535 LOGIN authentication failed for user@example.org from 203.0.113.9 - auth_vmysql - no such user",
        ""
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/auth/auth_vpopmail_sql",
    ),
    said(
        "qpsmtpd-535-could-connect-imap",
        "qpsmtpd",
        "AUTH",
        "535 PLAIN authentication failed for user@example.org from 203.0.113.9 - auth_imap - could not "
        "connect to imap.example.org",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/auth/auth_imap",
    ),
    said(
        "qpsmtpd-535-authentication-invalid",
        "qpsmtpd",
        "AUTH",
        "535 Authentication invalid for user@example.org",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/lib/Qpsmtpd/Auth.pm",
    ),
    said(
        "qpsmtpd-503-ssl-tls-required",
        "qpsmtpd",
        "AUTH",
        "503 SSL/TLS required before AUTH",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/lib/Qpsmtpd/SMTP.pm",
    ),
    said(
        "qpsmtpd-504-unimplemented-authentication-mechanism",
        "qpsmtpd",
        "AUTH",
        "504 Unimplemented authentication mechanism: PLAIN",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/lib/Qpsmtpd/SMTP.pm",
    ),
    said(
        "qpsmtpd-550-were-naughty-cannot",
        "qpsmtpd",
        "BANNER",
        "550 You were naughty. You cannot connect for 3.20 more days.",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/karma",
    ),
    said(
        "qpsmtpd-550-connecting-host-started",
        "qpsmtpd",
        "BANNER",
        "550 Connecting host started transmitting before SMTP greeting",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/earlytalker",
    ),
    said(
        "qpsmtpd-450-server-load-too",
        "qpsmtpd",
        "BANNER",
        "450 Server load too high, please try again later.",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/loadcheck",
    ),
    said(
        "qpsmtpd-550-envelope-sender-my",
        "qpsmtpd",
        "MAIL",
        "550 Your envelope sender is in my badmailfrom list",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/badmailfrom",
    ),
    said(
        "qpsmtpd-550-fqdn-required-envelope",
        "qpsmtpd",
        "MAIL",
        "550 FQDN required in the envelope sender (#5.1.8)",
        ""
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/resolvable_fromhost",
    ),
    said(
        "qpsmtpd-550-helo-hostname-does",
        "qpsmtpd",
        "EHLO",
        "550 HELO hostname does not exist",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-helo-name-fully",
        "qpsmtpd",
        "EHLO",
        "550 HELO name is not fully qualified. Read RFC 2821",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-no-rdns",
        "qpsmtpd",
        "EHLO",
        "550 no rDNS for 203.0.113.9",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-helo-hostname-fails",
        "qpsmtpd",
        "EHLO",
        "550 That HELO hostname fails FCrDNS",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-rfc-allows-address",
        "qpsmtpd",
        "EHLO",
        "550 RFC 2821 allows an address literal, but we do not",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-localhost",
        "qpsmtpd",
        "EHLO",
        "550 You are not localhost",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-forged-ips-accepted",
        "qpsmtpd",
        "EHLO",
        "550 Forged IPs not accepted here",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    said(
        "qpsmtpd-550-helo-hostname-allowed",
        "qpsmtpd",
        "EHLO",
        "550 Your HELO hostname is not allowed",
        "https://github.com/smtpd/qpsmtpd/blob/df5b04d857e6f6602cef0dd4f2c09f163e20672f/plugins/helo",
    ),
    # Citadel
    said(
        "citadel-451-too-many-connections",
        "Citadel",
        "BANNER",
        "451 Too many connections are already open; please try again later.",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    said(
        "citadel-504-unknown-authentication-method",
        "Citadel",
        "AUTH",
        "504 Unknown authentication method.",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    said(
        "citadel-550-must-log-send",
        "Citadel",
        "MAIL",
        "550 You must log in to send mail from example.org",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    said(
        "citadel-503-only-one-sender",
        "Citadel",
        "MAIL",
        "503 Only one sender permitted",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    # smtp-server
    said(
        "nodejs-535-username-password-accepted",
        "smtp-server",
        "AUTH",
        "535 Error: Username and Password not accepted",
        "https://github.com/nodemailer/smtp-server/blob/58af498bd8aa112df521278adfb305bb5d812940/lib/sasl.js",
    ),
    said(
        "nodejs-421-too-many-connected",
        "smtp-server",
        "BANNER",
        "421 mx.example.com Too many connected clients, try again in a moment",
        ""
        "https://github.com/nodemailer/smtp-server/blob/58af498bd8aa112df521278adfb305bb5d812940/lib/smtp-connection.js",
    ),
    said(
        "nodejs-421-talk-too-soon",
        "smtp-server",
        "BANNER",
        "421 mx.example.com You talk too soon",
        ""
        "https://github.com/nodemailer/smtp-server/blob/58af498bd8aa112df521278adfb305bb5d812940/lib/smtp-connection.js",
    ),
    said(
        "nodejs-421-too-many-unauthenticated",
        "smtp-server",
        "MAIL",
        "421 Error: too many unauthenticated commands",
        ""
        "https://github.com/nodemailer/smtp-server/blob/58af498bd8aa112df521278adfb305bb5d812940/lib/smtp-connection.js",
    ),
    said(
        "nodejs-550-allowed",
        "smtp-server",
        "MAIL",
        "550 Error: Not allowed",
        ""
        "https://github.com/nodemailer/smtp-server/blob/58af498bd8aa112df521278adfb305bb5d812940/lib/smtp-connection.js",
    ),
    # KumoMTA
    said(
        "kumomta-421-load-shedding",
        "KumoMTA",
        "BANNER",
        "421 4.3.2 mx.example.com load shedding. Try later",
        ""
        "https://github.com/KumoCorp/kumomta/blob/3ebc1e8585e0e989cfcf50a93c94a803610249e8/crates/kumod/src/smtp_server.rs",
    ),
    said(
        "kumomta-421-disk-too-full",
        "KumoMTA",
        "BANNER",
        "421 4.3.2 mx.example.com disk is too full. Try later",
        ""
        "https://github.com/KumoCorp/kumomta/blob/3ebc1e8585e0e989cfcf50a93c94a803610249e8/crates/kumod/src/smtp_server.rs",
    ),
    said(
        "kumomta-501-invalid-sender-address",
        "KumoMTA",
        "MAIL",
        "501 5.1.7 Invalid sender address syntax: expected angle bracket",
        ""
        "https://github.com/KumoCorp/kumomta/blob/3ebc1e8585e0e989cfcf50a93c94a803610249e8/crates/kumod/src/smtp_server.rs",
    ),
    # DavMail
    said(
        "davmail-451-unknown-authentication-type",
        "DavMail",
        "AUTH",
        "451 Error : unknown authentication type",
        ""
        "https://github.com/mguessan/davmail/blob/3b87d523a1ad06636a3ef8529466bf22ad827a9b/src/java/davmail/smtp/SmtpConnection.java",
    ),
    said(
        "davmail-535-invalid-user-or-password",
        "DavMail",
        "AUTH",
        "535 Authentication failed Authentication failed: invalid user or password, retry with "
        "domain\\user or use default domain setting",
        ""
        "https://github.com/mguessan/davmail/blob/3b87d523a1ad06636a3ef8529466bf22ad827a9b/src/java/davmailmessages.properties",
    ),
    said(
        "davmail-535-password-expired",
        "DavMail",
        "AUTH",
        "535 Authentication failed Authentication failed: password expired ?",
        ""
        "https://github.com/mguessan/davmail/blob/3b87d523a1ad06636a3ef8529466bf22ad827a9b/src/java/davmailmessages.properties",
    ),
    # Apache James
    said(
        "james-451-unable-process-request",
        "Apache James",
        "AUTH",
        "451 Unable to process request",
        ""
        "https://github.com/apache/james-project/blob/20bf8083e39be4a750f606e576a162087bb3f18a/protocols/smtp/src/main/java/org/apache/james/protocols/smtp/core/esmtp/AuthCmdHandler.java",
    ),
    # Haraka
    said(
        "haraka-550-spoofed-mail",
        "Haraka",
        "MAIL",
        "550 Spoofed MAIL FROM",
        ""
        "https://github.com/haraka/Haraka/blob/0bf10cbb486253752042e10af4c65ec78ec7fe91/plugins/queue/smtp_forward.js",
    ),
    said(
        "haraka-501-ehlo-requires-domain",
        "Haraka",
        "EHLO",
        "501 EHLO requires domain/address - see RFC-2821 4.1.1.1",
        "https://github.com/haraka/Haraka/blob/0bf10cbb486253752042e10af4c65ec78ec7fe91/connection.js",
    ),
    # Oracle Cloud
    said(
        "oracle-421-too-many-auth",
        "Oracle Cloud",
        "AUTH",
        "421 Too many auth failures, try again later",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    said(
        "oracle-421-too-many-connections",
        "Oracle Cloud",
        "BANNER",
        "421 Too many connections, try again later",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    said(
        "oracle-455-maximum-messages-sent",
        "Oracle Cloud",
        "MAIL",
        "455 Maximum messages sent per minute reached : limit is 10",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    said(
        "oracle-455-maximum-messages-sent-2",
        "Oracle Cloud",
        "MAIL",
        "455 Maximum messages sent per day reached : limit is 200",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    said(
        "oracle-421-mail-system-failure",
        "Oracle Cloud",
        "BANNER",
        "421 4.3.0 Mail system failure, closing transmission channel",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    said(
        "oracle-501-invalid-command-argument",
        "Oracle Cloud",
        "AUTH",
        "501 Invalid command argument, not a valid Base64 string",
        "https://docs.oracle.com/ja-jp/iaas/Content/Email/Concepts/troubleshooting.htm",
        exact=False,
    ),
    # Alibaba DirectMail
    said(
        "directmail-551-main-account-unavailable",
        "Alibaba DirectMail",
        "MAIL",
        "551 Main account unavailable",
        ""
        "https://www.alibabacloud.com/help/zh/directmail/latest/summary-of-common-email-return-codes-and-solutions",
        exact=False,
    ),
    said(
        "directmail-552-daily-sending-quota",
        "Alibaba DirectMail",
        "MAIL",
        "552 Daily sending quota exceeded",
        ""
        "https://www.alibabacloud.com/help/zh/directmail/latest/summary-of-common-email-return-codes-and-solutions",
        exact=False,
    ),
    said(
        "directmail-552-monthly-sending-quota",
        "Alibaba DirectMail",
        "MAIL",
        "552 Monthly sending quota exceeded",
        ""
        "https://www.alibabacloud.com/help/zh/directmail/latest/summary-of-common-email-return-codes-and-solutions",
        exact=False,
    ),
    said(
        "directmail-552-enough-sending-quota",
        "Alibaba DirectMail",
        "MAIL",
        "552 Not enough sending quota",
        ""
        "https://www.alibabacloud.com/help/zh/directmail/latest/summary-of-common-email-return-codes-and-solutions",
        exact=False,
    ),
    # Huawei KooMessage
    said(
        "koomessage-500-number-sessions-exceeds",
        "Huawei KooMessage",
        "BANNER",
        "500 The number of sessions exceeds the maximum",
        "https://support.huaweicloud.com/intl/ja-jp/usermanual-koomessage/um1007.html",
        exact=False,
    ),
    # MailEnable
    said(
        "mailenable-451-esmtp-mailenable-service",
        "MailEnable",
        "BANNER",
        "451 ESMTP MailEnable Service temporarily refused connection at 11/27/15 11:25:27 from IP "
        "(203.0.113.9) because the server is too busy.",
        "https://github.com/maildev/maildev/issues/96",
    ),
    # McAfee
    said(
        "mcafee-451-request-action-aborted",
        "McAfee",
        "BANNER",
        "451 Request action aborted on MFE proxy, SMTP server is not available.",
        "https://github.com/nodemailer/nodemailer/issues/952",
    ),
    # unknown
    said(
        "unknown-421-cannot-connect-smtp",
        "unknown",
        "BANNER",
        "421 Cannot connect to SMTP server 203.0.113.9 (203.0.113.9:25), connect error 10060",
        "https://github.com/nodemailer/nodemailer/issues/855",
    ),
    said(
        "unknown-554-allowed-connect",
        "unknown",
        "BANNER",
        "554 5.7.1 You are not allowed to connect.",
        "https://github.com/zone-eu/zone-mta/pull/496",
    ),
    # OpenSMTPD
    said(
        "opensmtpd-501-invalid-command-arguments",
        "OpenSMTPD",
        "EHLO",
        "501 5.5.4 Invalid command arguments: Invalid domain name",
        "https://github.com/OpenSMTPD/OpenSMTPD/issues/1054",
    ),
    # Gmail
    said(
        "gmail-454-cannot-authenticate-due",
        "Gmail",
        "AUTH",
        "454 4.7.0 Cannot authenticate due to temporary system problem. Try again later. "
        "64sm2325014qgg.26 - gsmtp",
        "https://github.com/bfosberry/GameSocial/issues/178",
    ),
    # Rackspace
    said(
        "rackspace-550-sender-address-rejected",
        "Rackspace",
        "MAIL",
        "550 5.1.0 <user@example.org>: Sender address rejected: User unknown in relay recipient table",
        ""
        "https://github.com/rackerlabs/rackspace-how-to/blob/471210f45892dc2ecf8ba934e3eded1812839edf/content/rackspace-email/common-email-bounces.md",
        exact=False,
    ),
    said(
        "rackspace-451-mail-client-host",
        "Rackspace",
        "BANNER",
        "451 4.3.0 <mail.example.org[203.0.113.9]>: Client host rejected: Throttled - Too much spam "
        "from your mail server. Try again later.",
        ""
        "https://github.com/rackerlabs/rackspace-how-to/blob/471210f45892dc2ecf8ba934e3eded1812839edf/content/rackspace-email/common-email-bounces.md",
        exact=False,
    ),
    said(
        "rackspace-554-mail-client-host",
        "Rackspace",
        "BANNER",
        "554 5.7.1 <mail.example.org[203.0.113.9]>: Client host rejected: The sender's mail server is blocked",
        ""
        "https://github.com/rackerlabs/rackspace-how-to/blob/471210f45892dc2ecf8ba934e3eded1812839edf/content/rackspace-email/common-email-bounces.md",
        exact=False,
    ),
    # Citadel
    said(
        "citadel-500-no-such",
        "Citadel",
        "AUTH",
        "500 No such user.",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    said(
        "citadel-504-authentication-failed",
        "Citadel",
        "AUTH",
        "504 Authentication failed.",
        ""
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
    # What stands beside them in the same sources
    said(
        "emailit-550-sending-paused",
        "Emailit",
        "DATA-END",
        "550 Sending from this domain is paused",
        "https://emailit.com/docs/kb/smtp-530-from-domain-not-verified/",
        exact=False,
    ),
    said(
        "emailit-530-api-key-restricted",
        "Emailit",
        "DATA-END",
        "530 API key is restricted to sending domain example.org",
        "https://emailit.com/docs/kb/smtp-530-from-domain-not-verified/",
        exact=False,
    ),
    said(
        "magma-550-data-blocked-address",
        "Magma",
        "DATA-END",
        "550 DATA BLOCKED - THIS USER ACCOUNT IS NOT AUTHORIZED TO SEND MESSAGES WITH THE ADDRESS"
        " <USER@EXAMPLE.ORG>",
        "https://github.com/lavabit/magma/blob/7afb44ee0435079f6911232cd49ce3d2ba121d20/src/servers/smtp/smtp.c",
    ),
    said(
        "citadel-551-no-permission-internet",
        "Citadel",
        "RCPT",
        "551 user@example.net - you do not have permission to send Internet mail",
        "https://github.com/mingodad/citadel/blob/63a41edbab07ba009a64ece492c41282c654c58b/citadel/modules/smtp/serv_smtp.c",
    ),
)
