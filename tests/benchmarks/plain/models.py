"""What stands beside the plugin: a snippet with as many columns as a partner's row shows, and a table of mail."""

from django.db import models


class Row(models.Model):
    name = models.CharField(max_length=255)
    host = models.CharField(max_length=255)
    email = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=[("a", "Kind A"), ("b", "Kind B")], default="a")
    status = models.CharField(max_length=20, choices=[("x", "Status X"), ("y", "Status Y")], default="x")
    waiting = models.CharField(max_length=20, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return self.name


class Mail(models.Model):
    """A mail as an app would queue it by itself: who gets it, and the finished message."""

    sender = models.CharField(max_length=254)
    recipients = models.TextField()
    subject = models.CharField(max_length=255)
    state = models.CharField(max_length=16, default="queued", db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    content = models.BinaryField()

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return self.subject
