"""Whatever somebody types behind the question mark of a list's address is no error of ours."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import LeadFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

QUERIES = [
    "name__regex=(",
    "id__regex=(",
    "name__regex=%00",
    "created_at__year=99999999999",
    "received_at__year=99999999999",
    "origin__exact=%00",
    "state=%00",
    "state__exact=%00",
    "door__exact=%00",
    "id__exact=99999999999999999999",
    "id__in=1,99999999999999999999",
    "q=%00",
    "q=%FF%ED%A0%80",
    "p=99999999999999999999",
    "o=99.-99.x",
    "_to_field=password",
    "client__password__startswith=a",
]


@pytest.fixture
def staff() -> Client:
    LeadFactory()
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_no_list_breaks_on_a_query(staff: Any) -> None:
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    assert len(lists) > 5
    broken = []
    for address in lists:
        for query in QUERIES:
            response = staff.get(f"{address}?{query}")
            if response.status_code not in (200, 302, 400):
                broken.append((response.status_code, address, query))
    assert not broken


def test_what_the_database_refuses_starts_the_list_afresh(staff: Any) -> None:
    response = staff.get("/admin/distribution/source/?name__regex=(", follow=True)
    assert response.redirect_chain == [("/admin/distribution/source/?e=1", 302)]
    assert response.status_code == 200
