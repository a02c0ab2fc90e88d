"""A consumer of the service as it appears on the wire: request lines and headers as sent, answers as they come."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Accept as Power Query sends it.
POWER_QUERY_ACCEPT = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of a header, one for each time that it was sent."""
        return [value for given, value in self.headers if given.lower() == name.lower()]

    def one(self, name: str) -> str:
        """The value of a header that must come exactly once."""
        (value,) = self.all(name)
        return value

    @property
    def json(self) -> Any:
        """The body, which must be JSON."""
        assert self.one("Content-Type").startswith("application/json"), self.body
        return json.loads(self.body)


class Consumer:
    """Sends request lines with the headers that a consumer always sends; checks what holds for every answer."""

    def __init__(self, root: str, **headers: str) -> None:
        self.root = root
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def send(self, line: str, body: str | bytes | None = None, **headers: str) -> Answer:
        """Send a request line, such as `GET /odata/Routings?$top=1`, exactly as it stands."""
        method, target = line.split(" ", 1)
        connection = http.client.HTTPConnection(urlsplit(self.root).netloc, timeout=30)
        all_headers = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body.encode() if isinstance(body, str) else body, all_headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        wanted = "4.01" if all_headers.get("OData-MaxVersion") == "4.01" else "4.0"
        assert answer.all("OData-Version") == [wanted], (line, answer)
        assert answer.status < 500, (line, answer)
        assert method != "HEAD" or answer.body == b""
        return answer

    def post(self, line: str, values: dict[str, Any], **headers: str) -> Answer:
        """Send JSON."""
        return self.send(line, json.dumps(values), **({"Content_Type": "application/json"} | headers))

    def pages(self, line: str, **headers: str) -> Iterator[Any]:
        """Give the pages that a request leads to, by their next links, which must be absolute and below the root."""
        while True:
            page = self.send(line, **headers).json
            yield page
            following = page.get("@odata.nextLink")
            if following is None:
                return
            assert following.startswith(self.root + "Routings?"), following
            line = "GET " + following.removeprefix(self.root.removesuffix("/odata/"))


def basic(user: str, password: str) -> str:
    """An Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
