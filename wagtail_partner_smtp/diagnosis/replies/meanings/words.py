"""Words that many rows need: that something is wrong, switched off, or too much; and what checks logins."""

from __future__ import annotations

IS_BAD = (
    "failed | failure | fail | fails | incorrect | invalid | wrong | bad | rejected | denied | not accepted |"
    " unsuccessful | error | mismatch | not correct | not recognized | not valid | refused | unauthorized |"
    " falsch | falsche | ungültig | ungültige | ungueltig | fehlgeschlagen | incorrects | incorrecte |"
    " invalide | invalides | erroné | erronés | échoué | échouée | echoue | incorrecta | inválida | fallida |"
    " errata | fallita | *неверн* | *неправильн* | *ошибка* | *не удалась* | *错误* | *失败* | *有误* | *不正确*"
    " | failing | incorrectly | incorrecto | incorrectos | incorrectas | inválido | inválidos | falló"
    " | fallado | errónea | errato | errati | non valido | non valida | non valide | non corretto"
    " | non corretta | non corrette | incorreta | incorreto | inválidas | falhou | falha | onjuist"
    " | onjuiste | ongeldig | ongeldige | mislukt | nieprawidłowy | nieprawidłowe | nieprawidłowa"
    " | niepoprawny | niepoprawne | niepoprawna | błędny | błędne | błędna | nie powiodło się"
    " | nie powiodła się | nesprávné | neplatné | *違い* | *正しくありません* | *間違* | *失敗*"
    " | *無効* | *올바르지* | *잘못*"
    " | *실패* | *일치하지*"
)
IS_OFF = (
    "disabled | not enabled | is off | switched off | turned off | not allowed | not permitted | not available"
    " | not activated | deactivated | deaktiviert | nicht aktiviert | nicht freigeschaltet | ausgeschaltet |"
    " abgeschaltet | désactivé | désactivée | désactivés | desactive | non activé | pas activé | *отключен* |"
    " *отключён* | *выключен* | *не включен* | *запрещен* | *запрещён* | *未开启* | *未开通* | *已关闭* |"
    " *未启用* | *没有开启*"
    " | desactivado | desactivada | deshabilitado | deshabilitada | disabilitato | disattivato"
    " | non abilitato | desativado | desabilitado | não habilitado | uitgeschakeld | niet ingeschakeld"
    " | wyłączony | wyłączone | nieaktywny | nie jest włączone | *無効* | *許可されていません*"
    " | *사용 안* | *비활성*"
)
IS_EXCEEDED = (
    "exceeded | exceeds | exceed | exceeding | reached | reach | limit | limited | over | überschritten |"
    " ueberschritten | erreicht | dépassé | depasse | dépassée | atteint | atteinte | *превышен* | *превышена*"
    " | *достигнут* | *исчерпан* | *лимит* | *超过* | *超出* | *超限* | *上限* | *限制* | exhausted | used up"
    " | superado | superada | excedido | excedida | alcanzado | rebasado | límite | limite | superato"
    " | raggiunto | atingido | ultrapassado | overschreden | bereikt | przekroczony | przekroczono"
    " | przekroczenie | osiągnięto | překročen | *超え* | *超過* | *초과* | *한도* | *제한*"
)
CHECKS_LOGINS = (
    "auth process | authentication process | auth service | authentication service | auth server |"
    " authentication server | authentication system | login service | login server | auth backend |"
    " authentication backend | auth daemon | authentication daemon | authdaemon | saslauthd |"
    " authentifizierungsdienst | authentifizierungsserver |"
    " anmeldedienst | anmeldeserver | service dauthentification | service d authentification |"
    " serveur dauthentification | serveur d authentification | *сервер аутентификации* | *сервис аутентификации* |"
    " *认证服务* | *認証サーバ* | *인증 서버* | servidor de autenticación | servidor de autenticação |"
    " server di autenticazione | authenticatieserver | serwer uwierzytelniania"
)
# Of what was typed, in the words of those who have looked at it.
IS_WRONG = (
    "wrong | incorrect | incorrectly | invalid | bad | mismatch | not accepted | not correct | not valid |"
    " falsch | falsche | ungültig | ungültige | invalide | invalides | incorrects | incorrecte | incorrecta |"
    " incorrecto | incorrectos | inválido | inválida | inválidos | errata | errato | errati | non valido | non"
    " valida | onjuist | onjuiste | ongeldig | ongeldige | nieprawidłow* | niepoprawn* | błędn* | *неверн* |"
    " *неправильн* | *密码错误* | *不正确* | *有误* | *違い* | *正しくありません* | *올바르지* | *일치하지*"
)
