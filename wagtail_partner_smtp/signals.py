"""What a site can listen to. Receivers are called by ``check_partner_smtp --alert``, after all tests.

An exception of one receiver is logged and keeps no other from being called.
"""

from __future__ import annotations

from django.dispatch import Signal

partner_mail_changed = Signal()
"""A partner's mail stopped working, or works again.

Arguments: ``sender`` (the model), ``partner``, ``working`` (bool), ``report`` (the ``ConnectionReport``) and
``previous`` ("working", "broken" or, where nothing was known, "").
"""

partner_certificate_expiring = Signal()
"""The certificate of a partner's mail server ends soon; once for each certificate.

Arguments: ``sender`` (the model), ``partner``, ``until`` (datetime) and ``days_left`` (whole days).
"""
