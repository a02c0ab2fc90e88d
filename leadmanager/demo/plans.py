"""The demo's clients and what their systems want, in the style of sending instructions that real clients give."""

from dataclasses import dataclass

from distribution.choices import (
    AnswerMeaning,
    AnswerPart,
    AnswerTest,
    AuthKind,
    BodyFormat,
    Method,
    OtherAnswers,
    SourcesMode,
    Transform,
)
from distribution.rules.suggesting import CaptureDraft, ResponseRuleDraft
from distribution.services import MappingDraft, RuleDraft
from distribution.services.rules import AnswersPart
from leadmanager.demo import agreed


@dataclass(frozen=True, kw_only=True)
class ClientPlan:
    """A client of the demo. It is known by its e-mail address, so that staff may rename it."""

    name: str
    email: str
    phone: str
    sources: tuple[str, ...]
    question: str
    path: str
    speaks_rest: bool = False
    rule: RuleDraft


_COLLEGE_ANSWERS = AnswersPart(
    response_rules=(
        ResponseRuleDraft(meaning=AnswerMeaning.ACCEPTED, statuses="200", test=AnswerTest.EQUALS, value="OK"),
        ResponseRuleDraft(
            meaning=AnswerMeaning.REFUSED,
            statuses="200, 400",
            value="ERROR",
            reason_part=AnswerPart.BODY,
            reason_pattern="ERROR: (.*)",
        ),
    ),
)
_ESTATE_ANSWERS = AnswersPart(
    response_rules=(
        ResponseRuleDraft(meaning=AnswerMeaning.ACCEPTED, statuses="201", part=AnswerPart.STATUS),
        ResponseRuleDraft(
            meaning=AnswerMeaning.REFUSED,
            statuses="409, 422",
            part=AnswerPart.STATUS,
            reason_part=AnswerPart.JSON,
            reason_place="errors[0].message",
        ),
    ),
    captures=(CaptureDraft(part=AnswerPart.JSON, place="data.leadId"),),
)
_CENTRE_ANSWERS = AnswersPart(
    response_rules=(ResponseRuleDraft(meaning=AnswerMeaning.ACCEPTED, statuses="200", value=agreed.CENTRE_SUCCESS),),
    other_answers=OtherAnswers.REFUSED,
    answer_charset="windows-1255",
)

PLANS = (
    ClientPlan(
        name=agreed.COLLEGE,
        email="leads@ofek.example",
        phone="03-555-0101",
        sources=(agreed.GOOGLE,),
        question="interest",
        path=agreed.COLLEGE_PATH,
        rule=RuleDraft(
            name="רישום לקורסים",
            url="",
            sources_mode=SourcesMode.SOME,
            method=Method.POST,
            body_format=BodyFormat.FORM,
            allow_http=True,
            mappings=(
                MappingDraft(source="constant", name="sp", constant=agreed.COLLEGE_SP),
                MappingDraft(source="constant", name="secret", constant=agreed.COLLEGE_SECRET),
                MappingDraft(source="lead.phone", name="mobilephone", transform=Transform.PHONE_LOCAL),
                MappingDraft(source="lead.name", name="firstname"),
                MappingDraft(source="lead.email", name="emailaddress"),
                MappingDraft(source="lead.data", source_key="interest", name="interest"),
                MappingDraft(source="lead.consent", name="marketing", transform=Transform.YES_NO),
                MappingDraft(
                    source="lead.city",
                    name="branch",
                    value_table={"חיפה": "1", "רמת גן": "2", "ירושלים": "4"},
                    default="3",
                ),
                MappingDraft(source="routing.id", name="ref"),
            ),
            parts=(_COLLEGE_ANSWERS,),
        ),
    ),
    ClientPlan(
        name=agreed.ESTATE,
        email="crm@tzafon.example",
        phone="04-555-0202",
        sources=(agreed.FACEBOOK,),
        question="rooms",
        path=agreed.ESTATE_PATH,
        rule=RuleDraft(
            name="CRM מכירות",
            url="",
            sources_mode=SourcesMode.SOME,
            method=Method.POST,
            body_format=BodyFormat.JSON,
            auth_kind=AuthKind.BEARER,
            auth_secret=agreed.ESTATE_TOKEN,
            allow_http=True,
            mappings=(
                MappingDraft(source="lead.first_name", name="contact.name.first"),
                MappingDraft(source="lead.last_name", name="contact.name.last"),
                MappingDraft(source="lead.phone", name="contact.phones[0]", transform=Transform.PHONE_INTERNATIONAL),
                MappingDraft(source="lead.email", name="contact.email"),
                MappingDraft(
                    source="lead.source", name="project", value_table={agreed.FACEBOOK: "4411"}, default="4400"
                ),
                MappingDraft(source="constant", name="source", constant="LM"),
                MappingDraft(source="routing.id", name="externalRef"),
            ),
            parts=(_ESTATE_ANSWERS,),
        ),
    ),
    ClientPlan(
        name=agreed.CENTRE,
        email="moked@plus.example",
        phone="*6565",
        sources=(agreed.WEBSITE, agreed.FACEBOOK),
        question="product",
        path=agreed.CENTRE_PATH,
        speaks_rest=True,
        rule=RuleDraft(
            name="מוקד טלפוני",
            url="",
            sources_mode=SourcesMode.SOME,
            method=Method.GET,
            body_format=BodyFormat.QUERY,
            allow_http=True,
            mappings=(
                MappingDraft(source="lead.name", name="n"),
                MappingDraft(source="lead.phone", name="p", transform=Transform.PHONE_LOCAL),
                MappingDraft(
                    source="lead.submitted_at", name="t", transform=Transform.DATE, date_format="DD/MM/YYYY HH:MM"
                ),
                MappingDraft(source="constant", name="c", constant=agreed.CENTRE_CODE),
                # Their field is short, so they get the number instead of the id.
                MappingDraft(source="routing.number", name="rid"),
            ),
            parts=(_CENTRE_ANSWERS,),
        ),
    ),
)
