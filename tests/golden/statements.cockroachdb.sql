-- start a ride
WITH taken AS
(UPDATE vehicles SET state=%(param_4)s WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.id = %(id_1)s::UUID AND vehicles.state = %(state_1)s RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.address, vehicles.lat, vehicles.lon),
ride AS
(INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, start_address, start_lat, start_lon) SELECT taken.region AS region, %(param_3)s::UUID AS anon_3, taken.city AS city, taken.id AS id, CAST(%(param_1)s AS crdb_internal_region) AS anon_1, %(param_2)s::UUID AS anon_2, taken.address AS address, taken.lat AS lat, taken.lon AS lon
FROM taken RETURNING rides.region, rides.id, rides.started_at)
 INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at) SELECT CAST(%(param_1)s AS crdb_internal_region) AS anon_1, %(param_2)s::UUID AS anon_2, ride.region, ride.id, ride.started_at
FROM ride RETURNING open_rides.ride_id;

-- end a ride
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address=%(param_6)s, end_lat=%(param_7)s, end_lon=%(param_8)s WHERE rides.region = CAST(%(region_1)s AS crdb_internal_region) AND rides.id = %(id_1)s::UUID AND rides.rider_region = CAST(%(rider_region_1)s AS crdb_internal_region) AND rides.rider_id = %(rider_id_1)s::UUID AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state=%(param_1)s, address=%(param_2)s, lat=%(param_3)s, lon=%(param_4)s, cell=%(param_5)s FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST(%(region_2)s AS crdb_internal_region) AND open_rides.rider_id = %(rider_id_2)s::UUID AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- end a ride at a typed place
WITH ended AS
(UPDATE rides SET ended_at=greatest(now(), rides.started_at), end_address=%(param_6)s, end_lat=%(param_7)s, end_lon=%(param_8)s WHERE rides.region = CAST(%(region_1)s AS crdb_internal_region) AND rides.id = %(id_1)s::UUID AND rides.rider_region = CAST(%(rider_region_1)s AS crdb_internal_region) AND rides.rider_id = %(rider_id_1)s::UUID AND rides.ended_at IS NULL RETURNING rides.region, rides.id, rides.vehicle_id),
parked AS
(UPDATE vehicles SET state=%(param_1)s, address=%(param_2)s, lat=%(param_3)s, lon=%(param_4)s, cell=%(param_5)s FROM ended WHERE vehicles.region = ended.region AND vehicles.id = ended.vehicle_id RETURNING vehicles.id)
 DELETE FROM open_rides WHERE open_rides.region = CAST(%(region_2)s AS crdb_internal_region) AND open_rides.rider_id = %(rider_id_2)s::UUID AND (EXISTS (SELECT *
FROM ended
WHERE ended.region = open_rides.ride_region AND ended.id = open_rides.ride_id)) RETURNING open_rides.ride_id;

-- one ride
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST(%(rider_region_1)s AS crdb_internal_region) AND rides.rider_id = %(rider_id_1)s::UUID AND rides.id = %(id_2)s::UUID AND rides.region = CAST(%(region_2)s AS crdb_internal_region);

-- history
SELECT rides.region, rides.id, rides.city, rides.vehicle_id, rides.rider_region, rides.rider_id, rides.started_at, rides.start_address, rides.start_lat, rides.start_lon, rides.ended_at, rides.end_address, rides.end_lat, rides.end_lon, vehicles_1.region AS region_1, vehicles_1.id AS id_1, vehicles_1.city AS city_1, vehicles_1.owner_region, vehicles_1.owner_id, vehicles_1.form_factor, vehicles_1.propulsion_type, vehicles_1.brand, vehicles_1.color, vehicles_1.state, vehicles_1.address, vehicles_1.lat, vehicles_1.lon, vehicles_1.cell, vehicles_1.range_m, vehicles_1.feed_system, vehicles_1.feed_vehicle, vehicles_1.created_at
FROM rides JOIN vehicles AS vehicles_1 ON vehicles_1.region = rides.region AND vehicles_1.id = rides.vehicle_id
WHERE rides.rider_region = CAST(%(rider_region_1)s AS crdb_internal_region) AND rides.rider_id = %(rider_id_1)s::UUID AND (rides.started_at, rides.id) < (%(param_1)s, %(param_2)s::UUID) ORDER BY rides.started_at DESC, rides.id DESC
 LIMIT %(param_3)s;

-- newest vehicles
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.city = %(city_1)s AND vehicles.state = %(state_1)s ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_1)s)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT %(param_2)s;

-- newest vehicles, the next page
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.city = %(city_1)s AND vehicles.state = %(state_1)s AND (vehicles.created_at, vehicles.id) < (%(param_1)s, %(param_2)s::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_3)s)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT %(param_4)s;

-- newest vehicles of a type in several states
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.city = %(city_1)s AND vehicles.state = %(state_1)s AND vehicles.form_factor = %(form_factor_1)s AND (vehicles.created_at, vehicles.id) < (%(param_1)s, %(param_2)s::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_3)s) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_2)s AS crdb_internal_region) AND vehicles.city = %(city_2)s AND vehicles.state = %(state_2)s AND vehicles.form_factor = %(form_factor_2)s AND (vehicles.created_at, vehicles.id) < (%(param_4)s, %(param_5)s::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_6)s) UNION ALL (SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_3)s AS crdb_internal_region) AND vehicles.city = %(city_3)s AND vehicles.state = %(state_3)s AND vehicles.form_factor = %(form_factor_3)s AND (vehicles.created_at, vehicles.id) < (%(param_7)s, %(param_8)s::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_9)s)) AS anon_1 ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT %(param_10)s;

-- newest vehicles with their owner
SELECT anon_1.region, anon_1.id, anon_1.city, anon_1.owner_region, anon_1.owner_id, anon_1.form_factor, anon_1.propulsion_type, anon_1.brand, anon_1.color, anon_1.state, anon_1.address, anon_1.lat, anon_1.lon, anon_1.cell, anon_1.range_m, anon_1.feed_system, anon_1.feed_vehicle, anon_1.created_at, users_1.region AS region_1, users_1.id AS id_1, users_1.city AS city_1, users_1.username, users_1.email, users_1.first_name, users_1.last_name, users_1.password_hash, users_1.created_at AS created_at_1
FROM ((SELECT vehicles.region AS region, vehicles.id AS id, vehicles.city AS city, vehicles.owner_region AS owner_region, vehicles.owner_id AS owner_id, vehicles.form_factor AS form_factor, vehicles.propulsion_type AS propulsion_type, vehicles.brand AS brand, vehicles.color AS color, vehicles.state AS state, vehicles.address AS address, vehicles.lat AS lat, vehicles.lon AS lon, vehicles.cell AS cell, vehicles.range_m AS range_m, vehicles.feed_system AS feed_system, vehicles.feed_vehicle AS feed_vehicle, vehicles.created_at AS created_at
FROM vehicles
WHERE vehicles.region = CAST(%(region_2)s AS crdb_internal_region) AND vehicles.city = %(city_2)s AND vehicles.state = %(state_1)s ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_1)s)) AS anon_1 LEFT OUTER JOIN users AS users_1 ON users_1.region = anon_1.owner_region AND users_1.id = anon_1.owner_id ORDER BY anon_1.created_at DESC, anon_1.id DESC
 LIMIT %(param_2)s;

-- nearest vehicles
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.city = %(city_1)s AND vehicles.state = %(state_1)s AND (vehicles.cell BETWEEN %(cell_1)s AND %(cell_2)s OR vehicles.cell BETWEEN %(cell_3)s AND %(cell_4)s OR vehicles.cell BETWEEN %(cell_5)s AND %(cell_6)s OR vehicles.cell BETWEEN %(cell_7)s AND %(cell_8)s) AND CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER) <= %(param_3)s ORDER BY CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER), vehicles.id
 LIMIT %(param_4)s;

-- nearest vehicles, the next page
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at, CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER) AS round_1
FROM vehicles
WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.city = %(city_1)s AND vehicles.state IN (__[POSTCOMPILE_state_1]) AND vehicles.form_factor = %(form_factor_1)s AND (vehicles.cell BETWEEN %(cell_1)s AND %(cell_2)s OR vehicles.cell BETWEEN %(cell_3)s AND %(cell_4)s OR vehicles.cell BETWEEN %(cell_5)s AND %(cell_6)s OR vehicles.cell BETWEEN %(cell_7)s AND %(cell_8)s) AND CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER) <= %(param_3)s AND (CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER), vehicles.id) > (%(param_4)s, %(param_5)s::UUID) ORDER BY CAST(round(%(asin_1)s * asin(least(%(least_1)s, sqrt(power(sin(greatest(abs(vehicles.lat - %(lat_1)s), %(greatest_1)s) * %(greatest_2)s * %(param_1)s), %(power_1)s) + %(cos_1)s * cos(greatest(abs(vehicles.lat), %(greatest_3)s) * %(greatest_4)s) * power(sin(greatest(abs(vehicles.lon - %(lon_1)s), %(greatest_5)s) * %(greatest_6)s * %(param_2)s), %(power_2)s))))) AS INTEGER), vehicles.id
 LIMIT %(param_6)s;

-- vehicles of an owner
SELECT vehicles.region, vehicles.id, vehicles.city, vehicles.owner_region, vehicles.owner_id, vehicles.form_factor, vehicles.propulsion_type, vehicles.brand, vehicles.color, vehicles.state, vehicles.address, vehicles.lat, vehicles.lon, vehicles.cell, vehicles.range_m, vehicles.feed_system, vehicles.feed_vehicle, vehicles.created_at
FROM vehicles
WHERE vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID AND vehicles.state != %(state_1)s AND (vehicles.created_at, vehicles.id) < (%(param_1)s, %(param_2)s::UUID) ORDER BY vehicles.created_at DESC, vehicles.id DESC
 LIMIT %(param_3)s;

-- add a vehicle
INSERT INTO vehicles (region, id, city, owner_region, owner_id, form_factor, propulsion_type, brand, color, state, address, lat, lon, cell) VALUES (CAST(%(region)s AS crdb_internal_region), %(id)s::UUID, %(city)s, CAST(%(owner_region)s AS crdb_internal_region), %(owner_id)s::UUID, %(form_factor)s, %(propulsion_type)s, %(brand)s, %(color)s, %(state)s, %(address)s, %(lat)s, %(lon)s, %(cell)s) ON CONFLICT DO NOTHING;
INSERT INTO grants (region, user_id, "role") VALUES (CAST(%(region)s AS crdb_internal_region), %(user_id)s::UUID, %(role)s) ON CONFLICT (region, user_id, "role") DO UPDATE SET "role" = excluded."role";

-- edit a vehicle
UPDATE vehicles SET form_factor=%(form_factor)s, propulsion_type=%(propulsion_type)s, brand=%(brand)s, color=%(color)s, address=%(address)s, lat=%(lat)s, lon=%(lon)s, cell=%(cell)s WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.id = %(id_1)s::UUID AND vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID AND vehicles.state IN (__[POSTCOMPILE_state_1]) RETURNING vehicles.id;

-- remove a vehicle
UPDATE vehicles SET state=%(state)s WHERE vehicles.region = CAST(%(region_1)s AS crdb_internal_region) AND vehicles.id = %(id_1)s::UUID AND vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID AND vehicles.state IN (__[POSTCOMPILE_state_1]) RETURNING vehicles.id;
DELETE FROM grants WHERE grants.region = CAST(%(region_1)s AS crdb_internal_region) AND grants.user_id = %(user_id_1)s::UUID AND grants."role" = %(role_1)s AND NOT (EXISTS (SELECT *
FROM vehicles
WHERE vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID AND vehicles.state != %(state_1)s));

-- sign in by username
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.username = %(username_1)s;

-- sign in by e-mail
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.email = %(email_1)s;

-- who is asking
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, grants_1.region AS region_1, grants_1.user_id, grants_1."role", open_rides_1.region AS region_2, open_rides_1.rider_id, open_rides_1.ride_region, open_rides_1.ride_id, open_rides_1.started_at
FROM users LEFT OUTER JOIN grants AS grants_1 ON users.region = grants_1.region AND users.id = grants_1.user_id LEFT OUTER JOIN open_rides AS open_rides_1 ON users.region = open_rides_1.region AND users.id = open_rides_1.rider_id
WHERE users.region = CAST(%(region_3)s AS crdb_internal_region) AND users.id = %(id_1)s::UUID;

-- grant a role
INSERT INTO grants (region, user_id, "role") VALUES (CAST(%(region)s AS crdb_internal_region), %(user_id)s::UUID, %(role)s) ON CONFLICT (region, user_id, "role") DO UPDATE SET "role" = excluded."role";

-- withdraw a role
DELETE FROM grants WHERE grants.region = CAST(%(region_1)s AS crdb_internal_region) AND grants.user_id = %(user_id_1)s::UUID AND grants."role" = %(role_1)s;

-- a profile
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at, profiles.about
FROM users LEFT OUTER JOIN profiles ON profiles.region = users.region AND profiles.user_id = users.id
WHERE users.region = CAST(%(region_1)s AS crdb_internal_region) AND users.id = %(id_1)s::UUID;

-- save a profile
UPDATE users SET region=CAST(%(region)s AS crdb_internal_region), city=%(city)s, first_name=%(first_name)s, last_name=%(last_name)s WHERE users.region IN (__[POSTCOMPILE_region_1~~CAST(~~REPL~~ AS crdb_internal_region)~~]) AND users.id = %(id_1)s::UUID RETURNING users.id;
INSERT INTO profiles (region, user_id, about) VALUES (CAST(%(region)s AS crdb_internal_region), %(user_id)s::UUID, %(about)s) ON CONFLICT (region, user_id) DO UPDATE SET about = %(param_1)s;

-- riders of a city
SELECT users.region, users.id, users.city, users.username, users.email, users.first_name, users.last_name, users.password_hash, users.created_at
FROM users
WHERE users.region = CAST(%(region_1)s AS crdb_internal_region) AND users.city = %(city_1)s AND (users.created_at, users.id) < (%(param_1)s, %(param_2)s::UUID) ORDER BY users.created_at DESC, users.id DESC
 LIMIT %(param_3)s;

-- vehicles of who leaves
SELECT vehicles.id
FROM vehicles
WHERE vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID AND vehicles.state = %(state_1)s
 LIMIT %(param_1)s;
UPDATE vehicles SET state=%(state)s WHERE vehicles.owner_region = CAST(%(owner_region_1)s AS crdb_internal_region) AND vehicles.owner_id = %(owner_id_1)s::UUID;

