"""The closed vocabularies of feedback."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReasonKind(models.TextChoices):
    """What a feedback reason means for the agency's figures."""

    NO_CONTACT = "no_contact", _("no contact")
    IN_PROGRESS = "in_progress", _("in progress")
    POSITIVE = "positive", _("positive")
    SALE = "sale", _("sale")
    NEGATIVE = "negative", _("negative")
    INVALID = "invalid", _("invalid")


class Door(models.TextChoices):
    """Through which door a feedback came."""

    ODATA = "odata", _("API OData")
    REST = "rest", _("REST API")
    LINK = "link", _("link in a mail")
    STAFF = "staff", _("entered by staff")
    FILE = "file", _("file")


class KitWay(models.TextChoices):
    """How a client kit was handed over."""

    LINK = "link", _("link")
    PDF = "pdf", "PDF"
    ZIP = "zip", "ZIP"


class KitPart(models.TextChoices):
    """What of a kit somebody opened by its link."""

    PAGE = "page", _("the kit itself")
    KEY = "key", _("API key")
    TRY = "try", _("try-it page")
    PDF = "pdf", "PDF"
    ZIP = "zip", "ZIP"
    REASONS = "reasons", _("list of reasons")
    SAMPLES = "samples", _("code samples")
    OPENAPI = "openapi", "OpenAPI"
    METADATA = "metadata", "$metadata"
    PBIDS = "pbids", "Power BI (.pbids)"


class RoutingOutcome(models.TextChoices):
    """How far a routing came, as reports count it; a routing that several rules send is as far as the best of them."""

    ACCEPTED = "accepted", pgettext_lazy("routings", "accepted")
    REFUSED = "refused", pgettext_lazy("routings", "refused")
    WAITING = "waiting", pgettext_lazy("routings", "waiting")
    UNDELIVERED = "undelivered", pgettext_lazy("routings", "not delivered")
    CANCELLED = "cancelled", pgettext_lazy("routings", "cancelled")


# Who may see reports; the permission is `models.DailyRoutings`'s.
VIEW_REPORT = "feedback.view_report"


class ReportKind(models.TextChoices):
    """The reports."""

    OVERVIEW = "overview", _("Leads and feedback")
    FUNNEL = "funnel", _("Feedback funnel")
    MONTH = "month", _("Monthly count")


class Rhythm(models.TextChoices):
    """How often a report is mailed."""

    WEEKLY = "weekly", _("every Sunday")
    MONTHLY = "monthly", _("on the first of every month")


class MailedPeriod(models.TextChoices):
    """What a mailed report looks back at."""

    LAST_WEEK = "last_week", _("the week before")
    LAST_MONTH = "last_month", _("the month before")
    LAST_30_DAYS = "last_30_days", _("the 30 days before")
