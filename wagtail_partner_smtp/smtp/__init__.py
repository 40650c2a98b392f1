"""One SMTP conversation, for the connection test and for delivery. Knows no models and no Django."""

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
)
from .examine import examine
from .settings import Policy, Security, SMTPSettings, Stage

__all__ = [
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
    "examine",
]
