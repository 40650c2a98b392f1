"""Limits: of time, of number, of size."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import FIRST, RCPT, RECIPIENT, SENDING, known
from .words import IS_EXCEEDED

_ENVELOPE = FIRST | SENDING

REPLIES = (
    known(
        Code.GREYLISTED,
        "greylisted | graylisted | greylist | graylist | greylisting | graylisting | grey listed | gray listed"
        " | grey listing | gray listing | postgrey | liste grise | graue liste | *грейлист* | *серый список*"
        " | *灰名单* | triplet | retry after sometime"
        " | intentional policy rejection | lista gris | listas grises | *グレイリスト*"
        " | *グレーリスト* | *그레이리스트*",
        stages=_ENVELOPE,
    ),
    known(
        Code.MESSAGE_TOO_LARGE,
        "size limit | size limits | message size | size exceeds | exceeds size | exceeds the size | maximum"
        " size | exceeds maximum message | size exceeded | maximum message size | message length | max message"
        " size | attachment size | nachrichtengröße | maximale größe | taille limite | taille maximale |"
        " *размер письма* | *размер сообщения* | *邮件大小* | fixed maximum | content length"
        " | size exceed | databytes limit | too much mail data | too much data | tamaño máximo"
        " | tamaño del mensaje | tamanho máximo | tamanho da mensagem | dimensione massima"
        " | dimensioni massime | maximale grootte | maksymalny rozmiar | rozmiar wiadomości | *メッセージサイズ*"
        " | *サイズ制限*",
        but_not="mailbox size | mailbox full | quota | inbox | recipient overquota | header size",
        stages=SENDING,
    ),
    known(
        Code.MESSAGE_TOO_LARGE,
        "message | mail | email | e mail | data | content | attachment | attachments | body | nachricht |"
        " anhang | courriel | pièce jointe | *письмо* | *сообщение* | *邮件* | *附件* | mensaje"
        " | adjunto | messaggio | allegato"
        " | mensagem | anexo | bericht | bijlage | wiadomość | załącznik | *メール* | *メッセージ*"
        " | *添付* | *메일* | *첨부*",
        "too large | too big | too long | too huge | larger than | bigger than | zu groß | zu gross | trop"
        " volumineux | trop gros | trop grand | *слишком больш* | *过大* | *太大* | oversize | oversized"
        " | demasiado grande | troppo grande | muito grande | te groot | zbyt duża | zbyt duży | za duża"
        " | *大きすぎ* | *너무 큽* | *너무 커*",
        but_not="line too long | lines too long | header | headers | mailbox",
        stages=SENDING,
    ),
    known(
        Code.RECIPIENT_MAILBOX_FULL,
        "mailbox full | mailbox is full | user is full | mailbox size | inbox is full | inbox full | over"
        " quota | overquota | exceeded storage | storage allocation | storage space | out of storage | disk"
        " quota | disk full | recipient quota | mailbox quota | recipient storage full | recipients mailbox is"
        " full | account is full | mailbox exceeds | mailbox has exceeded | postfach voll | postfach ist voll"
        " | boîte pleine | boite pleine | boîte aux lettres pleine | *ящик переполнен* | *переполнен* |"
        " *邮箱已满* | *空间不足* | would exceed mailbox | box full | mail box full | users mailbox is full"
        " | full mailbox | not enough storage | quota violation | space has been used up | disc quota"
        " | exceeding its mailbox quota | too many messages on the server | exhausted allowed storage"
        " | mailfolder is full | buzón lleno | buzón está lleno | casella piena | casella è piena"
        " | caixa cheia | caixa postal cheia | caixa de correio cheia | postvak vol | postvak is vol"
        " | mailbox vol | skrzynka pełna | skrzynka jest pełna | przepełniona"
        " | *メールボックスがいっぱい* | *ディスク容量*"
        " | *사서함이 가득* | *메일함이 가득* | *용량이 부족*"
        " | their quota | user is over | user has exceeded quota | over the allowed quota"
        " | userdisk quota | domaindisk quota | diskspace quota | no space left | enough space"
        " | mailbox limit | his quota | exceed maximum allowed storage"
        " | exceeded the local limit | exceeded storage",
        but_not="sending quota | send quota | daily | hourly | per day | per hour",
        stages=RECIPIENT,
    ),
    # RFC 5321 4.2.3: the code for a mailbox's storage.
    known(Code.RECIPIENT_MAILBOX_FULL, "quota | quotas | storage | disk space", stages=RCPT, codes=(552,)),
    known(
        Code.TOO_MANY_RECIPIENTS,
        "too many recipients | too many rcpt | too many rcpts | too many addresses | recipient limit |"
        " recipients limit | maximum recipients | max recipients | maximum number of recipients | number of"
        " recipients | max rcpt | zu viele empfänger | trop de destinataires | *слишком много получателей* |"
        " *收件人过多* | *收件人数* | *收件人太多* | recipients per message | recipients per email |"
        " recipients exceeds | rcpt limit | recipient count"
        " | demasiados destinatarios | troppi destinatari | muitos destinatários | te veel ontvangers"
        " | zbyt wielu odbiorców | *宛先が多すぎ* | *수신자가 너무*",
        but_not="per day | daily | hourly | per hour | per minute | hour | day | 24 hours | month",
        stages=SENDING,
    ),
    known(
        Code.QUOTA_PER_DAY,
        "daily | per day | a day | 24 hours | 24 hour | 24h | today | each day | in one day | täglich |"
        " tägliches | tageslimit | tageskontingent | pro tag | par jour | quotidien | quotidienne | journalier"
        " | journalière | *в день* | *в сутки* | *суточн* | *дневн* | *每日* | *每天* | *当日* | *当天* |"
        " *今日* | *单日* | diario | diaria | por día | al día | diário | por dia | giornaliero"
        " | al giorno | dagelijkse"
        " | per dag | dzienny | dziennie | dzienna | *1日* | *一日* | *하루* | *일일*",
        f"{IS_EXCEEDED} | quota | quotas | maximum | max | allowed | only | kontingent | too many | *лимит*",
        but_not="mailbox full | wait",
        stages=_ENVELOPE,
    ),
    known(
        Code.QUOTA_PER_HOUR,
        "hourly | per hour | an hour | hour | one hour | 60 minutes | last hour | pro stunde | stündlich |"
        " stundenlimit | par heure | horaire | *в час* | *часовой* | *每小时* | *小时* | 1 hours"
        " | por hora | all ora"
        " | per uur | na godzinę | godzinowy | *1時間* | *時間あたり* | *시간당*",
        f"{IS_EXCEEDED} | quota | maximum | max | allowed | only | kontingent | too many",
        but_not="try again in | retry in | again after | wait",
        stages=_ENVELOPE,
    ),
    known(
        Code.SENDING_TOO_FAST,
        "too fast | too quickly | too rapidly | rate limit | rate limited | rate limits | ratelimit |"
        " ratelimited | ratelimiting | sending rate | message rate | rate exceeded | throttled | throttling |"
        " throttle | slow down | too many messages | too many emails | too many mails | too many requests |"
        " too much mail | too much email | per minute | per second | per connection | per session | short"
        " period | short time | too frequent | too frequently | too often | excessive volume | unexpected"
        " volume | unusual rate | sending frequency | flood | flooding | zu schnell | zu viele nachrichten |"
        " zu viele mails | zu viele e mails | trop rapide | trop de messages | trop de mails | *слишком част*"
        " | *слишком быстр* | *слишком много сообщений* | *слишком много писем* | *频率* | *过快* | *频繁* |"
        " submission rate | mail rate | many recent messages | too many bad recipients | too many invalid"
        " | too many unknown recipients | minutes allowed | minute allowed | last 5 minutes | last 10 minutes"
        " | last 15 minutes | last 30 minutes | frequency limit* | try again slower | sending too many"
        " | sent too many"
        " | send too many | demasiados mensajes | demasiados correos | troppi messaggi | muitas mensagens"
        " | te veel berichten | zbyt wiele wiadomości | *送信制限* | *送信数* | *발송 제한* | *전송 제한*",
        but_not="authentication failures | auth failures",
        stages=_ENVELOPE,
    ),
    known(
        Code.QUOTA_REACHED,
        "quota | quotas | sending limit | send limit | sending limits | message limit | email limit | mail"
        " limit | límite de envío | límite de envíos | limite di invio | limite de envio"
        " | verzendlimiet | limit wysyłki"
        " | limit wysyłania | limit wiadomości | *送信上限* | *발송 한도* | credits | credit"
        " | outgoing limit | outbound limit | usage limit | account limit |"
        " versandlimit | sendelimit | kontingent | limite d envoi | *лимит* | *配额* | *限额* | *额度* | limit of"
        " messages | outgoing messages | number of messages | limit on messages | limit of emails | monthly |"
        " per month | plan limit | allowance",
        f"{IS_EXCEEDED} | insufficient | no | out of | not enough",
        but_not="mailbox full | is full | mailbox quota | mailbox has | recipients mailbox | inbox | over quota"
        " | queue | storage | disk | users quota | user quota",
        stages=_ENVELOPE,
    ),
)
