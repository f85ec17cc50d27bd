CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

CREATE TABLE IF NOT EXISTS cities (
    name VARCHAR(64) NOT NULL, 
    label VARCHAR(64) NOT NULL, 
    region crdb_internal_region NOT NULL, 
    timezone VARCHAR(64) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    lat FLOAT NOT NULL, 
    lon FLOAT NOT NULL, 
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_cities PRIMARY KEY (name), 
    CONSTRAINT ck_cities_lat CHECK (lat BETWEEN -90 AND 90), 
    CONSTRAINT ck_cities_lon CHECK (lon BETWEEN -180 AND 180)
) LOCALITY GLOBAL;

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;

-- Running upgrade 0001 -> 0002

CREATE TABLE IF NOT EXISTS users (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    username VARCHAR(30) NOT NULL, 
    email VARCHAR(254) NOT NULL, 
    first_name VARCHAR(60) NOT NULL, 
    last_name VARCHAR(60) NOT NULL, 
    password_hash VARCHAR(60) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_users PRIMARY KEY (region, id), 
    CONSTRAINT fk_users_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT uq_users_email UNIQUE (email), 
    CONSTRAINT uq_users_username UNIQUE (username)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

-- Running upgrade 0002 -> 0003

CREATE INDEX IF NOT EXISTS ix_users_city ON users (region, city, created_at, id);

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

-- Running upgrade 0003 -> 0004

CREATE TABLE IF NOT EXISTS grants (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    "role" VARCHAR(16) NOT NULL, 
    CONSTRAINT pk_grants PRIMARY KEY (region, user_id, "role"), 
    CONSTRAINT ck_grants_role CHECK (role IN ('owner', 'fleet', 'admin')), 
    CONSTRAINT fk_grants_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

-- Running upgrade 0004 -> 0005

CREATE TABLE IF NOT EXISTS profiles (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    about VARCHAR(500) NOT NULL, 
    CONSTRAINT pk_profiles PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_profiles_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

-- Running upgrade 0005 -> 0006

CREATE TABLE IF NOT EXISTS vehicles (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    owner_region crdb_internal_region, 
    owner_id UUID, 
    form_factor VARCHAR(24) NOT NULL, 
    propulsion_type VARCHAR(24) NOT NULL, 
    brand VARCHAR(60) NOT NULL, 
    color VARCHAR(30) NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    address VARCHAR(200), 
    lat FLOAT, 
    lon FLOAT, 
    cell INTEGER, 
    range_m INTEGER, 
    feed_system VARCHAR(120), 
    feed_vehicle VARCHAR(120), 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vehicles PRIMARY KEY (region, id), 
    CONSTRAINT ck_vehicles_form_factor CHECK (form_factor IN ('bicycle', 'cargo_bicycle', 'car', 'moped', 'scooter_standing', 'scooter_seated', 'other')), 
    CONSTRAINT ck_vehicles_propulsion_type CHECK (propulsion_type IN ('human', 'electric_assist', 'electric', 'combustion', 'combustion_diesel', 'hybrid', 'plug_in_hybrid', 'hydrogen_fuel_cell')), 
    CONSTRAINT ck_vehicles_state CHECK (state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')), 
    CONSTRAINT ck_vehicles_point CHECK ((lat IS NULL) = (lon IS NULL)), 
    CONSTRAINT ck_vehicles_lat CHECK (lat BETWEEN -90 AND 90), 
    CONSTRAINT ck_vehicles_lon CHECK (lon BETWEEN -180 AND 180), 
    CONSTRAINT fk_vehicles_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_vehicles_users_owner_region FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT uq_vehicles_feed UNIQUE (region, city, feed_system, feed_vehicle)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

-- Running upgrade 0006 -> 0007

CREATE INDEX IF NOT EXISTS ix_vehicles_cell ON vehicles (region, city, state, cell);

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

-- Running upgrade 0007 -> 0008

CREATE INDEX IF NOT EXISTS ix_vehicles_newest ON vehicles (region, city, state, created_at, id);

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';

-- Running upgrade 0008 -> 0009

CREATE INDEX IF NOT EXISTS ix_vehicles_newest_of_type ON vehicles (region, city, state, form_factor, created_at, id);

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';

-- Running upgrade 0009 -> 0010

CREATE INDEX IF NOT EXISTS ix_vehicles_owner ON vehicles (owner_region, owner_id);

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';

-- Running upgrade 0010 -> 0011

CREATE TABLE IF NOT EXISTS rides (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    vehicle_id UUID NOT NULL, 
    rider_region crdb_internal_region, 
    rider_id UUID, 
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    start_address VARCHAR(200), 
    start_lat FLOAT, 
    start_lon FLOAT, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    end_address VARCHAR(200), 
    end_lat FLOAT, 
    end_lon FLOAT, 
    CONSTRAINT pk_rides PRIMARY KEY (region, id), 
    CONSTRAINT ck_rides_order CHECK (ended_at >= started_at), 
    CONSTRAINT fk_rides_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_rides_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_rides_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';

-- Running upgrade 0011 -> 0012

CREATE UNIQUE INDEX IF NOT EXISTS uq_rides_open_vehicle ON rides (region, vehicle_id) WHERE ended_at IS NULL;

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0011';

-- Running upgrade 0012 -> 0013

CREATE INDEX IF NOT EXISTS ix_rides_rider ON rides (rider_region, rider_id, started_at, id);

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0012';

-- Running upgrade 0013 -> 0014

CREATE TABLE IF NOT EXISTS open_rides (
    region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    ride_region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_open_rides PRIMARY KEY (region, rider_id), 
    CONSTRAINT fk_open_rides_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_open_rides_rides_ride_region FOREIGN KEY(ride_region, ride_id) REFERENCES rides (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0013';

-- Running upgrade 0014 -> 0015

CREATE INDEX IF NOT EXISTS ix_rides_vehicle ON rides (region, vehicle_id);

UPDATE alembic_version SET version_num='0015' WHERE alembic_version.version_num = '0014';

