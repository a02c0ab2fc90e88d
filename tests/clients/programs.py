"""The third-party clients, each a small program in `scripts/` that uses its library as its documentation says.

A program is told in the variable TASK what to do. It reports a line for every thing it did, `REPORT ["filter", ...]`,
and goes on to the next when one fails.
"""

import sys
from dataclasses import dataclass

NODE = ("node", "--no-warnings")
PYTHON = (sys.executable,)

METADATA, FILTER, EXPAND, POST, PATCH, BATCH = THINGS = ("metadata", "filter", "expand", "post", "patch", "batch")


@dataclass(frozen=True)
class ClientProgram:
    """A client library and the program that uses it. `cannot` names what the library has no way to do, and why."""

    name: str
    command: tuple[str, ...]
    cannot: dict[str, str]


def _program(name: str, *command: str, **cannot: str) -> ClientProgram:
    return ClientProgram(name, command, cannot)


PROGRAMS = [
    _program("openui5", *PYTHON, "scripts/in_chromium.py", "scripts/openui5.html"),
    _program("sap-cloud-sdk", *NODE, "scripts/sap_cloud_sdk.mjs"),
    _program("microsoft-graph-client", *NODE, "scripts/microsoft_graph_client.mjs"),
    _program("o.js", *NODE, "scripts/o_js.mjs"),
    _program("light-odata", *NODE, "scripts/light_odata.mjs"),
    _program("odata2ts", *NODE, "scripts/odata2ts.mjs", batch="its services have none"),
    _program("olingo-odatajs", *PYTHON, "scripts/in_chromium.py", "scripts/olingo_odatajs.html"),
    _program("odatapy", *PYTHON, "scripts/odatapy_client.py"),
    _program(
        "python-odata",
        *PYTHON,
        "scripts/python_odata.py",
        batch="the library has none",
    ),
]
