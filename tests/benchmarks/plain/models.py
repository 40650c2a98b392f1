"""A snippet that has nothing to do with mail, with as many columns as a partner's row shows."""

from django.db import models


class Row(models.Model):
    name = models.CharField(max_length=255)
    host = models.CharField(max_length=255)
    email = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=[("a", "Kind A"), ("b", "Kind B")], default="a")
    status = models.CharField(max_length=20, choices=[("x", "Status X"), ("y", "Status Y")], default="x")
    active = models.BooleanField(default=True)

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return self.name
