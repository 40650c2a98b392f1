"""Whether a client can meet what a profile is about, so that no test is green without having met it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

from .profiles import MODES, TOKEN_MECHANISMS, Mode, Profile
from .rules import Rule
from .tokens import INVALID_TOKEN
from .values import check_kind

_ALWAYS = frozenset({"name", "summary", "modes", "reach"})
_OF_TLS = ("certificate", "tls_min", "tls_max", "ciphers", "client_certificate")
_DEFAULT = Profile("")


def chosen_mode(profile: Profile, mode: Mode | None) -> Mode:
    """The mode, or without one the first in which the profile makes sense.

    Raises ValueError, which says what to write, for a mode that is unknown and for a mode, a field or a rule with
    which a test would be green without having met what the profile is about.
    """
    if mode is not None and mode not in MODES:
        raise ValueError(f"no mode {mode!r}; known are {', '.join(MODES)}")
    for reason in _useless_fields(profile):
        raise ValueError(f"the profile {profile.name!r} makes no sense: {reason}")
    sensible = profile.sensible_modes
    if not sensible:
        raise ValueError(
            f"the profile {profile.name!r} makes no sense in any of its modes ({', '.join(profile.modes)})"
        )
    if mode is not None and mode not in sensible:
        advice = " or ".join(f'mode="{each}"' for each in sensible)
        raise ValueError(f"the profile {profile.name!r} makes no sense in mode {mode!r}; write {advice}")
    chosen = mode or sensible[0]
    check_rules([(profile, chosen)], profile.rules)
    return chosen


def check_rules(places: Sequence[tuple[Profile, Mode]], rules: Iterable[Rule]) -> None:
    """Raise ValueError for a rule that no client can meet at any of these listeners."""
    for rule in rules:
        check_kind("each of rules", rule, Rule)
        reasons = [_obstacle(profile, mode, rule) for profile, mode in places]
        if reasons and all(reasons):
            names = ", ".join(f"{profile.name}:{mode}" for profile, mode in places)
            raise ValueError(f"no client can meet on({rule.verb!r}, ...) at {names}: {reasons[0]}")


def _obstacle(profile: Profile, mode: Mode, rule: Rule) -> str:
    if reason := _silence(profile):
        return reason
    if rule.verb == "TLS" and mode == "plain":
        return 'mode "plain" has no handshake; listen with mode="ssl" or mode="starttls"'
    if rule.verb == "STARTTLS" and mode != "starttls":
        return f'mode {mode!r} has no STARTTLS; listen with mode="starttls"'
    if rule.verb in ("TLS", "STARTTLS") and mode == "starttls" and not profile.offers_starttls:
        return "STARTTLS is not offered (offers_starttls=False)"
    if rule.verb == "AUTH" and not profile.auth:
        return "AUTH is not offered; write auth=(...) with a mechanism"
    if rule.verb == "BDAT" and not profile.offers("CHUNKING"):
        return 'CHUNKING is not offered; write on("DATA", ...), or extensions=(...) with it'
    # Refused before any rule is asked, but for what is no group there.
    if rule.grouped and rule.verb not in ("*", "STARTTLS", "BDAT") and not profile.speaks("PIPELINING"):
        return "groups are refused; leave out grouped=True, or write extensions=(...) with PIPELINING"
    return ""


def _silence(profile: Profile) -> str:
    if profile.reach != "open":
        return f"nobody can connect (reach={profile.reach!r})"
    return "" if profile.speaks_smtp else "no SMTP is spoken (service=...)"


def _useless_fields(profile: Profile) -> Iterator[str]:
    """Why which of the changed fields could have no effect."""
    changed = [each.name for each in fields(profile) if _is_changed(profile, each.name)]
    if silence := _silence(profile):
        has_tls = bool(profile.service and profile.service.encrypted and profile.reach == "open")
        kept = {*_ALWAYS, *(["service"] if profile.reach == "open" else []), *(_OF_TLS if has_tls else [])}
        if useless := [name for name in changed if name not in kept]:
            yield f"{silence}; leave out {', '.join(useless)}"
        return
    if not shows_certificate(profile) and (useless := [name for name in changed if name in _OF_TLS]):
        yield f"it never comes to a handshake; leave out {', '.join(useless)}"
    yield from _useless_logins(profile)
    yield from _useless_details(profile)


def _is_changed(profile: Profile, name: str) -> bool:
    return bool(getattr(profile, name) != getattr(_DEFAULT, name))


def shows_certificate(profile: Profile) -> bool:
    """Whether clients come to a handshake, in modes that have one."""
    if not profile.speaks_smtp:
        return False
    before = ("STARTTLS", "TLS")
    ends = (rule for rule in profile.rules if rule.verb in before and _is_always_due(rule))
    return profile.offers_starttls and not any(
        rule.hang or rule.drop or rule.reply is not None for rule in ends
    )


def _is_always_due(rule: Rule) -> bool:
    return not (rule.grouped or rule.answered or rule.skip) and rule.times is None and rule.match == "*"


def _useless_logins(profile: Profile) -> Iterator[str]:
    if not profile.auth and profile.auth_required:
        yield "auth_required=True without AUTH takes no mail from anybody; write auth=(...) with a mechanism"
    if not profile.auth and profile.auth_after_tls is not None:
        yield "auth_after_tls= is about AUTH; write auth=(...) with a mechanism"
    if profile.token_refusal != INVALID_TOKEN and not set(TOKEN_MECHANISMS) & set(profile.auth):
        yield f"token_refusal= is about tokens; write auth={TOKEN_MECHANISMS!r}, or one of them"


def _useless_details(profile: Profile) -> Iterator[str]:
    if profile.injects and not profile.offers_starttls:
        yield "injects= comes with STARTTLS; leave out offers_starttls=False"
    if profile.ciphers and profile.tls_min == "TLSv1.3":
        yield 'ciphers= is about TLS up to 1.2; leave out tls_min="TLSv1.3"'
    for name in profile.unspoken:
        if not profile.offers(name):
            yield f"unspoken={name!r} is about what is listed; write extensions=(...) with it"
    if not profile.bdat_failure_ends and not profile.speaks("CHUNKING"):
        yield "bdat_failure_ends= is about BDAT; write extensions=(...) with CHUNKING"
