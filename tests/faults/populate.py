"""`python -m tests.faults.populate JSON`: sources and a client's rule for each, made as staff make them.

Takes `{"name", "urls": [...]}` and prints `[{"token", "rule"}, ...]`, one for each URL.
"""

import json
import sys

import django

# Leases that killed processes left behind count as under way until they end; they are not to fill a rule's limit.
MAX_IN_FLIGHT = 100


def main() -> None:
    """Make them and print what was made."""
    django.setup()
    from django.utils import timezone

    from accounts.choices import Role
    from accounts.models import User
    from distribution.choices import SourcesMode
    from distribution.services.rules import MappingDraft, RuleDraft, save_rule
    from distribution.services.sources import create_source

    wanted = json.loads(sys.argv[1])
    now = timezone.now()
    made = []
    for number, url in enumerate(wanted["urls"]):
        name = f"{wanted['name']} {number}"
        issued = create_source(name=name, by=None, now=now)
        draft = RuleDraft(
            name=name,
            url=url,
            mappings=[
                MappingDraft(source=source, name=field)
                for field, source in {"rid": "routing.id", "name": "lead.name", "phone": "lead.phone"}.items()
            ],
            sources_mode=SourcesMode.SOME,
            source_ids=[issued.source.pk],
            timeout_s=10,
            allow_http=True,
            max_in_flight=MAX_IN_FLIGHT,
        )
        client = User.objects.create(name=name, role=Role.CLIENT)
        rule = save_rule(rule=None, client=client, draft=draft, by=None, now=now, activate=True)
        made.append({"token": issued.text, "rule": rule.pk})
    print(json.dumps(made))


if __name__ == "__main__":
    main()
