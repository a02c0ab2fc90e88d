-- What recording one feedback amounts to, as a transaction of separate statements (seven with its ends).
\set number random(1, :routings)
\set reason random(1, 7)
BEGIN;
SELECT id FROM distribution_routing
WHERE number = :number AND client_id = :client AND visible_at IS NOT NULL FOR NO KEY UPDATE \gset routing_
SELECT is_active, is_comment_required FROM feedback_reason WHERE id = :reason;
SELECT current.version, current.effective_at, said.reason_id, said.comment, said.amount, said.occurred_at
FROM feedback_currentfeedback current JOIN feedback_feedback said ON said.id = current.feedback_id
WHERE current.routing_id = :routing_id;
INSERT INTO feedback_feedback (id, routing_id, reason_id, comment, client_reference, received_at, door, api_key_id,
    is_reason_inactive)
VALUES (uuidv7(), :routing_id, :reason, 'Call 100000-1-10000: asked for an offer.', '', now(), 'odata', :key, false)
RETURNING id \gset feedback_
INSERT INTO feedback_currentfeedback AS current (routing_id, feedback_id, effective_at, version)
VALUES (:routing_id, :feedback_id, now(), 1)
ON CONFLICT (routing_id) DO UPDATE SET
    feedback_id = excluded.feedback_id, effective_at = excluded.effective_at, version = current.version + 1;
COMMIT;
