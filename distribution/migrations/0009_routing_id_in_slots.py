"""The routing-ID guard learns where a value is really sent, and attempts learn to keep the steps before them.

A mapping of the routing ID counts when its place is part of the request: a field of a body that has fields, a parameter,
a header, or a slot that stands in the address or in the template of a body that has one. So the guard also looks when
the address, the template or the body format of a version changes.
"""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION distribution_check_rule(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution_rule rule
        WHERE rule.id = checked AND rule.is_active AND NOT EXISTS (
            SELECT 1 FROM distribution_fieldmapping mapping
            JOIN distribution_ruleversion version ON version.id = mapping.version_id
            WHERE version.id = rule.live_version_id AND version.rule_id = rule.id
              AND mapping.source IN ('routing.id', 'routing.number')
              AND CASE mapping.placement
                  WHEN 'slot' THEN version.url ~ ('\\{\\{\\s*' || mapping.name || '\\s*\\}\\}')
                      OR version.body_format IN ('xml', 'soap', 'json_template', 'text')
                         AND version.template ~ ('\\{\\{\\s*' || mapping.name || '\\s*\\}\\}')
                  WHEN 'field' THEN version.body_format NOT IN ('xml', 'soap', 'json_template', 'text')
                  ELSE true
              END
        )
    ) THEN
        RAISE EXCEPTION 'an active rule must send the routing ID or the routing number'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_sends_routing_id', TABLE = 'distribution_rule';
    END IF;
END $$;

CREATE CONSTRAINT TRIGGER version_keeps_routing_id
    AFTER UPDATE OF url, template, body_format ON distribution_ruleversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.url <> NEW.url OR OLD.template <> NEW.template OR OLD.body_format <> NEW.body_format)
    EXECUTE FUNCTION distribution_guard_version();
"""

GUARD_BEFORE = """
DROP TRIGGER version_keeps_routing_id ON distribution_ruleversion;
CREATE OR REPLACE FUNCTION distribution_check_rule(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution_rule rule
        WHERE rule.id = checked AND rule.is_active AND NOT EXISTS (
            SELECT 1 FROM distribution_fieldmapping mapping
            JOIN distribution_ruleversion version ON version.id = mapping.version_id
            WHERE version.id = rule.live_version_id AND version.rule_id = rule.id
              AND mapping.source IN ('routing.id', 'routing.number')
        )
    ) THEN
        RAISE EXCEPTION 'an active rule must send the routing ID or the routing number'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_sends_routing_id', TABLE = 'distribution_rule';
    END IF;
END $$;
"""

STEPS = "ALTER TABLE distribution_exchange ADD COLUMN steps jsonb"


class Migration(migrations.Migration):
    dependencies = [("distribution", "0008_requests")]

    operations = [
        migrations.RunSQL(GUARD, GUARD_BEFORE),
        migrations.RunSQL(STEPS, "ALTER TABLE distribution_exchange DROP COLUMN steps"),
    ]
