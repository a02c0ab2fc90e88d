from tests.odata.conftest import Shop
import pytest, json

pytestmark = pytest.mark.django_db


def test_it(shop: Shop):
    from tests.odata.shop.models import Category, Product, Review, Tag

    c = Category.objects.create(id=1, name_he="כלים", name_en="Tools")
    p = Product.objects.create(number=7, name="Hammer", price="12.50", rating=3, category=c)
    Product.objects.create(number=8)
    Review.objects.create(product=p, stars=5, text="x")
    p.tags.add(Tag.objects.create(code="a"))
    for u in [
        "",
        "$metadata",
        "Products",
        f"Products({p.id})",
        "Products(Number=7)",
        "Products?$filter=Name eq 'Hammer' and not (Rating gt 3)&$select=Name&$orderby=Price desc&$count=true",
        "Products?$expand=Category,Reviews($top=1;$count=true),Tags",
        "Products/$count",
        f"Products({p.id})/Reviews",
        f"Products({p.id})/Category",
        f"Products({p.id})/Name",
        f"Products({p.id})/Name/$value",
        "Products?$filter=Reviews/any(r:r/Stars eq 5 and r/Product/Name eq Name)",
        "Products?$filter=Category/BothNames eq 'a' or Reviews/$count gt 0 or Category/Products/any(p:p/Category/BothNames eq Category/BothNames)",
        "Nope",
        "Products?$filter=Nope eq 1",
        "Products?$apply=x",
        "Products?$search=ham",
        "Categories?$expand=Products($expand=Reviews)",
        f"Products/{p.id}",
        "Products?$orderby=Name&$top=1&$filter=Reviews/all(r:r/Stars gt 1)",
        "Products?$compute=Price mul 2 as Double&$select=Name,Double",
    ]:
        r = shop.get(u)
        print(u, r.status_code, dict(r.headers) if u in ("", "Nope") else "", r.content.decode()[:600])
    r = shop.send(
        "POST", "Products", {"Number": 9, "Name": "Saw", "Price": 1.5, "Category@odata.bind": "Categories(1)"}
    )
    print(r.status_code, dict(r.headers), r.content.decode())
    r = shop.get("Products", Prefer="maxpagesize=1")
    print(r.content.decode())
    print(shop.get(json.loads(r.content)["@odata.nextLink"].split("/shop/")[1]).content.decode()[:100])
    assert 0
