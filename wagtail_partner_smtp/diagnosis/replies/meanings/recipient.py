"""Refusals of recipients."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import RCPT, RECIPIENT, SENDING, known

UNKNOWN = (
    known(
        Code.RELAY_REFUSED,
        "relay access denied | relaying denied | relay denied | relay not permitted | relaying not permitted |"
        " relay not allowed | relaying not allowed | unable to relay | not permitted to relay | not allowed to"
        " relay | relaying is not allowed | relaying prohibited | relay prohibited | relaying disallowed | no"
        " relaying | not a relay | open relay | relaying is denied | cannot relay | can not relay | wont relay"
        " | do not relay | denied relay | refuse to relay | kein relay | relaying verboten | relais refusé |"
        " relais interdit | not a local domain | domain not hosted here | domain not local | unauthorized"
        " relay | to be relayed | relay restricted",
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
        " not found | recipient not recognized | not a known user",
        stages=RECIPIENT,
        but_not="sender | from | header | headers",
    ),
    known(
        Code.RECIPIENT_UNKNOWN,
        "mailbox unavailable",
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
