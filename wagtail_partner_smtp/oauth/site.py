"""A site's own source of access tokens, ``PARTNER_SMTP_TOKEN_PROVIDER``."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field

from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.names import log_facts
from ..account.row import SMTPAccount
from ..smtp.errors import Code, TokenError
from ..smtp.settings import is_token
from ..smtp.stages import Stage
from ..smtp.token_source import AccessToken

log = logging.getLogger("wagtail_partner_smtp")


@dataclass(frozen=True, kw_only=True)
class SiteTokenSource:
    """Asks the site's function each time: keeping tokens is its own business."""

    identity: tuple[str, ...] = field(repr=False)
    partner: SMTPAccount = field(repr=False, compare=False)

    @classmethod
    @sensitive_variables()
    def of(cls, partner: SMTPAccount) -> SiteTokenSource:
        identity = (*partner.smtp_oauth_identity(), str(partner.smtp_uuid), conf.token_provider())
        return cls(identity=identity, partner=partner)

    def token(self, deadline: float) -> AccessToken:
        return self._ask(renew=False)

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        return self._ask(renew=True)

    @sensitive_variables()
    def _ask(self, *, renew: bool) -> AccessToken:
        try:
            found = import_string(conf.token_provider())(self.partner, renew=renew)
        # The site's code can fail by whatever error it likes; its text could hold the token.
        except Exception as error:
            raise self._failure(type(error).__name__) from None
        if isinstance(found, str):
            # Of unknown age: if it is refused, the function may have a newer one.
            found = AccessToken(value=found, age=0.0 if renew else math.inf)
        if isinstance(found, AccessToken) and is_token(found.value):
            return found
        reason = "a token that cannot be one" if isinstance(found, AccessToken) else type(found).__name__
        # It may hold a token all the same, and error reports show the variables of frames.
        del found
        raise self._failure(reason)

    def _failure(self, reason: str) -> TokenError:
        facts = log_facts(self.partner) | {"reason": reason}
        log.error("The site's own source has no access token for %(partner)s: %(reason)s", facts, extra=facts)
        return TokenError(Code.OAUTH_SOURCE_FAILED, stage=Stage.TOKEN, facts={"reason": reason})
