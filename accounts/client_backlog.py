"""What stops when a client is switched off: asked here, told by the apps above when they are ready.

An inactive client's key opens nothing, and nothing is sent to it; staff hear what that leaves waiting before they
do it and afterwards.
"""

from collections.abc import Callable

from accounts.models import User

Teller = Callable[[User], str]

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Have something said about a client: one or two sentences, empty when there is nothing to say."""
    _tellers.append(teller)


def tell(client: User) -> str:
    """Give what waits for a client or is under way to it; empty when that is nothing."""
    return " ".join(said for teller in _tellers if (said := teller(client)))
