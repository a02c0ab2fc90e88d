"""The SQL of the transmit loop: few statements, each for a whole batch, prepared once per connection.

Only the database's clock counts: `now()` decides what is due and when a lease ends. Columns go in as binary arrays
(`%(name)b`), whose text form costs twenty times as much to write.
"""

# Lock the rules that have something due; a rule that another loop is claiming for is skipped. The lock is taken by a
# statement of its own so that CLAIM, whose snapshot comes after it, counts what the loop before us has claimed: that
# makes the limits per destination exact. In random order, so that under the ceiling no rule is always first. A rule
# whose places are all taken is passed over, so that destinations that hang cost next to nothing.
# A rule that the breaker paused comes up when its probe is due; a destination that asked for quiet is left alone.
LOCK_RULES = """
SELECT rule.id, rule.after_unknown, rule.selection -> 'hours' -> 'spans' AS spans,
    coalesce(rule.selection ->> 'time_zone', client.time_zone) AS zone, now() AS now
FROM distribution_rule rule
JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
WHERE rule.is_active AND (rule.paused_at IS NULL OR rule.probe_at <= now())
  AND (rule.quiet_until IS NULL OR rule.quiet_until <= now())
  AND EXISTS (
      SELECT 1 FROM distribution_delivery delivery
      WHERE delivery.rule_id = rule.id AND delivery.state IN ('waiting', 'sending') AND delivery.due_at <= now()
  )
  AND rule.max_in_flight > (
      SELECT count(*) FROM distribution_delivery delivery
      WHERE delivery.rule_id = rule.id AND delivery.state = 'sending' AND delivery.due_at > now()
  )
ORDER BY random()
LIMIT 2000
FOR NO KEY UPDATE OF rule SKIP LOCKED
"""

# Where a rule wants a person to look: what was leased by a process that died, instead of sending it again.
HOLD_LOST = """
UPDATE distribution_delivery
SET state = 'held', lease_owner = NULL, finished_at = now(), outcome_code = %(code)s, outcome_detail = ''
WHERE rule_id = ANY(%(rules)b::bigint[]) AND state = 'sending' AND due_at <= now()
"""

# Claim for all locked rules at once: per rule at most (limit - in flight) due deliveries, in all at most the free
# places. In flight is what is leased and not expired, counted in the index `delivery_in_flight`; a rule with a limit
# per time may begin what its attempts of the last such time leave it (index attempt_version). A paused rule gets one:
# the probe, followed by no other until its outcome or its lease's end.
# A delivery frozen before keeps the version that froze it; the others take the live one.
CLAIM = """
WITH picked AS (
    SELECT due.id, rule.id AS rule_id, rule.live_version_id, rule.allow_http, rule.client_id, rule.after_unknown,
        rule.paused_at IS NOT NULL AS is_probe, rule.failures > 0 OR rule.paused_at IS NOT NULL AS is_watched
    FROM unnest(%(rules)b::bigint[]) AS locked (id)
    JOIN distribution_rule rule ON rule.id = locked.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM distribution_delivery delivery
        WHERE delivery.rule_id = rule.id AND delivery.state = 'sending' AND delivery.due_at > now()
    ) in_flight
    CROSS JOIN LATERAL (
        SELECT CASE WHEN rule.rate_limit IS NULL THEN rule.max_in_flight ELSE rule.rate_limit - (
            SELECT count(*) FROM distribution_ruleversion version
            JOIN distribution_attempt attempt ON attempt.version_id = version.id
            WHERE version.rule_id = rule.id AND attempt.kind = 'delivery'
              AND attempt.started_at > now() - make_interval(secs => rule.rate_period)
        ) END AS number
    ) pace
    CROSS JOIN LATERAL (
        SELECT delivery.id FROM distribution_delivery delivery
        WHERE delivery.rule_id = rule.id AND delivery.state IN ('waiting', 'sending') AND delivery.due_at <= now()
        ORDER BY delivery.due_at
        LIMIT CASE WHEN rule.paused_at IS NOT NULL THEN 1
            ELSE greatest(least(rule.max_in_flight - in_flight.number, pace.number), 0) END
        FOR UPDATE SKIP LOCKED
    ) due
    LIMIT %(places)s
), probed AS (
    UPDATE distribution_rule rule SET probe_at = now() + interval '150 seconds'
    FROM picked WHERE rule.id = picked.rule_id AND picked.is_probe
), claimed AS (
    UPDATE distribution_delivery delivery
    SET state = 'sending', lease_owner = %(lease)s, attempt_count = delivery.attempt_count + 1,
        due_at = now() + make_interval(secs => version.timeout_s + 30)
    FROM picked
    LEFT JOIN distribution_frozenrequest frozen ON frozen.delivery_id = picked.id
    JOIN distribution_ruleversion version ON version.id = coalesce(frozen.version_id, picked.live_version_id)
    WHERE delivery.id = picked.id
    RETURNING delivery.id, delivery.routing_id, delivery.attempt_count, version.id AS version_id, picked.allow_http,
        picked.client_id, picked.rule_id, picked.after_unknown, picked.is_probe, picked.is_watched,
        frozen.method, frozen.url, frozen.headers, frozen.body
)
SELECT claimed.id AS delivery_id, claimed.routing_id, claimed.attempt_count, claimed.version_id, claimed.allow_http,
    claimed.rule_id, claimed.after_unknown, claimed.is_probe, claimed.is_watched,
    claimed.method, claimed.url, claimed.headers, claimed.body, now() AS started_at,
    routing.number AS routing_number, routing.client_reference, routing.captured,
    client.name AS client_name, client.time_zone, claimed.client_id,
    client.language AS client_language,
    lead.id AS lead_id, lead.name, lead.phone, lead.phone_normalized, lead.email, lead.city, lead.notes, lead.consent,
    lead.submitted_at, lead.received_at, lead.data, source.name AS source_name
FROM claimed
JOIN distribution_routing routing ON routing.id = claimed.routing_id
JOIN distribution_lead lead ON lead.id = routing.lead_id
JOIN accounts_user client ON client.id = claimed.client_id
LEFT JOIN distribution_source source ON source.id = lead.source_id
"""

# What the loop knows about a version, read once: a version that went live never changes.
VERSIONS = """
SELECT version.id, version.method, version.url, version.body_format, version.charset, version.is_lossy,
    version.template, version.soap_action, version.mail_subject, version.mail_text,
    version.auth_kind, version.auth_username, version.auth_secret,
    version.auth_options, version.signing_secret, version.ca_certificate, version.timeout_s, version.other_answers,
    version.answer_charset
FROM distribution_ruleversion version
WHERE version.id = ANY(%(versions)b::bigint[])
"""

MAPPINGS = """
SELECT version_id, placement, source, source_key, joined_source, joined_key, separator, name, constant, secret,
    secret_slot, transform, date_format, value_table, "default", max_length, json_type, is_always_sent
FROM distribution_fieldmapping
WHERE version_id = ANY(%(versions)b::bigint[])
ORDER BY version_id, position, id
"""

RESPONSE_RULES = """
SELECT version_id, statuses, part, place, test, value, meaning, reason, reason_part, reason_place, reason_pattern
FROM distribution_responserule
WHERE version_id = ANY(%(versions)b::bigint[])
ORDER BY version_id, position, id
"""

CAPTURES = """
SELECT version_id, target, name, part, place, pattern
FROM distribution_capture
WHERE version_id = ANY(%(versions)b::bigint[])
ORDER BY version_id, position, id
"""

# In the transaction of the claim: what is sent for the first time is frozen and its routing shown to the client;
# every attempt has its row before its socket opens. Routings are locked in the order of their ids, as feedback does.
FREEZE = """
WITH frozen AS (
    INSERT INTO distribution_frozenrequest (delivery_id, version_id, method, url, headers, body)
    SELECT delivery_id, version_id, method, url, headers::jsonb, body
    FROM unnest(%(frozen_deliveries)b::uuid[], %(frozen_versions)b::bigint[], %(frozen_methods)b::text[],
        %(frozen_urls)b::text[], %(frozen_headers)b::text[], %(frozen_bodies)b::bytea[])
        AS row (delivery_id, version_id, method, url, headers, body)
), hidden AS (
    SELECT id FROM distribution_routing
    WHERE id = ANY(%(frozen_routings)b::uuid[]) AND visible_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
), shown AS (
    UPDATE distribution_routing routing SET visible_at = now() FROM hidden WHERE routing.id = hidden.id
)
INSERT INTO distribution_attempt (id, started_at, kind, delivery_id, routing_id, version_id)
SELECT id, now(), 'delivery', delivery_id, routing_id, version_id
FROM unnest(%(attempts)b::uuid[], %(deliveries)b::uuid[], %(routings)b::uuid[], %(versions)b::bigint[])
    AS row (id, delivery_id, routing_id, version_id)
"""

# In the same transaction: what cannot be put together waits for a person, with the reason, and was no attempt.
HOLD_UNRENDERED = """
UPDATE distribution_delivery delivery
SET state = 'held', lease_owner = NULL, finished_at = now(), attempt_count = delivery.attempt_count - 1,
    outcome_code = row.code, outcome_detail = row.detail
FROM unnest(%(deliveries)b::uuid[], %(codes)b::text[], %(details)b::text[]) AS row (id, code, detail)
WHERE delivery.id = row.id AND delivery.lease_owner = %(lease)s
"""

# What was taken from the answers of a batch: before RECORD, so that a process which dies in between takes it again
# from the next answer. An answer without the value leaves the earlier one; routings are locked in the order of ids.
CAPTURE = """
WITH said AS (
    SELECT * FROM unnest(%(routings)b::uuid[], %(references)b::text[], %(values)b::text[])
        AS row (routing_id, reference, found)
), locked AS (
    SELECT routing.id FROM distribution_routing routing
    WHERE routing.id IN (SELECT routing_id FROM said)
    ORDER BY routing.id FOR NO KEY UPDATE
)
UPDATE distribution_routing routing
SET client_reference = coalesce(nullif(said.reference, ''), routing.client_reference),
    captured = nullif(coalesce(routing.captured, '{}') || said.found::jsonb, '{}'),
    version = routing.version + 1
FROM locked JOIN said ON said.routing_id = locked.id
WHERE routing.id = locked.id
  AND (routing.client_reference, coalesce(routing.captured, '{}')) IS DISTINCT FROM
      (coalesce(nullif(said.reference, ''), routing.client_reference)::text,
       coalesce(routing.captured, '{}') || said.found::jsonb)
"""

# What came of a batch of attempts. Safe to repeat after a lost connection: attempts are completed once, exchanges
# exist once, and a delivery moves only while its lease is still ours.
RECORD = """
WITH result AS (
    SELECT * FROM unnest(%(attempts)b::uuid[], %(started)b::timestamptz[], %(deliveries)b::uuid[], %(leases)b::uuid[],
        %(outcomes)b::text[], %(states)b::text[], %(codes)b::text[], %(details)b::text[], %(statuses)b::integer[],
        %(errors)b::text[], %(durations)b::integer[], %(delays)b::float8[], %(methods)b::text[], %(urls)b::text[],
        %(request_headers)b::text[], %(request_bodies)b::bytea[], %(response_headers)b::text[],
        %(response_bodies)b::bytea[], %(steps)b::text[])
        AS row (attempt_id, started_at, delivery_id, lease, outcome, state, code, detail, status, error, duration_ms,
            delay_s, method, url, request_headers, request_body, response_headers, response_body, steps)
), completed AS (
    UPDATE distribution_attempt attempt
    SET finished_at = clock_timestamp(), outcome = result.outcome, status_code = result.status,
        error_code = result.error, detail = result.detail, duration_ms = result.duration_ms
    FROM result
    WHERE attempt.id = result.attempt_id AND attempt.started_at = result.started_at AND attempt.finished_at IS NULL
), said AS (
    INSERT INTO distribution_exchange (attempt_id, started_at, request_method, request_url, request_headers,
        request_body, response_headers, response_body, steps)
    SELECT attempt_id, started_at, method, url, request_headers::jsonb, request_body, response_headers::jsonb,
        response_body, steps::jsonb
    FROM result
    ON CONFLICT DO NOTHING
), moved AS (
    UPDATE distribution_delivery delivery
    SET state = result.state, lease_owner = NULL, outcome_code = result.code, outcome_detail = result.detail,
        due_at = coalesce(now() + make_interval(secs => result.delay_s), delivery.due_at),
        finished_at = CASE WHEN result.state = 'waiting' THEN NULL ELSE now() END
    FROM result
    WHERE delivery.id = result.delivery_id AND delivery.state = 'sending' AND delivery.lease_owner = result.lease
    RETURNING delivery.routing_id, delivery.state
), delivered AS (
    SELECT id FROM distribution_routing
    WHERE id IN (SELECT routing_id FROM moved WHERE state = 'accepted') AND delivered_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE distribution_routing routing
SET delivered_at = now(), version = routing.version + 1
FROM delivered WHERE routing.id = delivered.id
"""

# How the destinations of some rules fare, locked to be written again; those that a claim or a person has locked at
# this moment come next time.
LOCK_STANDINGS = """
SELECT id, failures, failing_since, pause_reason, probes, paused_at IS NOT NULL AS is_paused, now() AS now
FROM distribution_rule
WHERE id = ANY(%(rules)b::bigint[])
ORDER BY id
FOR NO KEY UPDATE SKIP LOCKED
"""

SAVE_STANDINGS = """
UPDATE distribution_rule rule
SET failures = row.failures, failing_since = row.failing_since, pause_reason = row.pause, probes = row.probes,
    paused_at = CASE WHEN row.pause = '' THEN NULL ELSE coalesce(rule.paused_at, now()) END,
    probe_at = CASE WHEN row.pause = 'failing'
        THEN coalesce(now() + make_interval(secs => row.probe_in_s), rule.probe_at) END,
    quiet_until = greatest(rule.quiet_until, now() + make_interval(secs => row.quiet_s))
FROM unnest(%(rules)b::bigint[], %(failures)b::integer[], %(since)b::timestamptz[], %(pauses)b::text[],
    %(probes)b::integer[], %(probe_in)b::float8[], %(quiet)b::float8[])
    AS row (id, failures, failing_since, pause, probes, probe_in_s, quiet_s)
WHERE rule.id = row.id
"""

TELL = """
INSERT INTO distribution_ruleevent (rule_id, at, kind, reason, outcome_code)
SELECT rule_id, now(), kind, reason, code
FROM unnest(%(rules)b::bigint[], %(kinds)b::text[], %(reasons)b::text[], %(codes)b::text[])
    AS row (rule_id, kind, reason, code)
"""

# Claims whose fate a lost connection left open: due again at once.
RELEASE = """
UPDATE distribution_delivery
SET state = 'waiting', lease_owner = NULL, due_at = now()
WHERE lease_owner = ANY(%(leases)b::uuid[]) AND state = 'sending'
"""

# Leases of a process that is dead: due now. What happens next is decided by the claim, as with every expired lease.
EXPIRE_LEASES = """
UPDATE distribution_delivery SET due_at = now()
WHERE state = 'sending' AND lease_owner BETWEEN %(first)s AND %(last)s AND due_at > now()
"""
