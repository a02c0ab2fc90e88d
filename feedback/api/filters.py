"""Filters of the REST lists, under the names that the fields have."""

from django import forms
from django_filters import rest_framework as filters

from feedback.choices import ReasonKind
from feedback.rules.feedback_input import LARGEST_INTEGER


class IntegerFilter(filters.Filter):
    """A whole number that fits its column."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name, min_value=-LARGEST_INTEGER, max_value=LARGEST_INTEGER)


class RoutingFilter(filters.FilterSet):
    """Which of the client's routings."""

    Number = IntegerFilter("number")
    Phone = filters.CharFilter("lead__phone")
    Email = filters.CharFilter("lead__email", lookup_expr="iexact")
    ClientReference = filters.CharFilter("client_reference")
    ReasonId = IntegerFilter("current_feedback__feedback__reason_id")
    HasFeedback = filters.BooleanFilter("current_feedback", lookup_expr="isnull", exclude=True)
    RoutedFrom = filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    RoutedBefore = filters.IsoDateTimeFilter("created_at", lookup_expr="lt")
    FeedbackFrom = filters.IsoDateTimeFilter("current_feedback__feedback__received_at", lookup_expr="gte")
    FeedbackBefore = filters.IsoDateTimeFilter("current_feedback__feedback__received_at", lookup_expr="lt")


class FeedbackFilter(filters.FilterSet):
    """Which of the client's feedback."""

    RoutingId = filters.UUIDFilter("routing_id")
    RoutingNumber = IntegerFilter("routing__number")
    ReasonId = IntegerFilter("reason_id")
    ClientReference = filters.CharFilter("client_reference")
    IsCurrent = filters.BooleanFilter("is_current")
    ReceivedFrom = filters.IsoDateTimeFilter("received_at", lookup_expr="gte")
    ReceivedBefore = filters.IsoDateTimeFilter("received_at", lookup_expr="lt")


class ReasonFilter(filters.FilterSet):
    """Which of the feedback reasons."""

    Kind = filters.ChoiceFilter("kind", choices=ReasonKind.choices)
    IsActive = filters.BooleanFilter("is_active")
