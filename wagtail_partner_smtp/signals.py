"""The signals. An exception of one receiver is logged; the other receivers are still called.

The first two are sent by ``check_partner_smtp --alert``, after all tests, the first also by workers, of real
mail; the others by whatever delivers queued mail, once what they tell of is stored.
"""

from __future__ import annotations

from django.dispatch import Signal

partner_mail_changed = Signal()
"""A partner's mail stopped working, or works again.

Arguments: ``sender`` (the model), ``partner``, ``working`` (bool), ``report`` (the ``ConnectionReport``, without
stages where real mail showed it) and ``previous`` ("working", "broken" or, where nothing was known, "").
"""

partner_certificate_expiring = Signal()
"""The certificate of a partner's mail server ends soon; once for each certificate.

Arguments: ``sender`` (the model), ``partner``, ``until`` (datetime) and ``days_left`` (whole days).
"""

mail_sent = Signal()
"""A queued message was sent and is no longer tried: to all recipients or (``message.state == "partly"``) to some.

The state is "cancelled" where the partner was switched off or deleted before the rest could get it.

Arguments: ``sender`` (``QueuedMessage``), ``message`` (with its ``key``) and ``partner``.
"""

mail_failed = Signal()
"""A queued message is no longer tried, and no recipient got it. Arguments as of ``mail_sent``.

Also of one that was cancelled because its partner is switched off or was deleted (``partner`` is ``None`` then),
and of one that ``queue_mails`` could not render; not of one that a person cancelled.
"""

mail_unknown = Signal()
"""It is unknown whether the server accepted a queued message for somebody. It is not sent to them again.

As of ``mail_sent``, the state may be "cancelled".

Arguments as of ``mail_sent``.
"""

partner_queue_stopped = Signal()
"""A partner's queued mail waits for somebody to correct its account; once, not for each message.

Arguments: ``sender`` (``PartnerQueue``), ``queue``, ``partner`` and ``code`` (as in a connection test's report).
"""
