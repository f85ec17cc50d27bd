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

-- Running upgrade 0015 -> 0016

ALTER TABLE users ADD COLUMN IF NOT EXISTS email_confirmed_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0016' WHERE alembic_version.version_num = '0015';

-- Running upgrade 0016 -> 0017

UPDATE users SET email_confirmed_at = created_at WHERE email_confirmed_at IS NULL;

UPDATE alembic_version SET version_num='0017' WHERE alembic_version.version_num = '0016';

-- Running upgrade 0017 -> 0018

ALTER TABLE users ADD COLUMN IF NOT EXISTS disabled_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0018' WHERE alembic_version.version_num = '0017';

-- Running upgrade 0018 -> 0019

ALTER TABLE grants ADD COLUMN IF NOT EXISTS cities VARCHAR(64)[];

UPDATE alembic_version SET version_num='0019' WHERE alembic_version.version_num = '0018';

-- Running upgrade 0019 -> 0020

CREATE TABLE IF NOT EXISTS login_sessions (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    authenticated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    remember BOOLEAN NOT NULL, 
    second_factor BOOLEAN NOT NULL, 
    device UUID NOT NULL, 
    agent VARCHAR(255) NOT NULL, 
    address VARCHAR(45) NOT NULL, 
    city VARCHAR(64), 
    CONSTRAINT pk_login_sessions PRIMARY KEY (region, id), 
    CONSTRAINT fk_login_sessions_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0020' WHERE alembic_version.version_num = '0019';

-- Running upgrade 0020 -> 0021

CREATE INDEX IF NOT EXISTS ix_login_sessions_user ON login_sessions (region, user_id);

UPDATE alembic_version SET version_num='0021' WHERE alembic_version.version_num = '0020';

-- Running upgrade 0021 -> 0022

CREATE TABLE IF NOT EXISTS throttles (
    region crdb_internal_region NOT NULL, 
    bucket VARCHAR(80) NOT NULL, 
    hits INTEGER NOT NULL, 
    until TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_throttles PRIMARY KEY (region, bucket)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0022' WHERE alembic_version.version_num = '0021';

-- Running upgrade 0022 -> 0023

CREATE TABLE IF NOT EXISTS events (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    kind VARCHAR(40) NOT NULL, 
    actor_region VARCHAR(32), 
    actor_id UUID, 
    subject VARCHAR(100), 
    address VARCHAR(45), 
    request_id UUID, 
    details JSONB NOT NULL, 
    CONSTRAINT pk_events PRIMARY KEY (region, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0023' WHERE alembic_version.version_num = '0022';

-- Running upgrade 0023 -> 0024

CREATE INDEX IF NOT EXISTS ix_events_at ON events (region, at, id);

UPDATE alembic_version SET version_num='0024' WHERE alembic_version.version_num = '0023';

-- Running upgrade 0024 -> 0025

CREATE INDEX IF NOT EXISTS ix_events_kind ON events (region, kind, at, id);

UPDATE alembic_version SET version_num='0025' WHERE alembic_version.version_num = '0024';

-- Running upgrade 0025 -> 0026

CREATE INDEX IF NOT EXISTS ix_events_actor ON events (region, actor_id, at, id);

UPDATE alembic_version SET version_num='0026' WHERE alembic_version.version_num = '0025';

-- Running upgrade 0026 -> 0027

CREATE INDEX IF NOT EXISTS ix_events_subject ON events (region, subject, at, id);

UPDATE alembic_version SET version_num='0027' WHERE alembic_version.version_num = '0026';

-- Running upgrade 0027 -> 0028

CREATE TABLE IF NOT EXISTS email_links (
    region crdb_internal_region NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    user_id UUID NOT NULL, 
    purpose VARCHAR(16) NOT NULL, 
    email VARCHAR(254) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_email_links PRIMARY KEY (region, digest), 
    CONSTRAINT ck_email_links_purpose CHECK (purpose IN ('confirm', 'reset', 'change_old', 'change_new')), 
    CONSTRAINT fk_email_links_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0028' WHERE alembic_version.version_num = '0027';

-- Running upgrade 0028 -> 0029

CREATE INDEX IF NOT EXISTS ix_email_links_user ON email_links (region, user_id);

UPDATE alembic_version SET version_num='0029' WHERE alembic_version.version_num = '0028';

-- Running upgrade 0029 -> 0030

CREATE TABLE IF NOT EXISTS second_factors (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    secret VARCHAR(255) NOT NULL, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    last_step BIGINT DEFAULT '0' NOT NULL, 
    CONSTRAINT pk_second_factors PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_second_factors_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0030' WHERE alembic_version.version_num = '0029';

-- Running upgrade 0030 -> 0031

CREATE TABLE IF NOT EXISTS recovery_codes (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_recovery_codes PRIMARY KEY (region, user_id, digest), 
    CONSTRAINT fk_recovery_codes_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0031' WHERE alembic_version.version_num = '0030';

-- Running upgrade 0031 -> 0032

CREATE TABLE IF NOT EXISTS identities (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    issuer VARCHAR(255) NOT NULL, 
    subject VARCHAR(255) NOT NULL, 
    email VARCHAR(254) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_identities PRIMARY KEY (region, id), 
    CONSTRAINT uq_identities_issuer UNIQUE (issuer, subject), 
    CONSTRAINT fk_identities_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0032' WHERE alembic_version.version_num = '0031';

-- Running upgrade 0032 -> 0033

CREATE INDEX IF NOT EXISTS ix_identities_user ON identities (region, user_id);

UPDATE alembic_version SET version_num='0033' WHERE alembic_version.version_num = '0032';

-- Running upgrade 0033 -> 0034

CREATE INDEX IF NOT EXISTS ix_throttles_until ON throttles (region, until);

UPDATE alembic_version SET version_num='0034' WHERE alembic_version.version_num = '0033';

-- Running upgrade 0034 -> 0035

CREATE INDEX IF NOT EXISTS ix_email_links_expiry ON email_links (region, expires_at);

UPDATE alembic_version SET version_num='0035' WHERE alembic_version.version_num = '0034';

-- Running upgrade 0035 -> 0036

CREATE INDEX IF NOT EXISTS ix_login_sessions_seen ON login_sessions (region, last_seen_at);

UPDATE alembic_version SET version_num='0036' WHERE alembic_version.version_num = '0035';

