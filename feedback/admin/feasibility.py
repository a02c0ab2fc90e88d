"""What to ask a client before the work begins: can its system take leads in and answer with feedback?"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question, and what a “no” means."""

    text: Promise
    otherwise: Promise
    is_required: bool


QUESTIONS = (
    Question(
        text=_("Can the system take in a lead by an HTTPS request that we send it (POST, PUT or GET)?"),
        otherwise=_("Then leads cannot be transmitted to it; ask its vendor for an interface for new leads."),
        is_required=True,
    ),
    Question(
        text=_("Can a field be added to the lead for a text of 36 characters, the routing ID?"),
        otherwise=_("A field for a whole number will do as well: then the routing number is sent instead."),
        is_required=False,
    ),
    Question(
        text=_(
            "Does that field stay on the record while people work on it, also when it becomes a customer or a deal?"
        ),
        otherwise=_("Then nobody can tell later which lead the feedback is about: the field must be kept."),
        is_required=True,
    ),
    Question(
        text=_("Can the system send an HTTPS request of its own when somebody changes the status of a lead?"),
        otherwise=_("A run every few minutes that sends what has changed will do as well."),
        is_required=False,
    ),
    Question(
        text=_("Can that request carry a JSON body and a header with the API key (or a user name for Basic)?"),
        otherwise=_("An automation service such as Make, Zapier or Power Automate can send it in its place."),
        is_required=False,
    ),
    Question(
        text=_("Can each status of the system be matched to one of the numbers in the list of feedback reasons?"),
        otherwise=_("Match the important ones first; a status without a match is simply not sent."),
        is_required=False,
    ),
    Question(
        text=_("May the system reach our address above over HTTPS (TLS 1.2 or newer)?"),
        otherwise=_("The client's network people must allow this address."),
        is_required=True,
    ),
    Question(
        text=_("When an answer is not 2xx, can the request be repeated later?"),
        otherwise=_("Feedback that was on its way during a disturbance has to be sent again by hand."),
        is_required=False,
    ),
    Question(
        text=_("Is there a person who sets this up, with a test lead, together with us?"),
        otherwise=_("Agree on a contact first; the connection takes an hour or two."),
        is_required=True,
    ),
)
