"""The audit of the books: do they balance, and do they say what was ridden and paid?

Plain SQL of its own, so that it does not repeat the application's mistakes. ``IMPOSSIBLE`` is put
beside the questions of tests/faults/audit.py.
"""

from sqlalchemy import Connection, text

#: What must have no rows.
IMPOSSIBLE = {
    "an entry of the books does not balance": """
        SELECT region, entry_id, currency, sum(amount) FROM wallet_lines
        GROUP BY region, entry_id, currency HAVING sum(amount) <> 0""",
    "an entry of the books has no lines": """
        SELECT region, id FROM wallet_entries AS e WHERE NOT EXISTS (
            SELECT 1 FROM wallet_lines AS l WHERE (l.region, l.entry_id) = (e.region, e.id))""",
    "a line of the books is of another currency or rider than its entry": """
        SELECT e.region, e.id FROM wallet_entries AS e JOIN wallet_lines AS l
            ON (l.region, l.entry_id) = (e.region, e.id)
        WHERE l.currency <> e.currency
            OR (l.account = 'rider' AND l.rider_id IS DISTINCT FROM e.rider_id)
            OR (l.account <> 'rider' AND l.rider_id IS NOT NULL)""",
    "a ride with a price is not charged once, with that price": """
        SELECT r.id, r.price, r.currency FROM rides AS r WHERE r.price > 0 AND 1 <> (
            SELECT count(*) FROM wallet_entries AS e JOIN wallet_lines AS l
                ON (l.region, l.entry_id) = (e.region, e.id) AND l.account = 'rider'
            WHERE e.kind = 'ride' AND e.ride_id = r.id
                AND (e.currency, l.amount) = (r.currency, -r.price)
                AND e.rider_id IS NOT DISTINCT FROM r.rider_id)""",
    "a ride is charged twice, or goes on, or has no such price": """
        SELECT e.ride_id, count(r.id) FROM wallet_entries AS e LEFT JOIN rides AS r
            ON r.id = e.ride_id AND r.price > 0 AND r.ended_at IS NOT NULL
        WHERE e.kind = 'ride' GROUP BY e.ride_id HAVING count(*) <> 1 OR count(r.id) <> 1""",
    "more than its price went back of a ride": """
        SELECT e.ride_id, sum(l.amount) FROM wallet_entries AS e JOIN wallet_lines AS l
            ON (l.region, l.entry_id) = (e.region, e.id) AND l.account = 'rider'
        WHERE e.kind IN ('ride', 'refund') GROUP BY e.ride_id HAVING sum(l.amount) > 0""",
    "a payment came in without its entry, or the other way round": """
        SELECT p.id, e.id FROM (
            SELECT * FROM payments WHERE settled_at IS NOT NULL AND state <> 'failed'
        ) AS p FULL JOIN (
            SELECT e.region, e.id, e.currency, l.amount FROM wallet_entries AS e
                JOIN wallet_lines AS l ON (l.region, l.entry_id) = (e.region, e.id)
            WHERE e.kind = 'top_up' AND l.account = 'rider'
        ) AS e ON (e.region, e.id, e.currency, e.amount) = (p.region, p.id, p.currency, p.amount)
        WHERE p.id IS NULL OR e.id IS NULL""",
    "more or less goes back to somebody than is booked": """
        SELECT region, rider_id, currency, sum(amount) FROM (
            SELECT e.region, e.rider_id, e.currency, l.amount FROM wallet_entries AS e
                JOIN wallet_lines AS l ON (l.region, l.entry_id) = (e.region, e.id)
            WHERE e.kind = 'payout' AND l.account = 'rider'
            UNION ALL SELECT region, rider_id, currency, paid_back FROM payments
        ) AS back GROUP BY region, rider_id, currency HAVING sum(amount) <> 0""",
}


def audit_books(connection: Connection) -> None:
    """Fail if the books do not hold."""
    for what, question in IMPOSSIBLE.items():
        assert not (found := connection.execute(text(question)).all()), f"{what}: {found}"
