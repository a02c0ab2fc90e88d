"""Feedback is only added, reasons keep their numbers for ever, and the list the product is delivered with."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION feedback_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.routing_id, OLD.reason_id, OLD.comment, OLD.amount, OLD.occurred_at,
            OLD.client_reference, OLD.received_at, OLD.door, OLD.is_reason_inactive, OLD.digest)
        IS NOT DISTINCT FROM (NEW.id, NEW.routing_id, NEW.reason_id, NEW.comment, NEW.amount, NEW.occurred_at,
            NEW.client_reference, NEW.received_at, NEW.door, NEW.is_reason_inactive, NEW.digest) THEN
        RETURN NEW;  -- only a reference to a deleted user or key was emptied
    END IF;
    RAISE EXCEPTION 'feedback is only added, never changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_append_only';
END $$;
CREATE TRIGGER feedback_append_only BEFORE UPDATE OR DELETE ON feedback_feedback
    FOR EACH ROW EXECUTE FUNCTION feedback_append_only();

CREATE FUNCTION feedback_reason_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.id = NEW.id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the number of a feedback reason is never changed or used again'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_kept';
END $$;
CREATE TRIGGER reason_kept BEFORE UPDATE OF id OR DELETE ON feedback_reason
    FOR EACH ROW EXECUTE FUNCTION feedback_reason_kept();
ALTER SEQUENCE feedback_reason_id_seq OWNED BY feedback_reason.id;
"""

# Whoever is not the owner may not even try; the triggers above hold for the owner too.
KEPT = """
DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_name = 'feedback_feedback' AND grantee <> current_user
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON feedback_feedback FROM %I', kept.grantee);
        EXECUTE format('REVOKE DELETE, TRUNCATE ON feedback_reason FROM %I', kept.grantee);
    END LOOP;
END $$;
"""

REASONS = [
    (1, "לא ענה", "No answer", "no_contact"),
    (2, "בטיפול", "In progress", "in_progress"),
    (3, "נקבעה פגישה", "Meeting set", "positive"),
    (4, "עסקה", "Deal", "sale"),
    (5, "לא רלוונטי", "Not relevant", "negative"),
    (6, "מספר שגוי", "Wrong number", "invalid"),
    (7, "כפול", "Duplicate", "invalid"),
]


def deliver_reasons(apps, schema_editor):
    Reason = apps.get_model("feedback", "Reason")
    Reason.objects.bulk_create(
        Reason(id=number, name_he=hebrew, name_en=english, kind=kind, position=number * 10)
        for number, hebrew, english, kind in REASONS
    )
    schema_editor.execute("SELECT setval('feedback_reason_id_seq', %s)", [len(REASONS)])


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [
        migrations.RunPython(deliver_reasons, migrations.RunPython.noop),
        migrations.RunSQL(
            APPEND_ONLY,
            """
            DROP TRIGGER feedback_append_only ON feedback_feedback;
            DROP TRIGGER reason_kept ON feedback_reason;
            DROP FUNCTION feedback_append_only, feedback_reason_kept;
            """,
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
