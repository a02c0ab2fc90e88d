"""One mail of a rule, from the frozen bytes to what is recorded of it: the counterpart of an exchange over HTTP."""

import asyncio
import logging
import random
from collections.abc import Sequence

from distribution.choices import AfterUnknown
from distribution.engine.exchanged import DETAIL_LENGTH, Exchanged
from distribution.engine.mailing import HandedIn, hand_in, readable
from distribution.engine.wire import Stopwatch
from distribution.rules.mail_outcome import HANDED_OVER
from distribution.rules.outcome import CUT_OFF, Verdict, cut_off, judge
from distribution.rules.rendering import RenderedRequest
from distribution.rules.unknown import follow_up

logger = logging.getLogger(__name__)


async def exchange_mail(
    request: RenderedRequest,
    *,
    deadline_s: float,
    attempts_made: int,
    backoff_s: Sequence[float],
    after_unknown: str = AfterUnknown.RETRY,
) -> Exchanged:
    """Hand the mail of a request to the mail server and decide what came of it. Never raises.

    What is kept of it is the mail as people read it.
    """
    watch = Stopwatch()
    try:
        handed = await hand_in(request, deadline_s=deadline_s)
    except asyncio.CancelledError:
        verdict = follow_up(cut_off(), after_unknown=after_unknown)
        return _exchanged(request, verdict, HandedIn(CUT_OFF), watch)
    except Exception as error:  # one mail that fails in a way nobody thought of must not hold up the others
        logger.exception("a mail failed unexpectedly")
        handed = HandedIn("internal_error", type(error).__name__)
    verdict = judge(
        status=None,
        error_code=handed.code,
        attempts_made=attempts_made,
        backoff_s=backoff_s,
        jitter=random.random(),  # noqa: S311 - spreads retries, guards nothing
    )
    return _exchanged(request, verdict, handed, watch)


def _exchanged(request: RenderedRequest, verdict: Verdict, handed: HandedIn, watch: Stopwatch) -> Exchanged:
    headers, text = readable(request.body or b"")
    return Exchanged(
        verdict=verdict,
        detail=handed.detail.replace("\x00", "")[:DETAIL_LENGTH],
        duration_ms=watch.elapsed_ms,
        status=None,
        error_code="" if handed.code == HANDED_OVER else handed.code,
        method=request.method,
        url=request.url,
        request_headers=[[name, value] for name, value in headers],
        request_body=text.encode(),
        response_headers=None,
        response_body=None,
    )
