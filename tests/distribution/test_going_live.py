"""Going live: saved is not live, an edited rule goes on as before, and history says who activated what untested."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from distribution import services
from distribution.choices import SourcesMode
from distribution.errors import DraftChanged, RuleInvalid
from distribution.models import Capture, ResponseRule, Rule
from distribution.queries.versions import differences, version_stories
from distribution.services import MappingDraft, RuleDraft
from tests.factories import ClientFactory, StaffFactory, active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DRAFT = RuleDraft(
    name="CRM ראשי",
    url="https://crm.example.co.il/api/leads",
    sources_mode=SourcesMode.ALL,
    mappings=[MappingDraft(source="routing.id", name="externalRef")],
)


@pytest.fixture
def staff(client: Any) -> Any:
    user = StaffFactory()
    client.force_login(user)
    return user


def save(draft: RuleDraft = DRAFT, *, rule: Rule | None = None, **options: Any) -> Rule:
    owner = rule.client if rule else ClientFactory()
    return services.save_rule(rule=rule, client=owner, draft=draft, by=None, now=NOW, **({"activate": False} | options))


def live(draft: RuleDraft = DRAFT) -> Rule:
    return save(draft, activate=True)


def url(rule: Rule, what: str) -> str:
    return f"/admin/distribution/rule/{rule.pk}/{what}/"


def said(rule: Rule) -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.filter(object_id=str(rule.pk)).order_by("-id")]


def test_an_edited_rule_goes_on_by_its_live_version_until_the_draft_is_activated() -> None:
    rule = live()
    edited = save(replace(DRAFT, url="https://crm.example.co.il/v2"), rule=rule)
    assert edited.is_active
    assert (edited.live_version.url, edited.draft_version.number) == (DRAFT.url, 2)
    activated = services.activate_rule(rule=edited, now=NOW)
    assert (activated.live_version.number, activated.draft_version) == (2, None)


def test_saving_what_is_live_already_makes_no_draft() -> None:
    rule = live()
    again = save(replace(DRAFT, name="שם אחר"), rule=rule)
    assert (again.draft_version, again.name, again.is_active) == (None, "שם אחר", True)
    assert again.versions.count() == 1


def test_an_active_rule_cannot_be_left_without_an_answer_about_its_sources() -> None:
    rule = live()
    for draft in (replace(DRAFT, sources_mode=""), replace(DRAFT, sources_mode=SourcesMode.SOME)):
        with pytest.raises(RuleInvalid) as caught:
            save(draft, rule=rule, unfinished=True)
        assert "sources_mode" in caught.value.errors
    rule.refresh_from_db()
    assert rule.sources_mode == SourcesMode.ALL


def test_an_unfinished_draft_says_what_is_missing() -> None:
    rule = save(replace(DRAFT, mappings=[]), unfinished=True)
    assert "זיהוי" in " ".join(services.what_is_missing(rule)) or "routing ID" in " ".join(
        services.what_is_missing(rule)
    )
    assert services.what_is_missing(save()) == []
    assert services.what_is_missing(save(replace(DRAFT, sources_mode=""), unfinished=True))


def test_activating_untested_is_logged_with_who_and_what(client: Any, staff: Any) -> None:
    rule = save()
    client.post(url(rule, "activate"), {"seen": rule.draft_version.edited_at.isoformat()})
    rule.refresh_from_db()
    assert rule.is_active
    entry = LogEntry.objects.get()
    assert entry.user == staff
    assert entry.change_message == "גרסה 1 הופעלה בלי בדיקה"


@pytest.mark.parametrize(("behaviour", "passed"), [("accept", True), ("status/422", False), ("hang", False)])
@pytest.mark.django_db(transaction=True)
def test_a_passed_test_offers_activation_in_one_click(
    client: Any, staff: Any, settings: Any, behaviour: str, passed: bool
) -> None:
    with receiving() as receiver:
        settings.TRANSMIT_ALLOWED_NETWORKS = [f"127.0.0.1/32:{receiver.port}"]
        rule = save(replace(DRAFT, url=receiver.url(behaviour), allow_http=True, timeout_s=1))
        page = client.post(url(rule, "test"), follow=True).content.decode()
        rule.refresh_from_db()
        assert (rule.draft_version.tested_at is not None) is passed
        assert ("השידור עבר" in page or "עבר בהצלחה" in page) is passed
        client.post(url(rule, "activate"))
    assert said(rule)[0] == ("גרסה 1 הופעלה אחרי בדיקה שעברה" if passed else "גרסה 1 הופעלה בלי בדיקה")


@pytest.mark.django_db(transaction=True)
def test_what_is_edited_after_its_test_is_untested_again(settings: Any) -> None:
    with receiving() as receiver:
        settings.TRANSMIT_ALLOWED_NETWORKS = [f"127.0.0.1/32:{receiver.port}"]
        draft = replace(DRAFT, url=receiver.url("accept"), allow_http=True)
        rule = save(draft)
        stale = rule.draft_version
        services.send_test(version=stale, lead=None, now=NOW)
        stale.refresh_from_db()
        assert stale.tested_at
        edited = services.save_rule(
            rule=rule, client=rule.client, draft=replace(draft, timeout_s=9), by=None, now=timezone.now(),
            activate=False,
        )  # fmt: skip
        assert edited.draft_version.tested_at is None
        services.send_test(version=stale, lead=None, now=NOW)  # began before the edit was saved
    edited.draft_version.refresh_from_db()
    assert edited.draft_version.tested_at is None


def test_only_what_the_person_saw_is_activated(client: Any, staff: Any) -> None:
    rule = save()
    seen = rule.draft_version.edited_at
    services.save_rule(
        rule=rule, client=rule.client, draft=replace(DRAFT, timeout_s=9), by=None, now=timezone.now(), activate=False
    )
    with pytest.raises(DraftChanged):
        services.activate_rule(rule=rule, now=NOW, seen=seen)
    for stamp in (seen.isoformat(), "no time", "2020-01-01"):
        answer = client.post(url(rule, "activate"), {"seen": stamp}, follow=True)
        assert "data-dialog-open" in answer.content.decode()
    rule.refresh_from_db()
    assert not rule.is_active


def test_switching_on_what_was_never_live_asks_first(client: Any, staff: Any) -> None:
    rule = save()
    answer = client.post(url(rule, "switch"))
    assert answer.url.endswith(f"?saved={rule.pk}")
    rule.refresh_from_db()
    assert not rule.is_active


def test_a_draft_without_the_routing_id_is_kept_and_leads_back_to_the_editor(client: Any, staff: Any) -> None:
    rule = save(replace(DRAFT, mappings=[]), unfinished=True)
    page = client.get(f"/admin/accounts/user/{rule.client_id}/tab/rules/?saved={rule.pk}").content.decode()
    assert url(rule, "change") in page
    assert url(rule, "activate") not in page
    client.post(url(rule, "activate"))
    rule.refresh_from_db()
    assert not rule.is_active


def test_discarding_gives_the_changes_up_and_the_rule_goes_on(client: Any, staff: Any) -> None:
    rule = live()
    save(replace(DRAFT, timeout_s=9), rule=rule)
    client.post(url(rule, "discard"))
    rule.refresh_from_db()
    assert (rule.is_active, rule.draft_version, rule.versions.count()) == (True, None, 1)
    never_live = save()
    services.discard_draft(rule=never_live)
    never_live.refresh_from_db()
    assert never_live.draft_version is not None


def test_the_card_of_an_edited_rule_says_so_and_that_of_a_plain_one_does_not(client: Any, staff: Any) -> None:
    rule = active_rule(url="https://crm.example.co.il/")
    address = f"/admin/accounts/user/{rule.client_id}/tab/rules/"
    assert url(rule, "discard") not in client.get(address).content.decode()
    save(replace(DRAFT, url="https://crm.example.co.il/v2"), rule=rule)
    page = client.get(address).content.decode()
    assert url(rule, "discard") in page
    assert url(rule, "activate") in page


def test_versions_tell_in_what_they_differ_and_going_back_makes_a_draft() -> None:
    rule = live()
    first = rule.live_version
    ResponseRule.objects.create(version=first, value="OK", meaning="accepted")
    Capture.objects.create(version=first, place="data.id")
    changed = replace(
        DRAFT, url="https://crm.example.co.il/v2", mappings=[MappingDraft(source="routing.id", name="ref")]
    )
    rule = save(changed, rule=rule, activate=True)
    stories = version_stories(rule)
    assert [story.version.number for story in stories] == [2, 1]
    told = {(difference.before, difference.after) for difference in stories[0].differences}
    assert ("https://crm.example.co.il/api/leads", "https://crm.example.co.il/v2") in told
    assert any("OK" in before and after == "" for before, after in told)
    draft = services.restore_version(rule=rule, version=first, by=None, now=NOW)
    assert draft.number == 3
    assert differences(first, draft) == []
    assert draft.response_rules.get().value == "OK"
    assert draft.captures.get().place == "data.id"
    rule.refresh_from_db()
    assert (rule.live_version.number, rule.is_active) == (2, True)
    assert services.activate_rule(rule=rule, now=NOW).live_version.url == DRAFT.url


def test_the_page_of_versions_shows_differences_and_goes_back(client: Any, staff: Any) -> None:
    rule = live()
    rule = save(replace(DRAFT, url="https://crm.example.co.il/v2"), rule=rule, activate=True)
    page = client.get(url(rule, "versions")).content.decode()
    assert "https://crm.example.co.il/v2" in page
    assert "https://crm.example.co.il/api/leads" in page
    assert url(rule, "versions/1/restore") in page
    assert url(rule, "versions/2/restore") not in page
    answer = client.post(url(rule, "versions/1/restore"))
    assert answer.url.endswith(f"?saved={rule.pk}")
    rule.refresh_from_db()
    assert (rule.live_version.number, rule.draft_version.number, rule.draft_version.url) == (2, 3, DRAFT.url)
    assert said(rule)[0] == "גרסה 3 נוצרה מגרסה 1"
    assert client.post(url(rule, "versions/99/restore")).status_code == 404
    assert client.get(url(rule, "versions/1/restore")).status_code == 405


def test_versions_are_shown_in_as_many_queries_for_two_as_for_ten(
    client: Any, staff: Any, django_assert_num_queries: Any
) -> None:
    rule = live()
    save(replace(DRAFT, timeout_s=3), rule=rule, activate=True)
    client.get(url(rule, "versions"))
    with CaptureQueriesContext(connection) as for_two:
        client.get(url(rule, "versions"))
    for timeout in range(4, 12):
        save(replace(DRAFT, timeout_s=timeout), rule=rule, activate=True)
    with django_assert_num_queries(len(for_two)):
        client.get(url(rule, "versions"))


def test_any_two_versions_can_be_compared(client: Any, staff: Any) -> None:
    rule = save()
    services.activate_rule(rule=rule, now=NOW)
    for path in ("second", "third"):
        save(replace(DRAFT, url=f"https://crm.example.co.il/{path}"), rule=Rule.objects.get())
        services.activate_rule(rule=Rule.objects.get(), now=NOW)
    page = client.get(url(rule, "versions"), {"before": "1", "after": "3"})
    assert [(each.before, each.after) for each in page.context["differences"]] == [
        (DRAFT.url, "https://crm.example.co.il/third")
    ]
    assert client.get(url(rule, "versions"), {"before": "2", "after": "2"}).context["differences"] == []
    for nonsense in ({"before": "9", "after": "x"}, {"before": ""}):
        page = client.get(url(rule, "versions"), nonsense)
        assert (page.status_code, page.context["differences"]) == (200, None)
