"""What can be asked about feedback: the door other apps use."""

from feedback.queries.clients_view import feedback_of_client, routings_of_client
from feedback.queries.history import feedback_of_client_for_staff, feedback_of_routings
from feedback.queries.reasons import reasons_for_clients

__all__ = [
    "feedback_of_client",
    "feedback_of_client_for_staff",
    "feedback_of_routings",
    "reasons_for_clients",
    "routings_of_client",
]
