"""What the shop stores."""

import uuid

from django.db import models


class Category(models.Model):
    """A category within a category."""

    id = models.IntegerField(primary_key=True)
    name_he = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta:
        app_label = "shop"


class Tag(models.Model):
    """A word that stands on products."""

    code = models.CharField(max_length=40, primary_key=True)

    class Meta:
        app_label = "shop"


class Product(models.Model):
    """Something for sale; nearly everything about it may be unknown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.IntegerField(unique=True)
    name = models.TextField(null=True)  # noqa: DJ001 - the tests are about null
    nickname = models.TextField(null=True)  # noqa: DJ001
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    rating = models.IntegerField(null=True)
    weight = models.FloatField(null=True)
    allowed = models.BooleanField(null=True)
    sold = models.BigIntegerField(default=0)
    released = models.DateTimeField(null=True)
    launched = models.DateField(null=True)
    opens = models.TimeField(null=True)
    lasts = models.DurationField(null=True)
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="products")
    tags = models.ManyToManyField(Tag, related_name="products")
    color = models.IntegerField(null=True)
    uses = models.IntegerField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "shop"


class Review(models.Model):
    """What somebody thinks of a product."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    stars = models.IntegerField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        app_label = "shop"


class Shelf(models.Model):
    """How many of a product lie where: two properties make the key."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="shelves")
    place = models.CharField(max_length=40)
    amount = models.IntegerField()

    class Meta:
        app_label = "shop"
        constraints = [models.UniqueConstraint(fields=["product", "place"], name="shelf_once")]
