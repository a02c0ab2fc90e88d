"""What can go wrong between a lead coming in and a client's system having it: one tree, each with a code of its own."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# What is wrong with the rows of a table: by place in the list, then by field.
RowErrors = dict[int, dict[str, list[Any]]]


class DistributionError(Exception):
    """An anticipated error; `code` is for machines, the message says what to do next."""

    code = "distribution_error"
    message = _("This cannot be done.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class RuleError(DistributionError):
    """A rule cannot be saved or switched on as it is."""

    code = "rule_error"


class RoutingIdMissing(RuleError):
    """The rule would be active without sending what feedback names the lead by (guide, part B, step 7)."""

    code = "routing_id_missing"
    message = _(
        "An active rule must send the routing ID: the client's system names it in its feedback. Add a mapping "
        "of “Routing ID” (or “Routing number”), or keep the rule as an unfinished draft."
    )


class FeedbackLinksMissing(RoutingIdMissing):
    """The mails of an active rule would give the client no way to answer."""

    message = _(
        "An active rule must let the client answer: a mail needs the feedback links. Add a mapping of “Feedback "
        "links”, or keep the rule as an unfinished draft."
    )


class DraftChanged(RuleError):
    """What was to go live is not what the person saw."""

    code = "draft_changed"
    message = _("The rule was changed after this page was shown. Look at it as it is now, then activate it.")


class AnswerUnusable(RuleError):
    """Nothing can be made of this answer, or of this place in it."""

    code = "answer_unusable"
    message = _(
        "Nothing can be made of this place in the answer. Choose a value that is there, or write the response rule by "
        "hand in the rule."
    )


class RuleInvalid(RuleError):
    """Single fields of the rule are wrong.

    `errors` names them as a form does; `row_errors` does so for the rows of a section's table, by the section's
    slug and the row's place in the list. `mapping_errors` are those of the mappings.
    """

    code = "rule_invalid"
    message = _("The rule was not saved. Correct the marked fields.")

    def __init__(
        self,
        errors: dict[str, list[Any]],
        *,
        mapping_errors: RowErrors | None = None,
        row_errors: dict[str, RowErrors] | None = None,
    ) -> None:
        super().__init__()
        self.errors = errors
        self.row_errors = row_errors or {}
        self.mapping_errors = mapping_errors or {}


class SourceError(DistributionError):
    """Something about a source or its intake token is in the way."""

    code = "source_error"


class InvalidIntakeToken(SourceError):
    """The text presented is no source's intake token."""

    code = "invalid_token"
    message = _(
        "The intake token is missing or not valid. Send it as “Authorization: Bearer TOKEN”, as “X-Source-Token: "
        "TOKEN”, or at the end of the address: /api/v1/leads/TOKEN/."
    )


class SourceInactive(SourceError):
    """Staff switched the source off."""

    code = "source_inactive"
    message = _("This source is switched off: no leads are taken from it. Ask the agency to switch it on.")


class TokenNotReadable(SourceError):
    """The token works, but its text cannot be shown."""

    code = "token_not_readable"
    message = _(
        "The intake token works, but its text cannot be read, because the encryption key of this installation is "
        "missing or another one. Restore ENCRYPTION_KEYS, or replace the token."
    )


class TransmissionError(DistributionError):
    """A request cannot be made, or a delivery cannot go where it is told to."""

    code = "transmission_error"


class RequestNotRenderable(TransmissionError):
    """The request of a rule version cannot be put together for a lead; the message says why."""

    code = "request_not_renderable"
    message = _("The request could not be put together. Correct the rule or the lead, and try again.")


class TargetNotAllowed(TransmissionError):
    """The address of a rule leads where leads must not be sent; the message says what to write instead."""

    code = "target_not_allowed"


class DeliveryIsSending(TransmissionError):
    """The delivery is on its way at this moment."""

    code = "delivery_is_sending"
    message = _("This is being sent at this moment. Wait until the attempt has ended, then try again.")


class DeliveryNotOpen(TransmissionError):
    """Nothing is left to cancel: the client's system has the lead, or the delivery was cancelled before."""

    code = "delivery_not_open"
    message = _("This delivery has ended already. Reload the page to see how.")


class RuleNotSending(TransmissionError):
    """The rule was deleted or never switched on, so nothing can be sent by it."""

    code = "rule_not_sending"
    message = _("This rule cannot send: it was deleted or never switched on. Give the lead by another rule.")


class MoveNotOpen(TransmissionError):
    """An act on many deliveries has ended already."""

    code = "move_not_open"
    message = _("This has ended already. Reload the page to see how.")


class ExportNotOpen(DistributionError):
    """An export has ended already."""

    code = "export_not_open"
    message = _("This has ended already. Reload the page to see how.")


class ListNotReadable(DistributionError):
    """No list is shown at this address."""

    code = "list_not_readable"
    message = _("This list cannot be exported with these filters. Open the list, choose them anew and export again.")


class TooManyDeliveries(TransmissionError):
    """More deliveries were chosen than one act takes."""

    code = "too_many_deliveries"
    message = _("These are more than 200,000 deliveries. Choose a rule or a shorter time.")


class LeadImportError(DistributionError):
    """The import of a file is not possible as asked."""

    code = "import_error"


class ImportUnreadable(LeadImportError):
    """The file is no table of leads; the message says what to do about it."""

    code = "import_unreadable"


class ImportNotOpen(LeadImportError):
    """The import has been started, or has ended."""

    code = "import_not_open"
    message = _("This import is no longer where the page shows it. Reload the page.")


class RoutingError(DistributionError):
    """Leads cannot be given, or a routing cannot be taken back."""

    code = "routing_error"


class NoLeadsToGive(RoutingError):
    """There is no lead to be given, or there are too many for one go."""

    code = "no_leads_to_give"
    message = _("There are no leads to give. Choose others, or more days.")


class RoutingJobNotOpen(RoutingError):
    """The background job has ended."""

    code = "routing_job_not_open"
    message = _("This has ended already. Reload the page to see how.")


class RoutingSeen(RoutingError):
    """Something of the routing was sent, or the client was shown it."""

    code = "routing_seen"
    message = _("The client has seen this routing: it cannot be taken back any more.")
