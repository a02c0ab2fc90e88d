"""What a mail server's refusal means, as a code of `rules.outcome`. Source: RFC 5321, 4.2."""

import smtplib
import ssl

from accounts.mail.sending import LEAST_PERMANENT_CODE, code_of

HANDED_OVER = "mail_handed_over"
BUSY = "mail_server_busy"
UNREACHABLE = "mail_server_unreachable"

# The first that fits; a server that answers 4yz to any of it only wants to be asked again later.
_PERMANENT: tuple[tuple[type[smtplib.SMTPException], str], ...] = (
    (smtplib.SMTPRecipientsRefused, "mail_recipient_refused"),
    (smtplib.SMTPDataError, "mail_refused"),
    (smtplib.SMTPSenderRefused, "mail_sender_refused"),
    (smtplib.SMTPAuthenticationError, "mail_login_refused"),
)


def read_failure(error: OSError) -> str:
    """Give the code of why a mail was not handed over."""
    if isinstance(error, ssl.SSLError):
        return "mail_encryption_failed"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "mail_server_refused"
    if not isinstance(error, smtplib.SMTPException) or not (code := code_of(error)):
        return UNREACHABLE
    if code < LEAST_PERMANENT_CODE:
        return BUSY
    return next((name for kind, name in _PERMANENT if isinstance(error, kind)), "mail_server_refused")
