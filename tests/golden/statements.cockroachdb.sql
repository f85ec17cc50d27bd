-- start a ride
WITH taken AS
(UPDATE vehicles SET state='on_trip' WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.state = 'available' RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.address, vehicles.lat, vehicles.lon),
ride AS
(INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, start_address, start_lat, start_lon) SELECT taken.region AS region, '00000000-0000-0000-0000-000000000003' AS anon_3, taken.city AS city, taken.id AS id, CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000001' AS anon_2, taken.address AS address, taken.lat AS lat, taken.lon AS lon
FROM taken RETURNING rides.region, rides.id, rides.started_at)
 INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000001' AS anon_2, ride.region, ride.id, ride.started_at
FROM ride RETURNING open_rides.ride_id;

-- end a ride
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address='here', end_lat=40.7, end_lon=-74.0 WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state='available', address='here', lat=40.7, lon=-74.0, cell=470494600 FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- end a ride at a typed place
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address='here', end_lat=NULL, end_lon=NULL WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state='available', address='here', lat=NULL, lon=NULL, cell=NULL FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- one ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.region = CAST('us-east1' AS crdb_internal_region);

-- history
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (rides.started_at, rides.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY rides.started_at DESC, rides.id DESC
 LIMIT 6;

-- newest vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- newest vehicles, the next page
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- newest vehicles of a type in several states
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_operational' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 6;

-- newest vehicles with their owner
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6)) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 6;

-- nearest vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND (vehicles.cell BETWEEN 470458597 AND 470458602 OR vehicles.cell BETWEEN 470494597 AND 470494602 OR vehicles.cell BETWEEN 470530597 AND 470530602 OR vehicles.cell BETWEEN 470566597 AND 470566602) AND CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) <= 2000 ORDER BY CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id
 LIMIT 6;

-- nearest vehicles, the next page
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.form_factor = 'bicycle' AND (vehicles.cell BETWEEN 470458597 AND 470458602 OR vehicles.cell BETWEEN 470494597 AND 470494602 OR vehicles.cell BETWEEN 470530597 AND 470530602 OR vehicles.cell BETWEEN 470566597 AND 470566602) AND CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) <= 2000 AND (CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id) > (812, '00000000-0000-0000-0000-000000000004') ORDER BY CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id
 LIMIT 6;

-- vehicles of an owner
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state != 'removed' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- add a vehicle
INSERT INTO vehicles (region, id, city, owner_region, owner_id, form_factor, propulsion_type, brand, color, state, address, lat, lon, cell) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000002', 'new york', CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'bicycle', 'human', 'Riese', 'red', 'available', 'here', 40.7, -74.0, 470494600) ON CONFLICT DO NOTHING;
INSERT INTO grants (region, user_id, "role") VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'owner') ON CONFLICT (region, user_id, "role") DO UPDATE SET "role" = excluded."role";

-- edit a vehicle
UPDATE vehicles SET form_factor='bicycle', propulsion_type='human', brand='Riese', color='red', address='here', lat=40.7, lon=-74.0, cell=470494600 WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state IN ('available', 'non_operational', 'missing') RETURNING vehicles.id;

-- remove a vehicle
UPDATE vehicles SET state='removed' WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state IN ('available', 'non_operational', 'missing') RETURNING vehicles.id;
DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001' AND grants."role" = 'owner' AND NOT (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state != 'removed'));

-- sign in by username
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.username = 'ada';

-- sign in by e-mail
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.email = 'ada@example.org';

-- who is asking
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001';

-- grant a role
INSERT INTO grants (region, user_id, "role") VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'fleet') ON CONFLICT (region, user_id, "role") DO UPDATE SET "role" = excluded."role";

-- withdraw a role
DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001' AND grants."role" = 'fleet';

-- a profile
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, profiles.about
FROM users LEFT OUTER JOIN profiles ON profiles.region = users.region AND profiles.user_id = users.id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001';

-- save a profile
UPDATE users SET region=CAST('us-east1' AS crdb_internal_region), city='new york', first_name='Ada', last_name='Lovelace' WHERE users.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region)) AND users.id = '00000000-0000-0000-0000-000000000001' RETURNING users.id;
INSERT INTO profiles (region, user_id, about) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'I count.') ON CONFLICT (region, user_id) DO UPDATE SET about = 'I count.';

-- riders of a city
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' AND (users.created_at, users.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY users.created_at DESC, users.id DESC
 LIMIT 6;

-- vehicles of who leaves
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state = 'on_trip'
 LIMIT 1;
UPDATE vehicles SET state='removed' WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001';

