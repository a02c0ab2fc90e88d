"""What can go wrong with feedback.

FeedbackError
  RoutingNotFound     no such routing, another client's, or one the client does not see yet: never told apart
  FeedbackInvalid     something in what was said must be mended by the sender; `field` names it
    FieldInvalid      a value has not the type of its field
    FieldUnknown      a name that no field has
    RoutingMissing    neither RoutingId nor RoutingNumber was given
    ReasonMissing     no ReasonId was given
    ReasonUnknown     there is no reason with this number
    CommentRequired   the reason asks for a comment
    TextTooLong       a text is longer than its field
    TextNotAllowed    a text holds a character that cannot be stored
    AmountInvalid     the amount does not fit
    OccurredAtInvalid the time does not fit, or has no offset
  RequestRefused      nothing is wrong with what was said, but with the request that said it
    KeyUsedDifferently its idempotency key belongs to another request
    RequestTooOld     it was sent first so long ago that nobody can tell whether it was answered
  LinkUnknown         no link that this installation made leads here, or its routing is no longer to be seen
  LinkExpired         the time of a link in a mail is over
  ReasonExists        another reason has this name
  KitError            a client kit cannot be opened or shown
    KitLinkUnknown    no kit has such a link
    KitLinkEnded      the link expired or was revoked
    KitLinkNotReadable the link works, but its text cannot be read
    KitKeyNotShown    the link shows no key, or has shown it
"""

from typing import Any

from django.utils.translation import gettext_lazy as _


class FeedbackError(Exception):
    """An anticipated error; `code` is for machines, the message says what to do next."""

    code = "feedback_error"
    message = _("This cannot be done.")
    field = ""

    def __init__(self, **values: Any) -> None:
        super().__init__()
        self.values = values
        if "field" in values:
            self.field = values["field"]

    def __str__(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)


class RoutingNotFound(FeedbackError):
    """The client sees no such routing. Whether somebody else does is nobody's business."""

    code = "routing_not_found"
    message = _("There is no such routing. Send the routing ID exactly as it came with the lead.")


class FeedbackInvalid(FeedbackError):
    """The sender must mend something before it sends again; `field` is the name at the doors."""

    code = "invalid"


class FieldInvalid(FeedbackInvalid):
    """The value is of another type than the field's."""

    code = "field_invalid"
    message = _("%(field)s must be %(expected)s.")


class FieldUnknown(FeedbackInvalid):
    """Refused rather than dropped: a misspelt name would lose what it holds."""

    code = "field_unknown"
    message = _("There is no field “%(field)s”. The fields are %(known)s.")


class RoutingMissing(FeedbackInvalid):
    """Nobody can tell which lead is meant."""

    code = "routing_missing"
    message = _("Say which lead this is about: give RoutingId or RoutingNumber.")
    field = "RoutingId"


class ReasonMissing(FeedbackInvalid):
    """A feedback without a reason says nothing."""

    code = "reason_missing"
    message = _("Give ReasonId, the number of a feedback reason. The list of reasons has them all.")
    field = "ReasonId"


class ReasonUnknown(FeedbackInvalid):
    """No reason has this number, and none ever had."""

    code = "reason_unknown"
    message = _("There is no feedback reason with this number. The list of reasons has them all.")
    field = "ReasonId"


class CommentRequired(FeedbackInvalid):
    """The agency wants words with this reason."""

    code = "comment_required"
    message = _("This feedback reason needs a comment. Give Comment as well.")
    field = "Comment"


class TextTooLong(FeedbackInvalid):
    """Nothing is cut off silently."""

    code = "text_too_long"
    message = _("%(field)s is longer than %(maximum)s characters. Send less.")


class TextNotAllowed(FeedbackInvalid):
    """NUL and halves of surrogate pairs are no text (RFC 8259, 8.2; PostgreSQL stores neither)."""

    code = "text_not_allowed"
    message = _("%(field)s holds a character that is no text (NUL or half of a surrogate pair). Send it without.")


class AmountInvalid(FeedbackInvalid):
    """The amount does not fit its column."""

    code = "amount_invalid"
    message = _("Amount must be a number of at most ten digits, and two more after the decimal point.")
    field = "Amount"


class OccurredAtInvalid(FeedbackInvalid):
    """The time does not fit."""

    code = "occurred_at_invalid"
    message = _("OccurredAt must be a time with its offset, such as 2026-01-31T09:30:00Z, between 1970 and 2199.")
    field = "OccurredAt"


class RequestRefused(FeedbackError):
    """The request as a whole is refused, whatever it says."""

    code = "request_refused"


class KeyUsedDifferently(RequestRefused):
    """An idempotency key stands for one request (IETF draft idempotency-key-header, section 2.7)."""

    code = "idempotency_key_reused"
    message = _("This idempotency key was used for another request. Give each request a key of its own.")


class RequestTooOld(RequestRefused):
    """Done or not done, nobody can tell (OASIS Repeatable Requests 1.0, Repeatability-First-Sent)."""

    code = "request_too_old"
    message = _("This request was first sent more than 7 days ago. Look whether it arrived, then send it as a new one.")


class ReasonExists(FeedbackError):
    """Two reasons with one name could not be told apart."""

    code = "reason_exists"
    message = _("There is a reason with this Hebrew name already.")


class LinkUnknown(FeedbackError):
    """No link that this installation made leads here, or its routing is no longer to be seen."""

    code = "link_unknown"
    message = _("Perhaps the link was cut off on its way. Open it from the mail again, or tell the agency by phone.")


class LinkExpired(FeedbackError):
    """The time of a link in a mail is over, or the client's links were revoked."""

    code = "link_expired"
    message = _("This link takes no feedback any more. Tell the agency by phone.")


class KitError(FeedbackError):
    """Something about a client kit is in the way."""

    code = "kit_error"


class KitLinkUnknown(KitError):
    """No kit has this token."""

    code = "kit_link_unknown"
    message = _("There is no client kit at this address. Open the link exactly as you received it.")


class KitLinkEnded(KitError):
    """The link led to a kit, and does so no longer."""

    code = "kit_link_ended"
    message = _("This link has ended. Ask the agency that sent it for a new one.")


class KitLinkNotReadable(KitError):
    """The link works, but this installation cannot decrypt its text."""

    code = "kit_link_not_readable"
    message = _("The text of this link cannot be read. Make a new link.")


class KitKeyNotShown(KitError):
    """A link shows the key once at most."""

    code = "kit_key_not_shown"
    message = _("This link does not show the API key, or has shown it already. Ask the agency for the key.")


def error_again(code: str, values: dict[str, Any]) -> FeedbackError:
    """Give the error that once had this code and these values."""
    kinds = [FeedbackInvalid]
    for kind in kinds:
        kinds += kind.__subclasses__()
    known: dict[str, type[FeedbackError]] = {kind.code: kind for kind in (*kinds, RoutingNotFound)}
    return known.get(code, FeedbackInvalid)(**values)
