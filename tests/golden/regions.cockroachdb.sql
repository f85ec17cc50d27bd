-- the first region
ALTER DATABASE "movr" SET PRIMARY REGION "us-east1";

-- one more
ALTER DATABASE "movr" ADD REGION IF NOT EXISTS "europe-west1";

-- survive the loss of a region
ALTER DATABASE "movr" SURVIVE REGION FAILURE;

-- survive the loss of a zone
ALTER DATABASE "movr" SURVIVE ZONE FAILURE;

-- one less
ALTER DATABASE "movr" DROP REGION IF EXISTS "asia-south1";

-- read the regions
SELECT current_database() AS name;

-- read the regions
SHOW REGIONS FROM CLUSTER;

-- read the regions
SHOW REGIONS FROM DATABASE "movr";

-- read the regions
SHOW SURVIVAL GOAL FROM DATABASE "movr";

-- running jobs
SELECT description, fraction_completed FROM [SHOW JOBS] WHERE description LIKE 'ALTER DATABASE %' AND status IN ('pending', 'running');

-- count the remaining rows: users
SELECT users.region, count(*) AS number
FROM users
WHERE users.city = %(city_1)s AND users.region != CAST(%(region_1)s AS crdb_internal_region) GROUP BY users.region ORDER BY users.region;

-- move a batch: users
UPDATE users SET region=CAST(%(region)s AS crdb_internal_region) WHERE users.region = CAST(%(region_1)s AS crdb_internal_region) AND (users.id) IN (SELECT chosen.id
FROM users AS chosen
WHERE chosen.region = CAST(%(region_2)s AS crdb_internal_region) AND chosen.city = %(city_1)s
 LIMIT %(param_1)s) RETURNING users.id;

-- count the remaining rows: vehicles
SELECT vehicles.region, count(*) AS number
FROM vehicles
WHERE vehicles.city = %(city_1)s AND vehicles.region != CAST(%(region_1)s AS crdb_internal_region) GROUP BY vehicles.region ORDER BY vehicles.region;

-- move a batch: vehicles
UPDATE vehicles SET region=CAST(%(region)s AS crdb_internal_region), changed_at=now() WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND (vehicles.id) IN (SELECT chosen.id
FROM vehicles AS chosen
WHERE chosen.region = CAST(%(region_2)s AS crdb_internal_region) AND chosen.city = %(city_1)s
 LIMIT %(param_1)s) RETURNING vehicles.id;

-- copy a batch: revenue_shares
INSERT INTO revenue_shares (region, id, city, owner_region, owner_id, basis_points, valid_from, created_at, note) SELECT CAST(%(param_1)s AS crdb_internal_region) AS anon_1, old.id, old.city, old.owner_region, old.owner_id, old.basis_points, old.valid_from, old.created_at, old.note
FROM revenue_shares AS old
WHERE old.city = %(city_1)s AND old.region != CAST(%(region_1)s AS crdb_internal_region) AND NOT (EXISTS (SELECT *
FROM revenue_shares AS copy
WHERE copy.region = CAST(%(region_2)s AS crdb_internal_region) AND copy.id = old.id))
 LIMIT %(param_2)s ON CONFLICT DO NOTHING RETURNING revenue_shares.id;

-- a ride whose city has moved
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_pressed_at, rides.end_received_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.resumed_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.end_reason, rides.charged_until, rides.rating, rides.rating_note, rides.note_is_public, rides.note_hidden_at, rides.reminded_at, rides.overdue_at, pricing_plans_1.id AS id_1, pricing_plans_1.city AS city_1, pricing_plans_1.form_factor, pricing_plans_1.propulsion_type, pricing_plans_1.version, pricing_plans_1.name, pricing_plans_1.labels, pricing_plans_1.currency AS currency_1, pricing_plans_1.unlock_fee, pricing_plans_1.segments, pricing_plans_1.reserve_min, pricing_plans_1.reservation_rate, pricing_plans_1.reserve_max_min, pricing_plans_1.daily_cap, pricing_plans_1.fare_cap_min, pricing_plans_1.parking_fee, pricing_plans_1.tax_ppm, pricing_plans_1.tax_included, pricing_plans_1.published_at, vehicles_1.region AS region_1, vehicles_1.id AS id_2, vehicles_1.city AS city_2, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor AS form_factor_1, vehicles_1.propulsion_type AS propulsion_type_1, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.state_changed_at, vehicles_1.out_of_service_reason, vehicles_1.picked_up_at, vehicles_1.event_count, vehicles_1.event_state, vehicles_1.reserved_until, vehicles_1.reservation_id, vehicles_1.free_reserved_on, vehicles_1.free_reserved_min, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.battery_percent, vehicles_1.reported_at, vehicles_1.observed_at, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.feed_source, vehicles_1.created_at, vehicles_1.changed_at, disputes_1.region AS region_2, disputes_1.ride_id, disputes_1.city AS city_3, disputes_1.state AS state_1, disputes_1.refunded, disputes_1.language, disputes_1.opened_at, disputes_1.changed_at AS changed_at_1, disputes_1.assignee_region, disputes_1.assignee_id, disputes_1.first_action_at, disputes_1.answered_at
FROM rides LEFT OUTER JOIN pricing_plans AS pricing_plans_1 ON pricing_plans_1.id = rides.plan_id JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id LEFT OUTER JOIN disputes AS disputes_1 ON rides.region = disputes_1.region AND rides.id = disputes_1.ride_id
WHERE rides.rider_region = CAST(%(rider_region_1)s AS crdb_internal_region) AND rides.rider_id = %(rider_id_1)s::UUID AND rides.id = %(id_3)s::UUID;

-- lock of the migrations: create
CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY, owner VARCHAR(200) NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL);

-- lock of the migrations: take
INSERT INTO migration_lock (id, owner, expires_at) VALUES (1, %(owner)s, now() + CAST(%(expiry)s AS INTERVAL)) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at WHERE migration_lock.expires_at < now() RETURNING owner;

-- lock of the migrations: owner
SELECT owner FROM migration_lock WHERE id = 1;

-- lock of the migrations: renew
UPDATE migration_lock SET expires_at = now() + CAST(%(expiry)s AS INTERVAL) WHERE id = 1 AND owner = %(owner)s RETURNING owner;

-- lock of the migrations: release
DELETE FROM migration_lock WHERE id = 1 AND owner = %(owner)s RETURNING owner;
