"""Refusals of the sender: no login, an address that is not the login's, a domain that proves nothing."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import MAIL, MESSAGE, SENDING, known

REPLIES = (
    known(
        Code.SENDER_NOT_AUTHENTIC,
        "spf | dkim | dmarc | sender policy framework | domainkeys | sender id",
        but_not="whitelist | dns lookup failure | lookup failure | dns failure | temporary dns | duplicate header",
        stages=SENDING,
    ),
    known(
        Code.ENCRYPTION_REQUIRED,
        "starttls | tls required | tls is required | requires tls | use tls | ssl required | encryption required"
        " | encryption is required | requires encryption | encryption needed | secure connection required"
        " | only over tls | only via tls | without tls | without encryption | without ssl | unencrypted"
        " | encrypted connection | verschlüsselung erforderlich | *требуется шифрование*",
        encrypted=False,
        stages=SENDING,
    ),
    known(
        Code.ENCRYPTION_REQUIRED,
        "tls | ssl | encryption | encrypted | cifrado | crittografia | criptografia | versleuteling | szyfrowanie"
        " | *暗号化* | *암호화* | *шифрован* | *加密*",
        "required | needed | must | only | requires | first | mandatory | requerido | richiesta"
        " | exigida | vereist"
        " | wymagane | *必要* | *필요* | *требуется* | *需要*",
        encrypted=False,
        but_not="recipient server | recipients server | remote server",
        stages=SENDING,
    ),
    known(
        Code.LOGIN_REQUIRED,
        "authentication required | authentication is required | auth required | auth is required | not"
        " authenticated | unauthenticated | please authenticate | must authenticate | must be authenticated |"
        " authenticate first | login first | log in first | login required | login is required | need to"
        " authenticate | needs authentication | requires authentication | require authentication | need"
        " authentication | not logged in | you must log in | please log in | please login | must login |"
        " authenticate before | before sending mail | pop before smtp | check your mail first | check mail"
        " first | check for new mail | auth first | auth command first | authentication needed | without"
        " authentication | no authentication | anonymous | re authenticate | authorization required |"
        " authorization is required | without authorization | unauthorized user | only for authenticated |"
        " authenticated users only | authenticated senders | authentifizierung erforderlich | authentisierung"
        " | bitte authentifizieren | anmeldung erforderlich | nicht authentifiziert | nicht angemeldet |"
        " authentification requise | authentification obligatoire | authentification nécessaire | non"
        " authentifié | *требуется авторизация* | *необходима авторизация* | *требуется аутентификация* |"
        " *不允许匿名* | *需要认证* | *需要验证* | *未认证* | *请先登录* | *没有认证* | smtpauth no | smtp"
        " auth required | autenticación requerida | autenticação necessária | autenticazione richiesta"
        " | requiere autenticación | se requiere autenticación | richiede autenticazione"
        " | autenticação requerida | requer autenticação | authenticatie vereist"
        " | authenticatie is vereist | wymagane uwierzytelnienie | wymaga uwierzytelnienia"
        " | wymagana autoryzacja | *認証が必要* | *인증이 필요*",
        but_not="spf | dkim | dmarc | authentication level | authentication requirements | too many | received as"
        " unauthenticated",
        stages=SENDING,
    ),
    known(
        Code.LOGIN_REQUIRED,
        "unauthenticated commands | commands without authentication",
        stages=SENDING,
    ),
    known(
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        "domain | domains | domaine | *домен* | *域名*",
        "not verified | not a verified | unverified | verify a domain | verify your domain | verify the domain"
        " | verify the sender domain | not been verified | not validated | unvalidated | not confirmed | not"
        " registered | unregistered | not configured | unconfigured | not associated | not added | not set up"
        " | not approved | not found in your account | not allowed to send | nicht verifiziert | nicht"
        " bestätigt | non vérifié | non validé | *не подтвержден* | *не подтверждён* | *未验证* | *未认证* |"
        " not authorized for this account",
        but_not="does not exist | dns | mx | recipient | recipients | relay | relaying | rcpthosts | ip | user"
        " unknown | mailfrom domain not configured",
        stages=SENDING,
    ),
    known(
        Code.SENDER_NOT_VERIFIED,
        "sender | from | from address | sender identity | sender signature | sender address | identity | email"
        " address | signature | absender | absenderadresse | expéditeur | expediteur | *отправител* | *发件人*",
        "not verified | unverified | unvalidated | not been verified | not validated | not confirmed"
        " | unconfirmed | verify your"
        " | not a verified | not an approved | not approved | not registered | unregistered | must be verified"
        " | nicht verifiziert | nicht bestätigt | non vérifié | non validé | *не подтвержден* | *未验证*",
        but_not="recipient address | address verification | unverified recipient | unverified address",
        stages=SENDING,
    ),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "domain of sender | sender domain | senders domain | domain of the sender | mail from domain | from domain"
        " | sender address domain | sending domain | return path domain | absenderdomain | domain des absenders"
        " | domaine de l expéditeur | *домен отправителя* | sender address rejected domain",
        "not found | does not exist | doesnt exist | not exist | not resolve | unresolvable | dns | no mx | mx"
        " | a record | nullmx | invalid | unknown | unroutable | unrouteable | could not be resolved | cannot"
        " be resolved | not accept mail | must exist | must resolve | existiert nicht | introuvable |"
        " inexistant | *не существует* | *не найден*",
        stages=SENDING,
    ),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "sender address rejected | sender rejected | sender address | sender | return path | envelope from",
        "domain not found | does not accept mail | nullmx | malformed dns server reply | host not found |"
        " domain does not exist | unrouteable address | unroutable address | all relevant mx | no valid mx |"
        " no mx | mx record | need fully qualified address | must contain a domain | name or service not known"
        " | dns lookup | unresolvable | not resolve",
        but_not="recipient",
        stages=SENDING,
    ),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        "domain not found | domain does not exist | invalid domain | unresolvable domain"
        " | unroutable sender | sender domain is empty"
        " | fully qualified email address | no such domain | unknown domain"
        " | domain name not found | does not resolve | unrouteable address | host unknown | name service error"
        " | domain must exist | nonexistent domain | no mx record | domain name required",
        stages=MAIL,
    ),
    known(
        Code.SENDER_UNKNOWN,
        "user unknown | unknown user | no such user | no such mailbox | user not found | mailbox not found"
        " | user does not exist | mailbox does not exist | sender unknown | unknown sender",
        stages=MAIL,
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "sender | from | mail from | envelope | envelope sender | return path | login | username | user | account"
        " | authenticated | absender | absenderadresse | expéditeur | *отправител* | *发件人*"
        " | *发信人* | remitente"
        " | mittente | remetente | afzender | nadawca | nadawcy | *差出人* | *送信者* | *발신자* | *보내는 사람*",
        "must match | does not match | doesnt match | do not match | not match | mismatch | mismatched | must"
        " be same as | must be the same as | different from | differs from | not the same | stimmt nicht"
        " überein | ne correspond pas | *не совпадает* | *не соответствует* | *不一致* | *不匹配* | *不相符* |"
        " *必须* | must equal | must belong | not conform | not same as | not identical | not equal"
        " | no coincide | no coinciden"
        " | non corrisponde | não corresponde | não confere | komt niet overeen | nie zgadza się | *一致しません*"
        " | *異なり* | *일치하지*",
        but_not="helo | ehlo | password | header | dns | ptr",
        stages=SENDING,
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "not authorized to send | not authorised to send | not allowed to send | not permitted to send"
        " | restricted to | only send | only allowed to send | only authorized to send | only permitted to send",
        "with the address | with this address | using the address | using this address | sending domain | sending"
        " domains | as this sender | sending address",
        but_not="ip | ip address",
        stages=SENDING,
    ),
    known(
        Code.SENDER_NOT_OWNED,
        "not owned by | not owned | not allowed to send as | not permitted to send as | not authorized to send"
        " as | may not send as | cannot send as | can not send as | send on behalf | sender address is not"
        " allowed | sender not allowed | sender address not allowed | sender is not allowed | envelope sender"
        " not allowed | from address not allowed | from address is not allowed | relaying disallowed as | does"
        " not belong | not belong | not allowed to use this | not allowed to use the sender | not authorized"
        " to use | not authorised to use | not permitted to use | not allowed to use the domain | not allowed"
        " to use the address | sender not permitted | not your address | is not yours"
        " | not one of your | spoofing | spoofed"
        " | not allowed for user | not authorized sender | unauthorized sender | unauthorised sender |"
        " unauthorized from | invalid sender | sender invalid | invalid sender address | sender address"
        " invalid | fake sender | forged sender | absender nicht erlaubt | absender nicht zugelassen |"
        " absenderadresse nicht erlaubt | absenderadresse nicht zugelassen | ungültiger absender | expéditeur"
        " non autorisé | expéditeur invalide | expéditeur refusé | adresse d expéditeur | *не принадлежит* |"
        " *недопустимый адрес отправителя* | *不允许使用*发件人* | not allowed to send from | not authorized"
        " to send from | not authorised to send from | not permitted to send from | not allowed to send mail"
        " from | not authorized to send mail from | not allowed to send email from | not allowed to send"
        " emails from | not allowed to send messages from | may not send from | sender not authorized | sender"
        " not authorised | sender unauthorized | sender is not authorized | not authorized to send on behalf |"
        " permission to send as | permissions to send as | not in the list of allowed senders | not a local"
        " sender | no permission to send as | sendas | authentication for specified email address"
        " | unauthorized use of | unauthorised use of | address is unauthorized"
        " | address is unauthorised | sender is unauthorized"
        " | sender is unauthorised | remitente no autorizado | remitente no permitido"
        " | mittente non autorizzato | remetente não autorizado | remetente não permitido"
        " | afzender niet toegestaan | nadawca niedozwolony | nadawca nieautoryzowany"
        " | *送信者アドレスは許可されていません*",
        but_not="number of | allowed to relay | syntax | malformed",
        stages=SENDING,
    ),
    known(
        Code.SENDER_BLOCKED,
        "sender is blacklisted | sender blacklisted | sender has been blacklisted | sender is banned"
        " | sender is blocked"
        " | sender has been denied | sender is denied | sender has been rejected | denies the sender"
        " | deny the sender | sender was denied"
        " | sender is in my | sender address is in my | badmailfrom | senderfilterconfig"
        " | address has been blacklisted | sender is spammer"
        " | black mail address",
        but_not="ip | your host | client host",
        stages=SENDING,
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "originating from your address | originating from your account | originating from your mailbox | from your"
        " account | from your mailbox | from your email address",
        "unsolicited | spam | unusual | suspicious | abuse",
        but_not="ip",
        stages=SENDING,
    ),
    known(Code.ACCOUNT_DISABLED, "is currently disabled", "user | account", stages=MAIL | MESSAGE),
    known(
        Code.PASSWORD_EXPIRED,
        "password expired | password has expired | change your password | password must be changed",
        stages=SENDING,
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "your account | sender | sending | outgoing | outbound | your mailbox | konto | compte"
        " | subaccount | your domain | *ваш аккаунт* | *您的账号* | *您的帐号* | *您的账户* | submission",
        "suspended | suspension | deactivated | compromised | blocked for spam | temporarily blocked | has"
        " been blocked | is blocked | was blocked | blocked from sending | on hold | paused | banned | under"
        " review | locked | unusual activity | suspicious activity | gesperrt | suspendu | bloqué |"
        " *заблокирован* | *封禁* | *冻结* | *封停* | disabled | terminated | restricted",
        but_not="ip | client host | recipient | recipients | relay | your host | message has been blocked"
        " | message was blocked | message is blocked | policy | cannot be delivered | delivery error"
        " | tried to reach"
        " | trying to contact | destinataire | this account is disabled or | restricted to",
        stages=SENDING,
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "account suspended | account is suspended | account has been suspended | account blocked | account is"
        " blocked | account has been blocked | user suspended | user is suspended | compromised account"
        " | this account is locked | this account has been locked | this account has been disabled",
        but_not="cannot be delivered | delivery error | recipient | tried to reach | trying to contact",
        stages=MAIL | MESSAGE,
    ),
    known(
        Code.SMTP_OFF_FOR_ACCOUNT,
        "not activated | not yet activated | account not active | account is not active | upgrade your | free plan"
        " | your plan does not | your subscription | unpaid | trial account | payment required | *欠费*",
        stages=SENDING,
    ),
)
