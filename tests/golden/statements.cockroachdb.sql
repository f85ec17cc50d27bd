-- start a ride
WITH taken AS
(UPDATE vehicles SET state='on_trip', changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.state = 'available' RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.address, vehicles.lat, vehicles.lon),
ride AS
(INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, start_address, start_lat, start_lon) SELECT taken.region AS region, '00000000-0000-0000-0000-000000000003' AS anon_10, taken.city AS city, taken.id AS id, CAST('europe-west1' AS crdb_internal_region) AS anon_11, '00000000-0000-0000-0000-000000000001' AS anon_12, taken.address AS address, taken.lat AS lat, taken.lon AS lon
FROM taken RETURNING rides.region, rides.id, rides.started_at),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'ride.started' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM ride ON CONFLICT DO NOTHING RETURNING events.id)
 INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_11, '00000000-0000-0000-0000-000000000001' AS anon_12, ride.region, ride.id, ride.started_at
FROM ride RETURNING open_rides.ride_id;

-- end a ride
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address='here', end_lat=40.7, end_lon=-74.0 WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state='available', address='here', lat=40.7, lon=-74.0, cell=470494600, changed_at=now() FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'ride.ended' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- end a ride at a typed place
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address='here', end_lat=NULL, end_lon=NULL WHERE rides.region = CAST('us-east1' AS crdb_internal_region) AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state='available', address='here', lat=NULL, lon=NULL, cell=NULL, changed_at=now() FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'ride.ended' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'ride us-east1.00000000-0000-0000-0000-000000000003' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST('europe-west1' AS crdb_internal_region) AND open_rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- one ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.rating, rides.rating_note, rides.reminded_at, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.reserved_until, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at, vehicles_1.changed_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND rides.id = '00000000-0000-0000-0000-000000000003' AND rides.region = CAST('us-east1' AS crdb_internal_region);

-- history
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, rides.plan_id, rides.paused_at, rides.paused_s, rides.distance_m, rides.price, rides.currency, rides.price_lines, rides.rating, rides.rating_note, rides.reminded_at, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.public_id, vehicles_1.code, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.reserved_until, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at, vehicles_1.changed_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' AND (rides.started_at, rides.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY rides.started_at DESC, rides.id DESC
 LIMIT 6;

-- newest vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, vehicles.changed_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- newest vehicles, the next page
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, vehicles.changed_at
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- newest vehicles of a type in several states
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.reserved_until, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at, anon_1.changed_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'reserved' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'non_operational' AND vehicles.form_factor = 'bicycle' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 6;

-- newest vehicles with their owner
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.public_id, anon_1.code, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.reserved_until, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at, anon_1.changed_at, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1, users_1.email_confirmed_at, users_1.disabled_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.public_id AS public_id, vehicles.code AS code, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.reserved_until AS reserved_until, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at, vehicles.changed_at AS changed_at, vehicles.words AS words
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6)) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT 6;

-- nearest vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, vehicles.changed_at, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state = 'available' AND (vehicles.cell BETWEEN 470458597 AND 470458602 OR vehicles.cell BETWEEN 470494597 AND 470494602 OR vehicles.cell BETWEEN 470530597 AND 470530602 OR vehicles.cell BETWEEN 470566597 AND 470566602) AND CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) <= 2000 ORDER BY CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id
 LIMIT 6;

-- nearest vehicles, the next page
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, vehicles.changed_at, CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.city = 'new york' AND vehicles.state IN ('available', 'reserved', 'non_operational') AND vehicles.form_factor = 'bicycle' AND (vehicles.cell BETWEEN 470458597 AND 470458602 OR vehicles.cell BETWEEN 470494597 AND 470494602 OR vehicles.cell BETWEEN 470530597 AND 470530602 OR vehicles.cell BETWEEN 470566597 AND 470566602) AND CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER) <= 2000 AND (CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id) > (812, '00000000-0000-0000-0000-000000000004') ORDER BY CAST(round(12742018 * asin(least(1.0, sqrt(power(sin(greatest(abs(vehicles.lat - 40.7), 1e-09) * 0.017453292519943295 * 0.5), 2) + 0.7581343361976521 * cos(greatest(abs(vehicles.lat), 1e-09) * 0.017453292519943295) * power(sin(greatest(abs(vehicles.lon - -74.0), 1e-09) * 0.017453292519943295 * 0.5), 2))))) AS INTEGER), vehicles.id
 LIMIT 6;

-- vehicles of an owner
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.public_id, vehicles.code, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.reserved_until, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, vehicles.changed_at
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state != 'removed' AND (vehicles.created_at, vehicles.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT 6;

-- add a vehicle
WITH changed AS
(INSERT INTO vehicles (region, id, city, owner_region, owner_id, form_factor, propulsion_type, brand, color, state, address, lat, lon, cell) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000002', 'new york', CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'bicycle', 'human', 'Riese', 'red', 'available', 'here', 40.7, -74.0, 470494600) ON CONFLICT DO NOTHING RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'vehicle.added' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;
INSERT INTO grants (region, user_id, "role", cities) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'owner', NULL) ON CONFLICT (region, user_id, "role") DO UPDATE SET cities = excluded.cities;

-- edit a vehicle
WITH changed AS
(UPDATE vehicles SET form_factor='bicycle', propulsion_type='human', brand='Riese', color='red', address='here', lat=40.7, lon=-74.0, cell=470494600, changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state IN ('available', 'non_operational', 'missing') RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'vehicle.changed' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;

-- remove a vehicle
WITH changed AS
(UPDATE vehicles SET state='removed', changed_at=now() WHERE vehicles.region = CAST('us-east1' AS crdb_internal_region) AND vehicles.id = '00000000-0000-0000-0000-000000000002' AND vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state IN ('available', 'non_operational', 'missing') RETURNING vehicles.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'vehicle.removed' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'vehicle us-east1.00000000-0000-0000-0000-000000000002' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM changed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT changed.id
FROM changed;
DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001' AND grants."role" = 'owner' AND NOT (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state != 'removed'));

-- sign in by username
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.username = 'ada';

-- sign in by e-mail
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.email = 'ada@example.org';

-- who is asking
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, login_sessions.region AS region_1, login_sessions.id AS id_1, login_sessions.user_id, login_sessions.created_at AS created_at_1, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.device, login_sessions.agent, login_sessions.address, login_sessions.city AS city_1, now() AS now_1, grants_1.region AS region_2, grants_1.user_id AS user_id_1, grants_1."role", grants_1.cities, open_rides_1.region AS region_3, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_4, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_2, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until
FROM users JOIN login_sessions ON users.region = login_sessions.region AND users.id = login_sessions.user_id LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005';

-- register
WITH counted AS
(INSERT INTO throttles (region, bucket, hits, until) VALUES (CAST('us-east1' AS crdb_internal_region), 'register 37fcff24bf62035b2b08020afc08b4fe', 1, (now() + make_interval(secs=>3600.0))) ON CONFLICT (region, bucket) DO UPDATE SET hits = CASE WHEN (throttles.until <= now()) THEN 1 ELSE throttles.hits + 1 END, until = CASE WHEN (throttles.until <= now()) THEN excluded.until ELSE throttles.until END RETURNING throttles.bucket, throttles.hits, throttles.until - now() AS wait)
 SELECT counted.bucket, counted.hits, counted.wait
FROM counted;

-- sign in: who it is
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, EXISTS (SELECT *
FROM login_sessions
WHERE login_sessions.region = users.region AND login_sessions.user_id = users.id AND login_sessions.device = '00000000-0000-0000-0000-000000000007') AS anon_1, second_factors.confirmed_at, (SELECT count(*) AS count_1
FROM recovery_codes
WHERE recovery_codes.region = second_factors.region AND recovery_codes.user_id = second_factors.user_id) AS anon_2, second_factors.secret, grants_1.region AS region_1, grants_1.user_id, grants_1."role", grants_1.cities, open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_3, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_1, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until
FROM users LEFT OUTER JOIN second_factors ON second_factors.region = users.region AND second_factors.user_id = users.id LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.username = 'ada';

-- count a try
WITH counted AS
(INSERT INTO throttles (region, bucket, hits, until) VALUES (CAST('us-east1' AS crdb_internal_region), 'sign in, account fdee430d40bd57deeac186cd9790033d', 1, (now() + make_interval(secs=>900.0))) ON CONFLICT (region, bucket) DO UPDATE SET hits = CASE WHEN (throttles.until <= now()) THEN 1 ELSE throttles.hits + 1 END, until = CASE WHEN (throttles.until <= now()) THEN excluded.until ELSE throttles.until END RETURNING throttles.bucket, throttles.hits, throttles.until - now() AS wait)
 SELECT counted.bucket, counted.hits, counted.wait
FROM counted;

-- begin a session
WITH as_it_was AS
(SELECT users.id AS id
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001' AND users.password_hash IN ('') AND users.disabled_at IS NULL),
alone AS
(SELECT as_it_was.id AS id
FROM as_it_was
WHERE NOT (EXISTS (SELECT *
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001' AND second_factors.confirmed_at IS NOT NULL))),
began AS
(INSERT INTO login_sessions (region, id, user_id, remember, second_factor, device, agent, address, city) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000005' AS anon_2, '00000000-0000-0000-0000-000000000001' AS anon_3, false AS anon_4, false AS anon_5, '00000000-0000-0000-0000-000000000007' AS anon_6, 'Firefox' AS anon_7, '192.0.2.1' AS anon_8, NULL AS anon_9
FROM alone ON CONFLICT DO NOTHING RETURNING login_sessions.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_10, '00000000-0000-0000-0000-000000000006' AS anon_11, 'account.signed_in' AS anon_12, 'europe-west1' AS anon_13, '00000000-0000-0000-0000-000000000001' AS anon_14, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_15, NULL AS anon_16, NULL AS anon_17, '{}' AS anon_18
FROM began ON CONFLICT DO NOTHING RETURNING events.id),
tries AS
(UPDATE throttles SET hits=greatest(throttles.hits - 1, 0) WHERE throttles.region = CAST('us-east1' AS crdb_internal_region) AND throttles.bucket IN ('sign in, address 37fcff24bf62035b2b08020afc08b4fe', 'sign in, device 82b00f07cd4d99666a2ee41b749ddf87') AND (EXISTS (SELECT alone.id
FROM alone)) RETURNING throttles.bucket)
 SELECT 1 AS anon_19
FROM alone;

-- note that a session is used
UPDATE login_sessions SET last_seen_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005' AND login_sessions.ended_at IS NULL RETURNING login_sessions.region, login_sessions.id, login_sessions.user_id;

-- end a session
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' AND login_sessions.ended_at IS NULL AND login_sessions.id = '00000000-0000-0000-0000-000000000005' RETURNING login_sessions.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.session_ended' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM ended ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT login_sessions.id
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005' AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001';

-- end all other sessions
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' AND login_sessions.ended_at IS NULL AND login_sessions.id != '00000000-0000-0000-0000-000000000005' RETURNING login_sessions.id),
one AS
(SELECT ended.id AS id
FROM ended
 LIMIT 1),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.session_ended' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{"all_others": true}' AS anon_9
FROM one ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT ended.id
FROM ended;

-- sessions of a rider
SELECT login_sessions.region, login_sessions.id, login_sessions.user_id, login_sessions.created_at, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.device, login_sessions.agent, login_sessions.address, login_sessions.city, now() AS now_1, second_factors.confirmed_at, (SELECT count(*) AS count_1
FROM recovery_codes
WHERE recovery_codes.region = second_factors.region AND recovery_codes.user_id = second_factors.user_id) AS anon_1, second_factors.secret
FROM login_sessions LEFT OUTER JOIN second_factors ON second_factors.region = login_sessions.region AND second_factors.user_id = login_sessions.user_id
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' AND login_sessions.ended_at IS NULL ORDER BY login_sessions.last_seen_at DESC, login_sessions.id
 LIMIT 100;

-- show again who one is
WITH noted AS
(UPDATE login_sessions SET authenticated_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.id = '00000000-0000-0000-0000-000000000005' AND login_sessions.ended_at IS NULL RETURNING login_sessions.region, login_sessions.id, login_sessions.user_id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.identity_shown' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account ' || CAST(noted.region AS VARCHAR) || '.' || CAST(noted.user_id AS VARCHAR) AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM noted ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT noted.id
FROM noted;

-- ask for a new password
WITH owner AS
(SELECT users.region AS region, users.id AS id, users.email AS email, users.first_name AS first_name
FROM users
WHERE users.email = 'ada@example.org' AND users.disabled_at IS NULL),
link AS
(INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) SELECT owner.region AS region, '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AS anon_1, owner.id AS id, 'reset' AS anon_2, owner.email AS email, now() + make_interval(secs=>3600.0) AS anon_3
FROM owner RETURNING email_links.digest),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('us-east1' AS crdb_internal_region) AS anon_4, '00000000-0000-0000-0000-000000000006' AS anon_5, 'account.reset_asked' AS anon_6, NULL AS anon_7, NULL AS anon_8, 'account ' || CAST(owner.region AS VARCHAR) || '.' || CAST(owner.id AS VARCHAR) AS anon_9, NULL AS anon_10, NULL AS anon_11, '{}' AS anon_12
FROM owner ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT owner.region, owner.id, owner.email, owner.first_name
FROM owner;

-- what a link is for
SELECT email_links.region, email_links.digest, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at, email_links.expires_at, email_links.used_at, users.region AS region_1, users.id, users.city, users.username, users.email AS email_1, users.first_name, users.last_name, users.password_hash, users.created_at AS created_at_1, users.email_confirmed_at, users.disabled_at
FROM email_links JOIN users ON users.region = email_links.region AND users.id = email_links.user_id
WHERE (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('reset') AND email_links.used_at IS NULL AND email_links.expires_at > now() AND email_links.region = CAST('europe-west1' AS crdb_internal_region);

-- confirm an address
WITH used AS
(UPDATE email_links SET used_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('confirm') AND email_links.used_at IS NULL AND email_links.expires_at > now() RETURNING email_links.region, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at),
confirmed AS
(UPDATE users SET email_confirmed_at=now() FROM used WHERE users.region = used.region AND users.id = used.user_id AND users.email = used.email RETURNING users.region, users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT confirmed.region AS region, '00000000-0000-0000-0000-000000000006' AS anon_1, 'account.email_confirmed' AS anon_2, confirmed.region AS region__1, confirmed.id AS id, 'account ' || CAST(confirmed.region AS VARCHAR) || '.' || CAST(confirmed.id AS VARCHAR) AS anon_3, NULL AS anon_4, NULL AS anon_5, '{}' AS anon_6
FROM confirmed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT confirmed.id
FROM confirmed;

-- ask for another address
UPDATE email_links SET expires_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001' AND email_links.purpose IN ('change_old', 'change_new') AND email_links.expires_at > now() RETURNING email_links.digest;
INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) VALUES (CAST('europe-west1' AS crdb_internal_region), '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d', '00000000-0000-0000-0000-000000000001', 'change_old', 'new@example.org', (now() + make_interval(secs=>259200.0))) RETURNING email_links.digest;
INSERT INTO email_links (region, digest, user_id, purpose, email, expires_at) VALUES (CAST('europe-west1' AS crdb_internal_region), '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d', '00000000-0000-0000-0000-000000000001', 'change_new', 'new@example.org', (now() + make_interval(secs=>259200.0))) RETURNING email_links.digest;
INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006', 'account.email_change_asked', NULL, NULL, 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, '{}') ON CONFLICT DO NOTHING;

-- confirm another address
UPDATE email_links SET used_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND (EXISTS (SELECT *
FROM users AS owner
WHERE owner.region = email_links.region AND owner.id = email_links.user_id AND owner.disabled_at IS NULL)) AND email_links.digest = '8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d' AND email_links.purpose IN ('change_old', 'change_new') AND email_links.used_at IS NULL AND email_links.expires_at > now() RETURNING email_links.region, email_links.user_id, email_links.purpose, email_links.email, email_links.created_at;
SELECT email_links.used_at IS NOT NULL AND email_links.expires_at > now() AS anon_1
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001' AND email_links.purpose = 'change_old' AND email_links.email = 'new@example.org' AND email_links.created_at = '2026-07-01 00:00:00+00:00';
UPDATE email_links SET expires_at=now() WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001' AND email_links.purpose IN ('reset', 'confirm') AND email_links.expires_at > now() RETURNING email_links.digest;
INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006', 'account.email_changed', 'europe-west1', '00000000-0000-0000-0000-000000000001', 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, '{}') ON CONFLICT DO NOTHING;

-- grant a role
WITH event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006', 'account.role_granted', NULL, NULL, 'account europe-west1.00000000-0000-0000-0000-000000000001', NULL, NULL, '{"role": "fleet", "cities": null}') ON CONFLICT DO NOTHING RETURNING events.id)
 INSERT INTO grants (region, user_id, "role", cities) VALUES (CAST('europe-west1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'fleet', NULL) ON CONFLICT (region, user_id, "role") DO UPDATE SET cities = excluded.cities;

-- withdraw a role
WITH withdrawn AS
(DELETE FROM grants WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001' AND grants."role" = 'fleet' RETURNING grants."role"),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.role_revoked' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{"role": "fleet"}' AS anon_9
FROM withdrawn ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT withdrawn."role"
FROM withdrawn;

-- a profile
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, profiles.about
FROM users LEFT OUTER JOIN profiles ON profiles.region = users.region AND profiles.user_id = users.id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001';

-- save a profile
UPDATE users SET region=CAST('us-east1' AS crdb_internal_region), city='new york', first_name='Ada', last_name='Lovelace' WHERE users.region IN (CAST('europe-west1' AS crdb_internal_region), CAST('us-east1' AS crdb_internal_region)) AND users.id = '00000000-0000-0000-0000-000000000001' RETURNING users.id;
WITH event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000006', 'account.profile_saved', 'us-east1', '00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', NULL, NULL, '{}') ON CONFLICT DO NOTHING RETURNING events.id)
 INSERT INTO profiles (region, user_id, about) VALUES (CAST('us-east1' AS crdb_internal_region), '00000000-0000-0000-0000-000000000001', 'I count.') ON CONFLICT (region, user_id) DO UPDATE SET about = 'I count.';

-- riders of a city
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at
FROM users
WHERE users.region = CAST('us-east1' AS crdb_internal_region) AND users.city = 'new york' AND (users.created_at, users.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY users.created_at DESC, users.id DESC
 LIMIT 6;

-- vehicles of who leaves
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state = 'on_trip'
 LIMIT 1;
UPDATE vehicles SET state='removed', changed_at=now() WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001';

-- delete an account
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' AND vehicles.state = 'on_trip'
 LIMIT 1;
UPDATE vehicles SET state='removed', changed_at=now() WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001';
WITH gone AS
(DELETE FROM users WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001' RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.deleted' AS anon_3, 'europe-west1' AS anon_4, '00000000-0000-0000-0000-000000000001' AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM gone ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT gone.id
FROM gone;
SELECT users.id
FROM users
WHERE users.id = '00000000-0000-0000-0000-000000000001';
UPDATE events SET address=NULL WHERE events.actor_id = '00000000-0000-0000-0000-000000000001';
UPDATE events SET address=NULL WHERE events.subject IN ('account europe-west1.00000000-0000-0000-0000-000000000001', 'account us-east1.00000000-0000-0000-0000-000000000001', 'account us-west1.00000000-0000-0000-0000-000000000001');

-- an account, for admins
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, users.email_confirmed_at, users.disabled_at, anon_1.region AS region_1, anon_1.id AS id_1, anon_1.user_id, anon_1.created_at AS created_at_1, anon_1.last_seen_at, anon_1.authenticated_at, anon_1.ended_at, anon_1.remember, anon_1.second_factor, anon_1.device, anon_1.agent, anon_1.address, anon_1.city AS city_1, anon_2.region AS region_2, anon_2.id AS id_2, anon_2.at, anon_2.kind, anon_2.actor_region, anon_2.actor_id, anon_2.subject, anon_2.address AS address_1, anon_2.request_id, anon_2.details, now() AS now_1, grants_1.region AS region_3, grants_1.user_id AS user_id_1, grants_1."role", grants_1.cities, open_rides_1.region AS region_4, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at, reservations_1.region AS region_5, reservations_1.rider_id AS rider_id_1, reservations_1.id AS id_3, reservations_1.vehicle_region, reservations_1.vehicle_id, reservations_1.plan_id, reservations_1.reserved_at, reservations_1.until
FROM users LEFT OUTER JOIN (SELECT login_sessions.region AS region, login_sessions.id AS id, login_sessions.user_id AS user_id, login_sessions.created_at AS created_at, login_sessions.last_seen_at AS last_seen_at, login_sessions.authenticated_at AS authenticated_at, login_sessions.ended_at AS ended_at, login_sessions.remember AS remember, login_sessions.second_factor AS second_factor, login_sessions.device AS device, login_sessions.agent AS agent, login_sessions.address AS address, login_sessions.city AS city
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' AND login_sessions.ended_at IS NULL ORDER BY login_sessions.last_seen_at DESC
 LIMIT 10) AS anon_1 ON true LEFT OUTER JOIN (SELECT anon_3.region AS region, anon_3.id AS id, anon_3.at AS at, anon_3.kind AS kind, anon_3.actor_region AS actor_region, anon_3.actor_id AS actor_id, anon_3.subject AS subject, anon_3.address AS address, anon_3.request_id AS request_id, anon_3.details AS details
FROM ((SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account europe-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account us-east1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.subject = 'account us-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 10)) AS anon_3 ORDER BY anon_3.at DESC, anon_3.id DESC
 LIMIT 20) AS anon_2 ON true LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id LEFT OUTER JOIN reservations AS reservations_1 ON users.region = reservations_1.region AND users.id = reservations_1.rider_id
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001';

-- close an account
WITH ended AS
(UPDATE login_sessions SET ended_at=now() WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' AND login_sessions.ended_at IS NULL RETURNING login_sessions.id),
closed AS
(UPDATE users SET disabled_at=now() WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001' AND users.disabled_at IS NULL RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.disabled' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM closed ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT closed.id
FROM closed;

-- open an account again
WITH opened AS
(UPDATE users SET disabled_at=NULL WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001' AND users.disabled_at IS NOT NULL RETURNING users.id),
event AS
(INSERT INTO events (region, id, kind, actor_region, actor_id, subject, address, request_id, details) SELECT CAST('europe-west1' AS crdb_internal_region) AS anon_1, '00000000-0000-0000-0000-000000000006' AS anon_2, 'account.enabled' AS anon_3, NULL AS anon_4, NULL AS anon_5, 'account europe-west1.00000000-0000-0000-0000-000000000001' AS anon_6, NULL AS anon_7, NULL AS anon_8, '{}' AS anon_9
FROM opened ON CONFLICT DO NOTHING RETURNING events.id)
 SELECT opened.id
FROM opened;

-- events of a region
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- events of one kind, in some days
SELECT events.region, events.id, events.at, events.kind, events.actor_region, events.actor_id, events.subject, events.address, events.request_id, events.details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND events.kind = 'account.signed_in' AND events.at >= '2026-07-01 00:00:00+00:00' AND events.at < '2026-07-01 00:00:00+00:00' ORDER BY events.at DESC, events.id DESC
 LIMIT 6;

-- events of an account
SELECT anon_1.region, anon_1.id, anon_1.at, anon_1.kind, anon_1.actor_region, anon_1.actor_id, anon_1.subject, anon_1.address, anon_1.request_id, anon_1.details
FROM ((SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') AND events.actor_id = '00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') AND events.subject = 'account europe-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') AND events.subject = 'account us-east1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6) UNION ALL (SELECT events.region AS region, events.id AS id, events.at AS at, events.kind AS kind, events.actor_region AS actor_region, events.actor_id AS actor_id, events.subject AS subject, events.address AS address, events.request_id AS request_id, events.details AS details
FROM events
WHERE events.region = CAST('us-east1' AS crdb_internal_region) AND (events.at, events.id) < ('2026-07-01 00:00:00+00:00', '00000000-0000-0000-0000-000000000004') AND events.subject = 'account us-west1.00000000-0000-0000-0000-000000000001' ORDER BY events.at DESC, events.id DESC
 LIMIT 6)) AS anon_1 ORDER BY anon_1.at DESC, anon_1.id DESC
 LIMIT 12;

-- my data: account
SELECT users.region, users.id, users.username, users.email, users.first_name, users.last_name, users.city, users.created_at, users.email_confirmed_at, users.disabled_at
FROM users
WHERE users.region = CAST('europe-west1' AS crdb_internal_region) AND users.id = '00000000-0000-0000-0000-000000000001' ORDER BY users.id
 LIMIT 500;

-- my data: profile
SELECT profiles.about, profiles.user_id
FROM profiles
WHERE profiles.region = CAST('europe-west1' AS crdb_internal_region) AND profiles.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY profiles.user_id
 LIMIT 500;

-- my data: roles
SELECT grants."role", grants.cities
FROM grants
WHERE grants.region = CAST('europe-west1' AS crdb_internal_region) AND grants.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY grants."role"
 LIMIT 500;

-- my data: sessions
SELECT login_sessions.created_at, login_sessions.last_seen_at, login_sessions.authenticated_at, login_sessions.ended_at, login_sessions.remember, login_sessions.second_factor, login_sessions.agent, login_sessions.address, login_sessions.city, login_sessions.id
FROM login_sessions
WHERE login_sessions.region = CAST('europe-west1' AS crdb_internal_region) AND login_sessions.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY login_sessions.created_at, login_sessions.id
 LIMIT 500;

-- my data: identities
SELECT identities.issuer, identities.subject, identities.email, identities.created_at, identities.id
FROM identities
WHERE identities.region = CAST('europe-west1' AS crdb_internal_region) AND identities.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY identities.id
 LIMIT 500;

-- my data: second-factor
SELECT second_factors.confirmed_at, second_factors.user_id
FROM second_factors
WHERE second_factors.region = CAST('europe-west1' AS crdb_internal_region) AND second_factors.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY second_factors.user_id
 LIMIT 500;

-- my data: links
SELECT email_links.purpose, email_links.email, email_links.created_at, email_links.expires_at, email_links.used_at, email_links.digest
FROM email_links
WHERE email_links.region = CAST('europe-west1' AS crdb_internal_region) AND email_links.user_id = '00000000-0000-0000-0000-000000000001' ORDER BY email_links.digest
 LIMIT 500;

-- my data: events
SELECT events.at, events.kind, events.subject, events.address, events.details, events.id, events.actor_id
FROM events
WHERE events.region = CAST('europe-west1' AS crdb_internal_region) AND events.actor_id = '00000000-0000-0000-0000-000000000001' ORDER BY events.at, events.id
 LIMIT 500;

-- my data: vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at
FROM vehicles
WHERE vehicles.owner_region = CAST('europe-west1' AS crdb_internal_region) AND vehicles.owner_id = '00000000-0000-0000-0000-000000000001' ORDER BY vehicles.created_at, vehicles.id
 LIMIT 500;

-- my data: rides
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon
FROM rides
WHERE rides.rider_region = CAST('europe-west1' AS crdb_internal_region) AND rides.rider_id = '00000000-0000-0000-0000-000000000001' ORDER BY rides.started_at, rides.id
 LIMIT 500;

