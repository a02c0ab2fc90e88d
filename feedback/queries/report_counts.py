"""Counting the leads and routings of days: the one place that says what a report counts.

Leads by index lead_received, routings by routing_by_time; what is looked up for each routing goes by keys. A routing
belongs to the day on which the lead was given to the client (`Routing.created_at`), whenever what follows happens.
"""

# Test leads, test routings and routings that were taken back are in no report.
LEADS = """
SELECT (lead.received_at AT TIME ZONE %(zone)s)::date AS day, lead.source_id, count(*) AS leads
FROM distribution_lead lead
WHERE lead.received_at >= %(begins)s AND lead.received_at < %(ends)s AND NOT lead.is_test
    AND lead.source_id IS NOT NULL
GROUP BY 1, 2
"""

# A routing is as far as the best of its deliveries. One given by hand without a rule has none: the client sees it at
# once, so it counts as accepted. `repeat` is what a rule of this very client found.
ROUTINGS = """
SELECT (routing.created_at AT TIME ZONE %(zone)s)::date AS day, lead.source_id, routing.client_id, said.reason_id,
    CASE WHEN routing.delivered_at IS NOT NULL THEN 'accepted'
        WHEN sent.deliveries = 0 THEN CASE WHEN routing.visible_at IS NULL THEN 'waiting' ELSE 'accepted' END
        WHEN sent.is_open THEN 'waiting'
        WHEN sent.is_undelivered THEN 'undelivered'
        WHEN sent.is_refused THEN 'refused'
        ELSE 'cancelled' END AS outcome,
    routing.visible_at IS NOT NULL AS is_transmitted,
    EXISTS (
        SELECT FROM distribution_matchreport report
        CROSS JOIN LATERAL jsonb_array_elements(report.verdicts) verdict
        JOIN distribution_rule rule ON rule.id = (verdict ->> 'rule')::bigint AND rule.client_id = routing.client_id
        WHERE report.lead_id = lead.id AND report.is_repeat AND verdict ? 'repeat'
    ) AS is_repeat,
    count(*) AS routings, coalesce(sum(said.amount), 0) AS amount
FROM distribution_routing routing
JOIN distribution_lead lead ON lead.id = routing.lead_id AND NOT lead.is_test AND lead.source_id IS NOT NULL
LEFT JOIN feedback_currentfeedback current ON current.routing_id = routing.id
LEFT JOIN feedback_feedback said ON said.id = current.feedback_id
CROSS JOIN LATERAL (
    SELECT count(*) AS deliveries, coalesce(bool_or(delivery.state IN ('waiting', 'sending')), false) AS is_open,
        coalesce(bool_or(delivery.state IN ('held', 'gave_up')), false) AS is_undelivered,
        coalesce(bool_or(delivery.state = 'refused'), false) AS is_refused
    FROM distribution_delivery delivery WHERE delivery.routing_id = routing.id
) sent
WHERE routing.created_at >= %(begins)s AND routing.created_at < %(ends)s
    AND NOT routing.is_test AND routing.withdrawn_at IS NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
