"""Refusals of a message for what is in it."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import MESSAGE, SENDING, known

REPLIES = (
    known(
        Code.CONTENT_MALFORMED,
        "header | headers | rfc 5322 | rfc 2822 | rfc5322 | rfc2822 | rfc 822 | rfc822 | message id |"
        " malformed message | malformed mime | rfc compliant | line too long | lines too long | line length |"
        " bare lf | bare linefeed | bare newline | bare line feed | bare lfs | bare cr | invalid message"
        " format | kopfzeile | en tête | *заголов* | *邮件头* | purported"
        " responsible address | subject contains | 8 bit data | line ending | line endings | cabecera"
        " | intestazione"
        " | cabeçalho | nagłówek | mime complexity | improperly formatted",
        stages=MESSAGE,
        but_not="spam | spam score | blocked | domain",
    ),
    known(
        Code.CONTENT_REFUSED,
        "spam* | antispam* | junk | junkmail | unsolicited | virus | viruses | malware | phishing |"
        " phish | infected | trojan | banned content | blocked content | attachment | attachments | content"
        " filter | content rejected | content denied | content not allowed | message content | content policy"
        " | security policies | policy reasons | policy reason | local policy | policy violation | for policy"
        " | message blocked | message filtered | suspicious | suspected | unwanted | bulk mail | high score |"
        " reject by content | rejected by content | abuse | spamverdacht | als spam | pourriel | indésirable |"
        " *спам* | *вирус* | *垃圾邮件* | *病毒* | eicar | score | message has been blocked | message was"
        " blocked | delivery requirements"
        " | below content | unacceptable content | bulk | uribl | pattern detection | ube | uce"
        " | correo no deseado | posta indesiderata | ongewenste e mail"
        " | niechciana | *スパム* | *迷惑メール* | *ウイルス* | *스팸* | *바이러스* | vírus | wirus | wirusa",
        stages=MESSAGE,
    ),
    known(
        Code.CONTENT_REFUSED,
        "message content | virus | malware | spam message | mail content | content rejected"
        " | flagged as spam | looks like spam"
        " | considered as spam",
        stages=SENDING,
    ),
)
