"""The endpoints of Connect and Disconnect. Like all of the SMTP tab, they check the permission first, and use
JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

from ... import audit
from ...oauth import consent
from ...smtp.errors import SMTPError
from ..badges import partner_badge
from ..tab import answers
from ..tab.endpoints import AccountView
from . import pending, words
from .callback import callback_url
from .standing import standing, wants_consent


class ConnectView(AccountView):
    """The provider's address for the saved account: ``url``, which the script opens. 400 if there is none.

    It is returned, not redirected to: a policy with ``form-action 'self'`` stops a form that ends elsewhere.
    """

    changes_account = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        if not wants_consent(self.partner):
            return answers.refused(400, "consent_not_wanted", str(words.NOT_WANTED))
        try:
            attempt = consent.attempt(self.partner, callback_url(request))
            state = pending.new_state()
            url = consent.address(self.partner, attempt, state)
        except SMTPError as error:
            return answers.refused(400, error.code, words.failed(error, self.partner))
        waiting = pending.Pending(
            user=str(request.user.pk),
            model=self.partner._meta.label_lower,
            pk=str(self.partner.pk),
            attempt=attempt,
        )
        pending.remember(request.session, state, waiting)
        return answers.answer({"url": url})


class DisconnectView(AccountView):
    """Forgets the connection, and withdraws it where the provider can: 200, whatever the provider says."""

    changes_account = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        at_provider = consent.disconnect(self.partner)
        audit.log_disconnected(self.partner, request.user)
        return answers.answer(
            {
                "message": words.disconnected(at_provider=at_provider),
                "standing": standing(self.partner).as_dict(),
                "badge": answers.badge_as_dict(partner_badge(self.partner)),
            }
        )
