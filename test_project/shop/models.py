"""A site's own models, beside the plugin's partners."""

import uuid

from django.db import models

from wagtail_partner_smtp.models import SMTPAccountMixin


class Brand(models.Model):
    """A plain snippet: it has nothing to do with mail and shows no SMTP tab."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Supplier(SMTPAccountMixin, models.Model):
    """A model of the site that sends mail of its own."""

    name = models.CharField(max_length=100)

    class Meta(SMTPAccountMixin.Meta):
        pass

    def __str__(self) -> str:
        return self.name


class Warehouse(SMTPAccountMixin, models.Model):
    """The same with a primary key that is no number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)

    class Meta(SMTPAccountMixin.Meta):
        pass

    def __str__(self) -> str:
        return self.name
