"""The shapes of REST answers, and their description for the OpenAPI document."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from feedback.rules.feedback_input import CLIENT_REFERENCE_LENGTH, COMMENT_LENGTH


@extend_schema_field({"type": "number", "nullable": True, "multipleOf": 0.01})
class AmountField(serializers.DecimalField):
    """An amount as a JSON number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, allow_null=True, **options)

    def to_representation(self, value: Decimal | None) -> float | None:  # type: ignore[override]
        """Twelve digits are exact in a double, and print as they are."""
        return None if value is None else float(value)


class MomentField(serializers.DateTimeField):
    """A moment in UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class RoutingSerializer(serializers.Serializer[Any]):
    """One lead given to the client, with what the client said about it last."""

    Id = serializers.UUIDField(source="id", help_text="The routing ID.")
    Number = serializers.IntegerField(source="number", help_text="The routing number, for systems with short fields.")
    LeadName = serializers.CharField(source="lead.name")
    Phone = serializers.CharField(source="lead.phone")
    Email = serializers.CharField(source="lead.email")
    City = serializers.CharField(source="lead.city")
    SourceName = serializers.CharField(source="lead.source.name", allow_null=True)
    ClientReference = serializers.CharField(source="client_reference")
    RoutedAt = MomentField(source="created_at")
    DeliveredAt = MomentField(source="delivered_at", allow_null=True)
    ReasonId = serializers.IntegerField(source="current_feedback.feedback.reason_id", allow_null=True)
    Comment = serializers.CharField(source="current_feedback.feedback.comment", allow_null=True)
    Amount = AmountField(source="current_feedback.feedback.amount")
    OccurredAt = MomentField(source="current_feedback.feedback.occurred_at", allow_null=True)
    FeedbackAt = MomentField(source="current_feedback.feedback.received_at", allow_null=True)


class FeedbackSerializer(serializers.Serializer[Any]):
    """One thing that the client said about one routing."""

    Id = serializers.UUIDField(source="id")
    RoutingId = serializers.UUIDField(source="routing_id")
    RoutingNumber = serializers.IntegerField(source="routing.number")
    ReasonId = serializers.IntegerField(source="reason_id")
    Comment = serializers.CharField(source="comment")
    Amount = AmountField(source="amount")
    OccurredAt = MomentField(source="occurred_at", allow_null=True)
    ClientReference = serializers.CharField(source="client_reference")
    ReceivedAt = MomentField(source="received_at")
    IsCurrent = serializers.BooleanField(source="is_current", help_text="Whether it is the one that counts now.")


class ReasonSerializer(serializers.Serializer[Any]):
    """A numbered feedback reason."""

    Id = serializers.IntegerField(source="id")
    Name = serializers.CharField(source="name", help_text="In the language of Accept-Language.")
    NameHe = serializers.CharField(source="name_he")
    NameEn = serializers.CharField(source="name_en")
    Kind = serializers.CharField(source="kind")
    IsActive = serializers.BooleanField(source="is_active")
    IsCommentRequired = serializers.BooleanField(source="is_comment_required")


class FeedbackInputSerializer(serializers.Serializer[Any]):
    """What a client says about one of its routings; `RoutingId` or `RoutingNumber` names it."""

    RoutingId = serializers.UUIDField(required=False, allow_null=True)
    RoutingNumber = serializers.IntegerField(required=False, allow_null=True)
    ReasonId = serializers.IntegerField()
    Comment = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=COMMENT_LENGTH)
    Amount = AmountField(required=False)
    OccurredAt = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it happened, with an offset. Left out: on arrival."
    )
    ClientReference = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=CLIENT_REFERENCE_LENGTH,
        help_text="Your own id of this update.",
    )


class FieldProblemSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs; it stays the same in every language.")
    detail = serializers.CharField(help_text="For people, in the language of Accept-Language.")
    errors = FieldProblemSerializer(many=True, required=False)  # type: ignore[assignment]


class ItemProblemSerializer(serializers.Serializer[Any]):
    """Why one item of an array was refused."""

    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False)


class FeedbackAnswerSerializer(serializers.Serializer[Any]):
    """The answer to one item of an array: `Feedback`, or `Problem`."""

    Status = serializers.IntegerField(help_text="201 recorded, 200 said before, 400 or 404 refused.")
    Feedback = FeedbackSerializer(required=False)
    Problem = ItemProblemSerializer(required=False)
