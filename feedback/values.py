"""What feedback adds to the values that a rule can send: the links of a mail, one for each reason."""

from django.utils.translation import gettext_lazy as _

from accounts.mail.writing import absolute_url
from distribution.rules.values import FEEDBACK_LINKS, Links, SendableValue, Subject, register
from feedback.services.links import link_path, link_token

# With the clients that are limited to some reasons, for the same rows serve the leads of all clients.
_REASONS_SQL = """
SELECT reason.id, reason.name_he, reason.name_en, reason.is_active,
    ARRAY(SELECT own.client_id FROM feedback_clientreason own WHERE own.reason_id = reason.id)
FROM feedback_reason reason
ORDER BY reason.position, reason.id
"""


def feedback_links(subject: Subject, key: str) -> Links:
    """Give a link for each reason that the client is asked to use, named in the client's language."""
    token, client = link_token(subject.routing_id), subject.client_id
    reasons = subject.context.get(FEEDBACK_LINKS, ())
    is_limited = any(client in own for *_reason, own in reasons)
    return Links(
        tuple(
            (name_en if subject.client_language == "en" else name_he, absolute_url(link_path(token, reason_id)))
            for reason_id, name_he, name_en, is_active, own in reasons
            if is_active and (client in own or not is_limited)
        )
    )


register(
    SendableValue(
        key=FEEDBACK_LINKS, label=_("Feedback links"), sample="", read=feedback_links, context_sql=_REASONS_SQL
    )
)
