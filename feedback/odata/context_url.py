"""The fragment of context URLs (OData Protocol 4.01, section 10)."""

from feedback.odata.options import ReadOptions


def select_list(options: ReadOptions, version: str) -> str:
    """Give `(A,B,Nav(C))`, empty when everything is there.

    A 4.0 answer leaves out expansions without a nested `$select`: the 4.01 form `Nav()` breaks Power Query. A plus sign
    marks an expansion that repeats itself (`$levels`).
    """
    items: list[str] = []
    if options.select is not None:
        items.extend(options.select)
    elif options.computed:
        items.append("*")
        items.extend(options.computed)
    for expansion in options.expand:
        if expansion.form or expansion.is_repetition:
            continue
        nested = select_list(expansion.options, version)
        if nested or version != "4.0":
            plus = "+" if expansion.levels > 1 else ""
            items.append(f"{expansion.navigation.name}{plus}{nested or '()'}")
    if not items and options.select is None:
        return ""
    return f"({','.join(items)})"


def fragment(path: str, options: ReadOptions, version: str, suffix: str = "") -> str:
    """Give what stands after `$metadata#` for entities at a path such as `Routings`."""
    return f"{path}{select_list(options, version)}{suffix}"
