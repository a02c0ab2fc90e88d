"""Random filters over the products, as text: whatever type fits is tried, nulls and Hebrew included."""

from hypothesis import strategies as st

TEXTS = ("''", "'Hammer'", "'שלום'", "'ם ע'", "'O''Neil % _'", "'%'", "'m'", "' pad '", "null")
WHOLE = ("0", "1", "-3", "5", "2", "7", "99", "null")
EXACT = ("0.5", "12.5", "-7.25", "100.05", "0", "3", "null")
INSTANTS = ("2026-01-02T00:00:00Z", "2026-01-02T03:04:05.678Z", "2025-12-31T23:30:00Z", "now()", "null")

texts = st.deferred(
    lambda: st.one_of(
        st.sampled_from(
            ("Name", "nullable", "Category/NameEn", "Category/NameHe", "Category/Parent/BothNames", "$it/Name")
        ),
        st.sampled_from(TEXTS),
        st.builds("{}({})".format, st.sampled_from(("tolower", "toupper", "trim")), texts),
        st.builds("concat({},{})".format, texts, texts),
        st.builds("substring({},{})".format, texts, st.sampled_from(("0", "1", "-2", "9", "Rating"))),
        st.builds("substring({},{},{})".format, texts, st.sampled_from(("0", "-3")), st.sampled_from(("0", "2", "-1"))),
        st.builds("case({}:{},true:{})".format, conditions, texts, texts),
    )
)
whole = st.deferred(
    lambda: st.one_of(
        st.sampled_from(
            ("Rating", "Number", "CategoryID", "Reviews/$count", "Tags/$count", "Category/Children/$count")
        ),
        st.sampled_from(WHOLE),
        st.builds("length({})".format, texts),
        st.builds("indexof({},{})".format, texts, texts),
        st.builds("({} {} {})".format, whole, st.sampled_from(("add", "sub", "mul")), whole),
        st.builds("({} {} {})".format, whole, st.sampled_from(("div", "mod")), st.sampled_from(("2", "3", "-4"))),
        st.builds("(-({}))".format, whole),
        st.builds("{}(Released)".format, st.sampled_from(("year", "month", "day", "hour", "minute", "second"))),
        st.builds(
            "Reviews/$count($filter={})".format, st.sampled_from(("Stars gt 2", "Text eq null", "Stars eq $it/Rating"))
        ),
        st.builds("case({}:{},{}:{})".format, conditions, whole, conditions, whole),
    )
)
exact = st.deferred(
    lambda: st.one_of(
        st.just("Price"),
        st.sampled_from(EXACT),
        st.builds("({} {} {})".format, exact, st.sampled_from(("add", "sub", "mul")), exact),
        st.builds("{}({})".format, st.sampled_from(("round", "floor", "ceiling")), exact),
        whole,
    )
)
weights = st.sampled_from(("Weight", "0.5e0", "-2.25e0", "(Weight add 1)", "floor(Weight)", "round(Weight)", "null"))
instants = st.one_of(
    st.sampled_from(("Released", "(Released add duration'P1D')", "(Released sub duration'PT30M')")),
    st.sampled_from(INSTANTS),
)
operators = st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge"))


def _compared(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, operands, operators, operands)


conditions: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        st.sampled_from(
            ("allowed", "true", "false", "null", "(Category eq null)", "(Category/Parent ne null)", "Reviews/any()")
        ),
        _compared(texts),
        _compared(whole),
        _compared(exact),
        _compared(weights),
        _compared(instants),
        _compared(conditions),
        st.builds("{}({},{})".format, st.sampled_from(("contains", "startswith", "endswith")), texts, texts),
        st.builds("({} in ({}))".format, texts, st.lists(st.sampled_from(TEXTS), max_size=3).map(",".join)),
        st.builds("(({}) in [{}])".format, whole, st.lists(whole, max_size=3).map(",".join)),
        st.builds("not ({})".format, conditions),
        st.builds("({} {} {})".format, conditions, st.sampled_from(("and", "or")), conditions),
        st.builds("({} and {} or {})".format, conditions, conditions, conditions),
        st.builds(
            "Reviews/{}(r:{})".format,
            st.sampled_from(("any", "all")),
            st.one_of(
                st.sampled_from(("r/Stars gt 2", "r/Text eq null", "contains(r/Text,'a')", "r/Product/Name eq Name")),
                st.builds("r/Stars {} {}".format, operators, whole),
                conditions,
            ),
        ),
        st.builds("Tags/{}(t:t/Code {} 'b')".format, st.sampled_from(("any", "all")), operators),
        st.builds("Tags/any(t:t/Products/{}(p:p/Number {} Number))".format, st.sampled_from(("any", "all")), operators),
    )
)
