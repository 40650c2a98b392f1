"""Refusals of recipients."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import RCPT, RECIPIENT, SENDING, known

UNKNOWN = (
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "badrcptto | rejected by this user | rejected by the user | recipient has been denied"
        " | reject list | recipient preferences | recipient doesnt want"
        " | recipient does not want | doesnt want your | does not want your | refuses to receive"
        " | refuse to receive"
        " | refuses to accept | rejected by destination | blocked by the recipient"
        " | blocked by recipient | members only"
        " | recipient address rejected not authorized | not allowed to post | closed mailing list | user reject"
        " | mailing list access denied | temporary locked | temporarily locked | receiver denied"
        " | denied your mail"
        " | recipient denied | whitelisted by this recipient | whitelisted by recipient",
        stages=RECIPIENT,
        but_not="sender | your ip | ip address | sending ip",
    ),
    known(
        Code.RELAY_REFUSED,
        "no permission to send | not have permission to send | not allowed to send | not permitted to send | not"
        " authorized to send | not authorised to send",
        "internet mail | internet email | external mail | external email | external recipients"
        " | external addresses",
        stages=RECIPIENT,
    ),
    known(
        Code.RELAY_REFUSED,
        "relay access denied | relaying denied | relay denied | relay not permitted | relaying not permitted |"
        " relay not allowed | relaying not allowed | unable to relay | not permitted to relay | not allowed to"
        " relay | relaying is not allowed | relaying prohibited | relay prohibited | relaying disallowed | no"
        " relaying | not a relay | open relay | relaying is denied | cannot relay | can not relay | wont relay"
        " | do not relay | denied relay | refuse to relay | kein relay | relaying verboten | relais refusé |"
        " relais interdit | not a local domain | domain not hosted here | domain not local | unauthorized"
        " relay | to be relayed | relay restricted"
        " | not a gateway | relaying mail to | not configured to relay | dont handle mail for"
        " | mail relay | rcpthost*",
        stages=SENDING,
        logged_in=True,
    ),
    known(
        Code.RELAY_REFUSED,
        "relay | relaying | relayed | relais | retransmisión | retransmissão | *中継* | *릴레이*",
        "denied | denies | deny | refused | rejected | disabled | disallowed | not allowed"
        " | not permitted | prohibited"
        " | unable | dont | do not | wont | cannot | not available | unauthorized | unauthorised | not authorized"
        " | restricted | denegado | denegada | negada | rifiutato | geweigerd | *拒否* | *거부*",
        but_not="from an open relay | authentication | authenticated | dnsbl | rbl | listed | blacklisted | spam",
        stages=SENDING,
        logged_in=True,
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "user unknown | unknown user | no such user | no such mailbox | no such recipient | no such address |"
        " no such person | user not found | mailbox not found | recipient not found | address not found |"
        " account not found | does not exist | doesnt exist | doesnt have | unknown recipient | recipient"
        " unknown | unknown mailbox | mailbox unknown | unknown address | address unknown | invalid recipient"
        " | invalid mailbox | invalid address | recipient invalid | unknown local part | no mailbox | bad"
        " destination mailbox | undeliverable address | unrouteable address | unroutable address | account is"
        " disabled | mailbox is disabled | mailbox disabled | reach is disabled | account disabled | account"
        " inactive | mailbox inactive | inactive user | user disabled | disabled user | inactive | could not"
        " be found | not our customer | not a valid mailbox | not a valid rfc | malformed address | bad"
        " address syntax | recipient address rejected domain not found | recipient address rejected need fully"
        " qualified | empfänger unbekannt | unbekannter empfänger | benutzer unbekannt | existiert nicht |"
        " destinataire inconnu | destinataire invalide | utilisateur inconnu | adresse inconnue | n existe pas"
        " | *не существует* | *нет такого* | *не найден* | *неизвестный получатель* | *不存在* | *无此用户* | no"
        " longer valid | no longer exists | no longer accepts mail | user is unknown | host not found | domain"
        " not found | recipient not recognized | not a known user"
        " | not exist | not our user | no longer on server | not a registered | is not registered"
        " | invalid domain | domain is not reachable | address invalid | address is invalid"
        " | no account by | no mail box | not a valid user | not a valid recipient | bad address"
        " | user not known | not present in directory | is frozen | discontinued"
        " | account has been disabled | user is terminated | invalid user | no one at this address"
        " | not an active address | disabled recipient | destinatario desconocido | no existe"
        " | usuario desconocido | destinatario sconosciuto | utente sconosciuto | inesistente"
        " | não existe | usuário desconhecido | destinatário inexistente | onbekende gebruiker"
        " | gebruiker onbekend | bestaat niet | nie istnieje | nieznany odbiorca | nieznany użytkownik"
        " | neexistuje | *存在しません* | *宛先不明* | *見つかりません* | *존재하지 않* | *없는 사용자*",
        stages=RECIPIENT,
        but_not="sender | from | header | headers",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "does not accept mail | doesnt accept mail | does not accept incoming"
        " | mail receiving disabled | no mx record | nullmx"
        " | no route for"
        " | no such domain | resolver adr*",
        stages=RCPT,
        but_not="sender",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "user | users | mailbox | recipient | recipients | rcpt | address | addresses | account | host | domain"
        " | destination | email name",
        "unknown | not found | was not found | not exist | t exist | invalid | not present | not known | not local"
        " | not a local | undeliverable | terminated | not active | inactive | suspended | suspend | deactivated"
        " | archived | archivee | frozen | disabled | missing | must exist | unreachable"
        " | not reachable | no longer"
        " | not in my | userunknown | not valid | no valid | is locked | closed | cancelled",
        stages=RCPT,
        codes=(501, 511, 521, 550, 551, 553, 554),
        but_not="sender | from | your | helo | ehlo | header | headers | relay | relaying | access denied"
        " | policy | spam"
        " | ip | client host | authentication | authenticated | authorized | command | parameter | quota",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "mailbox unavailable | mailbox not available | mailbox is unavailable | account unavailable",
        stages=RCPT,
        codes=(550, 553, 554),
        but_not="quota | limit | spam | policy | access",
    ),
)
NOT_ALLOWED = (
    known(
        Code.RECIPIENT_NOT_ALLOWED,
        "recipient | recipients | rcpt | destination | this user | this mailbox | this address | target"
        " address | mailbox | empfänger | destinataire | *получател* | *收件人*",
        "suppressed | suppression | blocked | not allowed | restricted | restrictions | not accepting | does"
        " not accept | not accept | unsubscribed | complained | bounced | opted out | abgelehnt | refusé |"
        " *отклон* | prohibited | not permitted",
        but_not="sender address rejected | sender address | spam | helo",
        stages=RCPT,
    ),
)
