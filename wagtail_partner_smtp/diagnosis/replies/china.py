"""QQ, NetEase (163, 126, yeah.net), Aliyun, Sina and Coremail, in English, Chinese and their own numbers."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, MESSAGE, RECIPIENT, SENDER, SENDING, known

REPLIES = (
    # QQ says it in GB 18030 too; what is left of that is the address of the page.
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "authorization code | authorisation code | *授权码* | *授權碼* | 1001256 | service mail qq com",
        stages=LOGIN,
        source="https://github.com/YMFE/yapi/issues/2219",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "mail from address must be same as authorization user | mail from must equal authorized user"
        " | mail from address must be same as authorized user | *发件人*必须* | *与授权用户*",
        stages=SENDING,
        source="https://github.com/nodeSolidServer/node-solid-server/issues/1281",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "sender frequency limited | *发信频率* | *频率限制*",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.CONTENT_REFUSED,
        "mail content denied | suspected spam sender | suspected spam",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "mailbox unavailable or access denied",
        stages=SENDING,
        source="https://github.com/fm/smtp-codes/blob/f506d3491e380e7538bbe579f69e04482753803e/data/codes/550.json",
    ),
    # NetEase: two letters for where, three for why.
    known(
        Code.SMTP_OFF_FOR_MAILBOX,
        "user has no permission",
        stages=LOGIN,
        source="https://github.com/testerSunshine/12306/issues/62",
    ),
    known(
        Code.CONTENT_REFUSED,
        "dt spm | dt sum | mi spb | mi sti",
        stages=SENDING,
        source="https://github.com/jumpserver/jumpserver/issues/644",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "local user only",
        stages=SENDER,
        source="https://github.com/ruanyf/weather-action/issues/5",
    ),
    known(
        Code.CONNECTION_LIMIT,
        "hl icc | connection frequency limited",
        stages=FIRST | SENDING,
        source="https://biecuoliao.com/pa/MBRrwEM.html",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "hl ifc | mi imf | rp qrc | mi nhf | mi dmc | mi sfq | ip frequency limited",
        stages=FIRST | SENDING,
        source="https://biecuoliao.com/pa/MBRrwEM.html",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "hl rep | dt rbl | ip in blacklist | hl ihu | hl mep | wm bli",
        stages=FIRST | SENDING,
        source="https://biecuoliao.com/pa/MBRrwEM.html",
    ),
    known(
        Code.TOO_MANY_RECIPIENTS,
        "rp drc | rp trc",
        stages=SENDING,
        source="https://biecuoliao.com/pa/MBRrwEM.html",
    ),
    known(
        Code.SENDER_BLOCKED,
        "wm blu",
        stages=SENDING,
        source="https://biecuoliao.com/pa/MBRrwEM.html",
    ),
    # Aliyun
    known(
        Code.ACCOUNT_LOCKED,
        "authentication failure 1",
        stages=LOGIN,
        codes=(526,),
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.AUTH_FAILED,
        "authentication failure",
        stages=LOGIN,
        codes=(526,),
        source="https://github.com/alibaba/canal/issues/554",
    ),
    known(
        Code.AUTH_FAILED,
        "username or passwd is null",
        stages=LOGIN,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "doesnt conform with authentication | mail from is non local account | mail from mailbox unavailable"
        " | mail from mailbox name not allowed",
        stages=SENDER,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.QUOTA_PER_DAY,
        "the number of rcpt attempts is achieved",
        stages=SENDING,
        source="http://bestwisewords.com/document_detail/36612.html",
    ),
    known(
        Code.SENDING_TOO_FAST,
        "the total of rcpts is achieved | transient reject by behaviour",
        stages=SENDING,
        source="http://bestwisewords.com/document_detail/36612.html",
    ),
    known(
        Code.MESSAGE_TOO_LARGE,
        "length of data content is achieved",
        stages=MESSAGE,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "account isnt allowed to send",
        stages=LOGIN | SENDING,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "main account unavailable",
        stages=LOGIN | SENDING,
        source="https://www.alibabacloud.com/help/zh/directmail/latest/summary-of-common-email-return-codes-and-solutions",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "account isnt allowed to receive",
        stages=RECIPIENT,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "rcpt",
        "dosnt exist | doesnt exist",
        stages=RECIPIENT,
        source="http://sh-aliyun.com/index.php/Products/detail/cid/0/pid/87.html",
    ),
    # Sina
    known(
        Code.SITE_IP_BLOCKED,
        "black ip",
        stages=FIRST | SENDING,
        source="https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
    ),
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "user is locked",
        stages=RECIPIENT,
        source="https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
    ),
    known(
        Code.LOGIN_REQUIRED,
        "relay check local fail | mailfrom account is a local account",
        stages=SENDING,
        source="http://bestwisewords.com/document_detail/36612.html",
    ),
    known(
        Code.EHLO_NAME_REFUSED,
        "helohost error",
        stages=FIRST,
        source="https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
    ),
    known(
        Code.CONTENT_REFUSED,
        "too many same size mails",
        stages=SENDING,
        source="https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html",
    ),
    # Coremail
    known(
        Code.QUOTA_PER_HOUR,
        "exceeded hour limit",
        stages=SENDING,
        source="https://github.com/gophish/gophish/issues/3231",
    ),
)
