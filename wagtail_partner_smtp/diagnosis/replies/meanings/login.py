"""Refused logins."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import LOGIN, known
from .words import CHECKS_LOGINS, IS_BAD, IS_OFF, IS_WRONG

REPLIES = (
    known(
        Code.MECHANISM_NOT_ALLOWED,
        "mechanism | mechanisms | auth mode | authentication mode | authentication type | auth type | auth method"
        " | authentication method | authentication scheme"
        " | *механизм*",
        "invalid | unsupported | not supported | unrecognized | unrecognised | unknown | not allowed | not"
        " available | disabled | not enabled | not implemented | not offered | unavailable | no | too weak |"
        " not permitted | unimplemented | prohibited | forbidden",
        stages=LOGIN,
    ),
    known(
        Code.MECHANISM_NOT_ALLOWED,
        "command unrecognized | command unrecognised | command not recognized | command not implemented |"
        " unrecognized command | unrecognised command | unknown command | not implemented | auth not supported"
        " | authentication not supported | authentication disabled | authentication is disabled | auth not"
        " available | authentication not available | authentication not allowed | auth not allowed | auth is"
        " not enabled | auth not enabled | authentication not enabled | not advertised",
        stages=LOGIN,
        codes=(500, 502, 503, 504),
    ),
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "application password | application passwords | app password | app passwords | application specific"
        " | app specific | application token | device password | device specific | third party password"
        " | client password | authorization code | authorisation code | auth code | smtp token"
        " | anwendungspasswort | anwendungsspezifisches | anwendungspasswörter | app passwort | app passwörter"
        " | appspezifisches | gerätepasswort | mot de passe d application | mot de passe dapplication"
        " | mot de passe applicatif | *пароль приложения* | *пароля приложения* | *пароль для внешн*"
        " | *пароль для приложени* | *授权码* | *授權碼* | *客户端专用密码* | *专用密码* | *第三方客户端*"
        " | contraseña de aplicación | password per le app | senha de app"
        " | contraseña de aplicaciones | contraseña específica | password per le applicazioni"
        " | password specifica | senha de aplicativo | senha de aplicação | app wachtwoord"
        " | applicatiewachtwoord | hasło aplikacji | hasła aplikacji | hasło do aplikacji"
        " | hasło dla aplikacji | *アプリパスワード* | *アプリ パスワード* | *アプリ用パスワード*"
        " | *앱 비밀번호* | *애플리케이션 비밀번호*",
        stages=LOGIN,
    ),
    known(
        Code.APPLICATION_PASSWORD_REQUIRED,
        "2fa | two factor | two step | 2 step | second factor | 2sv | zwei faktor | zweifaktor | double"
        " authentification | *двухфакторн* | *двухэтапн* | *两步验证* | *二次验证*"
        " | dos pasos | dos factores | due fattori | due passaggi | dois fatores | duas etapas"
        " | tweestaps* | tweefactor* | dwuetapow* | dwuskładnikow* | *2段階* | *二段階* | *2단계* | *2차 인증*",
        stages=LOGIN,
    ),
    known(
        Code.BASIC_AUTH_DISABLED,
        "basic auth | basic authentication | password authentication | password login | password logins |"
        " password based | legacy authentication | legacy auth | less secure apps",
        f"{IS_OFF} | not supported | no longer | deprecated | retired | discontinued | blocked",
        stages=LOGIN,
    ),
    known(
        Code.BASIC_AUTH_DISABLED,
        "use oauth | use oauth2 | use oauth 2 | oauth required | oauth2 required | oauth is required |"
        " requires oauth | requires oauth2 | modern authentication | modern auth | xoauth2 is required | oauth"
        " only | oauth2 only",
        stages=LOGIN,
    ),
    known(
        Code.BROWSER_SIGN_IN_REQUIRED,
        "web browser | your browser | log in to webmail | log into webmail | login to webmail | sign in to webmail"
        " | via webmail | webmail login | web interface | on the website | captcha | confirm your identity"
        " | verify your identity | verify its you | confirm its you | webmail anmelden | webmail einloggen"
        " | *веб интерфейс* | *через браузер* | *网页登录* | *登录网页* | *浏览器* | navigateur"
        " | navegador | przeglądark* | *ブラウザ* | *브라우저*",
        stages=LOGIN,
        but_not="expired | locked | too many",
    ),
    known(
        Code.SMTP_OFF_FOR_ORGANISATION,
        "tenant | organization | organisation | for your domain | for the domain | for this domain",
        IS_OFF,
        stages=LOGIN,
        but_not="account disabled | account is disabled | user disabled | ip",
    ),
    known(
        Code.SMTP_OFF_FOR_ACCOUNT,
        "plan | subscription | trial | credits | credit | payment | unpaid | invoice | balance | tarif | paket"
        " | abonnement | offre | *тариф* | *套餐*",
        "not | no | disabled | unavailable | upgrade | expired | ended | exceeded | required | insufficient |"
        " unpaid | overdue | does not | inactive | abgelaufen | expiré | *не* | *不*",
        stages=LOGIN,
    ),
    known(
        Code.SMTP_OFF_FOR_MAILBOX,
        "smtp | smtp auth | smtp service | smtp access | client access | mail clients | mail programs"
        " | external clients | mailprogramme | mailprogramm | smtpclientauthentication | *почтовые клиенты*"
        " | *почтовых клиентов* | *客户端*",
        IS_OFF,
        stages=LOGIN,
        but_not="ip | tls | ssl | encryption | account is disabled | account disabled | user disabled",
    ),
    known(
        Code.SMTP_OFF_FOR_ACCOUNT,
        "not activated | not yet activated | not subscribed | upgrade your | *欠费* | *未激活*"
        " | not authorized to use this service | not allowed to use this service | not allowed to use smtp"
        " | not authorized to use smtp",
        stages=LOGIN,
    ),
    known(
        Code.LICENCE_MISSING,
        "license | licence | lizenz | no mailbox | mailbox not found | mailbox does not exist | without a mailbox",
        stages=LOGIN,
    ),
    known(
        Code.PASSWORD_EXPIRED,
        "password | passwd | passwort | kennwort | mot de passe | token | api key | key | credentials |"
        " *пароль* | *密码* | contraseña | senha | wachtwoord | hasło | *パスワード* | *비밀번호*",
        "expired | has expired | must be changed | must change | change your | needs to be changed | too weak"
        " | too simple | too short | reset your | revoked | abgelaufen | expiré | *истек* | *устарел* | *过期*"
        " | *过于简单* | compromised | leaked | breached | insecure password | caducado | caducada"
        " | vencida | scaduta"
        " | expirada | expirou | verlopen | wygasło | *期限切れ* | *만료*",
        stages=LOGIN,
        but_not="invalid expired or revoked | invalid or expired | expired or invalid | incorrect or expired",
    ),
    known(
        Code.ACCOUNT_LOCKED,
        "too many | too much | excessive | zu viele | trop de | *слишком много* | *过多* | *次数* | *太多* | max |"
        " maximum | rate limit | rate limited | limit exceeded | frequent | frequently | many failed |"
        " multiple failed | repeated | demasiados | troppi | muitas | te veel | zbyt wiele | zbyt dużo"
        " | *多すぎ* | *초과*",
        "attempt | attempts | auth | auth* | login | logins | log ins | log in | failures | failed | password*"
        " | credentials | errors | anmeldeversuche | versuche | fehlversuche | tentatives | *попыт* |"
        " *неудачных* | *登录* | *失败* | tries | requests | intentos | tentativi | tentativas"
        " | pogingen | prób | próby"
        " | *試行* | *시도*",
        stages=LOGIN,
    ),
    # Locked by people, not by attempts: waiting does not help.
    known(
        Code.ACCOUNT_SUSPENDED,
        "locked | blocked | disabled | gesperrt | verrouillé | bloqué | bloqueada | bloqueado | *заблокирован*",
        "abuse | spam | spamming | suspicion of | violation | violations | fraud | fraudulent | missbrauch"
        " | *спам*",
        stages=LOGIN,
        but_not="temporarily | ip | ip address",
    ),
    known(
        Code.ACCOUNT_DISABLED,
        "locked | blocked | gesperrt | verrouillé | bloqué | bloqueada | bloqueado | *заблокирован*",
        "administratively | administrator | administrators | at the request | on request | by the owner"
        " | by the user | inactivity | permanently | administrativement | administrativo | administrativamente"
        " | dauerhaft | *администратор*",
        stages=LOGIN,
        but_not="temporarily | ip | ip address | attempts | unlock",
    ),
    known(
        Code.ACCOUNT_LOCKED,
        "account locked | account is locked | locked | locked out | lockout | login blocked | temporarily"
        " blocked | temporarily disabled | temporarily banned | temporarily suspended | temporarily restricted"
        " | brute force | bruteforce | gesperrt | verrouillé | bloqué temporairement | temporairement bloqué |"
        " *временно заблокирован* | *заблокирован временно* | *锁定* | *频繁* | login frequency | frequency limit*"
        " | login rate | excessive authentication"
        " | bloqueada temporalmente | bloqueado temporalmente | temporaneamente bloccato"
        " | bloqueada temporariamente | tijdelijk geblokkeerd | tymczasowo zablokowane"
        " | tymczasowo zablokowany | *ロック* | *잠겼* | *잠김*",
        stages=LOGIN,
    ),
    known(
        Code.SITE_IP_NOT_ALLOWED,
        "ip | ip address | ips | client address | your address | your location | this location | your country"
        " | your network | ip adresse | adresse ip | *ip адрес* | *ip地址*",
        "unauthorized | unauthorised | not authorized | not authorised | not allowed | not permitted | not"
        " whitelisted | whitelist | whitelisted | allowlist | allow list | not in the allowed | not trusted |"
        " untrusted | not registered | restricted | restriction | restrictions | nicht erlaubt | nicht"
        " freigegeben | non autorisée | non autorisé | *не разрешен* | *не разрешён* | *запрещен* | *запрещён*"
        " | *白名单* | unrecognized | not recognized",
        stages=LOGIN,
        but_not="blacklist | blacklisted | blocklist | blocklisted | block list | banned | blocked",
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "ip | ip address | client host | your address | ip adresse | adresse ip | *ip адрес* | *ip地址*",
        "blacklist | blacklisted | blocklist | blocklisted | block list | black list | blocked | banned | rbl"
        " | dnsbl | spamhaus | spamcop | listed | reputation | gesperrt | bloquée | *заблокирован* | *черн* |"
        " *黑名单*",
        stages=LOGIN,
    ),
    known(
        Code.ACCOUNT_SUSPENDED,
        "suspended | suspension | spam | spamming | abuse | abusive | account is blocked | account blocked"
        " | account has been blocked | user blocked | user is blocked | mailbox is blocked | mailbox blocked"
        " | compromised | hacked | under review | suspicious | terms of service | suspendu | missbrauch"
        " | *заблокирован* | *блокирован* | *спам* | *封禁* | *冻结* | *封停* | banned | account on hold"
        " | suspendida | suspendido | sospeso | sospesa | suspensa | suspenso | opgeschort | zawieszone"
        " | cuenta bloqueada | account bloccato | conta bloqueada | konto zablokowane"
        " | account geblokkeerd | *凍結* | *정지*",
        stages=LOGIN,
    ),
    known(
        Code.ACCOUNT_DISABLED,
        "account | user | mailbox | konto | postfach | benutzer | compte | utilisateur | *аккаунт* |"
        " *пользователь* | *ящик* | *учетная запись* | *账号* | *账户* | *帐号* | *用户*"
        " | cuenta | usuario | buzón | conta | usuário | casella | utente | gebruiker | użytkownik"
        " | skrzynka | *アカウント* | *계정* | účet",
        "disabled | deactivated | inactive | not active | inactivated | deleted | closed | expired | terminated"
        " | deaktiviert | inaktiv | gelöscht | désactivé | desactive | supprimé | *отключен* | *удален* | *удалён*"
        " | *неактив* | *停用* | *禁用* | *注销* | not enabled"
        " | desactivada | desactivado | deshabilitada | desativada | disattivato | disabilitato"
        " | disabilitata | uitgeschakeld | wyłączone | usunięte | nieaktywne | *停止* | *비활성* | *사용 중지*",
        stages=LOGIN,
    ),
    known(
        Code.LOGIN_AGAINST_POLICY,
        "security policy | policy | policies | mfa | multi factor | multifactor | conditional access | richtlinie",
        stages=LOGIN,
    ),
    known(
        Code.ENCRYPTION_REQUIRED,
        "starttls | tls | ssl | encryption | encrypted | secure connection | verschlüsselung | verschlüsselt"
        " | lack of security | chiffrement | chiffrée | *шифрован* | *加密*"
        " | cifrado | cifrada | crittografia | crittografata | criptografia | criptografada"
        " | versleuteling | versleutelde | szyfrowanie | szyfrowane | *暗号化* | *암호화*",
        "required | first | must | need | needed | needs | only | requires | not allowed | without | use |"
        " enable | issue | erforderlich | benötigt | requis | requise | *требуется* | *необходим* | *需要* |"
        " *必须* | over | insecure | lack of"
        " | requiered | requerida | requerido | requiere | richiesta | richiede | exigida | vereist"
        " | wymagane | wymaga | *必要* | *필요*",
        stages=LOGIN,
        encrypted=False,
    ),
    # Whatever the number: nobody has looked at the password.
    known(
        Code.AUTH_TEMPORARY,
        f"{CHECKS_LOGINS} | backend | ldap | radius | active directory | domain controller | directory server"
        " | directory service | database",
        "broken | unavailable | not available | unreachable | not reachable | cannot be reached | not ready | down"
        " | died | crashed | out of order | disconnected | not responding | no response | connection lost"
        " | lost connection | connection failed | connection failure | connection error | connection refused"
        " | cannot connect | cant connect | could not connect | unable to connect | cannot contact | cant contact"
        " | timeout | timed out | time out | busy | overloaded | offline | query failed | lookup failed"
        " | nicht erreichbar | nicht verfügbar | indisponible | injoignable | *недоступ* | *不可用*"
        " | no disponible | non disponibile | não disponível | niet beschikbaar | niedostępn*",
        stages=LOGIN,
    ),
    known(
        Code.AUTH_TEMPORARY,
        "temporary authentication | temporary auth | temporary login | temporary failure | temporary internal"
        " | temporary error | temporary system | temporary server | temporary problem | temporary lookup"
        " | temporary local | temporarily unavailable | temporarily not available | temporarily failed"
        " | temporarily unable | auth temporarily | authentication temporarily | login temporarily | at present"
        " | internal server error | internal error | internal failure | internal authentication | server failure"
        " | server error | system error | system problem | system failure | system busy"
        " | server busy | server is busy | system is busy | service unavailable | service not available"
        " | transient failure | no memory available | database error | ldap error | lookup failure"
        " | try again later | try later | retry later | come back later"
        " | vorübergehend | momentan nicht | derzeit nicht | zurzeit nicht | später | temporairement | plus tard"
        " | *временно* | *позже* | *внутренняя ошибка* | *稍后* | *暂时* | *系统繁忙* | *系统错误* | *内部错误*"
        " | temporalmente | más tarde | temporaneamente | più tardi | temporariamente | mais tarde | tijdelijk"
        " | probeer het later | tymczasow* | później | *しばらく* | *一時的* | *나중에* | *일시적*",
        stages=LOGIN,
        but_not=IS_WRONG,
    ),
    known(
        Code.LOGIN_UNKNOWN,
        "invalid username | invalid user name | invalid login name | unknown user | user unknown | no such user"
        " | user not found | username not found | user does not exist | user doesnt exist | account does not exist"
        " | account doesnt exist | account not found | unknown account | no such account | unknown username"
        " | unknown login | login not found | username does not exist | username unknown | not a valid username"
        " | benutzer unbekannt | unbekannter benutzer | benutzername unbekannt | utilisateur inconnu"
        " | compte inexistant | *пользователь не найден* | *нет такого пользователя* | *用户不存在*"
        " | *账号不存在* | *帐号不存在* | *用户名错误* | bad username | incorrect username"
        " | user not exist | no existe el usuario | usuario no existe | usuario desconocido"
        " | utente sconosciuto | utente inesistente | usuário desconhecido | usuário inexistente"
        " | gebruiker onbekend | onbekende gebruiker | nieznany użytkownik | *ユーザーが存在しません*"
        " | *존재하지 않는*",
        stages=LOGIN,
        but_not="password | passwort | kennwort | mot de passe | *пароль* | *密码* | passwd | contraseña | senha"
        " | wachtwoord | hasło | *パスワード* | *비밀번호*",
    ),
    known(
        Code.AUTH_FAILED,
        "authentication | auth | authenticate | credentials | credential | password | passwd | passwort |"
        " kennwort | zugangsdaten | anmeldedaten | anmeldung | benutzername | authentifizierung |"
        " authentisierung | mot de passe | identifiants | authentification | identification | contraseña |"
        " autenticación | senha | autenticação | autenticazione | *пароль* | *логин* | *авторизац* |"
        " *аутентификац* | *учетные данные* | *密码* | *认证* | *验证* | *登录* | username | user name | login"
        " | api key | token | authorization | authorisation | user pass | user or password"
        " | user password | logon | sign in | usuario"
        " | usuário | utente | gebruikersnaam | wachtwoord | authenticatie | hasło | uwierzytelnianie"
        " | uwierzytelnienie"
        " | uwierzytelniania | heslo | *パスワード* | *認証* | *ユーザー名* | *비밀번호* | *인증*"
        " | *로그인* | *아이디*",
        f"{IS_BAD} | not authorized | no permission",
        stages=LOGIN,
        codes=(435, 501, 525, 526, 530, 534, 535, 550, 551, 553, 554, 571),
        but_not="at present | temporary | temporarily | later",
    ),
    # Some say it with the number of a way of logging in that they do not have.
    known(
        Code.AUTH_FAILED,
        "authentication failed | authentication failure | login failed | invalid credentials | incorrect password"
        " | wrong password | invalid password",
        stages=LOGIN,
        codes=(500, 504),
    ),
)
