"""Providers of Korea and Japan, and more of the Chinese ones."""

from __future__ import annotations

from .sample import Sample, said

REPLIES: tuple[Sample, ...] = (
    # Yahoo Japan
    said(
        "yahoo-japan-554-allowed-allowed-dm",
        "Yahoo Japan",
        "DATA-END",
        "554 Message not allowed - 554 Message not allowed - DM Email not accepted for policy "
        "reasons. Please visit https://www.yahoo-help.jp/app/answers/detail/a_id/80870/p/622 [895]",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/lhost-postfix-68.eml",
    ),
    # NTT docomo
    said(
        "ntt-docomo-552-too-much-mail",
        "NTT docomo",
        "RCPT",
        "552 Too much mail data user@docomo.example",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/err/make-test-03.eml",
        exact=False,
    ),
    # QQ Mail
    said(
        "qq-mail-550-ip-frequency-limited",
        "QQ Mail",
        "DATA-END",
        "550 Ip frequency limited [V2VkIEFwciAgMyAxNjozNjo1OSBKU1QgMjAxOQo=/RkNGMjlFQTVEQ0E Blocked "
        "IP 192.0.2.22]. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-tencent-01.eml",
    ),
    said(
        "qq-mail-550-connection-frequency-limited",
        "QQ Mail",
        "DATA-END",
        "550 Connection frequency limited [Q1YzZ3kxdnRYYnpkbVZ0MAo+QTMzMTMzRjUxNzQ4Cg/MTI3MTY2MDge= "
        "Blocked IP 192.0.2.22]. "
        "http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722",
        "https://github.com/sisimai/set-of-emails/blob/18e585c22288b83c1f6943949cb86b2623b362ce/maildir/bsd/rhost-tencent-02.eml",
    ),
    said(
        "qq-mail-503-need-ehlo-auth",
        "QQ Mail",
        "MAIL",
        "503 Error: need EHLO and AUTH first !",
        "https://github.com/search?type=code&q=%22need+EHLO+and+AUTH+first%22",
        exact=False,
    ),
    said(
        "qq-mail-530-secure-connection-requiered",
        "QQ Mail",
        "AUTH",
        "530 Error: A secure connection is requiered(such as ssl).",
        "https://github.com/search?type=code&q=%22A+secure+connection+is+requiered%22",
        exact=False,
    ),
    # Naver
    said(
        "naver-421-ip-filtered-connection",
        "Naver",
        "BANNER",
        "421 4.3.2 Your IP(203.0.113.5) is filtered and this connection will be closed. You must "
        "register your IP to http://realip.naver.com",
        "https://puffinknight.tistory.com/102",
        exact=False,
    ),
    said(
        "naver-535-username-password-accepted",
        "Naver",
        "AUTH",
        "535 5.7.1 Username and Password not accepted HvoVq2O0SIioNuVQSjs-XA - nsmtp",
        "https://github.com/search?type=code&q=%22535+5.7.1+Username+and+Password+not+accepted%22+nsmtp",
        exact=False,
    ),
    said(
        "naver-554-sender-unauthorized-elkxyhrzallky",
        "Naver",
        "MAIL",
        "554 5.7.1 The sender address is unauthorized e8elkxYhRzaLlkY-Ah049w - nsmtp",
        "https://github.com/search?type=code&q=%22The+sender+address+is+unauthorized%22+nsmtp",
        exact=False,
    ),
    said(
        "naver-550-no-such-more",
        "Naver",
        "RCPT",
        "550 5.1.1 No such user. For more information, go to "
        "https://help.naver.com/alias/mail/newmail10.naver AbCdEf-12 - nsmtp",
        "https://github.com/search?type=code&q=%22newmail10.naver%22",
        exact=False,
    ),
    # Daum (Kakao)
    said(
        "daum-554-das-mail-blocked",
        "Daum (Kakao)",
        "DATA-END",
        "554 5.7.1 DAS51 203.0.113.9: Your mail is blocked automatically by anti-spam system. (E06)",
        "https://auctionpro.co.kr/?p=2544",
        exact=False,
    ),
    said(
        "daum-421-chic-network-busy",
        "Daum (Kakao)",
        "BANNER",
        "421 4.4.1 CHIC 203.0.113.9: Network is busy.",
        "https://oliveit.tistory.com/39",
        exact=False,
    ),
    said(
        "daum-421-ccrt-connection-refused",
        "Daum (Kakao)",
        "BANNER",
        "421 4.4.5 CCRT 203.0.113.9: Connection refused. Server is busy(RT)",
        "https://oliveit.tistory.com/39",
        exact=False,
    ),
    said(
        "daum-550-rusr-no-such",
        "Daum (Kakao)",
        "RCPT",
        "550 5.1.1 RUSR 203.0.113.9: No such user: <user@example.com>",
        "https://oliveit.tistory.com/39",
        exact=False,
    ),
    said(
        "daum-550-rdeny-receiver-denied",
        "Daum (Kakao)",
        "RCPT",
        "550 5.7.1 RDENY 203.0.113.7: The receiver denied your mail. Please contact the receiver "
        "with another way.: <user@example.com>",
        "https://github.com/search?type=code&q=%22Podane+konto+jest+zablokowane+administracyjnie%22",
    ),
    # NetEase 163
    said(
        "netease-163-450-wm-bli",
        "NetEase 163",
        "RCPT",
        "450 WM:BLI",
        "https://biecuoliao.com/pa/MBRrwEM.html",
        exact=False,
    ),
    said(
        "netease-163-450-wm-blu",
        "NetEase 163",
        "RCPT",
        "450 WM:BLU",
        "https://biecuoliao.com/pa/MBRrwEM.html",
        exact=False,
    ),
    said(
        "netease-163-421-hl-mep",
        "NetEase 163",
        "BANNER",
        "421 HL:MEP",
        "https://biecuoliao.com/pa/MBRrwEM.html",
        exact=False,
    ),
    said(
        "netease-163-451-mi-sfq",
        "NetEase 163",
        "MAIL",
        "451 MI:SFQ",
        "https://biecuoliao.com/pa/MBRrwEM.html",
        exact=False,
    ),
    # Sina
    said(
        "sina-552-by-anti-spam",
        "Sina",
        "DATA-END",
        "552 message rejected by anti-spam engine.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-553-host-denies-sender",
        "Sina",
        "MAIL",
        "553 host denies the sender.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-554-sender-unvalidated",
        "Sina",
        "MAIL",
        "554 sender is unvalidated.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-554-rbl-deny",
        "Sina",
        "RCPT",
        "554 rbl deny.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-553-host-denies-relay",
        "Sina",
        "RCPT",
        "553 host denies relay.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-556-remote-ip-check",
        "Sina",
        "MAIL",
        "556 remote ip check error.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-451-auth-mode-unsupported",
        "Sina",
        "AUTH",
        "451 auth mode unsupported.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-552-virus-found",
        "Sina",
        "DATA-END",
        "552 Virus found.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
    said(
        "sina-552-looping",
        "Sina",
        "DATA-END",
        "552 looping message.",
        "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
        exact=False,
    ),
)
