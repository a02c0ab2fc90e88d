"""Why the demo was not made.

DemoError
├── PublicInstallation
└── LoginTaken
"""

from typing import ClassVar


class DemoError(Exception):
    """The demo cannot be made; the message says what to do."""

    code: ClassVar[str] = "demo"
    message: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(self.message)


class PublicInstallation(DemoError):
    """Made-up leads and a login do not belong where real people come in."""

    code = "public_installation"
    message = (
        "PUBLIC_URL says that this installation is open to the internet; demo data is made only where it is not. "
        "Use another LEADMANAGER_HOME and database, without PUBLIC_URL."
    )


class LoginTaken(DemoError):
    """Somebody else has the demo's user name, or gave its user another password."""

    code = "login_taken"
    message = (
        "There is a user named “demo” whose password is not the demo's own. "
        "Rename that user (Users screen > Staff), then run this again."
    )
