"""What can go wrong with an OData request, as one tree.

    ODataError                      status  code
    ├── BadRequest                  400     BadRequest
    │   ├── BadSyntax               400     BadSyntax       (the URL, an expression or the body cannot be read)
    │   ├── UnknownName             400     UnknownName     (a property, set, function or option that does not exist)
    │   ├── WrongType               400     WrongType       (an operand or a value of another type)
    │   ├── InvalidValue            400     InvalidValue    (right type, but too long, out of range, missing)
    │   └── TooComplex              400     TooComplex      (over a bound of the service)
    ├── Unauthorized                401     Unauthorized
    ├── Forbidden                   403     Forbidden
    ├── NotFound                    404     NotFound
    ├── MethodNotAllowed            405     MethodNotAllowed
    ├── NotAcceptable               406     NotAcceptable
    ├── Conflict                    409     Conflict
    ├── PreconditionFailed          412     PreconditionFailed
    ├── PayloadTooLarge             413     PayloadTooLarge
    ├── UnsupportedMediaType        415     UnsupportedMediaType
    ├── Unprocessable               422     Unprocessable
    ├── FailedDependency            424     FailedDependency
    ├── TooManyRequests             429     TooManyRequests
    ├── NotImplementedByService     501     NotImplemented
    └── Unavailable                 503     Unavailable

The domain's write functions raise these, too, with a `code` of their own where the caller can act on it.
JSON body: OData JSON Format 4.01, section 21.1.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ODataError(Exception):
    """A refusal with a status, a machine code, a message that says what to do next, and what it is about."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "Error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        target: str = "",
        details: Sequence["ODataError"] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.target = target
        self.details = tuple(details)
        self.headers = dict(headers or {})


class BadRequest(ODataError):
    """The sender's mistake; the same request will fail again."""

    status = 400
    default_code = "BadRequest"


class BadSyntax(BadRequest):
    """The URL, an expression or the body cannot be read; `position` counts characters of the decoded text."""

    default_code = "BadSyntax"

    def __init__(self, message: str, *, position: int | None = None, target: str = "") -> None:
        super().__init__(message, target=target)
        self.position = position


class UnknownName(BadRequest):
    """A name that the model does not have."""

    default_code = "UnknownName"


class WrongType(BadRequest):
    """An operand, argument or value has a type that does not fit."""

    default_code = "WrongType"


class InvalidValue(BadRequest):
    """A value of the right type that the model does not allow."""

    default_code = "InvalidValue"


class TooComplex(BadRequest):
    """Over a bound of the service: too many nodes, too deep, too many parts."""

    default_code = "TooComplex"


class Unauthorized(ODataError):
    """No valid credentials; carries the challenge for `WWW-Authenticate`."""

    status = 401
    default_code = "Unauthorized"

    def __init__(self, message: str, *, challenge: str, code: str = "") -> None:
        super().__init__(message, code=code, headers={"WWW-Authenticate": challenge})


class Forbidden(ODataError):
    """Known, but not allowed."""

    status = 403
    default_code = "Forbidden"


class NotFound(ODataError):
    """There is nothing at this address for this principal."""

    status = 404
    default_code = "NotFound"


class MethodNotAllowed(ODataError):
    """The resource exists, the method is not served; `Allow` says which are (RFC 9110, 15.5.6)."""

    status = 405
    default_code = "MethodNotAllowed"

    def __init__(self, message: str, *, allow: Sequence[str]) -> None:
        super().__init__(message, headers={"Allow": ", ".join(allow)})


class NotAcceptable(ODataError):
    """No media type of `Accept` or `$format` can be produced."""

    status = 406
    default_code = "NotAcceptable"


class Conflict(ODataError):
    """The resource is in a state that does not allow this."""

    status = 409
    default_code = "Conflict"


class PreconditionFailed(ODataError):
    """`If-Match`, `If-None-Match`, `Isolation` or a repeatability header does not hold."""

    status = 412
    default_code = "PreconditionFailed"


class PayloadTooLarge(ODataError):
    """The body is over the bound."""

    status = 413
    default_code = "PayloadTooLarge"


class UnsupportedMediaType(ODataError):
    """The body has a media type that is not read here."""

    status = 415
    default_code = "UnsupportedMediaType"


class Unprocessable(ODataError):
    """Understood, but contradicts what came before (an idempotency key with another body)."""

    status = 422
    default_code = "Unprocessable"


class FailedDependency(ODataError):
    """A request of the batch that this one depends on has failed."""

    status = 424
    default_code = "FailedDependency"


class TooManyRequests(ODataError):
    """Over the rate or the cost that is allowed; may be sent again later."""

    status = 429
    default_code = "TooManyRequests"


class NotImplementedByService(ODataError):
    """A part of OData that this service does not have, as its metadata says."""

    status = 501
    default_code = "NotImplemented"


class Unavailable(ODataError):
    """Our own trouble: send again after `Retry-After` seconds."""

    status = 503
    default_code = "Unavailable"

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_s)})
