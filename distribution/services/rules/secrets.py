"""The secrets of a rule: kept encrypted, kept when staff leave their fields empty, never given back."""

import secrets
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.encryption import encrypt
from distribution.choices import AuthKind, Placement
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.authentication import read_options
from distribution.rules.authentication_check import secret_problems
from distribution.rules.problems import Problem
from distribution.rules.rendering import RenderFailure, check_header_value
from distribution.rules.signing import SigningSecretUnreadable, signing_key
from distribution.rules.values import SECRET
from distribution.services.rules.drafts import MappingDraft, RuleDraft

Stored = bytes | memoryview | None


def fill_secrets(rule: Rule, version: RuleVersion, draft: RuleDraft) -> None:
    """Put the draft's secrets into its version; None keeps what the rule's draft or live version has."""
    version.auth_secret = (
        None if draft.auth_kind == AuthKind.NONE else _kept(rule, version, "auth_secret", draft.auth_secret)
    )
    version.signing_secret = _kept(rule, version, "signing_secret", draft.signing_secret) if draft.is_signed else None


def _kept(rule: Rule, version: RuleVersion, name: str, given: str | None) -> Stored:
    if given is not None:
        return encrypt(given)
    stored: Stored = getattr(version, name)
    if stored is None and rule.live_version is not None:
        stored = getattr(rule.live_version, name)
    return stored


def fill_mapping_secrets(
    rule: Rule, version: RuleVersion, drafts: Sequence[MappingDraft], mappings: Sequence[FieldMapping]
) -> None:
    """Give each secret fixed value its ciphertext and a placeholder of its own.

    One that was left empty keeps the secret of the mapping with the same place and name.
    """
    stored = _stored_by_name(rule, version)
    for draft, mapping in zip(drafts, mappings, strict=True):
        if draft.source != SECRET:
            continue
        mapping.secret_slot = secrets.token_hex(20)
        mapping.secret = encrypt(draft.secret) if draft.secret else stored.get((draft.placement, draft.name))


def _stored_by_name(rule: Rule, version: RuleVersion) -> dict[tuple[str, str], Stored]:
    found: dict[tuple[str, str], Stored] = {}
    for known in (rule.live_version, version if version.pk else None):
        if known is not None:
            found |= {(m.placement, m.name): m.secret for m in known.mappings.filter(source=SECRET)}
    return found


def secret_mistakes(version: RuleVersion, draft: RuleDraft) -> list[Problem]:
    """Give what is wrong with the secrets that a draft brings or lacks, before anything of it is stored."""
    problems: list[Problem] = []
    if draft.auth_secret is not None:
        options = read_options(version.auth_options)
        problems += secret_problems(version.auth_kind, options, draft.auth_secret)
    if draft.is_signed and version.signing_secret is None:
        message = _("Enter the signing secret that the client gave: whsec_ and what follows it.")
        problems.append(Problem("signing_secret", "secret_missing", message))
    if draft.is_signed and draft.signing_secret is not None:
        try:
            signing_key(draft.signing_secret)
        except SigningSecretUnreadable:
            message = _("A signing secret is whsec_ and the base64 of 24 to 64 bytes. Copy it whole.")
            problems.append(Problem("signing_secret", "signing_secret_unreadable", message))
    for place, mapping in enumerate(draft.mappings):
        if mapping.source == SECRET and mapping.secret and not _is_sendable(mapping):
            message = _("This cannot be sent: a token has English letters, digits and signs only, in one line.")
            problems.append(Problem("secret", "value_not_sendable", message, place))
    return problems


def _is_sendable(mapping: MappingDraft) -> bool:
    secret = mapping.secret or ""
    try:
        if mapping.placement == Placement.HEADER:
            check_header_value(mapping.name, secret)
    except RenderFailure:
        return False
    return not any(character < " " or character == "\x7f" for character in secret)
