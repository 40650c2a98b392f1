"""An OAuth 2.0 server whose tokens the sandbox's mail servers take.

The data alone (``faults``, ``replies`` and ``catalogue``) can be imported without Authlib.
"""
