"""What is said of a client's deliveries before and after the client is switched off."""

from accounts.client_backlog import register
from accounts.models import User
from distribution import queries
from distribution.admin.rule_editor.backlog_texts import tell_left


def tell_backlog(client: User) -> str:
    """Say what waits for a client's rules and what is under way."""
    return tell_left(queries.backlog_of_client(client.pk))


register(tell_backlog)
