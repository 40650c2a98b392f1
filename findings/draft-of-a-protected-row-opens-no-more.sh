#!/usr/bin/env bash
# One would guess: a page that needs a mail account names it by a foreign key with on_delete=PROTECT. Then nobody deletes an
# account that a form still sends by.
#
# What really happens: the database protects what published rows name. Drafts and former versions of a page are JSON, and their
# accounts can be deleted. django-modelcluster, which reads that JSON, then raises a bare Exception for every on_delete other than
# CASCADE, SET_NULL and DO_NOTHING: the page with such a draft cannot be opened in the admin any more.
#
# Seen with Wagtail 8.0.1 and django-modelcluster 6.5, Django 5.2.8 on Python 3.11.7.
#
# Why it matters for mail: with SET_NULL the page opens, has no account, and can say that its mail does not leave.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==5.2.8" "wagtail==8.0.1" "django-modelcluster==6.5"
mkdir "$folder/site_pages"
touch "$folder/site_pages/__init__.py"
cat > "$folder/site_pages/models.py" <<'PYTHON'
from django.db import models
from wagtail.models import Page


class Account(models.Model):
    host = models.CharField(max_length=100)


class Protecting(Page):
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Forgetting(Page):
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
PYTHON
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
from importlib.metadata import version

import django
from django.conf import settings

apps = ["users", "admin", "documents", "images", "search", "snippets", "sites"]
settings.configure(
    INSTALLED_APPS=[
        "site_pages",
        *(f"wagtail.{app}" for app in apps),
        "wagtail",
        "modelcluster",
        "taggit",
        "django.contrib.auth",
        "django.contrib.contenttypes",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    STATIC_URL="/static/",
    USE_TZ=True,
    WAGTAILADMIN_BASE_URL="https://site.example",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from site_pages.models import Account, Forgetting, Protecting  # noqa: E402
from wagtail.models import Page  # noqa: E402

call_command("makemigrations", "site_pages", verbosity=0)
call_command("migrate", verbosity=0)
root = Page.objects.get(depth=1)
used = Account.objects.create(host="mail.example.com")


def open_draft(model):
    """A draft of the page names another account, which is deleted."""
    other = Account.objects.create(host="other.example.com")
    page = root.add_child(instance=model(title=model.__name__, account=used))
    page.account = other
    page.save_revision()
    assert other.delete()[0] == 1
    page = model.objects.get(pk=page.pk)
    assert page.account == used
    return page.get_latest_revision_as_object().account


print(*(f"{name} {version(name)}" for name in ("wagtail", "django-modelcluster", "Django")), sep=", ")
print("SET_NULL: the draft has the account", open_draft(Forgetting))
try:
    open_draft(Protecting)
except Exception as error:
    print(f"PROTECT: {type(error).__name__}: {error}")
    assert type(error) is Exception and "on_delete types other than" in str(error)
else:
    raise SystemExit("PROTECT: the draft opens")
PYTHON
echo "As described: such a draft opens no more."
