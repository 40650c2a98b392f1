"""Words that many rows need: that something is wrong, switched off, or too much."""

from __future__ import annotations

IS_BAD = (
    "failed | failure | fail | fails | incorrect | invalid | wrong | bad | rejected | denied | not accepted |"
    " unsuccessful | error | mismatch | not correct | not recognized | not valid | refused | unauthorized |"
    " falsch | falsche | ungültig | ungültige | ungueltig | fehlgeschlagen | incorrects | incorrecte |"
    " invalide | invalides | erroné | erronés | échoué | échouée | echoue | incorrecta | inválida | fallida |"
    " errata | fallita | *неверн* | *неправильн* | *ошибка* | *не удалась* | *错误* | *失败* | *有误* | *不正确*"
)
IS_OFF = (
    "disabled | not enabled | is off | switched off | turned off | not allowed | not permitted | not available"
    " | not activated | deactivated | deaktiviert | nicht aktiviert | nicht freigeschaltet | ausgeschaltet |"
    " abgeschaltet | désactivé | désactivée | désactivés | desactive | non activé | pas activé | *отключен* |"
    " *отключён* | *выключен* | *не включен* | *запрещен* | *запрещён* | *未开启* | *未开通* | *已关闭* |"
    " *未启用* | *没有开启*"
)
IS_EXCEEDED = (
    "exceeded | exceeds | exceed | exceeding | reached | reach | limit | limited | over | überschritten |"
    " ueberschritten | erreicht | dépassé | depasse | dépassée | atteint | atteinte | *превышен* | *превышена*"
    " | *достигнут* | *исчерпан* | *лимит* | *超过* | *超出* | *超限* | *上限* | *限制* | exhausted | used up"
)
