"""A site's own partner model, in place of the plugin's."""

from django.db import models

from wagtail_partner_smtp.models import AbstractPartner


class CustomPartner(AbstractPartner):
    customer_number = models.CharField(max_length=20, blank=True)

    class Meta(AbstractPartner.Meta):
        pass
