"""One exchange with a client's system: credentials in, request out, answer judged, secrets masked for keeping."""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from distribution.choices import AfterUnknown, AttemptOutcome
from distribution.engine.authentication import Courier, TokenFailure
from distribution.engine.credentials import CredentialsUnreadable
from distribution.engine.exchanged import DETAIL_LENGTH, Exchanged
from distribution.engine.mail_exchange import exchange_mail
from distribution.engine.sending import Sending
from distribution.engine.versions import LoadedVersion
from distribution.engine.wire import Answer, Stopwatch, Wire, WireError
from distribution.rules import redaction
from distribution.rules.answers import excerpt
from distribution.rules.backoff import quiet_s, read_http_date, read_retry_after
from distribution.rules.outcome import CUT_OFF, Reading, Verdict, cut_off, judge, read_status
from distribution.rules.received import ReceivedAnswer
from distribution.rules.rendering import RenderedRequest
from distribution.rules.rendering.mails import MAIL
from distribution.rules.response_rules import AnswerPlan, Understood, understand
from distribution.rules.unknown import follow_up

logger = logging.getLogger(__name__)


async def exchange(
    wire: Wire,
    *,
    version: LoadedVersion,
    request: RenderedRequest,
    allow_http: bool,
    attempts_made: int,
    backoff_s: Sequence[float],
    started_at: datetime,
    after_unknown: str = AfterUnknown.RETRY,
) -> Exchanged:
    """Send a request with its version's credentials and decide what came of it. Never raises.

    Being cancelled means being cut off: nobody knows what the client's system did. `started_at` is the database's
    time, used for a Retry-After date in an answer that has no Date of its own.
    """
    if request.method == MAIL:
        return await exchange_mail(
            request,
            deadline_s=version.timeout_s,
            attempts_made=attempts_made,
            backoff_s=backoff_s,
            after_unknown=after_unknown,
        )
    watch = Stopwatch()
    answer: Answer | None = None
    error_code = detail = ""
    courier = Courier(wire, deadline_s=version.timeout_s, allow_http=allow_http, ca_certificate=version.ca_certificate)
    sending = Sending(version, request, started_at)
    try:
        answer = await sending.send(courier)
    except (WireError, TokenFailure) as error:
        error_code, detail = error.code, error.detail
    except CredentialsUnreadable:
        error_code = "credentials_unreadable"
    except asyncio.CancelledError:
        verdict = follow_up(cut_off(), after_unknown=after_unknown)
        return _exchanged(verdict, "", watch, CUT_OFF, sending, courier, None, None)
    except Exception as error:  # one exchange that fails in a way nobody thought of must not hold up the others
        logger.exception("an exchange failed unexpectedly")
        error_code, detail = "internal_error", type(error).__name__
    understood = _understood(version.answers, answer) if answer else None
    retry_after_s = _retry_after_s(answer, started_at, watch) if answer else None
    verdict = judge(
        status=answer.status if answer else None,
        error_code=error_code,
        attempts_made=attempts_made,
        backoff_s=backoff_s,
        jitter=random.random(),  # noqa: S311 - spreads retries, guards nothing
        retry_after_s=retry_after_s,
        understood=understood.reading if understood else None,
    )
    verdict = follow_up(verdict, after_unknown=after_unknown)
    if answer is not None and understood is not None:
        detail = understood.reason or excerpt(
            answer.status, answer.headers, answer.body, charset=version.answers.charset if version.answers else ""
        )
    return _exchanged(verdict, detail, watch, error_code, sending, courier, answer, understood, retry_after_s)


def _understood(plan: AnswerPlan | None, answer: Answer) -> Understood:
    """Give what an answer means; the defaults while the version has no response rules."""
    if plan is None:
        return Understood(read_status(answer.status))
    try:
        return understand(
            plan,
            ReceivedAnswer(status=answer.status, headers=answer.headers, body=answer.body, charset=plan.charset),
        )
    except Exception:  # an answer that nobody thought of waits for a person; sending again would make a duplicate
        logger.exception("an answer could not be read by the response rules")
        return Understood(Reading(AttemptOutcome.HELD, "answers_unreadable"))


def _retry_after_s(answer: Answer, started_at: datetime, watch: Stopwatch) -> float | None:
    value = answer.header("Retry-After")
    if value is None:
        return None
    now_there = read_http_date(answer.header("Date"))
    return read_retry_after(value, answered_at=now_there or started_at + timedelta(milliseconds=watch.elapsed_ms))


def _exchanged(
    verdict: Verdict,
    detail: str,
    watch: Stopwatch,
    error_code: str,
    sending: Sending,
    courier: Courier,
    answer: Answer | None,
    understood: Understood | None,
    retry_after_s: float | None = None,
) -> Exchanged:
    secrets, shown = sending.secrets, sending.shown
    reference, values = (understood.reference, understood.values) if understood else ("", {})
    return Exchanged(
        verdict=verdict,
        detail=redaction.redact_text(detail, secrets)[:DETAIL_LENGTH],
        duration_ms=watch.elapsed_ms,
        status=answer.status if answer else None,
        error_code=error_code,
        method=shown.method,
        url=redaction.redact_text(shown.url, secrets),
        request_headers=redaction.redact_headers(shown.headers, secrets),
        request_body=redaction.redact_body(shown.body, secrets),
        response_headers=redaction.redact_headers(answer.headers, secrets) if answer else None,
        response_body=redaction.redact_body(answer.body, secrets) if answer else None,
        is_cut=bool(answer and answer.is_cut),
        reference=redaction.redact_text(reference, secrets),
        captured={name: redaction.redact_text(value, secrets) for name, value in values.items()},
        quiet_s=quiet_s(status=answer.status, retry_after_s=retry_after_s) if answer else None,
        steps=courier.steps,
    )
