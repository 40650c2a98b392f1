"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest

from smtp_sandbox import PROFILES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sandbox.md"


def plugin() -> list[str]:
    """What loads the plugin where the package is not installed but lies in the path."""
    installed = {entry.value for entry in entry_points(group="pytest11")}
    return [] if "smtp_sandbox.pytest_plugin" in installed else ["-p", "smtp_sandbox.pytest_plugin"]


def run_pytest(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there, with this plugin and without the project's other ones."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:randomly", "-c", "/dev/null"]
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        *plugin(),
        *options,
        f"--rootdir={directory}",
        *arguments,
    ]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=170)  # noqa: S603


def block(part: str) -> str:
    """The block of Python in the documentation that holds ``part``."""
    blocks = [each.partition("```")[0] for each in PAGE.read_text("utf-8").split("```python\n")[1:]]
    (found,) = [each for each in blocks if part in each]
    return found


def test_the_documented_tests_pass(tmp_path: Path) -> None:
    for name in ("test_the_report_is_sent", "test_a_wrong_password_is_reported"):
        (tmp_path / f"{name}.py").write_text(block(f"def {name}("))

    result = run_pytest(tmp_path, "--strict-markers")

    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_the_documented_test_of_a_token_passes(tmp_path: Path) -> None:
    pytest.importorskip("authlib")
    (tmp_path / "test_it.py").write_text(block("def test_a_token_opens_its_mailbox("))

    assert "1 passed" in run_pytest(tmp_path).stdout


@pytest.mark.parametrize(
    "part",
    [
        "PARTNER_SMTP_CA_FILE",
        "with Sandbox(users=",
        "names=[",
        "with Sandbox(tokens=",
        "teapot = Fault(",
        "greylist = Profile(",
    ],
)
def test_the_documented_code_runs(part: str) -> None:
    exec(compile(block(part), "sandbox.md", "exec"), {})  # noqa: S102


def test_each_test_begins_with_nothing(tmp_path: Path) -> None:
    body = """
        import smtplib, pytest

        @pytest.mark.parametrize("n", range(3))
        @pytest.mark.smtp("auth-none", size=100_000)
        def test_alone(smtp, n, port=[]):
            assert (smtp.messages, smtp.sessions, smtp.plain.connections) == ((), (), 0)
            with smtplib.SMTP(smtp.host, smtp.port) as client:
                client.sendmail("a@x.org", ["b@x.org"], "")
                assert not client.has_extn("auth")
            smtplib.SMTP(smtp.plain.host, smtp.plain.port).close()
            assert len(smtp.sandbox.listeners) == 4
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    assert "3 passed" in run_pytest(tmp_path).stdout


def test_the_marker_serves_what_its_profile_is_about(tmp_path: Path) -> None:
    body = """
        import smtplib, ssl, pytest

        @pytest.mark.smtp("cert-expired")
        def test_certificate(smtp):
            with pytest.raises(ssl.SSLCertVerificationError):
                smtplib.SMTP_SSL(smtp.host, smtp.port, context=smtp.client_context())

        @pytest.mark.smtp("cert-expired", mode="plain")
        def test_nothing(smtp): pass
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    result = run_pytest(tmp_path)

    assert "1 passed, 1 error" in result.stdout
    assert 'write mode="ssl" or mode="starttls"' in result.stdout


def test_a_marker_without_effect_is_an_error(tmp_path: Path) -> None:
    body = """
        import pytest

        pytestmark = pytest.mark.smtp("throttle")
        marked = pytest.mark.smtp("auth-535")

        @pytest.fixture
        def mailbox(smtp):
            return smtp

        @marked
        def test_error_sandbox(smtp_sandbox): pass

        @marked
        def test_error_nothing(): pass

        @pytest.mark.parametrize("n", [pytest.param(1, marks=marked)])
        def test_error_parameter(n): pass

        def test_error_from_the_module(smtp_sandbox): pass

        def test_without_a_server(): pass

        @pytest.mark.skip
        @marked
        def test_skipped(): pass

        @marked
        def test_direct(smtp): pass

        @marked
        def test_indirect(mailbox): pass

        @marked
        @pytest.mark.usefixtures("smtp")
        def test_by_marker(): pass
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    result = run_pytest(tmp_path, "-rE")

    assert "4 passed, 1 skipped, 4 errors" in result.stdout, result.stdout
    assert result.stdout.count("\nERROR test_it.py::test_error_") == 4
    assert '@pytest.mark.usefixtures("smtp")' in result.stdout


def test_a_marker_that_says_nothing_needs_no_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.smtp\ndef test_it(): pass\n")

    assert "1 passed" in run_pytest(tmp_path).stdout


def test_markers_are_combined(tmp_path: Path) -> None:
    body = """
        import pytest
        from smtp_sandbox import Profile, on

        pytestmark = pytest.mark.smtp(size=100_000)

        @pytest.mark.smtp("auth-535", mode="starttls")
        class TestIt:
            def test_inherited(self, smtp):
                assert (smtp.listener.profile.name, smtp.mode) == ("auth-535", "starttls")
                assert smtp.listener.profile.size == 100_000

            @pytest.mark.smtp(mode="ssl", size=200_000)
            def test_keywords(self, smtp):
                assert (smtp.listener.profile.name, smtp.mode) == ("auth-535", "ssl")
                assert smtp.listener.profile.size == 200_000

            @pytest.mark.smtp("throttle")
            def test_profile(self, smtp):
                assert (smtp.listener.profile.name, smtp.mode) == ("throttle", "starttls")

            @pytest.mark.smtp(profile="throttle")
            def test_profile_as_keyword(self, smtp):
                assert smtp.listener.profile.name == "throttle"

        @pytest.mark.smtp(auth=("PLAIN",), rules=(on("NOOP", reply="250 Hello"),), hostname="mx")
        class TestNearer:
            @pytest.mark.smtp("auth-none")
            def test_fields(self, smtp):
                assert smtp.listener.profile.auth == ()
                assert smtp.listener.profile.rules[0].verb == "NOOP"
                assert smtp.listener.profile.hostname == "mx"

            @pytest.mark.smtp(Profile("mine", on("MAIL", reply="451 Later")))
            def test_rules(self, smtp):
                assert [rule.verb for rule in smtp.listener.profile.rules] == ["MAIL"]
                assert smtp.listener.profile.auth == ("PLAIN",)
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    result = run_pytest(tmp_path)

    assert "6 passed" in result.stdout, result.stdout


def test_what_a_test_changes_is_there_for_it_alone(tmp_path: Path) -> None:
    body = """
        import pytest
        from smtp_sandbox import Token

        @pytest.fixture(scope="module", autouse=True)
        def of_the_module(smtp_sandbox):
            smtp_sandbox.users["module"] = "its own"
            return smtp_sandbox.listen("throttle")

        @pytest.fixture(autouse=True)
        def changing(smtp_sandbox):
            smtp_sandbox.users["fixture"] = "added"

        @pytest.fixture
        def kept(smtp_sandbox, of_the_module):
            usual = {"user": "pass", "module": "its own", "fixture": "added"}
            assert (smtp_sandbox.users, smtp_sandbox.tokens) == (usual, {})
            assert smtp_sandbox.listeners[3:] == [of_the_module]
            assert smtp_sandbox.plain.users == usual

        @pytest.mark.parametrize("n", range(2))
        def test_with_smtp(kept, smtp, n):
            smtp.sandbox.users |= {"ann": "secret", "user": "another"}
            del smtp.sandbox.users["fixture"]
            smtp.sandbox.tokens["ann"] = Token("t0ken")
            smtp.listen("auth-535")
            smtp.sandbox.listen("auth-535")

        @pytest.mark.parametrize("n", range(2))
        def test_with_the_sandbox(kept, smtp_sandbox, n):
            smtp_sandbox.users.clear()
            smtp_sandbox.tokens["ann"] = Token("t0ken")
            smtp_sandbox.listen("auth-535").close()
            smtp_sandbox.listen("auth-535")

        def test_after_them(kept): pass
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    result = run_pytest(tmp_path)

    assert "5 passed" in result.stdout, result.stdout


def test_workers_of_xdist_have_a_sandbox_each(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest, smtplib\n"
        "@pytest.mark.parametrize('n', range(20))\n"
        "def test_alone(smtp, n):\n"
        "    with smtplib.SMTP(smtp.host, smtp.port) as client:\n"
        "        client.sendmail('a@x.org', [f'{n}@x.org'], '')\n"
        "    assert [m.rcpt_tos for m in smtp.messages] == [(f'{n}@x.org',)]\n"
    )

    assert "20 passed" in run_pytest(tmp_path, "-n", "2").stdout


def test_users_can_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session')\ndef smtp_users():\n    return {'ann': 'secret'}\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_users(smtp_sandbox):\n    assert smtp_sandbox.users == {'ann': 'secret'}\n"
    )

    assert "1 passed" in run_pytest(tmp_path).stdout


def test_tokens_can_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\nfrom smtp_sandbox import Token\n"
        "@pytest.fixture(scope='session')\ndef smtp_tokens():\n    return {'ann': Token('t0ken')}\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_tokens(smtp_sandbox):\n    assert smtp_sandbox.tokens['ann'].accepts('t0ken')\n"
    )

    assert "1 passed" in run_pytest(tmp_path).stdout


def test_profiles_are_listed(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, "--smtp-profiles")

    assert result.returncode == 0
    profiles, _, replies = result.stdout.partition("\n\n")
    assert [line.split()[0] for line in profiles.splitlines()] == list(PROFILES)
    assert "  reply:microsoft-basic-auth-off  AUTH  550 5.7.30 " in replies


def test_the_plugin_is_harmless_without_what_it_serves_with(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_nothing():\n"
        "    ours = {'aiosmtpd', 'authlib', 'trustme', 'cryptography', 'smtp_sandbox.sandbox'}\n"
        "    assert not ours & set(sys.modules)\n"
    )

    assert "1 passed" in run_pytest(tmp_path).stdout


def test_a_missing_package_is_named_by_the_test_that_needs_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['trustme'] = None\n")
    (tmp_path / "test_it.py").write_text("def test_other(): pass\ndef test_mail(smtp): pass\n")

    result = run_pytest(tmp_path)

    assert "1 passed, 1 error" in result.stdout
    assert "pip install smtp-sandbox" in result.stdout


def test_asynchronous_tests_use_the_same_fixtures(tmp_path: Path) -> None:
    body = """
        import aiosmtplib, asyncio, unittest, pytest

        class TestMail(unittest.IsolatedAsyncioTestCase):
            @pytest.fixture(autouse=True)
            def sandbox(self, smtp):
                self.smtp = smtp

            @pytest.mark.smtp("throttle")
            async def test_it_arrives(self):
                waiting = asyncio.create_task(self.smtp.await_message(to="b@x.org"))
                async with aiosmtplib.SMTP(hostname=self.smtp.host, port=self.smtp.port) as client:
                    await client.sendmail("a@x.org", ["b@x.org"], "Subject: Hello")
                assert (await waiting).subject == "Hello"
                assert self.smtp.listener.faults > 0
    """
    (tmp_path / "test_it.py").write_text(dedent(body))

    assert "1 passed" in run_pytest(tmp_path).stdout
