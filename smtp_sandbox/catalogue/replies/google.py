"""Gmail, Google Workspace and its relay."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # Gmail
    said(
        "gmail-534-5714-webbrowser",
        "Gmail",
        "AUTH",
        "534-5.7.14 <https://accounts.google.com/ContinueSignIn?sarp=1&scc=1&plt=AKgnsbubG\r\n534-5.7.14 "
        "af6bS2X-iJOXxkO9PtmNodAYd0fFOD0zO> Please log in via your web browser and\r\n534-5.7.14 then "
        "try again.\r\n534-5.7.14 Learn more at\r\n534 5.7.14 "
        "https://support.google.com/mail/answer/78754 b81sm9438266ioj.30 - gsmtp",
        "https://pastebin.com/Ys3yQGaJ",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-535-578-not-accepted",
        "Gmail",
        "AUTH",
        "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8  "
        "https://support.google.com/mail/?p=BadCredentials "
        "x12-20020a05600c21cc00b003fc01f7b415sm1234567wmj.3 - gsmtp",
        "https://github.com/jef/streetmerchant/issues/1190",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-450-421-too-quickly",
        "Gmail",
        "RCPT",
        "450 4.2.1 The user you are trying to contact is receiving email too quickly. Please resend your "
        "message at a later time. If the user is able to receive email at that time, your message will "
        "be delivered.",
        "https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes?hl=ja",
    ),
    said(
        "gmail-550-not-authorized-ip",
        "Gmail",
        "DATA",
        "550-5.7.1 [203.0.113.9] The IP you're using to send mail is not authorized to\r\n550-5.7.1 send "
        "email directly to our servers. Please use the SMTP relay at your\r\n550-5.7.1 service provider "
        "instead. Learn more at\r\n550 5.7.1  https://support.google.com/mail/?p=NotAuthorizedError "
        "f64si1223417pfg.362 - gsmtp",
        "https://github.com/guileen/node-sendmail/issues/37",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-534-579-app-password",
        "Gmail",
        "AUTH",
        "534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  "
        "https://support.google.com/mail/?p=InvalidSecondFactor o13sm2119833lfg.90 - gsmtp",
        "https://github.com/nodemailer/nodemailer/issues/1116",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-534-579-app-password-2024",
        "Gmail",
        "AUTH",
        "534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9  "
        "https://support.google.com/mail/?p=InvalidSecondFactor ffacd0b85a97d-368119970e7sm1809147f8f.21 "
        "- gsmtp",
        "https://github.com/Der-Henning/tgtg/issues/517",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-545-quota-old",
        "Gmail",
        "MAIL",
        "550 5.4.5 Daily user sending quota exceeded. o65sm25351206pga.71 - gsmtp",
        "https://github.com/gen-smtp/gen_smtp/issues/140",
        host="smtp.gmail.com",
        exact=False,
    ),
    said(
        "gmail-545-quota-data",
        "Gmail",
        "DATA",
        "550 5.4.5 Daily user sending quota exceeded. s124sm6149838wme.29 - gsmtp",
        "https://github.com/iiuni/projektzapisy/issues/960",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-545-limit-new",
        "Gmail",
        "DATA",
        "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\r\n550-5.4.5 sending "
        "limits go to\r\n550 5.4.5  https://support.google.com/a/answer/166852 "
        "d2e1a72fcca58-76e7d551493sm9728466b3a.112 - gsmtp",
        "https://github.com/woowacourse-teams/2025-ah-madda/issues/635",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-454-470-too-many-logins",
        "Gmail",
        "AUTH",
        "454 4.7.0 Too many login attempts, please try again later. "
        "4-20020a056000154400b00203812ca383sm10857871wry.78 - gsmtp",
        "https://github.com/nodemailer/nodemailer/issues/1388",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-454-470-too-many-logins-url",
        "Gmail",
        "AUTH",
        "454-4.7.0 Too many login attempts, please try again later. Learn more at\r\n454 4.7.0  "
        "https://support.google.com/mail/answer/7126229 "
        "h6-20020a0561220b6600b0049d21a8f4b6sm1103848vkf.11 - gsmtp",
        "https://github.com/AnalogJ/justvanish/issues/13",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-550-multiple-from",
        "Gmail",
        "DATA",
        "550-5.7.1 [2401:2500:102:3032:192.0.2.222 13] Messages with multiple\r\n550 5.7.1 addresses in "
        "From: header are not accepted. v14si1155795plk.134 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-28.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-511-no-such-user",
        "Gmail",
        "RCPT",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 "
        "double-checking the recipient's email address for typos or\r\n550-5.1.1 unnecessary spaces. "
        "Learn more at\r\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser 00000000000000.000 - "
        "gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-31.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-571-low-reputation",
        "Gmail",
        "DATA",
        "550-5.7.1 [192.0.2.22 18] Our system has detected that this message is\r\n550-5.7.1 likely "
        "suspicious due to the very low reputation of the sending IP\r\n550-5.7.1 address. To best "
        "protect our users from spam, the message has been\r\n550-5.7.1 blocked. Please visit\r\n550 "
        "5.7.1 https://support.google.com/mail/answer/188131 for more information. p22nn000202cat.22 - "
        "gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-58.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-521-receiving-rate",
        "Gmail",
        "RCPT",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n550-5.2.1 "
        "prevents additional messages from being delivered. For more\r\n550-5.2.1 information, please "
        "visit\r\n550 5.2.1 https://support.google.com/mail/?p=ReceivingRatePerm p131si8414989oif.118 - "
        "gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-59.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-5726-dmarc",
        "Gmail",
        "DATA",
        "550-5.7.26 Unauthenticated email from libsisimai.org is not accepted due to\r\n550-5.7.26 "
        "domain's DMARC policy. Please contact the administrator of\r\n550-5.7.26 libsisimai.org domain "
        "if this was a legitimate mail. Please visit\r\n550-5.7.26 "
        "https://support.google.com/mail/answer/2451690 to learn about the\r\n550 5.7.26 DMARC "
        "initiative. z2si1584129pfn.61 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-postfix-70.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-5726-spf-hardfail",
        "Gmail",
        "DATA",
        "550-5.7.26 The MAIL FROM domain [mail4.example.com] has an SPF record with a\r\n550-5.7.26 hard "
        "fail policy (-all) but it fails to pass SPF checks with the ip:\r\n550-5.7.26 [192.0.2.24]. To "
        "best protect our users from spam and phishing,\r\n550-5.7.26 the message has been blocked. For "
        "instructions on setting up\r\n550-5.7.26 authentication, go to\r\n550 5.7.26 "
        "https://support.google.com/mail/answer/81126#authentication "
        "2-222222630d46222222b002b2d2neko2cat2222222cat.22 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-03.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-5726-unauthenticated",
        "Gmail",
        "DATA",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550-5.7.26 "
        "Gmail requires all senders to authenticate with either SPF or DKIM.\r\n550-5.7.26\r\n550-5.7.26 "
        "Authentication results:\r\n550-5.7.26 DKIM = did not pass\r\n550-5.7.26 SPF "
        "[relay3.example.com] with ip: [192.0.2.22] = did not pass\r\n550-5.7.26\r\n550-5.7.26 For "
        "instructions on setting up authentication, go to\r\n550 5.7.26 "
        "https://support.google.com/mail/answer/81126#authentication c2-202200202020202020222222cat.127 "
        "- gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-04.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-522-over-quota",
        "Gmail",
        "RCPT",
        "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please\r\n552-5.2.2 "
        "direct the recipient to\r\n552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm "
        "c2-202229zmZBNM3agi23.222 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-05.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-5725-no-ptr",
        "Gmail",
        "DATA",
        "550-5.7.25 [192.0.2.202] The IP address sending this message does not have a\r\n550-5.7.25 PTR "
        "record setup, or the corresponding forward DNS entry does not\r\n550-5.7.25 point to the "
        "sending IP. As a policy, Gmail does not accept messages\r\n550-5.7.25 from IPs with missing PTR "
        "records. For more information, go to\r\n550 5.7.25 "
        "https://support.google.com/mail/answer/81126#ip-practices neko-1785a7g6767a6agg.2 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-06.eml",
        host="gmail-smtp-in.l.google.com",
    ),
    said(
        "gmail-571-not-rfc5322",
        "Gmail",
        "DATA",
        "550-5.7.1 This message is not RFC 5322 compliant. There are multiple Subject\r\n550-5.7.1 "
        "headers. To reduce the amount of spam sent to Gmail, this message has\r\n550-5.7.1 been "
        "blocked. Please visit\r\n550-5.7.1 https://support.google.com/mail/?p=RfcMessageNonCompliant "
        "and review\r\n550 5.7.1 RFC 5322 specifications for more information. "
        "c2-aguiqyuiyuqir5678167856aeu8.22 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/rhost-google-08.eml",
        host="aspmx.l.google.com",
    ),
    said(
        "gmail-530-auth-required",
        "Gmail",
        "MAIL",
        "530-5.7.0 Authentication Required. Learn more at\r\n530 5.7.0 "
        "https://support.google.com/mail/?p=WantAuthError "
        "j5-20020a05620a288500b0077d8526bcdesm2261723qkp.86 - gsmtp",
        "https://github.com/dawidd6/action-send-mail/issues/186",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-530-starttls-old",
        "Gmail",
        "MAIL",
        "530 5.7.0 Must issue a STARTTLS command first. pe5sm5768337wjb.15 - gsmtp",
        "https://github.com/virtualzone/tubewarder/issues/29",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-530-starttls-new",
        "Gmail",
        "MAIL",
        "530-5.7.0 Must issue a STARTTLS command first. For more information, go to\r\n530-5.7.0  "
        "https://support.google.com/a/answer/3221692 and review RFC 3207\r\n530 5.7.0 specifications. "
        "d9443c01a7336-1f632416d90sm95628645ad.285 - gsmtp",
        "https://github.com/lx1169732264/zdm/issues/3",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-530-starttls-auth",
        "Gmail",
        "AUTH",
        "530 5.7.0 Must issue a STARTTLS command first. r4sm1044892qkd.9 - gsmtp",
        "https://github.com/vanhauser-thc/thc-hydra/issues/471",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-421-ehlo-dash",
        "Gmail",
        "EHLO",
        "421 4.7.0 Try again later, closing connection. (EHLO)",
        "https://github.com/dawidd6/action-send-mail/issues/196",
        host="smtp.gmail.com",
    ),
    said(
        "gmail-421-low-reputation",
        "Gmail",
        "DATA",
        "421 4.7.0 [203.0.113.9] Our system has detected that this message is suspicious due to the very "
        "low reputation of the sending domain. To best protect our users from spam, the message has been "
        "blocked. Please visit https://support.google.com/mail/answer/188131 for more information. - "
        "gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-421-content",
        "Gmail",
        "DATA",
        "421 4.7.0 [203.0.113.9] Our system has detected that this message is suspicious due to the "
        "nature of the content and/or the links within. To best protect our users from spam, the message "
        "has been blocked. Please visit https://support.google.com/mail/answer/188131 for more "
        "information. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-421-unusual-rate",
        "Gmail",
        "DATA",
        "421 4.7.28 [203.0.113.9] Our system has detected an unusual rate of unsolicited mail "
        "originating from your IP address. To protect our users from spam, mail sent from your IP "
        "address has been temporarily rate limited. Please visit "
        "https://support.google.com/mail/?p=UnsolicitedRateLimitError to review our Bulk Email Senders "
        "Guidelines. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-421-dmarc-alignment",
        "Gmail",
        "DATA",
        "421 4.7.32 This mail has been rate limited because there is no DMARC alignment",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/421.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-451-temporary",
        "Gmail",
        "DATA",
        "451 4.3.0 Mail server temporarily rejected message. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/451.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-452-over-quota-temp",
        "Gmail",
        "RCPT",
        "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient "
        "to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/452.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-550-low-reputation-domain",
        "Gmail",
        "DATA",
        "550 5.7.1 [203.0.113.9] Our system has detected that this message is likely suspicious due to "
        "the very low reputation of the sending domain. To best protect our users from spam, the message "
        "has been blocked. Please visit https://support.google.com/mail/answer/188131 for more "
        "information. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-550-unsolicited",
        "Gmail",
        "DATA",
        "550 5.7.1 [203.0.113.9] Our system has detected that this message is likely unsolicited mail. "
        "To reduce the amount of spam sent to Gmail, this message has been blocked. Please visit "
        "https://support.google.com/mail/?p=UnsolicitedMessageError for more information. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-550-no-from",
        "Gmail",
        "DATA",
        "550 5.7.1 [203.0.113.9 14] Messages missing a valid address in From: header, or having no From: "
        "header, are not accepted. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/550.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-552-size",
        "Gmail",
        "DATA",
        "552 5.2.3 Your message exceeded Google's message size limits. Please visit "
        "http://mail.google.com/support/bin/answer.py?answer=8770 to review our size guidelines.",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/552.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-552-attachment",
        "Gmail",
        "DATA",
        "552 5.7.0 Our system detected an illegal attachment on your message. Please visit "
        "http://mail.google.com/support/bin/answer.py?answer=6590 to review our attachment guidelines.",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/552.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    said(
        "gmail-553-recipient-syntax",
        "Gmail",
        "RCPT",
        "553 5.1.2 The recipient address <user@example.com> is not a valid RFC-5321 address. - gsmtp",
        "https://github.com/ActiveCampaign/smtp-field-manual/blob/main/data/codes/553.json",
        host="gmail-smtp-in.l.google.com",
        exact=False,
    ),
    # Google Workspace
    said(
        "google-relay-450-421-peak",
        "Google Workspace",
        "RCPT",
        "450 4.2.1 Peak SMTP relay limit exceeded for this customer. This is a temporary error. For more "
        "information on SMTP relay limits, contact your administrator",
        "https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes?hl=ja",
        host="smtp-relay.gmail.com",
    ),
    said(
        "google-relay-550-570-denied",
        "Google Workspace",
        "MAIL",
        "550-5.7.0 Mail relay denied [203.0.113.9]. Invalid credentials for relay for\r\n550-5.7.0 one "
        "of the domains in: contoso.example (as\r\n550-5.7.0 obtained from HELO and MAIL FROM).\r\n"
        "550-5.7.0 Email is being sent from a domain or IP address which isn't registered\r\n550-5.7.0 "
        "in your G Suite account. Please login to your G Suite account and\r\n550-5.7.0 verify that your "
        "sending device IP address has been registered within\r\n550-5.7.0 the G Suite SMTP Relay "
        "Settings. For more information, please visit\r\n550 5.7.0 "
        "https://support.google.com/a/answer/6140680#maildenied c31sm1401185itd.5 - gsmtp",
        "https://github.com/Ombi-app/Ombi/issues/1442",
        host="smtp-relay.gmail.com",
        exact=False,
    ),
    said(
        "google-relay-550-571-invalid-cred",
        "Google Workspace",
        "DATA",
        "550-5.7.1 Invalid credentials for relay [203.0.113.9]. The IP address you've\r\n550-5.7.1 "
        "registered in your G Suite SMTP Relay service doesn't match domain of\r\n550-5.7.1 the account "
        "this email is being sent from. If you are trying to relay\r\n550-5.7.1 mail from a domain that "
        "isn't registered under your G Suite account\r\n550-5.7.1 or has empty envelope-from, you must "
        "configure your mail server\r\n550-5.7.1 either to use SMTP AUTH to identify the sending domain "
        "or to present\r\n550-5.7.1 one of your domain names in the HELO or EHLO command. For more\r\n"
        "550-5.7.1 information, please visit\r\n550 5.7.1 "
        "https://support.google.com/a/answer/6140680#invalidcred b10sm22683wmc.24 - gsmtp",
        "https://github.com/TreeBASE/treebase/issues/273",
        host="smtp-relay.gmail.com",
    ),
    said(
        "ses-bounce-521-disabled",
        "Google Workspace",
        "RCPT",
        "550-5.2.1 The email account that you tried to reach is disabled. Learn more at\r\n550 5.2.1 "
        "https://support.google.com/mail/?p=DisabledUser 000000000000eee.000 - gsmtp",
        "https://github.com/sisimai/set-of-emails/blob/master/maildir/bsd/lhost-amazonses-20.eml",
        host="aspmx.l.google.com",
    ),
    said(
        "google-relay-421-ehlo",
        "Google Workspace",
        "EHLO",
        "421 4.7.0 Try again later, closing connection. (EHLO) "
        "v6-20020a50c406000000b00461d375b0a5sm78344edf.43 - gsmtp",
        "https://github.com/calcom/cal.diy/issues/5254",
        host="smtp-relay.gmail.com",
    ),
)
