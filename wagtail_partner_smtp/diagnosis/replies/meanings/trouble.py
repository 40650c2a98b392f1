"""A server's own trouble, which passes."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import FIRST, SENDING, known
from .words import CHECKS_LOGINS

REPLIES = (
    # What checks logins, which Dovecot waits for before it greets.
    known(
        Code.AUTH_TEMPORARY,
        f"{CHECKS_LOGINS} | sasl",
        "broken | failed | failure | unavailable | not available | unreachable | not ready | down | died | crashed"
        " | out of order | disconnected | not responding",
        stages=FIRST,
        codes=range(400, 500),
    ),
    known(
        Code.SERVER_BUSY,
        "temporary failure | temporary system | temporary server | temporary error | temporary problem |"
        " temporarily unavailable | temporary local problem | server busy | too busy | busy | overloaded |"
        " system resources | insufficient system | internal error | service unavailable | service not"
        " available | system not available | try again later | please try later | retry later | server error |"
        " resources | queue file write error | lookup failure | dns failure | timeout | timed out | went away"
        " | shutting down | maintenance | come back later | system error | temporarily rejected | temporarily"
        " deferred | réessayer | *позже* | *повторите* | *稍后* | *繁忙* | später | too many errors"
        " | upstream error"
        " | disk space | intente más tarde | inténtelo más tarde | inténtelo de nuevo"
        " | riprovare più tardi | riprova più tardi"
        " | tente novamente | mais tarde | probeer later | probeer het later | spróbuj później"
        " | *しばらく* | *나중에*"
        " | network is busy | error in processing | configuration error | config error | currently unavailable"
        " | mail system full | encountered an error | misconfigured | try later | try again in a moment"
        " | try again in a few | try again soon | disk full | disk is full | disk is too full | load shedding"
        " | server not available | server is not available | under heavy load",
        stages=FIRST | SENDING,
        codes=range(400, 500),
    ),
)
