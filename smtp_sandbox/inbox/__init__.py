"""A web page with the sandbox's messages and sessions."""

from .web import Inbox as Inbox
