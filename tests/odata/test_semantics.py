"""What expressions mean: worked out by hand, checked in PostgreSQL and in the evaluation in Python.

The numbers are those of the products for which the filter is true; see `shelves`.
"""

from typing import Any
from urllib.parse import quote

import pytest

from feedback.odata.parser import parse_condition
from feedback.odata.scope import Budget, Scope
from tests.odata.conftest import Shop
from tests.odata.evaluate import holds
from tests.odata.shelves import NOW, entities, fill_shelves
from tests.odata.shop.declaration import SHOP

ALL = {1, 2, 3, 4, 5}
NONE: set[int] = set()

TABLE: list[tuple[str, set[int]]] = [
    # equality and null
    ("Name eq 'Hammer'", {1}),
    ("Name ne 'Hammer'", {2, 3, 4, 5}),
    ("not (Name eq 'Hammer')", {2, 3, 4, 5}),
    ("not (Name ne 'Hammer')", {1}),
    ("'Hammer' eq Name", {1}),
    ("Name eq null", {3}),
    ("null eq Name", {3}),
    ("Name ne null", {1, 2, 4, 5}),
    ("not (Name eq null)", {1, 2, 4, 5}),
    ("null eq null", ALL),
    ("null ne null", NONE),
    ("Name eq nullable", {3, 4}),
    ("Name ne nullable", {1, 2, 5}),
    ("not (Name eq nullable)", {1, 2, 5}),
    ("Name eq ''", {5}),
    ("Name eq 'שלום עולם'", {2}),
    ("Name eq 'O''Neil % _'", {4}),
    ("nullable eq null", {2, 3}),
    ("nullable ne 'big'", {2, 3, 4, 5}),
    # order
    ("Rating gt 0", {1, 5}),
    ("Rating ge 0", {1, 2, 5}),
    ("Rating lt 0", {4}),
    ("Rating le 0", {2, 4}),
    ("not (Rating gt 0)", {2, 3, 4}),
    ("not (Rating le 0)", {1, 3, 5}),
    ("Rating gt null", NONE),
    ("Rating le null", NONE),
    ("not (Rating gt null)", ALL),
    ("null ge null", NONE),
    ("0 lt Rating", {1, 5}),
    ("Name gt 'Hammer'", {2, 4}),
    ("Name ge 'Hammer'", {1, 2, 4}),
    ("Price lt 12.5", {2, 4}),
    ("Price ge 12.50", {1, 5}),
    ("Price eq 12.5", {1}),
    ("Weight gt 0.5", {1, 5}),
    ("Sold gt 4999999999", {4}),
    ("Sold lt 9223372036854775807", ALL),
    ("Rating lt 99999999999999999999", {1, 2, 4, 5}),
    ("Price gt Rating", {1, 5}),
    ("Weight lt Price", {1, 2, 5}),
    ("Rating eq 5.0", {1}),
    ("Rating eq 5.5", NONE),
    # Booleans
    ("allowed", {1, 5}),
    ("not allowed", {2}),
    ("allowed eq true", {1, 5}),
    ("allowed eq false", {2}),
    ("allowed ne true", {2, 3, 4}),
    ("allowed ne false", {1, 3, 4, 5}),
    ("true eq allowed", {1, 5}),
    ("not (allowed eq true)", {2, 3, 4}),
    ("allowed eq null", {3, 4}),
    ("allowed ne null", {1, 2, 5}),
    ("allowed or Rating eq -3", {1, 4, 5}),
    ("allowed and Rating eq 5", {1}),
    ("not (allowed or Rating eq -3)", {2}),
    ("not (allowed and Rating eq 5)", {2, 3, 4, 5}),
    ("(allowed and Rating eq -3) eq null", {4}),
    ("(allowed or Rating eq -3) eq null", {3}),
    ("allowed gt false", {1, 5}),
    ("true", ALL),
    ("false", NONE),
    ("null", NONE),
    ("not null", NONE),
    ("true and null", NONE),
    ("not (false and null)", ALL),
    ("true or null", ALL),
    ("(Rating gt 0) eq (allowed)", {1, 2, 5}),
    ("Rating gt 0 eq true", {1, 5}),
    ("Rating eq 5 or Rating eq 2 or Rating eq 0", {1, 2, 5}),
    ("Rating eq 5 or Rating eq 2 and Sold eq 0", {1}),
    ("(Rating eq 5 or Rating eq 2) and Sold eq 3", {5}),
    # in
    ("Name in ('Hammer','x')", {1}),
    ("Name in ('Hammer')", {1}),
    ("Name in ()", NONE),
    ("not (Name in ())", ALL),
    ("Name in []", NONE),
    ('Name in ["Hammer",""]', {1, 5}),
    ("Name in ('Hammer',null)", {1, 3}),
    ("not (Name in ('Hammer'))", {2, 3, 4, 5}),
    ("not (Name in ('Hammer',null))", {2, 4, 5}),
    ("Rating in (5,0,-3)", {1, 2, 4}),
    ("Rating in (5.0,7)", {1}),
    ("null in (Rating)", {3}),
    ("Name in (nullable)", {3, 4}),
    ("ID in (00000000-0000-0000-0000-000000000001,'00000000-0000-0000-0000-000000000005')", {1, 5}),
    ("'big' in (nullable)", {1}),
    # casts of literals
    ("ID eq 00000000-0000-0000-0000-000000000002", {2}),
    ("ID eq '00000000-0000-0000-0000-000000000002'", {2}),
    ("Number eq '4'", {4}),
    ("Released eq '2026-01-02T00:00:00Z'", {5}),
    ("Number eq cast('4',Edm.Int32)", {4}),
    ("cast('x',Edm.Int32) eq null", ALL),
    ("cast(Rating,Edm.String) eq '5'", {1}),
    ("cast(Price,Edm.Int32) eq 12", {1}),
    ("cast(Price,Edm.Int32) eq -7", {4}),
    ("cast(Sold,Edm.Int32) eq null", {4}),
    ("cast(Rating,Edm.Double) eq 5", {1}),
    ("cast(Released,Edm.String) eq '2026-06-15T12:00:00Z'", {4}),
    ("isof(Name,Edm.String)", {1, 2, 4, 5}),
    ("isof(Name,Edm.Int32)", NONE),
    # arithmetic
    ("Rating add 1 eq 6", {1}),
    ("Rating add 1 eq null", {3}),
    ("Rating sub 7 eq -2", {1}),
    ("Rating mul 2 eq -6", {4}),
    ("Rating mul Rating gt 8", {1, 4}),
    ("Rating div 2 eq 2", {1}),
    ("Rating div 2 eq -1", {4}),
    ("Rating divby 2 eq 2.5", {1}),
    ("Rating divby 2 eq -1.5", {4}),
    ("Rating mod 2 eq 1", {1}),
    ("Rating mod 2 eq -1", {4}),
    ("Rating divby 0 eq INF", {1, 5}),
    ("Rating divby 0 lt 0", {4}),
    ("Price div 2 eq 6.25", {1}),
    ("Price mod 5 eq 2.5", {1}),
    ("Weight div 0 gt 0", {1, 4, 5}),
    ("-Rating eq 3", {4}),
    ("-(Rating) lt 0", {1, 5}),
    ("- Rating eq -5", {1}),
    ("2 add 3 mul 4 eq 14", ALL),
    ("(2 add 3) mul 4 eq 20", ALL),
    ("10 sub 4 sub 3 eq 3", ALL),
    ("Rating add null eq null", ALL),
    ("Price add Rating eq 17.5", {1}),
    ("Sold mul 4 gt 19999999999", {4}),
    ("Price mul 1.1 eq 13.75", {1}),
    # text
    ("contains(Name,'amm')", {1}),
    ("contains(Name,'amm') eq true", {1}),
    ("contains(Name,'amm') eq false", {2, 4, 5}),
    ("contains(Name,'amm') ne true", {2, 3, 4, 5}),
    ("not contains(Name,'amm')", {2, 4, 5}),
    ("contains(Name,'amm') eq null", {3}),
    ("contains(Name,'')", {1, 2, 4, 5}),
    ("contains(Name,'%')", {4}),
    ("contains(Name,'_')", {4}),
    ("contains(Name,'לום')", {2}),
    ("contains(Name,null)", NONE),
    ("contains(Name,'AMM')", NONE),
    ("contains(tolower(Name),'HAM')", NONE),
    ("contains(toupper(Name),'AMM')", {1}),
    ("startswith(Name,'שלום')", {2}),
    ("startswith(Name,'')", {1, 2, 4, 5}),
    ("not startswith(Name,'H')", {2, 4, 5}),
    ("endswith(Name,'mer')", {1}),
    ("endswith(Name,'עולם')", {2}),
    ("endswith(Name,'')", {1, 2, 4, 5}),
    ("endswith(Name,'a longer text than any name')", NONE),
    ("length(Name) eq 9", {2}),
    ("length(Name) eq 0", {5}),
    ("length(nullable) gt length(Name)", {5}),
    ("indexof(Name,'m') eq 2", {1}),
    ("indexof(Name,'x') eq -1", {1, 2, 4, 5}),
    ("indexof(Name,'ע') eq 5", {2}),
    ("substring(Name,2) eq 'mmer'", {1}),
    ("substring(Name,2,2) eq 'mm'", {1}),
    ("substring(Name,-3) eq 'mer'", {1}),
    ("substring(Name,-3,2) eq 'me'", {1}),
    ("substring(Name,-99) eq 'Hammer'", {1}),
    ("substring(Name,99) eq ''", {1, 2, 4, 5}),
    ("substring(Name,0,0) eq ''", {1, 2, 4, 5}),
    ("substring(Name,5) eq 'עולם'", {2}),
    ("substring(Name,Rating) eq 'r'", {1}),
    ("tolower(Name) eq 'hammer'", {1}),
    ("toupper(Name) eq 'HAMMER'", {1}),
    ("trim(nullable) eq 'pad'", {5}),
    ("concat(Name,nullable) eq 'Hammerbig'", {1}),
    ("concat(concat(Name,'-'),nullable) eq '- pad '", {5}),
    ("concat(Name,nullable) eq null", {2, 3}),
    ("Name eq concat('Ham','mer')", {1}),
    ("ToLower(Name) EQ 'hammer' OR Rating Lt 0", {1, 4}),
    # time
    ("year(Released) eq 2026", {1, 4, 5}),
    ("month(Released) eq 12", {2}),
    ("day(Released) eq 2", {1, 5}),
    ("hour(Released) eq 23", {2}),
    ("minute(Released) eq 30", {2}),
    ("second(Released) eq 5", {1}),
    ("fractionalseconds(Released) eq 0.678", {1}),
    ("fractionalseconds(Opens) eq 0.5", {2}),
    ("second(Opens) eq 59", {2}),
    ("date(Released) eq 2026-01-02", {1, 5}),
    ("time(Released) eq 12:00:00", {4}),
    ("time(Released) lt 01:00", {5}),
    ("totaloffsetminutes(Released) eq 0", {1, 2, 4, 5}),
    ("Released gt 2026-01-02T00:00:00Z", {1, 4}),
    ("Released gt 2026-01-02T02:00:00+02:00", {1, 4}),
    ("Released ge 2026-01-02", {1, 4, 5}),
    ("Released lt now()", {1, 2, 5}),
    ("Released gt mindatetime() and Released lt maxdatetime()", {1, 2, 4, 5}),
    ("Launched eq 2026-06-15", {4}),
    ("Launched lt 2026-01-01", {2}),
    ("year(Launched) eq 2025", {2}),
    ("Opens ge 12:00:00", {2, 4}),
    ("Lasts gt duration'PT0S'", {1, 4}),
    ("Lasts gt 'PT1H'", {1}),
    ("totalseconds(Lasts) eq 93600", {1}),
    ("totalseconds(Lasts) eq -1800", {2}),
    ("totalseconds(Lasts) eq 0.5", {4}),
    ("Released add duration'P1D' gt 2026-06-16T00:00:00Z", {4}),
    ("Released sub duration'PT30M' eq 2025-12-31T23:00:00Z", {2}),
    ("Released sub 2026-01-02T00:00:00Z lt duration'P1D'", {1, 2, 5}),
    ("Launched add duration'P1D' eq 2026-01-03", {1}),
    ("Launched sub duration'PT1H' eq 2026-01-01", {1}),
    ("totalseconds(Launched sub 2026-01-01) eq 86400", {1}),
    ("Lasts add Lasts eq duration'P2DT4H'", {1}),
    ("Lasts mul 2 eq duration'PT1S'", {4}),
    ("-Lasts eq duration'PT30M'", {2}),
    # rounding and case
    ("round(Price) eq 13", {1}),
    ("round(-12.5) eq -13", ALL),
    ("round(2.5e0) eq 3", ALL),
    ("floor(Price) eq -8", {4}),
    ("ceiling(Price) eq 13", {1}),
    ("ceiling(Price) eq -7", {4}),
    ("floor(Weight) eq -3", {2}),
    ("case(Rating gt 0:1,Rating lt 0:-1,true:0) eq 0", {2, 3}),
    ("case(Rating gt 0:'plus',Rating lt 0:'minus') eq null", {2, 3}),
    ("case(allowed:Rating,true:Sold) gt 6", {3, 4}),
    # navigation
    ("Category/NameEn eq 'Tools'", {1, 4}),
    ("Category/NameEn ne 'Tools'", {2, 3, 5}),
    ("Category/Name eq 'Garden'", {2, 5}),
    ("Category/NameHe eq 'כלים'", {1, 4}),
    ("Category/BothNames eq 'Gardenגינה'", {2, 5}),
    ("Category eq null", {3}),
    ("Category ne null", {1, 2, 4, 5}),
    ("Category/Parent eq null", {1, 3, 4}),
    ("Category/Parent/NameEn eq 'Tools'", {2, 5}),
    ("Category/Parent/NameEn eq null", {1, 3, 4}),
    ("$it/Name eq 'Hammer'", {1}),
    ("$this/Name eq 'Hammer'", {1}),
    # lambdas
    ("Reviews/any()", {1, 2, 4}),
    ("not Reviews/any()", {3, 5}),
    ("Reviews/any(r:r/Stars gt 3)", {1}),
    ("Reviews/any(r:r/Stars eq null)", {2}),
    ("Reviews/any(r:r/Stars ne 5)", {1, 2, 4}),
    ("Reviews/all(r:r/Stars gt 0)", {1, 3, 4, 5}),
    ("Reviews/all(r:r/Stars ge 3)", {1, 3, 5}),
    ("Reviews/all(r:r/Stars eq null)", {2, 3, 5}),
    ("not Reviews/all(r:r/Stars gt 0)", {2}),
    ("Reviews/any(r:contains(r/Text,'טוב'))", {2}),
    ("Reviews/all(r:contains(r/Text,'a'))", {3, 4, 5}),
    ("Reviews/any(r:not contains(r/Text,'a'))", {2}),
    ("Reviews/any(r:r/Stars eq Rating)", {1}),
    ("Reviews/all(r:r/Stars le Rating)", {1, 3, 5}),
    ("Reviews/any(r:r/Product/Name eq Name)", {1, 2, 4}),
    ("Reviews/any(r:r/Product/Reviews/any(s:s/Stars gt r/Stars))", {1}),
    ("Reviews/any(r:r/Stars gt 3) and Reviews/any(r:r/Stars lt 4)", {1}),
    ("Tags/any(t:t/Code eq 'b')", {1, 2}),
    ("Tags/all(t:t/Code eq 'b')", {2, 3, 4}),
    ("Tags/any(t:t/Products/any(p:p/Number eq 2))", {1, 2}),
    ("Tags/any(t:t/Products/any(p:p/Number ne Number))", {1, 2}),
    ("Category/Products/any(p:p/Rating lt 0)", {1, 4}),
    ("Category/Products/all(p:p/Rating ge 0)", {2, 3, 5}),
    ("Category/Products/any(p:p/Category/BothNames eq Category/BothNames)", {1, 2, 4, 5}),
    ("Reviews/ANY(r:r/Stars eq 5)", {1}),
    # counts
    ("Reviews/$count eq 0", {3, 5}),
    ("Reviews/$count gt 1", {1, 4}),
    ("Reviews/$count($filter=Stars gt 3) eq 1", {1}),
    ("Reviews/$count($filter=Stars eq $it/Rating) eq 1", {1}),
    ("Reviews/$filter(Stars lt 4)/$count eq 2", {4}),
    ("Reviews/$filter(Stars gt 0)/any(r:r/Text eq null)", {1}),
    ("Tags/$count eq Reviews/$count", {1, 2, 3}),
    ("Category/Children/$count eq 2", {1, 4}),
    ("Category/Products/$count($filter=Rating gt 0) eq 1", {1, 2, 4, 5}),
]


def scope() -> Scope:
    """A generous scope on the products."""
    return Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget())


@pytest.fixture
def filled_shop(shop: Shop, db: None, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop with its five products, on a day in March 2026."""
    from tests.odata.shop.declaration import SERVICE

    monkeypatch.setattr(SERVICE, "_clock", lambda: NOW)
    fill_shelves()
    return shop


def test_the_table_is_long_enough() -> None:
    """The acceptance asks for 150 expressions."""
    assert len(TABLE) >= 150
    assert len({text for text, _numbers in TABLE}) == len(TABLE)


def test_filters_in_the_database(filled_shop: Shop) -> None:
    """Every expression of the table gives what was worked out by hand."""
    wrong = []
    for text, expected in TABLE:
        response = filled_shop.get(f"Products?$select=Number&$filter={quote(text)}")
        if response.status_code != 200:
            wrong.append(f"{text}: {response.content.decode()}")
            continue
        found = {each["Number"] for each in response.json()["value"]}
        if found != expected:
            wrong.append(f"{text}: {sorted(found)}, not {sorted(expected)}")
    assert not wrong, "\n".join(wrong)


def test_filters_in_python() -> None:
    """The evaluation in Python agrees with the same table, so that the property test may rely on it."""
    rows = entities()
    wrong = []
    for text, expected in TABLE:
        node: Any = parse_condition(text, scope())
        found = {row["Number"] for row in rows if holds(node, row, NOW)}
        if found != expected:
            wrong.append(f"{text}: {sorted(found)}, not {sorted(expected)}")
    assert not wrong, "\n".join(wrong)
