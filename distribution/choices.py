"""The closed vocabularies of distribution."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    """How a lead came in."""

    API = "api", _("over HTTP")
    IMPORT = "import", _("from a file")
    MANUAL = "manual", _("by hand")
    TEST = "test", _("test lead")


class SourcesMode(models.TextChoices):
    """Which sources' leads a rule takes."""

    ALL = "all", _("All sources")
    SOME = "some", _("Only the sources chosen below")
    MANUAL = "manual", _("None: leads are given by hand only")


class Method(models.TextChoices):
    """HTTP methods of a rule's request."""

    POST = "POST", "POST"
    PUT = "PUT", "PUT"
    PATCH = "PATCH", "PATCH"
    GET = "GET", "GET"


class Channel(models.TextChoices):
    """How a rule's leads reach the client."""

    HTTP = "http", _("to the client's system, over HTTP")
    MAIL = "mail", _("by e-mail, to a person")


class BodyFormat(models.TextChoices):
    """Where the mapped fields stand in the request: in a list of fields, in the slots of a template, or in a mail."""

    JSON = "json", _("JSON body")
    FORM = "form", _("Form body")
    QUERY = "query", _("Parameters in the address")
    MULTIPART = "multipart", _("Form body in parts (multipart)")
    XML = "xml", _("XML by a template")
    SOAP = "soap", _("SOAP by a template")
    JSON_TEMPLATE = "json_template", _("JSON by a template")
    TEXT = "text", _("Free text by a template")
    MAIL = "mail", _("E-mail")


class AuthKind(models.TextChoices):
    """How a rule's request proves itself to the client's system."""

    NONE = "none", _("None")
    BASIC = "basic", _("User name and password (Basic)")
    BEARER = "bearer", _("Token (Bearer)")
    API_KEY = "api_key", _("API key in a header or parameter")
    OAUTH2 = "oauth2", _("OAuth 2 (client credentials)")
    LOGIN = "login", _("Login request that brings a token")


class AuthPlace(models.TextChoices):
    """Where a key or token stands."""

    HEADER = "header", _("Header")
    QUERY = "query", _("Parameter in the address")


class ClientAuth(models.TextChoices):
    """How client ID and secret are sent for a token (RFC 6749, 2.3.1)."""

    BASIC = "basic", _("in a header (Basic)")
    BODY = "body", _("in the body")


class LoginFormat(models.TextChoices):
    """The body of a login request."""

    JSON = "json", _("JSON")
    FORM = "form", _("Form")


class Placement(models.TextChoices):
    """Where one mapped value stands."""

    FIELD = "field", _("Field")
    QUERY = "query", _("Parameter in the address")
    HEADER = "header", _("Header")
    SLOT = "slot", _("Slot in the template or the address")
    SUBJECT = "subject", _("Subject of the mail")


class JsonType(models.TextChoices):
    """The type that a value has in JSON."""

    AS_IS = "", _("As it is")
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("true / false")
    LIST = "list", _("List (texts between commas)")
    RAW = "raw", _("JSON as written")


class Transform(models.TextChoices):
    """What is done to a value before it is sent."""

    NONE = "", _("As it is")
    PHONE_LOCAL = "phone_local", _("Phone: digits, local (0501234567)")
    PHONE_INTERNATIONAL = "phone_international", _("Phone: international (+972501234567)")
    PHONE_INTERNATIONAL_DIGITS = "phone_international_digits", _("Phone: international digits (972501234567)")
    PHONE_DASHED = "phone_dashed", _("Phone: local with a dash (050-1234567)")
    PHONE_DOUBLE_ZERO = "phone_double_zero", _("Phone: international with 00 (00972501234567)")
    PHONE_NATIONAL = "phone_national", _("Phone: without the leading 0 (501234567)")
    PHONE_PREFIX = "phone_prefix", _("Phone: prefix only (050)")
    PHONE_REST = "phone_rest", _("Phone: without the prefix (1234567)")
    DATE = "date", _("Date in a format of the client's")
    FIRST_NAME = "first_name", _("First name")
    LAST_NAME = "last_name", _("Last name")
    YES_NO = "yes_no", _("Yes or no as 1 / 0")
    TRUE_FALSE = "true_false", _("Yes or no as true / false")
    DIGITS = "digits", _("Digits only")
    ONE_LINE = "one_line", _("In one line")
    UPPER = "upper", _("Upper case")
    LOWER = "lower", _("Lower case")


class DeliveryState(models.TextChoices):
    """Where a delivery stands; `OPEN` ones are the transmit loop's queue."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("sending")
    ACCEPTED = "accepted", _("accepted by the client")
    REFUSED = "refused", _("refused")
    HELD = "held", _("held for a person")
    GAVE_UP = "gave_up", _("not delivered")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATES = (DeliveryState.WAITING, DeliveryState.SENDING)
NEEDS_PERSON_STATES = (DeliveryState.REFUSED, DeliveryState.HELD, DeliveryState.GAVE_UP)


class AttemptKind(models.TextChoices):
    """Why an exchange with the client's system took place."""

    DELIVERY = "delivery", _("delivery")
    TEST = "test", _("test")


class AttemptOutcome(models.TextChoices):
    """What one exchange led to; an attempt without one was cut off, and nobody knows."""

    ACCEPTED = "accepted", _("accepted by the client")
    REFUSED = "refused", _("refused")
    RETRY = "retry", _("another attempt follows")
    HELD = "held", _("held for a person")


class AnswerPart(models.TextChoices):
    """What of a client's answer a response rule or a capture looks at."""

    STATUS = "status", _("The status only")
    BODY = "body", _("The text of the answer")
    JSON = "json", _("A value in JSON")
    XML = "xml", _("A value in XML")
    HEADER = "header", _("A header")


class AnswerTest(models.TextChoices):
    """How a response rule compares what it looks at."""

    EQUALS = "equals", _("is exactly")
    CONTAINS = "contains", _("contains")
    MATCHES = "matches", _("matches the pattern (regular expression)")
    EXISTS = "exists", _("is there and not empty")


class AnswerMeaning(models.TextChoices):
    """What an answer means for its delivery; the values are those of `AttemptOutcome`."""

    ACCEPTED = "accepted", _("accepted by the client")
    REFUSED = "refused", _("refused")
    RETRY = "retry", _("try again later")
    HELD = "held", _("hold for a person")


class OtherAnswers(models.TextChoices):
    """What an answer of success (2xx) means when there are rules for success and no rule fits it."""

    HELD = "held", _("hold for a person")
    REFUSED = "refused", _("refused")
    ACCEPTED = "accepted", _("accepted by the client")


class CaptureTarget(models.TextChoices):
    """What a value taken from an answer is."""

    CLIENT_REFERENCE = "reference", _("the client's own ID of the lead")
    VALUE = "value", _("a value under a name of ours")


class SampleKind(models.TextChoices):
    """What a saved answer is an example of."""

    SUCCESS = "success", _("success")
    FAILURE = "failure", _("failure")


class RatePeriod(models.IntegerChoices):
    """What a rule's limit of requests counts over, in seconds."""

    SECOND = 1, _("second")
    MINUTE = 60, _("minute")
    HOUR = 3600, _("hour")


class AfterUnknown(models.TextChoices):
    """What follows an attempt of which nobody knows whether it arrived."""

    RETRY = "retry", _("Send again with the same idempotency key")
    HOLD = "hold", _("Hold the delivery for a person")


class PauseReason(models.TextChoices):
    """Why a rule is paused; only `FAILING` ends by itself."""

    STAFF = "staff", _("paused by a member of staff")
    GONE = "gone", _("the client's system says that this address is closed for good")
    FAILING = "failing", _("the client's system only fails")
    CAP = "cap_reached", _("the rule's cap is reached")


class DeliveryAct(models.TextChoices):
    """What staff do with deliveries."""

    AGAIN = "again", _("Sending again (the same request)")
    ANEW = "anew", _("Sending anew by the rule of today")
    CANCEL = "cancel", _("Cancelling")


class RuleEventKind(models.TextChoices):
    """What happened to a rule."""

    PAUSED = "paused", _("paused")
    RESUMED = "resumed", _("resumed")


class ImportState(models.TextChoices):
    """Where the import of a file stands."""

    MATCHING = "matching", _("columns to be matched")
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ExportFormat(models.TextChoices):
    """What kind of file a list is exported to; the value is the end of its name."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"


class AlarmKind(models.TextChoices):
    """What staff are told of. What a kind's subject is, `rules.alarm_texts` says."""

    RULE_PAUSED = "rule_paused", _("destination paused")
    NOT_DELIVERED = "not_delivered", _("leads not delivered")
    REFUSED = "refused", _("many leads refused")
    CAP_REACHED = "cap_reached", _("cap reached")
    QUEUE_OLD = "queue_old", _("deliveries wait too long")
    SOURCE_SILENT = "source_silent", _("a source fell silent")
    CLIENT_WITHOUT_LEADS = "client_no_leads", _("no leads reach a client")
    CLIENT_WITHOUT_FEEDBACK = "client_no_feedback", _("a client gives no feedback")


SILENCE_KINDS = (AlarmKind.SOURCE_SILENT, AlarmKind.CLIENT_WITHOUT_LEADS, AlarmKind.CLIENT_WITHOUT_FEEDBACK)


# PostgreSQL's NOTIFY channel on which the transmit loop hears that deliveries were written.
DELIVERIES_CHANNEL = "deliveries"


class OutsideHours(models.TextChoices):
    """What a rule does with a lead that comes outside its hours."""

    WAIT = "wait", _("The lead waits for the next opening")
    SKIP = "skip", _("The rule does not take the lead")


class AtCap(models.TextChoices):
    """What a rule does with a lead beyond its caps."""

    WAIT = "wait", _("The lead waits for the next hour, day or month with a free place")
    SKIP = "skip", _("The rule does not take the lead; the next rule may")
    PAUSE = "pause", _("The rule takes it and is paused until a person resumes it")


class DuplicateAction(models.TextChoices):
    """What a rule does with a lead whose person was given before; a rule without it sends."""

    SKIP = "skip", _("The rule does not take the lead")
    FLAG = "flag", _("It is sent, and marked as a repeat here")


class DuplicateScope(models.TextChoices):
    """Given before to whom."""

    CLIENT = "client", _("to this client")
    ALL = "all", _("to any client")


class BlockedKind(models.TextChoices):
    """What an entry of the block list names."""

    PHONE = "phone", _("Phone")
    PHONE_PREFIX = "prefix", _("Beginning of phones")
    EMAIL = "email", _("E-mail address")
    DOMAIN = "domain", _("E-mail domain")


class MatchCode(models.TextChoices):
    """What a rule says to a lead; the words are `rules.match_words`'s."""

    TAKES = "takes"
    WAITS_FOR_HOURS = "waits_for_hours"
    WAITS_FOR_CAP = "waits_for_cap"
    PAUSES = "pauses"
    CONDITION = "condition"
    OUTSIDE_HOURS = "outside_hours"
    CAP = "cap"
    DUPLICATE = "duplicate"
    BLOCKED = "blocked"
    TAKEN = "taken"
    SHARED = "shared"
    UNREADABLE = "unreadable"
    OTHER_SOURCE = "other_source"


class RoutingJobKind(models.TextChoices):
    """Why many leads are given at once."""

    BY_HAND = "by_hand", _("leads chosen by hand")
    EXISTING = "existing", _("existing leads to a rule")


# The outcome code of a delivery whose routing was taken back before it was sent: as if it had never been.
TAKEN_BACK = "taken_back"
