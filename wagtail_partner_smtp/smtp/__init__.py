"""One SMTP conversation, for the connection test and for delivery. Uses no models and no Django."""

from .errors import (
    AddressError,
    AuthenticationError,
    AuthError,
    CertificateError,
    Code,
    ConnectError,
    DataRefusedError,
    DeadlineError,
    DisconnectedError,
    ProtocolError,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SettingsError,
    SMTPError,
    TLSError,
    TokenError,
)
from .examine import examine
from .settings import Policy, Security, SMTPSettings, Stage
from .token_source import AccessToken, TokenSource

__all__ = [
    "AccessToken",
    "AddressError",
    "AuthError",
    "AuthenticationError",
    "CertificateError",
    "Code",
    "ConnectError",
    "DataRefusedError",
    "DeadlineError",
    "DisconnectedError",
    "Policy",
    "ProtocolError",
    "RecipientsRefusedError",
    "ReplyError",
    "SMTPError",
    "SMTPSettings",
    "Security",
    "SenderRefusedError",
    "SettingsError",
    "Stage",
    "TLSError",
    "TokenError",
    "TokenSource",
    "examine",
]
