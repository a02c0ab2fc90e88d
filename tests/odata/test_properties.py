"""Random filters mean the same in PostgreSQL and in the evaluation in Python."""

from typing import Any

import pytest
from django.db import DataError, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, assume, event, given, settings

from feedback.odata import Context, Limits
from feedback.odata.errors import TooComplex
from feedback.odata.parser import parse_condition
from feedback.odata.scope import Budget, Scope
from feedback.odata.translate import Translator
from tests.odata import filters
from tests.odata.evaluate import holds
from tests.odata.shelves import NOW, entities, fill_shelves
from tests.odata.shop.declaration import SHOP
from tests.odata.shop.models import Product


@pytest.fixture
def context(db: None) -> Context:
    """A request for the filled shelves."""
    fill_shelves()
    request = RequestFactory().get("/shop/")
    return Context(request=request, principal="dana", language="en", now=NOW, root="http://testserver/shop/")


@pytest.mark.slow
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(text=filters.conditions)
def test_the_database_agrees_with_the_evaluation(context: Context, text: str) -> None:
    """The same products, whatever the filter."""
    scope = Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget(nodes=Limits().nodes, depth=Limits().depth))
    try:
        node = parse_condition(text, scope)
    except TooComplex:
        assume(False)
    expected = {row["Number"] for row in entities() if holds(node, row, NOW)}
    found = _found(context, node)
    assume(found is not None)
    event(f"{len(expected)} of 5")
    assert found == expected, text


def _found(context: Context, node: Any) -> set[int] | None:
    """The numbers that the database gives; None where it cannot compute (a number out of range)."""
    try:
        with transaction.atomic():
            return set(Translator(context).apply(Product.objects.all(), node).values_list("number", flat=True))
    except DataError:
        return None
