"""Random filters mean the same in PostgreSQL and in the evaluation in Python."""

from typing import Any

import pytest
from django.db import DataError, connection, transaction
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
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20000")  # a statement that explodes fails here and does not hang
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


@pytest.mark.parametrize(
    "pattern",
    [
        "substring({},1)",
        "concat({},Name)",
        "substring(Name,length({}))",
    ],
)
def test_statements_grow_with_the_request_not_with_its_nesting(context: Context, pattern: str) -> None:
    """Nesting as deep as allowed gives a statement of modest length, whatever the function."""
    text = "Name"
    for _ in range(9):
        text = pattern.format(text)
    scope = Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget(nodes=100, depth=20))
    queryset = Translator(context).apply(Product.objects.all(), parse_condition(f"{text} eq 'x'", scope))
    assert len(str(queryset.query)) < 20_000
    list(queryset)


def test_nested_conditions_stay_small(context: Context) -> None:
    """The same for truth values that are compared with each other and looked up in lists."""
    for pattern in ("({} eq (allowed and true))", "({} in [allowed,true])", "endswith(substring(Name,case({}:1)),Name)",
                    "(case({}:Rating) divby 2 eq 1)", "(round(case({}:Weight)) eq 1)"):  # fmt: skip
        text = "allowed"
        for _ in range(9):
            text = pattern.format(text)
        scope = Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget(nodes=1_000, depth=100))
        queryset = Translator(context).apply(Product.objects.all(), parse_condition(text, scope))
        assert len(str(queryset.query)) < 20_000, pattern
        list(queryset)
