"""Bodies that come in chunks, without a length."""

import io
import json

import pytest
from django.test import RequestFactory

from tests.odata.shop.declaration import SERVICE
from tests.odata.shop.models import Product


@pytest.mark.django_db
def test_a_body_in_chunks_is_read() -> None:
    body = json.dumps({"Number": 1}).encode()
    request = RequestFactory().post(
        "/shop/Products", content_type="application/json", headers={"Authorization": "Bearer dana"}
    )
    del request.META["CONTENT_LENGTH"]
    request.META |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(body)}
    assert SERVICE.respond(request, "Products").status_code == 201
    assert Product.objects.count() == 1
    request.META["wsgi.input"] = io.BytesIO(b" " * 1_000_001)
    assert SERVICE.respond(request, "Products").status_code == 413
