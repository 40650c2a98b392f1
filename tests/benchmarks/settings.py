"""The test project with a plain snippet beside the partners."""

from test_project.settings import *  # noqa: F403
from test_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.plain"]
