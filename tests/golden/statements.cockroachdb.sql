-- a wallet
SELECT CAST('balance' AS VARCHAR) AS part, CAST(NULL AS UUID) AS id, CAST(NULL AS VARCHAR) AS kind, CAST(balance.currency AS VARCHAR) AS currency, CAST(balance.amount AS BIGINT) AS amount, CAST(NULL AS UUID) AS ride_id, CAST(NULL AS VARCHAR) AS note, CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS at
FROM (SELECT balance_parts.currency AS currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency) AS balance UNION ALL SELECT CAST('payout' AS VARCHAR) AS part, CAST(NULL AS UUID) AS id, CAST(NULL AS VARCHAR) AS kind, CAST(payout.currency AS VARCHAR) AS currency, CAST(payout.amount AS BIGINT) AS amount, CAST(NULL AS UUID) AS ride_id, CAST(NULL AS VARCHAR) AS note, CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS at
FROM (SELECT wallet.currency AS currency, least(wallet.balance, wallet.own_money, top_ups.amount) AS amount
FROM (SELECT balances.currency AS currency, balances.amount AS balance, CAST(balances.amount - coalesce(max(sums.credit_in_all) - greatest(0, max(least(sums.credit, -((balances.amount - sums.amount_in_all) + sums.own)))), 0) AS BIGINT) AS own_money
FROM (SELECT balance_parts.currency AS currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency) AS balances LEFT OUTER JOIN (SELECT entries.currency AS currency, sum(entries.amount - CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency ORDER BY entries.counts_at) AS own, sum(CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency ORDER BY entries.counts_at) AS credit, sum(entries.amount) OVER (PARTITION BY entries.currency) AS amount_in_all, sum(CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency) AS credit_in_all
FROM (SELECT wallet_entries.currency AS currency, wallet_entries.kind AS kind, (SELECT wallet_lines.amount
FROM wallet_lines
WHERE wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id AND wallet_lines.account = 'rider') AS amount, CASE WHEN (wallet_entries.ride_id IS NULL) THEN wallet_entries.at ELSE min(CASE WHEN (wallet_entries.ride_id IS NULL OR wallet_entries.kind != 'refund') THEN wallet_entries.at END) OVER (PARTITION BY wallet_entries.ride_id) END AS counts_at
FROM wallet_entries
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND wallet_entries.at >= (SELECT min(credits.at) AS min_1
FROM wallet_entries AS credits
WHERE credits.region = CAST('europe-west1' AS crdb_internal_region) AND credits.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND credits.kind = 'credit') AND (EXISTS (SELECT *
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'paid'))) AS entries
WHERE entries.counts_at IS NOT NULL) AS sums ON balances.currency = sums.currency GROUP BY balances.currency, balances.amount) AS wallet JOIN (SELECT payments.currency AS currency, CAST(sum(payments.amount - payments.paid_back) AS BIGINT) AS amount
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'paid' GROUP BY payments.currency) AS top_ups ON wallet.currency = top_ups.currency
WHERE least(wallet.balance, wallet.own_money, top_ups.amount) > 0 AND NOT (EXISTS (SELECT anon_2.anon_1
FROM (SELECT 1 AS anon_1
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency
HAVING sum(balance_parts.amount) < 0) AS anon_2))) AS payout UNION ALL SELECT CAST('pending' AS VARCHAR) AS part, CAST(pending.id AS UUID) AS id, CAST(NULL AS VARCHAR) AS kind, CAST(pending.currency AS VARCHAR) AS currency, CAST(pending.amount AS BIGINT) AS amount, CAST(NULL AS UUID) AS ride_id, CAST(NULL AS VARCHAR) AS note, CAST(pending.at AS TIMESTAMP WITH TIME ZONE) AS at
FROM (SELECT payments.id AS id, payments.currency AS currency, payments.amount AS amount, payments.created_at AS at
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'begun' AND payments.settled_at IS NULL ORDER BY payments.created_at DESC, payments.id DESC
 LIMIT 5) AS pending UNION ALL SELECT CAST('entry' AS VARCHAR) AS part, CAST(entry.id AS UUID) AS id, CAST(entry.kind AS VARCHAR) AS kind, CAST(entry.currency AS VARCHAR) AS currency, CAST(entry.amount AS BIGINT) AS amount, CAST(entry.ride_id AS UUID) AS ride_id, CAST(entry.note AS VARCHAR) AS note, CAST(entry.at AS TIMESTAMP WITH TIME ZONE) AS at
FROM (SELECT wallet_entries.id AS id, wallet_entries.kind AS kind, wallet_entries.currency AS currency, wallet_entries.ride_id AS ride_id, wallet_entries.note AS note, wallet_entries.at AS at, wallet_lines.amount AS amount
FROM wallet_entries JOIN wallet_lines ON wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id AND wallet_lines.account = 'rider'
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (wallet_entries.at, wallet_entries.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY wallet_entries.at DESC, wallet_entries.id DESC
 LIMIT 6) AS entry;

-- all entries of a wallet
SELECT wallet_entries.id, wallet_entries.kind, wallet_entries.currency, wallet_entries.ride_id, wallet_entries.note, wallet_entries.at, wallet_lines.amount
FROM wallet_entries JOIN wallet_lines ON wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id AND wallet_lines.account = 'rider'
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY wallet_entries.at DESC, wallet_entries.id DESC
 LIMIT 500;

-- the balances of a rider
SELECT balance_parts.currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency;

-- what can be paid out
SELECT wallet.currency, least(wallet.balance, wallet.own_money, top_ups.amount) AS amount
FROM (SELECT balances.currency AS currency, balances.amount AS balance, CAST(balances.amount - coalesce(max(sums.credit_in_all) - greatest(0, max(least(sums.credit, -((balances.amount - sums.amount_in_all) + sums.own)))), 0) AS BIGINT) AS own_money
FROM (SELECT balance_parts.currency AS currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency) AS balances LEFT OUTER JOIN (SELECT entries.currency AS currency, sum(entries.amount - CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency ORDER BY entries.counts_at) AS own, sum(CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency ORDER BY entries.counts_at) AS credit, sum(entries.amount) OVER (PARTITION BY entries.currency) AS amount_in_all, sum(CASE WHEN (entries.kind = 'credit') THEN entries.amount ELSE 0 END) OVER (PARTITION BY entries.currency) AS credit_in_all
FROM (SELECT wallet_entries.currency AS currency, wallet_entries.kind AS kind, (SELECT wallet_lines.amount
FROM wallet_lines
WHERE wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id AND wallet_lines.account = 'rider') AS amount, CASE WHEN (wallet_entries.ride_id IS NULL) THEN wallet_entries.at ELSE min(CASE WHEN (wallet_entries.ride_id IS NULL OR wallet_entries.kind != 'refund') THEN wallet_entries.at END) OVER (PARTITION BY wallet_entries.ride_id) END AS counts_at
FROM wallet_entries
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND wallet_entries.at >= (SELECT min(credits.at) AS min_1
FROM wallet_entries AS credits
WHERE credits.region = CAST('europe-west1' AS crdb_internal_region) AND credits.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND credits.kind = 'credit') AND (EXISTS (SELECT *
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'paid'))) AS entries
WHERE entries.counts_at IS NOT NULL) AS sums ON balances.currency = sums.currency GROUP BY balances.currency, balances.amount) AS wallet JOIN (SELECT payments.currency AS currency, CAST(sum(payments.amount - payments.paid_back) AS BIGINT) AS amount
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'paid' GROUP BY payments.currency) AS top_ups ON wallet.currency = top_ups.currency
WHERE least(wallet.balance, wallet.own_money, top_ups.amount) > 0 AND NOT (EXISTS (SELECT anon_2.anon_1
FROM (SELECT 1 AS anon_1
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency
HAVING sum(balance_parts.amount) < 0) AS anon_2));

-- start a payment
WITH payment AS
(INSERT INTO payments (region, id, rider_id, currency, amount, state, provider, reference, paid_back) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000b'::uuid::UUID AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'EUR' AS anon_4, 1000 AS anon_5, 'begun' AS anon_6, 'test' AS anon_7, '00000000-0000-0000-0000-00000000000b' AS anon_8, NULL AS anon_9
WHERE EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL) ON CONFLICT DO NOTHING RETURNING payments.id)
 SELECT 1 AS anon_10
WHERE EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL);

-- a payment
SELECT payments.region, payments.id, payments.rider_id, payments.currency, payments.amount, payments.state, payments.provider, payments.reference, payments.paid_back, payments.created_at, payments.settled_at
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.id = '00000000-0000-0000-0000-00000000000b'::uuid::UUID AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- settle a paid payment
WITH paid AS
(UPDATE payments SET state='paid', settled_at=now() WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.id = '00000000-0000-0000-0000-00000000000b'::uuid::UUID AND payments.state = 'begun' AND payments.settled_at IS NULL RETURNING payments.id),
wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000b'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'top_up' AS anon_8, 'EUR' AS anon_4, NULL::UUID AS anon_9, '' AS anon_10
FROM paid
WHERE 1000 != 0 OR  -1000 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'EUR' AS anon_4, 1000 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE 1000 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'provider' AS anon_11, NULL::UUID AS anon_12, 'EUR' AS anon_4,  -1000 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE  -1000 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'wallet.topped_up' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"amount": 1000, "currency": "EUR"}'::JSONB AS details
FROM paid ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT wallet_lines_written.entry_id
FROM wallet_lines_written;

-- settle a failed payment
UPDATE payments SET state='failed', settled_at=now() WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.id = '00000000-0000-0000-0000-00000000000b'::uuid::UUID AND payments.state = 'begun' AND payments.settled_at IS NULL RETURNING payments.id;

-- pending payments
SELECT payments.region, payments.id, payments.rider_id, payments.currency, payments.amount, payments.state, payments.provider, payments.reference, payments.paid_back, payments.created_at, payments.settled_at
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.state = 'begun' AND payments.provider = 'test' AND (payments.created_at, payments.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-00000000000b'::uuid::UUID) ORDER BY payments.created_at, payments.id
 LIMIT 500;

-- send payouts
SELECT payments.region, payments.id, payments.rider_id, payments.currency, payments.amount, payments.state, payments.provider, payments.reference, payments.paid_back, payments.created_at, payments.settled_at
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND payments.state = 'begun' AND payments.settled_at IS NOT NULL;

-- mark a payout as done
UPDATE payments SET state='paid' WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.id = '00000000-0000-0000-0000-00000000000b'::uuid::UUID AND payments.state = 'begun' AND payments.settled_at IS NOT NULL AND payments.paid_back = 400;

-- give credit
WITH wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000c'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'credit' AS anon_8, 'EUR' AS anon_4, NULL::UUID AS anon_9, '' AS anon_10
WHERE 250 != 0 OR  -250 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'EUR' AS anon_4, 250 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE 250 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'promotions' AS anon_11, NULL::UUID AS anon_12, 'EUR' AS anon_4,  -250 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE  -250 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id)
 SELECT wallet_lines_written.entry_id
FROM wallet_lines_written;

-- add lines of an older release to the balances
WITH marked_lines AS
(UPDATE wallet_lines SET in_balance=true WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.entry_id IN (SELECT chosen.entry_id
FROM wallet_lines AS chosen
WHERE chosen.region = CAST('europe-west1' AS crdb_internal_region) AND chosen.rider_id IS NOT NULL AND NOT chosen.in_balance
 LIMIT 500) AND wallet_lines.rider_id IS NOT NULL AND NOT wallet_lines.in_balance RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance)
 INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT marked_lines.region, marked_lines.rider_id, marked_lines.currency, CAST(sum(marked_lines.amount) AS BIGINT) AS sum_1
FROM marked_lines
WHERE marked_lines.rider_id IS NOT NULL GROUP BY marked_lines.region, marked_lines.rider_id, marked_lines.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id;

-- an entry without amounts
WITH wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'ride' AS anon_8, 'EUR' AS anon_4, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_9, '' AS anon_10
WHERE 0 != 0 OR 0 != 0 OR 0 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'EUR' AS anon_4, 0 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE 0 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'revenue' AS anon_11, NULL::UUID AS anon_12, 'EUR' AS anon_4, 0 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE 0 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'tax' AS anon_15, NULL::UUID AS anon_12, 'EUR' AS anon_4, 0 AS anon_16, false AS anon_17
FROM wallet_entry
WHERE 0 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id)
 SELECT wallet_lines_written.entry_id
FROM wallet_lines_written;

-- close the wallet of a deleted account
SELECT balance_parts.currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency;
UPDATE wallet_lines SET rider_id=NULL::UUID WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
UPDATE wallet_entries SET rider_id=NULL::UUID WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
UPDATE payments SET rider_id=NULL::UUID WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- close the wallet of a deleted account in slices
WITH marked_lines AS
(UPDATE wallet_lines SET in_balance=true WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.entry_id IN (SELECT chosen.entry_id
FROM wallet_lines AS chosen
WHERE chosen.region = CAST('europe-west1' AS crdb_internal_region) AND chosen.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT chosen.in_balance
 LIMIT 500) AND wallet_lines.rider_id IS NOT NULL AND NOT wallet_lines.in_balance RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance)
 INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT marked_lines.region, marked_lines.rider_id, marked_lines.currency, CAST(sum(marked_lines.amount) AS BIGINT) AS sum_1
FROM marked_lines
WHERE marked_lines.rider_id IS NOT NULL GROUP BY marked_lines.region, marked_lines.rider_id, marked_lines.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id;

-- the progress of a path
SELECT EXTRACT(epoch FROM now() - rides.started_at) AS anon_1, coalesce(jsonb_array_length(ride_paths.points), 0) AS coalesce_1, ride_paths.points ->  -1 AS anon_2
FROM rides LEFT OUTER JOIN ride_paths ON ride_paths.region = rides.region AND ride_paths.ride_id = rides.id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.ended_at IS NULL;

-- append points to a path
INSERT INTO ride_paths (region, ride_id, points) SELECT rides.region, rides.id, CAST('[[5, 40.7, -74.0]]'::JSONB AS JSONB) AS anon_1
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 ON CONFLICT (region, ride_id) DO UPDATE SET points = (ride_paths.points || excluded.points) WHERE jsonb_array_length(ride_paths.points) = 7 RETURNING ride_paths.ride_id;

-- the path of a ride
SELECT ride_paths.points
FROM rides LEFT OUTER JOIN ride_paths ON ride_paths.region = rides.region AND ride_paths.ride_id = rides.id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- delete the paths of an account
DELETE FROM ride_paths WHERE (ride_paths.region, ride_paths.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID);

-- anonymise the rides of a deleted account
WITH chosen AS
(SELECT rides.id AS id
FROM rides
WHERE rides.region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 500),
deleted_ride_paths AS
(DELETE FROM ride_paths WHERE ride_paths.region = CAST('europe-west1' AS crdb_internal_region) AND ride_paths.ride_id IN (SELECT chosen.id
FROM chosen) RETURNING ride_paths.ride_id),
deleted_ride_reminders AS
(DELETE FROM ride_reminders WHERE ride_reminders.region = CAST('europe-west1' AS crdb_internal_region) AND ride_reminders.ride_id IN (SELECT chosen.id
FROM chosen) RETURNING ride_reminders.ride_id)
 UPDATE rides SET rider_region=CAST(NULL AS crdb_internal_region), rider_id=NULL::UUID WHERE rides.region = CAST('europe-west1' AS crdb_internal_region) AND rides.id IN (SELECT chosen.id
FROM chosen) RETURNING rides.id;

-- an open ride of a deleted account
SELECT open_rides.ride_id
FROM open_rides
WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- report overdue rides
WITH marked AS
(UPDATE rides SET overdue_at='2026-07-01T00:00:00+00:00'::timestamptz WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id IN (SELECT rides.id
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NULL AND rides.started_at <= now() - '3 days 0.000000 seconds'::interval AND (rides.overdue_at IS NULL OR rides.overdue_at = '2026-07-01T00:00:00+00:00'::timestamptz) ORDER BY rides.started_at, rides.id
 LIMIT 100) AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.rider_region, rides.rider_id),
counted AS
(SELECT anon_8.number AS number
FROM (SELECT count(*) AS number
FROM marked) AS anon_8
WHERE anon_8.number > 0),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, CAST(md5('overdue_rides ' || CAST('new york 2026-07-01 00:00:00+00:00' AS VARCHAR)) AS UUID) AS md5_1, 'overdue_rides' AS anon_2, jsonb_build_object('city', 'new york', 'number', counted.number) AS jsonb_build_object_1, 1 AS anon_3, NULL AS anon_4, NULL::UUID AS anon_5, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM counted ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT marked.id
FROM marked;

-- remind riders of long rides
WITH marked AS
(UPDATE rides SET reminded_at='2026-07-01T00:00:00+00:00'::timestamptz WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id IN (SELECT rides.id
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NULL AND rides.started_at <= now() - '0 days 7200.000000 seconds'::interval AND (rides.reminded_at IS NULL OR rides.reminded_at = '2026-07-01T00:00:00+00:00'::timestamptz) ORDER BY rides.started_at, rides.id
 LIMIT 100) AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.rider_region, rides.rider_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT marked.region AS region, CAST(md5('long_ride ' || CAST(marked.id AS VARCHAR)) AS UUID) AS md5_1, 'long_ride' AS anon_1, jsonb_build_object('region', CAST(marked.region AS VARCHAR), 'id', CAST(marked.id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_2, CAST(marked.rider_region AS VARCHAR) AS rider_region, marked.rider_id AS rider_id, now() AS now_1, NULL::UUID AS anon_3, NULL AS anon_4
FROM marked ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT marked.id
FROM marked;

-- choose digests
WITH chosen AS
(INSERT INTO digest_choices (region, user_id, rider, owner) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_2, true AS anon_3, false AS anon_4
WHERE EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL) ON CONFLICT (region, user_id) DO UPDATE SET rider = true, owner = false RETURNING digest_choices.user_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.digests_chosen' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"rider": true, "owner": false}'::JSONB AS details
FROM chosen ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT chosen.user_id
FROM chosen;

-- unsubscribe from a digest
WITH ended AS
(UPDATE digest_choices SET rider=false WHERE digest_choices.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND digest_choices.rider RETURNING digest_choices.region, digest_choices.user_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT ended.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.unsubscribed' AS kind, ended.region AS actor_region, ended.user_id AS actor_id, 'account ' || CAST(ended.region AS VARCHAR) || '.' || CAST(ended.user_id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"digest": "rider"}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT ended.user_id
FROM ended;

-- write the digests of a page
WITH page AS
(SELECT digest_choices.region AS region, digest_choices.user_id AS user_id, digest_choices.rider AS rider, digest_choices.owner AS owner
FROM digest_choices
WHERE digest_choices.region = CAST('us-east1' AS crdb_internal_region) AND digest_choices.user_id > '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY digest_choices.user_id
 LIMIT 500),
subscribers AS
(SELECT page.region AS region, page.user_id AS user_id, page.rider AS rider, page.owner AS owner, cities.timezone AS timezone
FROM page JOIN users ON users.region = page.region AND users.id = page.user_id JOIN cities ON cities.name = users.city
WHERE users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.email_confirmed_at IS NOT NULL),
rider_digests AS
(SELECT subscribers.region AS region, subscribers.user_id AS user_id, subscribers.rider AS rider, subscribers.owner AS owner, subscribers.timezone AS timezone
FROM subscribers
WHERE subscribers.rider),
owner_digests AS
(SELECT subscribers.region AS region, subscribers.user_id AS user_id, subscribers.rider AS rider, subscribers.owner AS owner, subscribers.timezone AS timezone
FROM subscribers
WHERE subscribers.owner),
last_of_page AS
(SELECT page.user_id AS user_id
FROM page ORDER BY page.user_id
 LIMIT 1 OFFSET 499),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT rider_digests.region AS region, CAST(md5('digest ' || CAST('rider 2026-07-01 ' || CAST(rider_digests.user_id AS VARCHAR) AS VARCHAR)) AS UUID) AS md5_1, 'digest' AS anon_1, jsonb_build_object('monday', CAST('2026-07-01' AS VARCHAR), 'digest', CAST('rider' AS VARCHAR), 'time_zone', rider_digests.timezone) AS jsonb_build_object_1, 2 AS anon_2, CAST(rider_digests.region AS VARCHAR) AS region__1, rider_digests.user_id AS user_id, timezone(rider_digests.timezone, '2026-07-01T07:00:00'::timestamp) + '0 days 7200.000000 seconds'::interval * random() AS anon_3, NULL::UUID AS anon_4, NULL AS anon_5
FROM rider_digests UNION ALL SELECT owner_digests.region AS region, CAST(md5('digest ' || CAST('owner 2026-07-01 ' || CAST(owner_digests.user_id AS VARCHAR) AS VARCHAR)) AS UUID) AS md5_2, 'digest' AS anon_6, jsonb_build_object('monday', CAST('2026-07-01' AS VARCHAR), 'digest', CAST('owner' AS VARCHAR), 'time_zone', owner_digests.timezone) AS jsonb_build_object_5, 2 AS anon_7, CAST(owner_digests.region AS VARCHAR) AS region__2, owner_digests.user_id AS user_id, timezone(owner_digests.timezone, '2026-07-01T07:00:00'::timestamp) + '0 days 7200.000000 seconds'::interval * random() AS anon_8, NULL::UUID AS anon_9, NULL AS anon_10
FROM owner_digests UNION ALL SELECT CAST('us-east1' AS crdb_internal_region) AS anon_11, CAST(md5('digest_page ' || CAST('us-east1 2026-07-01 ' || CAST(last_of_page.user_id AS VARCHAR) AS VARCHAR)) AS UUID) AS md5_3, 'digest_page' AS anon_12, jsonb_build_object('monday', CAST('2026-07-01' AS VARCHAR), 'after', CAST(last_of_page.user_id AS VARCHAR)) AS jsonb_build_object_9, 2 AS anon_13, NULL AS anon_14, NULL::UUID AS anon_15, now() AS now_1, NULL::UUID AS anon_16, NULL AS anon_17
FROM last_of_page ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT page.user_id
FROM page;

-- who gets a digest
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at
FROM users JOIN digest_choices ON digest_choices.region = users.region AND digest_choices.user_id = users.id
WHERE digest_choices.owner AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.email_confirmed_at IS NOT NULL AND users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- the weeks of a rider
SELECT rides.ended_at >= '2026-06-24T04:00:00+00:00'::timestamptz AS is_later, rides.currency, count(*) AS count_1, CAST(sum(rides.distance_m) AS BIGINT) AS sum_1, CAST(sum(rides.price) AS BIGINT) AS sum_2
FROM rides
WHERE rides.started_at >= '2026-06-11T04:00:00+00:00'::timestamptz AND rides.started_at < '2026-07-01T04:00:00+00:00'::timestamptz AND rides.ended_at >= '2026-06-17T04:00:00+00:00'::timestamptz AND rides.ended_at < '2026-07-01T04:00:00+00:00'::timestamptz AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID GROUP BY rides.ended_at >= '2026-06-24T04:00:00+00:00'::timestamptz, rides.currency;

-- the weeks of an owner
SELECT rides.ended_at >= '2026-06-24T04:00:00+00:00'::timestamptz AS is_later, rides.currency, count(*) AS count_1, CAST(sum(rides.distance_m) AS BIGINT) AS sum_1, CAST(sum(rides.price) AS BIGINT) AS sum_2
FROM rides JOIN vehicles ON vehicles.region = rides.region AND vehicles.id = rides.vehicle_id
WHERE rides.started_at >= '2026-06-11T04:00:00+00:00'::timestamptz AND rides.started_at < '2026-07-01T04:00:00+00:00'::timestamptz AND rides.ended_at >= '2026-06-17T04:00:00+00:00'::timestamptz AND rides.ended_at < '2026-07-01T04:00:00+00:00'::timestamptz AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID GROUP BY rides.ended_at >= '2026-06-24T04:00:00+00:00'::timestamptz, rides.currency;

-- the reports of a week
SELECT count(*) AS count_1
FROM vehicles JOIN reports ON vehicles.region = reports.region AND vehicles.id = reports.vehicle_id
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reports.created_at >= '2026-06-24T04:00:00+00:00'::timestamptz AND reports.created_at < '2026-07-01T04:00:00+00:00'::timestamptz;

-- set reminders
WITH reminder AS
(INSERT INTO ride_reminders (region, ride_id, kind, due_at, amount, job_id) SELECT rides.region AS region, rides.id AS id, 'time' AS anon_7, '2026-07-01T00:00:00+00:00'::timestamptz AS anon_8, NULL AS anon_9, coalesce((SELECT jobs.id
FROM ride_reminders JOIN jobs ON jobs.region = ride_reminders.region AND jobs.id = ride_reminders.job_id
WHERE ride_reminders.region = CAST('us-east1' AS crdb_internal_region) AND ride_reminders.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND ride_reminders.kind = 'time' AND jobs.worker IS NULL AND jobs.attempts = 0 AND jobs.done_at IS NULL), '00000000-0000-0000-0000-000000000004'::uuid::UUID) AS coalesce_1
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 UNION ALL SELECT rides.region AS region, rides.id AS id, 'price' AS anon_10, '2026-07-01T00:00:00+00:00'::timestamptz AS anon_11, 500 AS anon_12, coalesce((SELECT jobs.id
FROM ride_reminders JOIN jobs ON jobs.region = ride_reminders.region AND jobs.id = ride_reminders.job_id
WHERE ride_reminders.region = CAST('us-east1' AS crdb_internal_region) AND ride_reminders.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND ride_reminders.kind = 'price' AND jobs.worker IS NULL AND jobs.attempts = 0 AND jobs.done_at IS NULL), '00000000-0000-0000-0000-000000000004'::uuid::UUID) AS coalesce_2
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 ON CONFLICT (region, ride_id, kind) DO UPDATE SET due_at = excluded.due_at, amount = excluded.amount, job_id = excluded.job_id RETURNING ride_reminders.region, ride_reminders.ride_id, ride_reminders.kind, ride_reminders.due_at, ride_reminders.amount, ride_reminders.job_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT reminder.region AS region, reminder.job_id AS job_id, 'reminder' AS anon_1, jsonb_build_object('region', CAST(reminder.region AS VARCHAR), 'id', CAST(reminder.ride_id AS VARCHAR), 'kind', reminder.kind) AS jsonb_build_object_1, 0 AS anon_2, 'europe-west1' AS anon_3, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_4, reminder.due_at AS due_at, NULL::UUID AS anon_5, NULL AS anon_6
FROM reminder ON CONFLICT (region, id) DO UPDATE SET kind = excluded.kind, payload = excluded.payload, priority = excluded.priority, account_region = excluded.account_region, account_id = excluded.account_id, created_at = now(), due_at = excluded.due_at, attempts = 0, worker = NULL, last_error = NULL, done_at = NULL, failed_at = NULL, request_id = excluded.request_id, trace = excluded.trace RETURNING jobs.id)
 SELECT reminder.job_id
FROM reminder;

-- remove a reminder
WITH removed AS
(DELETE FROM ride_reminders WHERE ride_reminders.region = CAST('us-east1' AS crdb_internal_region) AND ride_reminders.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND ride_reminders.kind = 'time' AND (EXISTS (SELECT rides.id
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID)) RETURNING ride_reminders.job_id)
 DELETE FROM jobs WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id IN (SELECT removed.job_id
FROM removed) AND jobs.worker IS NULL RETURNING jobs.id;

-- the reminder of a job
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, ride_reminders.region AS region_1, ride_reminders.ride_id, ride_reminders.kind, ride_reminders.due_at, ride_reminders.amount, ride_reminders.job_id, now() AS now_1, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at
FROM rides LEFT OUTER JOIN ride_reminders ON ride_reminders.region = rides.region AND ride_reminders.ride_id = rides.id AND ride_reminders.kind = 'time' AND ride_reminders.job_id = '00000000-0000-0000-0000-000000000005'::uuid::UUID LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID;

-- finish a reminder
DELETE FROM ride_reminders WHERE ride_reminders.region = CAST('us-east1' AS crdb_internal_region) AND ride_reminders.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND ride_reminders.kind = 'time' AND ride_reminders.job_id = '00000000-0000-0000-0000-000000000005'::uuid::UUID RETURNING ride_reminders.job_id;

-- delete the reminders of an account
DELETE FROM ride_reminders WHERE (ride_reminders.region, ride_reminders.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID);

-- a running ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at, disputes_1.region AS region_2, disputes_1.ride_id, disputes_1.city AS city_3, disputes_1.state AS state_1, disputes_1.refunded, disputes_1.language, disputes_1.opened_at, disputes_1.changed_at AS changed_at_1, disputes_1.assignee_region, disputes_1.assignee_id, disputes_1.first_action_at, disputes_1.answered_at, ride_reminders_1.region AS region_3, ride_reminders_1.ride_id AS ride_id_1, ride_reminders_1.kind, ride_reminders_1.due_at, ride_reminders_1.amount, ride_reminders_1.job_id
FROM rides LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN disputes AS disputes_1 ON rides.region = disputes_1.region AND rides.id = disputes_1.ride_id LEFT OUTER JOIN ride_reminders AS ride_reminders_1 ON rides.region = ride_reminders_1.region AND rides.id = ride_reminders_1.ride_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.region = CAST('us-east1' AS crdb_internal_region) ORDER BY ride_reminders_1.due_at;

-- open rides of a city
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, users.region AS region_1, users.id AS id_1, users.city AS city_1, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, now() AS now_1, pricing_plans_1.id AS id_2, pricing_plans_1.city AS city_2, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_2, vehicles_1.id AS id_3, vehicles_1.city AS city_3, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at
FROM rides JOIN users ON users.region = rides.rider_region AND users.id = rides.rider_id AND users.deleted_at IS NULL LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NULL AND (rides.started_at, rides.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY rides.started_at, rides.id
 LIMIT 6;

-- one ride, for staff
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, users.region AS region_1, users.id AS id_1, users.city AS city_1, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, now() AS now_1, pricing_plans_1.id AS id_2, pricing_plans_1.city AS city_2, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_2, vehicles_1.id AS id_3, vehicles_1.city AS city_3, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at
FROM rides JOIN users ON users.region = rides.rider_region AND users.id = rides.rider_id AND users.deleted_at IS NULL LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID;

-- the account of imported rides
WITH new_rider AS
(INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash, disabled_at) VALUES (CAST('us-east1' AS crdb_internal_region), 'c7e5b174-eec2-5b16-8742-41f3f7293b4e'::uuid::UUID, 'new york', 'trips-new-york', 'trips-new-york@movr.invalid', 'Trips', 'New York', '', now()) ON CONFLICT (region, id) DO NOTHING RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.registered' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account us-east1.c7e5b174-eec2-5b16-8742-41f3f7293b4e' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM new_rider ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT new_rider.id
FROM new_rider;

-- import trips
SELECT rides.id
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id IN ('00000000-0000-0000-0000-00000000000e'::uuid::UUID);
WITH added AS
(INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state, event_count, event_state, address, lat, lon, cell, feed_system, feed_vehicle) VALUES (CAST('us-east1' AS crdb_internal_region), 'b6cacfbd-4ff7-54b8-80f0-2a25c20b4bc8'::uuid::UUID, 'new york', 'scooter_standing', 'electric', '', '', 'available', 1, 'available', NULL, 40.7,  -74.0, 470494600, 'trips 0123456789ab', '1') ON CONFLICT DO NOTHING RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT added.region AS region, added.id AS id, added.city AS city, added.state AS state, added.lat AS lat, added.lon AS lon, added.battery_percent AS battery_percent, added.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM added LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = added.region AND vehicles.id = added.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['provider_drop_off']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'feed' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT added.id
FROM added;
INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, start_lat, start_lon, ended_at, end_lat, end_lon, plan_id, distance_m, price, currency, price_lines) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-00000000000e'::uuid::UUID, 'new york', 'b6cacfbd-4ff7-54b8-80f0-2a25c20b4bc8'::uuid::UUID, CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, '2026-07-01T00:00:00+00:00'::timestamptz, 40.7,  -74.0, '2026-07-01T00:10:00+00:00'::timestamptz, 40.7,  -74.0, '00000000-0000-0000-0000-000000000008'::uuid::UUID, 812, 350, 'USD', '[{"kind": "unlock", "amount": 100}, {"kind": "minutes", "amount": 250, "units": 10, "rate": 25, "interval": 1}, {"kind": "tax_included", "amount": 0, "holds": 32}]'::JSONB) ON CONFLICT (region, id) DO NOTHING RETURNING rides.id;
INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006'::uuid::UUID, 'ride.replayed', NULL, NULL::UUID, 'city new york', 'new york', NULL, NULL::UUID, '{"fleet": "trips 0123456789ab", "rides": 0}'::JSONB) ON CONFLICT DO NOTHING;

-- charge for imported rides
INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note, at) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-00000000000e'::uuid::UUID, '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'ride', 'USD', '00000000-0000-0000-0000-00000000000e'::uuid::UUID, '', now()) ON CONFLICT DO NOTHING RETURNING wallet_entries.id;

-- start a ride
WITH taken AS
(UPDATE vehicles SET state='on_trip', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'on_trip' ELSE vehicles.event_state END, reserved_until=NULL, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'on_trip' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, free_reserved_min=0, changed_at=now() WHERE (vehicles.state IN ('available', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (vehicles.state = 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR (EXISTS (SELECT *
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now() AND reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id AND vehicles.state = 'reserved' AND vehicles.reserved_until = reservations.until))) AND NOT (EXISTS (SELECT *
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now() AND NOT (reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id))) AND ((EXISTS (SELECT *
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now() AND reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id AND vehicles.state = 'reserved' AND vehicles.reserved_until = reservations.until)) OR NOT (EXISTS (SELECT anon_6.anon_5
FROM (SELECT 1 AS anon_5
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency
HAVING sum(balance_parts.amount) < 0) AS anon_6))) AND (SELECT pricing_plans.id
FROM pricing_plans
WHERE pricing_plans.city = vehicles.city AND pricing_plans.form_factor IN (vehicles.form_factor, '') AND pricing_plans.propulsion_type IN (vehicles.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1) = '00000000-0000-0000-0000-000000000008'::uuid::UUID RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, vehicles.address, vehicles.form_factor, vehicles.propulsion_type),
ride AS
(INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, start_address, start_lat, start_lon, plan_id) SELECT taken.region AS region, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_1, taken.city AS city, taken.id AS id, CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, taken.address AS address, taken.lat AS lat, taken.lon AS lon, (SELECT pricing_plans.id
FROM pricing_plans
WHERE pricing_plans.city = taken.city AND pricing_plans.form_factor IN (taken.form_factor, '') AND pricing_plans.propulsion_type IN (taken.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1) AS anon_4
FROM taken RETURNING rides.region, rides.id, rides.started_at),
deleted_reservation AS
(DELETE FROM reservations WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ride.region, ride.id, ride.started_at
FROM ride)) RETURNING reservations.rider_id),
vehicle_transition AS
(SELECT taken.region AS region, taken.id AS id, taken.city AS city, taken.state AS state, taken.lat AS lat, taken.lon AS lon, taken.battery_percent AS battery_percent, taken.event_count AS event_count, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM taken LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = taken.region AND vehicles.id = taken.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['trip_start']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.started' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ride ON CONFLICT DO NOTHING RETURNING events.id),
open_ride AS
(INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, ride.region AS region, ride.id AS id, ride.started_at AS started_at
FROM ride RETURNING open_rides.ride_id)
 SELECT open_ride.ride_id
FROM open_ride;

-- why a ride was refused
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, rides_1.region AS region_1, rides_1.id AS id_1, rides_1.city AS city_1, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at, rides_2.region AS region_2, rides_2.id AS id_2, rides_2.city AS city_2, rides_2.vehicle_id AS vehicle_id_1, rides_2.rider_region AS rider_region_1, rides_2.rider_id AS rider_id_1, rides_2.started_at AS started_at_1, rides_2.start_address AS start_address_1, rides_2.start_lat AS start_lat_1, rides_2.start_lon AS start_lon_1, rides_2.ended_at AS ended_at_1, rides_2.end_address AS end_address_1, rides_2.end_lat AS end_lat_1, rides_2.end_lon AS end_lon_1, rides_2.plan_id AS plan_id_1, rides_2.paused_at AS paused_at_1, rides_2.paused_s AS paused_s_1, rides_2.distance_m AS distance_m_1, rides_2.price AS price_1, rides_2.currency AS currency_1, rides_2.price_lines AS price_lines_1, rides_2.end_reason AS end_reason_1, rides_2.charged_until AS charged_until_1, rides_2.rating AS rating_1, rides_2.rating_note AS rating_note_1, rides_2.reminded_at AS reminded_at_1, rides_2.overdue_at AS overdue_at_1, reservations.region AS region_3, reservations.rider_id AS rider_id_2, reservations.id AS id_3, reservations.vehicle_region, reservations.vehicle_id AS vehicle_id_2, reservations.plan_id AS plan_id_2, reservations.reserved_at, reservations.until, reservations.withdrawn_at, EXISTS (SELECT anon_3.anon_2
FROM (SELECT 1 AS anon_2
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency
HAVING sum(balance_parts.amount) < 0) AS anon_3) AS anon_1
FROM (SELECT 1 AS one) AS anon_4 LEFT OUTER JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = CAST('us-east1' AS crdb_internal_region) AND rides_1.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID LEFT OUTER JOIN open_rides ON open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID LEFT OUTER JOIN rides AS rides_2 ON rides_2.region = open_rides.ride_region AND rides_2.id = open_rides.ride_id LEFT OUTER JOIN reservations ON reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- read the end of a ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, ride_paths.points, now() AS now_1, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at
FROM rides LEFT OUTER JOIN ride_paths ON ride_paths.region = rides.region AND ride_paths.ride_id = rides.id LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID;

-- end a ride
WITH ended AS
(UPDATE rides SET ended_at=greatest('2026-07-01T00:10:00+00:00'::timestamptz, rides.started_at), end_address='here', end_lat=40.7, end_lon= -74.0, paused_at=NULL, paused_s=(rides.paused_s + greatest(0, coalesce(CAST(EXTRACT(epoch FROM '2026-07-01T00:10:00+00:00'::timestamptz - rides.paused_at) AS INTEGER), 0))), distance_m=NULL, price=350, currency='USD', price_lines='[{"kind": "unlock", "amount": 100}, {"kind": "minutes", "amount": 250, "units": 10, "rate": 25, "interval": 1}, {"kind": "tax_included", "amount": 0, "holds": 32}]'::JSONB, end_reason=NULL, charged_until=NULL WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 RETURNING rides.region, rides.id, rides.vehicle_id),
deleted_open_ride AS
(DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id),
parked AS
(UPDATE vehicles SET public_id='00000000-0000-0000-0000-000000000003'::uuid::UUID, state=CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END) THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address=NULL, lat=40.7, lon= -74.0, cell=470494600, changed_at=now() FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, ended.id AS ride_id),
vehicle_transition AS
(SELECT parked.region AS region, parked.id AS id, parked.city AS city, parked.state AS state, parked.lat AS lat, parked.lon AS lon, parked.battery_percent AS battery_percent, parked.event_count AS event_count, parked.ride_id AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM parked LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = parked.region AND vehicles.id = parked.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'on_trip' AND vehicle_transition.state = 'available') THEN ARRAY['trip_end']::VARCHAR[] WHEN (vehicle_transition.state_before = 'on_trip' AND vehicle_transition.state = 'non_operational') THEN ARRAY['trip_end','maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, NULL::UUID AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.ended' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id),
wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'ride' AS anon_8, 'USD' AS anon_4, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_9, '' AS anon_10
FROM ended
WHERE  -350 != 0 OR 318 != 0 OR 32 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'USD' AS anon_4,  -350 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE  -350 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'revenue' AS anon_11, NULL::UUID AS anon_12, 'USD' AS anon_4, 318 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE 318 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'tax' AS anon_15, NULL::UUID AS anon_12, 'USD' AS anon_4, 32 AS anon_16, false AS anon_17
FROM wallet_entry
WHERE 32 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id),
ended_saves AS
(DELETE FROM saved_vehicles USING ended WHERE saved_vehicles.region = ended.region AND saved_vehicles.vehicle_id = ended.vehicle_id AND NOT (saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) RETURNING saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id, saved_vehicles.waiting_at),
waiting AS
(SELECT ended_saves.region AS region, ended_saves.vehicle_id AS vehicle_id, ended_saves.rider_region AS rider_region, ended_saves.rider_id AS rider_id, ended_saves.waiting_at AS waiting_at
FROM ended_saves
WHERE ended_saves.waiting_at IS NOT NULL AND (EXISTS (SELECT *
FROM parked
WHERE parked.state = 'available'))),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_18, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_19, 'receipt' AS anon_20, '{"region": "us-east1", "id": "00000000-0000-0000-0000-000000000003", "note": ""}'::JSONB AS anon_21, 1 AS anon_22, 'europe-west1' AS anon_23, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_24, '2026-07-01T00:10:00+00:00'::timestamptz AS anon_25, NULL::UUID AS anon_26, NULL AS anon_27
FROM ended UNION ALL SELECT waiting.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_free' AS anon_28, jsonb_build_object('region', CAST(waiting.region AS VARCHAR), 'id', CAST(waiting.vehicle_id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_29, CAST(waiting.rider_region AS VARCHAR) AS rider_region, waiting.rider_id AS rider_id, now() AS now_1, NULL::UUID AS anon_30, NULL AS anon_31
FROM waiting ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT ended.id
FROM ended;

-- end a ride at a typed place
WITH ended AS
(UPDATE rides SET ended_at=greatest('2026-07-01T00:10:00+00:00'::timestamptz, rides.started_at), end_address='here', end_lat=40.7359, end_lon= -73.9911, paused_at=NULL, paused_s=(rides.paused_s + greatest(0, coalesce(CAST(EXTRACT(epoch FROM '2026-07-01T00:10:00+00:00'::timestamptz - rides.paused_at) AS INTEGER), 0))), distance_m=NULL, price=350, currency='USD', price_lines='[{"kind": "unlock", "amount": 100}, {"kind": "minutes", "amount": 250, "units": 10, "rate": 25, "interval": 1}, {"kind": "tax_included", "amount": 0, "holds": 32}]'::JSONB, end_reason=NULL, charged_until=NULL WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 RETURNING rides.region, rides.id, rides.vehicle_id),
deleted_open_ride AS
(DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id),
parked AS
(UPDATE vehicles SET public_id='00000000-0000-0000-0000-000000000003'::uuid::UUID, state=CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END) THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE 'available' END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address=NULL, lat=40.7359, lon= -73.9911, cell=470638600, changed_at=now() FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, ended.id AS ride_id),
vehicle_transition AS
(SELECT parked.region AS region, parked.id AS id, parked.city AS city, parked.state AS state, parked.lat AS lat, parked.lon AS lon, parked.battery_percent AS battery_percent, parked.event_count AS event_count, parked.ride_id AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM parked LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = parked.region AND vehicles.id = parked.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'on_trip' AND vehicle_transition.state = 'available') THEN ARRAY['trip_end']::VARCHAR[] WHEN (vehicle_transition.state_before = 'on_trip' AND vehicle_transition.state = 'non_operational') THEN ARRAY['trip_end','maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, NULL::UUID AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.ended' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id),
wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'ride' AS anon_8, 'USD' AS anon_4, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_9, '' AS anon_10
FROM ended
WHERE  -350 != 0 OR 318 != 0 OR 32 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'USD' AS anon_4,  -350 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE  -350 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'revenue' AS anon_11, NULL::UUID AS anon_12, 'USD' AS anon_4, 318 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE 318 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'tax' AS anon_15, NULL::UUID AS anon_12, 'USD' AS anon_4, 32 AS anon_16, false AS anon_17
FROM wallet_entry
WHERE 32 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id),
ended_saves AS
(DELETE FROM saved_vehicles USING ended WHERE saved_vehicles.region = ended.region AND saved_vehicles.vehicle_id = ended.vehicle_id AND NOT (saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) RETURNING saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id, saved_vehicles.waiting_at),
waiting AS
(SELECT ended_saves.region AS region, ended_saves.vehicle_id AS vehicle_id, ended_saves.rider_region AS rider_region, ended_saves.rider_id AS rider_id, ended_saves.waiting_at AS waiting_at
FROM ended_saves
WHERE ended_saves.waiting_at IS NOT NULL AND (EXISTS (SELECT *
FROM parked
WHERE parked.state = 'available'))),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_18, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_19, 'receipt' AS anon_20, '{"region": "us-east1", "id": "00000000-0000-0000-0000-000000000003", "note": ""}'::JSONB AS anon_21, 1 AS anon_22, 'europe-west1' AS anon_23, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_24, '2026-07-01T00:10:00+00:00'::timestamptz AS anon_25, NULL::UUID AS anon_26, NULL AS anon_27
FROM ended UNION ALL SELECT waiting.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_free' AS anon_28, jsonb_build_object('region', CAST(waiting.region AS VARCHAR), 'id', CAST(waiting.vehicle_id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_29, CAST(waiting.rider_region AS VARCHAR) AS rider_region, waiting.rider_id AS rider_id, now() AS now_1, NULL::UUID AS anon_30, NULL AS anon_31
FROM waiting ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT ended.id
FROM ended;

-- pause a ride
WITH changed AS
(UPDATE rides SET paused_at=now() WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 AND rides.paused_at IS NULL RETURNING rides.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.paused' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- resume a ride
WITH changed AS
(UPDATE rides SET paused_at=NULL, paused_s=(rides.paused_s + CAST(EXTRACT(epoch FROM now() - rides.paused_at) AS INTEGER)) WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND num_nulls(rides.ended_at) = 1 AND rides.paused_at IS NOT NULL RETURNING rides.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.resumed' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- reserve a vehicle
WITH taken AS
(UPDATE vehicles SET state='reserved', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'reserved' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'reserved' ELSE vehicles.event_state END, reserved_until=(now() + coalesce((SELECT pricing_plans.reserve_min
FROM pricing_plans
WHERE pricing_plans.city = vehicles.city AND pricing_plans.form_factor IN (vehicles.form_factor, '') AND pricing_plans.propulsion_type IN (vehicles.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1), 10) * '0 days 60.000000 seconds'::interval), reservation_id='00000000-0000-0000-0000-000000000003'::uuid::UUID, free_reserved_on=CAST(timezone('UTC', now()) AS DATE), free_reserved_min=(CASE WHEN (vehicles.free_reserved_on = CAST(timezone('UTC', now()) AS DATE)) THEN vehicles.free_reserved_min ELSE 0 END + coalesce((SELECT pricing_plans.reserve_min
FROM pricing_plans
WHERE pricing_plans.city = vehicles.city AND pricing_plans.form_factor IN (vehicles.form_factor, '') AND pricing_plans.propulsion_type IN (vehicles.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1), 10)), changed_at=now() WHERE (vehicles.state IN ('available') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND coalesce((SELECT pricing_plans.reserve_min
FROM pricing_plans
WHERE pricing_plans.city = vehicles.city AND pricing_plans.form_factor IN (vehicles.form_factor, '') AND pricing_plans.propulsion_type IN (vehicles.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1), 10) > 0 AND NOT coalesce(vehicles.reserved_until > now() - '0 days 300.000000 seconds'::interval, false) AND CASE WHEN (vehicles.free_reserved_on = CAST(timezone('UTC', now()) AS DATE)) THEN vehicles.free_reserved_min ELSE 0 END < 60 AND NOT (EXISTS (SELECT *
FROM open_rides
WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID)) AND NOT (EXISTS (SELECT *
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now())) AND NOT (EXISTS (SELECT anon_2.anon_1
FROM (SELECT 1 AS anon_1
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency
HAVING sum(balance_parts.amount) < 0) AS anon_2)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, vehicles.form_factor, vehicles.propulsion_type, vehicles.reserved_until, vehicles.reservation_id),
vehicle_transition AS
(SELECT taken.region AS region, taken.id AS id, taken.city AS city, taken.state AS state, taken.lat AS lat, taken.lon AS lon, taken.battery_percent AS battery_percent, taken.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM taken LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = taken.region AND vehicles.id = taken.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['reservation_start']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.reserved' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(taken.region AS VARCHAR) || '.' || CAST(taken.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM taken ON CONFLICT DO NOTHING RETURNING events.id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT taken.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_lapse' AS anon_3, jsonb_build_object('region', CAST(taken.region AS VARCHAR), 'id', CAST(taken.id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_4, NULL AS anon_5, NULL::UUID AS anon_6, taken.reserved_until AS reserved_until, NULL::UUID AS anon_7, NULL AS anon_8
FROM taken ON CONFLICT DO NOTHING RETURNING jobs.id)
 INSERT INTO reservations (region, rider_id, id, vehicle_region, vehicle_id, plan_id, reserved_at, until) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_9, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_10, taken.reservation_id, taken.region, taken.id, (SELECT pricing_plans.id
FROM pricing_plans
WHERE pricing_plans.city = taken.city AND pricing_plans.form_factor IN (taken.form_factor, '') AND pricing_plans.propulsion_type IN (taken.propulsion_type, '') ORDER BY pricing_plans.form_factor DESC, pricing_plans.propulsion_type DESC, pricing_plans.version DESC
 LIMIT 1) AS anon_11, now() AS now_2, taken.reserved_until
FROM taken ON CONFLICT (region, rider_id) DO UPDATE SET id = excluded.id, vehicle_region = excluded.vehicle_region, vehicle_id = excluded.vehicle_id, plan_id = excluded.plan_id, reserved_at = excluded.reserved_at, until = excluded.until RETURNING reservations.id;

-- extend a reservation
WITH extended_vehicle AS
(UPDATE vehicles SET reserved_until='2026-07-01T00:00:00+00:00'::timestamptz, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state = 'reserved' AND vehicles.reserved_until = '2026-07-01T00:00:00+00:00'::timestamptz AND vehicles.reserved_until > now() RETURNING vehicles.id),
extended AS
(UPDATE reservations SET until='2026-07-01T00:00:00+00:00'::timestamptz WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.id = '00000000-0000-0000-0000-000000000009'::uuid::UUID AND (EXISTS (SELECT extended_vehicle.id
FROM extended_vehicle)) RETURNING reservations.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.reservation_extended' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM extended ON CONFLICT DO NOTHING RETURNING events.id),
wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, 'f9c769a5-46a1-55cf-9298-bcf655837a66'::uuid::UUID AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'hold' AS anon_8, 'USD' AS anon_4, NULL::UUID AS anon_9, '' AS anon_10
FROM extended
WHERE  -50 != 0 OR 45 != 0 OR 5 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'rider' AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'USD' AS anon_4,  -50 AS anon_5, true AS anon_6
FROM wallet_entry
WHERE  -50 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'revenue' AS anon_11, NULL::UUID AS anon_12, 'USD' AS anon_4, 45 AS anon_13, false AS anon_14
FROM wallet_entry
WHERE 45 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, wallet_entry.id AS id, 'tax' AS anon_15, NULL::UUID AS anon_12, 'USD' AS anon_4, 5 AS anon_16, false AS anon_17
FROM wallet_entry
WHERE 5 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_18, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_19, 'reservation_lapse' AS anon_20, '{"region": "us-east1", "id": "00000000-0000-0000-0000-000000000002"}'::JSONB AS anon_21, 0 AS anon_22, NULL AS anon_23, NULL::UUID AS anon_24, '2026-07-01T00:00:00+00:00'::timestamptz AS anon_25, NULL::UUID AS anon_26, NULL AS anon_27
FROM extended ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT extended.id
FROM extended;

-- cancel a reservation
WITH freed AS
(UPDATE vehicles SET state='available', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.event_state END, reserved_until=now(), reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, free_reserved_min=greatest(vehicles.free_reserved_min - greatest(CAST(floor(EXTRACT(epoch FROM coalesce((SELECT reservations.reserved_at + pricing_plans.reserve_min * '0 days 60.000000 seconds'::interval AS anon_1
FROM pricing_plans
WHERE pricing_plans.id = reservations.plan_id AND pricing_plans.reservation_rate > 0), reservations.until) - now()) / CAST(60.0 AS FLOAT)) AS INTEGER), 0), 0), changed_at=now() FROM reservations WHERE vehicles.state IN ('reserved') AND reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now() AND reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id AND vehicles.state = 'reserved' AND vehicles.reserved_until = reservations.until RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, vehicles.id AS vehicle_id),
ended AS
(UPDATE reservations SET until=now(), withdrawn_at=CASE WHEN (EXISTS (SELECT freed.region, freed.id, freed.city, freed.state, freed.lat, freed.lon, freed.battery_percent, freed.event_count, freed.vehicle_id
FROM freed)) THEN reservations.withdrawn_at ELSE now() END WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.until > now() RETURNING reservations.id),
vehicle_transition AS
(SELECT freed.region AS region, freed.id AS id, freed.city AS city, freed.state AS state, freed.lat AS lat, freed.lon AS lon, freed.battery_percent AS battery_percent, freed.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM freed LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = freed.region AND vehicles.id = freed.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.reservation_cancelled' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(freed.region AS VARCHAR) || '.' || CAST(freed.vehicle_id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM freed ON CONFLICT DO NOTHING RETURNING events.id),
waiting AS
(UPDATE saved_vehicles SET waiting_at=NULL FROM freed WHERE saved_vehicles.region = freed.region AND saved_vehicles.vehicle_id = freed.vehicle_id AND saved_vehicles.waiting_at IS NOT NULL RETURNING saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT waiting.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_free' AS anon_2, jsonb_build_object('region', CAST(waiting.region AS VARCHAR), 'id', CAST(waiting.vehicle_id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_3, CAST(waiting.rider_region AS VARCHAR) AS rider_region, waiting.rider_id AS rider_id, now() AS now_1, NULL::UUID AS anon_4, NULL AS anon_5
FROM waiting ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT freed.vehicle_id
FROM freed;

-- the reservation of a withdrawn vehicle
SELECT reservations.region, reservations.rider_id, reservations.id, reservations.vehicle_region, reservations.vehicle_id, reservations.plan_id, reservations.reserved_at, reservations.until, reservations.withdrawn_at
FROM reservations
WHERE reservations.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND reservations.vehicle_region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND reservations.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (reservations.id = '00000000-0000-0000-0000-000000000009'::uuid::UUID OR reservations.reserved_at < '2026-07-01T00:00:00+00:00'::timestamptz AND reservations.until > '2026-07-01T00:00:00+00:00'::timestamptz) AND reservations.withdrawn_at IS DISTINCT FROM '2026-07-01T00:00:00+00:00'::timestamptz AND (EXISTS (SELECT *
FROM users
WHERE users.region = reservations.region AND users.id = reservations.rider_id AND users.deleted_at IS NULL))
 LIMIT 1;

-- the report that withdrew a vehicle
SELECT reports.id
FROM reports
WHERE reports.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND reports.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reports.created_at = '2026-07-01T00:00:00+00:00'::timestamptz;

-- end a withdrawn reservation
UPDATE reservations SET until='2026-07-01T00:00:00+00:00'::timestamptz, withdrawn_at='2026-07-01T00:00:00+00:00'::timestamptz WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reservations.id = '00000000-0000-0000-0000-000000000009'::uuid::UUID;

-- return free minutes
UPDATE vehicles SET free_reserved_min=greatest(vehicles.free_reserved_min - 7, 0), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.reserved_until = '2026-07-01T00:00:00+00:00'::timestamptz AND vehicles.free_reserved_on = '2026-07-01'::date;

-- charges of extensions
SELECT wallet_entries.region, wallet_entries.id, wallet_entries.rider_id, wallet_entries.kind, wallet_entries.currency, wallet_entries.ride_id, wallet_entries.note, wallet_entries.at, jsonb_object_agg(wallet_lines.account, wallet_lines.amount) AS jsonb_object_agg_1
FROM wallet_entries JOIN wallet_lines ON wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id
WHERE wallet_entries.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND wallet_entries.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (EXISTS (SELECT *
FROM users
WHERE users.region = wallet_entries.region AND users.id = wallet_entries.rider_id AND users.deleted_at IS NULL)) GROUP BY wallet_entries.region, wallet_entries.id;

-- what a withdrawn reservation gave back
SELECT CAST(sum(wallet_lines.amount) AS BIGINT) AS sum_1, wallet_entries.currency
FROM wallet_entries JOIN wallet_lines ON wallet_lines.region = wallet_entries.region AND wallet_lines.entry_id = wallet_entries.id AND wallet_lines.rider_id = wallet_entries.rider_id
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND wallet_entries.at BETWEEN '2026-07-01T00:00:00+00:00'::timestamptz AND '2026-07-01T00:00:00+00:00'::timestamptz AND wallet_entries.kind = 'refund' AND wallet_entries.ride_id IS NULL GROUP BY wallet_entries.currency;

-- a reserved vehicle
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, pricing_plans.id AS id_1, pricing_plans.city AS city_1, pricing_plans.form_factor AS form_factor_1, pricing_plans.propulsion_type AS propulsion_type_1, pricing_plans.version, pricing_plans.name, pricing_plans.currency, pricing_plans.unlock_fee, pricing_plans.segments, pricing_plans.reserve_min, pricing_plans.reservation_rate, pricing_plans.reserve_max_min, pricing_plans.daily_cap, pricing_plans.fare_cap_min, pricing_plans.parking_fee, pricing_plans.tax_ppm, pricing_plans.tax_included, pricing_plans.published_at
FROM vehicles LEFT OUTER JOIN pricing_plans ON pricing_plans.id IS NULL
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID;

-- one ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at, disputes_1.region AS region_2, disputes_1.ride_id, disputes_1.city AS city_3, disputes_1.state AS state_1, disputes_1.refunded, disputes_1.language, disputes_1.opened_at, disputes_1.changed_at AS changed_at_1, disputes_1.assignee_region, disputes_1.assignee_id, disputes_1.first_action_at, disputes_1.answered_at
FROM rides LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN disputes AS disputes_1 ON rides.region = disputes_1.region AND rides.id = disputes_1.ride_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.region = CAST('us-east1' AS crdb_internal_region);

-- the rides of a rider
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (rides.started_at, rides.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY rides.started_at DESC, rides.id DESC
 LIMIT 6;

-- rate a ride
WITH rated AS
(UPDATE rides SET rating=4, rating_note='Smooth.' WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.ended_at > now() - '7 days 0.000000 seconds'::interval AND (rides.rating IS DISTINCT FROM 4 OR coalesce(rides.rating_note, '') != 'Smooth.') RETURNING rides.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'ride.rated' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM rated ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT rated.id
FROM rated;

-- the months of a rider
SELECT anon_1.month, anon_1.currency, count(*) AS rides, sum(anon_1.duration) AS duration, CAST(sum(anon_1.distance_m) AS BIGINT) AS distance_m, CAST(sum(anon_1.price) AS BIGINT) AS cost
FROM (SELECT date_trunc('month', timezone(cities.timezone, rides.started_at)) AS month, rides.currency AS currency, rides.ended_at - rides.started_at AS duration, rides.distance_m AS distance_m, rides.price AS price
FROM rides JOIN cities ON cities.name = rides.city
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.ended_at IS NOT NULL AND rides.started_at >= '2025-07-31T00:00:00+00:00'::timestamptz) AS anon_1
WHERE anon_1.month >= '2025-08-01T00:00:00'::timestamp GROUP BY anon_1.month, anon_1.currency ORDER BY anon_1.currency NULLS LAST;

-- rides of a rider, for a file
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at, disputes_1.region AS region_2, disputes_1.ride_id, disputes_1.city AS city_3, disputes_1.state AS state_1, disputes_1.refunded, disputes_1.language, disputes_1.opened_at, disputes_1.changed_at AS changed_at_1, disputes_1.assignee_region, disputes_1.assignee_id, disputes_1.first_action_at, disputes_1.answered_at
FROM rides LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN disputes AS disputes_1 ON rides.region = disputes_1.region AND rides.id = disputes_1.ride_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.ended_at IS NOT NULL ORDER BY rides.started_at DESC, rides.id DESC
 LIMIT 500;

-- a disputed ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at, dispute_messages_1.region AS region_2, dispute_messages_1.id AS id_3, dispute_messages_1.ride_id, dispute_messages_1.author_region, dispute_messages_1.author_id, dispute_messages_1.by_staff, dispute_messages_1.text, dispute_messages_1.refund, dispute_messages_1.at, disputes_1.region AS region_3, disputes_1.ride_id AS ride_id_1, disputes_1.city AS city_3, disputes_1.state AS state_1, disputes_1.refunded, disputes_1.language, disputes_1.opened_at, disputes_1.changed_at AS changed_at_1, disputes_1.assignee_region, disputes_1.assignee_id, disputes_1.first_action_at, disputes_1.answered_at
FROM rides LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN disputes AS disputes_1 ON rides.region = disputes_1.region AND rides.id = disputes_1.ride_id LEFT OUTER JOIN dispute_messages AS dispute_messages_1 ON disputes_1.region = dispute_messages_1.region AND disputes_1.ride_id = dispute_messages_1.ride_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.region = CAST('us-east1' AS crdb_internal_region) ORDER BY dispute_messages_1.at, dispute_messages_1.id;

-- open a dispute
WITH dispute AS
(INSERT INTO disputes (region, ride_id, city, state, refunded, language) SELECT rides.region AS region, rides.id AS id, rides.city AS city, 'open' AS anon_7, 0 AS anon_8, '' AS anon_9
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND rides.ended_at > now() - '30 days 0.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM dispute_messages
WHERE dispute_messages.region = CAST('us-east1' AS crdb_internal_region) AND dispute_messages.id = '00000000-0000-0000-0000-00000000000f'::uuid::UUID)) ON CONFLICT (region, ride_id) DO UPDATE SET state = 'open', changed_at = CASE WHEN (disputes.state = 'open') THEN disputes.changed_at ELSE now() END WHERE disputes.state != 'closed' RETURNING disputes.region, disputes.ride_id),
message AS
(INSERT INTO dispute_messages (region, id, ride_id, author_region, author_id, by_staff, text, refund) SELECT dispute.region AS region, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_1, dispute.ride_id AS ride_id, CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, false AS anon_4, 'It never unlocked.' AS anon_5, 0 AS anon_6
FROM dispute ON CONFLICT DO NOTHING RETURNING dispute_messages.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'dispute.opened' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM message ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT message.id
FROM message;

-- open disputes of a city
SELECT anon_1.region, anon_1.ride_id, anon_1.city, anon_1.state, anon_1.refunded, anon_1.language, anon_1.opened_at, anon_1.changed_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.answered_at, anon_1.is_overdue, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_1, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, rides_1.region AS region_3, rides_1.id AS id_2, rides_1.city AS city_3, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN (SELECT disputes.region AS region, disputes.ride_id AS ride_id, disputes.city AS city, disputes.state AS state, disputes.refunded AS refunded, disputes.language AS language, disputes.opened_at AS opened_at, disputes.changed_at AS changed_at, disputes.assignee_region AS assignee_region, disputes.assignee_id AS assignee_id, disputes.first_action_at AS first_action_at, disputes.answered_at AS answered_at, disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) AS is_overdue
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state = 'open' AND (disputes.changed_at, disputes.ride_id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY disputes.changed_at, disputes.ride_id
 LIMIT 6) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = anon_1.region AND rides_1.id = anon_1.ride_id LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides_1.region AND vehicles_1.id = rides_1.vehicle_id ORDER BY anon_1.changed_at, anon_1.ride_id;

-- closed disputes of a city
SELECT anon_1.region, anon_1.ride_id, anon_1.city, anon_1.state, anon_1.refunded, anon_1.language, anon_1.opened_at, anon_1.changed_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.answered_at, anon_1.is_overdue, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_1, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, rides_1.region AS region_3, rides_1.id AS id_2, rides_1.city AS city_3, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN (SELECT disputes.region AS region, disputes.ride_id AS ride_id, disputes.city AS city, disputes.state AS state, disputes.refunded AS refunded, disputes.language AS language, disputes.opened_at AS opened_at, disputes.changed_at AS changed_at, disputes.assignee_region AS assignee_region, disputes.assignee_id AS assignee_id, disputes.first_action_at AS first_action_at, disputes.answered_at AS answered_at, disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) AS is_overdue
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state = 'closed' AND (disputes.changed_at, disputes.ride_id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY disputes.changed_at DESC, disputes.ride_id DESC
 LIMIT 6) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = anon_1.region AND rides_1.id = anon_1.ride_id LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides_1.region AND vehicles_1.id = rides_1.vehicle_id ORDER BY anon_1.changed_at DESC, anon_1.ride_id DESC;

-- first disputes of a city, with times
SELECT anon_1.region, anon_1.ride_id, anon_1.city, anon_1.state, anon_1.refunded, anon_1.language, anon_1.opened_at, anon_1.changed_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.answered_at, anon_1.is_overdue, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_1, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, rides_1.region AS region_3, rides_1.id AS id_2, rides_1.city AS city_3, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at
FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(coalesce(disputes.first_action_at, disputes.answered_at), now()) - disputes.opened_at) AS first_action_50, percentile_cont(0.9) WITHIN GROUP (ORDER BY coalesce(coalesce(disputes.first_action_at, disputes.answered_at), now()) - disputes.opened_at) AS first_action_90, percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(disputes.answered_at, now()) - disputes.opened_at) AS answer_50, percentile_cont(0.9) WITHIN GROUP (ORDER BY coalesce(disputes.answered_at, now()) - disputes.opened_at) AS answer_90
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state IN ('open', 'answered', 'closed') AND disputes.changed_at > now() - '30 days 0.000000 seconds'::interval AND disputes.opened_at > now() - '30 days 0.000000 seconds'::interval) AS service_times LEFT OUTER JOIN (SELECT disputes.region AS region, disputes.ride_id AS ride_id, disputes.city AS city, disputes.state AS state, disputes.refunded AS refunded, disputes.language AS language, disputes.opened_at AS opened_at, disputes.changed_at AS changed_at, disputes.assignee_region AS assignee_region, disputes.assignee_id AS assignee_id, disputes.first_action_at AS first_action_at, disputes.answered_at AS answered_at, disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) AS is_overdue
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state = 'open' ORDER BY disputes.changed_at, disputes.ride_id
 LIMIT 6) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = anon_1.region AND rides_1.id = anon_1.ride_id LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides_1.region AND vehicles_1.id = rides_1.vehicle_id ORDER BY anon_1.changed_at, anon_1.ride_id;

-- my disputes of a city
SELECT anon_1.region, anon_1.ride_id, anon_1.city, anon_1.state, anon_1.refunded, anon_1.language, anon_1.opened_at, anon_1.changed_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.answered_at, anon_1.is_overdue, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_1, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, rides_1.region AS region_3, rides_1.id AS id_2, rides_1.city AS city_3, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN (SELECT disputes.region AS region, disputes.ride_id AS ride_id, disputes.city AS city, disputes.state AS state, disputes.refunded AS refunded, disputes.language AS language, disputes.opened_at AS opened_at, disputes.changed_at AS changed_at, disputes.assignee_region AS assignee_region, disputes.assignee_id AS assignee_id, disputes.first_action_at AS first_action_at, disputes.answered_at AS answered_at, disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) AS is_overdue
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state = 'open' AND (disputes.changed_at, disputes.ride_id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND disputes.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND disputes.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY disputes.changed_at, disputes.ride_id
 LIMIT 6) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = anon_1.region AND rides_1.id = anon_1.ride_id LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides_1.region AND vehicles_1.id = rides_1.vehicle_id ORDER BY anon_1.changed_at, anon_1.ride_id;

-- assign a dispute
WITH colleague AS
(SELECT users.region AS region, users.id AS id
FROM users JOIN grants ON grants.region = users.region AND grants.user_id = users.id
WHERE grants."role" IN ('support', 'fleet', 'admin') AND (grants.cities IS NULL OR 'new york' = ANY (grants.cities)) AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.username = 'ada'
 LIMIT 1),
assigned AS
(UPDATE disputes SET changed_at=disputes.changed_at, assignee_region=(SELECT colleague.region
FROM colleague), assignee_id=(SELECT colleague.id
FROM colleague), first_action_at=coalesce(disputes.first_action_at, now()) WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND disputes.state != 'closed' AND disputes.assignee_region IS NOT DISTINCT FROM NULL AND disputes.assignee_id IS NOT DISTINCT FROM NULL AND (EXISTS (SELECT colleague.id
FROM colleague)) RETURNING disputes.region, disputes.ride_id AS id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT assigned.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'dispute.assigned' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM assigned ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT assigned.id
FROM assigned;

-- one dispute, for staff
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, disputes.region AS region_1, disputes.ride_id, disputes.city AS city_1, disputes.state, disputes.refunded, disputes.language, disputes.opened_at, disputes.changed_at, disputes.assignee_region, disputes.assignee_id, disputes.first_action_at, disputes.answered_at, users.first_name, users.email, users_1.region AS region_2, users_1.id AS id_1, users_1.city AS city_2, users_1.username, users_1.email AS email_1, users_1.first_name AS first_name_1, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, pricing_plans_1.id AS id_2, pricing_plans_1.city AS city_3, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_3, vehicles_1.id AS id_3, vehicles_1.city AS city_4, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, dispute_messages_1.region AS region_4, dispute_messages_1.id AS id_4, dispute_messages_1.ride_id AS ride_id_1, dispute_messages_1.author_region, dispute_messages_1.author_id, dispute_messages_1.by_staff, dispute_messages_1.text, dispute_messages_1.refund, dispute_messages_1.at
FROM disputes JOIN rides ON rides.region = disputes.region AND rides.id = disputes.ride_id LEFT OUTER JOIN users ON users.region = rides.rider_region AND users.id = rides.rider_id AND users.deleted_at IS NULL LEFT OUTER JOIN users AS users_1 ON users_1.region = disputes.assignee_region AND users_1.id = disputes.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN dispute_messages AS dispute_messages_1 ON disputes.region = dispute_messages_1.region AND disputes.ride_id = dispute_messages_1.ride_id
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID ORDER BY dispute_messages_1.at, dispute_messages_1.id;

-- answer a dispute
WITH dispute AS
(UPDATE disputes SET state='closed', refunded=(disputes.refunded + 0), changed_at=now(), first_action_at=coalesce(disputes.first_action_at, now()), answered_at=coalesce(disputes.answered_at, now()) FROM rides WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND disputes.changed_at = '2026-07-01T00:00:00+00:00'::timestamptz AND NOT (EXISTS (SELECT *
FROM dispute_messages
WHERE dispute_messages.region = CAST('us-east1' AS crdb_internal_region) AND dispute_messages.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND dispute_messages.at > '2026-07-01T00:00:00+00:00'::timestamptz)) AND rides.region = disputes.region AND rides.id = disputes.ride_id AND rides.rider_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (EXISTS (SELECT *
FROM dispute_messages
WHERE dispute_messages.region = CAST('us-east1' AS crdb_internal_region) AND dispute_messages.id = '00000000-0000-0000-0000-00000000000f'::uuid::UUID)) RETURNING disputes.region, disputes.ride_id),
message AS
(INSERT INTO dispute_messages (region, id, ride_id, author_region, author_id, by_staff, text, refund) SELECT dispute.region AS region, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_1, dispute.ride_id AS ride_id, CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, true AS anon_4, 'We looked at it.' AS anon_5, 0 AS anon_6
FROM dispute ON CONFLICT DO NOTHING RETURNING dispute_messages.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'dispute.answered' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"state": "closed"}'::JSONB AS details
FROM message ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT message.id
FROM message;

-- refund a ride
WITH dispute AS
(UPDATE disputes SET state='answered', refunded=(disputes.refunded + 100), changed_at=now(), first_action_at=coalesce(disputes.first_action_at, now()), answered_at=coalesce(disputes.answered_at, now()) FROM rides WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND disputes.changed_at = '2026-07-01T00:00:00+00:00'::timestamptz AND NOT (EXISTS (SELECT *
FROM dispute_messages
WHERE dispute_messages.region = CAST('us-east1' AS crdb_internal_region) AND dispute_messages.ride_id = '00000000-0000-0000-0000-000000000003'::uuid::UUID AND dispute_messages.at > '2026-07-01T00:00:00+00:00'::timestamptz)) AND rides.region = disputes.region AND rides.id = disputes.ride_id AND rides.rider_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (EXISTS (SELECT *
FROM dispute_messages
WHERE dispute_messages.region = CAST('us-east1' AS crdb_internal_region) AND dispute_messages.id = '00000000-0000-0000-0000-00000000000f'::uuid::UUID)) AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT *
FROM users
WHERE users.region = rides.rider_region AND users.id = rides.rider_id AND users.deleted_at IS NULL)) AND disputes.refunded = 50 AND disputes.refunded + 100 <= rides.price RETURNING disputes.region, disputes.ride_id),
message AS
(INSERT INTO dispute_messages (region, id, ride_id, author_region, author_id, by_staff, text, refund) SELECT dispute.region AS region, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_1, dispute.ride_id AS ride_id, CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, true AS anon_4, 'Sorry.' AS anon_5, 100 AS anon_6
FROM dispute ON CONFLICT DO NOTHING RETURNING dispute_messages.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'wallet.refunded' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"state": "answered", "amount": 100, "currency": "USD"}'::JSONB AS details
FROM message ON CONFLICT DO NOTHING RETURNING events.id),
wallet_entry AS
(INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_7, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_13, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_9, 'refund' AS anon_14, 'USD' AS anon_10, '00000000-0000-0000-0000-000000000003'::uuid::UUID AS anon_15, '' AS anon_16
FROM dispute
WHERE 100 != 0 OR  -100 != 0 OR 0 != 0 ON CONFLICT DO NOTHING RETURNING wallet_entries.id),
wallet_lines_written AS
(INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_7, wallet_entry.id AS id, 'rider' AS anon_8, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_9, 'USD' AS anon_10, 100 AS anon_11, true AS anon_12
FROM wallet_entry
WHERE 100 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_7, wallet_entry.id AS id, 'revenue' AS anon_17, NULL::UUID AS anon_18, 'USD' AS anon_10,  -100 AS anon_19, false AS anon_20
FROM wallet_entry
WHERE  -100 != 0 UNION ALL SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_7, wallet_entry.id AS id, 'tax' AS anon_21, NULL::UUID AS anon_18, 'USD' AS anon_10, 0 AS anon_22, false AS anon_23
FROM wallet_entry
WHERE 0 != 0 RETURNING wallet_lines.region, wallet_lines.entry_id, wallet_lines.account, wallet_lines.rider_id, wallet_lines.currency, wallet_lines.amount, wallet_lines.in_balance),
balance_written AS
(INSERT INTO wallet_balances (region, rider_id, currency, amount) SELECT wallet_lines_written.region AS region, wallet_lines_written.rider_id AS rider_id, wallet_lines_written.currency AS currency, CAST(sum(wallet_lines_written.amount) AS BIGINT) AS sum_1
FROM wallet_lines_written
WHERE wallet_lines_written.rider_id IS NOT NULL GROUP BY wallet_lines_written.region, wallet_lines_written.rider_id, wallet_lines_written.currency ON CONFLICT (region, rider_id, currency) DO UPDATE SET amount = (wallet_balances.amount + excluded.amount) RETURNING wallet_balances.rider_id)
 SELECT message.id
FROM message;

-- vehicles of a city
SELECT anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.reserved_until, anon_2.address, anon_2.lat, anon_2.lon, anon_2.range_m, anon_2.battery_percent
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.reserved_until AS reserved_until, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' ORDER BY vehicles.public_id
 LIMIT 106)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 106) AS anon_2
WHERE anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) OR anon_2.number = 106 ORDER BY anon_2.public_id
 LIMIT 6;

-- vehicles of a city, the next page
SELECT anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.reserved_until, anon_2.address, anon_2.lat, anon_2.lon, anon_2.range_m, anon_2.battery_percent
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.reserved_until AS reserved_until, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 106)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 106) AS anon_2
WHERE anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) OR anon_2.number = 106 ORDER BY anon_2.public_id
 LIMIT 6;

-- vehicles of a type in several states
SELECT anon_2.state IN ('available', 'reserved', 'non_operational') AND true AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.reserved_until, anon_2.address, anon_2.lat, anon_2.lon, anon_2.range_m, anon_2.battery_percent
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.reserved_until AS reserved_until, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.form_factor = 'bicycle' AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'bicycle' AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_operational' AND vehicles.form_factor = 'bicycle' AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 106)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 106) AS anon_2
WHERE anon_2.state IN ('available', 'reserved', 'non_operational') AND true OR anon_2.number = 106 ORDER BY anon_2.public_id
 LIMIT 6;

-- vehicles with their owner
SELECT anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.code, anon_2.owner_region, anon_2.owner_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.state_changed_at, anon_2.out_of_service_reason, anon_2.picked_up_at, anon_2.event_count, anon_2.event_state, anon_2.reserved_until, anon_2.reservation_id, anon_2.free_reserved_on, anon_2.free_reserved_min, anon_2.address, anon_2.lat, anon_2.lon, anon_2.cell, anon_2.range_m, anon_2.battery_percent, anon_2.reported_at, anon_2.observed_at, anon_2.feed_system, anon_2.feed_vehicle, anon_2.feed_source, anon_2.created_at, anon_2.changed_at, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.code AS code, anon_3.owner_region AS owner_region, anon_3.owner_id AS owner_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.state_changed_at AS state_changed_at, anon_3.out_of_service_reason AS out_of_service_reason, anon_3.picked_up_at AS picked_up_at, anon_3.event_count AS event_count, anon_3.event_state AS event_state, anon_3.reserved_until AS reserved_until, anon_3.reservation_id AS reservation_id, anon_3.free_reserved_on AS free_reserved_on, anon_3.free_reserved_min AS free_reserved_min, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.cell AS cell, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, anon_3.reported_at AS reported_at, anon_3.observed_at AS observed_at, anon_3.feed_system AS feed_system, anon_3.feed_vehicle AS feed_vehicle, anon_3.feed_source AS feed_source, anon_3.created_at AS created_at, anon_3.changed_at AS changed_at, anon_3.words AS words, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' ORDER BY vehicles.public_id
 LIMIT 106)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 106) AS anon_2 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_2.owner_region AND users_1.id = anon_2.owner_id AND users_1.deleted_at IS NULL
WHERE anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) OR anon_2.number = 106 ORDER BY anon_2.public_id
 LIMIT 6;

-- vehicles for staff
SELECT anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.code, anon_2.owner_region, anon_2.owner_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.state_changed_at, anon_2.out_of_service_reason, anon_2.picked_up_at, anon_2.event_count, anon_2.event_state, anon_2.reserved_until, anon_2.reservation_id, anon_2.free_reserved_on, anon_2.free_reserved_min, anon_2.address, anon_2.lat, anon_2.lon, anon_2.cell, anon_2.range_m, anon_2.battery_percent, anon_2.reported_at, anon_2.observed_at, anon_2.feed_system, anon_2.feed_vehicle, anon_2.feed_source, anon_2.created_at, anon_2.changed_at
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.code AS code, anon_3.owner_region AS owner_region, anon_3.owner_id AS owner_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.state_changed_at AS state_changed_at, anon_3.out_of_service_reason AS out_of_service_reason, anon_3.picked_up_at AS picked_up_at, anon_3.event_count AS event_count, anon_3.event_state AS event_state, anon_3.reserved_until AS reserved_until, anon_3.reservation_id AS reservation_id, anon_3.free_reserved_on AS free_reserved_on, anon_3.free_reserved_min AS free_reserved_min, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.cell AS cell, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, anon_3.reported_at AS reported_at, anon_3.observed_at AS observed_at, anon_3.feed_system AS feed_system, anon_3.feed_vehicle AS feed_vehicle, anon_3.feed_source AS feed_source, anon_3.created_at AS created_at, anon_3.changed_at AS changed_at, anon_3.words AS words, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.public_id
 LIMIT 106) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' ORDER BY vehicles.public_id
 LIMIT 106)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 106) AS anon_2
WHERE anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) OR anon_2.number = 106 ORDER BY anon_2.public_id
 LIMIT 6;

-- nearest vehicles
WITH RECURSIVE cell_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4}' AS BIGINT[]), CAST('{50,50,50,50,100,100,100,100,200,200,200,200,400,400,400,400,800,800,800,800}' AS BIGINT[]), CAST('{470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600}' AS BIGINT[]), CAST('{470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600}' AS BIGINT[]), CAST('{40.6995413466289,40.6995413466289,40.69999999899999,40.69999999899999,40.69909168646115,40.69909168646115,40.69999999899999,40.69999999899999,40.69819236612566,40.69819236612566,40.69999999899999,40.69999999899999,40.696393725454676,40.696393725454676,40.69999999899999,40.69999999899999,40.6927964441127,40.6927964441127,40.69999999899999,40.69999999899999}' AS DOUBLE PRECISION[]), CAST('{40.700000000999985,40.700000000999985,40.70045865337111,40.70045865337111,40.700000000999985,40.700000000999985,40.700908313538854,40.700908313538854,40.700000000999985,40.700000000999985,40.701807633874346,40.701807633874346,40.700000000999985,40.700000000999985,40.70360627454533,40.70360627454533,40.700000000999985,40.700000000999985,40.707203555887304,40.707203555887304}' AS DOUBLE PRECISION[]), CAST('{-74.00060497638638,-74.00060497638638,-74.00060497638638,-74.00060497638638,-74.0011980904907,-74.0011980904907,-74.0011980904907,-74.0011980904907,-74.00238431869954,-74.00238431869954,-74.00238431869954,-74.00238431869954,-74.00475677511874,-74.00475677511874,-74.00475677511874,-74.00475677511874,-74.00950168796926,-74.00950168796926,-74.00950168796926,-74.00950168796926}' AS DOUBLE PRECISION[]), CAST('{-73.99939502361362,-73.99939502361362,-73.99939502361362,-73.99939502361362,-73.9988019095093,-73.9988019095093,-73.9988019095093,-73.9988019095093,-73.99761568130046,-73.99761568130046,-73.99761568130046,-73.99761568130046,-73.99524322488126,-73.99524322488126,-73.99524322488126,-73.99524322488126,-73.99049831203074,-73.99049831203074,-73.99049831203074,-73.99049831203074}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
row_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{5,5,5,5,6,6,6,6}' AS BIGINT[]), CAST('{1600,1600,1600,1600,2000,2000,2000,2000}' AS BIGINT[]), CAST('{470458598,470494598,470530598,470566598,470458597,470494597,470530597,470566597}' AS BIGINT[]), CAST('{470458601,470494601,470530601,470566601,470458602,470494602,470530602,470566602}' AS BIGINT[]), CAST('{40.68560188142876,40.689999999,40.69999999899999,40.70999999900001,40.68200460008679,40.689999999,40.69999999899999,40.70999999900001}' AS DOUBLE PRECISION[]), CAST('{40.690000000999994,40.700000000999985,40.710000001000004,40.714398118571246,40.690000000999994,40.700000000999985,40.710000001000004,40.717995399913214}' AS DOUBLE PRECISION[]), CAST('{-74.01899151376729,-74.01899151376729,-74.01899151376729,-74.01899151376729,-74.02373642674246,-74.02373642674246,-74.02373642674246,-74.02373642674246}' AS DOUBLE PRECISION[]), CAST('{-73.98100848623271,-73.98100848623271,-73.98100848623271,-73.98100848623271,-73.97626357325754,-73.97626357325754,-73.97626357325754,-73.97626357325754}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
search(ring, read_count, match_count, ids) AS
(SELECT CAST( -1 AS BIGINT) AS ring, CAST(0 AS BIGINT) AS read_count, CAST(0 AS BIGINT) AS match_count, CAST('{}'::UUID[] AS UUID[]) AS ids UNION ALL SELECT search.ring + 1 AS anon_1, matches.read_count AS read_count, matches.match_count AS match_count, matches.ids AS ids
FROM search JOIN LATERAL (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS ids
FROM (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, cell_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true)) AS matches
FROM vehicles JOIN cell_areas ON vehicles.cell = cell_areas.first_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND cell_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN cell_areas.south AND cell_areas.north AND vehicles.lon BETWEEN cell_areas.west AND cell_areas.east UNION ALL SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, row_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true)) AS matches
FROM vehicles JOIN row_areas ON vehicles.cell BETWEEN row_areas.first_cell AND row_areas.last_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND row_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN row_areas.south AND row_areas.north AND vehicles.lon BETWEEN row_areas.west AND row_areas.east
 LIMIT 2001) AS vehicle) AS matches ON true
WHERE search.match_count < 6 AND search.read_count <= 2000 AND search.ring < 6),
last_ring AS
(SELECT search.ring AS ring, search.ids AS ids, (SELECT max(search.match_count) AS max_1
FROM search) AS match_count
FROM search
WHERE search.read_count <= 2000 ORDER BY search.ring DESC
 LIMIT 1)
 SELECT last_ring.ring, last_ring.match_count, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.battery_percent
FROM last_ring LEFT OUTER JOIN (SELECT nearest.id AS id, nearest.number AS number
FROM last_ring JOIN unnest(last_ring.ids) WITH ORDINALITY AS nearest(id, number) ON true ORDER BY nearest.number
 LIMIT 6) AS page ON true LEFT OUTER JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = page.id ORDER BY page.number NULLS LAST;

-- nearest vehicles, the next page
WITH RECURSIVE cell_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,3,3,3,3,3,3,3,3}' AS BIGINT[]), CAST('{914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,914,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1016,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1220,1628,1628,1628,1628,1628,1628,1628,1628}' AS BIGINT[]), CAST('{470494599,470494600,470494599,470494600,470494599,470494600,470494599,470494600,470494599,470494600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530599,470530600,470530599,470530600,470530599,470530600,470530599,470530600,470530599,470530600,470494599,470494600,470494599,470494600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530599,470530600,470530599,470530600,470458599,470458600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470566599,470566600,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601}' AS BIGINT[]), CAST('{470494599,470494600,470494599,470494600,470494599,470494600,470494599,470494600,470494599,470494600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530599,470530600,470530599,470530600,470530599,470530600,470530599,470530600,470530599,470530600,470494599,470494600,470494599,470494600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470530599,470530600,470530599,470530600,470458599,470458600,470494598,470494599,470494600,470494601,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601,470530598,470530599,470530600,470530601,470566599,470566600,470494598,470494599,470494600,470494601,470530598,470530599,470530600,470530601}' AS BIGINT[]), CAST('{40.69177121893024,40.69177121893024,40.692685528049104,40.692685528049104,40.693599837167966,40.693599837167966,40.69451414628682,40.69451414628682,40.69542845540568,40.69542845540568,40.696342764524545,40.696342764524545,40.696342764524545,40.696342764524545,40.69725707364341,40.69725707364341,40.69725707364341,40.69725707364341,40.69817138276226,40.69817138276226,40.69817138276226,40.69817138276226,40.69908569188112,40.69908569188112,40.69908569188112,40.69908569188112,40.69999999899999,40.69999999899999,40.69999999899999,40.69999999899999,40.700914308118854,40.700914308118854,40.700914308118854,40.700914308118854,40.701828617237716,40.701828617237716,40.701828617237716,40.701828617237716,40.702742926356585,40.702742926356585,40.702742926356585,40.702742926356585,40.70365723547545,40.70365723547545,40.70457154459431,40.70457154459431,40.70548585371317,40.70548585371317,40.70640016283204,40.70640016283204,40.7073144719509,40.7073144719509,40.69085391218804,40.69085391218804,40.69268312995043,40.69268312995043,40.694512347712816,40.694512347712816,40.694512347712816,40.694512347712816,40.69634156547521,40.69634156547521,40.69634156547521,40.69634156547521,40.69817078323759,40.69817078323759,40.69817078323759,40.69817078323759,40.69999999899999,40.69999999899999,40.69999999899999,40.69999999899999,40.701829216762384,40.701829216762384,40.701829216762384,40.701829216762384,40.70365843452478,40.70365843452478,40.70365843452478,40.70365843452478,40.705487652287175,40.705487652287175,40.707316870049574,40.707316870049574,40.689019298703634,40.689019298703634,40.693333333,40.693333333,40.693333333,40.693333333,40.69666666699999,40.69666666699999,40.69666666699999,40.69666666699999,40.69999999899999,40.69999999899999,40.69999999899999,40.69999999899999,40.703333332999996,40.703333332999996,40.703333332999996,40.703333332999996,40.70999999900001,40.70999999900001,40.69499999999999,40.69499999999999,40.69499999999999,40.69499999999999,40.69999999899999,40.69999999899999,40.69999999899999,40.69999999899999}' AS DOUBLE PRECISION[]), CAST('{40.6926855280491,40.6926855280491,40.69359983716796,40.69359983716796,40.694514146286814,40.694514146286814,40.695428455405676,40.695428455405676,40.69634276452454,40.69634276452454,40.6972570736434,40.6972570736434,40.6972570736434,40.6972570736434,40.698171382762254,40.698171382762254,40.698171382762254,40.698171382762254,40.699085691881116,40.699085691881116,40.699085691881116,40.699085691881116,40.700000000999985,40.700000000999985,40.700000000999985,40.700000000999985,40.70091430811885,40.70091430811885,40.70091430811885,40.70091430811885,40.70182861723771,40.70182861723771,40.70182861723771,40.70182861723771,40.70274292635658,40.70274292635658,40.70274292635658,40.70274292635658,40.70365723547544,40.70365723547544,40.70365723547544,40.70365723547544,40.7045715445943,40.7045715445943,40.705485853713164,40.705485853713164,40.70640016283203,40.70640016283203,40.707314471950895,40.707314471950895,40.708228781069764,40.708228781069764,40.692683129950424,40.692683129950424,40.69451234771281,40.69451234771281,40.6963415654752,40.6963415654752,40.6963415654752,40.6963415654752,40.698170783237586,40.698170783237586,40.698170783237586,40.698170783237586,40.700000000999985,40.700000000999985,40.700000000999985,40.700000000999985,40.70182921676238,40.70182921676238,40.70182921676238,40.70182921676238,40.703658434524776,40.703658434524776,40.703658434524776,40.703658434524776,40.70548765228717,40.70548765228717,40.70548765228717,40.70548765228717,40.70731687004957,40.70731687004957,40.709146087811966,40.709146087811966,40.690000000999994,40.690000000999994,40.69666666699998,40.69666666699998,40.69666666699998,40.69666666699998,40.700000000999985,40.700000000999985,40.700000000999985,40.700000000999985,40.70333333299999,40.70333333299999,40.70333333299999,40.70333333299999,40.70666666699999,40.70666666699999,40.70666666699999,40.70666666699999,40.71098070129637,40.71098070129637,40.700000000999985,40.700000000999985,40.700000000999985,40.700000000999985,40.70499999999999,40.70499999999999,40.70499999999999,40.70499999999999}' AS DOUBLE PRECISION[]), CAST('{-74.00497218725397,-74.00497218725397,-74.00682183141454,-74.00682183141454,-74.00808975237983,-73.99538685228494,-74.00902455846698,-73.99366063923225,-74.00972280566445,-73.99250428720718,-74.01023302776417,-74.01023302776417,-73.9916768000086,-73.9916768000086,-74.01058245044764,-74.01058245044764,-73.9910861221302,-73.9910861221302,-74.01078670621624,-74.01078670621624,-73.99068709109528,-73.99068709109528,-74.01085398811551,-74.01085398811551,-73.9904556456945,-73.9904556456945,-74.01085398813613,-74.01085398813613,-73.99045551468991,-73.99045551468991,-74.01078685427318,-74.01078685427318,-73.99068683543781,-73.99068683543781,-74.0105827409565,-74.0105827409565,-73.99108575507267,-73.99108575507267,-74.01023344914192,-74.01023344914192,-73.99167634302614,-73.99167634302614,-74.00972333949177,-73.99250377276667,-74.00902517783415,-73.99366011713435,-74.0080904186367,-73.99538640902998,-74.00682248689118,-74.00682248689118,-74.00497273326152,-74.00497273326152,-74.00723796739558,-74.00723796739558,-74.00965075560553,-74.00965075560553,-74.01105648120063,-74.01105648120063,-73.99366334803052,-73.99366334803052,-74.01182003771345,-74.01182003771345,-73.99167771689189,-73.99167771689189,-74.01206394089085,-74.01206394089085,-73.99068729597788,-73.99068729597788,-74.01206394091919,-74.01206394091919,-73.99068704024221,-73.99068704024221,-74.01182036230287,-74.01182036230287,-73.99167725980996,-73.99167725980996,-74.01105708845199,-74.01105708845199,-73.99366282598461,-73.99366282598461,-74.00965155068428,-74.00965155068428,-74.00723876247437,-74.00723876247437,-74.00598273581639,-74.00598273581639,-74.01380002897231,-74.01380002897231,-73.99609834411025,-73.99609834411025,-74.0144838464433,-74.0144838464433,-73.99144340971866,-73.99144340971866,-74.0144838464924,-74.0144838464924,-73.99144298153048,-73.99144298153048,-74.01380071955218,-74.01380071955218,-73.99609795360772,-73.99609795360772,-74.005983634024,-74.005983634024,-74.01932365755691,-74.01932365755691,-73.99299636791659,-73.99299636791659,-74.0193236576736,-74.0193236576736,-73.9929958421972,-73.9929958421972}' AS DOUBLE PRECISION[]), CAST('{-73.99502781274603,-73.99502781274603,-73.99317816858546,-73.99317816858546,-74.00461314771506,-73.99191024762017,-74.00633936076775,-73.99097544153302,-74.00749571279282,-73.99027719433555,-74.0083231999914,-74.0083231999914,-73.98976697223583,-73.98976697223583,-74.0089138778698,-74.0089138778698,-73.98941754955236,-73.98941754955236,-74.00931290890472,-74.00931290890472,-73.98921329378376,-73.98921329378376,-74.0095443543055,-74.0095443543055,-73.98914601188449,-73.98914601188449,-74.00954448531009,-74.00954448531009,-73.98914601186387,-73.98914601186387,-74.00931316456219,-74.00931316456219,-73.98921314572682,-73.98921314572682,-74.00891424492733,-74.00891424492733,-73.9894172590435,-73.9894172590435,-74.00832365697386,-74.00832365697386,-73.98976655085808,-73.98976655085808,-74.00749622723333,-73.99027666050823,-74.00633988286565,-73.99097482216585,-74.00461359097002,-73.9919095813633,-73.99317751310882,-73.99317751310882,-73.99502726673848,-73.99502726673848,-73.99276203260442,-73.99276203260442,-73.99034924439447,-73.99034924439447,-74.00633665196948,-74.00633665196948,-73.98894351879937,-73.98894351879937,-74.00832228310811,-74.00832228310811,-73.98817996228655,-73.98817996228655,-74.00931270402212,-74.00931270402212,-73.98793605910915,-73.98793605910915,-74.00931295975779,-74.00931295975779,-73.98793605908081,-73.98793605908081,-74.00832274019004,-74.00832274019004,-73.98817963769713,-73.98817963769713,-74.00633717401539,-74.00633717401539,-73.98894291154801,-73.98894291154801,-73.99034844931572,-73.99034844931572,-73.99276123752563,-73.99276123752563,-73.99401726418361,-73.99401726418361,-74.00390165588975,-74.00390165588975,-73.98619997102769,-73.98619997102769,-74.00855659028134,-74.00855659028134,-73.9855161535567,-73.9855161535567,-74.00855701846952,-74.00855701846952,-73.9855161535076,-73.9855161535076,-74.00390204639228,-74.00390204639228,-73.98619928044782,-73.98619928044782,-73.994016365976,-73.994016365976,-74.00700363208341,-74.00700363208341,-73.98067634244309,-73.98067634244309,-74.0070041578028,-74.0070041578028,-73.9806763423264,-73.9806763423264}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
row_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{2,2,3,3,3,3,4,4,4,4}' AS BIGINT[]), CAST('{1220,1220,1628,1628,1628,1628,2000,2000,2000,2000}' AS BIGINT[]), CAST('{470494598,470530598,470458598,470494598,470530598,470566598,470458598,470494597,470530597,470566598}' AS BIGINT[]), CAST('{470494601,470530601,470458601,470494601,470530601,470566601,470458601,470494602,470530602,470566601}' AS BIGINT[]), CAST('{40.689999999,40.706666667,40.685350071734824,40.689999999,40.705,40.70999999900001,40.68200460008679,40.689999999,40.69999999899999,40.70999999900001}' AS DOUBLE PRECISION[]), CAST('{40.69333333299999,40.710000001000004,40.690000000999994,40.694999999999986,40.710000001000004,40.71464992826518,40.690000000999994,40.700000000999985,40.710000001000004,40.717995399913214}' AS DOUBLE PRECISION[]), CAST('{-74.0115083715558,-74.01150952338668,-74.01412057020497,-74.0181626855171,-74.01816404887762,-74.01412269017216,-74.0197326173112,-74.0237364265261,-74.02373642674246,-74.01973557983331}' AS DOUBLE PRECISION[]), CAST('{-73.9884916284442,-73.98849047661332,-73.98587942979503,-73.9818373144829,-73.98183595112238,-73.98587730982784,-73.9802673826888,-73.9762635734739,-73.97626357325754,-73.98026442016669}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
search(ring, read_count, match_count, ids) AS
(SELECT CAST( -1 AS BIGINT) AS ring, CAST(0 AS BIGINT) AS read_count, CAST(0 AS BIGINT) AS match_count, CAST('{}'::UUID[] AS UUID[]) AS ids UNION ALL SELECT search.ring + 1 AS anon_1, matches.read_count AS read_count, matches.match_count AS match_count, matches.ids AS ids
FROM search JOIN LATERAL (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m AND (vehicle.distance_m, vehicle.public_id) > (812, '00000000-0000-0000-0000-000000000004'::uuid::UUID)) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m AND (vehicle.distance_m, vehicle.public_id) > (812, '00000000-0000-0000-0000-000000000004'::uuid::UUID)) AS ids
FROM (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, cell_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AS matches
FROM vehicles JOIN cell_areas ON vehicles.cell = cell_areas.first_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND cell_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN cell_areas.south AND cell_areas.north AND vehicles.lon BETWEEN cell_areas.west AND cell_areas.east UNION ALL SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, row_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AS matches
FROM vehicles JOIN row_areas ON vehicles.cell BETWEEN row_areas.first_cell AND row_areas.last_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND row_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN row_areas.south AND row_areas.north AND vehicles.lon BETWEEN row_areas.west AND row_areas.east
 LIMIT 2001) AS vehicle) AS matches ON true
WHERE search.match_count < 6 AND search.read_count <= 2000 AND search.ring < 4),
last_ring AS
(SELECT search.ring AS ring, search.ids AS ids, (SELECT max(search.match_count) AS max_1
FROM search) AS match_count
FROM search
WHERE search.read_count <= 2000 ORDER BY search.ring DESC
 LIMIT 1)
 SELECT last_ring.ring, last_ring.match_count, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.battery_percent
FROM last_ring LEFT OUTER JOIN (SELECT nearest.id AS id, nearest.number AS number
FROM last_ring JOIN unnest(last_ring.ids) WITH ORDINALITY AS nearest(id, number) ON true ORDER BY nearest.number
 LIMIT 6) AS page ON true LEFT OUTER JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = page.id ORDER BY page.number NULLS LAST;

-- nearest vehicles with words
WITH RECURSIVE cell_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4}' AS BIGINT[]), CAST('{50,50,50,50,100,100,100,100,200,200,200,200,400,400,400,400,800,800,800,800}' AS BIGINT[]), CAST('{470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600}' AS BIGINT[]), CAST('{470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600,470494599,470494600,470530599,470530600}' AS BIGINT[]), CAST('{40.6995413466289,40.6995413466289,40.69999999899999,40.69999999899999,40.69909168646115,40.69909168646115,40.69999999899999,40.69999999899999,40.69819236612566,40.69819236612566,40.69999999899999,40.69999999899999,40.696393725454676,40.696393725454676,40.69999999899999,40.69999999899999,40.6927964441127,40.6927964441127,40.69999999899999,40.69999999899999}' AS DOUBLE PRECISION[]), CAST('{40.700000000999985,40.700000000999985,40.70045865337111,40.70045865337111,40.700000000999985,40.700000000999985,40.700908313538854,40.700908313538854,40.700000000999985,40.700000000999985,40.701807633874346,40.701807633874346,40.700000000999985,40.700000000999985,40.70360627454533,40.70360627454533,40.700000000999985,40.700000000999985,40.707203555887304,40.707203555887304}' AS DOUBLE PRECISION[]), CAST('{-74.00060497638638,-74.00060497638638,-74.00060497638638,-74.00060497638638,-74.0011980904907,-74.0011980904907,-74.0011980904907,-74.0011980904907,-74.00238431869954,-74.00238431869954,-74.00238431869954,-74.00238431869954,-74.00475677511874,-74.00475677511874,-74.00475677511874,-74.00475677511874,-74.00950168796926,-74.00950168796926,-74.00950168796926,-74.00950168796926}' AS DOUBLE PRECISION[]), CAST('{-73.99939502361362,-73.99939502361362,-73.99939502361362,-73.99939502361362,-73.9988019095093,-73.9988019095093,-73.9988019095093,-73.9988019095093,-73.99761568130046,-73.99761568130046,-73.99761568130046,-73.99761568130046,-73.99524322488126,-73.99524322488126,-73.99524322488126,-73.99524322488126,-73.99049831203074,-73.99049831203074,-73.99049831203074,-73.99049831203074}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
row_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{5,5,5,5,6,6,6,6}' AS BIGINT[]), CAST('{1600,1600,1600,1600,2000,2000,2000,2000}' AS BIGINT[]), CAST('{470458598,470494598,470530598,470566598,470458597,470494597,470530597,470566597}' AS BIGINT[]), CAST('{470458601,470494601,470530601,470566601,470458602,470494602,470530602,470566602}' AS BIGINT[]), CAST('{40.68560188142876,40.689999999,40.69999999899999,40.70999999900001,40.68200460008679,40.689999999,40.69999999899999,40.70999999900001}' AS DOUBLE PRECISION[]), CAST('{40.690000000999994,40.700000000999985,40.710000001000004,40.714398118571246,40.690000000999994,40.700000000999985,40.710000001000004,40.717995399913214}' AS DOUBLE PRECISION[]), CAST('{-74.01899151376729,-74.01899151376729,-74.01899151376729,-74.01899151376729,-74.02373642674246,-74.02373642674246,-74.02373642674246,-74.02373642674246}' AS DOUBLE PRECISION[]), CAST('{-73.98100848623271,-73.98100848623271,-73.98100848623271,-73.98100848623271,-73.97626357325754,-73.97626357325754,-73.97626357325754,-73.97626357325754}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
search(ring, read_count, match_count, ids) AS
(SELECT CASE WHEN (found.read_count <= 2000) THEN CAST(6 AS BIGINT) ELSE CAST( -1 AS BIGINT) END AS ring, CASE WHEN (found.read_count <= 2000) THEN found.read_count ELSE CAST(0 AS BIGINT) END AS read_count, CASE WHEN (found.read_count <= 2000) THEN found.match_count ELSE CAST(0 AS BIGINT) END AS match_count, CASE WHEN (found.read_count <= 2000) THEN found.ids ELSE CAST('{}'::UUID[] AS UUID[]) END AS ids
FROM (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS ids
FROM (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, 2000 AS radius_m, vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true)) AND vehicles.lat IS NOT NULL AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND vehicles.words @> CAST(string_to_array(lower('Red'), ' ') AS VARCHAR[])
 LIMIT 2001) AS vehicle) AS found UNION ALL SELECT search.ring + 1 AS anon_1, matches.read_count AS read_count, matches.match_count AS match_count, matches.ids AS ids
FROM search JOIN LATERAL (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS ids
FROM (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, cell_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true)) AND (vehicles.words @> CAST(string_to_array(lower('Red'), ' ') AS VARCHAR[])) AS matches
FROM vehicles JOIN cell_areas ON vehicles.cell = cell_areas.first_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND cell_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN cell_areas.south AND cell_areas.north AND vehicles.lon BETWEEN cell_areas.west AND cell_areas.east UNION ALL SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, row_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true)) AND (vehicles.words @> CAST(string_to_array(lower('Red'), ' ') AS VARCHAR[])) AS matches
FROM vehicles JOIN row_areas ON vehicles.cell BETWEEN row_areas.first_cell AND row_areas.last_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND row_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN row_areas.south AND row_areas.north AND vehicles.lon BETWEEN row_areas.west AND row_areas.east
 LIMIT 2001) AS vehicle) AS matches ON true
WHERE search.match_count < 6 AND search.read_count <= 2000 AND search.ring < 6),
last_ring AS
(SELECT search.ring AS ring, search.ids AS ids, (SELECT max(search.match_count) AS max_1
FROM search) AS match_count
FROM search
WHERE search.read_count <= 2000 ORDER BY search.ring DESC
 LIMIT 1)
 SELECT last_ring.ring, last_ring.match_count, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.battery_percent
FROM last_ring LEFT OUTER JOIN (SELECT nearest.id AS id, nearest.number AS number
FROM last_ring JOIN unnest(last_ring.ids) WITH ORDINALITY AS nearest(id, number) ON true ORDER BY nearest.number
 LIMIT 6) AS page ON true LEFT OUTER JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = page.id ORDER BY page.number NULLS LAST;

-- nearest vehicles when few have the type
WITH RECURSIVE types AS
(SELECT area.state AS state, area.form_factor AS form_factor, area.propulsion_type AS propulsion_type, area.range_m AS range_m
FROM unnest(CAST('{available,available,available,available,available,available,available,available,reserved,reserved,reserved,reserved,reserved,reserved,reserved,reserved,non_operational,non_operational,non_operational,non_operational,non_operational,non_operational,non_operational,non_operational}' AS VARCHAR[]), CAST('{bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle,bicycle}' AS VARCHAR[]), CAST('{human,electric_assist,electric,combustion,combustion_diesel,hybrid,plug_in_hybrid,hydrogen_fuel_cell,human,electric_assist,electric,combustion,combustion_diesel,hybrid,plug_in_hybrid,hydrogen_fuel_cell,human,electric_assist,electric,combustion,combustion_diesel,hybrid,plug_in_hybrid,hydrogen_fuel_cell}' AS VARCHAR[]), CAST('{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}' AS BIGINT[])) AS area(state, form_factor, propulsion_type, range_m)),
cell_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
row_areas AS
(SELECT area.ring AS ring, area.radius_m AS radius_m, area.first_cell AS first_cell, area.last_cell AS last_cell, area.south AS south, area.north AS north, area.west AS west, area.east AS east
FROM unnest(CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS BIGINT[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[]), CAST('{}' AS DOUBLE PRECISION[])) AS area(ring, radius_m, first_cell, last_cell, south, north, west, east)),
search(ring, read_count, match_count, ids) AS
(SELECT CASE WHEN (found.read_count <= 2000) THEN CAST(0 AS BIGINT) ELSE CAST( -1 AS BIGINT) END AS ring, CASE WHEN (found.read_count <= 2000) THEN found.read_count ELSE CAST(0 AS BIGINT) END AS read_count, CASE WHEN (found.read_count <= 2000) THEN found.match_count ELSE CAST(0 AS BIGINT) END AS match_count, CASE WHEN (found.read_count <= 2000) THEN found.ids ELSE CAST('{}'::UUID[] AS UUID[]) END AS ids
FROM (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS ids
FROM (SELECT anon_1.id AS id, anon_1.public_id AS public_id, anon_1.distance_m AS distance_m, anon_1.radius_m AS radius_m, anon_1.matches AS matches
FROM (SELECT anon_2.id AS id, anon_2.public_id AS public_id, anon_2.distance_m AS distance_m, anon_2.radius_m AS radius_m, anon_2.matches AS matches
FROM types JOIN LATERAL (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, 2000 AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AND vehicles.lat IS NOT NULL AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = types.state AND vehicles.form_factor = types.form_factor AND vehicles.propulsion_type = types.propulsion_type AND types.range_m IS NULL ORDER BY vehicles.range_m
 LIMIT 2001) AS anon_2 ON true UNION ALL SELECT anon_3.id AS id, anon_3.public_id AS public_id, anon_3.distance_m AS distance_m, anon_3.radius_m AS radius_m, anon_3.matches AS matches
FROM types JOIN LATERAL (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, 2000 AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AND vehicles.lat IS NOT NULL AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = types.state AND vehicles.form_factor = types.form_factor AND vehicles.propulsion_type = types.propulsion_type AND vehicles.range_m >= types.range_m ORDER BY vehicles.range_m
 LIMIT 2001) AS anon_3 ON true) AS anon_1
 LIMIT 2001) AS vehicle) AS found UNION ALL SELECT search.ring + 1 AS anon_4, matches.read_count AS read_count, matches.match_count AS match_count, matches.ids AS ids
FROM search JOIN LATERAL (SELECT count(*) AS read_count, count(*) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS match_count, array_agg(vehicle.id ORDER BY vehicle.distance_m, vehicle.public_id) FILTER (WHERE vehicle.matches AND vehicle.distance_m <= vehicle.radius_m) AS ids
FROM (SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, cell_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AS matches
FROM vehicles JOIN cell_areas ON vehicles.cell = cell_areas.first_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND cell_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN cell_areas.south AND cell_areas.north AND vehicles.lon BETWEEN cell_areas.west AND cell_areas.east UNION ALL SELECT vehicles.id AS id, vehicles.public_id AS public_id, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, row_areas.radius_m AS radius_m, vehicles.state IN ('available', 'reserved', 'non_operational') AND true AND vehicles.form_factor = 'bicycle' AS matches
FROM vehicles JOIN row_areas ON vehicles.cell BETWEEN row_areas.first_cell AND row_areas.last_cell
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND row_areas.ring = search.ring + 1 AND vehicles.lat BETWEEN row_areas.south AND row_areas.north AND vehicles.lon BETWEEN row_areas.west AND row_areas.east
 LIMIT 2001) AS vehicle) AS matches ON true
WHERE search.match_count < 6 AND search.read_count <= 2000 AND search.ring < 0),
last_ring AS
(SELECT search.ring AS ring, search.ids AS ids, (SELECT max(search.match_count) AS max_1
FROM search) AS match_count
FROM search
WHERE search.read_count <= 2000 ORDER BY search.ring DESC
 LIMIT 1)
 SELECT last_ring.ring, last_ring.match_count, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(CAST(40.7 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - CAST( -74.0 AS DOUBLE PRECISION)), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS distance_m, vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.battery_percent
FROM last_ring LEFT OUTER JOIN (SELECT nearest.id AS id, nearest.number AS number
FROM last_ring JOIN unnest(last_ring.ids) WITH ORDINALITY AS nearest(id, number) ON true ORDER BY nearest.number
 LIMIT 6) AS page ON true LEFT OUTER JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = page.id ORDER BY page.number NULLS LAST;

-- vehicles of an owner
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, (SELECT count(*) AS count_1
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress')) AS anon_1
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- add a vehicle
WITH added AS
(INSERT INTO vehicles (region, id, city, owner_region, owner_id, form_factor, propulsion_type, brand, color, state, event_count, event_state, address, lat, lon, cell) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000002'::uuid::UUID, 'new york', CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'bicycle', 'human', 'Riese', 'red', 'available', 1, 'available', 'here', 40.7,  -74.0, 470494600) ON CONFLICT (region, id) DO NOTHING RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.added' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM added ON CONFLICT DO NOTHING RETURNING events.id),
vehicle_transition AS
(SELECT added.region AS region, added.id AS id, added.city AS city, added.state AS state, added.lat AS lat, added.lon AS lon, added.battery_percent AS battery_percent, added.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM added LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = added.region AND vehicles.id = added.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['provider_drop_off']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT added.id
FROM added;
INSERT INTO grants (region, user_id, "role", cities) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'owner', NULL::VARCHAR(64)[]) ON CONFLICT (region, user_id, "role") DO UPDATE SET cities = excluded.cities;

-- store a file with vehicles
WITH stored AS
(INSERT INTO vehicle_imports (region, id, city, owner_region, owner_id, file_hash, row_count) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000005'::uuid::UUID, 'new york', CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, '0000000000000000000000000000000000000000000000000000000000000000', 1) RETURNING vehicle_imports.region, vehicle_imports.id),
stored_rows AS
(INSERT INTO vehicle_import_rows (region, import_id, number, vehicle_id, form_factor, propulsion_type, brand, color, address, lat, lon, cell) SELECT stored.region AS region, stored.id AS id, read.number AS number, read.vehicle_id AS vehicle_id, read.form_factor AS form_factor, read.propulsion_type AS propulsion_type, read.brand AS brand, read.color AS color, read.address AS address, read.lat AS lat, read.lon AS lon, read.cell AS cell
FROM stored JOIN unnest(ARRAY[2]::BIGINT[], ARRAY['00000000-0000-0000-0000-000000000005'::uuid]::UUID[], ARRAY['bicycle']::VARCHAR(24)[], ARRAY['human']::VARCHAR(24)[], ARRAY['Riese']::VARCHAR(60)[], ARRAY['red']::VARCHAR(30)[], ARRAY['here']::VARCHAR(200)[], ARRAY[40.7]::FLOAT[], ARRAY[ -74.0]::FLOAT[], ARRAY[470494600]::BIGINT[]) AS read(number, vehicle_id, form_factor, propulsion_type, brand, color, address, lat, lon, cell) ON true RETURNING vehicle_import_rows.number)
 SELECT stored.id
FROM stored;

-- the last files of an owner
SELECT vehicle_imports.region, vehicle_imports.id, vehicle_imports.city, vehicle_imports.owner_region, vehicle_imports.owner_id, vehicle_imports.file_hash, vehicle_imports.row_count, vehicle_imports.created_at, vehicle_imports.confirmed_at, vehicle_imports.applied_at
FROM vehicle_imports
WHERE vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY vehicle_imports.created_at DESC, vehicle_imports.id DESC
 LIMIT 5;

-- a file with vehicles
SELECT vehicle_imports.region, vehicle_imports.id, vehicle_imports.city, vehicle_imports.owner_region, vehicle_imports.owner_id, vehicle_imports.file_hash, vehicle_imports.row_count, vehicle_imports.created_at, vehicle_imports.confirmed_at, vehicle_imports.applied_at
FROM vehicle_imports
WHERE vehicle_imports.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_imports.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- the preview of a file
SELECT vehicle_imports.region, vehicle_imports.id, vehicle_imports.city, vehicle_imports.owner_region, vehicle_imports.owner_id, vehicle_imports.file_hash, vehicle_imports.row_count, vehicle_imports.created_at, vehicle_imports.confirmed_at, vehicle_imports.applied_at, EXISTS (SELECT *
FROM vehicle_imports AS vehicle_imports_1
WHERE vehicle_imports_1.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports_1.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicle_imports_1.file_hash = vehicle_imports.file_hash AND vehicle_imports_1.id != vehicle_imports.id AND vehicle_imports_1.applied_at IS NOT NULL) AS anon_1, vehicle_import_rows.region AS region_1, vehicle_import_rows.import_id, vehicle_import_rows.number, vehicle_import_rows.vehicle_id, vehicle_import_rows.form_factor, vehicle_import_rows.propulsion_type, vehicle_import_rows.brand, vehicle_import_rows.color, vehicle_import_rows.address, vehicle_import_rows.lat, vehicle_import_rows.lon, vehicle_import_rows.cell
FROM vehicle_imports JOIN vehicle_import_rows ON vehicle_import_rows.region = vehicle_imports.region AND vehicle_import_rows.import_id = vehicle_imports.id
WHERE vehicle_imports.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_imports.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (vehicle_import_rows.number, vehicle_import_rows.vehicle_id) > (2, '00000000-0000-0000-0000-000000000005'::uuid::UUID) ORDER BY vehicle_import_rows.number
 LIMIT 6;

-- confirm a file with vehicles
WITH confirmed AS
(UPDATE vehicle_imports SET confirmed_at=now() WHERE vehicle_imports.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_imports.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicle_imports.confirmed_at IS NULL AND (EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL)) RETURNING vehicle_imports.region, vehicle_imports.id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT confirmed.region AS region, CAST(md5('vehicle_import ' || CAST(confirmed.id AS VARCHAR)) AS UUID) AS md5_1, 'vehicle_import' AS anon_1, jsonb_build_object('region', CAST(confirmed.region AS VARCHAR), 'id', CAST(confirmed.id AS VARCHAR)) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM confirmed ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT confirmed.id
FROM confirmed;

-- add the vehicles of a file
WITH applied AS
(UPDATE vehicle_imports SET applied_at=now() WHERE vehicle_imports.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_imports.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicle_imports.confirmed_at IS NOT NULL AND vehicle_imports.applied_at IS NULL AND (EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL)) RETURNING vehicle_imports.region, vehicle_imports.id, vehicle_imports.city, vehicle_imports.owner_region, vehicle_imports.owner_id),
added AS
(INSERT INTO vehicles (region, id, city, owner_region, owner_id, state, event_count, event_state, form_factor, propulsion_type, brand, color, address, lat, lon, cell) SELECT applied.region AS region, vehicle_import_rows.vehicle_id AS vehicle_id, applied.city AS city, applied.owner_region AS owner_region, applied.owner_id AS owner_id, 'available' AS anon_1, 1 AS anon_2, 'available' AS anon_3, vehicle_import_rows.form_factor AS form_factor, vehicle_import_rows.propulsion_type AS propulsion_type, vehicle_import_rows.brand AS brand, vehicle_import_rows.color AS color, vehicle_import_rows.address AS address, vehicle_import_rows.lat AS lat, vehicle_import_rows.lon AS lon, vehicle_import_rows.cell AS cell
FROM applied JOIN vehicle_import_rows ON vehicle_import_rows.region = applied.region AND vehicle_import_rows.import_id = applied.id ON CONFLICT (region, id) DO NOTHING RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT added.region AS region, added.id AS id, added.city AS city, added.state AS state, added.lat AS lat, added.lon AS lon, added.battery_percent AS battery_percent, added.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM added LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = added.region AND vehicles.id = added.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['provider_drop_off']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(added.id AS VARCHAR)) AS UUID) AS id, 'vehicle.added' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(added.region AS VARCHAR) || '.' || CAST(added.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM added ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT added.id
FROM added;

-- delete the files of an owner
DELETE FROM vehicle_import_rows WHERE vehicle_import_rows.region = CAST('europe-west1' AS crdb_internal_region) AND (vehicle_import_rows.region, vehicle_import_rows.import_id, vehicle_import_rows.number) IN (SELECT vehicle_import_rows.region, vehicle_import_rows.import_id, vehicle_import_rows.number
FROM vehicle_import_rows
WHERE vehicle_import_rows.region = CAST('europe-west1' AS crdb_internal_region) AND (EXISTS (SELECT *
FROM vehicle_imports
WHERE vehicle_imports.region = vehicle_import_rows.region AND vehicle_imports.id = vehicle_import_rows.import_id AND vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID))
 LIMIT 500) RETURNING vehicle_import_rows.region, vehicle_import_rows.import_id, vehicle_import_rows.number;

-- a vehicle by its public key
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed';

-- a vehicle by its code
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, (SELECT rides.rider_id
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id AND rides.ended_at IS NULL) AS rider_id, EXISTS (SELECT *
FROM throttles
WHERE throttles.region = CAST('us-east1' AS crdb_internal_region) AND throttles.until > now() AND throttles.bucket = 'code 37fcff24bf62035b2b08020afc08b4fe' AND throttles.hits >= 30) AS is_full
FROM vehicles
WHERE vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.code = '2222222222' AND vehicles.state != 'removed';

-- details of a vehicle, for its owner
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, (SELECT count(*) AS count_1
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id) AS anon_1, (SELECT rides.end_address
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id AND rides.ended_at IS NOT NULL ORDER BY rides.started_at DESC
 LIMIT 1) AS anon_2, anon_3.region AS region_1, anon_3.id AS id_1, anon_3.city AS city_1, anon_3.vehicle_id, anon_3.reporter_region, anon_3.reporter_id, anon_3.kind, anon_3.critical, anon_3.note, anon_3.language, anon_3.state AS state_1, anon_3.answer, anon_3.created_at AS created_at_1, anon_3.answered_at, anon_3.assignee_region, anon_3.assignee_id, anon_3.first_action_at, anon_4.region AS region_2, anon_4.vehicle_id AS vehicle_id_1, anon_4.number, anon_4.compacted_count, anon_4.city AS city_2, anon_4.occurred_at, anon_4.recorded_at, anon_4.state AS state_2, anon_4.event_types, anon_4.lat AS lat_1, anon_4.lon AS lon_1, anon_4.battery_percent AS battery_percent_1, anon_4.ride_id, anon_4.cause, anon_4.action, anon_4.action_id, anon_4.actor_region, anon_4.actor_id, anon_4.note AS note_1, users.region AS region_3, users.id AS id_2, users.city AS city_3, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at AS created_at_2, users.email_confirmed_at, users.disabled_at, users.deleted_at
FROM vehicles LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, row_number() OVER (ORDER BY reports.created_at DESC, reports.id ASC) AS row_number
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY reports.created_at DESC, reports.id ASC
 LIMIT 10) AS anon_3 FULL OUTER JOIN (SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.compacted_count AS compacted_count, vehicle_events.city AS city, vehicle_events.occurred_at AS occurred_at, vehicle_events.recorded_at AS recorded_at, vehicle_events.state AS state, vehicle_events.event_types AS event_types, vehicle_events.lat AS lat, vehicle_events.lon AS lon, vehicle_events.battery_percent AS battery_percent, vehicle_events.ride_id AS ride_id, vehicle_events.cause AS cause, vehicle_events.action AS action, vehicle_events.action_id AS action_id, vehicle_events.actor_region AS actor_region, vehicle_events.actor_id AS actor_id, vehicle_events.note AS note, row_number() OVER (ORDER BY vehicle_events.number DESC) AS row_number
FROM vehicle_events
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY vehicle_events.number DESC
 LIMIT 0) AS anon_4 ON anon_3.row_number = anon_4.row_number) ON true LEFT OUTER JOIN users ON users.region = anon_4.actor_region AND users.id = anon_4.actor_id AND users.deleted_at IS NULL AND anon_4.cause = 'staff'
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) ORDER BY coalesce(anon_3.row_number, anon_4.row_number);

-- a sheet of labels of an owner
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'non_contactable', 'elsewhere') AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 22;

-- a sheet of labels of a city
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'on_trip' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_operational' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_contactable' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'elsewhere' AND (vehicles.created_at, vehicles.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 22)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 22;

-- edit a vehicle
WITH changed_vehicle AS
(UPDATE vehicles SET form_factor='bicycle', propulsion_type='human', brand='Riese', color='red', address='here', lat=40.7, lon= -74.0, cell=470494600, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.feed_system IS NULL RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.changed' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_vehicle ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicle.id
FROM changed_vehicle;

-- remove a vehicle
WITH removed AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM removed WHERE tasks.region = removed.region AND tasks.vehicle_id = removed.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_1.region AS region, anon_1.id AS id, anon_1.kind AS kind, anon_1.actor_region AS actor_region, anon_1.actor_id AS actor_id, anon_1.subject AS subject, anon_1.city AS city, anon_1.address AS address, anon_1.request_id AS request_id, anon_1.details AS details
FROM (SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.removed' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM removed) AS anon_1 UNION ALL SELECT anon_2.region AS region, anon_2.id AS id, anon_2.kind AS kind, anon_2.actor_region AS actor_region, anon_2.actor_id AS actor_id, anon_2.subject AS subject, anon_2.city AS city, anon_2.address AS address, anon_2.request_id AS request_id, anon_2.details AS details
FROM (SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks) AS anon_2 ON CONFLICT DO NOTHING RETURNING events.id),
vehicle_transition AS
(SELECT removed.region AS region, removed.id AS id, removed.city AS city, removed.state AS state, removed.lat AS lat, removed.lon AS lon, removed.battery_percent AS battery_percent, removed.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM removed LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = removed.region AND vehicles.id = removed.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['decommissioned']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING removed WHERE vehicle_alerts.region = removed.region AND vehicle_alerts.vehicle_id = removed.id RETURNING vehicle_alerts.vehicle_id)
 SELECT removed.id
FROM removed;
DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND grants."role" = 'owner' AND NOT (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL)));

-- remove the vehicles of a deleted account
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicles.state != 'removed' AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) IS NOT true
 LIMIT 1;
WITH removed AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT removed.region AS region, removed.id AS id, removed.city AS city, removed.state AS state, removed.lat AS lat, removed.lon AS lon, removed.battery_percent AS battery_percent, removed.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM removed LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = removed.region AND vehicles.id = removed.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['decommissioned']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM removed WHERE tasks.region = removed.region AND tasks.vehicle_id = removed.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING removed WHERE vehicle_alerts.region = removed.region AND vehicle_alerts.vehicle_id = removed.id RETURNING vehicle_alerts.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT removed.id
FROM removed;

-- remove the vehicles of a deleted account in slices
WITH removed AS
(UPDATE vehicles SET owner_region=CAST(NULL AS crdb_internal_region), owner_id=NULL::UUID, state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('europe-west1' AS crdb_internal_region) AND (vehicles.region, vehicles.id) IN (SELECT vehicles.region, vehicles.id
FROM vehicles
WHERE vehicles.region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (vehicles.state = 'removed' OR vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now())
 LIMIT 500) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT removed.region AS region, removed.id AS id, removed.city AS city, removed.state AS state, removed.lat AS lat, removed.lon AS lon, removed.battery_percent AS battery_percent, removed.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM removed LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = removed.region AND vehicles.id = removed.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['decommissioned']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM removed WHERE tasks.region = removed.region AND tasks.vehicle_id = removed.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING removed WHERE vehicle_alerts.region = removed.region AND vehicle_alerts.vehicle_id = removed.id RETURNING vehicle_alerts.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT removed.id
FROM removed;

-- anonymise the reports of a deleted account
UPDATE reports SET reporter_region=CAST(NULL AS crdb_internal_region), reporter_id=NULL::UUID WHERE reports.region = CAST('europe-west1' AS crdb_internal_region) AND (reports.region, reports.id) IN (SELECT reports.region, reports.id
FROM reports
WHERE reports.region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 500) RETURNING reports.region, reports.id;

-- delete the saved vehicles of a deleted account
DELETE FROM saved_vehicles WHERE saved_vehicles.region = CAST('europe-west1' AS crdb_internal_region) AND (saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id) IN (SELECT saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id
FROM saved_vehicles
WHERE saved_vehicles.region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 500) RETURNING saved_vehicles.region, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id;

-- report a vehicle, with photos
WITH filed_report AS
(INSERT INTO reports (region, id, city, vehicle_id, reporter_region, reporter_id, kind, critical, note, language, state, answer) SELECT vehicles.region AS region, 'bf1be56f-609c-5fa8-a084-566f4ff8b093'::uuid::UUID AS anon_1, vehicles.city AS city, vehicles.id AS id, CAST('europe-west1' AS crdb_internal_region) AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'damage' AS anon_4, true AS anon_5, 'It squeaks.' AS anon_6, '' AS anon_7, 'new' AS anon_8, '' AS anon_9
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed' ON CONFLICT DO NOTHING RETURNING reports.region, reports.id, reports.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'report.filed' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'report us-east1.bf1be56f-609c-5fa8-a084-566f4ff8b093' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM filed_report ON CONFLICT DO NOTHING RETURNING events.id),
photos AS
(INSERT INTO report_photos (region, report_id, number, content) SELECT filed_report.region AS region, filed_report.id AS id, 1 AS anon_10, 'photo'::bytea AS anon_11
FROM filed_report UNION ALL SELECT filed_report.region AS region, filed_report.id AS id, 2 AS anon_12, 'another'::bytea AS anon_13
FROM filed_report RETURNING report_photos.number),
vehicle_out_of_service AS
(UPDATE vehicles SET state='non_operational', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() FROM filed_report WHERE (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND vehicles.region = filed_report.region AND vehicles.id = filed_report.vehicle_id RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT vehicle_out_of_service.region AS region, vehicle_out_of_service.id AS id, vehicle_out_of_service.city AS city, vehicle_out_of_service.state AS state, vehicle_out_of_service.lat AS lat, vehicle_out_of_service.lon AS lon, vehicle_out_of_service.battery_percent AS battery_percent, vehicle_out_of_service.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM vehicle_out_of_service LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = vehicle_out_of_service.region AND vehicles.id = vehicle_out_of_service.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_14, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_15, NULL AS anon_16, NULL::UUID AS anon_17, now() AS now_1, NULL::UUID AS anon_18, NULL AS anon_19
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_operational') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'non_operational') THEN ARRAY['reservation_cancel','maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'non_operational') THEN ARRAY['unspecified']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'rider' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT filed_report.id
FROM filed_report;

-- take vehicles out of service
WITH changed_vehicles AS
(UPDATE vehicles SET state='non_operational', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason='maintenance', picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'non_operational' ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID, '00000000-0000-0000-0000-000000000003'::uuid::UUID) AND vehicles.city IN ('new york') AND (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000007'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_operational') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'non_operational') THEN ARRAY['reservation_cancel','maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'non_operational') THEN ARRAY['unspecified']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'Storm' AS note, 'take_out_of_service' AS action, '00000000-0000-0000-0000-000000000007'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- move vehicles
WITH changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address='here', lat=40.7, lon= -74.0, cell=470494600, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID, '00000000-0000-0000-0000-000000000003'::uuid::UUID) AND vehicles.city IN ('new york') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed')) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000007'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'Storm' AS note, 'move' AS action, '00000000-0000-0000-0000-000000000007'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- swap the batteries of vehicles
WITH changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, range_m=CASE WHEN (vehicles.battery_percent > 0 AND vehicles.range_m IS NOT NULL) THEN CAST(least(vehicles.range_m * (100 / CAST(CAST(vehicles.battery_percent AS FLOAT) AS FLOAT)), 1000000.0) AS INTEGER) ELSE vehicles.range_m END, battery_percent=100, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID, '00000000-0000-0000-0000-000000000003'::uuid::UUID) AND vehicles.city IN ('new york') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human' AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000007'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['battery_charged']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'Storm' AS note, 'swap_battery' AS action, '00000000-0000-0000-0000-000000000007'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- retire vehicles
WITH changed_vehicles AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID, '00000000-0000-0000-0000-000000000003'::uuid::UUID) AND vehicles.city IN ('new york') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000007'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'Storm' AS note, 'retire' AS action, '00000000-0000-0000-0000-000000000007'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM changed_vehicles WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING changed_vehicles WHERE vehicle_alerts.region = changed_vehicles.region AND vehicle_alerts.vehicle_id = changed_vehicles.id RETURNING vehicle_alerts.vehicle_id),
former_owners AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, owned_before.owner_region AS owner_region, owned_before.owner_id AS owner_id
FROM changed_vehicles JOIN LATERAL (SELECT vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS owned_before ON owned_before.owner_id IS DISTINCT FROM NULL
WHERE owned_before.owner_id IS NOT NULL),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT former_owners.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_owner_changed' AS anon_1, jsonb_build_object('region', CAST(former_owners.region AS VARCHAR), 'id', CAST(former_owners.id AS VARCHAR), 'is_new', false) AS jsonb_build_object_1, 1 AS anon_2, CAST(former_owners.owner_region AS VARCHAR) AS owner_region, former_owners.owner_id AS owner_id, now() AS now_1, NULL::UUID AS anon_3, NULL AS anon_4
FROM former_owners ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_5.region AS region, anon_5.id AS id, anon_5.kind AS kind, anon_5.actor_region AS actor_region, anon_5.actor_id AS actor_id, anon_5.subject AS subject, anon_5.city AS city, anon_5.address AS address, anon_5.request_id AS request_id, anon_5.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_5 UNION ALL SELECT anon_6.region AS region, anon_6.id AS id, anon_6.kind AS kind, anon_6.actor_region AS actor_region, anon_6.actor_id AS actor_id, anon_6.subject AS subject, anon_6.city AS city, anon_6.address AS address, anon_6.request_id AS request_id, anon_6.details AS details
FROM (SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks) AS anon_6 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- answer a report
WITH answered_report AS
(UPDATE reports SET state='resolved', answer='Fixed.', answered_at=now(), first_action_at=coalesce(reports.first_action_at, now()) WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND reports.state = 'new' AND reports.state IN ('new', 'in_progress') AND reports.state != 'resolved' RETURNING reports.region, reports.id, reports.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'report.answered' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'report us-east1.00000000-0000-0000-0000-00000000000a' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"state": "resolved"}'::JSONB AS details
FROM answered_report ON CONFLICT DO NOTHING RETURNING events.id),
vehicle_in_service AS
(UPDATE vehicles SET state='available', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() FROM answered_report WHERE vehicles.state IN ('non_operational') AND vehicles.region = answered_report.region AND vehicles.id = answered_report.vehicle_id AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical AND reports.id != '00000000-0000-0000-0000-00000000000a'::uuid::UUID)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress')) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT vehicle_in_service.region AS region, vehicle_in_service.id AS id, vehicle_in_service.city AS city, vehicle_in_service.state AS state, vehicle_in_service.lat AS lat, vehicle_in_service.lon AS lon, vehicle_in_service.battery_percent AS battery_percent, vehicle_in_service.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM vehicle_in_service LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = vehicle_in_service.region AND vehicles.id = vehicle_in_service.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.reason_before = 'battery_low') THEN ARRAY['battery_charged']::VARCHAR[] WHEN (vehicle_transition.reason_before = 'system_suspend') THEN ARRAY['system_resume']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, 'return_to_service' AS action, NULL::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT answered_report.id
FROM answered_report;

-- reports of a rider
SELECT reports.region, reports.id, reports.city, reports.vehicle_id, reports.reporter_region, reports.reporter_id, reports.kind, reports.critical, reports.note, reports.language, reports.state, reports.answer, reports.created_at, reports.answered_at, reports.assignee_region, reports.assignee_id, reports.first_action_at, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at
FROM reports JOIN vehicles AS vehicles_1 ON vehicles_1.region = reports.region AND vehicles_1.id = reports.vehicle_id
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (reports.created_at, reports.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at DESC, reports.id DESC
 LIMIT 6;

-- one report of a rider
SELECT reports.region, reports.id, reports.city, reports.vehicle_id, reports.reporter_region, reports.reporter_id, reports.kind, reports.critical, reports.note, reports.language, reports.state, reports.answer, reports.created_at, reports.answered_at, reports.assignee_region, reports.assignee_id, reports.first_action_at, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at, report_photos_1.region AS region_2, report_photos_1.report_id, report_photos_1.number
FROM reports JOIN vehicles AS vehicles_1 ON vehicles_1.region = reports.region AND vehicles_1.id = reports.vehicle_id LEFT OUTER JOIN report_photos AS report_photos_1 ON reports.region = report_photos_1.region AND reports.id = report_photos_1.report_id
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY report_photos_1.number;

-- a photo of a report
SELECT report_photos.content, reports.city
FROM report_photos JOIN reports ON reports.region = report_photos.region AND reports.id = report_photos.report_id
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND report_photos.number = 1 AND reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- first reports of a city, with times
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.due_at, anon_1.state IN ('new', 'in_progress') AND anon_1.due_at < now() AS anon_2, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_2, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at
FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(coalesce(reports.first_action_at, reports.answered_at), now()) - reports.created_at) AS first_action_50, percentile_cont(0.9) WITHIN GROUP (ORDER BY coalesce(coalesce(reports.first_action_at, reports.answered_at), now()) - reports.created_at) AS first_action_90, percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(reports.answered_at, now()) - reports.created_at) AS answer_50, percentile_cont(0.9) WITHIN GROUP (ORDER BY coalesce(reports.answered_at, now()) - reports.created_at) AS answer_90
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state IN ('new', 'in_progress', 'resolved', 'dismissed') AND reports.created_at > now() - '30 days 0.000000 seconds'::interval) AS service_times LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '0 days 7200.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'new' ORDER BY reports.created_at, reports.id
 LIMIT 6) UNION ALL (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '1 days 0.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'in_progress' ORDER BY reports.created_at, reports.id
 LIMIT 6)) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id ORDER BY anon_1.due_at, anon_1.id
 LIMIT 6;

-- reports of a city
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.due_at, anon_1.state IN ('new', 'in_progress') AND anon_1.due_at < now() AS anon_2, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_2, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '0 days 7200.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'new' AND (reports.created_at, reports.id) > ('2026-06-30T22:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6) UNION ALL (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '1 days 0.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'in_progress' AND (reports.created_at, reports.id) > ('2026-06-30T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6)) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id ORDER BY anon_1.due_at, anon_1.id
 LIMIT 6;

-- damage that nobody looks after
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.due_at, anon_1.state IN ('new', 'in_progress') AND anon_1.due_at < now() AS anon_2, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_2, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '0 days 7200.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'new' AND reports.assignee_id IS NULL AND reports.created_at < CAST(now() - '1 days 0.000000 seconds'::interval AS TIMESTAMP WITH TIME ZONE) AND reports.kind = 'damage' AND reports.critical AND (reports.created_at, reports.id) > ('2026-06-30T22:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6) UNION ALL (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '1 days 0.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'in_progress' AND reports.assignee_id IS NULL AND reports.created_at < CAST(now() - '1 days 0.000000 seconds'::interval AS TIMESTAMP WITH TIME ZONE) AND reports.kind = 'damage' AND reports.critical AND (reports.created_at, reports.id) > ('2026-06-30T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6)) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id ORDER BY anon_1.due_at, anon_1.id
 LIMIT 6;

-- reports of a colleague
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.due_at, anon_1.state IN ('new', 'in_progress') AND anon_1.due_at < now() AS anon_2, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_2, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '0 days 7200.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'new' AND reports.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (reports.created_at, reports.id) > ('2026-06-30T22:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6) UNION ALL (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '1 days 0.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'in_progress' AND reports.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (reports.created_at, reports.id) > ('2026-06-30T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6)) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id ORDER BY anon_1.due_at, anon_1.id
 LIMIT 6;

-- assign a report
WITH colleague AS
(SELECT users.region AS region, users.id AS id
FROM users JOIN grants ON grants.region = users.region AND grants.user_id = users.id
WHERE grants."role" IN ('support', 'mechanic', 'fleet', 'admin') AND (grants.cities IS NULL OR 'new york' = ANY (grants.cities)) AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.username = 'ada'
 LIMIT 1),
assigned AS
(UPDATE reports SET state='in_progress', assignee_region=(SELECT colleague.region
FROM colleague), assignee_id=(SELECT colleague.id
FROM colleague), first_action_at=coalesce(reports.first_action_at, now()) WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND reports.state IN ('new', 'in_progress') AND reports.assignee_region IS NOT DISTINCT FROM CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id IS NOT DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT colleague.id
FROM colleague)) RETURNING reports.region, reports.id AS id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT assigned.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'report.assigned' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'report us-east1.00000000-0000-0000-0000-00000000000a' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM assigned ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT assigned.id
FROM assigned;

-- assign a report to nobody
WITH assigned AS
(UPDATE reports SET assignee_region=CAST(NULL AS crdb_internal_region), assignee_id=NULL::UUID WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND reports.state IN ('new', 'in_progress') AND reports.assignee_region IS NOT DISTINCT FROM CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id IS NOT DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID RETURNING reports.region, reports.id AS id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT assigned.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'report.assigned' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'report us-east1.00000000-0000-0000-0000-00000000000a' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM assigned ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT assigned.id
FROM assigned;

-- one report, for staff
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.anon_2, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at, users_2.region AS region_3, users_2.id AS id_3, users_2.city AS city_3, users_2.username AS username_1, users_2.email AS email_1, users_2.first_name AS first_name_1, users_2.last_name AS last_name_1, users_2.password_hash AS password_hash_1, users_2.created_at AS created_at_3, users_2.email_confirmed_at AS email_confirmed_at_1, users_2.disabled_at AS disabled_at_1, users_2.deleted_at AS deleted_at_1, report_photos_1.region AS region_4, report_photos_1.report_id, report_photos_1.number
FROM (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AS anon_2
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.vehicle_id = (SELECT reports.vehicle_id
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID) ORDER BY reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID DESC, reports.created_at DESC, reports.id DESC
 LIMIT 6) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id LEFT OUTER JOIN users AS users_2 ON users_2.region = anon_1.reporter_region AND users_2.id = anon_1.reporter_id AND users_2.deleted_at IS NULL LEFT OUTER JOIN report_photos AS report_photos_1 ON anon_1.region = report_photos_1.region AND anon_1.id = report_photos_1.report_id ORDER BY anon_1.anon_2 DESC, anon_1.created_at DESC, anon_1.id DESC, report_photos_1.number;

-- a photo of a report, for staff
SELECT report_photos.content, reports.city
FROM report_photos JOIN reports ON reports.region = report_photos.region AND reports.id = report_photos.report_id
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND report_photos.number = 1;

-- import zones
DELETE FROM zones WHERE zones.city = 'new york' AND zones.kind IN ('no_parking') AND (zones.id NOT IN ('2937e2c5-25f4-550a-8fb7-fc75819f4865'::uuid::UUID)) RETURNING zones.id;
INSERT INTO zones (id, city, kind, name, position, rules, valid_from, valid_until, coordinates, fee, max_speed_kph) VALUES ('2937e2c5-25f4-550a-8fb7-fc75819f4865'::uuid::UUID, 'new york', 'no_parking', 'Square', 1000000, NULL::JSONB, NULL, NULL, '[[[[-73.9, 40.7], [-73.9, 40.8], [-74.0, 40.8], [-74.0, 40.7], [-73.9, 40.7]]]]'::JSONB, NULL, NULL) ON CONFLICT DO NOTHING RETURNING zones.id;

-- import the zones of a feed, and add them to others
INSERT INTO zones (id, city, kind, name, position, rules, valid_from, valid_until, coordinates, fee, max_speed_kph) VALUES ('2937e2c5-25f4-550a-8fb7-fc75819f4865'::uuid::UUID, 'new york', 'no_parking', 'Square', 1000000, NULL::JSONB, NULL, NULL, '[[[[-73.9, 40.7], [-73.9, 40.8], [-74.0, 40.8], [-74.0, 40.7], [-73.9, 40.7]]]]'::JSONB, NULL, NULL) ON CONFLICT DO NOTHING RETURNING zones.id;
SELECT city_zone_rules.vehicle_types
FROM city_zone_rules
WHERE city_zone_rules.city = 'new york';
INSERT INTO city_zone_rules (city, version, source, rules, vehicle_types) VALUES ('new york', 'bdb38de6-94f5-5de3-95e0-132dce1e4eb1'::uuid::UUID, 'zones.json', '[{"vehicle_type_ids": ["a"], "ride_end_allowed": false}]'::JSONB, '[["a", "bicycle", "human"]]'::JSONB) ON CONFLICT (city) DO UPDATE SET version = excluded.version, source = excluded.source, rules = excluded.rules, vehicle_types = excluded.vehicle_types WHERE city_zone_rules.version != excluded.version RETURNING city_zone_rules.city;

-- change a zone
WITH old_values AS
(SELECT zones.kind AS kind, zones.name AS name, zones.fee AS fee, zones.max_speed_kph AS max_speed_kph
FROM zones
WHERE zones.city = 'new york' AND zones.id = '00000000-0000-0000-0000-00000000000d'::uuid::UUID),
written_zone AS
(UPDATE zones SET name='Park', fee=500 WHERE zones.city = 'new york' AND zones.id = '00000000-0000-0000-0000-00000000000d'::uuid::UUID RETURNING zones.id, zones.kind, zones.name, zones.fee, zones.max_speed_kph),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.zone_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'zone 00000000-0000-0000-0000-00000000000d' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('kind', old_values.kind, 'name', old_values.name, 'fee', old_values.fee, 'max_speed_kph', old_values.max_speed_kph) AS jsonb_build_object_1
FROM old_values), 'after', jsonb_build_object('kind', written_zone.kind, 'name', written_zone.name, 'fee', written_zone.fee, 'max_speed_kph', written_zone.max_speed_kph)) AS details
FROM written_zone ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT written_zone.id
FROM written_zone;

-- remove a zone
WITH old_values AS
(SELECT zones.kind AS kind, zones.name AS name, zones.fee AS fee, zones.max_speed_kph AS max_speed_kph
FROM zones
WHERE zones.city = 'new york' AND zones.id = '00000000-0000-0000-0000-00000000000d'::uuid::UUID),
written_zone AS
(DELETE FROM zones WHERE zones.city = 'new york' AND zones.id = '00000000-0000-0000-0000-00000000000d'::uuid::UUID RETURNING zones.id, zones.kind, zones.name, zones.fee, zones.max_speed_kph),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.zone_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'zone 00000000-0000-0000-0000-00000000000d' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('kind', old_values.kind, 'name', old_values.name, 'fee', old_values.fee, 'max_speed_kph', old_values.max_speed_kph) AS jsonb_build_object_1
FROM old_values), 'after', NULL) AS details
FROM written_zone ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT written_zone.id
FROM written_zone;

-- remove the zones of a kind
DELETE FROM zones WHERE zones.city = 'new york' AND zones.kind = 'slow' RETURNING zones.id;

-- the zones of a city
SELECT zones.id, zones.city, zones.kind, zones.name, zones.position, zones.rules, zones.valid_from, zones.valid_until, zones.coordinates, zones.fee, zones.max_speed_kph, city_zone_rules.city AS city_1, city_zone_rules.version, city_zone_rules.source, city_zone_rules.rules AS rules_1, city_zone_rules.vehicle_types
FROM zones LEFT OUTER JOIN city_zone_rules ON city_zone_rules.city = zones.city AND zones.position = (SELECT min(zones_1.position) AS min_1
FROM zones AS zones_1
WHERE zones_1.city = 'new york')
WHERE zones.city = 'new york';

-- whether zones are unchanged
SELECT zones.id, zones.kind, zones.name, zones.position, zones.fee, zones.max_speed_kph, (SELECT city_zone_rules.version
FROM city_zone_rules
WHERE city_zone_rules.city = 'new york') AS anon_1
FROM zones
WHERE zones.city = 'new york';

-- cities that have rules of a feed
SELECT city_zone_rules.city
FROM city_zone_rules;

-- vehicles with words, of some types
SELECT anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AND (anon_2.form_factor, anon_2.propulsion_type) IN (('car', 'electric')) AND (anon_2.propulsion_type = 'human' OR anon_2.range_m >= 5000) AS anon_1, anon_2.number, anon_2.region, anon_2.id, anon_2.city, anon_2.public_id, anon_2.form_factor, anon_2.propulsion_type, anon_2.brand, anon_2.color, anon_2.state, anon_2.reserved_until, anon_2.address, anon_2.lat, anon_2.lon, anon_2.range_m, anon_2.battery_percent
FROM (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.public_id AS public_id, anon_3.form_factor AS form_factor, anon_3.propulsion_type AS propulsion_type, anon_3.brand AS brand, anon_3.color AS color, anon_3.state AS state, anon_3.reserved_until AS reserved_until, anon_3.address AS address, anon_3.lat AS lat, anon_3.lon AS lon, anon_3.range_m AS range_m, anon_3.battery_percent AS battery_percent, row_number() OVER (ORDER BY anon_3.public_id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.form_factor = 'car' AND vehicles.words @> CAST(string_to_array(lower('Red'), ' ') AS VARCHAR[]) AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 2000) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'car' AND vehicles.words @> CAST(string_to_array(lower('Red'), ' ') AS VARCHAR[]) AND vehicles.public_id > '00000000-0000-0000-0000-000000000004'::uuid::UUID ORDER BY vehicles.public_id
 LIMIT 2000)) AS anon_3 ORDER BY anon_3.public_id
 LIMIT 2000) AS anon_2
WHERE anon_2.state IN ('available', 'reserved') AND (anon_2.state != 'reserved' OR NOT coalesce(anon_2.reserved_until > now(), true)) AND (anon_2.form_factor, anon_2.propulsion_type) IN (('car', 'electric')) AND (anon_2.propulsion_type = 'human' OR anon_2.range_m >= 5000) OR anon_2.number = 2000 ORDER BY anon_2.public_id
 LIMIT 6;

-- a box of the map
WITH clusters AS
(SELECT avg(anon_2.cell - anon_2.cell % 576000) AS row, avg(anon_2.cell % 576000) AS "column", count(*) AS n, min(anon_2.cell) AS cell
FROM (SELECT CAST(floor((vehicles.lat + 90.0) * 1600.0) AS BIGINT) * 576000 + CAST(floor((vehicles.lon + 180.0) * 1600.0) AS BIGINT) AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND true UNION ALL SELECT CAST(floor((vehicles.lat + 90.0) * 1600.0) AS BIGINT) * 576000 + CAST(floor((vehicles.lon + 180.0) * 1600.0) AS BIGINT) AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND NOT coalesce(vehicles.reserved_until > now(), true)) AS anon_2 GROUP BY (((anon_2.cell - anon_2.cell % 576000) - (anon_2.cell - anon_2.cell % 576000) % 1152000) + anon_2.cell % 576000) - (anon_2.cell % 576000) % 2)
 SELECT now() AS now_1, (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) AS anon_1, (SELECT jsonb_agg(jsonb_build_array(anon_4.public_id, anon_4.lat, anon_4.lon, anon_4.form_factor, anon_4.propulsion_type, anon_4.brand, anon_4.range_m, anon_4.battery_percent, anon_4.state) ORDER BY anon_4.public_id) AS jsonb_agg_1
FROM (SELECT anon_5.public_id AS public_id, anon_5.lat AS lat, anon_5.lon AS lon, anon_5.form_factor AS form_factor, anon_5.propulsion_type AS propulsion_type, anon_5.brand AS brand, anon_5.range_m AS range_m, anon_5.battery_percent AS battery_percent, anon_5.state AS state
FROM (SELECT vehicles.public_id AS public_id, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END AS state
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true))
 LIMIT 500) AS anon_5
WHERE (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) <= 500) AS anon_4) AS anon_3, (SELECT jsonb_agg(jsonb_build_array(clusters.row, clusters."column", clusters.n, clusters.cell) ORDER BY clusters.row) AS jsonb_agg_2
FROM clusters
WHERE (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) > 500) AS anon_6;

-- a high box of the map
WITH clusters AS
(SELECT avg(anon_2.cell - anon_2.cell % 36000) AS row, avg(anon_2.cell % 36000) AS "column", count(*) AS n, min(anon_2.cell) AS cell
FROM (SELECT vehicles.cell AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.cell BETWEEN 324018100 AND 327582199 AND vehicles.lon BETWEEN 1 AND 2 AND true UNION ALL SELECT vehicles.cell AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.cell BETWEEN 324018100 AND 327582199 AND vehicles.lon BETWEEN 1 AND 2 AND NOT coalesce(vehicles.reserved_until > now(), true)) AS anon_2 GROUP BY (((anon_2.cell - anon_2.cell % 36000) - (anon_2.cell - anon_2.cell % 36000) % 288000) + anon_2.cell % 36000) - (anon_2.cell % 36000) % 8)
 SELECT now() AS now_1, (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) AS anon_1, (SELECT jsonb_agg(jsonb_build_array(anon_4.public_id, anon_4.lat, anon_4.lon, anon_4.form_factor, anon_4.propulsion_type, anon_4.brand, anon_4.range_m, anon_4.battery_percent, anon_4.state) ORDER BY anon_4.public_id) AS jsonb_agg_1
FROM (SELECT anon_5.public_id AS public_id, anon_5.lat AS lat, anon_5.lon AS lon, anon_5.form_factor AS form_factor, anon_5.propulsion_type AS propulsion_type, anon_5.brand AS brand, anon_5.range_m AS range_m, anon_5.battery_percent AS battery_percent, anon_5.state AS state
FROM (SELECT vehicles.public_id AS public_id, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END AS state
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved') AND vehicles.cell BETWEEN 324018100 AND 327582199 AND vehicles.lon BETWEEN 1 AND 2 AND vehicles.state IN ('available', 'reserved') AND (vehicles.state != 'reserved' OR NOT coalesce(vehicles.reserved_until > now(), true))
 LIMIT 500) AS anon_5
WHERE (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) <= 500) AS anon_4) AS anon_3, (SELECT jsonb_agg(jsonb_build_array(clusters.row, clusters."column", clusters.n, clusters.cell) ORDER BY clusters.row) AS jsonb_agg_2
FROM clusters
WHERE (SELECT coalesce(sum(clusters.n), 0) AS coalesce_1
FROM clusters) > 500) AS anon_6;

-- changes in a box of the map
SELECT now() AS now_1, (SELECT count(*) AS count_1
FROM (SELECT anon_3.cell AS cell
FROM (SELECT vehicles.cell AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND true UNION ALL SELECT vehicles.cell AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND true UNION ALL SELECT vehicles.cell AS cell
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_operational' AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND true) AS anon_3
 LIMIT 501) AS anon_2) AS anon_1, (SELECT jsonb_agg(jsonb_build_array(anon_5.public_id, anon_5.lat, anon_5.lon, anon_5.form_factor, anon_5.propulsion_type, anon_5.brand, anon_5.range_m, anon_5.battery_percent, anon_5.state, anon_5.matches) ORDER BY anon_5.public_id) AS jsonb_agg_1
FROM ((SELECT vehicles.public_id AS public_id, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END AS state, CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND true) THEN true ELSE false END AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.changed_at > '2026-06-30T23:59:50+00:00'::timestamptz
 LIMIT 1001) UNION ALL SELECT vehicles.public_id AS public_id, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END AS state, CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND true) THEN true ELSE false END AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'bicycle' AND vehicles.cell IN (470602600, 470602601, 470638600, 470638601) AND vehicles.lat BETWEEN 40.72 AND 40.74 AND vehicles.lon BETWEEN  -74.0 AND  -73.98 AND vehicles.state = 'reserved' AND vehicles.reserved_until <= now() AND vehicles.reserved_until > '2026-06-30T23:59:50+00:00'::timestamptz) AS anon_5) AS anon_4;

-- save a vehicle
INSERT INTO saved_vehicles (region, vehicle_id, rider_region, rider_id, waiting_at) SELECT vehicles.region, vehicles.id, CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_2, NULL AS anon_3
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed' AND (vehicles.state != 'on_trip' OR (EXISTS (SELECT *
FROM saved_vehicles AS saved_vehicles_1
WHERE saved_vehicles_1.region = vehicles.region AND saved_vehicles_1.vehicle_id = vehicles.id AND saved_vehicles_1.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles_1.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID))) AND (SELECT count(*) AS count_1
FROM saved_vehicles AS saved_vehicles_2 JOIN vehicles AS vehicles_1 ON vehicles_1.region = saved_vehicles_2.region AND vehicles_1.id = saved_vehicles_2.vehicle_id
WHERE saved_vehicles_2.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles_2.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_vehicles_2.vehicle_id != vehicles.id AND vehicles_1.state != 'removed') < 50 ON CONFLICT (region, vehicle_id, rider_region, rider_id) DO NOTHING RETURNING saved_vehicles.vehicle_id;

-- wait for a vehicle
INSERT INTO saved_vehicles (region, vehicle_id, rider_region, rider_id, waiting_at) SELECT vehicles.region, vehicles.id, CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_2, now() AS now_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed' AND (vehicles.state != 'on_trip' OR (EXISTS (SELECT *
FROM saved_vehicles AS saved_vehicles_1
WHERE saved_vehicles_1.region = vehicles.region AND saved_vehicles_1.vehicle_id = vehicles.id AND saved_vehicles_1.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles_1.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID))) AND (SELECT count(*) AS count_1
FROM saved_vehicles AS saved_vehicles_2 JOIN vehicles AS vehicles_1 ON vehicles_1.region = saved_vehicles_2.region AND vehicles_1.id = saved_vehicles_2.vehicle_id
WHERE saved_vehicles_2.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles_2.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_vehicles_2.vehicle_id != vehicles.id AND vehicles_1.state != 'removed') < 50 AND vehicles.state IN ('on_trip', 'reserved') AND NOT (vehicles.state = 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) ON CONFLICT (region, vehicle_id, rider_region, rider_id) DO UPDATE SET waiting_at = excluded.waiting_at RETURNING saved_vehicles.vehicle_id;

-- stop waiting for a vehicle
UPDATE saved_vehicles SET waiting_at=NULL WHERE saved_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_vehicles.vehicle_id = (SELECT vehicles.id
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed') RETURNING saved_vehicles.vehicle_id;

-- remove a saved vehicle
DELETE FROM saved_vehicles WHERE saved_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_vehicles.vehicle_id = (SELECT vehicles.id
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed') RETURNING saved_vehicles.vehicle_id;

-- a vehicle, and whether it is saved
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, saved_vehicles.region AS region_1, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id, saved_vehicles.saved_at, saved_vehicles.waiting_at
FROM vehicles LEFT OUTER JOIN saved_vehicles ON saved_vehicles.vehicle_id = vehicles.id AND saved_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.public_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.state != 'removed';

-- saved vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, saved_vehicles.region AS region_1, saved_vehicles.vehicle_id, saved_vehicles.rider_region, saved_vehicles.rider_id, saved_vehicles.saved_at, saved_vehicles.waiting_at
FROM saved_vehicles JOIN vehicles ON vehicles.region = saved_vehicles.region AND vehicles.id = saved_vehicles.vehicle_id
WHERE saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicles.state != 'removed' ORDER BY saved_vehicles.saved_at DESC, saved_vehicles.vehicle_id;

-- delete photos of old reports
WITH old_reports AS
(SELECT reports.created_at AS created_at, reports.id AS id, reports.answered_at AS answered_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'resolved' AND reports.created_at < now() - '180 days 0.000000 seconds'::interval AND (reports.created_at, reports.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 500),
deleted_photos AS
(DELETE FROM report_photos WHERE report_photos.region = CAST('us-east1' AS crdb_internal_region) AND report_photos.report_id IN (SELECT old_reports.id
FROM old_reports
WHERE old_reports.answered_at < now() - '180 days 0.000000 seconds'::interval) RETURNING report_photos.number)
 SELECT old_reports.created_at, old_reports.id, (SELECT count(*) AS count_1
FROM deleted_photos) AS deleted
FROM old_reports ORDER BY old_reports.created_at DESC, old_reports.id DESC
 LIMIT 1;

-- save a place
INSERT INTO saved_places (region, id, rider_id, label, lat, lon) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000e'::uuid::UUID AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'Home' AS anon_4, 40.7 AS anon_5,  -74.0 AS anon_6
WHERE (SELECT count(*) AS count_1
FROM saved_places AS saved_places_1
WHERE saved_places_1.region = CAST('europe-west1' AS crdb_internal_region) AND saved_places_1.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_places_1.id != '00000000-0000-0000-0000-00000000000e'::uuid::UUID) < 12 ON CONFLICT (region, id) DO UPDATE SET label = excluded.label RETURNING saved_places.id;

-- remove a saved place
DELETE FROM saved_places WHERE saved_places.region = CAST('europe-west1' AS crdb_internal_region) AND saved_places.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND saved_places.id = '00000000-0000-0000-0000-00000000000e'::uuid::UUID RETURNING saved_places.id;

-- the vehicles of a feed
SELECT vehicles.id, vehicles.feed_vehicle, vehicles.feed_source, (vehicles.state IN ('available', 'non_operational', 'non_contactable') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) IS true AS is_on_map, vehicles.state = 'missing' AS is_missing
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme';

-- the feeds of a city
SELECT imported_feeds.city, imported_feeds.system, imported_feeds.source, imported_feeds.last_updated_at, imported_feeds.imported_at
FROM imported_feeds
WHERE imported_feeds.city = 'new york';

-- vehicles of other feeds
SELECT vehicles.feed_system, vehicles.feed_vehicle, vehicles.lat, vehicles.lon
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system != 'acme' AND vehicles.lat IS NOT NULL AND (vehicles.state IN ('available', 'non_operational', 'non_contactable') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now());

-- record the import of a feed
INSERT INTO imported_feeds (city, system, source, last_updated_at, imported_at) VALUES ('new york', 'acme', 'op.example/gbfs.json', least('2026-07-01T00:00:00+00:00'::timestamptz, now()), now()) ON CONFLICT (city, system) DO UPDATE SET source = excluded.source, last_updated_at = coalesce(excluded.last_updated_at, imported_feeds.last_updated_at), imported_at = excluded.imported_at RETURNING imported_feeds.last_updated_at;

-- vehicles that are as their feed says
SELECT vehicles.feed_vehicle, vehicles.address, vehicles.observed_at, vehicles.out_of_service_reason, vehicles.feed_source, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND vehicles.state IN ('available', 'non_operational', 'non_contactable');

-- import vehicles
WITH written AS
(INSERT INTO vehicles (region, id, city, public_id, form_factor, propulsion_type, brand, color, state, event_count, event_state, lat, lon, cell, range_m, battery_percent, reported_at, feed_system, feed_vehicle, feed_source) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000002'::uuid::UUID, 'new york', '00000000-0000-0000-0000-000000000002'::uuid::UUID, 'bicycle', 'human', '', '', 'available', 1, 'available', 40.7,  -74.0, 470494600, 12000, 80, NULL, 'acme', 'v1', 'op.example/gbfs.json') ON CONFLICT (region, city, feed_system, feed_vehicle) DO UPDATE SET public_id = CASE WHEN (vehicles.state = 'missing' AND NOT (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) OR (vehicles.lat IS NULL OR abs(vehicles.lat - excluded.lat) > 0.001 OR abs(vehicles.lon - excluded.lon) > 0.001) AND NOT coalesce(vehicles.observed_at > excluded.reported_at, false)) THEN excluded.public_id ELSE vehicles.public_id END, form_factor = excluded.form_factor, propulsion_type = excluded.propulsion_type, brand = excluded.brand, color = excluded.color, state = CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END, state_changed_at = CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason = CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at = CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count = (vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END) THEN 1 ELSE 0 END ELSE 0 END), event_state = CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END ELSE vehicles.event_state END, reservation_id = CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.address END, lat = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.lat ELSE excluded.lat END, lon = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.lon ELSE excluded.lon END, cell = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.cell ELSE excluded.cell END, range_m = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.range_m ELSE excluded.range_m END, battery_percent = CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.battery_percent ELSE excluded.battery_percent END, reported_at = excluded.reported_at, feed_source = excluded.feed_source, changed_at = CASE WHEN (vehicles.feed_source IS DISTINCT FROM excluded.feed_source OR vehicles.form_factor IS DISTINCT FROM excluded.form_factor OR vehicles.propulsion_type IS DISTINCT FROM excluded.propulsion_type OR vehicles.brand IS DISTINCT FROM excluded.brand OR vehicles.color IS DISTINCT FROM excluded.color OR vehicles.lat IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.lat ELSE excluded.lat END OR vehicles.lon IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.lon ELSE excluded.lon END OR vehicles.cell IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.cell ELSE excluded.cell END OR vehicles.range_m IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.range_m ELSE excluded.range_m END OR vehicles.battery_percent IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.battery_percent ELSE excluded.battery_percent END OR vehicles.address IS DISTINCT FROM CASE WHEN (vehicles.observed_at > excluded.reported_at) THEN vehicles.address END OR vehicles.state IS DISTINCT FROM CASE WHEN (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) THEN vehicles.state WHEN (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) THEN 'non_operational' ELSE excluded.state END) THEN now() ELSE vehicles.changed_at END WHERE (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (vehicles.feed_source IS NULL OR vehicles.feed_source = excluded.feed_source) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count, vehicles.public_id),
ended_saves AS
(DELETE FROM saved_vehicles USING written WHERE saved_vehicles.region = written.region AND saved_vehicles.vehicle_id = written.id AND written.public_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) RETURNING saved_vehicles.vehicle_id),
vehicle_transition AS
(SELECT written.region AS region, written.id AS id, written.city AS city, written.state AS state, written.lat AS lat, written.lon AS lon, written.battery_percent AS battery_percent, written.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM written LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = written.region AND vehicles.id = written.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before IS NULL AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before IS NULL AND vehicle_transition.state = 'non_operational') THEN ARRAY['provider_drop_off','maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before IS NULL AND vehicle_transition.state = 'non_contactable') THEN ARRAY['provider_drop_off','comms_lost']::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_operational') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'available') THEN ARRAY['located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'non_operational') THEN ARRAY['located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'non_contactable') THEN ARRAY['located','comms_lost']::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_contactable') THEN ARRAY['comms_lost']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'non_contactable') THEN ARRAY['comms_lost']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'available') THEN ARRAY['comms_restored']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'non_operational') THEN ARRAY['comms_restored']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'feed' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT written.id
FROM written;

-- rename a feed
UPDATE vehicles SET feed_system='acme', feed_source='op.example/gbfs.json', changed_at=vehicles.changed_at WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'old' AND NOT (EXISTS (SELECT *
FROM vehicles AS others
WHERE others.region = vehicles.region AND others.city = vehicles.city AND others.feed_system = 'acme' AND others.feed_vehicle = vehicles.feed_vehicle)) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID);

-- take over a feed
UPDATE vehicles SET feed_source='op.example/gbfs.json', changed_at=vehicles.changed_at WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND vehicles.feed_source != 'op.example/gbfs.json' AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID);

-- mark vehicles as missing
WITH missing AS
(UPDATE vehicles SET state='missing', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'missing' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND (vehicles.feed_source IS NULL OR vehicles.feed_source = 'op.example/gbfs.json') AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND NOT (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT missing.region AS region, missing.id AS id, missing.city AS city, missing.state AS state, missing.lat AS lat, missing.lon AS lon, missing.battery_percent AS battery_percent, missing.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM missing LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = missing.region AND vehicles.id = missing.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'missing') THEN ARRAY['not_located']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'feed' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action)
 SELECT missing.id
FROM missing;

-- forget a batch of a feed
DELETE FROM saved_vehicles USING vehicles WHERE saved_vehicles.region = vehicles.region AND saved_vehicles.vehicle_id = vehicles.id AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed') AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM reservations
WHERE reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id)) RETURNING saved_vehicles.vehicle_id;
DELETE FROM vehicles WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed') AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM reservations
WHERE reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id)) RETURNING vehicles.id;
WITH retired AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, feed_system=NULL, feed_vehicle=NULL, feed_source=NULL, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system = 'acme' AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed') RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT retired.region AS region, retired.id AS id, retired.city AS city, retired.state AS state, retired.lat AS lat, retired.lon AS lon, retired.battery_percent AS battery_percent, retired.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM retired LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = retired.region AND vehicles.id = retired.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['decommissioned']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'feed' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM retired WHERE tasks.region = retired.region AND tasks.vehicle_id = retired.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING retired WHERE vehicle_alerts.region = retired.region AND vehicle_alerts.vehicle_id = retired.id RETURNING vehicle_alerts.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT retired.id
FROM retired;

-- delete missing vehicles
SELECT vehicles.id
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'missing' AND vehicles.feed_system IS NOT NULL AND vehicles.changed_at < now() - '7 days 0.000000 seconds'::interval AND NOT (vehicles.state IN ('non_operational', 'missing') AND vehicles.out_of_service_reason IS NOT NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM reservations
WHERE reservations.vehicle_region = vehicles.region AND reservations.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id))
 LIMIT 500;

-- the systems of a city
SELECT DISTINCT vehicles.feed_system
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.feed_system IS NOT NULL;

-- publish a plan
WITH old_values AS
(SELECT pricing_plans.name AS name, pricing_plans.unlock_fee AS unlock_fee, pricing_plans.segments AS segments, pricing_plans.reserve_min AS reserve_min, pricing_plans.reservation_rate AS reservation_rate, pricing_plans.reserve_max_min AS reserve_max_min, pricing_plans.daily_cap AS daily_cap, pricing_plans.fare_cap_min AS fare_cap_min, pricing_plans.parking_fee AS parking_fee, pricing_plans.tax_ppm AS tax_ppm, pricing_plans.tax_included AS tax_included
FROM pricing_plans
WHERE pricing_plans.city = 'new york' AND pricing_plans.form_factor = 'other' AND pricing_plans.propulsion_type = 'human' AND pricing_plans.version = 2),
published AS
(INSERT INTO pricing_plans (id, city, form_factor, propulsion_type, version, name, currency, unlock_fee, segments, reserve_min, reservation_rate, reserve_max_min, daily_cap, fare_cap_min, parking_fee, tax_ppm, tax_included) SELECT '00000000-0000-0000-0000-000000000008'::uuid::UUID AS anon_1, 'new york' AS anon_2, 'other' AS anon_3, 'human' AS anon_4, 3 AS anon_5, 'Some' AS anon_6, NULL AS anon_7, 100 AS anon_8, '[{"start": 0, "rate": 25, "interval": 1, "end": null}]'::JSONB AS anon_9, 0 AS anon_10, 0 AS anon_11, 0 AS anon_12, NULL AS anon_13, 1440 AS anon_14, NULL AS anon_15, 0 AS anon_16, true AS anon_17
WHERE coalesce((SELECT max(pricing_plans.version) AS max_1
FROM pricing_plans
WHERE pricing_plans.city = 'new york' AND pricing_plans.form_factor = 'other' AND pricing_plans.propulsion_type = 'human'), 0) = 2 ON CONFLICT DO NOTHING RETURNING pricing_plans.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.plan_published' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'plan 00000000-0000-0000-0000-000000000008' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('name', old_values.name, 'unlock_fee', old_values.unlock_fee, 'segments', old_values.segments, 'reserve_min', old_values.reserve_min, 'reservation_rate', old_values.reservation_rate, 'reserve_max_min', old_values.reserve_max_min, 'fare_cap', old_values.daily_cap, 'fare_cap_min', old_values.fare_cap_min, 'parking_fee', old_values.parking_fee, 'tax_ppm', old_values.tax_ppm, 'tax_included', old_values.tax_included) AS jsonb_build_object_1
FROM old_values), 'after', '{"name": "Some", "unlock_fee": 100, "segments": [{"start": 0, "rate": 25, "interval": 1, "end": null}], "reserve_min": 0, "reservation_rate": 0, "reserve_max_min": 0, "fare_cap": null, "fare_cap_min": 1440, "parking_fee": null, "tax_ppm": 0, "tax_included": true}'::JSONB, 'version', 3) AS details
FROM published ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT published.id
FROM published;

-- current plans
SELECT DISTINCT ON (pricing_plans.city, pricing_plans.form_factor, pricing_plans.propulsion_type) pricing_plans.id, pricing_plans.city, pricing_plans.form_factor, pricing_plans.propulsion_type, pricing_plans.version, pricing_plans.name, pricing_plans.currency, pricing_plans.unlock_fee, pricing_plans.segments, pricing_plans.reserve_min, pricing_plans.reservation_rate, pricing_plans.reserve_max_min, pricing_plans.daily_cap, pricing_plans.fare_cap_min, pricing_plans.parking_fee, pricing_plans.tax_ppm, pricing_plans.tax_included, pricing_plans.published_at
FROM pricing_plans
WHERE pricing_plans.city IN ('new york') ORDER BY pricing_plans.city, pricing_plans.form_factor, pricing_plans.propulsion_type, pricing_plans.version DESC;

-- versions of a plan
SELECT pricing_plans.id, pricing_plans.city, pricing_plans.form_factor, pricing_plans.propulsion_type, pricing_plans.version, pricing_plans.name, pricing_plans.currency, pricing_plans.unlock_fee, pricing_plans.segments, pricing_plans.reserve_min, pricing_plans.reservation_rate, pricing_plans.reserve_max_min, pricing_plans.daily_cap, pricing_plans.fare_cap_min, pricing_plans.parking_fee, pricing_plans.tax_ppm, pricing_plans.tax_included, pricing_plans.published_at
FROM pricing_plans
WHERE pricing_plans.city = 'new york' AND pricing_plans.form_factor = 'other' AND pricing_plans.propulsion_type = 'human' AND pricing_plans.version < 7 ORDER BY pricing_plans.version DESC
 LIMIT 6;

-- look at the first vehicles for alerts
SELECT scanned.id, scanned.changed_at, scanned.state, scanned.lat, scanned.lon, scanned.reservation_count, CASE WHEN (scanned.state IN ('available', 'reserved', 'non_operational')) THEN (SELECT count(*) AS count_1
FROM (SELECT bool_and(anon_3.is_short) OVER (ORDER BY anon_3.started_at DESC) AS is_short
FROM (SELECT rides.started_at AS started_at, rides.ended_at - rides.started_at < '0 days 120.000000 seconds'::interval AND coalesce(rides.distance_m, 0) < 200 AS is_short
FROM rides
WHERE rides.region = scanned.region AND rides.vehicle_id = scanned.id AND rides.ended_at IS NOT NULL AND (scanned.back_on_street_at IS NULL OR rides.started_at > scanned.back_on_street_at) ORDER BY rides.started_at DESC
 LIMIT 10) AS anon_3) AS anon_2
WHERE anon_2.is_short) ELSE 0 END AS anon_1, (SELECT jsonb_object_agg(vehicle_alerts.kind, CASE WHEN (vehicle_alerts.city = 'new york') THEN vehicle_alerts.value ELSE 0 END) AS jsonb_object_agg_1
FROM vehicle_alerts
WHERE vehicle_alerts.region = scanned.region AND vehicle_alerts.vehicle_id = scanned.id) AS anon_4, now() AS now_1
FROM (SELECT changed.region AS region, changed.id AS id, changed.changed_at AS changed_at, changed.state AS state, changed.lat AS lat, changed.lon AS lon, events.back_on_street_at AS back_on_street_at, events.reservation_count AS reservation_count
FROM (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.changed_at AS changed_at, vehicles.state AS state, vehicles.lat AS lat, vehicles.lon AS lon
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' ORDER BY vehicles.changed_at, vehicles.id
 LIMIT 500) AS changed JOIN LATERAL (SELECT max(anon_5.back_on_street_at) AS back_on_street_at, count(*) FILTER (WHERE anon_5.is_reservation AND NOT anon_5.is_before) AS reservation_count
FROM (SELECT CASE WHEN (anon_6.action IN ('return_to_service', 'deploy', 'swap_battery')) THEN anon_6.occurred_at END AS back_on_street_at, anon_6.event_types @> ARRAY['reservation_start']::VARCHAR(24)[] AS is_reservation, bool_or((anon_6.event_types @> ARRAY['trip_start']::VARCHAR(24)[]) OR coalesce(anon_6.action IN ('return_to_service', 'deploy', 'swap_battery'), false)) OVER (ORDER BY anon_6.number DESC) AS is_before
FROM (SELECT vehicle_events.number AS number, vehicle_events.occurred_at AS occurred_at, vehicle_events.event_types AS event_types, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.region = changed.region AND vehicle_events.vehicle_id = changed.id ORDER BY vehicle_events.number DESC
 LIMIT 50) AS anon_6) AS anon_5) AS events ON true) AS scanned ORDER BY scanned.changed_at, scanned.id;

-- look at the next vehicles for alerts
SELECT scanned.id, scanned.changed_at, scanned.state, scanned.lat, scanned.lon, scanned.reservation_count, CASE WHEN (scanned.state IN ('available', 'reserved', 'non_operational')) THEN (SELECT count(*) AS count_1
FROM (SELECT bool_and(anon_3.is_short) OVER (ORDER BY anon_3.started_at DESC) AS is_short
FROM (SELECT rides.started_at AS started_at, rides.ended_at - rides.started_at < '0 days 120.000000 seconds'::interval AND coalesce(rides.distance_m, 0) < 200 AS is_short
FROM rides
WHERE rides.region = scanned.region AND rides.vehicle_id = scanned.id AND rides.ended_at IS NOT NULL AND (scanned.back_on_street_at IS NULL OR rides.started_at > scanned.back_on_street_at) ORDER BY rides.started_at DESC
 LIMIT 10) AS anon_3) AS anon_2
WHERE anon_2.is_short) ELSE 0 END AS anon_1, (SELECT jsonb_object_agg(vehicle_alerts.kind, CASE WHEN (vehicle_alerts.city = 'new york') THEN vehicle_alerts.value ELSE 0 END) AS jsonb_object_agg_1
FROM vehicle_alerts
WHERE vehicle_alerts.region = scanned.region AND vehicle_alerts.vehicle_id = scanned.id) AS anon_4, now() AS now_1
FROM (SELECT changed.region AS region, changed.id AS id, changed.changed_at AS changed_at, changed.state AS state, changed.lat AS lat, changed.lon AS lon, events.back_on_street_at AS back_on_street_at, events.reservation_count AS reservation_count
FROM (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.changed_at AS changed_at, vehicles.state AS state, vehicles.lat AS lat, vehicles.lon AS lon
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.changed_at >= '2026-07-01T00:00:00+00:00'::timestamptz AND (vehicles.changed_at, vehicles.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000002'::uuid::UUID) ORDER BY vehicles.changed_at, vehicles.id
 LIMIT 500) AS changed JOIN LATERAL (SELECT max(anon_5.back_on_street_at) AS back_on_street_at, count(*) FILTER (WHERE anon_5.is_reservation AND NOT anon_5.is_before) AS reservation_count
FROM (SELECT CASE WHEN (anon_6.action IN ('return_to_service', 'deploy', 'swap_battery')) THEN anon_6.occurred_at END AS back_on_street_at, anon_6.event_types @> ARRAY['reservation_start']::VARCHAR(24)[] AS is_reservation, bool_or((anon_6.event_types @> ARRAY['trip_start']::VARCHAR(24)[]) OR coalesce(anon_6.action IN ('return_to_service', 'deploy', 'swap_battery'), false)) OVER (ORDER BY anon_6.number DESC) AS is_before
FROM (SELECT vehicle_events.number AS number, vehicle_events.occurred_at AS occurred_at, vehicle_events.event_types AS event_types, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.region = changed.region AND vehicle_events.vehicle_id = changed.id ORDER BY vehicle_events.number DESC
 LIMIT 50) AS anon_6) AS anon_5) AS events ON true) AS scanned ORDER BY scanned.changed_at, scanned.id;

-- record alerts
INSERT INTO vehicle_alerts (region, vehicle_id, kind, city, value, since) SELECT vehicles.region, vehicles.id, found.kind, vehicles.city, found.value, now() AS now_1
FROM unnest(CAST(ARRAY['00000000-0000-0000-0000-000000000002'::uuid,'00000000-0000-0000-0000-000000000002'::uuid]::UUID[] AS UUID[]), CAST(ARRAY['short_rides','outside_area']::VARCHAR[] AS VARCHAR[]), CAST(ARRAY[3,240]::BIGINT[] AS BIGINT[]), CAST(ARRAY['2026-07-01T00:00:00+00:00'::timestamptz,'2026-07-01T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[] AS TIMESTAMP WITH TIME ZONE[])) AS found(vehicle_id, kind, value, changed_at) JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = found.vehicle_id AND vehicles.changed_at = found.changed_at
WHERE EXISTS (SELECT *
FROM alert_scans
WHERE alert_scans.region = CAST('us-east1' AS crdb_internal_region) AND alert_scans.city = 'new york' AND alert_scans.basis = 'a 120 200') ON CONFLICT (region, vehicle_id, kind) DO UPDATE SET city = excluded.city, value = excluded.value, since = CASE WHEN (vehicle_alerts.kind = 'outside_area' OR vehicle_alerts.value >= CASE WHEN (vehicle_alerts.kind = 'short_rides') THEN 3 ELSE 0 END AND excluded.value >= vehicle_alerts.value) THEN vehicle_alerts.since ELSE now() END RETURNING vehicle_alerts.vehicle_id;

-- delete alerts that are over
DELETE FROM vehicle_alerts WHERE vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND (EXISTS (SELECT *
FROM unnest(CAST(ARRAY['00000000-0000-0000-0000-000000000002'::uuid,'00000000-0000-0000-0000-000000000002'::uuid]::UUID[] AS UUID[]), CAST(ARRAY['short_rides','outside_area']::VARCHAR[] AS VARCHAR[]), CAST(ARRAY[3,240]::BIGINT[] AS BIGINT[]), CAST(ARRAY['2026-07-01T00:00:00+00:00'::timestamptz,'2026-07-01T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[] AS TIMESTAMP WITH TIME ZONE[])) AS found(vehicle_id, kind, value, changed_at), vehicles
WHERE vehicle_alerts.vehicle_id = found.vehicle_id AND vehicle_alerts.kind = found.kind AND vehicles.region = vehicle_alerts.region AND vehicles.id = vehicle_alerts.vehicle_id AND vehicles.changed_at = found.changed_at)) AND (EXISTS (SELECT *
FROM alert_scans
WHERE alert_scans.region = CAST('us-east1' AS crdb_internal_region) AND alert_scans.city = 'new york' AND alert_scans.basis = 'a 120 200')) RETURNING vehicle_alerts.vehicle_id;

-- begin to look at all vehicles for alerts
INSERT INTO alert_scans (region, city, basis, changed_at, vehicle_id) VALUES (CAST('us-east1' AS crdb_internal_region), 'new york', 'a 120 200', '2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000002'::uuid::UUID) ON CONFLICT (region, city) DO UPDATE SET basis = 'a 120 200', changed_at = '2026-07-01T00:00:00+00:00'::timestamptz, vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID RETURNING alert_scans.city;

-- keep how far the job of alerts has come
UPDATE alert_scans SET changed_at='2026-07-01T00:00:00+00:00'::timestamptz, vehicle_id='00000000-0000-0000-0000-000000000002'::uuid::UUID WHERE alert_scans.region = CAST('us-east1' AS crdb_internal_region) AND alert_scans.city = 'new york' AND alert_scans.basis = 'a 120 200' AND (alert_scans.changed_at, alert_scans.vehicle_id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000002'::uuid::UUID) RETURNING alert_scans.city;

-- mute an alert of a city
WITH old_values AS
(SELECT alert_settings.threshold AS threshold, alert_settings.muted_until AS muted_until
FROM alert_settings
WHERE alert_settings.city = 'new york' AND alert_settings.kind = 'battery_low'),
changed AS
(INSERT INTO alert_settings (city, kind, threshold, muted_until, mute_reason) VALUES ('new york', 'battery_low', 20, (now() + '1 days 0.000000 seconds'::interval), 'It charges') ON CONFLICT (city, kind) DO UPDATE SET threshold = excluded.threshold, muted_until = excluded.muted_until, mute_reason = excluded.mute_reason RETURNING alert_settings.kind, alert_settings.threshold, alert_settings.muted_until),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.alert_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('threshold', old_values.threshold, 'muted_until', old_values.muted_until) AS jsonb_build_object_1
FROM old_values), 'after', jsonb_build_object('threshold', changed.threshold, 'muted_until', changed.muted_until), 'why', 'It charges', 'alert', 'battery_low', 'muted_h', 24) AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.kind
FROM changed;

-- change the threshold of an alert
WITH old_values AS
(SELECT alert_settings.threshold AS threshold, alert_settings.muted_until AS muted_until
FROM alert_settings
WHERE alert_settings.city = 'new york' AND alert_settings.kind = 'battery_low'),
changed AS
(INSERT INTO alert_settings (city, kind, threshold) VALUES ('new york', 'battery_low', 20) ON CONFLICT (city, kind) DO UPDATE SET threshold = excluded.threshold RETURNING alert_settings.kind, alert_settings.threshold, alert_settings.muted_until),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.alert_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('threshold', old_values.threshold, 'muted_until', old_values.muted_until) AS jsonb_build_object_1
FROM old_values), 'after', jsonb_build_object('threshold', changed.threshold, 'muted_until', changed.muted_until), 'alert', 'battery_low', 'muted_h', NULL) AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.kind
FROM changed;

-- mute an alert for a vehicle
WITH old_values AS
(SELECT vehicle_alert_mutes.until AS muted_until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alert_mutes.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicle_alert_mutes.kind = 'idle'),
muted AS
(INSERT INTO vehicle_alert_mutes (region, vehicle_id, kind, until, reason) SELECT vehicles.region AS region, vehicles.id AS id, 'idle' AS anon_1, now() + '1 days 0.000000 seconds'::interval AS anon_2, 'It charges' AS anon_3
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND vehicles.city = 'new york' ON CONFLICT (region, vehicle_id, kind) DO UPDATE SET until = excluded.until, reason = excluded.reason RETURNING vehicle_alert_mutes.vehicle_id, vehicle_alert_mutes.until AS muted_until),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.alert_muted' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('muted_until', old_values.muted_until) AS jsonb_build_object_1
FROM old_values), 'after', jsonb_build_object('muted_until', muted.muted_until), 'why', 'It charges', 'alert', 'idle', 'muted_h', 24) AS details
FROM muted ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT muted.vehicle_id
FROM muted;

-- how many vehicles an alert counts: battery_low
SELECT (SELECT count(*) AS count_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 5) AS anon_1;

-- how many vehicles an alert counts: idle
SELECT (SELECT count(*) AS count_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '5 days 0.000000 seconds'::interval AND vehicles.state = 'available') + (SELECT count(*) AS count_2
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '5 days 0.000000 seconds'::interval AND vehicles.state = 'reserved') AS anon_1;

-- how many vehicles an alert counts: outside_area
SELECT (SELECT count(*) AS count_1
FROM vehicle_alerts
WHERE vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'outside_area' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'outside_area' AND vehicle_alerts.value >= 5) AS anon_1;

-- the vehicles of an alert: battery_low
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, anon_1.alert_order, anon_1.number, anon_1.matches, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.public_id AS public_id, anon_2.code AS code, anon_2.owner_region AS owner_region, anon_2.owner_id AS owner_id, anon_2.form_factor AS form_factor, anon_2.propulsion_type AS propulsion_type, anon_2.brand AS brand, anon_2.color AS color, anon_2.state AS state, anon_2.state_changed_at AS state_changed_at, anon_2.out_of_service_reason AS out_of_service_reason, anon_2.picked_up_at AS picked_up_at, anon_2.event_count AS event_count, anon_2.event_state AS event_state, anon_2.reserved_until AS reserved_until, anon_2.reservation_id AS reservation_id, anon_2.free_reserved_on AS free_reserved_on, anon_2.free_reserved_min AS free_reserved_min, anon_2.address AS address, anon_2.lat AS lat, anon_2.lon AS lon, anon_2.cell AS cell, anon_2.range_m AS range_m, anon_2.battery_percent AS battery_percent, anon_2.reported_at AS reported_at, anon_2.observed_at AS observed_at, anon_2.feed_system AS feed_system, anon_2.feed_vehicle AS feed_vehicle, anon_2.feed_source AS feed_source, anon_2.created_at AS created_at, anon_2.changed_at AS changed_at, anon_2.words AS words, anon_2.alert_order AS alert_order, anon_2.matches AS matches, row_number() OVER (ORDER BY anon_2.alert_order NULLS LAST, anon_2.id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicles.battery_percent AS alert_order, vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 5 ORDER BY vehicles.battery_percent NULLS LAST, vehicles.id
 LIMIT 2000)) AS anon_2 ORDER BY anon_2.alert_order NULLS LAST, anon_2.id
 LIMIT 2000) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id AND users_1.deleted_at IS NULL
WHERE anon_1.matches OR anon_1.number = 2000 ORDER BY anon_1.number
 LIMIT 6;

-- the vehicles of an alert: idle
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, anon_1.alert_order, anon_1.number, anon_1.matches, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.public_id AS public_id, anon_2.code AS code, anon_2.owner_region AS owner_region, anon_2.owner_id AS owner_id, anon_2.form_factor AS form_factor, anon_2.propulsion_type AS propulsion_type, anon_2.brand AS brand, anon_2.color AS color, anon_2.state AS state, anon_2.state_changed_at AS state_changed_at, anon_2.out_of_service_reason AS out_of_service_reason, anon_2.picked_up_at AS picked_up_at, anon_2.event_count AS event_count, anon_2.event_state AS event_state, anon_2.reserved_until AS reserved_until, anon_2.reservation_id AS reservation_id, anon_2.free_reserved_on AS free_reserved_on, anon_2.free_reserved_min AS free_reserved_min, anon_2.address AS address, anon_2.lat AS lat, anon_2.lon AS lon, anon_2.cell AS cell, anon_2.range_m AS range_m, anon_2.battery_percent AS battery_percent, anon_2.reported_at AS reported_at, anon_2.observed_at AS observed_at, anon_2.feed_system AS feed_system, anon_2.feed_vehicle AS feed_vehicle, anon_2.feed_source AS feed_source, anon_2.created_at AS created_at, anon_2.changed_at AS changed_at, anon_2.words AS words, anon_2.alert_order AS alert_order, anon_2.matches AS matches, row_number() OVER (ORDER BY anon_2.alert_order NULLS LAST, anon_2.id) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicles.state_changed_at AS alert_order, vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '5 days 0.000000 seconds'::interval AND vehicles.state = 'available' ORDER BY vehicles.state_changed_at NULLS LAST, vehicles.id
 LIMIT 2000) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicles.state_changed_at AS alert_order, vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '5 days 0.000000 seconds'::interval AND vehicles.state = 'reserved' ORDER BY vehicles.state_changed_at NULLS LAST, vehicles.id
 LIMIT 2000)) AS anon_2 ORDER BY anon_2.alert_order NULLS LAST, anon_2.id
 LIMIT 2000) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id AND users_1.deleted_at IS NULL
WHERE anon_1.matches OR anon_1.number = 2000 ORDER BY anon_1.number
 LIMIT 6;

-- the vehicles of an alert: outside_area
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, anon_1.alert_order, anon_1.number, anon_1.matches, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.public_id AS public_id, anon_2.code AS code, anon_2.owner_region AS owner_region, anon_2.owner_id AS owner_id, anon_2.form_factor AS form_factor, anon_2.propulsion_type AS propulsion_type, anon_2.brand AS brand, anon_2.color AS color, anon_2.state AS state, anon_2.state_changed_at AS state_changed_at, anon_2.out_of_service_reason AS out_of_service_reason, anon_2.picked_up_at AS picked_up_at, anon_2.event_count AS event_count, anon_2.event_state AS event_state, anon_2.reserved_until AS reserved_until, anon_2.reservation_id AS reservation_id, anon_2.free_reserved_on AS free_reserved_on, anon_2.free_reserved_min AS free_reserved_min, anon_2.address AS address, anon_2.lat AS lat, anon_2.lon AS lon, anon_2.cell AS cell, anon_2.range_m AS range_m, anon_2.battery_percent AS battery_percent, anon_2.reported_at AS reported_at, anon_2.observed_at AS observed_at, anon_2.feed_system AS feed_system, anon_2.feed_vehicle AS feed_vehicle, anon_2.feed_source AS feed_source, anon_2.created_at AS created_at, anon_2.changed_at AS changed_at, anon_2.words AS words, anon_2.alert_order AS alert_order, anon_2.matches AS matches, row_number() OVER (ORDER BY anon_2.alert_order DESC NULLS LAST, anon_2.id DESC) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicle_alerts.value AS alert_order, vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AS matches
FROM vehicle_alerts JOIN vehicles ON vehicle_alerts.region = vehicles.region AND vehicle_alerts.vehicle_id = vehicles.id
WHERE vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'outside_area' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'outside_area' AND vehicle_alerts.value >= 5 ORDER BY vehicle_alerts.value DESC, vehicle_alerts.vehicle_id DESC
 LIMIT 2000)) AS anon_2 ORDER BY anon_2.alert_order DESC NULLS LAST, anon_2.id DESC
 LIMIT 2000) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id AND users_1.deleted_at IS NULL
WHERE anon_1.matches OR anon_1.number = 2000 ORDER BY anon_1.number
 LIMIT 6;

-- more vehicles of an alert
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, anon_1.alert_order, anon_1.number, anon_1.matches, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.public_id AS public_id, anon_2.code AS code, anon_2.owner_region AS owner_region, anon_2.owner_id AS owner_id, anon_2.form_factor AS form_factor, anon_2.propulsion_type AS propulsion_type, anon_2.brand AS brand, anon_2.color AS color, anon_2.state AS state, anon_2.state_changed_at AS state_changed_at, anon_2.out_of_service_reason AS out_of_service_reason, anon_2.picked_up_at AS picked_up_at, anon_2.event_count AS event_count, anon_2.event_state AS event_state, anon_2.reserved_until AS reserved_until, anon_2.reservation_id AS reservation_id, anon_2.free_reserved_on AS free_reserved_on, anon_2.free_reserved_min AS free_reserved_min, anon_2.address AS address, anon_2.lat AS lat, anon_2.lon AS lon, anon_2.cell AS cell, anon_2.range_m AS range_m, anon_2.battery_percent AS battery_percent, anon_2.reported_at AS reported_at, anon_2.observed_at AS observed_at, anon_2.feed_system AS feed_system, anon_2.feed_vehicle AS feed_vehicle, anon_2.feed_source AS feed_source, anon_2.created_at AS created_at, anon_2.changed_at AS changed_at, anon_2.words AS words, anon_2.alert_order AS alert_order, anon_2.matches AS matches, row_number() OVER (ORDER BY anon_2.alert_order DESC NULLS LAST, anon_2.id DESC) AS number
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicle_alerts.value AS alert_order, vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AS matches
FROM vehicle_alerts JOIN vehicles ON vehicle_alerts.region = vehicles.region AND vehicle_alerts.vehicle_id = vehicles.id
WHERE vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'outside_area' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'outside_area' AND vehicle_alerts.value >= 5 AND (vehicle_alerts.value, vehicle_alerts.vehicle_id) < (300, '00000000-0000-0000-0000-000000000002'::uuid::UUID) ORDER BY vehicle_alerts.value DESC, vehicle_alerts.vehicle_id DESC
 LIMIT 2000)) AS anon_2 ORDER BY anon_2.alert_order DESC NULLS LAST, anon_2.id DESC
 LIMIT 2000) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id AND users_1.deleted_at IS NULL
WHERE anon_1.matches OR anon_1.number = 2000 ORDER BY anon_1.number
 LIMIT 6;

-- a vehicle with its alerts, for staff
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, (SELECT count(*) AS count_1
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id) AS anon_1, (SELECT rides.end_address
FROM rides
WHERE rides.region = vehicles.region AND rides.vehicle_id = vehicles.id AND rides.ended_at IS NOT NULL ORDER BY rides.started_at DESC
 LIMIT 1) AS anon_2, anon_3.region AS region_1, anon_3.id AS id_1, anon_3.city AS city_1, anon_3.vehicle_id, anon_3.reporter_region, anon_3.reporter_id, anon_3.kind, anon_3.critical, anon_3.note, anon_3.language, anon_3.state AS state_1, anon_3.answer, anon_3.created_at AS created_at_1, anon_3.answered_at, anon_3.assignee_region, anon_3.assignee_id, anon_3.first_action_at, anon_4.region AS region_2, anon_4.vehicle_id AS vehicle_id_1, anon_4.number, anon_4.compacted_count, anon_4.city AS city_2, anon_4.occurred_at, anon_4.recorded_at, anon_4.state AS state_2, anon_4.event_types, anon_4.lat AS lat_1, anon_4.lon AS lon_1, anon_4.battery_percent AS battery_percent_1, anon_4.ride_id, anon_4.cause, anon_4.action, anon_4.action_id, anon_4.actor_region, anon_4.actor_id, anon_4.note AS note_1, users.region AS region_3, users.id AS id_2, users.city AS city_3, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at AS created_at_2, users.email_confirmed_at, users.disabled_at, users.deleted_at, array_remove(ARRAY[CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 20) THEN 'battery_low' END, CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'not_heard_of' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '0 days 21600.000000 seconds'::interval AND vehicles.state = 'non_contactable') THEN 'not_heard_of' END, CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '7 days 0.000000 seconds'::interval AND vehicles.state = 'available' OR vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'idle' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '7 days 0.000000 seconds'::interval AND vehicles.state = 'reserved') THEN 'idle' END, CASE WHEN (vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'out_of_service' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '3 days 0.000000 seconds'::interval AND vehicles.state = 'non_operational') THEN 'out_of_service' END, CASE WHEN (EXISTS (SELECT vehicle_alerts.region, vehicle_alerts.vehicle_id, vehicle_alerts.kind, vehicle_alerts.city, vehicle_alerts.value, vehicle_alerts.since
FROM vehicle_alerts
WHERE vehicle_alerts.region = vehicles.region AND vehicle_alerts.vehicle_id = vehicles.id AND vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'short_rides' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'short_rides' AND vehicle_alerts.value >= 3)) THEN 'short_rides' END, CASE WHEN (EXISTS (SELECT vehicle_alerts.region, vehicle_alerts.vehicle_id, vehicle_alerts.kind, vehicle_alerts.city, vehicle_alerts.value, vehicle_alerts.since
FROM vehicle_alerts
WHERE vehicle_alerts.region = vehicles.region AND vehicle_alerts.vehicle_id = vehicles.id AND vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'reserved_often' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'reserved_often' AND vehicle_alerts.value >= 3)) THEN 'reserved_often' END, CASE WHEN (EXISTS (SELECT vehicle_alerts.region, vehicle_alerts.vehicle_id, vehicle_alerts.kind, vehicle_alerts.city, vehicle_alerts.value, vehicle_alerts.since
FROM vehicle_alerts
WHERE vehicle_alerts.region = vehicles.region AND vehicle_alerts.vehicle_id = vehicles.id AND vehicle_alerts.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_alerts.city IN ('new york', 'boston') AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicle_alerts.region AND vehicle_alert_mutes.vehicle_id = vehicle_alerts.vehicle_id AND vehicle_alert_mutes.kind = 'outside_area' AND vehicle_alert_mutes.until > now())) AND vehicle_alerts.kind = 'outside_area' AND vehicle_alerts.value >= 100)) THEN 'outside_area' END], NULL) AS alerts, users_1.region AS region_11, users_1.id AS id_3, users_1.city AS city_11, users_1.username AS username_1, users_1.email AS email_1, users_1.first_name AS first_name_1, users_1.last_name AS last_name_1, users_1.password_hash AS password_hash_1, users_1.created_at AS created_at_3, users_1.email_confirmed_at AS email_confirmed_at_1, users_1.disabled_at AS disabled_at_1, users_1.deleted_at AS deleted_at_1
FROM vehicles LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, row_number() OVER (ORDER BY reports.created_at DESC, reports.id ASC) AS row_number
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY reports.created_at DESC, reports.id ASC
 LIMIT 10) AS anon_3 FULL OUTER JOIN (SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.compacted_count AS compacted_count, vehicle_events.city AS city, vehicle_events.occurred_at AS occurred_at, vehicle_events.recorded_at AS recorded_at, vehicle_events.state AS state, vehicle_events.event_types AS event_types, vehicle_events.lat AS lat, vehicle_events.lon AS lon, vehicle_events.battery_percent AS battery_percent, vehicle_events.ride_id AS ride_id, vehicle_events.cause AS cause, vehicle_events.action AS action, vehicle_events.action_id AS action_id, vehicle_events.actor_region AS actor_region, vehicle_events.actor_id AS actor_id, vehicle_events.note AS note, row_number() OVER (ORDER BY vehicle_events.number DESC) AS row_number
FROM vehicle_events
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY vehicle_events.number DESC
 LIMIT 30) AS anon_4 ON anon_3.row_number = anon_4.row_number) ON true LEFT OUTER JOIN users ON users.region = anon_4.actor_region AND users.id = anon_4.actor_id AND users.deleted_at IS NULL AND (anon_4.cause = 'staff' OR vehicles.city IN (NULL) AND (1 != 1)) LEFT OUTER JOIN users AS users_1 ON users_1.region = vehicles.owner_region AND users_1.id = vehicles.owner_id AND users_1.deleted_at IS NULL AND vehicles.city IN (NULL) AND (1 != 1)
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY coalesce(anon_3.row_number, anon_4.row_number);

-- change service targets
WITH old_values AS
(SELECT cities.first_action_target_s AS first_action_target_s, cities.answer_target_s AS answer_target_s
FROM cities
WHERE cities.name = 'new york'),
changed_city AS
(UPDATE cities SET first_action_target_s=14400, answer_target_s=NULL WHERE cities.name = 'new york' AND (cities.first_action_target_s IS DISTINCT FROM 14400 OR cities.answer_target_s IS DISTINCT FROM NULL) RETURNING cities.name),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.service_targets_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('first_action_target_s', old_values.first_action_target_s, 'answer_target_s', old_values.answer_target_s) AS jsonb_build_object_1
FROM old_values), 'after', '{"first_action_target_s": 14400, "answer_target_s": null}'::JSONB) AS details
FROM changed_city ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_city.name
FROM changed_city;

-- overdue reports
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.reporter_region, anon_1.reporter_id, anon_1.kind, anon_1.critical, anon_1.note, anon_1.language, anon_1.state, anon_1.answer, anon_1.created_at, anon_1.answered_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.due_at, anon_1.state IN ('new', 'in_progress') AND anon_1.due_at < now() AS anon_2, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_2, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_2, vehicles_1.changed_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN ((SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '0 days 7200.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'new' AND reports.created_at < now() - '0 days 7200.000000 seconds'::interval AND (reports.created_at, reports.id) > ('2026-06-30T22:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6) UNION ALL (SELECT reports.region AS region, reports.id AS id, reports.city AS city, reports.vehicle_id AS vehicle_id, reports.reporter_region AS reporter_region, reports.reporter_id AS reporter_id, reports.kind AS kind, reports.critical AS critical, reports.note AS note, reports.language AS language, reports.state AS state, reports.answer AS answer, reports.created_at AS created_at, reports.answered_at AS answered_at, reports.assignee_region AS assignee_region, reports.assignee_id AS assignee_id, reports.first_action_at AS first_action_at, reports.created_at + '1 days 0.000000 seconds'::interval AS due_at
FROM reports
WHERE reports.region = CAST('us-east1' AS crdb_internal_region) AND reports.city = 'new york' AND reports.state = 'in_progress' AND reports.created_at < now() - '1 days 0.000000 seconds'::interval AND (reports.created_at, reports.id) > ('2026-06-30T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY reports.created_at, reports.id
 LIMIT 6)) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_1.region AND vehicles_1.id = anon_1.vehicle_id ORDER BY anon_1.due_at, anon_1.id
 LIMIT 6;

-- overdue disputes
SELECT anon_1.region, anon_1.ride_id, anon_1.city, anon_1.state, anon_1.refunded, anon_1.language, anon_1.opened_at, anon_1.changed_at, anon_1.assignee_region, anon_1.assignee_id, anon_1.first_action_at, anon_1.answered_at, anon_1.is_overdue, service_times.first_action_50, service_times.first_action_90, service_times.answer_50, service_times.answer_90, users_1.region AS region_1, users_1.id, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at, users_1.email_confirmed_at, users_1.disabled_at, users_1.deleted_at, vehicles_1.region AS region_2, vehicles_1.id AS id_1, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state AS state_1, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at AS changed_at_1, rides_1.region AS region_3, rides_1.id AS id_2, rides_1.city AS city_3, rides_1.vehicle_id, rides_1.rider_region, rides_1.rider_id, rides_1.started_at, rides_1.start_address, rides_1.start_lat, rides_1.start_lon, rides_1.ended_at, rides_1.end_address, rides_1.end_lat, rides_1.end_lon, rides_1.plan_id, rides_1.paused_at, rides_1.paused_s, rides_1.distance_m, rides_1.price, rides_1.currency, rides_1.price_lines, rides_1.end_reason, rides_1.charged_until, rides_1.rating, rides_1.rating_note, rides_1.reminded_at, rides_1.overdue_at
FROM (SELECT CAST(NULL AS INTERVAL) AS first_action_50, CAST(NULL AS INTERVAL) AS first_action_90, CAST(NULL AS INTERVAL) AS answer_50, CAST(NULL AS INTERVAL) AS answer_90) AS service_times LEFT OUTER JOIN (SELECT disputes.region AS region, disputes.ride_id AS ride_id, disputes.city AS city, disputes.state AS state, disputes.refunded AS refunded, disputes.language AS language, disputes.opened_at AS opened_at, disputes.changed_at AS changed_at, disputes.assignee_region AS assignee_region, disputes.assignee_id AS assignee_id, disputes.first_action_at AS first_action_at, disputes.answered_at AS answered_at, disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) AS is_overdue
FROM disputes
WHERE disputes.region = CAST('us-east1' AS crdb_internal_region) AND disputes.city = 'new york' AND disputes.state = 'open' AND (disputes.changed_at, disputes.ride_id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND disputes.state = 'open' AND (disputes.first_action_at IS NULL AND disputes.opened_at + '0 days 7200.000000 seconds'::interval < now() OR disputes.changed_at + '1 days 0.000000 seconds'::interval < now()) ORDER BY disputes.changed_at, disputes.ride_id
 LIMIT 6) AS anon_1 ON true LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.assignee_region AND users_1.id = anon_1.assignee_id AND users_1.deleted_at IS NULL LEFT OUTER JOIN rides AS rides_1 ON rides_1.region = anon_1.region AND rides_1.id = anon_1.ride_id LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides_1.region AND vehicles_1.id = rides_1.vehicle_id ORDER BY anon_1.changed_at, anon_1.ride_id;

-- add a saved reply
WITH added_reply AS
(INSERT INTO saved_replies (id, city, queue, language, title, text) SELECT 'bf1be56f-609c-5fa8-a084-566f4ff8b093'::uuid::UUID AS anon_1, 'new york' AS anon_2, 'reports' AS anon_3, 'en' AS anon_4, 'Thanks' AS anon_5, 'Hi {first_name}' AS anon_6
WHERE (SELECT count(*) AS count_1
FROM saved_replies AS others
WHERE others.city IS NOT DISTINCT FROM 'new york') < 100 ON CONFLICT DO NOTHING RETURNING saved_replies.id, saved_replies.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.saved_reply_added' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city ' || added_reply.city AS subject, added_reply.city AS city, NULL AS address, NULL::UUID AS request_id, '{"before": null, "after": {"queue": "reports", "language": "en", "title": "Thanks", "text": "Hi {first_name}"}, "reply": "bf1be56f-609c-5fa8-a084-566f4ff8b093"}'::JSONB AS details
FROM added_reply ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT added_reply.id
FROM added_reply;

-- change a saved reply
WITH old_values AS
(SELECT saved_replies.queue AS queue, saved_replies.language AS language, saved_replies.title AS title, saved_replies.text AS text
FROM saved_replies
WHERE saved_replies.id = '00000000-0000-0000-0000-00000000001e'::uuid::UUID),
changed_reply AS
(UPDATE saved_replies SET queue='reports', language='en', title='Thanks', text='Hi {first_name}' WHERE saved_replies.id = '00000000-0000-0000-0000-00000000001e'::uuid::UUID AND saved_replies.city IN (NULL) AND (1 != 1) RETURNING saved_replies.id, saved_replies.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.saved_reply_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city ' || changed_reply.city AS subject, changed_reply.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('queue', old_values.queue, 'language', old_values.language, 'title', old_values.title, 'text', old_values.text) AS jsonb_build_object_1
FROM old_values), 'after', '{"queue": "reports", "language": "en", "title": "Thanks", "text": "Hi {first_name}"}'::JSONB, 'reply', '00000000-0000-0000-0000-00000000001e') AS details
FROM changed_reply ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_reply.id
FROM changed_reply;

-- remove a saved reply
WITH removed_reply AS
(DELETE FROM saved_replies WHERE saved_replies.id = '00000000-0000-0000-0000-00000000001e'::uuid::UUID AND saved_replies.city IN (NULL) AND (1 != 1) RETURNING saved_replies.id, saved_replies.city, saved_replies.queue, saved_replies.language, saved_replies.title, saved_replies.text),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.saved_reply_removed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city ' || removed_reply.city AS subject, removed_reply.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('queue', removed_reply.queue, 'language', removed_reply.language, 'title', removed_reply.title, 'text', removed_reply.text) AS jsonb_build_object_1
FROM removed_reply), 'after', NULL, 'reply', '00000000-0000-0000-0000-00000000001e') AS details
FROM removed_reply ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT removed_reply.id
FROM removed_reply;

-- saved replies of a city
SELECT saved_replies.id, saved_replies.city, saved_replies.queue, saved_replies.language, saved_replies.title, saved_replies.text
FROM saved_replies
WHERE saved_replies.city = 'new york' OR saved_replies.city IS NULL ORDER BY saved_replies.title, saved_replies.id;

-- a saved reply
SELECT saved_replies.id, saved_replies.city, saved_replies.queue, saved_replies.language, saved_replies.title, saved_replies.text
FROM saved_replies
WHERE saved_replies.id = '00000000-0000-0000-0000-00000000001e'::uuid::UUID;

-- what a vehicle has earned and cost
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, anon_1.month, anon_1.currency, anon_1.part, anon_1.rides, anon_1.revenue, anon_1.refunds, anon_1.tasks, anon_1.minutes, anon_1.parts, anon_1.part_costs
FROM vehicles LEFT OUTER JOIN (SELECT date_trunc('month', timezone(cities.timezone, rides.started_at)) AS month, CAST(rides.currency AS VARCHAR(3)) AS currency, CAST(NULL AS VARCHAR) AS part, CAST(count(*) AS BIGINT) AS rides, CAST(sum(rides.price) AS BIGINT) AS revenue, CAST(sum(disputes.refunded) AS BIGINT) AS refunds, CAST(NULL AS BIGINT) AS tasks, CAST(NULL AS BIGINT) AS minutes, CAST(NULL AS BIGINT) AS parts, CAST(NULL AS BIGINT) AS part_costs
FROM rides JOIN cities ON cities.name = rides.city LEFT OUTER JOIN disputes ON disputes.region = rides.region AND disputes.ride_id = rides.id
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND rides.started_at > '2026-07-01T00:00:00+00:00'::timestamptz AND rides.ended_at IS NOT NULL AND cities.name IN ('new york') GROUP BY date_trunc('month', timezone(cities.timezone, rides.started_at)), rides.currency UNION ALL SELECT date_trunc('month', timezone(cities.timezone, tasks.closed_at)) AS month, CAST(NULL AS VARCHAR(3)) AS currency, CAST(NULL AS VARCHAR) AS part, CAST(NULL AS BIGINT) AS rides, CAST(NULL AS BIGINT) AS revenue, CAST(NULL AS BIGINT) AS refunds, CAST(count(*) AS BIGINT) AS tasks, CAST(sum(tasks.minutes) AS BIGINT) AS minutes, CAST(NULL AS BIGINT) AS parts, CAST(NULL AS BIGINT) AS part_costs
FROM tasks JOIN cities ON cities.name = tasks.city
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND tasks.state = 'done' AND tasks.closed_at > '2026-07-01T00:00:00+00:00'::timestamptz AND cities.name IN ('new york') GROUP BY date_trunc('month', timezone(cities.timezone, tasks.closed_at)) UNION ALL SELECT date_trunc('month', timezone(cities.timezone, tasks.closed_at)) AS month, CAST(task_parts.currency AS VARCHAR(3)) AS currency, CAST(task_parts.name AS VARCHAR) AS part, CAST(NULL AS BIGINT) AS rides, CAST(NULL AS BIGINT) AS revenue, CAST(NULL AS BIGINT) AS refunds, CAST(NULL AS BIGINT) AS tasks, CAST(NULL AS BIGINT) AS minutes, CAST(sum(task_parts.count) AS BIGINT) AS parts, CAST(sum(task_parts.cost) AS BIGINT) AS part_costs
FROM tasks JOIN cities ON cities.name = tasks.city JOIN task_parts ON task_parts.region = tasks.region AND task_parts.task_id = tasks.id
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.vehicle_id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND tasks.state = 'done' AND tasks.closed_at > '2026-07-01T00:00:00+00:00'::timestamptz AND cities.name IN ('new york') GROUP BY date_trunc('month', timezone(cities.timezone, tasks.closed_at)), task_parts.name, task_parts.currency) AS anon_1 ON true
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID;

-- subscribe to a feed
WITH added AS
(INSERT INTO feed_subscriptions (region, id, city, source, digest, access, allows_private, default_type, period_s) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000012'::uuid::UUID, 'new york', 'a.example/gbfs.json', 'd1', 'sealed', false, NULL, 300) ON CONFLICT (region, city, digest) DO NOTHING RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT added.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'feed.subscribed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'feed ' || CAST(added.region AS VARCHAR) || '.' || CAST(added.id AS VARCHAR) AS subject, added.city AS city, NULL AS address, NULL::UUID AS request_id, '{"before": null, "after": {"source": "a.example/gbfs.json", "period_s": 300}}'::JSONB AS details
FROM added ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT added.id
FROM added;

-- pause a feed
WITH changed AS
(UPDATE feed_subscriptions SET due_at=now(), paused_at=now() WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_subscriptions.paused_at IS NULL RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT changed.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'feed.paused' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'feed ' || CAST(changed.region AS VARCHAR) || '.' || CAST(changed.id AS VARCHAR) AS subject, changed.city AS city, NULL AS address, NULL::UUID AS request_id, '{"before": {"is_paused": false}, "after": {"is_paused": true}}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- resume a feed
WITH changed AS
(UPDATE feed_subscriptions SET due_at=now(), paused_at=NULL WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_subscriptions.paused_at IS NOT NULL RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT changed.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'feed.resumed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'feed ' || CAST(changed.region AS VARCHAR) || '.' || CAST(changed.id AS VARCHAR) AS subject, changed.city AS city, NULL AS address, NULL::UUID AS request_id, '{"before": {"is_paused": true}, "after": {"is_paused": false}}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- remove a feed
DELETE FROM feed_runs WHERE feed_runs.region = CAST('us-east1' AS crdb_internal_region) AND feed_runs.subscription_id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_runs.id IN (SELECT feed_runs.id
FROM feed_runs
WHERE feed_runs.region = CAST('us-east1' AS crdb_internal_region) AND feed_runs.subscription_id = '00000000-0000-0000-0000-000000000012'::uuid::UUID
 LIMIT 500) RETURNING feed_runs.id;

-- write the jobs of feeds that are due
WITH due AS
(UPDATE feed_subscriptions SET due_at=greatest(feed_subscriptions.due_at, now()), run_id=gen_random_uuid(), run_until=(greatest(feed_subscriptions.due_at, now()) + '1 days 0.000000 seconds'::interval), failures=(feed_subscriptions.failures + CASE WHEN (feed_subscriptions.run_until <= now()) THEN 1 ELSE 0 END), last_result=CASE WHEN (feed_subscriptions.run_until <= now()) THEN 'failed' ELSE feed_subscriptions.last_result END, problem=CASE WHEN (feed_subscriptions.run_until <= now()) THEN 'The run did not end: its worker was stopped, it took too long, or no worker began it.' ELSE feed_subscriptions.problem END WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id IN (SELECT feed_subscriptions.id
FROM feed_subscriptions
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.paused_at IS NULL AND feed_subscriptions.due_at <= now() + '0 days 75.000000 seconds'::interval AND (feed_subscriptions.run_until IS NULL OR feed_subscriptions.run_until <= now() OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = feed_subscriptions.region AND jobs.id = feed_subscriptions.run_id AND jobs.done_at IS NULL AND jobs.failed_at IS NULL))) ORDER BY feed_subscriptions.due_at
 LIMIT 100) AND (feed_subscriptions.run_until IS NULL OR feed_subscriptions.run_until <= now() OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = feed_subscriptions.region AND jobs.id = feed_subscriptions.run_id AND jobs.done_at IS NULL AND jobs.failed_at IS NULL))) RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.run_id, feed_subscriptions.due_at),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT due.region AS region, due.run_id AS run_id, 'feed_import' AS anon_1, jsonb_build_object('region', CAST(due.region AS VARCHAR), 'id', CAST(due.id AS VARCHAR)) AS jsonb_build_object_1, 2 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, due.due_at AS due_at, NULL::UUID AS anon_5, NULL AS anon_6
FROM due ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT due.id
FROM due;

-- run a feed now
WITH reserved AS
(UPDATE feed_subscriptions SET run_id='00000000-0000-0000-0000-000000000013'::uuid::UUID, run_until=(now() + '1 days 0.000000 seconds'::interval) WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND (feed_subscriptions.paused_at IS NULL AND (feed_subscriptions.run_until IS NULL OR feed_subscriptions.run_until <= now() OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = feed_subscriptions.region AND jobs.id = feed_subscriptions.run_id AND jobs.done_at IS NULL AND jobs.failed_at IS NULL))) OR feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID) RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.run_id, feed_subscriptions.city),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT reserved.region AS region, reserved.run_id AS run_id, 'feed_import' AS anon_1, jsonb_build_object('region', CAST(reserved.region AS VARCHAR), 'id', CAST(reserved.id AS VARCHAR)) AS jsonb_build_object_1, 2 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM reserved ON CONFLICT DO NOTHING RETURNING jobs.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT reserved.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'feed.run_requested' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'feed us-east1.00000000-0000-0000-0000-000000000012' AS subject, reserved.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM reserved ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT reserved.id
FROM reserved;

-- run a feed by a command
WITH reserved AS
(UPDATE feed_subscriptions SET run_id='00000000-0000-0000-0000-000000000013'::uuid::UUID, run_until=(now() + '0 days 1200.000000 seconds'::interval) WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND (feed_subscriptions.run_until IS NULL OR feed_subscriptions.run_until <= now() OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = feed_subscriptions.region AND jobs.id = feed_subscriptions.run_id AND jobs.done_at IS NULL AND jobs.failed_at IS NULL)) OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval OR feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID) RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.run_id, feed_subscriptions.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT reserved.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'feed.run_requested' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'feed us-east1.00000000-0000-0000-0000-000000000012' AS subject, reserved.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM reserved ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT reserved.id
FROM reserved;

-- keep workers from running a feed
UPDATE feed_subscriptions SET run_id='00000000-0000-0000-0000-000000000013'::uuid::UUID, run_until=(now() + '0 days 1200.000000 seconds'::interval) WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND (feed_subscriptions.run_until IS NULL OR feed_subscriptions.run_until <= now() OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = feed_subscriptions.region AND jobs.id = feed_subscriptions.run_id AND jobs.done_at IS NULL AND jobs.failed_at IS NULL)) OR feed_subscriptions.run_until > now() + '0 days 2400.000000 seconds'::interval OR feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID) RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.run_id, feed_subscriptions.city;

-- give back the run of a feed
UPDATE feed_subscriptions SET run_id=NULL, run_until=NULL WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID RETURNING feed_subscriptions.id;

-- begin the run of a feed
UPDATE feed_subscriptions SET run_id=CASE WHEN (feed_subscriptions.paused_at IS NULL) THEN feed_subscriptions.run_id ELSE NULL END, run_until=CASE WHEN (feed_subscriptions.paused_at IS NULL) THEN now() + '0 days 1200.000000 seconds'::interval ELSE NULL END WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID RETURNING feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.digest, feed_subscriptions.access, feed_subscriptions.allows_private, feed_subscriptions.default_type, feed_subscriptions.period_s, feed_subscriptions.created_at, feed_subscriptions.due_at, feed_subscriptions.run_id, feed_subscriptions.run_until, feed_subscriptions.paused_at, feed_subscriptions.failures, feed_subscriptions.last_run_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.problem, feed_subscriptions.system, feed_subscriptions.vehicle_count, feed_subscriptions.ttl_s, feed_subscriptions.versions, feed_subscriptions.read_at;

-- end the run of a feed
WITH recorded AS
(INSERT INTO feed_runs (region, id, subscription_id, duration_ms, result, problem, new_count) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000013'::uuid::UUID AS anon_2, '00000000-0000-0000-0000-000000000012'::uuid::UUID AS anon_3, 420 AS anon_4, 'imported' AS anon_5, '' AS anon_6, 3 AS anon_7
FROM feed_subscriptions
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID ON CONFLICT DO NOTHING RETURNING feed_runs.id),
changed AS
(UPDATE feed_subscriptions SET due_at=(now() + '0 days 300.000000 seconds'::interval), run_id=NULL, run_until=NULL, failures=0 WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND feed_subscriptions.run_id = '00000000-0000-0000-0000-000000000013'::uuid::UUID RETURNING feed_subscriptions.id)
 SELECT changed.id
FROM changed;

-- the subscribed feeds of some cities
SELECT feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.digest, feed_subscriptions.allows_private, feed_subscriptions.default_type, feed_subscriptions.period_s, feed_subscriptions.created_at, feed_subscriptions.due_at, feed_subscriptions.run_id, feed_subscriptions.run_until, feed_subscriptions.paused_at, feed_subscriptions.failures, feed_subscriptions.last_run_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.problem, feed_subscriptions.system, feed_subscriptions.vehicle_count, feed_subscriptions.ttl_s, feed_subscriptions.read_at
FROM feed_subscriptions
WHERE feed_subscriptions.region IN (CAST('us-east1' AS crdb_internal_region)) AND feed_subscriptions.city IN ('new york') AND (feed_subscriptions.created_at, feed_subscriptions.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY feed_subscriptions.created_at, feed_subscriptions.id
 LIMIT 6;

-- the feeds of all cities
SELECT feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.digest, feed_subscriptions.access, feed_subscriptions.allows_private, feed_subscriptions.default_type, feed_subscriptions.period_s, feed_subscriptions.created_at, feed_subscriptions.due_at, feed_subscriptions.run_id, feed_subscriptions.run_until, feed_subscriptions.paused_at, feed_subscriptions.failures, feed_subscriptions.last_run_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.problem, feed_subscriptions.system, feed_subscriptions.vehicle_count, feed_subscriptions.ttl_s, feed_subscriptions.versions, feed_subscriptions.read_at
FROM feed_subscriptions
WHERE feed_subscriptions.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) ORDER BY feed_subscriptions.city, feed_subscriptions.created_at
 LIMIT 1000;

-- a feed
SELECT feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.digest, feed_subscriptions.access, feed_subscriptions.allows_private, feed_subscriptions.default_type, feed_subscriptions.period_s, feed_subscriptions.created_at, feed_subscriptions.due_at, feed_subscriptions.run_id, feed_subscriptions.run_until, feed_subscriptions.paused_at, feed_subscriptions.failures, feed_subscriptions.last_run_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.problem, feed_subscriptions.system, feed_subscriptions.vehicle_count, feed_subscriptions.ttl_s, feed_subscriptions.versions, feed_subscriptions.read_at
FROM feed_subscriptions
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID;

-- the city of a feed
SELECT feed_subscriptions.city
FROM feed_subscriptions
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID;

-- the runs of a feed
SELECT feed_subscriptions.region, feed_subscriptions.id, feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.digest, feed_subscriptions.allows_private, feed_subscriptions.default_type, feed_subscriptions.period_s, feed_subscriptions.created_at, feed_subscriptions.due_at, feed_subscriptions.run_id, feed_subscriptions.run_until, feed_subscriptions.paused_at, feed_subscriptions.failures, feed_subscriptions.last_run_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.problem, feed_subscriptions.system, feed_subscriptions.vehicle_count, feed_subscriptions.ttl_s, feed_subscriptions.read_at, anon_1.region AS region_1, anon_1.id AS id_1, anon_1.subscription_id, anon_1.ended_at, anon_1.duration_ms, anon_1.result, anon_1.problem AS problem_1, anon_1.new_count, anon_1.updated_count, anon_1.missing_count, anon_1.skipped_count
FROM feed_subscriptions LEFT OUTER JOIN (SELECT feed_runs.region AS region, feed_runs.id AS id, feed_runs.subscription_id AS subscription_id, feed_runs.ended_at AS ended_at, feed_runs.duration_ms AS duration_ms, feed_runs.result AS result, feed_runs.problem AS problem, feed_runs.new_count AS new_count, feed_runs.updated_count AS updated_count, feed_runs.missing_count AS missing_count, feed_runs.skipped_count AS skipped_count
FROM feed_runs
WHERE feed_runs.region = CAST('us-east1' AS crdb_internal_region) AND feed_runs.subscription_id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND (feed_runs.ended_at, feed_runs.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY feed_runs.ended_at DESC, feed_runs.id DESC
 LIMIT 6) AS anon_1 ON true
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region) AND feed_subscriptions.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID ORDER BY anon_1.ended_at DESC NULLS LAST, anon_1.id DESC NULLS LAST;

-- the health of feeds
SELECT feed_subscriptions.city, feed_subscriptions.source, feed_subscriptions.problem, feed_subscriptions.created_at, feed_subscriptions.paused_at, feed_subscriptions.last_success_at, feed_subscriptions.last_result, feed_subscriptions.failures, feed_subscriptions.period_s, feed_subscriptions.ttl_s
FROM feed_subscriptions
WHERE feed_subscriptions.region = CAST('us-east1' AS crdb_internal_region)
 LIMIT 1000;

-- anonymise the tasks of a deleted account
UPDATE tasks SET state='open', assignee_region=NULL, assignee_id=NULL, assigned_at=NULL, started_at=NULL WHERE tasks.region = CAST('europe-west1' AS crdb_internal_region) AND (tasks.region, tasks.id) IN (SELECT tasks.region, tasks.id
FROM tasks
WHERE tasks.region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.state IN ('open', 'in_progress')
 LIMIT 500) RETURNING tasks.id;

-- make a task
WITH added_task AS
(INSERT INTO tasks (region, city, vehicle_id, creator_region, id, kind, own_kind, priority, source, trigger, report_id, note, creator_id) SELECT vehicles.region AS region, vehicles.city AS city, vehicles.id AS id, CAST('europe-west1' AS crdb_internal_region) AS anon_1, 'bf1be56f-609c-5fa8-a084-566f4ff8b093'::uuid::UUID AS anon_2, 'repair' AS anon_3, '' AS anon_4, 2 AS anon_5, 'report' AS anon_6, NULL AS anon_7, '00000000-0000-0000-0000-00000000000a'::uuid::UUID AS anon_8, '' AS anon_9, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_10
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.city IN (NULL) AND (1 != 1) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.id = '00000000-0000-0000-0000-00000000000a'::uuid::UUID AND reports.vehicle_id = vehicles.id)) ON CONFLICT DO NOTHING RETURNING tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.added' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.bf1be56f-609c-5fa8-a084-566f4ff8b093' AS subject, added_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{"task": "repair"}'::JSONB AS details
FROM added_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT added_task.id
FROM added_task;

-- assign a task
WITH changed_task AS
(UPDATE tasks SET state='open', assignee_region=CAST('europe-west1' AS crdb_internal_region), assignee_id='00000000-0000-0000-0000-000000000001'::uuid::UUID, assigned_at=now(), started_at=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN (NULL) AND (1 != 1) AND tasks.state IN ('open', 'in_progress') AND tasks.assignee_region IS NOT DISTINCT FROM NULL AND tasks.assignee_id IS NOT DISTINCT FROM NULL AND tasks.assignee_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT users.id
FROM users JOIN grants ON grants.region = users.region AND grants.user_id = users.id
WHERE grants."role" IN ('mechanic', 'fleet', 'admin') AND (grants.cities IS NULL OR tasks.city = ANY (grants.cities)) AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID)) AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.assigned' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- take a task from somebody
WITH changed_task AS
(UPDATE tasks SET state='open', assignee_region=NULL, assignee_id=NULL, assigned_at=NULL, started_at=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN (NULL) AND (1 != 1) AND tasks.state IN ('open', 'in_progress') AND tasks.assignee_region IS NOT DISTINCT FROM CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id IS NOT DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.assignee_id IS DISTINCT FROM NULL AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.assigned' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- cancel a task
WITH changed_task AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id='fd3c6bad-c7f7-537b-8dcc-7efcfdf18a4f'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN (NULL) AND (1 != 1) AND tasks.state IN ('open', 'in_progress') AND tasks.last_act_id IS DISTINCT FROM 'fd3c6bad-c7f7-537b-8dcc-7efcfdf18a4f'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.cancelled' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- take a task
WITH changed_task AS
(UPDATE tasks SET state='open', assignee_region=CAST('europe-west1' AS crdb_internal_region), assignee_id='00000000-0000-0000-0000-000000000001'::uuid::UUID, assigned_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), started_at=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state IN ('open', 'in_progress') AND tasks.assignee_id IS NULL AND (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.region = tasks.region AND vehicles.id = tasks.vehicle_id AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL))) AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.taken' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- give a task back
WITH changed_task AS
(UPDATE tasks SET state='open', assignee_region=NULL, assignee_id=NULL, assigned_at=NULL, started_at=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state IN ('open', 'in_progress') AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.released' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- start a task
WITH changed_task AS
(UPDATE tasks SET state='in_progress', assignee_region=CAST('europe-west1' AS crdb_internal_region), assignee_id='00000000-0000-0000-0000-000000000001'::uuid::UUID, assigned_at=coalesce(tasks.assigned_at, least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval))), started_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND (tasks.state = 'open' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID OR tasks.state IN ('open', 'in_progress') AND tasks.assignee_id IS NULL) AND (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.region = tasks.region AND vehicles.id = tasks.vehicle_id AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.state != 'on_trip')) AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason='maintenance', picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'non_operational' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_7
FROM changed_task)) AND (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state IN ('non_operational', 'missing') AND (vehicles.out_of_service_reason IS NULL OR vehicles.out_of_service_reason = 'battery_low')) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_operational') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'non_operational') THEN ARRAY['reservation_cancel','maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'non_operational') THEN ARRAY['unspecified']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'non_operational') THEN ARRAY['unspecified']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'take_out_of_service' AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_8.region AS region, anon_8.id AS id, anon_8.kind AS kind, anon_8.actor_region AS actor_region, anon_8.actor_id AS actor_id, anon_8.subject AS subject, anon_8.city AS city, anon_8.address AS address, anon_8.request_id AS request_id, anon_8.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.started' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_8 UNION ALL SELECT anon_9.region AS region, anon_9.id AS id, anon_9.kind AS kind, anon_9.actor_region AS actor_region, anon_9.actor_id AS actor_id, anon_9.subject AS subject, anon_9.city AS city, anon_9.address AS address, anon_9.request_id AS request_id, anon_9.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_9 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_task.id
FROM changed_task;

-- finish a task of the kind repair, deployed
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='Done.', minutes=5, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
inserted_task_parts AS
(INSERT INTO task_parts (region, task_id, number, currency, name, count, cost) SELECT changed_task.region AS region, changed_task.id AS id, 1 AS anon_1, 'USD' AS anon_2, 'Bell' AS anon_3, 1 AS anon_4, 500 AS anon_5
FROM changed_task RETURNING task_parts.number),
inserted_task_photos AS
(INSERT INTO task_photos (region, task_id, number, content) SELECT changed_task.region AS region, changed_task.id AS id, 1 AS anon_6, 'jpeg'::bytea AS anon_7
FROM changed_task RETURNING task_photos.number),
changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address='here', lat=40.7, lon= -74.0, cell=470494600, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_8
FROM changed_task)) AND (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'removed' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CASE WHEN (vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state) THEN 'deploy' ELSE 'move' END AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_9.region AS region, anon_9.id AS id, anon_9.kind AS kind, anon_9.actor_region AS actor_region, anon_9.actor_id AS actor_id, anon_9.subject AS subject, anon_9.city AS city, anon_9.address AS address, anon_9.request_id AS request_id, anon_9.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_9 UNION ALL SELECT anon_10.region AS region, anon_10.id AS id, anon_10.kind AS kind, anon_10.actor_region AS actor_region, anon_10.actor_id AS actor_id, anon_10.subject AS subject, anon_10.city AS city, anon_10.address AS address, anon_10.request_id AS request_id, anon_10.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_10 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT coalesce(changed_vehicles.state, vehicles.state) AS state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN changed_vehicles ON true;

-- finish a task of the kind repair, picked_up
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='', minutes=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
changed_vehicles AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=now(), event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'removed' ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_7
FROM changed_task)) AND (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'removed') THEN ARRAY['reservation_cancel','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'removed') THEN ARRAY['located','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'removed') THEN ARRAY['comms_restored','maintenance_pick_up']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'pick_up' AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
picked_up AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id
FROM changed_vehicles
WHERE changed_vehicles.state = 'removed'),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING picked_up WHERE vehicle_alerts.region = picked_up.region AND vehicle_alerts.vehicle_id = picked_up.id RETURNING vehicle_alerts.vehicle_id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_8.region AS region, anon_8.id AS id, anon_8.kind AS kind, anon_8.actor_region AS actor_region, anon_8.actor_id AS actor_id, anon_8.subject AS subject, anon_8.city AS city, anon_8.address AS address, anon_8.request_id AS request_id, anon_8.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_8 UNION ALL SELECT anon_9.region AS region, anon_9.id AS id, anon_9.kind AS kind, anon_9.actor_region AS actor_region, anon_9.actor_id AS actor_id, anon_9.subject AS subject, anon_9.city AS city, anon_9.address AS address, anon_9.request_id AS request_id, anon_9.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_9 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT coalesce(changed_vehicles.state, vehicles.state) AS state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN changed_vehicles ON true;

-- finish a task of the kind repair, unchanged
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='', minutes=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT vehicles.state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID;

-- finish a task of the kind swap_battery, deployed
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='Done.', minutes=5, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
inserted_task_parts AS
(INSERT INTO task_parts (region, task_id, number, currency, name, count, cost) SELECT changed_task.region AS region, changed_task.id AS id, 1 AS anon_1, 'USD' AS anon_2, 'Bell' AS anon_3, 1 AS anon_4, 500 AS anon_5
FROM changed_task RETURNING task_parts.number),
inserted_task_photos AS
(INSERT INTO task_photos (region, task_id, number, content) SELECT changed_task.region AS region, changed_task.id AS id, 1 AS anon_6, 'jpeg'::bytea AS anon_7
FROM changed_task RETURNING task_photos.number),
changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END) THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend') THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, address=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) THEN 'here' ELSE vehicles.address END, lat=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) THEN 40.7 ELSE vehicles.lat END, lon=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) THEN  -74.0 ELSE vehicles.lon END, cell=CASE WHEN (vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) THEN 470494600 ELSE vehicles.cell END, range_m=CASE WHEN (vehicles.battery_percent > 0 AND vehicles.range_m IS NOT NULL) THEN CAST(least(vehicles.range_m * (100 / CAST(CAST(vehicles.battery_percent AS FLOAT) AS FLOAT)), 1000000.0) AS INTEGER) ELSE vehicles.range_m END, battery_percent=100, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_8
FROM changed_task)) AND ((vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human' OR vehicles.state IN ('missing', 'non_contactable', 'non_operational', 'removed') AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress' AND tasks.id != '00000000-0000-0000-0000-000000000014'::uuid::UUID)) AND vehicles.out_of_service_reason IS DISTINCT FROM 'system_suspend' OR (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND (vehicles.state NOT IN ('missing', 'removed'))) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.reason_before = 'battery_low') THEN ARRAY['battery_charged']::VARCHAR[] WHEN (vehicle_transition.state_before = 'removed' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'available') THEN ARRAY['provider_drop_off']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CASE WHEN (vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state) THEN 'deploy' ELSE 'swap_battery' END AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count - 1 AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state_before AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'swap_battery' AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state != vehicle_transition.state_before UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_9.region AS region, anon_9.id AS id, anon_9.kind AS kind, anon_9.actor_region AS actor_region, anon_9.actor_id AS actor_id, anon_9.subject AS subject, anon_9.city AS city, anon_9.address AS address, anon_9.request_id AS request_id, anon_9.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_9 UNION ALL SELECT anon_10.region AS region, anon_10.id AS id, anon_10.kind AS kind, anon_10.actor_region AS actor_region, anon_10.actor_id AS actor_id, anon_10.subject AS subject, anon_10.city AS city, anon_10.address AS address, anon_10.request_id AS request_id, anon_10.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_10 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT coalesce(changed_vehicles.state, vehicles.state) AS state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN changed_vehicles ON true;

-- finish a task of the kind swap_battery, picked_up
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='', minutes=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END) THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, range_m=CASE WHEN (vehicles.battery_percent > 0 AND vehicles.range_m IS NOT NULL) THEN CAST(least(vehicles.range_m * (100 / CAST(CAST(vehicles.battery_percent AS FLOAT) AS FLOAT)), 1000000.0) AS INTEGER) ELSE vehicles.range_m END, battery_percent=100, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_7
FROM changed_task)) AND ((vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human' OR vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'removed') THEN ARRAY['reservation_cancel','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'removed') THEN ARRAY['located','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'removed') THEN ARRAY['comms_restored','maintenance_pick_up']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, CASE WHEN (vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state) THEN 'pick_up' ELSE 'swap_battery' END AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count - 1 AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state_before AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'swap_battery' AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state != vehicle_transition.state_before UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
picked_up AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id
FROM changed_vehicles
WHERE changed_vehicles.state = 'removed'),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING picked_up WHERE vehicle_alerts.region = picked_up.region AND vehicle_alerts.vehicle_id = picked_up.id RETURNING vehicle_alerts.vehicle_id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_8.region AS region, anon_8.id AS id, anon_8.kind AS kind, anon_8.actor_region AS actor_region, anon_8.actor_id AS actor_id, anon_8.subject AS subject, anon_8.city AS city, anon_8.address AS address, anon_8.request_id AS request_id, anon_8.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_8 UNION ALL SELECT anon_9.region AS region, anon_9.id AS id, anon_9.kind AS kind, anon_9.actor_region AS actor_region, anon_9.actor_id AS actor_id, anon_9.subject AS subject, anon_9.city AS city, anon_9.address AS address, anon_9.request_id AS request_id, anon_9.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_9 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT coalesce(changed_vehicles.state, vehicles.state) AS state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN changed_vehicles ON true;

-- finish a task of the kind swap_battery, unchanged
WITH changed_task AS
(UPDATE tasks SET state='done', closed_at=least(now(), greatest('2026-07-01T00:00:00+00:00'::timestamptz, now() - '0 days 7200.000000 seconds'::interval)), outcome_note='', minutes=NULL, last_act_id='00000000-0000-0000-0000-000000000015'::uuid::UUID WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND tasks.city IN ('new york') AND tasks.state = 'in_progress' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.last_act_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000015'::uuid::UUID RETURNING tasks.region, tasks.id, tasks.city),
changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (vehicles.out_of_service_reason = 'battery_low') THEN 'maintenance' ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, range_m=CASE WHEN (vehicles.battery_percent > 0 AND vehicles.range_m IS NOT NULL) THEN CAST(least(vehicles.range_m * (100 / CAST(CAST(vehicles.battery_percent AS FLOAT) AS FLOAT)), 1000000.0) AS INTEGER) ELSE vehicles.range_m END, battery_percent=100, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND (EXISTS (SELECT 1 AS anon_1
FROM changed_task)) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human' AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000015'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'swap_battery' AS action, '00000000-0000-0000-0000-000000000015'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_2.region AS region, anon_2.id AS id, anon_2.kind AS kind, anon_2.actor_region AS actor_region, anon_2.actor_id AS actor_id, anon_2.subject AS subject, anon_2.city AS city, anon_2.address AS address, anon_2.request_id AS request_id, anon_2.details AS details
FROM (SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'task.done' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'task us-east1.00000000-0000-0000-0000-000000000014' AS subject, changed_task.city AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed_task) AS anon_2 UNION ALL SELECT anon_3.region AS region, anon_3.id AS id, anon_3.kind AS kind, anon_3.actor_region AS actor_region, anon_3.actor_id AS actor_id, anon_3.subject AS subject, anon_3.city AS city, anon_3.address AS address, anon_3.request_id AS request_id, anon_3.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_3 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT coalesce(changed_vehicles.state, vehicles.state) AS state
FROM changed_task JOIN vehicles ON vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID LEFT OUTER JOIN changed_vehicles ON true;

-- tasks of a city, by priority
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, anon_1.region AS region_1, anon_1.id AS id_1, anon_1.city AS city_1, anon_1.vehicle_id, anon_1.kind, anon_1.own_kind, anon_1.priority, anon_1.state AS state_1, anon_1.source, anon_1.trigger, anon_1.report_id, anon_1.assignee_region, anon_1.assignee_id, anon_1.creator_region, anon_1.creator_id, anon_1.note, anon_1.created_at AS created_at_1, anon_1.assigned_at, anon_1.started_at, anon_1.closed_at, anon_1.outcome_note, anon_1.minutes, anon_1.last_act_id, anon_1.is_own
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.vehicle_id AS vehicle_id, anon_2.kind AS kind, anon_2.own_kind AS own_kind, anon_2.priority AS priority, anon_2.state AS state, anon_2.source AS source, anon_2.trigger AS trigger, anon_2.report_id AS report_id, anon_2.assignee_region AS assignee_region, anon_2.assignee_id AS assignee_id, anon_2.creator_region AS creator_region, anon_2.creator_id AS creator_id, anon_2.note AS note, anon_2.created_at AS created_at, anon_2.assigned_at AS assigned_at, anon_2.started_at AS started_at, anon_2.closed_at AS closed_at, anon_2.outcome_note AS outcome_note, anon_2.minutes AS minutes, anon_2.last_act_id AS last_act_id, anon_2.is_own AS is_own
FROM (SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id, true AS is_own
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.state IN ('open', 'in_progress') ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 50) AS anon_2 UNION ALL SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.vehicle_id AS vehicle_id, anon_3.kind AS kind, anon_3.own_kind AS own_kind, anon_3.priority AS priority, anon_3.state AS state, anon_3.source AS source, anon_3.trigger AS trigger, anon_3.report_id AS report_id, anon_3.assignee_region AS assignee_region, anon_3.assignee_id AS assignee_id, anon_3.creator_region AS creator_region, anon_3.creator_id AS creator_id, anon_3.note AS note, anon_3.created_at AS created_at, anon_3.assigned_at AS assigned_at, anon_3.started_at AS started_at, anon_3.closed_at AS closed_at, anon_3.outcome_note AS outcome_note, anon_3.minutes AS minutes, anon_3.last_act_id AS last_act_id, anon_3.is_own AS is_own
FROM (SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id, false AS is_own
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.state = 'open' AND tasks.assignee_id IS NULL ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 50) AS anon_3) AS anon_1 JOIN vehicles ON vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id
WHERE NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) ORDER BY anon_1.is_own DESC, anon_1.state = 'in_progress' DESC, anon_1.priority, anon_1.created_at, anon_1.id;

-- tasks of a city, the nearest first
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, anon_1.region AS region_1, anon_1.id AS id_1, anon_1.city AS city_1, anon_1.vehicle_id, anon_1.kind, anon_1.own_kind, anon_1.priority, anon_1.state AS state_1, anon_1.source, anon_1.trigger, anon_1.report_id, anon_1.assignee_region, anon_1.assignee_id, anon_1.creator_region, anon_1.creator_id, anon_1.note, anon_1.created_at AS created_at_1, anon_1.assigned_at, anon_1.started_at, anon_1.closed_at, anon_1.outcome_note, anon_1.minutes, anon_1.last_act_id, anon_1.is_own
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.vehicle_id AS vehicle_id, anon_2.kind AS kind, anon_2.own_kind AS own_kind, anon_2.priority AS priority, anon_2.state AS state, anon_2.source AS source, anon_2.trigger AS trigger, anon_2.report_id AS report_id, anon_2.assignee_region AS assignee_region, anon_2.assignee_id AS assignee_id, anon_2.creator_region AS creator_region, anon_2.creator_id AS creator_id, anon_2.note AS note, anon_2.created_at AS created_at, anon_2.assigned_at AS assigned_at, anon_2.started_at AS started_at, anon_2.closed_at AS closed_at, anon_2.outcome_note AS outcome_note, anon_2.minutes AS minutes, anon_2.last_act_id AS last_act_id, anon_2.is_own AS is_own
FROM (SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id, true AS is_own
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.state IN ('open', 'in_progress') ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 50) AS anon_2 UNION ALL SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.vehicle_id AS vehicle_id, anon_3.kind AS kind, anon_3.own_kind AS own_kind, anon_3.priority AS priority, anon_3.state AS state, anon_3.source AS source, anon_3.trigger AS trigger, anon_3.report_id AS report_id, anon_3.assignee_region AS assignee_region, anon_3.assignee_id AS assignee_id, anon_3.creator_region AS creator_region, anon_3.creator_id AS creator_id, anon_3.note AS note, anon_3.created_at AS created_at, anon_3.assigned_at AS assigned_at, anon_3.started_at AS started_at, anon_3.closed_at AS closed_at, anon_3.outcome_note AS outcome_note, anon_3.minutes AS minutes, anon_3.last_act_id AS last_act_id, anon_3.is_own AS is_own
FROM (SELECT anon_4.region AS region, anon_4.id AS id, anon_4.city AS city, anon_4.vehicle_id AS vehicle_id, anon_4.kind AS kind, anon_4.own_kind AS own_kind, anon_4.priority AS priority, anon_4.state AS state, anon_4.source AS source, anon_4.trigger AS trigger, anon_4.report_id AS report_id, anon_4.assignee_region AS assignee_region, anon_4.assignee_id AS assignee_id, anon_4.creator_region AS creator_region, anon_4.creator_id AS creator_id, anon_4.note AS note, anon_4.created_at AS created_at, anon_4.assigned_at AS assigned_at, anon_4.started_at AS started_at, anon_4.closed_at AS closed_at, anon_4.outcome_note AS outcome_note, anon_4.minutes AS minutes, anon_4.last_act_id AS last_act_id, anon_4.is_own AS is_own
FROM (SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id, false AS is_own
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.state = 'open' AND tasks.assignee_id IS NULL AND tasks.kind = 'own' AND tasks.own_kind = 'Wash' ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 1000) AS anon_4 JOIN vehicles ON vehicles.region = anon_4.region AND vehicles.id = anon_4.vehicle_id ORDER BY CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(40.7), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon -  -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) ASC NULLS LAST, anon_4.id
 LIMIT 50) AS anon_3) AS anon_1 JOIN vehicles ON vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id
WHERE NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) ORDER BY anon_1.is_own DESC, anon_1.state = 'in_progress' DESC, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(40.7), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon -  -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) ASC NULLS LAST, anon_1.id;

-- a task
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, tasks.region AS region_1, tasks.id AS id_1, tasks.city AS city_1, tasks.vehicle_id, tasks.kind, tasks.own_kind, tasks.priority, tasks.state AS state_1, tasks.source, tasks.trigger, tasks.report_id, tasks.assignee_region, tasks.assignee_id, tasks.creator_region, tasks.creator_id, tasks.note, tasks.created_at AS created_at_1, tasks.assigned_at, tasks.started_at, tasks.closed_at, tasks.outcome_note, tasks.minutes, tasks.last_act_id, (SELECT tasks_1.id
FROM tasks AS tasks_1 JOIN vehicles AS vehicles_1 ON vehicles_1.region = tasks_1.region AND vehicles_1.id = tasks_1.vehicle_id
WHERE tasks_1.region = tasks.region AND tasks_1.city = tasks.city AND tasks_1.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks_1.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks_1.state IN ('open', 'in_progress') AND tasks_1.id != tasks.id ORDER BY tasks_1.state = 'in_progress' DESC, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles_1.lat - vehicles.lat), 1e-09) * 0.017453292519943295 * 0.5), 2) + cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * cos(greatest(abs(vehicles_1.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles_1.lon - vehicles.lon), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) ASC NULLS LAST, tasks_1.id
 LIMIT 1) AS anon_1, task_parts_1.region AS region_2, task_parts_1.task_id, task_parts_1.number, task_parts_1.name, task_parts_1.count, task_parts_1.cost, task_parts_1.currency, task_photos_1.region AS region_3, task_photos_1.task_id AS task_id_1, task_photos_1.number AS number_1
FROM tasks JOIN vehicles ON vehicles.region = tasks.region AND vehicles.id = tasks.vehicle_id LEFT OUTER JOIN task_parts AS task_parts_1 ON tasks.region = task_parts_1.region AND tasks.id = task_parts_1.task_id LEFT OUTER JOIN task_photos AS task_photos_1 ON tasks.region = task_photos_1.region AND tasks.id = task_photos_1.task_id
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID ORDER BY task_parts_1.number, task_photos_1.number;

-- a photo of a task
SELECT task_photos.content, tasks.city
FROM task_photos JOIN tasks ON tasks.region = task_photos.region AND tasks.id = task_photos.task_id
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.id = '00000000-0000-0000-0000-000000000014'::uuid::UUID AND task_photos.number = 1;

-- a vehicle that gets a task
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, array((SELECT own_task_kinds.name
FROM own_task_kinds
WHERE own_task_kinds.city = vehicles.city ORDER BY own_task_kinds.name)) AS array_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002'::uuid::UUID AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- make the tasks of a rule
INSERT INTO tasks (region, id, city, vehicle_id, kind, own_kind, state, source, trigger) SELECT vehicles.region, gen_random_uuid() AS gen_random_uuid_1, vehicles.city, vehicles.id, 'swap_battery' AS anon_1, '' AS anon_2, 'open' AS anon_3, 'rule' AS anon_4, 'battery_low' AS anon_5
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.state_changed_at < now() - '0 days 3600.000000 seconds'::interval AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 20 AND (vehicles.state NOT IN ('on_trip', 'missing', 'removed', 'elsewhere')) AND (vehicles.state != 'reserved' OR vehicles.reserved_until <= now()) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.kind = 'swap_battery' AND tasks.own_kind = '' AND (tasks.state IN ('open', 'in_progress') OR tasks.created_at >= vehicles.state_changed_at)))
 LIMIT 2000 ON CONFLICT DO NOTHING RETURNING tasks.id;

-- the rules that are on
SELECT task_rules.city, task_rules.trigger, task_rules.is_on, task_rules.minutes, task_rules.battery_percent, task_rules.kind, task_rules.own_kind
FROM task_rules
WHERE task_rules.city IN ('new york') AND task_rules.is_on AND task_rules.trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides', 'reserved_often', 'outside_area');

-- save a rule
WITH old_values AS
(SELECT task_rules.is_on AS is_on, task_rules.minutes AS minutes, task_rules.battery_percent AS battery_percent, task_rules.kind AS kind, task_rules.own_kind AS own_kind
FROM task_rules
WHERE task_rules.city = 'new york' AND task_rules.trigger = 'idle'),
saved_rule AS
(INSERT INTO task_rules (city, trigger, is_on, minutes, battery_percent, kind, own_kind) VALUES ('new york', 'idle', false, 4320, NULL, 'rebalance', '') ON CONFLICT (city, trigger) DO UPDATE SET is_on = false, minutes = 4320, battery_percent = NULL, kind = 'rebalance', own_kind = '' WHERE task_rules.is_on IS DISTINCT FROM false OR task_rules.minutes IS DISTINCT FROM 4320 OR task_rules.battery_percent IS DISTINCT FROM NULL OR task_rules.kind IS DISTINCT FROM 'rebalance' OR task_rules.own_kind IS DISTINCT FROM '' RETURNING task_rules.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.task_rule_changed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('is_on', old_values.is_on, 'minutes', old_values.minutes, 'battery_percent', old_values.battery_percent, 'kind', old_values.kind, 'own_kind', old_values.own_kind) AS jsonb_build_object_1
FROM old_values), 'after', '{"is_on": false, "minutes": 4320, "battery_percent": null, "kind": "rebalance", "own_kind": ""}'::JSONB, 'trigger', 'idle') AS details
FROM saved_rule ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT saved_rule.city
FROM saved_rule;

-- add a kind of tasks
WITH added_kind AS
(INSERT INTO own_task_kinds (city, name) VALUES ('new york', 'Wash') ON CONFLICT DO NOTHING RETURNING own_task_kinds.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.task_kind_added' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"before": null, "after": {"name": "Wash"}}'::JSONB AS details
FROM added_kind ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT added_kind.city
FROM added_kind;

-- remove a kind of tasks
WITH removed_kind AS
(DELETE FROM own_task_kinds WHERE own_task_kinds.city = 'new york' AND own_task_kinds.name = 'Wash' RETURNING own_task_kinds.city),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'fleet.task_kind_removed' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'city new york' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"before": {"name": "Wash"}, "after": null}'::JSONB AS details
FROM removed_kind ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT removed_kind.city
FROM removed_kind;

-- rules and kinds of a city
SELECT task_rules.city, task_rules.trigger, task_rules.is_on, task_rules.minutes, task_rules.battery_percent, task_rules.kind, task_rules.own_kind, array((SELECT own_task_kinds.name
FROM own_task_kinds
WHERE own_task_kinds.city = 'new york' ORDER BY own_task_kinds.name)) AS array_1
FROM (SELECT 1 AS one) AS anon_1 LEFT OUTER JOIN task_rules ON task_rules.city = 'new york';

-- who has which tasks
SELECT anon_1.region, anon_1.id, anon_1.first_name, anon_1.last_name, vehicles.region AS region_1, vehicles.id AS id_1, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at, anon_2.region AS region_2, anon_2.id AS id_2, anon_2.city AS city_1, anon_2.vehicle_id, anon_2.kind, anon_2.own_kind, anon_2.priority, anon_2.state AS state_1, anon_2.source, anon_2.trigger, anon_2.report_id, anon_2.assignee_region, anon_2.assignee_id, anon_2.creator_region, anon_2.creator_id, anon_2.note, anon_2.created_at AS created_at_1, anon_2.assigned_at, anon_2.started_at, anon_2.closed_at, anon_2.outcome_note, anon_2.minutes, anon_2.last_act_id
FROM (SELECT DISTINCT users.region AS region, users.id AS id, users.first_name AS first_name, users.last_name AS last_name
FROM users JOIN grants ON grants.region = users.region AND grants.user_id = users.id
WHERE grants."role" IN ('mechanic', 'fleet', 'admin') AND (grants.cities IS NULL OR 'new york' = ANY (grants.cities)) AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND grants.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND grants."role" != 'admin') AS anon_1 FULL OUTER JOIN (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.vehicle_id AS vehicle_id, anon_3.kind AS kind, anon_3.own_kind AS own_kind, anon_3.priority AS priority, anon_3.state AS state, anon_3.source AS source, anon_3.trigger AS trigger, anon_3.report_id AS report_id, anon_3.assignee_region AS assignee_region, anon_3.assignee_id AS assignee_id, anon_3.creator_region AS creator_region, anon_3.creator_id AS creator_id, anon_3.note AS note, anon_3.created_at AS created_at, anon_3.assigned_at AS assigned_at, anon_3.started_at AS started_at, anon_3.closed_at AS closed_at, anon_3.outcome_note AS outcome_note, anon_3.minutes AS minutes, anon_3.last_act_id AS last_act_id
FROM (SELECT anon_4.region AS region, anon_4.id AS id, anon_4.city AS city, anon_4.vehicle_id AS vehicle_id, anon_4.kind AS kind, anon_4.own_kind AS own_kind, anon_4.priority AS priority, anon_4.state AS state, anon_4.source AS source, anon_4.trigger AS trigger, anon_4.report_id AS report_id, anon_4.assignee_region AS assignee_region, anon_4.assignee_id AS assignee_id, anon_4.creator_region AS creator_region, anon_4.creator_id AS creator_id, anon_4.note AS note, anon_4.created_at AS created_at, anon_4.assigned_at AS assigned_at, anon_4.started_at AS started_at, anon_4.closed_at AS closed_at, anon_4.outcome_note AS outcome_note, anon_4.minutes AS minutes, anon_4.last_act_id AS last_act_id
FROM ((SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.state = 'open' ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 300) UNION ALL (SELECT tasks.region AS region, tasks.id AS id, tasks.city AS city, tasks.vehicle_id AS vehicle_id, tasks.kind AS kind, tasks.own_kind AS own_kind, tasks.priority AS priority, tasks.state AS state, tasks.source AS source, tasks.trigger AS trigger, tasks.report_id AS report_id, tasks.assignee_region AS assignee_region, tasks.assignee_id AS assignee_id, tasks.creator_region AS creator_region, tasks.creator_id AS creator_id, tasks.note AS note, tasks.created_at AS created_at, tasks.assigned_at AS assigned_at, tasks.started_at AS started_at, tasks.closed_at AS closed_at, tasks.outcome_note AS outcome_note, tasks.minutes AS minutes, tasks.last_act_id AS last_act_id
FROM tasks
WHERE tasks.region = CAST('us-east1' AS crdb_internal_region) AND tasks.city = 'new york' AND tasks.state = 'in_progress' ORDER BY tasks.priority, tasks.created_at, tasks.id
 LIMIT 300)) AS anon_4 ORDER BY anon_4.priority, anon_4.created_at, anon_4.id
 LIMIT 300) AS anon_3 JOIN vehicles ON vehicles.region = anon_3.region AND vehicles.id = anon_3.vehicle_id
WHERE NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL)) AS anon_2 ON anon_1.region = anon_2.assignee_region AND anon_1.id = anon_2.assignee_id LEFT OUTER JOIN vehicles ON vehicles.region = anon_2.region AND vehicles.id = anon_2.vehicle_id ORDER BY anon_2.priority NULLS LAST, anon_2.created_at NULLS LAST, anon_2.id NULLS LAST;

-- give a vehicle to an owner
WITH new_owner AS
(SELECT users.region AS region, users.id AS id
FROM users
WHERE users.username = 'ada' AND users.disabled_at IS NULL AND users.deleted_at IS NULL
 LIMIT 1),
changed_vehicles AS
(UPDATE vehicles SET owner_region=(SELECT new_owner.region
FROM new_owner), owner_id=(SELECT new_owner.id
FROM new_owner), state=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND vehicles.city IN ('new york') AND (EXISTS (SELECT new_owner.id
FROM new_owner)) AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'transfer' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
former_owners AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, owned_before.owner_region AS owner_region, owned_before.owner_id AS owner_id
FROM changed_vehicles JOIN LATERAL (SELECT vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS owned_before ON owned_before.owner_id IS DISTINCT FROM (SELECT new_owner.id
FROM new_owner)
WHERE owned_before.owner_id IS NOT NULL),
new_owners AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, new_owner.region AS owner_region, new_owner.id AS owner_id
FROM changed_vehicles JOIN LATERAL (SELECT vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS owned_before ON owned_before.owner_id IS DISTINCT FROM (SELECT new_owner.id
FROM new_owner) JOIN new_owner ON true),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT former_owners.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_owner_changed' AS anon_1, jsonb_build_object('region', CAST(former_owners.region AS VARCHAR), 'id', CAST(former_owners.id AS VARCHAR), 'is_new', false) AS jsonb_build_object_1, 1 AS anon_2, CAST(former_owners.owner_region AS VARCHAR) AS owner_region, former_owners.owner_id AS owner_id, now() AS now_1, NULL::UUID AS anon_3, NULL AS anon_4
FROM former_owners UNION ALL SELECT new_owners.region AS region, gen_random_uuid() AS gen_random_uuid_2, 'vehicle_owner_changed' AS anon_5, jsonb_build_object('region', CAST(new_owners.region AS VARCHAR), 'id', CAST(new_owners.id AS VARCHAR), 'is_new', true) AS jsonb_build_object_5, 1 AS anon_6, CAST(new_owners.owner_region AS VARCHAR) AS owner_region, new_owners.owner_id AS owner_id, now() AS now_2, NULL::UUID AS anon_7, NULL AS anon_8
FROM new_owners ON CONFLICT DO NOTHING RETURNING jobs.id),
owner_role AS
(INSERT INTO grants (region, user_id, "role") SELECT new_owner.region AS region, new_owner.id AS id, 'owner' AS anon_9
FROM new_owner
WHERE EXISTS (SELECT changed_vehicles.id
FROM changed_vehicles) ON CONFLICT (region, user_id, "role") DO UPDATE SET cities = excluded.cities RETURNING grants.user_id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id
FROM changed_vehicles;

-- give a vehicle to the operator
WITH changed_vehicles AS
(UPDATE vehicles SET owner_region=CAST(NULL AS crdb_internal_region), owner_id=NULL::UUID, state=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND vehicles.city IN ('new york') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, '{}'::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'transfer' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
former_owners AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, owned_before.owner_region AS owner_region, owned_before.owner_id AS owner_id
FROM changed_vehicles JOIN LATERAL (SELECT vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS owned_before ON owned_before.owner_id IS DISTINCT FROM NULL
WHERE owned_before.owner_id IS NOT NULL),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT former_owners.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_owner_changed' AS anon_1, jsonb_build_object('region', CAST(former_owners.region AS VARCHAR), 'id', CAST(former_owners.id AS VARCHAR), 'is_new', false) AS jsonb_build_object_1, 1 AS anon_2, CAST(former_owners.owner_region AS VARCHAR) AS owner_region, former_owners.owner_id AS owner_id, now() AS now_1, NULL::UUID AS anon_3, NULL AS anon_4
FROM former_owners ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id
FROM changed_vehicles;

-- search as staff: vehicles
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.values, anon_1.rank, anon_1.kind
FROM (SELECT found_vehicles.region AS region, found_vehicles.id AS id, found_vehicles.city AS city, found_vehicles.values AS values, found_vehicles.rank AS rank, 'vehicles' AS kind
FROM ((SELECT CAST(vehicles.region AS VARCHAR) AS region, vehicles.id AS id, vehicles.city AS city, json_build_array(vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, vehicles.code, vehicles.color, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, vehicles.address) AS values, CASE WHEN (vehicles.code = 'ACDE2233HX') THEN 1.0 ELSE 0.9 END AS rank
FROM vehicles
WHERE vehicles.code >= 'ACDE2233HX' AND vehicles.code < 'ACDE2233HY' AND vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.city IN ('new york') ORDER BY vehicles.code
 LIMIT 101) UNION ALL (SELECT CAST(vehicles.region AS VARCHAR) AS region, vehicles.id AS id, vehicles.city AS city, json_build_array(vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, vehicles.code, vehicles.color, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, vehicles.address) AS values, 0.8 AS rank
FROM vehicles
WHERE vehicles.code IN ('2CDE2233HX', '3CDE2233HX', '4CDE2233HX', '5CDE2233HX', '6CDE2233HX', '7CDE2233HX', '8CDE2233HX', '9CDE2233HX', 'A2DE2233HX', 'A3DE2233HX', 'A4DE2233HX', 'A5DE2233HX', 'A6DE2233HX', 'A7DE2233HX', 'A8DE2233HX', 'A9DE2233HX', 'AADE2233HX', 'AC2E2233HX', 'AC3E2233HX', 'AC4E2233HX', 'AC5E2233HX', 'AC6E2233HX', 'AC7E2233HX', 'AC8E2233HX', 'AC9E2233HX', 'ACAE2233HX', 'ACCE2233HX', 'ACD22233HX', 'ACD2E233HX', 'ACD32233HX', 'ACD42233HX', 'ACD52233HX', 'ACD62233HX', 'ACD72233HX', 'ACD82233HX', 'ACD92233HX', 'ACDA2233HX', 'ACDC2233HX', 'ACDD2233HX', 'ACDE2223HX', 'ACDE2232HX', 'ACDE22332X', 'ACDE22333X', 'ACDE22334X', 'ACDE22335X', 'ACDE22336X', 'ACDE22337X', 'ACDE22338X', 'ACDE22339X', 'ACDE2233AX', 'ACDE2233CX', 'ACDE2233DX', 'ACDE2233EX', 'ACDE2233H2', 'ACDE2233H3', 'ACDE2233H4', 'ACDE2233H5', 'ACDE2233H6', 'ACDE2233H7', 'ACDE2233H8', 'ACDE2233H9', 'ACDE2233HA', 'ACDE2233HC', 'ACDE2233HD', 'ACDE2233HE', 'ACDE2233HH', 'ACDE2233HK', 'ACDE2233HM', 'ACDE2233KX', 'ACDE2233MX', 'ACDE2233XH', 'ACDE2233XX', 'ACDE2234HX', 'ACDE2235HX', 'ACDE2236HX', 'ACDE2237HX', 'ACDE2238HX', 'ACDE2239HX', 'ACDE223AHX', 'ACDE223CHX', 'ACDE223DHX', 'ACDE223EHX', 'ACDE223H3X', 'ACDE223HHX', 'ACDE223KHX', 'ACDE223MHX', 'ACDE223XHX', 'ACDE2243HX', 'ACDE2253HX', 'ACDE2263HX', 'ACDE2273HX', 'ACDE2283HX', 'ACDE2293HX', 'ACDE22A3HX', 'ACDE22C3HX', 'ACDE22D3HX', 'ACDE22E3HX', 'ACDE22H3HX', 'ACDE22K3HX', 'ACDE22M3HX', 'ACDE22X3HX', 'ACDE2323HX', 'ACDE2333HX', 'ACDE2433HX', 'ACDE2533HX', 'ACDE2633HX', 'ACDE2733HX', 'ACDE2833HX', 'ACDE2933HX', 'ACDE2A33HX', 'ACDE2C33HX', 'ACDE2D33HX', 'ACDE2E33HX', 'ACDE2H33HX', 'ACDE2K33HX', 'ACDE2M33HX', 'ACDE2X33HX', 'ACDE3233HX', 'ACDE4233HX', 'ACDE5233HX', 'ACDE6233HX', 'ACDE7233HX', 'ACDE8233HX', 'ACDE9233HX', 'ACDEA233HX', 'ACDEC233HX', 'ACDED233HX', 'ACDEE233HX', 'ACDEH233HX', 'ACDEK233HX', 'ACDEM233HX', 'ACDEX233HX', 'ACDH2233HX', 'ACDK2233HX', 'ACDM2233HX', 'ACDX2233HX', 'ACED2233HX', 'ACEE2233HX', 'ACHE2233HX', 'ACKE2233HX', 'ACME2233HX', 'ACXE2233HX', 'ADCE2233HX', 'ADDE2233HX', 'AEDE2233HX', 'AHDE2233HX', 'AKDE2233HX', 'AMDE2233HX', 'AXDE2233HX', 'CADE2233HX', 'CCDE2233HX', 'DCDE2233HX', 'ECDE2233HX', 'HCDE2233HX', 'KCDE2233HX', 'MCDE2233HX', 'XCDE2233HX') AND vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.city IN ('new york')
 LIMIT 101) UNION ALL (SELECT CAST(vehicles.region AS VARCHAR) AS region, vehicles.id AS id, vehicles.city AS city, json_build_array(vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, vehicles.code, vehicles.color, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, vehicles.address) AS values, 1.0 AS rank
FROM vehicles JOIN imported_feeds ON imported_feeds.city = vehicles.city AND imported_feeds.system = vehicles.feed_system
WHERE imported_feeds.city IN ('new york') AND vehicles.feed_vehicle = 'ACDE2233HX' AND vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.city IN ('new york')
 LIMIT 101) UNION ALL (SELECT CAST(vehicles.region AS VARCHAR) AS region, vehicles.id AS id, vehicles.city AS city, json_build_array(vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, vehicles.code, vehicles.color, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, vehicles.address) AS values, 0.5 AS rank
FROM vehicles
WHERE vehicles.words @> CAST(ARRAY['acde2233hx']::VARCHAR[] AS VARCHAR[]) AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.city IN ('new york')
 LIMIT 101)) AS found_vehicles) AS anon_1;

-- search as staff: rides
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.values, anon_1.rank, anon_1.kind
FROM (SELECT CAST(rides.region AS VARCHAR) AS region, rides.id AS id, rides.city AS city, json_build_array(vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, vehicles.id, rides.started_at, rides.ended_at) AS values, 1.0 AS rank, 'rides' AS kind
FROM rides JOIN vehicles ON vehicles.region = rides.region AND vehicles.id = rides.vehicle_id
WHERE rides.id BETWEEN '3f9a01bc-0000-0000-0000-000000000000'::uuid::UUID AND '3f9a01bc-ffff-ffff-ffff-ffffffffffff'::uuid::UUID AND rides.region IN (CAST('us-east1' AS crdb_internal_region)) AND rides.city IN ('new york') ORDER BY rides.id
 LIMIT 101) AS anon_1;

-- search as staff: reports
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.values, anon_1.rank, anon_1.kind
FROM (SELECT CAST(reports.region AS VARCHAR) AS region, reports.id AS id, reports.city AS city, json_build_array(reports.kind, reports.state) AS values, 1.0 AS rank, 'reports' AS kind
FROM reports
WHERE reports.id BETWEEN '3f9a01bc-0000-0000-0000-000000000000'::uuid::UUID AND '3f9a01bc-ffff-ffff-ffff-ffffffffffff'::uuid::UUID AND reports.region IN (CAST('us-east1' AS crdb_internal_region)) AND reports.city IN ('new york') ORDER BY reports.id
 LIMIT 101) AS anon_1;

-- count and record a search for persons
WITH counted AS
(INSERT INTO throttles (region, bucket, hits, until) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, 'person search 7ac1b8d7010bb6cd3a3e84e7f90136b8' AS anon_2, 1 AS anon_3, now() + '0 days 3600.000000 seconds'::interval AS anon_4 ON CONFLICT (region, bucket) DO UPDATE SET hits = CASE WHEN (throttles.until <= now()) THEN 1 ELSE throttles.hits + 1 END, until = CASE WHEN (throttles.until <= now()) THEN excluded.until ELSE throttles.until END RETURNING throttles.bucket, throttles.hits, throttles.until - now() AS wait),
allowed AS
(SELECT 1 AS is_allowed
WHERE NOT (EXISTS (SELECT *
FROM counted
WHERE counted.bucket = 'person search 7ac1b8d7010bb6cd3a3e84e7f90136b8' AND counted.hits > 120))),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'riders.searched' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, NULL AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM allowed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT counted.bucket, counted.hits, counted.wait
FROM counted;

-- search as staff: riders
SELECT found_riders.region, found_riders.id, found_riders.city, found_riders.values, found_riders.rank
FROM ((SELECT anon_1.region AS region, anon_1.id AS id, anon_1.city AS city, anon_1.values AS values, anon_1.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.first_name, 'hopper') AS FLOAT) + CASE WHEN (users.first_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.first_name ILIKE 'hopper'
 LIMIT 500) AS anon_1 ORDER BY anon_1.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.values AS values, anon_2.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.first_name, 'hopper') AS FLOAT) + CASE WHEN (users.first_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.first_name ILIKE 'hopper%'
 LIMIT 500) AS anon_2 ORDER BY anon_2.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.city AS city, anon_3.values AS values, anon_3.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.first_name, 'hopper') AS FLOAT) + CASE WHEN (users.first_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND (users.first_name ILIKE '%hopper%' OR (users.first_name % 'hopper'))
 LIMIT 500) AS anon_3 ORDER BY anon_3.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_4.region AS region, anon_4.id AS id, anon_4.city AS city, anon_4.values AS values, anon_4.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.last_name, 'hopper') AS FLOAT) + CASE WHEN (users.last_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.last_name ILIKE 'hopper'
 LIMIT 500) AS anon_4 ORDER BY anon_4.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_5.region AS region, anon_5.id AS id, anon_5.city AS city, anon_5.values AS values, anon_5.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.last_name, 'hopper') AS FLOAT) + CASE WHEN (users.last_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.last_name ILIKE 'hopper%'
 LIMIT 500) AS anon_5 ORDER BY anon_5.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_6.region AS region, anon_6.id AS id, anon_6.city AS city, anon_6.values AS values, anon_6.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.last_name, 'hopper') AS FLOAT) + CASE WHEN (users.last_name ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND (users.last_name ILIKE '%hopper%' OR (users.last_name % 'hopper'))
 LIMIT 500) AS anon_6 ORDER BY anon_6.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_7.region AS region, anon_7.id AS id, anon_7.city AS city, anon_7.values AS values, anon_7.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.username, 'hopper') AS FLOAT) + CASE WHEN (users.username ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.username ILIKE 'hopper'
 LIMIT 500) AS anon_7 ORDER BY anon_7.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_8.region AS region, anon_8.id AS id, anon_8.city AS city, anon_8.values AS values, anon_8.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.username, 'hopper') AS FLOAT) + CASE WHEN (users.username ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.username ILIKE 'hopper%'
 LIMIT 500) AS anon_8 ORDER BY anon_8.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_9.region AS region, anon_9.id AS id, anon_9.city AS city, anon_9.values AS values, anon_9.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.username, 'hopper') AS FLOAT) + CASE WHEN (users.username ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND (users.username ILIKE '%hopper%' OR (users.username % 'hopper'))
 LIMIT 500) AS anon_9 ORDER BY anon_9.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_10.region AS region, anon_10.id AS id, anon_10.city AS city, anon_10.values AS values, anon_10.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.email, 'hopper') AS FLOAT) + CASE WHEN (users.email ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.email ILIKE 'hopper'
 LIMIT 500) AS anon_10 ORDER BY anon_10.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_11.region AS region, anon_11.id AS id, anon_11.city AS city, anon_11.values AS values, anon_11.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.email, 'hopper') AS FLOAT) + CASE WHEN (users.email ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.email ILIKE 'hopper%'
 LIMIT 500) AS anon_11 ORDER BY anon_11.rank DESC
 LIMIT 11) UNION ALL (SELECT anon_12.region AS region, anon_12.id AS id, anon_12.city AS city, anon_12.values AS values, anon_12.rank AS rank
FROM (SELECT CAST(users.region AS VARCHAR) AS region, users.id AS id, users.city AS city, json_build_array(users.first_name, users.last_name, users.username, users.email) AS values, CAST(similarity(users.email, 'hopper') AS FLOAT) + CASE WHEN (users.email ILIKE 'hopper%') THEN 0.5 ELSE 0.0 END AS rank
FROM users
WHERE users.region IN (CAST('us-east1' AS crdb_internal_region)) AND users.city IN ('new york') AND users.deleted_at IS NULL AND (users.first_name ILIKE '%grace%' OR (users.first_name % 'grace') OR users.last_name ILIKE '%grace%' OR (users.last_name % 'grace') OR users.username ILIKE '%grace%' OR (users.username % 'grace') OR users.email ILIKE '%grace%') AND users.email ILIKE '%hopper%'
 LIMIT 500) AS anon_12 ORDER BY anon_12.rank DESC
 LIMIT 11)) AS found_riders;

-- a text that is like one
SELECT vehicles.brand, vehicles.color
FROM vehicles
WHERE vehicles.region IN (CAST('us-east1' AS crdb_internal_region)) AND vehicles.city IN ('new york') AND vehicles.state = 'available'
 LIMIT 500;

-- preview a bulk action, by filter
SELECT anon_1.result, count(*) AS count_1, CASE WHEN (CAST(sum(count(*)) OVER () AS BIGINT) >= 50000) THEN (SELECT count(*) AS count_2
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true) ELSE CAST(sum(count(*)) OVER () AS BIGINT) END AS anon_2
FROM (SELECT CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (CAST(NULL AS BIGINT) != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END AS result
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true ORDER BY vehicles.id
 LIMIT 50000) AS anon_1 GROUP BY anon_1.result;

-- preview a bulk action, by alert
SELECT anon_1.result, count(*) AS count_1, CASE WHEN (CAST(sum(count(*)) OVER () AS BIGINT) >= 50000) THEN (SELECT count(*) AS count_2
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 20) ELSE CAST(sum(count(*)) OVER () AS BIGINT) END AS anon_2
FROM (SELECT CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (CAST(NULL AS BIGINT) != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END AS result
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (EXISTS (SELECT vehicle_alert_mutes.until
FROM vehicle_alert_mutes
WHERE vehicle_alert_mutes.region = vehicles.region AND vehicle_alert_mutes.vehicle_id = vehicles.id AND vehicle_alert_mutes.kind = 'battery_low' AND vehicle_alert_mutes.until > now())) AND vehicles.battery_percent < 50 AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.battery_percent < 20 ORDER BY vehicles.id
 LIMIT 50000) AS anon_1 GROUP BY anon_1.result;

-- preview a bulk action, by hand
SELECT anon_1.result, count(*) AS count_1, CASE WHEN (CAST(sum(count(*)) OVER () AS BIGINT) >= 50000) THEN (SELECT count(*) AS count_2
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID)) ELSE CAST(sum(count(*)) OVER () AS BIGINT) END AS anon_2
FROM (SELECT CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (CAST(NULL AS BIGINT) != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END AS result
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) ORDER BY vehicles.id
 LIMIT 50000) AS anon_1 GROUP BY anon_1.result;

-- preview of undoing a bulk action
SELECT anon_1.result, count(*) AS count_1, CASE WHEN (CAST(sum(count(*)) OVER () AS BIGINT) >= 50000) THEN (SELECT count(*) AS count_2
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND (EXISTS (SELECT *
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id AND bulk_action_vehicles.result = 'done'))) ELSE CAST(sum(count(*)) OVER () AS BIGINT) END AS anon_2
FROM (SELECT CASE WHEN (EXISTS (SELECT *
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id AND (bulk_action_vehicles.state_before NOT IN ('non_operational')))) THEN 'not_restorable' ELSE CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN ((SELECT bulk_action_vehicles.event_count
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id) != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END END AS result
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND (EXISTS (SELECT *
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id AND bulk_action_vehicles.result = 'done')) ORDER BY vehicles.id
 LIMIT 50000) AS anon_1 GROUP BY anon_1.result;

-- start a bulk action
WITH started AS
(INSERT INTO bulk_actions (region, id, city, action, details, filter, undoes_id, creator_region, creator_id) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000016'::uuid::UUID, 'new york', 'take_out_of_service', '{"note": "", "out_of_service_reason": "maintenance", "pick_up_reason": "maintenance_pick_up", "battery_percent": 100}'::JSONB, '{"q": "green"}'::JSONB, NULL::UUID, CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID) ON CONFLICT DO NOTHING RETURNING bulk_actions.region, bulk_actions.id),
selected AS
(INSERT INTO bulk_action_vehicles (region, bulk_action_id, vehicle_id, event_count, result) SELECT started.region AS region, started.id AS id, vehicles.id AS id_1, CAST(NULL AS BIGINT) AS anon_1, CAST(NULL AS VARCHAR(16)) AS anon__1
FROM started JOIN vehicles ON vehicles.region = started.region
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true ORDER BY vehicles.id
 LIMIT 50000 RETURNING bulk_action_vehicles.vehicle_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT started.region AS region, CAST(md5('bulk_action ' || CAST(started.id AS VARCHAR)) AS UUID) AS md5_1, 'bulk_action' AS anon_2, jsonb_build_object('region', CAST(started.region AS VARCHAR), 'id', CAST(started.id AS VARCHAR)) AS jsonb_build_object_1, 1 AS anon_3, NULL AS anon_4, NULL::UUID AS anon_5, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM started ON CONFLICT DO NOTHING RETURNING jobs.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.bulk_action' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'bulk_action us-east1.00000000-0000-0000-0000-000000000016' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"action": "take_out_of_service"}'::JSONB AS details
FROM started ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT started.id
FROM started;

-- undo a bulk action
WITH started AS
(INSERT INTO bulk_actions (region, id, city, action, details, filter, undoes_id, creator_region, creator_id) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000016'::uuid::UUID, 'new york', 'take_out_of_service', '{"note": "", "out_of_service_reason": "maintenance", "pick_up_reason": "maintenance_pick_up", "battery_percent": 100}'::JSONB, '{"q": "green"}'::JSONB, NULL::UUID, CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID) ON CONFLICT DO NOTHING RETURNING bulk_actions.region, bulk_actions.id),
selected AS
(INSERT INTO bulk_action_vehicles (region, bulk_action_id, vehicle_id, event_count, result) SELECT started.region AS region, started.id AS id, vehicles.id AS id_1, (SELECT bulk_action_vehicles.event_count
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id) AS anon_1, CASE WHEN (EXISTS (SELECT *
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id AND (bulk_action_vehicles.state_before NOT IN ('non_operational')))) THEN 'not_restorable' ELSE CAST(NULL AS VARCHAR(16)) END AS anon_2
FROM started JOIN vehicles ON vehicles.region = started.region
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND (EXISTS (SELECT *
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id = vehicles.id AND bulk_action_vehicles.result = 'done')) ORDER BY vehicles.id
 LIMIT 50000 RETURNING bulk_action_vehicles.vehicle_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT started.region AS region, CAST(md5('bulk_action ' || CAST(started.id AS VARCHAR)) AS UUID) AS md5_1, 'bulk_action' AS anon_3, jsonb_build_object('region', CAST(started.region AS VARCHAR), 'id', CAST(started.id AS VARCHAR)) AS jsonb_build_object_1, 1 AS anon_4, NULL AS anon_5, NULL::UUID AS anon_6, now() AS now_1, NULL::UUID AS anon_7, NULL AS anon_8
FROM started ON CONFLICT DO NOTHING RETURNING jobs.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.bulk_action' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'bulk_action us-east1.00000000-0000-0000-0000-000000000016' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"action": "take_out_of_service"}'::JSONB AS details
FROM started ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT started.id
FROM started;

-- retire many
WITH started AS
(INSERT INTO bulk_actions (region, id, city, action, details, filter, undoes_id, creator_region, creator_id) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000016'::uuid::UUID, 'new york', 'retire', '{"note": "", "out_of_service_reason": "maintenance", "pick_up_reason": "maintenance_pick_up", "battery_percent": 100}'::JSONB, '{"q": "green"}'::JSONB, NULL::UUID, CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID) ON CONFLICT DO NOTHING RETURNING bulk_actions.region, bulk_actions.id),
selected AS
(INSERT INTO bulk_action_vehicles (region, bulk_action_id, vehicle_id, event_count, result) SELECT started.region AS region, started.id AS id, vehicles.id AS id_1, CAST(NULL AS BIGINT) AS anon_1, CAST(NULL AS VARCHAR(16)) AS anon__1
FROM started JOIN vehicles ON vehicles.region = started.region
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL) AND vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND (vehicles.words @> CAST(string_to_array(lower('green'), ' ') AS VARCHAR[])) AND vehicles.state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere') AND true AND CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (CAST(NULL AS BIGINT) != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END = 'done' ORDER BY vehicles.id
 LIMIT 50000 RETURNING bulk_action_vehicles.vehicle_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT started.region AS region, CAST(md5('bulk_action ' || CAST(started.id AS VARCHAR)) AS UUID) AS md5_1, 'bulk_action' AS anon_2, jsonb_build_object('region', CAST(started.region AS VARCHAR), 'id', CAST(started.id AS VARCHAR)) AS jsonb_build_object_1, 1 AS anon_3, NULL AS anon_4, NULL::UUID AS anon_5, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM started ON CONFLICT DO NOTHING RETURNING jobs.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'vehicle.bulk_action' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'bulk_action us-east1.00000000-0000-0000-0000-000000000016' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"action": "retire"}'::JSONB AS details
FROM started ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT started.id
FROM started;

-- the reasons before a bulk action
SELECT bulk_action_vehicles.vehicle_id, bulk_action_vehicles.reason_before
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.reason_before IS NOT NULL;

-- vehicles of a bulk action without a result
SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.result IS NULL AND bulk_action_vehicles.vehicle_id > '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY bulk_action_vehicles.vehicle_id
 LIMIT 200;

-- decide a bulk action: take_out_of_service
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- decide a bulk action: return_to_service
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('non_operational') AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'done' WHEN (vehicles.state IN ('non_operational') AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN (vehicles.state IN ('non_operational') AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- decide a bulk action: swap_battery
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN ((vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human') THEN 'done' WHEN (vehicles.state IN ('non_operational') AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN (vehicles.state IN ('non_operational') AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- decide a bulk action: pick_up
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'done' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- decide a bulk action: mark_missing
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'done' WHEN ((vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- decide a bulk action: retire
UPDATE bulk_action_vehicles SET result=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END = 'on_trip') THEN 'ridden' WHEN (bulk_action_vehicles.event_count != vehicles.event_count) THEN 'other_state' WHEN (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) THEN 'done' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical))) THEN 'unsafe' WHEN ((vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'task_in_progress' ELSE 'other_state' END, state_before=CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END, reason_before=vehicles.out_of_service_reason FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id AND vehicles.city = 'new york' AND NOT (vehicles.state = 'removed' AND vehicles.picked_up_at IS NULL);

-- do a bulk action: take_out_of_service
WITH changed_vehicles AS
(UPDATE vehicles SET state='non_operational', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason='maintenance', picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'non_operational' ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'non_operational' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND (vehicles.state IN ('available', 'non_contactable', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'non_operational' AND vehicles.out_of_service_reason IS NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'non_operational') THEN ARRAY['maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'non_operational') THEN ARRAY['reservation_cancel','maintenance']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'non_operational') THEN ARRAY['unspecified']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'take_out_of_service' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- do a bulk action: return_to_service
WITH changed_vehicles AS
(UPDATE vehicles SET state='available', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'available' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'available' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND vehicles.state IN ('non_operational') AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress')) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.reason_before = 'battery_low') THEN ARRAY['battery_charged']::VARCHAR[] WHEN (vehicle_transition.reason_before = 'system_suspend') THEN ARRAY['system_resume']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['maintenance']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'return_to_service' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- do a bulk action: swap_battery
WITH changed_vehicles AS
(UPDATE vehicles SET state=CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END, state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != CASE WHEN (vehicles.state = 'non_operational' AND vehicles.out_of_service_reason = 'battery_low' AND NOT (EXISTS (SELECT *
FROM reports
WHERE reports.region = vehicles.region AND reports.vehicle_id = vehicles.id AND reports.state IN ('new', 'in_progress') AND reports.critical)) AND NOT (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = vehicles.region AND tasks.vehicle_id = vehicles.id AND tasks.state = 'in_progress'))) THEN 'available' ELSE CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END END OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, range_m=CASE WHEN (vehicles.battery_percent > 0 AND vehicles.range_m IS NOT NULL) THEN CAST(least(vehicles.range_m * (100 / CAST(CAST(vehicles.battery_percent AS FLOAT) AS FLOAT)), 1000000.0) AS INTEGER) ELSE vehicles.range_m END, battery_percent=100, observed_at=now(), changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.propulsion_type != 'human' AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'available') THEN ARRAY['battery_charged']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'swap_battery' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- do a bulk action: pick_up
WITH changed_vehicles AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=now(), event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'removed' ELSE vehicles.event_state END, reserved_until=CASE WHEN (vehicles.reserved_until > now()) THEN now() ELSE vehicles.reserved_until END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND (vehicles.state IN ('available', 'elsewhere', 'missing', 'non_contactable', 'non_operational', 'reserved') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
withdrawn_vehicles AS
(SELECT vehicle_transition.region AS region, vehicle_transition.id AS id, vehicle_transition.reservation_id_before AS reservation_id, vehicle_transition.reserved_until_before AS reserved_until
FROM vehicle_transition
WHERE vehicle_transition.state_before = 'reserved' AND vehicle_transition.state != 'reserved'),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT withdrawn_vehicles.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'reservation_withdrawn' AS anon_1, jsonb_build_object('region', CAST(withdrawn_vehicles.region AS VARCHAR), 'id', CAST(withdrawn_vehicles.id AS VARCHAR), 'reservation_id', CAST(withdrawn_vehicles.reservation_id AS VARCHAR), 'reserved_until', withdrawn_vehicles.reserved_until) AS jsonb_build_object_1, 0 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM withdrawn_vehicles ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'removed') THEN ARRAY['maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'reserved' AND vehicle_transition.state = 'removed') THEN ARRAY['reservation_cancel','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'removed') THEN ARRAY['located','maintenance_pick_up']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'removed') THEN ARRAY['comms_restored','maintenance_pick_up']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'pick_up' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
picked_up AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id
FROM changed_vehicles
WHERE changed_vehicles.state = 'removed'),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING picked_up WHERE vehicle_alerts.region = picked_up.region AND vehicle_alerts.vehicle_id = picked_up.id RETURNING vehicle_alerts.vehicle_id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- do a bulk action: mark_missing
WITH changed_vehicles AS
(UPDATE vehicles SET state='missing', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason='maintenance', picked_up_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.picked_up_at END, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'missing' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'missing' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND (vehicles.state IN ('available', 'elsewhere', 'non_contactable', 'non_operational') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'missing') THEN ARRAY['comms_lost','not_located']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'missing') THEN ARRAY['not_located']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'mark_missing' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- do a bulk action: retire
WITH changed_vehicles AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN true THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + 1 ELSE 0 END), event_state=CASE WHEN true THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id IN (SELECT bulk_action_vehicles.vehicle_id
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done') AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND NOT (EXISTS (SELECT *
FROM vehicle_events
WHERE vehicle_events.region = vehicles.region AND vehicle_events.vehicle_id = vehicles.id AND vehicle_events.number > vehicles.event_count - 20 AND vehicle_events.action_id = '00000000-0000-0000-0000-000000000017'::uuid::UUID)) RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, changed_vehicles.city AS city, changed_vehicles.state AS state, changed_vehicles.lat AS lat, changed_vehicles.lon AS lon, changed_vehicles.battery_percent AS battery_percent, changed_vehicles.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM changed_vehicles LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, CASE WHEN (vehicle_transition.state = vehicle_transition.state_before) THEN '{}'::VARCHAR[] WHEN (vehicle_transition.state_before = 'available' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_operational' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'elsewhere' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'non_contactable' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] WHEN (vehicle_transition.state_before = 'missing' AND vehicle_transition.state = 'removed') THEN ARRAY['decommissioned']::VARCHAR[] ELSE ARRAY['unspecified']::VARCHAR[] END AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'staff' AS cause, CAST('europe-west1' AS crdb_internal_region) AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, '' AS note, 'retire' AS action, '00000000-0000-0000-0000-000000000017'::uuid::UUID AS action_id
FROM vehicle_transition UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM changed_vehicles WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING changed_vehicles WHERE vehicle_alerts.region = changed_vehicles.region AND vehicle_alerts.vehicle_id = changed_vehicles.id RETURNING vehicle_alerts.vehicle_id),
former_owners AS
(SELECT changed_vehicles.region AS region, changed_vehicles.id AS id, owned_before.owner_region AS owner_region, owned_before.owner_id AS owner_id
FROM changed_vehicles JOIN LATERAL (SELECT vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id
FROM vehicles
WHERE vehicles.region = changed_vehicles.region AND vehicles.id = changed_vehicles.id
 LIMIT 1) AS owned_before ON owned_before.owner_id IS DISTINCT FROM NULL
WHERE owned_before.owner_id IS NOT NULL),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT former_owners.region AS region, gen_random_uuid() AS gen_random_uuid_1, 'vehicle_owner_changed' AS anon_1, jsonb_build_object('region', CAST(former_owners.region AS VARCHAR), 'id', CAST(former_owners.id AS VARCHAR), 'is_new', false) AS jsonb_build_object_1, 1 AS anon_2, CAST(former_owners.owner_region AS VARCHAR) AS owner_region, former_owners.owner_id AS owner_id, now() AS now_1, NULL::UUID AS anon_3, NULL AS anon_4
FROM former_owners ON CONFLICT DO NOTHING RETURNING jobs.id),
vehicle_actions AS
(SELECT vehicle_events.region AS region, vehicle_events.vehicle_id AS vehicle_id, vehicle_events.number AS number, vehicle_events.city AS city, vehicle_events.action AS action
FROM vehicle_events
WHERE vehicle_events.action IS NOT NULL),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT anon_5.region AS region, anon_5.id AS id, anon_5.kind AS kind, anon_5.actor_region AS actor_region, anon_5.actor_id AS actor_id, anon_5.subject AS subject, anon_5.city AS city, anon_5.address AS address, anon_5.request_id AS request_id, anon_5.details AS details
FROM (SELECT vehicle_actions.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(CAST(vehicle_actions.vehicle_id AS VARCHAR) || CAST(vehicle_actions.number AS VARCHAR) AS VARCHAR)) AS UUID) AS id, 'vehicle.action' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'vehicle ' || CAST(vehicle_actions.region AS VARCHAR) || '.' || CAST(vehicle_actions.vehicle_id AS VARCHAR) AS subject, vehicle_actions.city AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('action', vehicle_actions.action) AS details
FROM vehicle_actions) AS anon_5 UNION ALL SELECT anon_6.region AS region, anon_6.id AS id, anon_6.kind AS kind, anon_6.actor_region AS actor_region, anon_6.actor_id AS actor_id, anon_6.subject AS subject, anon_6.city AS city, anon_6.address AS address, anon_6.request_id AS request_id, anon_6.details AS details
FROM (SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks) AS anon_6 ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed_vehicles.id, changed_vehicles.state = 'non_operational' AND (EXISTS (SELECT *
FROM tasks
WHERE tasks.region = changed_vehicles.region AND tasks.vehicle_id = changed_vehicles.id AND tasks.state = 'in_progress')) AS waits_for_task
FROM changed_vehicles;

-- events after a bulk action
UPDATE bulk_action_vehicles SET event_count=vehicles.event_count FROM vehicles WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result = 'done' AND vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id;

-- the result of some vehicles
UPDATE bulk_action_vehicles SET result='gone' WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.vehicle_id IN ('00000000-0000-0000-0000-000000000002'::uuid::UUID) AND bulk_action_vehicles.result IS NULL;

-- finish a bulk action
UPDATE bulk_actions SET finished_at=now() WHERE bulk_actions.region = CAST('us-east1' AS crdb_internal_region) AND bulk_actions.id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_actions.finished_at IS NULL;

-- a bulk action with its results
SELECT bulk_actions.region, bulk_actions.id, bulk_actions.city, bulk_actions.action, bulk_actions.details, bulk_actions.filter, bulk_actions.undoes_id, bulk_actions.creator_region, bulk_actions.creator_id, bulk_actions.created_at, bulk_actions.finished_at, (SELECT json_object_agg(anon_2.name, anon_2.number) AS json_object_agg_1
FROM (SELECT coalesce(bulk_action_vehicles.result, '') AS name, count(*) AS number
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID GROUP BY bulk_action_vehicles.result) AS anon_2) AS anon_1, anon_3.region AS region_2, anon_3.bulk_action_id, anon_3.vehicle_id, anon_3.result, anon_3.state_before, anon_3.reason_before, anon_3.event_count, vehicles_1.region AS region_3, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count AS event_count_1, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at AS created_at_1, vehicles_1.changed_at
FROM bulk_actions LEFT OUTER JOIN (SELECT bulk_action_vehicles.region AS region, bulk_action_vehicles.bulk_action_id AS bulk_action_id, bulk_action_vehicles.vehicle_id AS vehicle_id, bulk_action_vehicles.result AS result, bulk_action_vehicles.state_before AS state_before, bulk_action_vehicles.reason_before AS reason_before, bulk_action_vehicles.event_count AS event_count
FROM bulk_action_vehicles
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.result = 'done' AND bulk_action_vehicles.vehicle_id > '00000000-0000-0000-0000-000000000002'::uuid::UUID ORDER BY bulk_action_vehicles.vehicle_id
 LIMIT 6) AS anon_3 ON true LEFT OUTER JOIN vehicles AS vehicles_1 ON vehicles_1.region = anon_3.region AND vehicles_1.id = anon_3.vehicle_id
WHERE bulk_actions.region = CAST('us-east1' AS crdb_internal_region) AND bulk_actions.id = '00000000-0000-0000-0000-000000000016'::uuid::UUID ORDER BY anon_3.vehicle_id NULLS LAST;

-- the results of a bulk action
SELECT bulk_action_vehicles.region, bulk_action_vehicles.bulk_action_id, bulk_action_vehicles.vehicle_id, bulk_action_vehicles.result, bulk_action_vehicles.state_before, bulk_action_vehicles.reason_before, bulk_action_vehicles.event_count, vehicles.region AS region_1, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.state_changed_at, vehicles.out_of_service_reason, vehicles.picked_up_at, vehicles.event_count AS event_count_1, vehicles.event_state, vehicles.reserved_until, vehicles.reservation_id, vehicles.free_reserved_on, vehicles.free_reserved_min, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.battery_percent, vehicles.reported_at, vehicles.observed_at, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at, vehicles.changed_at
FROM bulk_action_vehicles LEFT OUTER JOIN vehicles ON vehicles.region = bulk_action_vehicles.region AND vehicles.id = bulk_action_vehicles.vehicle_id
WHERE bulk_action_vehicles.region = CAST('us-east1' AS crdb_internal_region) AND bulk_action_vehicles.bulk_action_id = '00000000-0000-0000-0000-000000000016'::uuid::UUID AND bulk_action_vehicles.result IS NOT NULL ORDER BY bulk_action_vehicles.vehicle_id
 LIMIT 1001;

-- bulk actions of a city
SELECT bulk_actions.region, bulk_actions.id, bulk_actions.city, bulk_actions.action, bulk_actions.details, bulk_actions.filter, bulk_actions.undoes_id, bulk_actions.creator_region, bulk_actions.creator_id, bulk_actions.created_at, bulk_actions.finished_at
FROM bulk_actions
WHERE bulk_actions.region = CAST('us-east1' AS crdb_internal_region) AND bulk_actions.city = 'new york' ORDER BY bulk_actions.created_at DESC, bulk_actions.id DESC
 LIMIT 6;

-- anonymise the bulk actions of an account
UPDATE bulk_actions SET creator_region=CAST(NULL AS crdb_internal_region), creator_id=NULL::UUID WHERE bulk_actions.region = CAST('europe-west1' AS crdb_internal_region) AND (bulk_actions.region, bulk_actions.id) IN (SELECT bulk_actions.region, bulk_actions.id
FROM bulk_actions
WHERE bulk_actions.region = CAST('europe-west1' AS crdb_internal_region) AND bulk_actions.creator_region = CAST('europe-west1' AS crdb_internal_region) AND bulk_actions.creator_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 500) RETURNING bulk_actions.region, bulk_actions.id;

-- sign in by username
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until, reservations_1.withdrawn_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.username = 'ada';

-- sign in by e-mail
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until, reservations_1.withdrawn_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.email = 'ada@example.org';

-- the account of a session
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, login_sessions.region AS region_1, login_sessions.id AS id_1, login_sessions.user_id, login_sessions.created_at AS created_at_1, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.device, login_sessions.agent, login_sessions.address, login_sessions.city AS city_1, now() AS now_1, grants_1.region AS region_2, grants_1.user_id AS user_id_1, grants_1."role", grants_1.cities, open_rides_1.region AS region_3, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_4, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_2, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until, reservations_1.withdrawn_at
FROM users JOIN login_sessions ON users.region = login_sessions.region AND users.id = login_sessions.user_id LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID;

-- register
WITH counted AS
(INSERT INTO throttles (region, bucket, hits, until) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, 'register 37fcff24bf62035b2b08020afc08b4fe' AS anon_2, 1 AS anon_3, now() + '0 days 3600.000000 seconds'::interval AS anon_4 ON CONFLICT (region, bucket) DO UPDATE SET hits = CASE WHEN (throttles.until <= now()) THEN 1 ELSE throttles.hits + 1 END, until = CASE WHEN (throttles.until <= now()) THEN excluded.until ELSE throttles.until END RETURNING throttles.bucket, throttles.hits, throttles.until - now() AS wait)
 SELECT counted.bucket, counted.hits, counted.wait
FROM counted;

-- sign in: find the account
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, EXISTS (SELECT *
FROM login_sessions
WHERE login_sessions.region = users.region AND login_sessions.user_id = users.id AND login_sessions.device = '00000000-0000-0000-0000-000000000007'::uuid::UUID) AS anon_1, second_factors.confirmed_at, (SELECT count(*) AS count_1
FROM recovery_codes
WHERE recovery_codes.region = second_factors.region AND recovery_codes.user_id = second_factors.user_id) AS anon_2, second_factors.secret, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until, reservations_1.withdrawn_at
FROM users LEFT OUTER JOIN second_factors ON second_factors.region = users.region AND second_factors.user_id = users.id LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.username = 'ada';

-- count an attempt
WITH counted AS
(INSERT INTO throttles (region, bucket, hits, until) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, 'sign in, account fdee430d40bd57deeac186cd9790033d' AS anon_2, 1 AS anon_3, now() + '0 days 900.000000 seconds'::interval AS anon_4 ON CONFLICT (region, bucket) DO UPDATE SET hits = CASE WHEN (throttles.until <= now()) THEN 1 ELSE throttles.hits + 1 END, until = CASE WHEN (throttles.until <= now()) THEN excluded.until ELSE throttles.until END RETURNING throttles.bucket, throttles.hits, throttles.until - now() AS wait)
 SELECT counted.bucket, counted.hits, counted.wait
FROM counted;

-- start a session
WITH unchanged AS
(SELECT users.id AS id
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.password_hash IN ('') AND users.disabled_at IS NULL),
permitted AS
(SELECT unchanged.id AS id
FROM unchanged
WHERE NOT (EXISTS (SELECT *
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND second_factors.confirmed_at IS NOT NULL))),
inserted AS
(INSERT INTO login_sessions (region, id, user_id, remember, second_factor, device, agent, address, city) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000005'::uuid::UUID AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, false AS anon_4, false AS anon_5, '00000000-0000-0000-0000-000000000007'::uuid::UUID AS anon_6, 'Firefox' AS anon_7, '192.0.2.1' AS anon_8, NULL AS anon_9
FROM permitted ON CONFLICT DO NOTHING RETURNING login_sessions.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.signed_in' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM inserted ON CONFLICT DO NOTHING RETURNING events.id),
attempts AS
(UPDATE throttles SET hits=greatest(throttles.hits - 1, 0) WHERE throttles.region = CAST('us-east1' AS crdb_internal_region) AND throttles.bucket IN ('sign in, device 82b00f07cd4d99666a2ee41b749ddf87') AND (EXISTS (SELECT permitted.id
FROM permitted)) RETURNING throttles.bucket)
 SELECT 1 AS anon_10
FROM permitted;

-- update when a session was last used
UPDATE login_sessions SET last_seen_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND login_sessions.ended_at IS NULL RETURNING login_sessions.region, login_sessions.id, login_sessions.user_id;

-- end a session
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND login_sessions.ended_at IS NULL AND login_sessions.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID RETURNING login_sessions.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.session_ended' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT login_sessions.id
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- end all other sessions
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND login_sessions.ended_at IS NULL AND login_sessions.id != '00000000-0000-0000-0000-000000000005'::uuid::UUID RETURNING login_sessions.id),
any_ended AS
(SELECT ended.id AS id
FROM ended
 LIMIT 1),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.session_ended' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"all_others": true}'::JSONB AS details
FROM any_ended ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT ended.id
FROM ended;

-- sessions of a rider
SELECT login_sessions.region, login_sessions.id, login_sessions.user_id, login_sessions.created_at, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.device, login_sessions.agent, login_sessions.address, login_sessions.city, now() AS now_1, second_factors.confirmed_at, (SELECT count(*) AS count_1
FROM recovery_codes
WHERE recovery_codes.region = second_factors.region AND recovery_codes.user_id = second_factors.user_id) AS anon_1, second_factors.secret
FROM login_sessions LEFT OUTER JOIN second_factors ON second_factors.region = login_sessions.region AND second_factors.user_id = login_sessions.user_id
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND login_sessions.ended_at IS NULL ORDER BY login_sessions.last_seen_at DESC, login_sessions.id
 LIMIT 100;

-- record a reauthentication
WITH updated AS
(UPDATE login_sessions SET authenticated_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005'::uuid::UUID AND login_sessions.ended_at IS NULL RETURNING login_sessions.region, login_sessions.id, login_sessions.user_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.identity_shown' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account ' || CAST(updated.region AS VARCHAR) || '.' || CAST(updated.user_id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM updated ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT updated.id
FROM updated;

-- ask for a new password
WITH owner AS
(SELECT users.region AS region, users.id AS id, users.email AS email
FROM users
WHERE users.email = 'ada@example.org' AND users.disabled_at IS NULL),
link AS
(INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) SELECT owner.region AS region, '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AS anon_1, owner.id AS id, 'reset' AS anon_2, owner.email AS email, now() + '0 days 3600.000000 seconds'::interval AS anon_3
FROM owner RETURNING email_links.digest),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.reset_asked' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account ' || CAST(owner.region AS VARCHAR) || '.' || CAST(owner.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM owner ON CONFLICT DO NOTHING RETURNING events.id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT owner.region AS region, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_4, 'reset_mail' AS anon_5, '{"template": "reset_password", "ciphertext": "sealed"}'::JSONB AS anon_6, 0 AS anon_7, CAST(owner.region AS VARCHAR) AS region__1, owner.id AS id, now() AS now_2, NULL::UUID AS anon_8, NULL AS anon_9
FROM owner ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT owner.id
FROM owner;

-- find a link
SELECT email_links.region, email_links.digest, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at, email_links.expires_at, email_links.used_at, users.region AS region_1, users.id, users.city, users.username, users.email AS email_1, users.first_name, users.last_name, users.password_hash, users.created_at AS created_at_1, users.email_confirmed_at, users.disabled_at, users.deleted_at
FROM email_links JOIN users ON users.region = email_links.region AND users.id = email_links.user_id
WHERE (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('reset') AND email_links.used_at IS NULL AND email_links.expires_at > now() AND email_links.region = CAST('europe-west1' AS crdb_internal_region);

-- confirm an address
WITH used_link AS
(UPDATE email_links SET used_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('confirm') AND email_links.used_at IS NULL AND email_links.expires_at > now() RETURNING email_links.region, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at),
confirmed AS
(UPDATE users SET email_confirmed_at=now() FROM used_link WHERE users.region = used_link.region AND users.id = used_link.user_id AND users.email = used_link.email RETURNING users.region, users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT confirmed.region AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.email_confirmed' AS kind, confirmed.region AS actor_region, confirmed.id AS actor_id, 'account ' || CAST(confirmed.region AS VARCHAR) || '.' || CAST(confirmed.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM confirmed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT confirmed.id
FROM confirmed;

-- ask for another address
UPDATE email_links SET expires_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND email_links.purpose IN ('change_old', 'change_new') AND email_links.expires_at > now() RETURNING email_links.digest;
WITH job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-00000000000f'::uuid::UUID, 'mail', '{"template": "change_email_old", "ciphertext": "sealed"}'::JSONB, 0, 'europe-west1', '00000000-0000-0000-0000-000000000001'::uuid::UUID, now(), NULL::UUID, NULL) ON CONFLICT DO NOTHING RETURNING jobs.id)
 INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) VALUES (CAST('europe-west1' AS crdb_internal_region), '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d', '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'change_old', 'new@example.org', (now() + '3 days 0.000000 seconds'::interval)) RETURNING email_links.digest;
WITH job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-00000000000f'::uuid::UUID, 'mail', '{"template": "change_email_new", "ciphertext": "sealed"}'::JSONB, 0, 'europe-west1', '00000000-0000-0000-0000-000000000001'::uuid::UUID, now(), NULL::UUID, NULL) ON CONFLICT DO NOTHING RETURNING jobs.id)
 INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) VALUES (CAST('europe-west1' AS crdb_internal_region), '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d', '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'change_new', 'new@example.org', (now() + '3 days 0.000000 seconds'::interval)) RETURNING email_links.digest;
INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006'::uuid::UUID, 'account.email_change_asked', NULL, NULL::UUID, 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, NULL::UUID, '{}'::JSONB) ON CONFLICT DO NOTHING;

-- confirm another address
UPDATE email_links SET used_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('change_old', 'change_new') AND email_links.used_at IS NULL AND email_links.expires_at > now() RETURNING email_links.region, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at;
SELECT email_links.used_at IS NOT NULL AND email_links.expires_at > now() AS anon_1
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND email_links.purpose = 'change_old' AND email_links.email = 'new@example.org' AND email_links.created_at = '2026-07-01T00:00:00+00:00'::timestamptz;
UPDATE email_links SET expires_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND email_links.purpose IN ('reset', 'confirm') AND email_links.expires_at > now() RETURNING email_links.digest;
INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006'::uuid::UUID, 'account.email_changed', 'europe-west1', '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, NULL::UUID, '{}'::JSONB) ON CONFLICT DO NOTHING;

-- grant a role
WITH old_values AS
(SELECT grants.cities AS cities
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND grants."role" = 'fleet'),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006'::uuid::UUID, 'account.role_granted', NULL, NULL::UUID, 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, NULL::UUID, jsonb_build_object('before', (SELECT jsonb_build_object('cities', old_values.cities) AS jsonb_build_object_1
FROM old_values), 'after', '{"cities": null}'::JSONB, 'role', 'fleet')) ON CONFLICT DO NOTHING RETURNING events.id)
 INSERT INTO grants (region, user_id, "role", cities) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'fleet', NULL::VARCHAR(64)[]) ON CONFLICT (region, user_id, "role") DO UPDATE SET cities = excluded.cities;

-- revoke a role
WITH revoked AS
(DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND grants."role" = 'fleet' RETURNING grants."role", grants.cities),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.role_revoked' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, jsonb_build_object('before', (SELECT jsonb_build_object('cities', revoked.cities) AS jsonb_build_object_1
FROM revoked), 'after', NULL, 'role', 'fleet') AS details
FROM revoked ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT revoked."role"
FROM revoked;

-- a profile
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, profiles.about
FROM users LEFT OUTER JOIN profiles ON profiles.region = users.region AND profiles.user_id = users.id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL;

-- save a profile
UPDATE users SET region=CAST('us-east1' AS crdb_internal_region), city='new york', first_name='Ada', last_name='Lovelace' WHERE users.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region)) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL RETURNING users.id;
WITH event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006'::uuid::UUID, 'account.profile_saved', 'us-east1', '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'account us-east1.00000000-0000-0000-0000-000000000001', NULL, NULL, NULL::UUID, '{}'::JSONB) ON CONFLICT DO NOTHING RETURNING events.id)
 INSERT INTO profiles (region, user_id, about) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001'::uuid::UUID, 'I count.') ON CONFLICT (region, user_id) DO UPDATE SET about = 'I count.';

-- riders of a city
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' AND users.deleted_at IS NULL AND (users.created_at, users.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY users.created_at DESC, users.id DESC
 LIMIT 6;

-- delete an account
SELECT (SELECT count(*) AS count_1
FROM (SELECT 1 AS one
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM identities
WHERE identities.region = CAST('europe-west1' AS crdb_internal_region) AND identities.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-west1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('us-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM profiles
WHERE profiles.region = CAST('europe-west1' AS crdb_internal_region) AND profiles.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM digest_choices
WHERE digest_choices.region = CAST('europe-west1' AS crdb_internal_region) AND digest_choices.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM wallet_entries
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM reports
WHERE reports.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reports.reporter_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM report_photos
WHERE (report_photos.region, report_photos.report_id) IN (SELECT reports.region, reports.id
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM tasks
WHERE tasks.creator_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.creator_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (tasks.assignee_id IS NULL OR tasks.assignee_id != '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM task_parts
WHERE (task_parts.region, task_parts.task_id) IN (SELECT tasks.region, tasks.id
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM task_photos
WHERE (task_photos.region, task_photos.task_id) IN (SELECT tasks.region, tasks.id
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM saved_vehicles
WHERE saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM saved_places
WHERE saved_places.region = CAST('europe-west1' AS crdb_internal_region) AND saved_places.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicle_events
WHERE vehicle_events.actor_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM bulk_actions
WHERE bulk_actions.creator_region = CAST('europe-west1' AS crdb_internal_region) AND bulk_actions.creator_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicle_imports
WHERE vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM ride_paths
WHERE (ride_paths.region, ride_paths.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM ride_reminders
WHERE (ride_reminders.region, ride_reminders.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM disputes
WHERE (disputes.region, disputes.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM disputes
WHERE disputes.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND disputes.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND ((disputes.region, disputes.ride_id) NOT IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID)) UNION ALL SELECT 1 AS one
FROM dispute_messages
WHERE dispute_messages.author_region = CAST('europe-west1' AS crdb_internal_region) AND dispute_messages.author_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM dispute_messages
WHERE (dispute_messages.region, dispute_messages.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) AND dispute_messages.author_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM scheduled_exports
WHERE scheduled_exports.region = CAST('europe-west1' AS crdb_internal_region) AND scheduled_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 1001) AS anon_2) <= 1000 AND NOT (EXISTS (SELECT data_export_parts.number
FROM data_exports JOIN data_export_parts ON data_export_parts.region = data_exports.region AND data_export_parts.export_id = data_exports.id
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND data_export_parts.number > 20)) AS anon_1;

-- the last admin of a deleted account
SELECT grants."role"
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND grants."role" = 'admin' AND NOT (EXISTS (SELECT *
FROM grants AS grants_1, users AS users_1
WHERE grants_1.region = users_1.region AND grants_1.user_id = users_1.id AND grants_1."role" = 'admin' AND grants_1.user_id != '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (grants_1.cities IS NULL OR (grants_1.cities @> grants.cities)) AND users_1.disabled_at IS NULL AND users_1.deleted_at IS NULL));

-- end an account
WITH ended AS
(UPDATE users SET username='~00000000000000000000000000000', email='00000000-0000-0000-0000-000000000001@deleted.invalid', first_name='', last_name='', password_hash='', email_confirmed_at=NULL, disabled_at=coalesce(users.disabled_at, now()), deleted_at=now() WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.deleted' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id),
deleted_email_links AS
(DELETE FROM email_links WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING email_links.user_id),
deleted_identities AS
(DELETE FROM identities WHERE identities.region = CAST('europe-west1' AS crdb_internal_region) AND identities.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING identities.user_id),
deleted_profiles AS
(DELETE FROM profiles WHERE profiles.region = CAST('europe-west1' AS crdb_internal_region) AND profiles.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING profiles.user_id),
deleted_recovery_codes AS
(DELETE FROM recovery_codes WHERE recovery_codes.region = CAST('europe-west1' AS crdb_internal_region) AND recovery_codes.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING recovery_codes.user_id),
deleted_grants AS
(DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING grants.user_id),
deleted_second_factors AS
(DELETE FROM second_factors WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (EXISTS (SELECT ended.id
FROM ended)) RETURNING second_factors.user_id)
 SELECT ended.id
FROM ended;

-- delete the rows of an account
DELETE FROM jobs WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND (jobs.region, jobs.id) IN (SELECT jobs.region, jobs.id
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 500) RETURNING jobs.region, jobs.id;

-- anonymise more events of an account
WITH batch AS
(SELECT events.at AS at, events.id AS id
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (events.at, events.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY events.at, events.id
 LIMIT 500),
anonymised AS
(UPDATE events SET address=NULL WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.id IN (SELECT batch.id
FROM batch) AND events.address IS NOT NULL RETURNING events.id)
 SELECT batch.at, batch.id
FROM batch ORDER BY batch.at, batch.id;

-- delete what is left of an account
DELETE FROM jobs WHERE jobs.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region), CAST('us-west1' AS crdb_internal_region)) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
SELECT balance_parts.currency, CAST(sum(balance_parts.amount) AS BIGINT) AS amount
FROM (SELECT wallet_balances.currency AS currency, wallet_balances.amount AS amount
FROM wallet_balances
WHERE wallet_balances.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_balances.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT wallet_lines.currency AS currency, wallet_lines.amount AS amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT wallet_lines.in_balance) AS balance_parts GROUP BY balance_parts.currency ORDER BY balance_parts.currency;
UPDATE wallet_lines SET rider_id=NULL::UUID WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
UPDATE wallet_entries SET rider_id=NULL::UUID WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
UPDATE payments SET rider_id=NULL::UUID WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND vehicles.state != 'removed' AND (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) IS NOT true
 LIMIT 1;
WITH removed AS
(UPDATE vehicles SET state='removed', state_changed_at=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN now() ELSE vehicles.state_changed_at END, out_of_service_reason=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.out_of_service_reason END, picked_up_at=NULL, event_count=(vehicles.event_count + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN CASE WHEN (vehicles.event_state IS DISTINCT FROM vehicles.state) THEN 1 ELSE 0 END + CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 1 ELSE 0 END + CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed') THEN 1 ELSE 0 END ELSE 0 END), event_state=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'removed' ELSE vehicles.event_state END, reservation_id=CASE WHEN (CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END != 'removed' OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN NULL ELSE vehicles.reservation_id END, changed_at=now() WHERE (vehicles.state IN ('available', 'non_operational', 'non_contactable', 'elsewhere', 'missing') OR vehicles.state = 'reserved' AND vehicles.reserved_until <= now() OR vehicles.state = 'removed' AND vehicles.picked_up_at IS NOT NULL) AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state, vehicles.lat, vehicles.lon, vehicles.battery_percent, vehicles.event_count),
vehicle_transition AS
(SELECT removed.region AS region, removed.id AS id, removed.city AS city, removed.state AS state, removed.lat AS lat, removed.lon AS lon, removed.battery_percent AS battery_percent, removed.event_count AS event_count, CAST(NULL AS UUID) AS ride_id, vehicle_before.city AS city_before, vehicle_before.lat AS lat_before, vehicle_before.lon AS lon_before, vehicle_before.battery_percent AS battery_percent_before, vehicle_before.event_count AS event_count_before, vehicle_before.state AS stored_state, vehicle_before.reserved_until AS reserved_until_before, vehicle_before.reservation_id AS reservation_id_before, vehicle_before.changed_at AS changed_at, CASE WHEN (vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now()) THEN 'available' ELSE vehicle_before.state END AS state_before, vehicle_before.out_of_service_reason AS reason_before, coalesce(vehicle_before.state = 'reserved' AND vehicle_before.reserved_until <= now(), false) AS has_expired, vehicle_before.event_state IS DISTINCT FROM vehicle_before.state AS is_unrecorded
FROM removed LEFT OUTER JOIN LATERAL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = removed.region AND vehicles.id = removed.id
 LIMIT 1) AS vehicle_before ON true),
vehicle_events AS
(INSERT INTO vehicle_events (region, vehicle_id, number, city, occurred_at, state, event_types, lat, lon, battery_percent, ride_id, cause, actor_region, actor_id, note, action, action_id) SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count AS number, vehicle_transition.city AS city, now() AS occurred_at, vehicle_transition.state AS state, ARRAY['decommissioned']::VARCHAR[] AS event_types, vehicle_transition.lat AS lat, vehicle_transition.lon AS lon, vehicle_transition.battery_percent AS battery_percent, vehicle_transition.ride_id AS ride_id, 'owner' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.state_before IS DISTINCT FROM vehicle_transition.state UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + CASE WHEN vehicle_transition.is_unrecorded THEN 1 ELSE 0 END + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.reserved_until_before AS occurred_at, 'available' AS state, ARRAY['reservation_cancel']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'time' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.has_expired UNION ALL SELECT vehicle_transition.region AS region, vehicle_transition.id AS vehicle_id, vehicle_transition.event_count_before + 1 AS number, vehicle_transition.city_before AS city, vehicle_transition.changed_at AS occurred_at, vehicle_transition.stored_state AS state, ARRAY['unspecified']::VARCHAR[] AS event_types, vehicle_transition.lat_before AS lat, vehicle_transition.lon_before AS lon, vehicle_transition.battery_percent_before AS battery_percent, CAST(NULL AS UUID) AS ride_id, 'unknown' AS cause, CAST(NULL AS crdb_internal_region) AS actor_region, CAST(NULL AS UUID) AS actor_id, '' AS note, CAST(NULL AS VARCHAR(24)) AS action, CAST(NULL AS UUID) AS action_id
FROM vehicle_transition
WHERE vehicle_transition.is_unrecorded AND (vehicle_transition.state != vehicle_transition.state_before OR vehicle_transition.has_expired) RETURNING vehicle_events.region, vehicle_events.vehicle_id, vehicle_events.number, vehicle_events.city, vehicle_events.action),
cancelled_tasks AS
(UPDATE tasks SET state='cancelled', closed_at=now(), last_act_id=gen_random_uuid() FROM removed WHERE tasks.region = removed.region AND tasks.vehicle_id = removed.id AND tasks.state IN ('open', 'in_progress') RETURNING tasks.region, tasks.id),
deleted_alerts AS
(DELETE FROM vehicle_alerts USING removed WHERE vehicle_alerts.region = removed.region AND vehicle_alerts.vehicle_id = removed.id RETURNING vehicle_alerts.vehicle_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT cancelled_tasks.region AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(cancelled_tasks.id AS VARCHAR)) AS UUID) AS id, 'task.cancelled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'task ' || CAST(cancelled_tasks.region AS VARCHAR) || '.' || CAST(cancelled_tasks.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM cancelled_tasks ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT removed.id
FROM removed;
UPDATE tasks SET state='open', assignee_region=NULL, assignee_id=NULL, assigned_at=NULL, started_at=NULL WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND tasks.state IN ('open', 'in_progress');
DELETE FROM ride_paths WHERE (ride_paths.region, ride_paths.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID);
DELETE FROM ride_reminders WHERE (ride_reminders.region, ride_reminders.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID);
WITH deleted AS
(DELETE FROM users WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID RETURNING users.id)
 SELECT deleted.id
FROM deleted;
SELECT users.id
FROM users
WHERE users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- resume the deletion of accounts
WITH left_over AS
(SELECT users.region AS region, users.id AS id
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.deleted_at < now() - '1 days 0.000000 seconds'::interval AND NOT (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = users.region AND jobs.kind = 'account_deletion' AND (jobs.payload ->> 'id') = CAST(users.id AS VARCHAR) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL))),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT left_over.region AS region, CAST(md5('account_deletion ' || CAST(concat('00000000-0000-0000-0000-000000000001', ' ', CAST(left_over.id AS VARCHAR)) AS VARCHAR)) AS UUID) AS md5_1, 'account_deletion' AS anon_1, jsonb_build_object('region', CAST(left_over.region AS VARCHAR), 'id', CAST(left_over.id AS VARCHAR)) AS jsonb_build_object_1, 1 AS anon_2, NULL AS anon_3, NULL::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM left_over ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT left_over.id
FROM left_over;

-- an account, for admins
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at, anon_1.region AS region_1, anon_1.id AS id_1, anon_1.user_id, anon_1.created_at AS created_at_1, anon_1.last_seen_at, anon_1.authenticated_at, anon_1.ended_at, anon_1.remember, anon_1.second_factor, anon_1.device, anon_1.agent, anon_1.address, anon_1.city AS city_1, anon_2.region AS region_2, anon_2.id AS id_2, anon_2.at, anon_2.kind, anon_2.actor_region, anon_2.actor_id, anon_2.subject, anon_2.city AS city_2, anon_2.address AS address_1, anon_2.request_id, anon_2.details, now() AS now_1, grants_1.region AS region_3, grants_1.user_id AS user_id_1, grants_1."role", grants_1.cities, open_rides_1.region AS region_4, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_5, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_3, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until, reservations_1.withdrawn_at
FROM users LEFT OUTER JOIN (SELECT login_sessions.region AS region, login_sessions.id AS id, login_sessions.user_id AS user_id, login_sessions.created_at AS created_at, login_sessions.last_seen_at AS last_seen_at, login_sessions.authenticated_at AS authenticated_at, login_sessions.ended_at AS ended_at, login_sessions.remember AS remember, login_sessions.second_factor AS second_factor, login_sessions.device AS device, login_sessions.agent AS agent, login_sessions.address AS address, login_sessions.city AS city
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND login_sessions.ended_at IS NULL ORDER BY login_sessions.last_seen_at DESC
 LIMIT 10) AS anon_1 ON true LEFT OUTER JOIN (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.at AS at, anon_3.kind AS kind, anon_3.actor_region AS actor_region, anon_3.actor_id AS actor_id, anon_3.subject AS subject, anon_3.city AS city, anon_3.address AS address, anon_3.request_id AS request_id, anon_3.details AS details
FROM ((SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account europe-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account us-east1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account us-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10)) AS anon_3 ORDER BY anon_3.at DESC, anon_3.id DESC
 LIMIT 20) AS anon_2 ON true LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL;

-- disable an account
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND login_sessions.ended_at IS NULL RETURNING login_sessions.id),
disabled AS
(UPDATE users SET disabled_at=now() WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.disabled_at IS NULL RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.disabled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"before": {"is_open": true}, "after": {"is_open": false}}'::JSONB AS details
FROM disabled ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT disabled.id
FROM disabled;

-- enable an account
WITH enabled AS
(UPDATE users SET disabled_at=NULL WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.disabled_at IS NOT NULL RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.enabled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"before": {"is_open": false}, "after": {"is_open": true}}'::JSONB AS details
FROM enabled ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT enabled.id
FROM enabled;

-- events of a region
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.city, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- events of one kind in a period
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.city, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.kind = 'account.signed_in' AND events.at >= '2026-07-01T00:00:00+00:00'::timestamptz AND events.at < '2026-07-01T00:00:00+00:00'::timestamptz ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- what staff did in a city
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.city, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.city = 'new york' ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- events about a zone
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.city, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.subject = 'zone 00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- events of an account
SELECT anon_1.region, anon_1.id, anon_1.at, anon_1.kind, anon_1.actor_region, anon_1.actor_id, anon_1.subject, anon_1.city, anon_1.address, anon_1.request_id, anon_1.details
FROM ((SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.subject = 'account europe-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.subject = 'account us-east1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.city AS city, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND events.subject = 'account us-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6)) AS anon_1 ORDER BY anon_1.at DESC, anon_1.id DESC
 LIMIT 12;

-- my data: account
SELECT users.region, users.id, users.username, users.email, users.first_name, users.last_name, users.city, users.created_at, users.email_confirmed_at, users.disabled_at
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY users.id
 LIMIT 500;

-- my data: data-exports
SELECT data_exports.requested_at, data_exports.finished_at, data_exports.failed_at, data_exports.expires_at, data_exports.size_bytes, data_exports.id
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY data_exports.id
 LIMIT 500;

-- my data: digests
SELECT digest_choices.rider, digest_choices.owner, digest_choices.user_id
FROM digest_choices
WHERE digest_choices.region = CAST('europe-west1' AS crdb_internal_region) AND digest_choices.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY digest_choices.user_id
 LIMIT 500;

-- my data: dispute-messages
SELECT dispute_messages.id, dispute_messages.ride_id, dispute_messages.by_staff, dispute_messages.text, dispute_messages.refund, dispute_messages.at, dispute_messages.author_id
FROM dispute_messages
WHERE dispute_messages.author_region = CAST('europe-west1' AS crdb_internal_region) AND dispute_messages.author_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY dispute_messages.at, dispute_messages.id
 LIMIT 500;

-- my data: disputes
SELECT disputes.region, disputes.ride_id, disputes.city, disputes.state, disputes.refunded, disputes.language, disputes.opened_at, disputes.changed_at, disputes.first_action_at, disputes.answered_at, disputes.assignee_id
FROM disputes
WHERE (disputes.region, disputes.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY disputes.opened_at, disputes.ride_id
 LIMIT 500;

-- my data: events
SELECT events.at, events.kind, events.subject, events.address, events.details, events.id, events.actor_id
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY events.at, events.id
 LIMIT 500;

-- my data: identities
SELECT identities.issuer, identities.subject, identities.email, identities.created_at, identities.id
FROM identities
WHERE identities.region = CAST('europe-west1' AS crdb_internal_region) AND identities.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY identities.id
 LIMIT 500;

-- my data: jobs
SELECT jobs.kind, jobs.created_at, jobs.due_at, jobs.id
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY jobs.id
 LIMIT 500;

-- my data: links
SELECT email_links.purpose, email_links.email, email_links.created_at, email_links.expires_at, email_links.used_at, email_links.digest
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY email_links.digest
 LIMIT 500;

-- my data: payments
SELECT payments.id, payments.currency, payments.amount, payments.state, payments.provider, payments.reference, payments.paid_back, payments.created_at, payments.settled_at
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY payments.created_at, payments.id
 LIMIT 500;

-- my data: profile
SELECT profiles.about, profiles.user_id
FROM profiles
WHERE profiles.region = CAST('europe-west1' AS crdb_internal_region) AND profiles.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY profiles.user_id
 LIMIT 500;

-- my data: report-photos
SELECT report_photos.region, report_photos.report_id, report_photos.number
FROM report_photos
WHERE (report_photos.region, report_photos.report_id) IN (SELECT reports.region, reports.id
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY report_photos.report_id, report_photos.number
 LIMIT 500;

-- my data: reports
SELECT reports.region, reports.id, reports.city, reports.kind, reports.critical, reports.note, reports.language, reports.state, reports.answer, reports.created_at, reports.answered_at, reports.first_action_at, reports.reporter_id
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY reports.created_at, reports.id
 LIMIT 500;

-- my data: reservation
SELECT reservations.vehicle_region, reservations.vehicle_id, reservations.plan_id, reservations.reserved_at, reservations.until, reservations.withdrawn_at, reservations.rider_id
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY reservations.rider_id
 LIMIT 500;

-- my data: ride-paths
SELECT ride_paths.region, ride_paths.ride_id, ride_paths.points, ride_paths.changed_at
FROM ride_paths
WHERE (ride_paths.region, ride_paths.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY ride_paths.region, ride_paths.ride_id
 LIMIT 500;

-- my data: ride-reminders
SELECT ride_reminders.region, ride_reminders.ride_id, ride_reminders.kind, ride_reminders.due_at, ride_reminders.amount
FROM ride_reminders
WHERE (ride_reminders.region, ride_reminders.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY ride_reminders.region, ride_reminders.ride_id, ride_reminders.kind
 LIMIT 500;

-- my data: rides
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.rating, rides.rating_note, rides.reminded_at, rides.overdue_at, rides.end_reason, rides.charged_until
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY rides.started_at, rides.id
 LIMIT 500;

-- my data: roles
SELECT grants."role", grants.cities
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY grants."role"
 LIMIT 500;

-- my data: saved-places
SELECT saved_places.label, saved_places.lat, saved_places.lon, saved_places.created_at, saved_places.id
FROM saved_places
WHERE saved_places.region = CAST('europe-west1' AS crdb_internal_region) AND saved_places.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY saved_places.created_at, saved_places.id
 LIMIT 500;

-- my data: saved-vehicles
SELECT saved_vehicles.region, saved_vehicles.saved_at, saved_vehicles.waiting_at, saved_vehicles.vehicle_id
FROM saved_vehicles
WHERE saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY saved_vehicles.saved_at, saved_vehicles.vehicle_id
 LIMIT 500;

-- my data: second-factor
SELECT second_factors.confirmed_at, second_factors.user_id
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY second_factors.user_id
 LIMIT 500;

-- my data: sessions
SELECT login_sessions.created_at, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.agent, login_sessions.address, login_sessions.city, login_sessions.id
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY login_sessions.created_at, login_sessions.id
 LIMIT 500;

-- my data: vehicles
SELECT vehicles.region, vehicles.id, vehicles.code, vehicles.city, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.battery_percent, vehicles.feed_system, vehicles.feed_vehicle, vehicles.feed_source, vehicles.created_at
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY vehicles.created_at, vehicles.id
 LIMIT 500;

-- my data: wallet
SELECT wallet_entries.id, wallet_entries.kind, wallet_entries.currency, wallet_entries.ride_id, wallet_entries.note, wallet_entries.at
FROM wallet_entries
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY wallet_entries.at, wallet_entries.id
 LIMIT 500;

-- my data: wallet-amounts
SELECT wallet_lines.entry_id, wallet_lines.account, wallet_lines.currency, wallet_lines.amount
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY wallet_lines.currency, wallet_lines.entry_id, wallet_lines.account
 LIMIT 500;

-- my data: how many rows
SELECT count(*) AS count_1
FROM (SELECT 1 AS one
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM identities
WHERE identities.region = CAST('europe-west1' AS crdb_internal_region) AND identities.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM events
WHERE events.region = CAST('us-west1' AS crdb_internal_region) AND events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001') AND events.actor_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM jobs
WHERE jobs.region = CAST('us-west1' AS crdb_internal_region) AND jobs.account_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM profiles
WHERE profiles.region = CAST('europe-west1' AS crdb_internal_region) AND profiles.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM digest_choices
WHERE digest_choices.region = CAST('europe-west1' AS crdb_internal_region) AND digest_choices.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM wallet_entries
WHERE wallet_entries.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_entries.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM wallet_lines
WHERE wallet_lines.region = CAST('europe-west1' AS crdb_internal_region) AND wallet_lines.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM payments
WHERE payments.region = CAST('europe-west1' AS crdb_internal_region) AND payments.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM reports
WHERE reports.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND reports.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND reports.reporter_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM report_photos
WHERE (report_photos.region, report_photos.report_id) IN (SELECT reports.region, reports.id
FROM reports
WHERE reports.reporter_region = CAST('europe-west1' AS crdb_internal_region) AND reports.reporter_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM tasks
WHERE tasks.creator_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.creator_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND (tasks.assignee_id IS NULL OR tasks.assignee_id != '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM task_parts
WHERE (task_parts.region, task_parts.task_id) IN (SELECT tasks.region, tasks.id
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM task_photos
WHERE (task_photos.region, task_photos.task_id) IN (SELECT tasks.region, tasks.id
FROM tasks
WHERE tasks.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND tasks.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM saved_vehicles
WHERE saved_vehicles.rider_region = CAST('europe-west1' AS crdb_internal_region) AND saved_vehicles.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM saved_places
WHERE saved_places.region = CAST('europe-west1' AS crdb_internal_region) AND saved_places.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicle_events
WHERE vehicle_events.actor_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_events.actor_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM bulk_actions
WHERE bulk_actions.creator_region = CAST('europe-west1' AS crdb_internal_region) AND bulk_actions.creator_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM vehicle_imports
WHERE vehicle_imports.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicle_imports.owner_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM ride_paths
WHERE (ride_paths.region, ride_paths.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM ride_reminders
WHERE (ride_reminders.region, ride_reminders.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM reservations
WHERE reservations.region = CAST('europe-west1' AS crdb_internal_region) AND reservations.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM disputes
WHERE (disputes.region, disputes.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) UNION ALL SELECT 1 AS one
FROM disputes
WHERE disputes.assignee_region = CAST('europe-west1' AS crdb_internal_region) AND disputes.assignee_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND ((disputes.region, disputes.ride_id) NOT IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID)) UNION ALL SELECT 1 AS one
FROM dispute_messages
WHERE dispute_messages.author_region = CAST('europe-west1' AS crdb_internal_region) AND dispute_messages.author_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM dispute_messages
WHERE (dispute_messages.region, dispute_messages.ride_id) IN (SELECT rides.region, rides.id
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) AND dispute_messages.author_id IS DISTINCT FROM '00000000-0000-0000-0000-000000000001'::uuid::UUID UNION ALL SELECT 1 AS one
FROM scheduled_exports
WHERE scheduled_exports.region = CAST('europe-west1' AS crdb_internal_region) AND scheduled_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID
 LIMIT 5001) AS anon_1;

-- request a data export
WITH requested AS
(INSERT INTO data_exports (region, user_id, id, expires_at) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_7, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_8, '00000000-0000-0000-0000-000000000011'::uuid::UUID AS anon_9, now() + '7 days 0.000000 seconds'::interval AS anon_10
WHERE EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL) ON CONFLICT (region, user_id) DO UPDATE SET requested_at = now(), worker = NULL, changed_at = now(), finished_at = NULL, failed_at = NULL, expires_at = excluded.expires_at WHERE data_exports.failed_at IS NOT NULL OR data_exports.finished_at IS NULL AND data_exports.changed_at < now() - '0 days 3600.000000 seconds'::interval OR data_exports.expires_at <= now() RETURNING data_exports.region, data_exports.id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT requested.region AS region, CAST(md5('data_export ' || CAST(requested.id AS VARCHAR)) AS UUID) AS md5_1, 'data_export' AS anon_1, jsonb_build_object('region', CAST(requested.region AS VARCHAR), 'id', CAST(requested.id AS VARCHAR)) AS jsonb_build_object_1, 2 AS anon_2, 'europe-west1' AS anon_3, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_4, now() AS now_1, NULL::UUID AS anon_5, NULL AS anon_6
FROM requested ON CONFLICT (region, id) DO UPDATE SET kind = excluded.kind, payload = excluded.payload, priority = excluded.priority, account_region = excluded.account_region, account_id = excluded.account_id, created_at = now(), due_at = excluded.due_at, attempts = 0, worker = NULL, last_error = NULL, done_at = NULL, failed_at = NULL, request_id = excluded.request_id, trace = excluded.trace RETURNING jobs.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.data_export_requested' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM requested ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT 1 AS anon_11
WHERE EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL);

-- begin a data export
UPDATE data_exports SET worker='host 1f 2e', changed_at=now(), file_count=0, row_count=0, part_count=0, size_bytes=0, failed_at=NULL WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.finished_at IS NULL AND data_exports.expires_at > now() AND (EXISTS (SELECT *
FROM users
WHERE users.region = data_exports.region AND users.id = data_exports.user_id AND users.deleted_at IS NULL)) AND (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND jobs.worker = 'host 1f 2e')) RETURNING data_exports.region, data_exports.user_id;

-- append a part to a data export
WITH advanced AS
(UPDATE data_exports SET changed_at=now(), file_count=1, row_count=30, part_count=2, size_bytes=512 WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.finished_at IS NULL AND data_exports.expires_at > now() AND (EXISTS (SELECT *
FROM users
WHERE users.region = data_exports.region AND users.id = data_exports.user_id AND users.deleted_at IS NULL)) AND data_exports.worker = 'host 1f 2e' RETURNING data_exports.region, data_exports.id, data_exports.user_id),
part AS
(INSERT INTO data_export_parts (region, export_id, number, content) SELECT advanced.region AS region, advanced.id AS id, 2 AS anon_1, 'PK'::bytea AS anon_2
FROM advanced ON CONFLICT DO NOTHING RETURNING data_export_parts.number)
 SELECT advanced.id
FROM advanced;

-- finish a data export
WITH finished AS
(UPDATE data_exports SET file_count=(data_exports.file_count + 1), finished_at=now(), expires_at=(now() + '7 days 0.000000 seconds'::interval) WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.finished_at IS NULL AND data_exports.expires_at > now() AND (EXISTS (SELECT *
FROM users
WHERE users.region = data_exports.region AND users.id = data_exports.user_id AND users.deleted_at IS NULL)) AND data_exports.worker = 'host 1f 2e' RETURNING data_exports.region, data_exports.id, data_exports.user_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_2, 'mail' AS anon_3, '{"template": "data_export_ready", "ciphertext": "sealed"}'::JSONB AS anon_4, 0 AS anon_5, CAST(finished.region AS VARCHAR) AS region, finished.user_id AS user_id, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM finished ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT finished.id
FROM finished;

-- give up a data export
WITH failed AS
(UPDATE data_exports SET failed_at=now() WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.finished_at IS NULL AND data_exports.expires_at > now() AND (EXISTS (SELECT *
FROM users
WHERE users.region = data_exports.region AND users.id = data_exports.user_id AND users.deleted_at IS NULL)) AND (data_exports.worker = 'host 1f 2e' OR data_exports.worker IS NULL AND (EXISTS (SELECT *
FROM jobs
WHERE jobs.region = CAST('europe-west1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000012'::uuid::UUID AND jobs.worker = 'host 1f 2e'))) AND data_exports.failed_at IS NULL RETURNING data_exports.region, data_exports.id, data_exports.user_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_2, 'mail' AS anon_3, '{"template": "data_export_failed", "ciphertext": "sealed"}'::JSONB AS anon_4, 0 AS anon_5, CAST(failed.region AS VARCHAR) AS region, failed.user_id AS user_id, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM failed ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT failed.id
FROM failed;

-- how far a data export is
SELECT CASE WHEN (data_exports.expires_at <= now()) THEN 'expired' WHEN (data_exports.finished_at IS NOT NULL) THEN 'ready' WHEN (data_exports.failed_at IS NOT NULL OR data_exports.worker IS NOT NULL AND data_exports.finished_at IS NULL AND data_exports.changed_at < now() - '0 days 3600.000000 seconds'::interval) THEN 'failed' ELSE 'running' END AS anon_1, data_exports.requested_at, data_exports.expires_at, data_exports.file_count, data_exports.row_count, data_exports.size_bytes
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID;

-- download a data export
WITH ready AS
(SELECT data_exports.region AS region, data_exports.id AS id, data_exports.worker AS worker, data_exports.part_count AS part_count, data_exports.size_bytes AS size_bytes
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND data_exports.finished_at IS NOT NULL AND data_exports.expires_at > now()),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'account.data_exported' AS kind, 'europe-west1' AS actor_region, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{"what": "everything"}'::JSONB AS details
FROM ready ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT ready.region, ready.id, ready.worker, ready.part_count, ready.size_bytes
FROM ready;

-- a part of a data export
SELECT data_export_parts.content
FROM data_export_parts
WHERE data_export_parts.region = CAST('europe-west1' AS crdb_internal_region) AND data_export_parts.export_id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_export_parts.number = 1 AND (EXISTS (SELECT *
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.worker = 'host 1f 2e'));

-- delete a data export
DELETE FROM data_exports WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND NOT (EXISTS (SELECT data_export_parts.number
FROM data_exports JOIN data_export_parts ON data_export_parts.region = data_exports.region AND data_export_parts.export_id = data_exports.id
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND data_export_parts.number > 20)) RETURNING data_exports.id;

-- end a data export
UPDATE data_exports SET worker=NULL, expires_at=now() WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID RETURNING data_exports.region, data_exports.id;

-- delete the parts of a data export
DELETE FROM data_export_parts WHERE data_export_parts.region = CAST('europe-west1' AS crdb_internal_region) AND (data_export_parts.region, data_export_parts.export_id, data_export_parts.number) IN (SELECT data_export_parts.region, data_export_parts.export_id, data_export_parts.number
FROM data_export_parts
WHERE data_export_parts.region = CAST('europe-west1' AS crdb_internal_region) AND data_export_parts.export_id IN (SELECT data_exports.id
FROM data_exports
WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.id = '00000000-0000-0000-0000-000000000011'::uuid::UUID AND data_exports.expires_at <= now())
 LIMIT 20) RETURNING data_export_parts.region, data_export_parts.export_id, data_export_parts.number;

-- delete a data export that has ended
DELETE FROM data_exports WHERE data_exports.region = CAST('europe-west1' AS crdb_internal_region) AND data_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND data_exports.expires_at <= now() RETURNING data_exports.id;

-- claim jobs
WITH due AS
(SELECT jobs.region AS region, jobs.id AS id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.priority IN (0, 1, 2) AND jobs.due_at <= now() AND jobs.kind IN ('mail', 'receipt') AND jobs.done_at IS NULL AND jobs.failed_at IS NULL ORDER BY jobs.priority, jobs.due_at
 LIMIT 4 FOR UPDATE SKIP LOCKED)
 UPDATE jobs SET due_at=(now() + '0 days 60.000000 seconds'::interval * (1 + random())), attempts=(jobs.attempts + 1), worker='host 1f 2e' FROM due WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.region = due.region AND jobs.id = due.id RETURNING jobs.region, jobs.id, jobs.kind, jobs.payload, jobs.worker, jobs.attempts, jobs.created_at, jobs.account_region, jobs.account_id, jobs.request_id, jobs.trace;

-- start a job that was dispatched
UPDATE jobs SET due_at=(now() + '0 days 60.000000 seconds'::interval * (1 + random())), attempts=(jobs.attempts + 1), worker='host 2f 3e' WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND jobs.worker = 'host 1f 2e' AND jobs.kind IN ('mail', 'receipt') AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.region, jobs.id, jobs.kind, jobs.payload, jobs.worker, jobs.attempts, jobs.created_at, jobs.account_region, jobs.account_id, jobs.request_id, jobs.trace;

-- requeue jobs that could not be dispatched
UPDATE jobs SET due_at=now(), attempts=jobs.attempts, worker=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id IN ('00000000-0000-0000-0000-000000000010'::uuid::UUID, '00000000-0000-0000-0000-000000000010'::uuid::UUID) AND (jobs.id, jobs.worker) IN (('00000000-0000-0000-0000-000000000010'::uuid, 'host 1f 2e'), ('00000000-0000-0000-0000-000000000010'::uuid, 'host 1f 2e')) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- renew the leases of jobs
UPDATE jobs SET due_at=(now() + '0 days 60.000000 seconds'::interval * (1 + random())) WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id IN ('00000000-0000-0000-0000-000000000010'::uuid::UUID, '00000000-0000-0000-0000-000000000010'::uuid::UUID) AND (jobs.id, jobs.worker) IN (('00000000-0000-0000-0000-000000000010'::uuid, 'host 1f 2e'), ('00000000-0000-0000-0000-000000000010'::uuid, 'host 1f 2e')) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- finish a job
UPDATE jobs SET payload='{}'::JSONB, account_region=NULL, account_id=NULL::UUID, worker=NULL, done_at=now() WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND jobs.worker = 'host 1f 2e' AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- postpone a job
UPDATE jobs SET due_at=(now() + '0 days 60.000000 seconds'::interval), worker=NULL, last_error='MailNotSent' WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND jobs.worker = 'host 1f 2e' AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- give up a job
UPDATE jobs SET worker=NULL, last_error='MailNotSent', failed_at=now() WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND jobs.worker = 'host 1f 2e' AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- requeue jobs that run
UPDATE jobs SET due_at=now(), attempts=(jobs.attempts - 1), worker=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id IN ('00000000-0000-0000-0000-000000000010'::uuid::UUID) AND (jobs.id, jobs.worker) IN (('00000000-0000-0000-0000-000000000010'::uuid, 'host 1f 2e')) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL RETURNING jobs.id;

-- retry a job
UPDATE jobs SET due_at=now(), attempts=0, worker=NULL, failed_at=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND (jobs.failed_at IS NOT NULL OR jobs.attempts > 0) AND jobs.done_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) RETURNING jobs.region, jobs.id, jobs.kind;

-- discard a job
UPDATE jobs SET payload='{}'::JSONB, account_region=NULL, account_id=NULL::UUID, worker=NULL, last_error=left(concat_ws(': ', 'discarded', jobs.last_error), 500), done_at=now(), failed_at=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID AND jobs.done_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) RETURNING jobs.region, jobs.id, jobs.kind;

-- retry jobs as an admin
WITH changed AS
(UPDATE jobs SET due_at=now(), attempts=0, worker=NULL, failed_at=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id IN ('00000000-0000-0000-0000-000000000010'::uuid::UUID) AND (jobs.failed_at IS NOT NULL OR jobs.attempts > 0) AND jobs.done_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) RETURNING jobs.region, jobs.id, jobs.kind),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(changed.id AS VARCHAR)) AS UUID) AS id, 'job.retried' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'job ' || CAST(changed.region AS VARCHAR) || '.' || CAST(changed.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- the last failure of a kind
SELECT max(jobs.failed_at) AS max_1
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.failed_at IS NOT NULL AND jobs.kind = 'mail';

-- discard the failed jobs of a kind
WITH changed AS
(UPDATE jobs SET payload='{}'::JSONB, account_region=NULL, account_id=NULL::UUID, worker=NULL, last_error=left(concat_ws(': ', 'discarded', jobs.last_error), 500), done_at=now(), failed_at=NULL WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.failed_at IS NOT NULL AND jobs.id IN (SELECT jobs.id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.failed_at <= '2026-01-01T00:00:00+00:00'::timestamptz AND jobs.kind = 'mail' ORDER BY jobs.failed_at NULLS LAST, jobs.id
 LIMIT 500) AND jobs.done_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) RETURNING jobs.region, jobs.id, jobs.kind),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, CAST(md5('00000000-0000-0000-0000-000000000006 ' || CAST(changed.id AS VARCHAR)) AS UUID) AS id, 'job.discarded' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'job ' || CAST(changed.region AS VARCHAR) || '.' || CAST(changed.id AS VARCHAR) AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- count jobs by kind
SELECT anon_1.kind, count(*) FILTER (WHERE anon_1.state = 'waiting') AS anon_2, count(*) FILTER (WHERE anon_1.state = 'running') AS anon_3, count(*) FILTER (WHERE anon_1.state = 'failed') AS anon_4, min(anon_1.due_at) FILTER (WHERE anon_1.state = 'waiting' AND anon_1.due_at <= now()) AS anon_5
FROM (SELECT anon_6.kind AS kind, anon_6.state AS state, anon_6.due_at AS due_at
FROM (SELECT jobs.kind AS kind, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.due_at AS due_at
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL ORDER BY jobs.priority, jobs.due_at
 LIMIT 10000) AS anon_6 UNION ALL SELECT anon_7.kind AS kind, anon_7.state AS state, anon_7.due_at AS due_at
FROM (SELECT jobs.kind AS kind, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.due_at AS due_at
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.failed_at IS NOT NULL ORDER BY jobs.failed_at DESC NULLS FIRST, jobs.id DESC
 LIMIT 10000) AS anon_7) AS anon_1 GROUP BY anon_1.kind;

-- jobs that wait
SELECT anon_1.region, anon_1.id, anon_1.kind, anon_1.template, anon_1.state, anon_1.created_at, anon_1.due_at, anon_1.attempts, anon_1.worker, anon_1.last_error, anon_1.done_at, anon_1.failed_at, anon_1.request_id
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.kind AS kind, anon_2.template AS template, anon_2.state AS state, anon_2.created_at AS created_at, anon_2.due_at AS due_at, anon_2.attempts AS attempts, anon_2.worker AS worker, anon_2.last_error AS last_error, anon_2.done_at AS done_at, anon_2.failed_at AS failed_at, anon_2.request_id AS request_id
FROM (SELECT jobs.region AS region, jobs.id AS id, jobs.kind AS kind, CAST(jobs.payload ->> 'template' AS VARCHAR) AS template, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.created_at AS created_at, jobs.due_at AS due_at, jobs.attempts AS attempts, jobs.worker AS worker, jobs.last_error AS last_error, jobs.done_at AS done_at, jobs.failed_at AS failed_at, jobs.request_id AS request_id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) AND (jobs.due_at, jobs.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND jobs.priority = 0 ORDER BY jobs.due_at, jobs.id
 LIMIT 31) AS anon_2 UNION ALL SELECT anon_3.region AS region, anon_3.id AS id, anon_3.kind AS kind, anon_3.template AS template, anon_3.state AS state, anon_3.created_at AS created_at, anon_3.due_at AS due_at, anon_3.attempts AS attempts, anon_3.worker AS worker, anon_3.last_error AS last_error, anon_3.done_at AS done_at, anon_3.failed_at AS failed_at, anon_3.request_id AS request_id
FROM (SELECT jobs.region AS region, jobs.id AS id, jobs.kind AS kind, CAST(jobs.payload ->> 'template' AS VARCHAR) AS template, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.created_at AS created_at, jobs.due_at AS due_at, jobs.attempts AS attempts, jobs.worker AS worker, jobs.last_error AS last_error, jobs.done_at AS done_at, jobs.failed_at AS failed_at, jobs.request_id AS request_id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) AND (jobs.due_at, jobs.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND jobs.priority = 1 ORDER BY jobs.due_at, jobs.id
 LIMIT 31) AS anon_3 UNION ALL SELECT anon_4.region AS region, anon_4.id AS id, anon_4.kind AS kind, anon_4.template AS template, anon_4.state AS state, anon_4.created_at AS created_at, anon_4.due_at AS due_at, anon_4.attempts AS attempts, anon_4.worker AS worker, anon_4.last_error AS last_error, anon_4.done_at AS done_at, anon_4.failed_at AS failed_at, anon_4.request_id AS request_id
FROM (SELECT jobs.region AS region, jobs.id AS id, jobs.kind AS kind, CAST(jobs.payload ->> 'template' AS VARCHAR) AS template, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.created_at AS created_at, jobs.due_at AS due_at, jobs.attempts AS attempts, jobs.worker AS worker, jobs.last_error AS last_error, jobs.done_at AS done_at, jobs.failed_at AS failed_at, jobs.request_id AS request_id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.done_at IS NULL AND jobs.failed_at IS NULL AND (jobs.worker IS NULL OR jobs.due_at <= now()) AND (jobs.due_at, jobs.id) > ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) AND jobs.priority = 2 ORDER BY jobs.due_at, jobs.id
 LIMIT 31) AS anon_4) AS anon_1 ORDER BY anon_1.due_at, anon_1.id
 LIMIT 31;

-- jobs of a kind that failed
SELECT jobs.region, jobs.id, jobs.kind, CAST(jobs.payload ->> 'template' AS VARCHAR) AS template, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.created_at, jobs.due_at, jobs.attempts, jobs.worker, jobs.last_error, jobs.done_at, jobs.failed_at, jobs.request_id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.failed_at IS NOT NULL AND jobs.kind = 'mail' AND (jobs.failed_at, jobs.id) < ('2026-07-01T00:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000004'::uuid::UUID) ORDER BY jobs.failed_at DESC NULLS FIRST, jobs.id DESC
 LIMIT 31;

-- a job
SELECT jobs.region, jobs.id, jobs.kind, CAST(jobs.payload ->> 'template' AS VARCHAR) AS template, CASE WHEN (jobs.done_at IS NOT NULL) THEN 'done' WHEN (jobs.failed_at IS NOT NULL) THEN 'failed' WHEN (NOT (jobs.worker IS NULL OR jobs.due_at <= now())) THEN 'running' ELSE 'waiting' END AS state, jobs.created_at, jobs.due_at, jobs.attempts, jobs.worker, jobs.last_error, jobs.done_at, jobs.failed_at, jobs.request_id
FROM jobs
WHERE jobs.region = CAST('us-east1' AS crdb_internal_region) AND jobs.id = '00000000-0000-0000-0000-000000000010'::uuid::UUID;

-- what is to be summed up
SELECT now() AS now_1, (SELECT rollups_progress.done_until - '0 days 600.000000 seconds'::interval AS anon_2
FROM rollups_progress
WHERE rollups_progress.region = CAST('us-east1' AS crdb_internal_region) AND rollups_progress.city = 'new york') AS anon_1, (SELECT min(late_events.occurred_at) AS min_1
FROM (SELECT vehicle_events.occurred_at AS occurred_at
FROM vehicle_events
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.city = 'new york' AND vehicle_events.recorded_at > vehicle_events.occurred_at AND vehicle_events.recorded_at > (SELECT rollups_progress.recorded_until - '0 days 600.000000 seconds'::interval AS anon_4
FROM rollups_progress
WHERE rollups_progress.region = CAST('us-east1' AS crdb_internal_region) AND rollups_progress.city = 'new york') AND vehicle_events.cause != 'time'
 LIMIT ALL OFFSET 0) AS late_events) AS anon_3, least((SELECT min(vehicle_events.occurred_at) AS min_2
FROM vehicle_events
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.city = 'new york' AND (vehicle_events.state != 'removed' OR array_length(vehicle_events.event_types, 1) > 0)), (SELECT min(rides.ended_at) AS min_3
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NOT NULL)) AS least_1, (SELECT min(rollups.started_at) AS min_4
FROM rollups
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'month') AS anon_5;

-- the sums of an hour
SELECT rows.period, rows.form_factor, rows.state, rows.number, rows.moments_ms
FROM (SELECT changes.period AS period, changes.form_factor AS form_factor, changes.state AS state, CAST(sum(changes.sign) AS BIGINT) AS number, CAST(sum(changes.moment_ms) AS BIGINT) AS moments_ms
FROM (SELECT width_bucket(vehicle_events.occurred_at, ARRAY['2026-01-01T12:00:00+00:00'::timestamptz,'2026-01-01T13:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS period, vehicles.form_factor AS form_factor, vehicle_events.state AS state, 1 AS sign, CAST(round(EXTRACT(epoch FROM vehicle_events.occurred_at) * 1000) AS BIGINT) * 1 AS moment_ms
FROM vehicle_events LEFT OUTER JOIN vehicle_events AS before ON before.region = vehicle_events.region AND before.vehicle_id = vehicle_events.vehicle_id AND before.number = (vehicle_events.number - vehicle_events.compacted_count) - 1 JOIN vehicles ON vehicles.region = vehicle_events.region AND vehicles.id = vehicle_events.vehicle_id
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.city = 'new york' AND vehicle_events.occurred_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND true UNION ALL SELECT width_bucket(vehicle_events.occurred_at, ARRAY['2026-01-01T12:00:00+00:00'::timestamptz,'2026-01-01T13:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS period, vehicles.form_factor AS form_factor, before.state AS state,  -1 AS sign, CAST(round(EXTRACT(epoch FROM vehicle_events.occurred_at) * 1000) AS BIGINT) *  -1 AS moment_ms
FROM vehicle_events LEFT OUTER JOIN vehicle_events AS before ON before.region = vehicle_events.region AND before.vehicle_id = vehicle_events.vehicle_id AND before.number = (vehicle_events.number - vehicle_events.compacted_count) - 1 JOIN vehicles ON vehicles.region = vehicle_events.region AND vehicles.id = vehicle_events.vehicle_id
WHERE vehicle_events.region = CAST('us-east1' AS crdb_internal_region) AND vehicle_events.city = 'new york' AND vehicle_events.occurred_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND before.state IS NOT NULL UNION ALL SELECT width_bucket(vehicles.reserved_until, ARRAY['2026-01-01T12:00:00+00:00'::timestamptz,'2026-01-01T13:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS width_bucket_1, vehicles.form_factor AS form_factor, 'available' AS anon_1, 1 AS anon_2, CAST(round(EXTRACT(epoch FROM vehicles.reserved_until) * 1000) AS BIGINT) * 1 AS anon_3
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.reserved_until <= now() AND vehicles.reserved_until >= '2026-01-01T12:00:00+00:00'::timestamptz UNION ALL SELECT width_bucket(vehicles.reserved_until, ARRAY['2026-01-01T12:00:00+00:00'::timestamptz,'2026-01-01T13:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS width_bucket_2, vehicles.form_factor AS form_factor, 'reserved' AS anon_4,  -1 AS anon_5, CAST(round(EXTRACT(epoch FROM vehicles.reserved_until) * 1000) AS BIGINT) *  -1 AS anon_6
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.reserved_until <= now() AND vehicles.reserved_until >= '2026-01-01T12:00:00+00:00'::timestamptz) AS changes GROUP BY changes.period, changes.form_factor, changes.state UNION ALL SELECT NULL AS anon_7, vehicles.form_factor AS form_factor, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END AS anon_8, count(*) AS count_1, CAST(0 AS BIGINT) AS anon_9
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' GROUP BY vehicles.form_factor, CASE WHEN (vehicles.state = 'reserved' AND vehicles.reserved_until <= now()) THEN 'available' ELSE vehicles.state END) AS rows;

-- write the sums of a day
DELETE FROM rollups WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'day' AND rollups.started_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND rollups.started_at < '2026-01-02T05:00:00+00:00'::timestamptz;
INSERT INTO rollups (region, city, period, started_at, metric, dimension, form_factor, value) SELECT rollups.region, rollups.city, 'day' AS anon_1, '2026-01-01T12:00:00+00:00'::timestamptz AS anon_2, rollups.metric, rollups.dimension, rollups.form_factor, CAST(sum(rollups.value) AS BIGINT) AS sum_1
FROM rollups
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'hour' AND rollups.started_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND rollups.started_at < '2026-01-02T05:00:00+00:00'::timestamptz GROUP BY rollups.region, rollups.city, rollups.metric, rollups.dimension, rollups.form_factor ON CONFLICT (region, city, period, started_at, metric, dimension, form_factor) DO UPDATE SET value = excluded.value;

-- the sums of a range
SELECT width_bucket(rollups.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS width_bucket_1, rollups.metric, rollups.dimension, CAST(sum(rollups.value) AS BIGINT) AS sum_1
FROM rollups
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'day' AND rollups.started_at >= '2026-01-01T00:00:00+00:00'::timestamptz AND rollups.started_at < '2026-01-03T00:00:00+00:00'::timestamptz GROUP BY width_bucket(rollups.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]), rollups.metric, rollups.dimension;

-- the sums of a range, for analysts
WITH few_days AS
(SELECT rollups.started_at AS started_at, rollups.form_factor AS form_factor, coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0) > 0 AND coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0) < 10 OR (greatest(coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'events' AND rollups.dimension IN ('trip_start', 'trip_end')) THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0)) > 0 OR coalesce(max(CASE WHEN (rollups.metric = 'state_time' AND rollups.dimension IN ('on_trip', 'reserved')) THEN rollups.value END), 0) > 0) AND greatest(coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'events' AND rollups.dimension IN ('trip_start', 'trip_end')) THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0)) < 10 AS has_few_rides
FROM rollups
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'day' AND rollups.started_at >= '2026-01-01T00:00:00+00:00'::timestamptz AND rollups.started_at < '2026-01-03T00:00:00+00:00'::timestamptz AND rollups.started_at <= (SELECT rollups_progress.done_until
FROM rollups_progress
WHERE rollups_progress.region = CAST('us-east1' AS crdb_internal_region) AND rollups_progress.city = 'new york') - '1 days 7200.000000 seconds'::interval AND (rollups.metric = 'rides' OR rollups.metric = 'events' AND rollups.dimension IN ('trip_start', 'trip_end') OR rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel') OR rollups.metric = 'state_time' AND rollups.dimension IN ('on_trip', 'reserved')) GROUP BY rollups.started_at, rollups.form_factor
HAVING coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0) > 0 AND coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0) < 10 OR (greatest(coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'events' AND rollups.dimension IN ('trip_start', 'trip_end')) THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0)) > 0 OR coalesce(max(CASE WHEN (rollups.metric = 'state_time' AND rollups.dimension IN ('on_trip', 'reserved')) THEN rollups.value END), 0) > 0) AND greatest(coalesce(max(CASE WHEN (rollups.metric = 'rides') THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'events' AND rollups.dimension IN ('trip_start', 'trip_end')) THEN rollups.value END), 0), coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0)) < 10 OR coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0) > 0 AND coalesce(max(CASE WHEN (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel')) THEN rollups.value END), 0) < 10)
 SELECT totals.period, totals.metric, totals.dimension, totals.value
FROM (SELECT width_bucket(rollups.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS period, rollups.metric AS metric, CASE WHEN (rollups.metric = 'state_time' AND rollups.dimension IN ('on_trip', 'reserved')) THEN 'in_use' ELSE rollups.dimension END AS dimension, CAST(sum(rollups.value) AS BIGINT) AS value
FROM rollups LEFT OUTER JOIN few_days ON few_days.started_at = rollups.started_at AND few_days.form_factor = rollups.form_factor
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'day' AND rollups.started_at >= '2026-01-01T00:00:00+00:00'::timestamptz AND rollups.started_at < '2026-01-03T00:00:00+00:00'::timestamptz AND rollups.started_at <= (SELECT rollups_progress.done_until
FROM rollups_progress
WHERE rollups_progress.region = CAST('us-east1' AS crdb_internal_region) AND rollups_progress.city = 'new york') - '1 days 7200.000000 seconds'::interval AND (few_days.started_at IS NULL OR NOT few_days.has_few_rides AND NOT (rollups.metric = 'reserved_rides' OR rollups.metric = 'events' AND rollups.dimension IN ('reservation_start', 'reservation_cancel'))) GROUP BY width_bucket(rollups.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]), rollups.metric, CASE WHEN (rollups.metric = 'state_time' AND rollups.dimension IN ('on_trip', 'reserved')) THEN 'in_use' ELSE rollups.dimension END UNION ALL SELECT width_bucket(few_days.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[]) AS width_bucket_1, 'few' AS anon_1, '' AS anon_2, count(*) AS count_1
FROM few_days
WHERE few_days.has_few_rides GROUP BY width_bucket(few_days.started_at, ARRAY['2026-01-01T00:00:00+00:00'::timestamptz,'2026-01-02T00:00:00+00:00'::timestamptz,'2026-01-03T00:00:00+00:00'::timestamptz]::TIMESTAMP WITH TIME ZONE[])) AS totals;

-- delete old sums
DELETE FROM rollups WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND (rollups.region, rollups.city, rollups.period, rollups.started_at, rollups.metric, rollups.dimension, rollups.form_factor) IN (SELECT rollups.region, rollups.city, rollups.period, rollups.started_at, rollups.metric, rollups.dimension, rollups.form_factor
FROM rollups
WHERE rollups.region = CAST('us-east1' AS crdb_internal_region) AND rollups.city = 'new york' AND rollups.period = 'hour' AND rollups.started_at < now() - '400 days 0.000000 seconds'::interval
 LIMIT 500) RETURNING rollups.region, rollups.city, rollups.period, rollups.started_at, rollups.metric, rollups.dimension, rollups.form_factor;

-- schedule an export
WITH saved AS
(INSERT INTO scheduled_exports (region, id, user_id, table_name, city, filters, period, due_at) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000018'::uuid::UUID AS anon_2, '00000000-0000-0000-0000-000000000001'::uuid::UUID AS anon_3, 'rides' AS anon_4, 'new york' AS anon_5, '{}'::JSONB AS anon_6, 'week' AS anon_7, '2026-01-01T12:00:00+00:00'::timestamptz AS anon_8
WHERE (EXISTS (SELECT *
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND users.deleted_at IS NULL)) AND (SELECT count(*) AS count_1
FROM scheduled_exports
WHERE scheduled_exports.region = CAST('europe-west1' AS crdb_internal_region) AND scheduled_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID) < 20 RETURNING scheduled_exports.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'export.scheduled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, 'new york' AS city, NULL AS address, NULL::UUID AS request_id, '{"table": "rides", "period": "week"}'::JSONB AS details
FROM saved ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT saved.id
FROM saved;

-- end a scheduled export
WITH ended AS
(DELETE FROM scheduled_exports WHERE scheduled_exports.region = CAST('europe-west1' AS crdb_internal_region) AND scheduled_exports.user_id = '00000000-0000-0000-0000-000000000001'::uuid::UUID AND scheduled_exports.id = '00000000-0000-0000-0000-000000000018'::uuid::UUID RETURNING scheduled_exports.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, city, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS region, '00000000-0000-0000-0000-000000000006'::uuid::UUID AS id, 'export.unscheduled' AS kind, NULL AS actor_region, NULL::UUID AS actor_id, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS subject, NULL AS city, NULL AS address, NULL::UUID AS request_id, '{}'::JSONB AS details
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT ended.id
FROM ended;

-- scheduled exports that are due
SELECT scheduled_exports.region, scheduled_exports.id, scheduled_exports.user_id, scheduled_exports.table_name, scheduled_exports.city, scheduled_exports.filters, scheduled_exports.period, scheduled_exports.due_at, scheduled_exports.created_at
FROM scheduled_exports JOIN users ON users.region = scheduled_exports.region AND users.id = scheduled_exports.user_id
WHERE scheduled_exports.region = CAST('us-east1' AS crdb_internal_region) AND scheduled_exports.due_at <= now() AND scheduled_exports.table_name IN ('vehicles', 'rides', 'open-rides', 'users', 'ledger') AND users.disabled_at IS NULL AND users.deleted_at IS NULL AND users.email_confirmed_at IS NOT NULL AND scheduled_exports.id > '00000000-0000-0000-0000-000000000018'::uuid::UUID ORDER BY scheduled_exports.id
 LIMIT 100;

-- mail the link of a scheduled export
WITH sent AS
(UPDATE scheduled_exports SET due_at='2026-01-05T11:00:00+00:00'::timestamptz WHERE scheduled_exports.region = CAST('us-east1' AS crdb_internal_region) AND scheduled_exports.id = '00000000-0000-0000-0000-000000000018'::uuid::UUID AND scheduled_exports.due_at = '2026-01-01T12:00:00+00:00'::timestamptz RETURNING scheduled_exports.region, scheduled_exports.user_id),
job AS
(INSERT INTO jobs (region, id, kind, payload, priority, account_region, account_id, due_at, request_id, trace) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-00000000000f'::uuid::UUID AS anon_2, 'mail' AS anon_3, '{"template": "scheduled_export", "ciphertext": "sealed"}'::JSONB AS anon_4, 0 AS anon_5, CAST(sent.region AS VARCHAR) AS region, sent.user_id AS user_id, now() AS now_1, NULL::UUID AS anon_6, NULL AS anon_7
FROM sent ON CONFLICT DO NOTHING RETURNING jobs.id)
 SELECT sent.user_id
FROM sent;

-- export vehicles
SELECT anon_1.matches, anon_1.number, anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, CAST(NULL AS VARCHAR) AS username, CAST(NULL AS VARCHAR) AS email
FROM (SELECT anon_2.region AS region, anon_2.id AS id, anon_2.city AS city, anon_2.public_id AS public_id, anon_2.code AS code, anon_2.owner_region AS owner_region, anon_2.owner_id AS owner_id, anon_2.form_factor AS form_factor, anon_2.propulsion_type AS propulsion_type, anon_2.brand AS brand, anon_2.color AS color, anon_2.state AS state, anon_2.state_changed_at AS state_changed_at, anon_2.out_of_service_reason AS out_of_service_reason, anon_2.picked_up_at AS picked_up_at, anon_2.event_count AS event_count, anon_2.event_state AS event_state, anon_2.reserved_until AS reserved_until, anon_2.reservation_id AS reservation_id, anon_2.free_reserved_on AS free_reserved_on, anon_2.free_reserved_min AS free_reserved_min, anon_2.address AS address, anon_2.lat AS lat, anon_2.lon AS lon, anon_2.cell AS cell, anon_2.range_m AS range_m, anon_2.battery_percent AS battery_percent, anon_2.reported_at AS reported_at, anon_2.observed_at AS observed_at, anon_2.feed_system AS feed_system, anon_2.feed_vehicle AS feed_vehicle, anon_2.feed_source AS feed_source, anon_2.created_at AS created_at, anon_2.changed_at AS changed_at, anon_2.words AS words, anon_2.matches AS matches, row_number() OVER (ORDER BY anon_2.id) AS number
FROM (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicles.city = 'new york' AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) ORDER BY vehicles.id
 LIMIT 4000) AS anon_2) AS anon_1
WHERE anon_1.matches OR anon_1.number = 4000 ORDER BY anon_1.id;

-- export more vehicles, with owners
SELECT anon_1.matches, anon_1.number, anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.state_changed_at, anon_1.out_of_service_reason, anon_1.picked_up_at, anon_1.event_count, anon_1.event_state, anon_1.reserved_until, anon_1.reservation_id, anon_1.free_reserved_on, anon_1.free_reserved_min, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.battery_percent, anon_1.reported_at, anon_1.observed_at, anon_1.feed_system, anon_1.feed_vehicle, anon_1.feed_source, anon_1.created_at, anon_1.changed_at, (SELECT users.username
FROM users
WHERE users.region = anon_1.owner_region AND users.id = anon_1.owner_id AND users.deleted_at IS NULL) AS anon_2, (SELECT users.email
FROM users
WHERE users.region = anon_1.owner_region AND users.id = anon_1.owner_id AND users.deleted_at IS NULL) AS anon_3
FROM (SELECT anon_4.region AS region, anon_4.id AS id, anon_4.city AS city, anon_4.public_id AS public_id, anon_4.code AS code, anon_4.owner_region AS owner_region, anon_4.owner_id AS owner_id, anon_4.form_factor AS form_factor, anon_4.propulsion_type AS propulsion_type, anon_4.brand AS brand, anon_4.color AS color, anon_4.state AS state, anon_4.state_changed_at AS state_changed_at, anon_4.out_of_service_reason AS out_of_service_reason, anon_4.picked_up_at AS picked_up_at, anon_4.event_count AS event_count, anon_4.event_state AS event_state, anon_4.reserved_until AS reserved_until, anon_4.reservation_id AS reservation_id, anon_4.free_reserved_on AS free_reserved_on, anon_4.free_reserved_min AS free_reserved_min, anon_4.address AS address, anon_4.lat AS lat, anon_4.lon AS lon, anon_4.cell AS cell, anon_4.range_m AS range_m, anon_4.battery_percent AS battery_percent, anon_4.reported_at AS reported_at, anon_4.observed_at AS observed_at, anon_4.feed_system AS feed_system, anon_4.feed_vehicle AS feed_vehicle, anon_4.feed_source AS feed_source, anon_4.created_at AS created_at, anon_4.changed_at AS changed_at, anon_4.words AS words, anon_4.matches AS matches, row_number() OVER (ORDER BY anon_4.id) AS number
FROM (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.state_changed_at AS state_changed_at, vehicles.out_of_service_reason AS out_of_service_reason, vehicles.picked_up_at AS picked_up_at, vehicles.event_count AS event_count, vehicles.event_state AS event_state, vehicles.reserved_until AS reserved_until, vehicles.reservation_id AS reservation_id, vehicles.free_reserved_on AS free_reserved_on, vehicles.free_reserved_min AS free_reserved_min, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.battery_percent AS battery_percent, vehicles.reported_at AS reported_at, vehicles.observed_at AS observed_at, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.feed_source AS feed_source, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words, vehicles.city = 'new york' AS matches
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id > '00000000-0000-0000-0000-000000000001'::uuid::UUID ORDER BY vehicles.id
 LIMIT 4000) AS anon_4) AS anon_1
WHERE anon_1.matches OR anon_1.number = 4000 ORDER BY anon_1.id;

-- export rides
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.rider_region, anon_1.rider_id, anon_1.started_at, anon_1.start_address, anon_1.start_lat, anon_1.start_lon, anon_1.ended_at, anon_1.end_address, anon_1.end_lat, anon_1.end_lon, anon_1.plan_id, anon_1.paused_at, anon_1.paused_s, anon_1.distance_m, anon_1.price, anon_1.currency, anon_1.price_lines, anon_1.end_reason, anon_1.charged_until, anon_1.rating, anon_1.rating_note, anon_1.reminded_at, anon_1.overdue_at, (SELECT vehicles.code
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_2, (SELECT vehicles.form_factor
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_3, (SELECT pricing_plans.name
FROM pricing_plans
WHERE pricing_plans.id = anon_1.plan_id) AS anon_4, CAST(NULL AS VARCHAR) AS username, CAST(NULL AS VARCHAR) AS email
FROM (SELECT rides.region AS region, rides.id AS id, rides.city AS city, rides.vehicle_id AS vehicle_id, rides.rider_region AS rider_region, rides.rider_id AS rider_id, rides.started_at AS started_at, rides.start_address AS start_address, rides.start_lat AS start_lat, rides.start_lon AS start_lon, rides.ended_at AS ended_at, rides.end_address AS end_address, rides.end_lat AS end_lat, rides.end_lon AS end_lon, rides.plan_id AS plan_id, rides.paused_at AS paused_at, rides.paused_s AS paused_s, rides.distance_m AS distance_m, rides.price AS price, rides.currency AS currency, rides.price_lines AS price_lines, rides.end_reason AS end_reason, rides.charged_until AS charged_until, rides.rating AS rating, rides.rating_note AS rating_note, rides.reminded_at AS reminded_at, rides.overdue_at AS overdue_at
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NOT NULL AND rides.ended_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND rides.ended_at < '2026-01-01T13:00:00+00:00'::timestamptz ORDER BY rides.ended_at NULLS LAST, rides.id
 LIMIT 1000) AS anon_1 ORDER BY anon_1.ended_at NULLS LAST, anon_1.id;

-- export more rides, with riders
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.rider_region, anon_1.rider_id, anon_1.started_at, anon_1.start_address, anon_1.start_lat, anon_1.start_lon, anon_1.ended_at, anon_1.end_address, anon_1.end_lat, anon_1.end_lon, anon_1.plan_id, anon_1.paused_at, anon_1.paused_s, anon_1.distance_m, anon_1.price, anon_1.currency, anon_1.price_lines, anon_1.end_reason, anon_1.charged_until, anon_1.rating, anon_1.rating_note, anon_1.reminded_at, anon_1.overdue_at, (SELECT vehicles.code
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_2, (SELECT vehicles.form_factor
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_3, (SELECT pricing_plans.name
FROM pricing_plans
WHERE pricing_plans.id = anon_1.plan_id) AS anon_4, (SELECT users.username
FROM users
WHERE users.region = anon_1.rider_region AND users.id = anon_1.rider_id AND users.deleted_at IS NULL) AS anon_5, (SELECT users.email
FROM users
WHERE users.region = anon_1.rider_region AND users.id = anon_1.rider_id AND users.deleted_at IS NULL) AS anon_6
FROM (SELECT rides.region AS region, rides.id AS id, rides.city AS city, rides.vehicle_id AS vehicle_id, rides.rider_region AS rider_region, rides.rider_id AS rider_id, rides.started_at AS started_at, rides.start_address AS start_address, rides.start_lat AS start_lat, rides.start_lon AS start_lon, rides.ended_at AS ended_at, rides.end_address AS end_address, rides.end_lat AS end_lat, rides.end_lon AS end_lon, rides.plan_id AS plan_id, rides.paused_at AS paused_at, rides.paused_s AS paused_s, rides.distance_m AS distance_m, rides.price AS price, rides.currency AS currency, rides.price_lines AS price_lines, rides.end_reason AS end_reason, rides.charged_until AS charged_until, rides.rating AS rating, rides.rating_note AS rating_note, rides.reminded_at AS reminded_at, rides.overdue_at AS overdue_at
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NOT NULL AND rides.ended_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND rides.ended_at < '2026-01-01T13:00:00+00:00'::timestamptz AND (rides.ended_at, rides.id) > ('2026-01-01T12:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY rides.ended_at NULLS LAST, rides.id
 LIMIT 1000) AS anon_1 ORDER BY anon_1.ended_at NULLS LAST, anon_1.id;

-- export open rides
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.vehicle_id, anon_1.rider_region, anon_1.rider_id, anon_1.started_at, anon_1.start_address, anon_1.start_lat, anon_1.start_lon, anon_1.ended_at, anon_1.end_address, anon_1.end_lat, anon_1.end_lon, anon_1.plan_id, anon_1.paused_at, anon_1.paused_s, anon_1.distance_m, anon_1.price, anon_1.currency, anon_1.price_lines, anon_1.end_reason, anon_1.charged_until, anon_1.rating, anon_1.rating_note, anon_1.reminded_at, anon_1.overdue_at, (SELECT vehicles.code
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_2, (SELECT vehicles.form_factor
FROM vehicles
WHERE vehicles.region = anon_1.region AND vehicles.id = anon_1.vehicle_id) AS anon_3, (SELECT pricing_plans.name
FROM pricing_plans
WHERE pricing_plans.id = anon_1.plan_id) AS anon_4, (SELECT users.username
FROM users
WHERE users.region = anon_1.rider_region AND users.id = anon_1.rider_id AND users.deleted_at IS NULL) AS anon_5, (SELECT users.email
FROM users
WHERE users.region = anon_1.rider_region AND users.id = anon_1.rider_id AND users.deleted_at IS NULL) AS anon_6
FROM (SELECT rides.region AS region, rides.id AS id, rides.city AS city, rides.vehicle_id AS vehicle_id, rides.rider_region AS rider_region, rides.rider_id AS rider_id, rides.started_at AS started_at, rides.start_address AS start_address, rides.start_lat AS start_lat, rides.start_lon AS start_lon, rides.ended_at AS ended_at, rides.end_address AS end_address, rides.end_lat AS end_lat, rides.end_lon AS end_lon, rides.plan_id AS plan_id, rides.paused_at AS paused_at, rides.paused_s AS paused_s, rides.distance_m AS distance_m, rides.price AS price, rides.currency AS currency, rides.price_lines AS price_lines, rides.end_reason AS end_reason, rides.charged_until AS charged_until, rides.rating AS rating, rides.rating_note AS rating_note, rides.reminded_at AS reminded_at, rides.overdue_at AS overdue_at
FROM rides
WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.city = 'new york' AND rides.ended_at IS NULL AND rides.started_at >= '2026-01-01T12:00:00+00:00'::timestamptz AND rides.started_at < '2026-01-01T13:00:00+00:00'::timestamptz AND (rides.started_at, rides.id) > ('2026-01-01T12:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY rides.started_at NULLS LAST, rides.id
 LIMIT 1000) AS anon_1 ORDER BY anon_1.started_at NULLS LAST, anon_1.id;

-- export users
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, users.deleted_at
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' AND users.deleted_at IS NULL AND (users.created_at, users.id) > ('2026-01-01T12:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY users.created_at, users.id
 LIMIT 1000;

-- export the ledger
WITH riders AS
(SELECT users.created_at AS registered_at, users.id AS rider_id, CAST(NULL AS VARCHAR) AS username, CAST(NULL AS VARCHAR) AS email
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' ORDER BY users.created_at, users.id
 LIMIT 500)
 SELECT anon_1.registered_at, anon_1.rider_id, anon_1.username, anon_1.email, anon_1.at, anon_1.entry_id, anon_1.kind, anon_1.currency, anon_1.ride_id, anon_1.note, (SELECT json_object_agg(wallet_lines.account, wallet_lines.amount) AS json_object_agg_1
FROM wallet_lines
WHERE wallet_lines.region = CAST('us-east1' AS crdb_internal_region) AND wallet_lines.entry_id = anon_1.entry_id) AS anon_2
FROM (SELECT riders.registered_at AS registered_at, riders.rider_id AS rider_id, riders.username AS username, riders.email AS email, of_rider.at AS at, of_rider.entry_id AS entry_id, of_rider.kind AS kind, of_rider.currency AS currency, of_rider.ride_id AS ride_id, of_rider.note AS note
FROM riders LEFT OUTER JOIN LATERAL (SELECT wallet_entries.at AS at, wallet_entries.id AS entry_id, wallet_entries.kind AS kind, wallet_entries.currency AS currency, wallet_entries.ride_id AS ride_id, wallet_entries.note AS note
FROM wallet_entries
WHERE wallet_entries.region = CAST('us-east1' AS crdb_internal_region) AND wallet_entries.rider_id = riders.rider_id AND wallet_entries.at >= '2026-01-01T12:00:00+00:00'::timestamptz AND wallet_entries.at < '2026-01-01T13:00:00+00:00'::timestamptz ORDER BY wallet_entries.at, wallet_entries.id
 LIMIT 1000) AS of_rider ON true ORDER BY riders.registered_at, riders.rider_id, of_rider.at, of_rider.entry_id
 LIMIT 1000) AS anon_1 ORDER BY anon_1.registered_at, anon_1.rider_id, anon_1.at, anon_1.entry_id;

-- export more of the ledger
WITH riders AS
(SELECT users.created_at AS registered_at, users.id AS rider_id, users.username AS username, users.email AS email
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' AND (users.created_at, users.id) >= ('2026-01-01T12:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000001'::uuid::UUID) ORDER BY users.created_at, users.id
 LIMIT 500)
 SELECT anon_1.registered_at, anon_1.rider_id, anon_1.username, anon_1.email, anon_1.at, anon_1.entry_id, anon_1.kind, anon_1.currency, anon_1.ride_id, anon_1.note, (SELECT json_object_agg(wallet_lines.account, wallet_lines.amount) AS json_object_agg_1
FROM wallet_lines
WHERE wallet_lines.region = CAST('us-east1' AS crdb_internal_region) AND wallet_lines.entry_id = anon_1.entry_id) AS anon_2
FROM (SELECT riders.registered_at AS registered_at, riders.rider_id AS rider_id, riders.username AS username, riders.email AS email, of_rider.at AS at, of_rider.entry_id AS entry_id, of_rider.kind AS kind, of_rider.currency AS currency, of_rider.ride_id AS ride_id, of_rider.note AS note
FROM riders LEFT OUTER JOIN LATERAL (SELECT wallet_entries.at AS at, wallet_entries.id AS entry_id, wallet_entries.kind AS kind, wallet_entries.currency AS currency, wallet_entries.ride_id AS ride_id, wallet_entries.note AS note
FROM wallet_entries
WHERE wallet_entries.region = CAST('us-east1' AS crdb_internal_region) AND wallet_entries.rider_id = riders.rider_id AND wallet_entries.at >= '2026-01-01T12:00:00+00:00'::timestamptz AND wallet_entries.at < '2026-01-01T13:00:00+00:00'::timestamptz AND (riders.rider_id != '00000000-0000-0000-0000-000000000001'::uuid::UUID OR (wallet_entries.at, wallet_entries.id) > ('2026-01-01T12:00:00+00:00'::timestamptz, '00000000-0000-0000-0000-000000000001'::uuid::UUID)) ORDER BY wallet_entries.at, wallet_entries.id
 LIMIT 1000) AS of_rider ON true ORDER BY riders.registered_at, riders.rider_id, of_rider.at, of_rider.entry_id
 LIMIT 1000) AS anon_1 ORDER BY anon_1.registered_at, anon_1.rider_id, anon_1.at, anon_1.entry_id;

