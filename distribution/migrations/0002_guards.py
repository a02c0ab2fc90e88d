"""What the database itself sees to: partitions, append-only attempts, and the routing-ID guard.

The guard: an active rule whose live version sends neither the routing ID nor the routing number cannot be
committed, by whatever path it came about. A change to a mapping counts up `guard_count` of its rule, a real
write, so that it and an activation at the same time exclude each other under every isolation level.
"""

from django.db import migrations

PARTITIONS = """
CREATE TABLE distribution_attempt (
    id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    kind varchar(10) NOT NULL,
    delivery_id uuid,
    routing_id uuid NOT NULL,
    version_id bigint NOT NULL,
    finished_at timestamptz,
    outcome varchar(10),
    status_code smallint CHECK (status_code >= 0),
    error_code varchar(40) NOT NULL DEFAULT '',
    detail varchar(500) NOT NULL DEFAULT '',
    duration_ms integer CHECK (duration_ms >= 0),
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);
CREATE TABLE distribution_attempt_default PARTITION OF distribution_attempt DEFAULT;
-- the attempts of a delivery, on the lead's page and on the client's tabs
CREATE INDEX attempt_delivery ON distribution_attempt (delivery_id, started_at);
CREATE INDEX attempt_routing ON distribution_attempt (routing_id, started_at);
-- a rule's last answer, on its card
CREATE INDEX attempt_version ON distribution_attempt (version_id, started_at DESC);

CREATE TABLE distribution_exchange (
    attempt_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    request_method varchar(10) NOT NULL,
    request_url text NOT NULL,
    request_headers jsonb NOT NULL,
    request_body bytea,
    response_headers jsonb,
    response_body bytea,
    PRIMARY KEY (attempt_id, started_at)
) PARTITION BY RANGE (started_at);
CREATE TABLE distribution_exchange_default PARTITION OF distribution_exchange DEFAULT;

-- Make the partitions of `months` months from the given day on. A month whose rows lie in the default partition
-- already (nobody called this in time) stays there.
CREATE FUNCTION distribution_make_partitions(from_day date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    parent text;
    first_day date;
    made integer := 0;
    taken boolean;
BEGIN
    FOREACH parent IN ARRAY ARRAY['distribution_attempt', 'distribution_exchange'] LOOP
        FOR step IN 0 .. months - 1 LOOP
            first_day := (date_trunc('month', from_day) + make_interval(months => step))::date;
            CONTINUE WHEN to_regclass(format('public.%I', parent || to_char(first_day, '_YYYY_MM'))) IS NOT NULL;
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I WHERE started_at >= %L AND started_at < %L)',
                parent || '_default', first_day, (first_day + interval '1 month')::date) INTO taken;
            CONTINUE WHEN taken;
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                parent || to_char(first_day, '_YYYY_MM'), parent, first_day, (first_day + interval '1 month')::date);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT distribution_make_partitions(current_date, 3);
"""

APPEND_ONLY = """
CREATE FUNCTION distribution_attempt_completed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.finished_at IS NULL
       AND (OLD.id, OLD.started_at, OLD.kind, OLD.delivery_id, OLD.routing_id, OLD.version_id)
           IS NOT DISTINCT FROM (NEW.id, NEW.started_at, NEW.kind, NEW.delivery_id, NEW.routing_id, NEW.version_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an attempt is completed once and then never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_append_only';
END $$;
CREATE TRIGGER attempt_append_only BEFORE UPDATE OR DELETE ON distribution_attempt
    FOR EACH ROW EXECUTE FUNCTION distribution_attempt_completed_once();
"""

ROUTING_ID_GUARD = """
CREATE FUNCTION distribution_check_rule(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION distribution_guard_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM distribution_check_rule(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rule_sends_routing_id
    AFTER INSERT OR UPDATE OF is_active, live_version_id ON distribution_rule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_active) EXECUTE FUNCTION distribution_guard_rule();

CREATE FUNCTION distribution_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE distribution_rule SET guard_count = guard_count + 1 WHERE id IN (OLD.rule_id, NEW.rule_id);
    PERFORM distribution_check_rule(OLD.rule_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER version_stays_with_its_rule
    AFTER UPDATE OF rule_id ON distribution_ruleversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION distribution_guard_version();

CREATE FUNCTION distribution_guard_mapping() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner bigint;
BEGIN
    -- By its version, not by "whose live version is it": an activation under way has not said so yet.
    UPDATE distribution_rule SET guard_count = guard_count + 1
        WHERE id = (SELECT rule_id FROM distribution_ruleversion WHERE id = OLD.version_id)
        RETURNING id INTO owner;
    PERFORM distribution_check_rule(owner);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mapping_guard
    AFTER DELETE OR UPDATE ON distribution_fieldmapping
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.source IN ('routing.id', 'routing.number'))
    EXECUTE FUNCTION distribution_guard_mapping();

CREATE FUNCTION distribution_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of % would leave active rules without the routing ID', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_sends_routing_id';
END $$;
CREATE TRIGGER mapping_truncate_refused BEFORE TRUNCATE ON distribution_fieldmapping
    FOR EACH STATEMENT EXECUTE FUNCTION distribution_refuse_truncate();
"""

# Whoever is not the owner may not delete what is kept; the triggers above hold for the owner too.
KEPT = """
DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants
        WHERE table_name IN ('distribution_attempt', 'distribution_exchange') AND grantee <> current_user
    LOOP
        EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM %I', kept.table_name, kept.grantee);
    END LOOP;
END $$;
"""

# Queue-like and often updated tables: room for updates in place, and a vacuum that comes before bloat does.
STORAGE = """
ALTER TABLE distribution_delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE distribution_routing SET (fillfactor = 85);
ALTER SEQUENCE distribution_routing_number_seq OWNED BY distribution_routing.number;
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0001_initial")]

    operations = [
        migrations.RunSQL(
            PARTITIONS,
            "DROP TABLE distribution_attempt, distribution_exchange; DROP FUNCTION distribution_make_partitions",
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER attempt_append_only ON distribution_attempt; DROP FUNCTION distribution_attempt_completed_once",
        ),
        migrations.RunSQL(
            ROUTING_ID_GUARD,
            """
            DROP TRIGGER mapping_truncate_refused ON distribution_fieldmapping;
            DROP TRIGGER mapping_guard ON distribution_fieldmapping;
            DROP TRIGGER version_stays_with_its_rule ON distribution_ruleversion;
            DROP TRIGGER rule_sends_routing_id ON distribution_rule;
            DROP FUNCTION distribution_guard_rule, distribution_guard_version, distribution_guard_mapping,
                distribution_refuse_truncate, distribution_check_rule;
            """,
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
