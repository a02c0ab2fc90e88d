"""The kit's files: PDF, ZIP, OpenAPI, $metadata, the data source file of Power BI, code samples."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from accounts.models import User
from feedback.api.odata_model import SERVICE
from feedback.choices import KitPart
from feedback.documents import reason_lists
from feedback.documents.kit import kit_context
from feedback.documents.pdf import pdf_of
from feedback.odata.documents import metadata_document

Context = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class KitFile:
    """A file of the kit: its name in the ZIP and as a download, and what makes it from the kit's context."""

    name: str
    media_type: str
    part: KitPart
    make: Callable[[Context], bytes]


def kit_pdf(client: User, *, address: str, now: datetime) -> bytes:
    """Give the kit as PDF, in the language of the moment."""
    return _pdf(kit_context(client, address=address, now=now))


def kit_zip(client: User, *, address: str, now: datetime) -> bytes:
    """Give the kit as one archive, in the language of the moment; the key is in none of its files."""
    context = kit_context(client, address=address, now=now)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (README, *FILES.values()):
            _add(archive, file.name, file.make(context), now)
        for sample in context["samples"]:
            _add(archive, f"samples/{sample.file_name}", sample.code.encode(), now)
    return content.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, now: datetime) -> None:
    entry = zipfile.ZipInfo(name, timezone.localtime(now).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _pdf(context: Context) -> bytes:
    return pdf_of(
        render_to_string("feedback/kit/document.html", dict(context)),
        title=context["title"],
        language=translation.get_language() or "he",
        footer=_("Lead Manager, %(date)s. Without the API key, which is handed over separately.")
        % {"date": f"{timezone.localdate(context['now']):%d/%m/%Y}"},
        now=context["now"],
    )


def _readme(context: Context) -> bytes:
    # With the mark by which Windows' editor knows UTF-8.
    return render_to_string("feedback/kit/readme.txt", {**context, "files": FILES.values()}).encode("utf-8-sig")


def _openapi(context: Context) -> bytes:
    # For programs and their makers, so it reads the same in every language.
    with translation.override("en"):
        document = SchemaGenerator().get_schema(request=None, public=True)
        document["servers"] = [{"url": context["address"]}]
        return OpenApiJsonRenderer().render(document)


def _pbids(context: Context) -> bytes:
    """Power BI's data source file: opens the OData feed; the key is asked for, as user name of Basic."""
    connection = {
        "details": {"protocol": "odata", "address": {"url": f"{context['address']}/odata/"}},
        "options": {},
        "mode": "Import",
    }
    return json.dumps({"version": "0.1", "connections": [connection]}, indent=2).encode()


def _reasons(form: str) -> KitFile:
    wanted = reason_lists.FORMS[form]
    return KitFile(
        name=f"reasons.{form}",
        media_type=wanted.media_type,
        part=KitPart.REASONS,
        make=lambda context: wanted.make(context["reasons"]),
    )


README = KitFile(name="README.txt", media_type="text/plain; charset=utf-8", part=KitPart.ZIP, make=_readme)
FILES = {
    file.name: file
    for file in (
        KitFile(name="kit.pdf", media_type="application/pdf", part=KitPart.PDF, make=_pdf),
        _reasons("csv"),
        _reasons("xlsx"),
        _reasons("json"),
        KitFile(name="openapi.json", media_type="application/json", part=KitPart.OPENAPI, make=_openapi),
        KitFile(
            name="metadata.xml",
            media_type="application/xml",
            part=KitPart.METADATA,
            make=lambda context: metadata_document(SERVICE.declaration, "xml", "4.0").encode(),
        ),
        KitFile(name="leads.pbids", media_type="application/json", part=KitPart.PBIDS, make=_pbids),
    )
}
