"""Rules whose destination is an e-mail address. The guard takes feedback links for what a mail answers by."""

from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION distribution_check_rule(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution_rule rule
        WHERE rule.id = checked AND rule.is_active AND NOT EXISTS (
            SELECT 1 FROM distribution_fieldmapping mapping
            JOIN distribution_ruleversion version ON version.id = mapping.version_id
            WHERE version.id = rule.live_version_id AND version.rule_id = rule.id
              AND CASE WHEN version.body_format = 'mail' THEN
                  mapping.source = 'feedback.links' AND mapping.placement = 'field'
              ELSE
                  mapping.source IN ('routing.id', 'routing.number')
                  AND CASE mapping.placement
                      WHEN 'slot' THEN version.url ~ ('\\{\\{\\s*' || mapping.name || '\\s*\\}\\}')
                          OR version.body_format IN ('xml', 'soap', 'json_template', 'text')
                             AND version.template ~ ('\\{\\{\\s*' || mapping.name || '\\s*\\}\\}')
                      WHEN 'field' THEN version.body_format NOT IN ('xml', 'soap', 'json_template', 'text')
                      WHEN 'subject' THEN false
                      ELSE true
                  END
              END
        )
    ) THEN
        RAISE EXCEPTION 'an active rule must send the routing ID or the routing number, by e-mail the feedback links'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_sends_routing_id', TABLE = 'distribution_rule';
    END IF;
END $$;
DROP TRIGGER mapping_guard ON distribution_fieldmapping;
CREATE CONSTRAINT TRIGGER mapping_guard
    AFTER DELETE OR UPDATE ON distribution_fieldmapping
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.source IN ('routing.id', 'routing.number', 'feedback.links'))
    EXECUTE FUNCTION distribution_guard_mapping();
"""

GUARD_BEFORE = """
DROP TRIGGER mapping_guard ON distribution_fieldmapping;
CREATE CONSTRAINT TRIGGER mapping_guard
    AFTER DELETE OR UPDATE ON distribution_fieldmapping
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.source IN ('routing.id', 'routing.number'))
    EXECUTE FUNCTION distribution_guard_mapping();
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
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0009_routing_id_in_slots")]

    operations = [
        migrations.AddField(
            model_name='ruleversion',
            name='mail_subject',
            field=models.CharField(blank=True, max_length=150, verbose_name='subject of the mail'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='mail_text',
            field=models.TextField(blank=True, max_length=2000, verbose_name='opening words of the mail'),
        ),
        migrations.AlterField(
            model_name='fieldmapping',
            name='placement',
            field=models.CharField(choices=[('field', 'Field'), ('query', 'Parameter in the address'), ('header', 'Header'), ('slot', 'Slot in the template or the address'), ('subject', 'Subject of the mail')], default='field', max_length=10, verbose_name='where'),
        ),
        migrations.AlterField(
            model_name='ruleversion',
            name='body_format',
            field=models.CharField(choices=[('json', 'JSON body'), ('form', 'Form body'), ('query', 'Parameters in the address'), ('multipart', 'Form body in parts (multipart)'), ('xml', 'XML by a template'), ('soap', 'SOAP by a template'), ('json_template', 'JSON by a template'), ('text', 'Free text by a template'), ('mail', 'E-mail')], default='json', max_length=20, verbose_name='body'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('body_format', 'mail'), ('url__startswith', 'mailto:')), models.Q(models.Q(('body_format', 'mail'), _negated=True), models.Q(('url__startswith', 'mailto:'), _negated=True)), _connector='OR'), name='version_mail_has_mail_address'),
        ),
        migrations.RunSQL(GUARD, GUARD_BEFORE),
    ]
