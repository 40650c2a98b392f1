"""One SMTP session: the only path on which a test or a delivery reaches a server."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from types import TracebackType

from . import auth, connecting, hello, network, tls, trust
from .certificate import TLSFacts
from .channel import Channel
from .errors import (
    AuthError,
    CertificateError,
    Code,
    DeadlineError,
    DisconnectedError,
    Fact,
    RecipientsRefusedError,
    ReplyError,
    SMTPError,
    TLSError,
    TokenError,
)
from .extensions import mechanisms, shown
from .flow import Flow
from .judging import Judge, Refusal, by_codes
from .limits import Limits
from .network import Endpoint
from .reply import Redactor, Reply, heard
from .report import StageRecord, Status, Trace
from .settings import Policy, Security, SMTPSettings, Stage, is_token, refuse_bad_input
from .token_source import AccessToken

QUIT_TIMEOUT = 1.0  # seconds
GREETING_GRACE = 3.0  # seconds of silence after which a second look is worth while
YOUNG_TOKEN = 60.0  # seconds: one that is no older would not be refused for its age

# Said of a token as such, or of whose it is.
_ABOUT_TOKEN = {Code.TOKEN_REFUSED, Code.MAILBOX_NOT_PERMITTED}


class SMTPSession:
    """``open()``, then any number of mails, then ``close()``.

    ``interactive`` is a connection test: only then does an untrusted certificate of an implicit-TLS server
    lead to a second, unverified connection (``trusted`` is false then). ``on_silence`` is called when the
    server has not greeted after three seconds, while its connection still waits; it may raise what it
    finds out. ``judge`` says of each refusal what it means, once the codes have been looked at.
    ``has_begun_transaction``: MAIL was accepted on the present connection.
    """

    def __init__(
        self,
        settings: SMTPSettings,
        policy: Policy,
        limits: Limits,
        *,
        interactive: bool = False,
        trace: Trace | None = None,
        on_silence: Callable[[Endpoint], None] | None = None,
        judge: Judge = by_codes,
    ) -> None:
        self.settings = settings
        self.policy = policy
        self.limits = limits
        self.interactive = interactive
        self.trace = trace or Trace()
        self.trace.judge = self.judge
        self.endpoint: Endpoint | None = None
        self.tls: TLSFacts | None = None
        self.extensions: dict[str, str] = {}
        self.shown_extensions: dict[str, str] = {}  # redacted
        self.authenticated = False
        self.flow = Flow(allowed=policy.pipelining)
        self._on_silence = on_silence
        self._judge_by_words = judge
        self._first_words: list[str] = []
        # Why the login that is set was not sent.
        self._left_out: Code | None = None
        public = (settings.host, settings.email)
        self._redactor = Redactor(settings.login, settings.password, settings.access_token, public)
        # The settings with the token that the source gave.
        self._account = settings
        self._token: AccessToken | None = None
        self._channel: Channel | None = None
        self._can_say_quit = False
        self.has_begun_transaction = False

    def __enter__(self) -> SMTPSession:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return self._channel is not None and self._channel.is_open

    @property
    def trusted(self) -> bool:
        """Encrypted, and the certificate was verified or is the pinned one."""
        return self.tls is not None and self.tls.trusted

    @property
    def channel(self) -> Channel:
        assert self._channel is not None, "open() comes first"
        return self._channel

    def open(self) -> None:
        """Connect, greet, encrypt and log in. Raises ``SMTPError``; nothing stays half open then."""
        self.authenticated = False
        try:
            with self.trace.stage(Stage.SETTINGS):
                refuse_bad_input(self.settings)
            self._get_token()
            with self.trace.stage(Stage.RESOLVE) as stage:
                settings, deadline = self.settings, self.limits.next_deadline()
                look_ups = network.FOR_TESTS if self.interactive else network.FOR_DELIVERIES
                endpoints = network.resolve(
                    settings.canonical_host, settings.effective_port, self.policy, deadline, look_ups
                )
                stage.facts = {"addresses": ", ".join(str(endpoint.address) for endpoint in endpoints)}
            self._establish_trusted(endpoints)
            self._warn_of_expiry()
            self._login_or_renew(endpoints)
        except BaseException:
            self.close()
            raise

    def another(self) -> SMTPSession:
        """A second session like this one, not yet open. What happens in it leaves this one as it is."""
        return SMTPSession(
            self.settings,
            self.policy,
            self.limits,
            interactive=self.interactive,
            judge=self._judge_by_words,
        )

    def open_again(self) -> None:
        """With another connection, unless this one is still open."""
        if not self.is_open:
            self.open()

    def close(self) -> None:
        """Say QUIT if there is a channel to say it on; what the server makes of it changes nothing."""
        try:
            self.limits.grant(QUIT_TIMEOUT)
            if self.is_open and self._can_say_quit and self.limits.has_time() and not self.limits.is_spent:
                with self.trace.stage(Stage.QUIT) as stage:
                    stage.reply = self.channel.command("QUIT", timeout=QUIT_TIMEOUT)
        except SMTPError:
            self.trace.amend(Stage.QUIT, status=Status.WARNING)
        finally:
            self.limits.revoke()
            self.abort()

    def abort(self) -> None:
        """Close the socket without QUIT."""
        if self._channel is not None:
            self._channel.close()
        self._can_say_quit = False

    def judge(self, error: ReplyError) -> None:
        """Name the cause of a refusal, by all that is known."""
        settings = self.settings
        refused = error.refused if isinstance(error, RecipientsRefusedError) else ()
        judgement = self._judge_by_words(
            Refusal(
                code=error.code,
                stage=error.stage,
                reply=error.reply,
                names=(settings.host, *self._first_words, *(self.tls.names if self.tls else ())),
                encrypted=self.tls is not None,
                has_login=bool(settings.login),
                authenticated=self.authenticated,
                of_itself=list(refused) == [settings.email],
            )
        )
        left_out = {"login_left_out": str(self._left_out)} if self._left_out else {}
        error.name_cause(judgement.code, {**judgement.facts, **left_out})
        mailbox = self._token.mailbox if self._token else ""
        if error.code in _ABOUT_TOKEN and mailbox and mailbox.casefold() != settings.login.casefold():
            error.name_cause(Code.TOKEN_OF_ANOTHER_MAILBOX, {"mailbox": mailbox})

    def _get_token(self, refused: AccessToken | None = None) -> None:
        """From the source, if there is one; another one than a ``refused`` one."""
        source = self.settings.token_source
        if source is None:
            self.trace.skip(Stage.TOKEN)
            return
        with self.trace.stage(Stage.TOKEN) as stage:
            deadline = self.limits.next_deadline()
            token = source.renewed(refused, deadline) if refused else source.token(deadline)
            if not is_token(token.value):
                raise TokenError(Code.TOKEN_INVALID)
            # A source may not know.
            age = int(token.age) if isfinite(token.age) else 0
            stage.facts = {"age": age, "renewed": refused is not None}
            self._redactor.know(token.value)
            self._token = token
            self._account = replace(self.settings, access_token=token.value, token_source=None)

    def _establish_trusted(self, endpoints: Sequence[Endpoint]) -> None:
        """Verify first; only a certificate error may lead to a second connection, to the same address."""
        try:
            self._establish(endpoints, self._first_context())
        except CertificateError as error:
            self.abort()
            self.tls = error.tls
            trust.accept(error, self.settings, self.policy, interactive=self.interactive)
            assert self.endpoint is not None
            self._establish([self.endpoint], tls.unverified_context(), reason=error)

    def _first_context(self) -> ssl.SSLContext:
        if self.settings.security is Security.NONE:
            # Never used: what it would take need not be there.
            return tls.unverified_context()
        with self.trace.stage(Stage.CONNECT):
            return tls.verifying_context(self.policy.ca_file)

    def _establish(
        self,
        endpoints: Sequence[Endpoint],
        context: ssl.SSLContext,
        reason: CertificateError | None = None,
    ) -> None:
        """Up to the point where AUTH may come. ``reason`` is why ``context`` cannot be verified."""
        self.tls, self.endpoint = None, endpoints[0]
        with self.trace.stage(Stage.CONNECT) as stage:
            sock, self.endpoint = connecting.connect(endpoints, self.limits.connect_deadline())
            self._channel = Channel(sock, self.limits, self._redactor, log=self.policy.debug_level > 0)
            self.has_begun_transaction = False
            if self.settings.security is Security.SSL:
                host, deadline = self.settings.canonical_host, self.limits.answer_deadline()
                self.tls = self._channel.start_tls(context, host, deadline)
            self._judge(reason, Stage.CONNECT, stage)
            greeting = self._greeted()
        with self.trace.stage(Stage.EHLO) as stage:
            stage.reply = self._ehlo()
        # A greeting is quoted only once EHLO has shown that it came from a mail server.
        self.trace.amend(Stage.CONNECT, reply=greeting)
        self._starttls(context, reason)

    def _judge(self, reason: CertificateError | None, stage: Stage, record: StageRecord) -> None:
        """After an unverified handshake: it is the pinned certificate, or the test continues with a warning."""
        if reason is None or self.tls is None:
            return
        pinned = bool(self.settings.pinned_certificate)
        if pinned:
            trust.must_be_pinned(CertificateError(reason.code, tls=self.tls), self.settings)
        self.tls = replace(self.tls, pinned=pinned)
        code = Code.CERTIFICATE_PINNED if pinned else Code.CERTIFICATE_NOT_VERIFIED
        record.status, record.code = Status.WARNING, code
        self.trace.warn(code, stage, facts={**reason.facts, "reason": str(reason.code)})

    @contextmanager
    def _telling_of_encryption(self) -> Iterator[None]:
        """An error of the line says whether it was encrypted by then."""
        try:
            yield
        except (DisconnectedError, DeadlineError) as error:
            error.facts = {**error.facts, "encrypted": self.tls is not None}
            raise

    def _greeted(self) -> Reply:
        with self._telling_of_encryption():
            return self._read_greeting()

    def _read_greeting(self) -> Reply:
        assert self.endpoint is not None
        if self._on_silence and self.channel.is_silent_for(GREETING_GRACE):
            self._on_silence(self.endpoint)
        greeting = hello.read_greeting(self.channel, self.limits.answer_deadline())
        self._can_say_quit = True
        # As they came: whose server it is must not depend on the password.
        self._first_words = [heard(b" ".join(self.channel.raw_lines))]
        hello.must_welcome(greeting, self.tls)
        return greeting

    def _ehlo(self) -> Reply:
        reply, self.extensions = hello.introduce(
            self.channel, self.policy.local_hostname, self.tls, ask_who=self.interactive
        )
        self.shown_extensions = shown(self.extensions, self._redactor)
        self._first_words.append(heard(b" ".join(self.channel.raw_lines)))
        self.flow.learn(self.extensions)
        return reply

    def _starttls(self, context: ssl.SSLContext, reason: CertificateError | None) -> None:
        if self.settings.security is not Security.TLS:
            return
        offered = "STARTTLS" in self.extensions
        # A token is never sent in clear text, and mail that needs a login does not go without.
        if not offered and self.policy.opportunistic_starttls and not self.settings.has_token:
            self.trace.skip(Stage.STARTTLS, Code.STARTTLS_SKIPPED)
            self.trace.warn(Code.STARTTLS_SKIPPED, Stage.STARTTLS)
            return
        with self.trace.stage(Stage.STARTTLS) as stage:
            if not offered:
                raise TLSError(Code.STARTTLS_NOT_OFFERED)
            stage.reply = self._switch_to_tls(context)
            self._judge(reason, Stage.STARTTLS, stage)
            with self._telling_of_encryption():
                self._ehlo()

    def _switch_to_tls(self, context: ssl.SSLContext) -> Reply:
        reply = self.channel.command("STARTTLS")
        if reply.code != 220:
            raise ReplyError(Code.STARTTLS_REFUSED, reply)
        # What came with the 220 was not protected: a man in the middle may have put it there.
        if self.channel.has_unread_data:
            raise TLSError(Code.STARTTLS_INJECTION)
        self._can_say_quit = False
        self.tls = self.channel.start_tls(context, self.settings.canonical_host)
        self._can_say_quit = True
        return reply

    def _warn_of_expiry(self) -> None:
        if self.tls is not None and self.tls.verified and self.tls.expires_soon:
            stage = Stage.CONNECT if self.settings.security is Security.SSL else Stage.STARTTLS
            facts: dict[str, Fact] = {"days": self.tls.days_left or 0}
            self.trace.warn(Code.CERTIFICATE_EXPIRES_SOON, stage, facts=facts)

    def _login_or_renew(self, endpoints: Sequence[Endpoint]) -> None:
        """A token that was good once may have been withdrawn: then one more attempt with a new one, no more."""
        try:
            self._login()
            return
        except (ReplyError, AuthError) as error:
            refused = self._token
            if refused is None or not _may_be_outdated(refused, error):
                raise
        self.trace.skip(Stage.AUTH)
        self._get_token(refused)
        if not self.channel.is_in_step():
            self.abort()
            self._establish_trusted(endpoints)
        self._login()

    def _login(self) -> None:
        if not self.settings.login:
            self.trace.skip(Stage.AUTH)
            return
        self._left_out = self._reason_not_to_log_in()
        if reason := self._left_out:
            self._go_without(reason)
            return
        with self.trace.stage(Stage.AUTH) as stage:
            mechanism = auth.choose(
                mechanisms(self.extensions),
                trusted=self.trusted,
                token=self.settings.has_token,
                shown=self._redactor,
            )
            stage.facts = {"mechanism": mechanism}
            self._redactor.auth_began = True
            if self.tls is None and mechanism in auth.SHOWS_PASSWORD:
                self.trace.warn(Code.CLEARTEXT_PASSWORD, Stage.AUTH)
            reply = auth.authenticate(self.channel, mechanism, self._account, encrypted=self.tls is not None)
            stage.reply, self.authenticated = reply, True

    def _go_without(self, reason: Code) -> None:
        """A test goes on, to find out the rest. Mail that was to leave by a login does not leave without."""
        if not self.interactive:
            with self.trace.stage(Stage.AUTH):
                raise AuthError(reason)
        self.trace.skip(Stage.AUTH, reason)
        self.trace.warn(reason, Stage.AUTH)

    def _reason_not_to_log_in(self) -> Code | None:
        if not mechanisms(self.extensions) and not self.settings.has_token:
            return Code.AUTH_NOT_OFFERED
        return trust.reason_not_to_log_in(self.settings, self.policy, self.tls)


def _may_be_outdated(token: AccessToken, error: ReplyError | AuthError) -> bool:
    temporary = error.reply is not None and error.reply.temporary
    refused = error.code in {Code.TOKEN_REFUSED, Code.TOKEN_OF_ANOTHER_MAILBOX}
    return token.age > YOUNG_TOKEN and refused and not temporary
