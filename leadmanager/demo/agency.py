"""The demo's agency: a staff member, sources, and clients with keys and rules. Everything that is there stays."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.conf import settings

from accounts.errors import KeyNotReadable
from accounts.models import ApiKey, User
from accounts.queries import current_key
from accounts.services import create_client, generate_api_key, replace_api_key, reveal_api_key
from distribution.errors import TokenNotReadable
from distribution.models import Rule, RuleVersion, Source
from distribution.rules.received import ReceivedAnswer
from distribution.rules.rendering import RequestPlan, compile_plan
from distribution.rules.response_rules import AnswerPlan, Understood, compile_answers, understand
from distribution.services import save_rule
from distribution.services.sources import create_source, replace_token, reveal_token
from leadmanager.demo import agreed
from leadmanager.demo.answers import Answer
from leadmanager.demo.errors import LoginTaken
from leadmanager.demo.plans import PLANS, ClientPlan

USERNAME = "demo"
_PASSWORD_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - none that look alike


@dataclass(frozen=True, kw_only=True)
class DemoClient:
    """A client as it stands in the database."""

    plan: ClientPlan
    user: User
    key: ApiKey
    key_text: str
    rule: Rule
    version: RuleVersion
    source: Source

    @cached_property
    def request_plan(self) -> RequestPlan:
        """What the rule sends, worked out once."""
        return compile_plan(self.version, self.version.mappings.all())

    def understand(self, answer: Answer) -> Understood:
        """Give what an answer of the client's system means by the rule."""
        said = ReceivedAnswer(status=answer.status, headers=answer.headers, body=answer.body)
        return understand(self._answer_plan, said)

    @cached_property
    def _answer_plan(self) -> AnswerPlan:
        plan = compile_answers(self.version, list(self.version.response_rules.all()), list(self.version.captures.all()))
        if plan is None:
            raise ValueError("the demo's rules read answers")
        return plan


@dataclass(frozen=True, kw_only=True)
class Agency:
    """The demo as it stands in the database; `tokens` are by the name of their source."""

    staff: User
    password: str
    clients: list[DemoClient]
    sources: dict[str, Source]
    tokens: dict[str, str] = field(repr=False)


def staff_password() -> str:
    """Give the demo login's password: derived from this installation's secret, so that no two share one."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"demo staff login", hashlib.sha256)
    letters = "".join(_PASSWORD_CHARACTERS[byte % len(_PASSWORD_CHARACTERS)] for byte in digest[:12])
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def set_up(*, stand_in: int, now: datetime) -> Agency:
    """Make what is missing of the agency; its rules send to the stand-in at port `stand_in`.

    Raises `LoginTaken` when somebody else has the demo's user name.
    """
    staff = _staff()
    tokens: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for name in (agreed.GOOGLE, agreed.FACEBOOK, agreed.WEBSITE):
        sources[name], tokens[name] = _source(name, staff, now)
    with _allowing(agreed.stand_in_network(stand_in)):
        clients = [_client(plan, sources, staff, stand_in, now) for plan in PLANS]
    return Agency(staff=staff, password=staff_password(), clients=clients, sources=sources, tokens=tokens)


def _staff() -> User:
    staff = User.objects.filter(username=USERNAME).first()
    if staff is None:
        return User.objects.create_superuser(USERNAME, staff_password(), name="דנה לוי", company="סוכנות הדגמה")
    if not staff.is_staff or not staff.check_password(staff_password()):
        raise LoginTaken
    return staff


def _source(name: str, staff: User, now: datetime) -> tuple[Source, str]:
    source = Source.objects.filter(name=name).first()
    if source is None:
        issued = create_source(name=name, by=staff, now=now)
        return issued.source, issued.text
    try:
        return source, reveal_token(source=source, by=staff)
    except TokenNotReadable:
        issued = replace_token(source=source, by=staff)
        return issued.source, issued.text


def _client(plan: ClientPlan, sources: dict[str, Source], staff: User, stand_in: int, now: datetime) -> DemoClient:
    user = User.objects.clients().filter(email=plan.email).first() or create_client(
        name=plan.name, company=plan.name, email=plan.email, phone=plan.phone
    )
    key, text = _key(user, staff, now)
    rule, version = _rule(plan, user, sources, staff, stand_in, now)
    source = sources[plan.sources[0]]
    return DemoClient(plan=plan, user=user, key=key, key_text=text, rule=rule, version=version, source=source)


def _rule(
    plan: ClientPlan, user: User, sources: dict[str, Source], staff: User, stand_in: int, now: datetime
) -> tuple[Rule, RuleVersion]:
    """Give the client's rule, sending to where the stand-in is now."""
    url = f"http://{agreed.STAND_IN_HOST}:{stand_in}{plan.path}"
    rule = Rule.objects.select_related("live_version").filter(client=user, deleted_at=None).order_by("id").first()
    if rule is None or rule.live_version is None or rule.live_version.url != url:
        draft = replace(plan.rule, url=url, source_ids=[sources[name].pk for name in plan.sources])
        rule = save_rule(rule=rule, client=user, draft=draft, by=staff, now=now, activate=True)
    version = rule.live_version
    if version is None:
        raise ValueError("a rule that was activated has a live version")
    return rule, version


def _key(user: User, staff: User, now: datetime) -> tuple[ApiKey, str]:
    key = current_key(user, now=now)
    if key is None:
        issued = generate_api_key(client=user, by=staff, now=now)
        return issued.key, issued.text
    try:
        return key, reveal_api_key(key=key, by=staff)
    except KeyNotReadable:
        issued = replace_api_key(key=key, by=staff, now=now)
        return issued.key, issued.text


@contextmanager
def _allowing(network: str) -> Iterator[None]:
    """Let rules name an address in our own machine while they are saved, also where nobody transmits to it."""
    before = settings.TRANSMIT_ALLOWED_NETWORKS
    settings.TRANSMIT_ALLOWED_NETWORKS = [*before, network]
    try:
        yield
    finally:
        settings.TRANSMIT_ALLOWED_NETWORKS = before
