"""Words that every mail server says. If a password is one of them, removing it would reveal it."""

from __future__ import annotations

import re

# https://www.iana.org/assignments/mail-parameters, and what is in use besides.
_KEYWORDS = """
    8BITMIME ATRN AUTH BINARYMIME BURL CHECKPOINT CHUNKING CONNEG CONPERM DELIVERBY DSN ENHANCEDSTATUSCODES
    ETRN EXPN FUTURERELEASE HELP LIMITS MT-PRIORITY MTRK NO-SOLICITING ONEX PIPELINING REQUIRETLS RRVS SAML
    SEND SIZE SMTPUTF8 SOML STARTTLS SUBMITTER TURN UTF8SMTP VERB VRFY XCLIENT XFORWARD
"""
# https://www.iana.org/assignments/sasl-mechanisms, and what is in use besides.
_MECHANISMS = """
    ANONYMOUS CRAM-MD5 DIGEST-MD5 EXTERNAL GS2-KRB5 GS2-IAKERB GSSAPI KERBEROS_V4 LOGIN NTLM OAUTH10A
    OAUTHBEARER OTP PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS SCRAM-SHA-512
    SCRAM-SHA-512-PLUS SECURID SRP XOAUTH XOAUTH2
"""
# Commands, software, and what is in replies.
_WORDS = """
    ehlo helo lhlo mail from rcpt data bdat rset noop quit rcptmax mailmax smtp esmtp esmtpa esmtps lmtp tls
    ssl starttls postfix exim sendmail dovecot exchange microsoft google gmail outlook amazonses haraka
    opensmtpd qmail courier zimbra debian ubuntu mailserver gateway relay accepted account active address
    administrator again allowed already and application are authenticated authentication authorization
    authorized bad begin bye cannot channel check client closing command complete completed connect
    connected connection content continue credentials data delivered delivery denied disabled does domain
    error exist expired failed failure first forbidden found forward full goodbye greetings hello here host
    identity incorrect information input internal invalid known later limit local locked login mailbox many
    mechanism message method missing must name need network not nothing okay only open password permission
    permitted please pleased policy port problem proceed process protocol queued quota ready receive
    recipient refused reject rejected relaying required reset resources response sasl secret secure security
    see send sender sending server service session site spam specified start storage success successful
    successfully support supported syntax system temporarily temporary terminated thanks that the this
    timeout too transaction transmission try type unable unavailable unknown unrecognized use user username
    valid verify wait welcome with within words wrong you your
"""
KEYWORDS = frozenset(_KEYWORDS.split())
MECHANISMS = frozenset(_MECHANISMS.split())
_ALL = frozenset(word.casefold() for word in (*KEYWORDS, *MECHANISMS, *_WORDS.split()))
# What is shorter is in every reply.
_SHORTEST = 4  # characters
_NUMBER = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def is_ordinary(word: str) -> bool:
    """Whether servers say it, or a longer word that holds it, to everybody."""
    plain = word.casefold()
    return len(plain) < _SHORTEST or bool(_NUMBER.fullmatch(plain)) or any(plain in each for each in _ALL)


def is_listed(word: str) -> bool:
    """Whether it is one of the words themselves."""
    return word.casefold() in _ALL
