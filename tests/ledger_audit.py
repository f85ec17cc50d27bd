"""Checks of the ledger: it balances, and it agrees with rides and payments.

They are plain SQL, so that they do not repeat the mistakes of the application. tests/faults/audit.py
runs them too.
"""

from sqlalchemy import Connection, text

#: What is wrong, and the query that finds it.
IMPOSSIBLE = {
    "a ledger entry does not balance": """
        SELECT region, entry_id, currency, sum(amount) FROM wallet_lines
        GROUP BY region, entry_id, currency HAVING sum(amount) <> 0""",
    "a ledger entry has no lines": """
        SELECT region, id FROM wallet_entries AS e WHERE NOT EXISTS (
            SELECT 1 FROM wallet_lines AS l WHERE (l.region, l.entry_id) = (e.region, e.id))""",
    "the balance of a rider is not the sum of the lines in it": """
        SELECT region, rider_id, currency, sum(amount) FROM (
            SELECT region, rider_id, currency, amount FROM wallet_balances
            UNION ALL SELECT region, rider_id, currency, -amount FROM wallet_lines
            WHERE rider_id IS NOT NULL AND in_balance
        ) AS sums GROUP BY region, rider_id, currency HAVING sum(amount) <> 0""",
    "a ledger line has another currency or another rider than its entry": """
        SELECT e.region, e.id FROM wallet_entries AS e JOIN wallet_lines AS l
            ON (l.region, l.entry_id) = (e.region, e.id)
        WHERE l.currency <> e.currency
            OR (l.account = 'rider' AND l.rider_id IS DISTINCT FROM e.rider_id)
            OR (l.account <> 'rider' AND l.rider_id IS NOT NULL)""",
    "a ride with a price is not charged once with that price": """
        SELECT r.id, r.price, r.currency FROM rides AS r WHERE r.price > 0 AND 1 <> (
            SELECT count(*) FROM wallet_entries AS e JOIN wallet_lines AS l
                ON (l.region, l.entry_id) = (e.region, e.id) AND l.account = 'rider'
            WHERE e.kind = 'ride' AND e.ride_id = r.id
                AND (e.currency, l.amount) = (r.currency, -r.price)
                AND e.rider_id IS NOT DISTINCT FROM r.rider_id)""",
    "a charged ride is charged twice, has not ended or has no price": """
        SELECT e.ride_id, count(r.id) FROM wallet_entries AS e LEFT JOIN rides AS r
            ON r.id = e.ride_id AND r.price > 0 AND r.ended_at IS NOT NULL
        WHERE e.kind = 'ride' GROUP BY e.ride_id HAVING count(*) <> 1 OR count(r.id) <> 1""",
    "the refunds of a ride exceed its price": """
        SELECT e.ride_id, sum(l.amount) FROM wallet_entries AS e JOIN wallet_lines AS l
            ON (l.region, l.entry_id) = (e.region, e.id) AND l.account = 'rider'
        WHERE e.kind IN ('ride', 'refund') AND e.ride_id IS NOT NULL
        GROUP BY e.ride_id HAVING sum(l.amount) > 0""",
    "the refunds of a rider's reservations exceed what these cost": """
        SELECT e.region, e.rider_id, sum(l.amount) FROM wallet_entries AS e JOIN wallet_lines AS l
            ON (l.region, l.entry_id) = (e.region, e.id) AND l.account = 'rider'
        WHERE e.kind IN ('hold', 'refund') AND e.ride_id IS NULL
        GROUP BY e.region, e.rider_id HAVING sum(l.amount) > 0""",
    "a paid payment has no ledger entry, or an entry has no payment": """
        SELECT p.id, e.id FROM (
            SELECT * FROM payments WHERE settled_at IS NOT NULL AND state <> 'failed'
        ) AS p FULL JOIN (
            SELECT e.region, e.id, e.currency, l.amount FROM wallet_entries AS e
                JOIN wallet_lines AS l ON (l.region, l.entry_id) = (e.region, e.id)
            WHERE e.kind = 'top_up' AND l.account = 'rider'
        ) AS e ON (e.region, e.id, e.currency, e.amount) = (p.region, p.id, p.currency, p.amount)
        WHERE p.id IS NULL OR e.id IS NULL""",
    "money of deleted accounts is left": """
        SELECT region, currency, sum(amount) FROM wallet_lines AS l
        WHERE account = 'rider' AND rider_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM users AS u WHERE u.region = l.region AND u.deleted_at IS NOT NULL)
        GROUP BY region, currency HAVING sum(amount) <> 0""",
    "the share of an owner is not that of what is left of the price without tax": """
        SELECT e.ride_id, sum(e.amount), max(e.basis_points) FROM owner_entries AS e
        WHERE e.ride_id IS NOT NULL AND e.owner_id IS NOT NULL GROUP BY e.region, e.ride_id
        HAVING sum(e.amount) <> floor(max(e.basis_points) * (
            SELECT sum(l.amount) FROM wallet_entries AS w JOIN wallet_lines AS l
                ON (l.region, l.entry_id) = (w.region, w.id) AND l.account = 'revenue'
            WHERE w.ride_id = e.ride_id AND w.kind IN ('ride', 'refund')
        ) / 10000.0 + 0.5) OR sum(e.net_price) <> (
            SELECT sum(l.amount) FROM wallet_entries AS w JOIN wallet_lines AS l
                ON (l.region, l.entry_id) = (w.region, w.id) AND l.account = 'revenue'
            WHERE w.ride_id = e.ride_id AND w.kind IN ('ride', 'refund'))""",
    "an owner earns by a ride twice, or by one without a price": """
        SELECT e.ride_id FROM owner_entries AS e LEFT JOIN rides AS r
            ON (r.region, r.id) = (e.region, e.ride_id) AND r.price > 0 AND r.ended_at IS NOT NULL
        WHERE e.kind = 'ride' GROUP BY e.ride_id HAVING count(*) <> 1 OR count(r.id) <> 1""",
    "the months of an owner are not the sums of the entries": """
        SELECT region, owner_id, city, month, sum(rides), sum(net_price), sum(earned), sum(paid)
        FROM (
            SELECT region, owner_id, city, month, rides, net_price, earned, paid FROM owner_months
            UNION ALL SELECT region, owner_id, city, month,
                CASE WHEN kind = 'ride' THEN -1 ELSE 0 END, -coalesce(net_price, 0),
                CASE WHEN kind IN ('ride', 'refund') THEN -amount ELSE 0 END,
                CASE WHEN kind IN ('ride', 'refund') THEN 0 ELSE amount END
            FROM owner_entries WHERE owner_id IS NOT NULL
        ) AS sums
        WHERE NOT EXISTS (
            SELECT 1 FROM users AS u WHERE u.id = owner_id AND u.deleted_at IS NOT NULL)
        GROUP BY region, owner_id, city, month
        HAVING sum(rides) <> 0 OR sum(net_price) <> 0 OR sum(earned) <> 0 OR sum(paid) <> 0""",
    "earnings of deleted accounts are left": """
        SELECT region, city, sum(amount) FROM owner_entries WHERE owner_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM users WHERE deleted_at IS NOT NULL)
        GROUP BY region, city HAVING sum(amount) <> 0""",
    "the payouts of a rider differ from the ledger": """
        SELECT region, rider_id, currency, sum(amount) FROM (
            SELECT e.region, e.rider_id, e.currency, l.amount FROM wallet_entries AS e
                JOIN wallet_lines AS l ON (l.region, l.entry_id) = (e.region, e.id)
            WHERE e.kind = 'payout' AND l.account = 'rider'
            UNION ALL SELECT region, rider_id, currency, paid_back FROM payments
        ) AS payouts GROUP BY region, rider_id, currency HAVING sum(amount) <> 0""",
}


def check_ledger(connection: Connection) -> None:
    """Fail if a check finds rows."""
    for problem, query in IMPOSSIBLE.items():
        rows = connection.execute(text(query)).all()
        assert not rows, f"{problem}: {rows}"
