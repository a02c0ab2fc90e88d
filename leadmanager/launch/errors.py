"""Why a start was given up."""


class LaunchError(Exception):
    """A start cannot go on; the message is one line: what is wrong and what to do."""

    code = "launch"
