from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.core.signals import request_finished
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PartnerSMTPConfig(AppConfig):
    name = "wagtail_partner_smtp"
    label = "wagtail_partner_smtp"
    verbose_name = _("Partner SMTP")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks
        from .account import granting, token_sources
        from .alerts import telling
        from .delivery import evidence
        from .oauth.sources import source_of
        from .outbox.announcing import work_done
        from .signals import partner_queue_stopped

        token_sources.register(source_of)
        partner_queue_stopped.connect(telling.tell_stopped)
        work_done.connect(telling.tell_of_mail)
        post_migrate.connect(granting.keep_grants)
        request_finished.connect(evidence.write_waiting)
        register(checks.check_settings, "partner_smtp")
        register(checks.check_models, "partner_smtp")
        register(checks.check_deployment, Tags.security, deploy=True)
        register(checks.check_sealed_passwords, Tags.database)
