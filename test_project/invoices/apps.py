from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "test_project.invoices"
    label = "invoices"

    def ready(self) -> None:
        from . import receivers  # noqa: F401
