-- The rows of one lead that three rules take, a statement for each table.
\set number random(1, 9999999)
BEGIN;
INSERT INTO distribution_lead (source_id, external_id, origin, name, phone, phone_normalized, email, city, notes, data,
    is_test, received_at, version)
VALUES (:source, uuidv7()::text, 'api', 'נועה כהן', '051-' || :number, '+97251' || :number, 'lead@example.com', 'חיפה',
    '', '{"campaign": "Spring"}', false, now(), 1)
RETURNING id \gset lead_
INSERT INTO distribution_routing (id, lead_id, client_id, created_at, client_reference, is_test, version)
SELECT uuidv7(), :lead_id, client_id, now(), '', false, 1
FROM unnest(ARRAY[:client1, :client2, :client3]::bigint[]) AS client_id;
INSERT INTO distribution_delivery (id, routing_id, rule_id, state, due_at, attempt_count, outcome_code, outcome_detail,
    created_at)
SELECT uuidv7(), routing.id, rule.id, 'waiting', now(), 0, '', '', now()
FROM distribution_routing routing
JOIN unnest(ARRAY[:client1, :client2, :client3]::bigint[], ARRAY[:rule1, :rule2, :rule3]::bigint[])
    AS rule (client_id, id) ON rule.client_id = routing.client_id
WHERE routing.lead_id = :lead_id;
COMMIT;
