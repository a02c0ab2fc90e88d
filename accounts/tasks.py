"""What the worker does for accounts in the background: handing mails to the mail server."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.mail.sending import SEND_MAIL, send
from accounts.mail.writing import Mail


@app.task(
    name=SEND_MAIL,
    queue="mail",
    # 2, 4, 8, ... seconds: a mail server that is away for most of a day loses nothing. What it refuses for good
    # (`MailRefused`) fails at once and stays in the list of jobs.
    retry=RetryStrategy(max_attempts=16, exponential_wait=2, retry_exceptions=[OSError]),
)
def send_mail(*, to: str, subject: str, text: str, html: str, identification: str) -> None:
    """Hand over one mail. Run again after a crash it is the same mail by its Message-ID."""
    send(Mail(to=to, subject=subject, text=text, html=html), identification=identification)
