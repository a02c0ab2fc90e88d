"""What waits and what is under way, in words: said before and after a rule or a client is stopped or changed."""

from django.utils.translation import ngettext

from distribution.queries import Backlog


def tell_left(backlog: Backlog) -> str:
    """Say what is left of a stopped rule's deliveries; empty when that is nothing."""
    said = []
    if backlog.waiting:
        said.append(
            ngettext("%(count)d delivery waits.", "%(count)d deliveries wait.", backlog.waiting)
            % {"count": backlog.waiting}
        )
    if backlog.sending:
        said.append(tell_under_way(backlog.sending))
    return " ".join(said)


def tell_versions(backlog: Backlog) -> str:
    """Say which version sends what waits, after a new one went live; empty when nothing waits."""
    said = []
    if backlog.fresh:
        said.append(
            ngettext(
                "%(count)d delivery that waits goes out by the new version.",
                "%(count)d deliveries that wait go out by the new version.",
                backlog.fresh,
            )
            % {"count": backlog.fresh}
        )
    if backlog.begun:
        said.append(
            ngettext(
                "%(count)d that was attempted already keeps the request it began with.",
                "%(count)d that were attempted already keep the request they began with.",
                backlog.begun,
            )
            % {"count": backlog.begun}
        )
    return " ".join(said)


def tell_under_way(number: int) -> str:
    """Say what nobody stops any more."""
    return ngettext(
        "%(count)d is under way at this moment and ends by itself.",
        "%(count)d are under way at this moment and end by themselves.",
        number,
    ) % {"count": number}
