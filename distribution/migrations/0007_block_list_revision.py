"""By what processes notice that the block list changed: a mark that every change renews.

A moment and not a count, so that a mark that was rolled back never comes again with other entries behind it.
"""

from django.db import migrations

REVISION = """
CREATE TABLE distribution_blocklist (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    revision bigint NOT NULL,
    entries integer NOT NULL
);

CREATE FUNCTION distribution_block_list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO distribution_blocklist (revision, entries)
    VALUES ((extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 0)
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision;
    -- Counted now that the row is ours: beside another change the statement above sees too little.
    UPDATE distribution_blocklist SET entries = (SELECT count(*) FROM distribution_blockedcontact);
    RETURN NULL;
END $$;
CREATE TRIGGER block_list_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON distribution_blockedcontact
    FOR EACH STATEMENT EXECUTE FUNCTION distribution_block_list_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0006_which_leads")]

    operations = [
        migrations.RunSQL(
            REVISION,
            """
            DROP TRIGGER block_list_changed ON distribution_blockedcontact;
            DROP FUNCTION distribution_block_list_changed;
            DROP TABLE distribution_blocklist;
            """,
        ),
    ]
