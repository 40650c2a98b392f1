"""One SMTP conversation, for the connection test and for delivery. Knows no models and no Django."""

from .errors import Code, SMTPError
from .examine import examine
from .settings import Policy, Security, SMTPSettings, Stage

__all__ = ["Code", "Policy", "SMTPError", "SMTPSettings", "Security", "Stage", "examine"]
