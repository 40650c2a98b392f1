#!/usr/bin/env bash
# One would guess: a form page of wagtail.contrib.forms sends by the site's default mailer, with its login, as django.core.mail does;
# whether the login stands in EMAIL_HOST_USER or in the OPTIONS of MAILERS["default"] makes no difference.
#
# What really happens: wagtail.admin.mail.send_mail(), which form pages call, asks for get_connection(username=None, password=None).
# For the older settings None means "as it is set". With MAILERS such arguments replace the options of the default mailer, and None
# is no login: the form's mail is sent without one, while all other mail of the site logs in.
#
# Seen with Wagtail 8.0.1 and Django 6.1.3 on Python 3.13.0. Not with EMAIL_HOST_USER, there or with any older Django, which has
# no MAILERS.
#
# Why it matters for mail: a server that wants a login refuses the form's mail, and the visitor sees an error page; one that does
# not, since it knows the site's address, takes it as somebody else's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=""
for each in "${PYTHON:-python3}" python3.14 python3.13 python3.12; do
    if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then python=$each; break; fi
done
if [ -z "$python" ]; then echo "This needs Python 3.12 or newer, as Django 6 does: PYTHON=… names it."; exit 2; fi

"$python" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==6.1.3" "wagtail==8.0.1"
cat > "$folder/send.py" <<'PYTHON'
import socketserver
import sys
import threading
from types import SimpleNamespace

import django
from django.conf import settings


class Server(socketserver.StreamRequestHandler):
    """A mail server that takes everything, and offers a login."""

    heard = []

    def handle(self):
        is_content = False
        self.say("220 mail.example ESMTP")
        for line in (raw.decode().rstrip() for raw in self.rfile):
            verb = line.split(" ")[0].upper()
            if is_content:
                is_content = line != "."
                if not is_content:
                    self.say("250 OK")
            elif verb == "EHLO":
                self.say("250-mail.example\r\n250 AUTH PLAIN")
            elif verb == "DATA":
                is_content = True
                self.say("354 Go on")
            else:
                if verb in ("AUTH", "MAIL"):
                    self.heard.append(verb)
                self.say("235 OK" if verb == "AUTH" else "250 OK")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
port, login = server.server_address[1], {"username": "site", "password": "secret"}
if sys.argv[1] == "MAILERS":
    options = {"host": "127.0.0.1", "port": port, **login}
    mail = {"MAILERS": {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}}
else:
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "EMAIL_HOST_USER": "site", "EMAIL_HOST_PASSWORD": "secret"}
apps = ["contrib.forms", "users", "admin", "documents", "images", "search", "snippets", "sites"]
settings.configure(
    INSTALLED_APPS=[
        *(f"wagtail.{app}" for app in apps),
        "wagtail",
        "modelcluster",
        "taggit",
        "django.contrib.auth",
        "django.contrib.contenttypes",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    STATIC_URL="/static/",
    WAGTAILADMIN_BASE_URL="https://site.example",
    **mail,
)
django.setup()

import wagtail  # noqa: E402
from django.core.mail import send_mail  # noqa: E402
from wagtail.contrib.forms.models import EmailFormMixin  # noqa: E402

# What a form page does with a submission, without a page and its tables.
page = SimpleNamespace(subject="Form", to_address="desk@site.example", from_address="", render_email=lambda form: "Text")
send_mail("Hello", "Text", None, ["desk@site.example"])
EmailFormMixin.send_mail(page, form=None)
by_django, by_form = "".join(verb + " " for verb in Server.heard).split("MAIL ")[:2]
print(f"Wagtail {wagtail.__version__}, Django {django.get_version()}, {sys.argv[1]}:", end=" ")
print(f"Django's mail {'logs in' if by_django else 'has no login'}, the form's {'logs in' if by_form else 'has no login'}")
assert (bool(by_django), bool(by_form)) == (True, sys.argv[1] != "MAILERS"), Server.heard
PYTHON
for settings in EMAIL_HOST_USER MAILERS; do "$folder/env/bin/python" "$folder/send.py" "$settings"; done
echo "As described: with MAILERS the form's mail has no login."
