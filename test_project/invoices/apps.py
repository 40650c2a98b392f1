from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "test_project.invoices"
    label = "invoices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import receivers  # noqa: F401
