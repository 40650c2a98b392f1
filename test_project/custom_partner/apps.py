from django.apps import AppConfig


class CustomPartnerConfig(AppConfig):
    name = "test_project.custom_partner"
    label = "custom_partner"
