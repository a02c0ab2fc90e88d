"""OData 4.01 for any Django queryset: the protocol, without a domain and without a framework beside Django's ORM and
HTTP.

A model is served by declaring it, and nothing else::

    from feedback.odata import Access, Declaration, EntitySet, EntityType, ETag, Navigation, ODataService, Property, edm

    REASON = EntityType(
        name="Reason",
        key=("Id",),
        properties=(
            Property(name="Id", type=edm.INT32, path="id", nullable=False),
            Property(name="Name", type=edm.STRING, path=lambda context: f"name_{context.language}", max_length=200),
        ),
    )
    NOTE = EntityType(
        name="Note",
        key=("Id",),
        alternate_keys=(("Number",),),
        properties=(
            Property(name="Id", type=edm.GUID, path="id", nullable=False, access=Access.COMPUTED),
            Property(name="Number", type=edm.INT32, path="number", nullable=False, access=Access.COMPUTED),
            Property(name="ReasonId", type=edm.INT32, path="reason_id", nullable=False, access=Access.WRITABLE),
            Property(name="Text", type=edm.STRING, path="text", max_length=2000, access=Access.WRITABLE),
        ),
        navigation=(
            Navigation(name="Reason", target="Reasons", path="reason", nullable=False, foreign_key=(("ReasonId",
            "Id"),)),
        ),
    )

    def record(write: Write) -> Written:            # write.values == {"ReasonId": 3, "Text": "..."}: typed and checked
        note = services.record_note(owner=write.context.principal, ...)  # or errors.InvalidValue(..., target="Text")
        return Written(key={"Id": note.id})         # values={...all properties...} saves reading it again

    SERVICE = ODataService(
        declaration=Declaration(
            namespace="Notes",
            sets=(
                EntitySet(name="Notes", type=NOTE, queryset=lambda context:
                Note.objects.filter(owner=context.principal), insert=record, etag=ETag(paths=("version",), salt=lambda
                context: context.language)), EntitySet(name="Reasons", type=REASON, queryset=lambda context:
                Reason.objects.all()),
            ),
        ),
        root="/odata/",
        authenticate=principal_of,  # (HttpRequest) -> principal, or errors.Unauthorized(..., challenge=...)
    )
    urlpatterns = [*SERVICE.urls]

What a set has no function for is answered 405 and said so in the metadata. `Property`, `Navigation`, `EntitySet`
(module `model`) and `Context`, `Write`, `Written` (module `context`) say in their docstrings what each field means.
Write functions refuse with the errors of the module `errors`; anything else that they raise is a fault of ours and
answered 500 (503 when the database is away).
"""

from feedback.odata import edm, errors
from feedback.odata.context import Context, Idempotency, Write, Written
from feedback.odata.model import (
    Access,
    Declaration,
    DeclarationError,
    EntitySet,
    EntityType,
    ETag,
    Navigation,
    Property,
)
from feedback.odata.operation import Limits
from feedback.odata.service import ODataService

__all__ = [
    "Access",
    "Context",
    "Declaration",
    "DeclarationError",
    "ETag",
    "EntitySet",
    "EntityType",
    "Idempotency",
    "Limits",
    "Navigation",
    "ODataService",
    "Property",
    "Write",
    "Written",
    "edm",
    "errors",
]
