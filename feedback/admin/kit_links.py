"""The address of a kit's link, and the buttons that send it: addresses of the staff's own mail and WhatsApp."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from distribution.rules.phones import international_digits, normalize
from feedback.documents.public_address import public_address
from feedback.models import KitHandover


@dataclass(frozen=True, kw_only=True)
class SendableLink:
    """A link as the tab shows it, with what opens a mail and a chat that hold it."""

    handover: KitHandover
    url: str
    mail_url: str
    whatsapp_url: str


def sendable_link(request: HttpRequest, handover: KitHandover, token: str) -> SendableLink:
    """Give the link with its buttons; the words are in the kit's language, since the client reads them."""
    url = public_address(request) + reverse("kit", args=[token])
    client = handover.client
    with translation.override(handover.language):
        subject = _("Connecting your system to Lead Manager")
        text = _(
            "Hello,\nthis page has everything that connects your system: what to store, what to send back, code "
            "samples and a page to try it.\n%(url)s\nIt opens until %(date)s."
        ) % {"url": url, "date": f"{timezone.localdate(handover.expires_at):%d/%m/%Y}"}
    # RFC 6068 wants %20 and CRLF; wa.me takes the number in digits alone, and asks for one where there is none.
    mail = urlencode({"subject": subject, "body": text.replace("\n", "\r\n")}, quote_via=quote)
    chat = urlencode({"text": text}, quote_via=quote)
    number = international_digits(normalize(client.phone))
    return SendableLink(
        handover=handover,
        url=url,
        mail_url=f"mailto:{quote(client.email, safe='@')}?{mail}",
        whatsapp_url=f"https://wa.me/{number if number.isdecimal() else ''}?{chat}",
    )
