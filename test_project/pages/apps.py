from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "test_project.pages"
    label = "pages"
