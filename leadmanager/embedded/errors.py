"""What can go wrong with the embedded PostgreSQL.

EmbeddedError
├── HomeUnusable       the state directory cannot be made or written
├── ServerUnavailable  no server programs for this machine, or no user to run them as
└── ServerNotStarted   the server was tried and did not come up
"""


class EmbeddedError(Exception):
    """Root of the tree; the message is one line that says what to do next."""

    code = "embedded"


class HomeUnusable(EmbeddedError):
    """The state directory cannot be made or written."""

    code = "home_unusable"


class ServerUnavailable(EmbeddedError):
    """There is nothing that could be started."""

    code = "server_unavailable"


class ServerNotStarted(EmbeddedError):
    """The server did not come up in time, or ended at once."""

    code = "server_not_started"
