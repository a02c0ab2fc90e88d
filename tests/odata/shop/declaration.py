"""How the shop is served."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest

from feedback.odata import (
    Access,
    Context,
    Declaration,
    EntitySet,
    EntityType,
    ETag,
    Navigation,
    ODataService,
    Property,
    Write,
    Written,
    edm,
    errors,
)
from feedback.odata.errors import ODataError
from tests.odata.shop.models import Category, Product, Review, Shelf, Tag

W = Access.WRITABLE


def of(name: str, kind: edm.PrimitiveType, path: str, **more: Any) -> Property:
    """A property that clients may write unless it says otherwise."""
    if kind is edm.STRING:
        more.setdefault("max_length", 200)
    return Property(name=name, type=kind, path=path, **({"access": W} | more))


CATEGORY = EntityType(
    name="Category",
    key=("ID",),
    properties=(
        of("ID", edm.INT32, "id", nullable=False, access=Access.INSERTABLE),
        Property(
            name="Name",
            type=edm.STRING,
            path=lambda context: f"name_{context.language}",
            nullable=False,
            max_length=100,
        ),
        of("NameHe", edm.STRING, "name_he", nullable=False),
        of("NameEn", edm.STRING, "name_en", nullable=False),
        of("ParentID", edm.INT32, "parent_id"),
        Property(
            name="BothNames",
            type=edm.STRING,
            expression=lambda context, prefix: Concat(
                f"{prefix}name_en", Coalesce(f"{prefix}name_he", f"{prefix}name_en")
            ),
            max_length=200,
            access=Access.COMPUTED,
        ),
    ),
    navigation=(
        Navigation(
            name="Parent", target="Categories", path="parent", foreign_key=(("ParentID", "ID"),), partner="Children"
        ),
        Navigation(name="Children", target="Categories", collection=True, back="parent", partner="Parent"),
        Navigation(name="Products", target="Products", collection=True, back="category", partner="Category"),
    ),
)
COLOR = edm.enumeration("Shop.Color", {"Red": 1, "Green": 2, "Blue": 3})
USES = edm.enumeration(
    "Shop.Uses", {"Nothing": 0, "Indoors": 1, "Outdoors": 2, "Anywhere": 3, "Kids": 4}, is_flags=True
)
PRODUCT = EntityType(
    name="Product",
    key=("ID",),
    alternate_keys=(("Number",),),
    properties=(
        of("ID", edm.GUID, "id", nullable=False, access=Access.INSERTABLE, required=False),
        of("Number", edm.INT32, "number", nullable=False),
        of("Name", edm.STRING, "name"),
        of("nullable", edm.STRING, "nickname"),
        of("Price", edm.DECIMAL, "price", precision=12, scale=2),
        of("Rating", edm.INT32, "rating"),
        of("Weight", edm.DOUBLE, "weight"),
        of("allowed", edm.BOOLEAN, "allowed"),
        of("Sold", edm.INT64, "sold", nullable=False, required=False),
        of("Released", edm.DATE_TIME_OFFSET, "released", precision=6),
        of("Launched", edm.DATE, "launched"),
        of("Opens", edm.TIME_OF_DAY, "opens", precision=6),
        of("Lasts", edm.DURATION, "lasts"),
        of("CategoryID", edm.INT32, "category_id"),
        of("Color", COLOR, "color"),
        of("Uses", USES, "uses"),
        Property(name="Version", type=edm.INT32, path="version", nullable=False, access=Access.COMPUTED),
    ),
    navigation=(
        Navigation(
            name="Category",
            target="Categories",
            path="category",
            foreign_key=(("CategoryID", "ID"),),
            partner="Products",
        ),
        Navigation(name="Reviews", target="Reviews", collection=True, back="product", partner="Product"),
        Navigation(name="Tags", target="Tags", collection=True, back="products", partner="Products"),
        Navigation(name="Shelves", target="Shelves", collection=True, back="product", partner="Product"),
    ),
)
TAG = EntityType(
    name="Tag",
    key=("Code",),
    properties=(of("Code", edm.STRING, "code", nullable=False, max_length=40, access=Access.INSERTABLE),),
    navigation=(Navigation(name="Products", target="Products", collection=True, back="tags", partner="Tags"),),
)
REVIEW = EntityType(
    name="Review",
    key=("ID",),
    properties=(
        of("ID", edm.INT64, "id", nullable=False, access=Access.COMPUTED),
        of("ProductID", edm.GUID, "product_id", nullable=False),
        of("Stars", edm.INT32, "stars"),
        of("Text", edm.STRING, "text"),
    ),
    navigation=(
        Navigation(
            name="Product", target="Products", path="product", nullable=False, foreign_key=(("ProductID", "ID"),),
            partner="Reviews",
        ),
    ),
)  # fmt: skip
SHELF = EntityType(
    name="Shelf",
    key=("ProductID", "Place"),
    properties=(
        of("ProductID", edm.GUID, "product_id", nullable=False),
        of("Place", edm.STRING, "place", nullable=False, max_length=40),
        of("Amount", edm.INT32, "amount", nullable=False),
    ),
    navigation=(
        Navigation(
            name="Product", target="Products", path="product", nullable=False, foreign_key=(("ProductID", "ID"),),
            partner="Shelves",
        ),
    ),
)  # fmt: skip


class Store:
    """Write functions for a model whose properties are its own columns."""

    def __init__(self, entity_type: EntityType, model: Any) -> None:
        self.type = entity_type
        self.model = model

    def columns(self, values: Any) -> dict[str, Any]:
        """Property values by column."""
        return {str(self.type.by_name[name].path): value for name, value in values.items()}

    def key_of(self, row: Any) -> dict[str, Any]:
        """The row's key by property name."""
        return {each.name: getattr(row, str(each.path)) for each in self.type.key_properties}

    def insert(self, write: Write) -> Written:
        """A new row."""
        try:
            with transaction.atomic():
                row = self.model.objects.create(**self.columns(write.values))
        except IntegrityError as error:
            raise errors.Conflict("This cannot be stored beside what is there.") from error
        return Written(key=self.key_of(row))

    def insert_many(self, writes: Sequence[Write]) -> Sequence[Written | ODataError]:
        """New rows, in one statement."""
        rows = [self.model(**self.columns(write.values)) for write in writes]
        try:
            with transaction.atomic():
                self.model.objects.bulk_create(rows)
        except IntegrityError:
            return [errors.Conflict("These cannot be stored beside what is there.")] * len(rows)
        return [Written(key=self.key_of(row)) for row in rows]

    def update(self, write: Write) -> Written:
        """A changed row."""
        row = self.model.objects.filter(**self.columns(write.key)).first()
        if row is None:
            raise errors.NotFound("There is nothing at this address.")
        for name, value in self.columns(write.values).items():
            setattr(row, name, value)
        if hasattr(row, "version"):
            row.version += 1
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise errors.Conflict("This cannot be stored beside what is there.") from error
        return Written(key=self.key_of(row), created=False)

    def delete(self, write: Write) -> None:
        """A row less."""
        if not self.model.objects.filter(**self.columns(write.key)).delete()[0]:
            raise errors.NotFound("There is nothing at this address.")


def word_in_product(context: Context, word: str) -> Q:
    """Where `$search` looks."""
    return Q(name__icontains=word) | Q(nickname__icontains=word)


PRODUCTS = Store(PRODUCT, Product)
CATEGORIES = Store(CATEGORY, Category)
REVIEWS = Store(REVIEW, Review)

SHOP = Declaration(
    namespace="Shop",
    custom_options=("loud",),
    plan_key=lambda context: context.principal,
    sets=(
        EntitySet(
            name="Products",
            type=PRODUCT,
            queryset=lambda context: Product.objects.all(),
            insert=PRODUCTS.insert,
            insert_many=PRODUCTS.insert_many,
            update=PRODUCTS.update,
            delete=PRODUCTS.delete,
            replace=True,
            upsert=True,
            etag=ETag(paths=("version",), salt=lambda context: context.language),
            search=word_in_product,
        ),
        EntitySet(
            name="Categories",
            type=CATEGORY,
            queryset=lambda context: Category.objects.all(),
            insert=CATEGORIES.insert,
            update=CATEGORIES.update,
            delete=CATEGORIES.delete,
        ),
        EntitySet(name="Tags", type=TAG, queryset=lambda context: Tag.objects.all()),
        EntitySet(
            name="Reviews",
            type=REVIEW,
            queryset=lambda context: Review.objects.all(),
            insert=REVIEWS.insert,
        ),
        EntitySet(name="Shelves", type=SHELF, queryset=lambda context: Shelf.objects.all()),
    ),
)


def customer_of(request: HttpRequest) -> str:
    """Who asks: whoever gives a name as bearer token."""
    scheme, _space, name = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not name:
        raise errors.Unauthorized("Send your name.", challenge='Bearer realm="shop"')
    return name


SERVICE = ODataService(declaration=SHOP, root="/shop/", authenticate=customer_of)
urlpatterns = [*SERVICE.urls]
