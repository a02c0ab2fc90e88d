"""What an attempt led to, decided from values alone: accepted, refused, another attempt, or a person is needed.

Source: design.md, “Default answers”; reliability.md, “Delivery”.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AttemptOutcome, DeliveryState
from distribution.rules.backoff import next_delay_s


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one attempt led to, and where it puts its delivery.

    `outcome` None: nobody knows. `delay_s` is set exactly when another attempt follows. `code` is a key of
    `EXPLANATIONS`, which says what to do.
    """

    outcome: AttemptOutcome | None
    state: DeliveryState
    code: str
    delay_s: float | None = None
    pauses_rule: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer or its absence means by itself, before counting attempts."""

    outcome: AttemptOutcome | None
    code: str
    pauses_rule: bool = False


NOT_VERIFIED = "accepted_not_verified"
BROKEN_OFF = "broken_off"
CUT_OFF = "cut_off"
OUTCOME_UNKNOWN = "outcome_unknown"

_ACCEPTED = Reading(AttemptOutcome.ACCEPTED, NOT_VERIFIED)
_BY_STATUS = {
    400: Reading(AttemptOutcome.REFUSED, "refused_by_status"),
    409: Reading(AttemptOutcome.REFUSED, "refused_by_status"),
    422: Reading(AttemptOutcome.REFUSED, "refused_by_status"),
    401: Reading(AttemptOutcome.HELD, "unauthorized"),
    403: Reading(AttemptOutcome.HELD, "forbidden"),
    404: Reading(AttemptOutcome.HELD, "not_found"),
    410: Reading(AttemptOutcome.HELD, "gone", pauses_rule=True),
    408: Reading(AttemptOutcome.RETRY, "client_busy"),
    425: Reading(AttemptOutcome.RETRY, "client_busy"),
    429: Reading(AttemptOutcome.RETRY, "client_busy"),
}
_BY_ERROR = {
    "connect_failed": Reading(AttemptOutcome.RETRY, "connect_failed"),
    "dns_failed": Reading(AttemptOutcome.RETRY, "dns_failed"),
    "timeout": Reading(AttemptOutcome.RETRY, "timeout"),
    "tls_failed": Reading(AttemptOutcome.HELD, "tls_failed"),
    "address_refused": Reading(AttemptOutcome.HELD, "address_refused"),
    "url_refused": Reading(AttemptOutcome.HELD, "url_refused"),
    "bad_response": Reading(AttemptOutcome.HELD, "bad_response"),
    "too_many_headers": Reading(AttemptOutcome.HELD, "too_many_headers"),
    "token_refused": Reading(AttemptOutcome.HELD, "token_refused"),
    "token_missing": Reading(AttemptOutcome.HELD, "token_missing"),
    "token_failed": Reading(AttemptOutcome.RETRY, "token_failed"),
    "credentials_unreadable": Reading(AttemptOutcome.HELD, "credentials_unreadable"),
    "internal_error": Reading(AttemptOutcome.RETRY, "internal_error"),
    # What a mail server says to the mail of a rule.
    "mail_handed_over": Reading(AttemptOutcome.ACCEPTED, "mail_handed_over"),
    "mail_server_busy": Reading(AttemptOutcome.RETRY, "mail_server_busy"),
    "mail_server_unreachable": Reading(AttemptOutcome.RETRY, "mail_server_unreachable"),
    "mail_refused": Reading(AttemptOutcome.REFUSED, "mail_refused"),
    "mail_recipient_refused": Reading(AttemptOutcome.HELD, "mail_recipient_refused"),
    "mail_sender_refused": Reading(AttemptOutcome.HELD, "mail_sender_refused"),
    "mail_login_refused": Reading(AttemptOutcome.HELD, "mail_login_refused"),
    "mail_encryption_failed": Reading(AttemptOutcome.HELD, "mail_encryption_failed"),
    "mail_server_refused": Reading(AttemptOutcome.HELD, "mail_server_refused"),
    # The request may have been taken in: nobody knows, and the same key goes out again.
    BROKEN_OFF: Reading(None, BROKEN_OFF),
}


def read_status(status: int) -> Reading:
    """Give what a status says while no response rule says otherwise."""
    if 200 <= status < 300:
        return _ACCEPTED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return Reading(AttemptOutcome.HELD, "redirected")
    if 500 <= status < 600:
        return Reading(AttemptOutcome.RETRY, "client_failed")
    return Reading(AttemptOutcome.HELD, "unexpected_status")


def read_error(code: str) -> Reading:
    """Give what a failure of the wire says; an unknown code needs a person."""
    return _BY_ERROR.get(code, Reading(AttemptOutcome.HELD, code))


_STATE_OF = {
    AttemptOutcome.ACCEPTED: DeliveryState.ACCEPTED,
    AttemptOutcome.REFUSED: DeliveryState.REFUSED,
    AttemptOutcome.HELD: DeliveryState.HELD,
}


def judge(
    *,
    status: int | None,
    error_code: str,
    attempts_made: int,
    backoff_s: Sequence[float],
    jitter: float,
    retry_after_s: float | None = None,
    understood: Reading | None = None,
) -> Verdict:
    """Decide where an attempt puts its delivery.

    `error_code` is the wire's, empty when an answer came (`status`); `attempts_made` counts this attempt;
    `jitter` is a random number of 0 to 1; `understood` is what the answer means by the version's response rules.
    """
    reading = read_error(error_code) if error_code or status is None else understood or read_status(status)
    if reading.outcome in _STATE_OF:
        return Verdict(reading.outcome, _STATE_OF[reading.outcome], reading.code, pauses_rule=reading.pauses_rule)
    delay_s = next_delay_s(attempts_made=attempts_made, backoff_s=backoff_s, jitter=jitter, retry_after_s=retry_after_s)
    if delay_s is None:
        return Verdict(reading.outcome, DeliveryState.GAVE_UP, reading.code)
    return Verdict(reading.outcome, DeliveryState.WAITING, reading.code, delay_s=delay_s)


def cut_off() -> Verdict:
    """Decide for an attempt that we broke off ourselves, stopping: nobody knows, and it is due again at once."""
    return Verdict(None, DeliveryState.WAITING, CUT_OFF, delay_s=0.0)


EXPLANATIONS: dict[str, str | Promise] = {
    NOT_VERIFIED: _("The client's system answered with success. (What it says in words was not checked.)"),
    "accepted_by_rule": _("The client's system took the lead: its answer is what the rule calls success."),
    "accepted_other_answer": _(
        "The client's system answered with success, but with none of the answers that the rule knows. The rule counts "
        "such answers as accepted."
    ),
    "refused_by_rule": _(
        "The client's system refused the lead: its answer is what the rule calls a refusal. Correct the lead or the "
        "rule, and send again."
    ),
    "refused_other_answer": _(
        "The answer of the client's system is not what the rule calls success, so it counts as a refusal. Read it; if "
        "the lead was taken, add a response rule that says so."
    ),
    "retry_by_rule": _("The client's system asked to try again later. Another attempt follows by itself."),
    "held_by_rule": _(
        "The answer of the client's system is one that the rule leaves to a person. Read it, then send again or cancel."
    ),
    "held_other_answer": _(
        "The client's system answered with success, but with none of the answers that the rule knows. Read it: add a "
        "response rule that says what it means, then send again or cancel."
    ),
    "answers_unreadable": _(
        "The response rules of this version cannot be read any more. Open the rule, save it and activate it again."
    ),
    "refused_by_status": _("The client's system refused the lead. Its answer says why; correct the lead or the rule."),
    "unauthorized": _(
        "The client's system did not accept our credentials. Ask the client for valid ones, put them into the rule, "
        "and send again."
    ),
    "forbidden": _(
        "The client's system forbids us this request. Ask the client to let our requests in, and send again."
    ),
    "not_found": _("There is nothing at the rule's address. Check the address with the client, and send again."),
    "gone": _(
        "The client's system says that this address is closed for good; the rule was paused. Ask the client for the "
        "new address, put it into the rule, resume the rule, and send again."
    ),
    # Why a rule is paused (`choices.PauseReason`), besides 410.
    "failing": _(
        "The client's system only fails, so the rule was paused. From time to time one delivery is sent as a trial; as "
        "soon as it is answered, the rule goes on by itself. Ask the client what is wrong."
    ),
    "staff": _("A member of staff paused the rule. Resume it when its deliveries are to be sent."),
    "redirected": _(
        "The client's system pointed to another address, which is never followed. Put the final address into the "
        "rule, and send again."
    ),
    "client_busy": _("The client's system asked to come back later. Another attempt follows by itself."),
    "client_failed": _("The client's system reported a failure of its own. Another attempt follows by itself."),
    "unexpected_status": _(
        "The client's system answered with a status that says neither yes nor no. Ask the client what became of the "
        "lead, then send again or cancel."
    ),
    "connect_failed": _("The client's system could not be reached. Another attempt follows by itself."),
    "dns_failed": _("The name in the rule's address is not known at present. Another attempt follows by itself."),
    "timeout": _("The client's system did not answer in time. Another attempt follows by itself."),
    "tls_failed": _(
        "The secure connection failed: the certificate of the client's system is expired, self-made or made out to "
        "another name. Ask the client to put it right, and send again."
    ),
    "address_refused": _(
        "The rule's address leads into a network that leads must not be sent to. Correct the address, or add the "
        "network to TRANSMIT_ALLOWED_NETWORKS, and send again."
    ),
    "url_refused": _("The rule's address cannot be used any more. Correct it in the rule, and send again."),
    "bad_response": _(
        "What the client's system answered is no HTTP. Ask the client what became of the lead, then send again or "
        "cancel."
    ),
    "too_many_headers": _(
        "The answer of the client's system has too many or too long headers. Ask the client what became of the lead, "
        "then send again or cancel."
    ),
    BROKEN_OFF: _(
        "The connection broke off before the whole answer was here: outcome unknown. Another attempt with the same "
        "idempotency key follows by itself."
    ),
    CUT_OFF: _(
        "The transmission was stopped in the middle: outcome unknown. Another attempt with the same idempotency key "
        "follows by itself."
    ),
    OUTCOME_UNKNOWN: _(
        "Nobody knows whether the lead arrived, and this rule sends nothing twice by itself. Ask the client whether it "
        "is there, then cancel or send again."
    ),
    "token_refused": _(
        "The client's system refused the request for a token. Check its address, user name and secret in the rule, and "
        "send again."
    ),
    "token_missing": _(
        "The answer to the request for a token has no token where the rule looks for it. Correct the place in the "
        "rule, and send again."
    ),
    "token_failed": _("No token could be had at present. Another attempt follows by itself."),
    "credentials_unreadable": _(
        "The rule's credentials cannot be read, because the encryption key of this installation is missing or another "
        "one. Enter them in the rule again, and send again."
    ),
    "mail_handed_over": _(
        "The mail was handed to the mail server. Whether it was read, only the client's feedback tells; a mail that "
        "comes back goes to the sender's address."
    ),
    "mail_server_busy": _("The mail server asked to come back later. Another attempt follows by itself."),
    "mail_server_unreachable": _("The mail server could not be reached. Another attempt follows by itself."),
    "mail_refused": _("The mail server refused this mail. Its answer says why; correct the rule, and send again."),
    "mail_recipient_refused": _(
        "The mail server knows no such recipient. Ask the client for the right address, put it into the rule, and send "
        "again by the current rule."
    ),
    "mail_sender_refused": _(
        "The mail server does not take mails from our sender. Whoever runs this installation corrects MAIL_FROM; then "
        "send again."
    ),
    "mail_login_refused": _(
        "The mail server did not accept our user name and password. Whoever runs this installation corrects EMAIL_URL; "
        "then send again."
    ),
    "mail_encryption_failed": _(
        "The connection to the mail server could not be encrypted. Whoever runs this installation checks EMAIL_URL and "
        "the server's certificate; then send again."
    ),
    "mail_server_refused": _(
        "The mail server refused to talk to us. Its answer says why; whoever runs this installation checks EMAIL_URL, "
        "then send again."
    ),
    "no_feedback_reasons": _(
        "There is no feedback reason that this client may use, so the mail would have no links. Activate one at "
        "Customer feedback, and send again."
    ),
    "internal_error": _("Something failed on our side; it was logged. Another attempt follows by itself."),
    "render_failed": _("The request could not be put together. Correct the rule or the lead, and send again."),
    "value_not_sendable": _(
        "A value cannot stand where the rule puts it: headers take English letters, digits and signs only. "
        "Correct the rule or the lead, and send again by the current rule."
    ),
    "not_encodable": _(
        "A letter of the lead does not exist in the character set of the client's system. Let the rule send ? for such "
        "letters, or correct the lead, and send again by the current rule."
    ),
    "type_mismatch": _(
        "A value of the lead is not of the type that the rule promises the client's system. Correct the lead, or "
        "choose another type or a value table in the rule, and send again by the current rule."
    ),
    "value_missing": _(
        "A part of the address is empty for this lead. Give the mapping a value for when it is empty, or correct the "
        "lead, and send again by the current rule."
    ),
    "slot_unmapped": _("A slot of the rule's template or address has no mapping. Add one to the rule, and send again."),
    "template_unreadable": _("The rule's template or address cannot be read. Correct it in the rule, and send again."),
    "charset_unknown": _("The rule's character set is not known. Correct it in the rule, and send again."),
    "mapping_conflict": _("Two mappings of the rule contradict each other. Correct the rule, and send again."),
    "rule_switched_off": _("The rule was switched off, and what waited for it was cancelled."),
    "rule_deleted": _("The rule was deleted before this was sent."),
    "cancelled_by_staff": _("Cancelled by a member of staff."),
    "taken_back": _("Taken back by a member of staff before anything was sent."),
    "waits_for_hours": _("Waits for the next opening by the rule's days and hours."),
    "waits_for_cap": _("Waits for the next hour, day or month in which the rule's cap leaves a place."),
    "cap_reached": _("The rule's cap is reached. Resume the rule to send what waits."),
}


def explain(code: str) -> str | Promise:
    """Give what an outcome code means and what to do about it; an unknown code explains itself."""
    return EXPLANATIONS.get(code, code)
