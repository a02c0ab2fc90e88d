"""What feedback adds to the values that a rule can send: the links of a mail, one for each reason."""

from django.utils.translation import gettext_lazy as _

from accounts.mail.writing import absolute_url
from distribution.rules.values import FEEDBACK_LINKS, Links, SendableValue, Subject, register
from feedback.services.links import link_path, link_token

_REASONS_SQL = "SELECT id, name_he, name_en FROM feedback_reason WHERE is_active ORDER BY position, id"


def feedback_links(subject: Subject, key: str) -> Links:
    """Give a link for each reason that clients are asked to use, named in the client's language."""
    token = link_token(subject.routing_id)
    return Links(
        tuple(
            (name_en if subject.client_language == "en" else name_he, absolute_url(link_path(token, reason_id)))
            for reason_id, name_he, name_en in subject.context.get(FEEDBACK_LINKS, ())
        )
    )


register(
    SendableValue(
        key=FEEDBACK_LINKS, label=_("Feedback links"), sample="", read=feedback_links, context_sql=_REASONS_SQL
    )
)
