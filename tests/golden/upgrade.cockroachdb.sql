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

-- Running upgrade 0036 -> 0037

CREATE TABLE IF NOT EXISTS pricing_plans (
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    propulsion_type VARCHAR(24) NOT NULL, 
    version INTEGER NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    unlock_fee INTEGER NOT NULL, 
    segments JSONB NOT NULL, 
    reserve_min INTEGER NOT NULL, 
    reservation_rate INTEGER NOT NULL, 
    reserve_max_min INTEGER NOT NULL, 
    daily_cap INTEGER, 
    parking_fee INTEGER, 
    tax_ppm INTEGER NOT NULL, 
    tax_included BOOLEAN NOT NULL, 
    published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_pricing_plans PRIMARY KEY (id), 
    CONSTRAINT ck_pricing_plans_daily_cap CHECK (daily_cap >= 0), 
    CONSTRAINT ck_pricing_plans_parking_fee CHECK (parking_fee >= 0), 
    CONSTRAINT ck_pricing_plans_reservation_rate CHECK (reservation_rate >= 0), 
    CONSTRAINT ck_pricing_plans_reserve_max_min CHECK (reserve_max_min >= reserve_min), 
    CONSTRAINT ck_pricing_plans_reserve_min CHECK (reserve_min >= 0), 
    CONSTRAINT ck_pricing_plans_tax_ppm CHECK (tax_ppm BETWEEN 0 AND 1000000), 
    CONSTRAINT ck_pricing_plans_unlock_fee CHECK (unlock_fee >= 0), 
    CONSTRAINT fk_pricing_plans_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT uq_pricing_plans_version UNIQUE (city, form_factor, propulsion_type, version)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0037' WHERE alembic_version.version_num = '0036';

-- Running upgrade 0037 -> 0038

CREATE TABLE IF NOT EXISTS zones (
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    name VARCHAR(120) NOT NULL, 
    position INTEGER NOT NULL, 
    coordinates JSONB NOT NULL, 
    fee INTEGER, 
    max_speed_kph INTEGER, 
    CONSTRAINT pk_zones PRIMARY KEY (id), 
    CONSTRAINT ck_zones_kind CHECK (kind IN ('service_area', 'no_parking', 'no_ride', 'slow')), 
    CONSTRAINT ck_zones_fee CHECK (fee >= 0), 
    CONSTRAINT ck_zones_max_speed_kph CHECK (max_speed_kph > 0), 
    CONSTRAINT fk_zones_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0038' WHERE alembic_version.version_num = '0037';

-- Running upgrade 0038 -> 0039

CREATE INDEX IF NOT EXISTS ix_zones_city ON zones (city, position);

UPDATE alembic_version SET version_num='0039' WHERE alembic_version.version_num = '0038';

-- Running upgrade 0039 -> 0040

CREATE TABLE IF NOT EXISTS payments (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_id UUID, 
    currency VARCHAR(3) NOT NULL, 
    amount INTEGER NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    provider VARCHAR(24) NOT NULL, 
    reference VARCHAR(200) NOT NULL, 
    paid_back INTEGER DEFAULT '0' NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    settled_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_payments PRIMARY KEY (region, id), 
    CONSTRAINT ck_payments_state CHECK (state IN ('begun', 'paid', 'failed')), 
    CONSTRAINT ck_payments_amount CHECK (amount > 0), 
    CONSTRAINT ck_payments_paid_back CHECK (paid_back BETWEEN 0 AND amount), 
    CONSTRAINT fk_payments_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0040' WHERE alembic_version.version_num = '0039';

-- Running upgrade 0040 -> 0041

CREATE INDEX IF NOT EXISTS ix_payments_rider ON payments (region, rider_id, created_at, id);

UPDATE alembic_version SET version_num='0041' WHERE alembic_version.version_num = '0040';

-- Running upgrade 0041 -> 0042

CREATE INDEX IF NOT EXISTS ix_payments_state ON payments (region, state, created_at);

UPDATE alembic_version SET version_num='0042' WHERE alembic_version.version_num = '0041';

-- Running upgrade 0042 -> 0043

CREATE TABLE IF NOT EXISTS saved_places (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_id UUID NOT NULL, 
    label VARCHAR(40) NOT NULL, 
    lat FLOAT NOT NULL, 
    lon FLOAT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_saved_places PRIMARY KEY (region, id), 
    CONSTRAINT ck_saved_places_lat CHECK (lat BETWEEN -90 AND 90), 
    CONSTRAINT ck_saved_places_lon CHECK (lon BETWEEN -180 AND 180), 
    CONSTRAINT fk_saved_places_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0043' WHERE alembic_version.version_num = '0042';

-- Running upgrade 0043 -> 0044

CREATE INDEX IF NOT EXISTS ix_saved_places_rider ON saved_places (region, rider_id, created_at);

UPDATE alembic_version SET version_num='0044' WHERE alembic_version.version_num = '0043';

-- Running upgrade 0044 -> 0045

CREATE TABLE IF NOT EXISTS wallet_entries (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_id UUID, 
    kind VARCHAR(24) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    ride_id UUID, 
    note VARCHAR(200) NOT NULL, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_wallet_entries PRIMARY KEY (region, id), 
    CONSTRAINT ck_wallet_entries_kind CHECK (kind IN ('ride', 'hold', 'top_up', 'payout', 'refund', 'credit')), 
    CONSTRAINT fk_wallet_entries_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0045' WHERE alembic_version.version_num = '0044';

-- Running upgrade 0045 -> 0046

CREATE INDEX IF NOT EXISTS ix_wallet_entries_rider ON wallet_entries (region, rider_id, at, id);

UPDATE alembic_version SET version_num='0046' WHERE alembic_version.version_num = '0045';

-- Running upgrade 0046 -> 0047

CREATE UNIQUE INDEX IF NOT EXISTS uq_wallet_entries_ride ON wallet_entries (region, ride_id) WHERE kind = 'ride';

UPDATE alembic_version SET version_num='0047' WHERE alembic_version.version_num = '0046';

-- Running upgrade 0047 -> 0048

CREATE TABLE IF NOT EXISTS reports (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    vehicle_id UUID NOT NULL, 
    reporter_region crdb_internal_region, 
    reporter_id UUID, 
    kind VARCHAR(24) NOT NULL, 
    critical BOOLEAN NOT NULL, 
    note VARCHAR(1000) NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    answer VARCHAR(1000) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    answered_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_reports PRIMARY KEY (region, id), 
    CONSTRAINT ck_reports_kind CHECK (kind IN ('damage', 'bad_parking', 'lost', 'other')), 
    CONSTRAINT ck_reports_state CHECK (state IN ('new', 'in_progress', 'resolved', 'dismissed')), 
    CONSTRAINT fk_reports_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_reports_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_reports_users_reporter_region FOREIGN KEY(reporter_region, reporter_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0048' WHERE alembic_version.version_num = '0047';

-- Running upgrade 0048 -> 0049

CREATE INDEX IF NOT EXISTS ix_reports_queue ON reports (region, city, state, created_at, id);

UPDATE alembic_version SET version_num='0049' WHERE alembic_version.version_num = '0048';

-- Running upgrade 0049 -> 0050

CREATE INDEX IF NOT EXISTS ix_reports_reporter ON reports (reporter_region, reporter_id, created_at, id);

UPDATE alembic_version SET version_num='0050' WHERE alembic_version.version_num = '0049';

-- Running upgrade 0050 -> 0051

CREATE INDEX IF NOT EXISTS ix_reports_vehicle ON reports (region, vehicle_id, state);

UPDATE alembic_version SET version_num='0051' WHERE alembic_version.version_num = '0050';

-- Running upgrade 0051 -> 0052

CREATE TABLE IF NOT EXISTS reservations (
    region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    id UUID NOT NULL, 
    vehicle_region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    plan_id UUID, 
    reserved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    until TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_reservations PRIMARY KEY (region, rider_id), 
    CONSTRAINT fk_reservations_pricing_plans_plan_id FOREIGN KEY(plan_id) REFERENCES pricing_plans (id), 
    CONSTRAINT fk_reservations_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_reservations_vehicles_vehicle_region FOREIGN KEY(vehicle_region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0052' WHERE alembic_version.version_num = '0051';

-- Running upgrade 0052 -> 0053

CREATE INDEX IF NOT EXISTS ix_reservations_vehicle ON reservations (vehicle_region, vehicle_id);

UPDATE alembic_version SET version_num='0053' WHERE alembic_version.version_num = '0052';

-- Running upgrade 0053 -> 0054

CREATE TABLE IF NOT EXISTS saved_vehicles (
    region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    rider_region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    waiting_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_saved_vehicles PRIMARY KEY (region, vehicle_id, rider_region, rider_id), 
    CONSTRAINT fk_saved_vehicles_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_saved_vehicles_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0054' WHERE alembic_version.version_num = '0053';

-- Running upgrade 0054 -> 0055

CREATE INDEX IF NOT EXISTS ix_saved_vehicles_rider ON saved_vehicles (rider_region, rider_id, saved_at, vehicle_id);

UPDATE alembic_version SET version_num='0055' WHERE alembic_version.version_num = '0054';

-- Running upgrade 0055 -> 0056

CREATE TABLE IF NOT EXISTS wallet_lines (
    region crdb_internal_region NOT NULL, 
    entry_id UUID NOT NULL, 
    account VARCHAR(24) NOT NULL, 
    rider_id UUID, 
    currency VARCHAR(3) NOT NULL, 
    amount INTEGER NOT NULL, 
    CONSTRAINT pk_wallet_lines PRIMARY KEY (region, entry_id, account), 
    CONSTRAINT ck_wallet_lines_account CHECK (account IN ('rider', 'revenue', 'tax', 'provider', 'promotions')), 
    CONSTRAINT ck_wallet_lines_amount CHECK (amount <> 0), 
    CONSTRAINT fk_wallet_lines_wallet_entries_region FOREIGN KEY(region, entry_id) REFERENCES wallet_entries (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0056' WHERE alembic_version.version_num = '0055';

-- Running upgrade 0056 -> 0057

CREATE INDEX IF NOT EXISTS ix_wallet_lines_rider ON wallet_lines (region, rider_id, currency) INCLUDE (amount);

UPDATE alembic_version SET version_num='0057' WHERE alembic_version.version_num = '0056';

-- Running upgrade 0057 -> 0058

CREATE TABLE IF NOT EXISTS disputes (
    region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    refunded INTEGER NOT NULL, 
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_disputes PRIMARY KEY (region, ride_id), 
    CONSTRAINT ck_disputes_state CHECK (state IN ('open', 'answered', 'closed')), 
    CONSTRAINT ck_disputes_refunded CHECK (refunded >= 0), 
    CONSTRAINT fk_disputes_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_disputes_rides_region FOREIGN KEY(region, ride_id) REFERENCES rides (region, id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0058' WHERE alembic_version.version_num = '0057';

-- Running upgrade 0058 -> 0059

CREATE INDEX IF NOT EXISTS ix_disputes_queue ON disputes (region, city, state, changed_at, ride_id);

UPDATE alembic_version SET version_num='0059' WHERE alembic_version.version_num = '0058';

-- Running upgrade 0059 -> 0060

CREATE TABLE IF NOT EXISTS report_photos (
    region crdb_internal_region NOT NULL, 
    report_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    content BYTEA NOT NULL, 
    CONSTRAINT pk_report_photos PRIMARY KEY (region, report_id, number), 
    CONSTRAINT fk_report_photos_reports_region FOREIGN KEY(region, report_id) REFERENCES reports (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0060' WHERE alembic_version.version_num = '0059';

-- Running upgrade 0060 -> 0061

CREATE TABLE IF NOT EXISTS ride_paths (
    region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    points JSONB NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ride_paths PRIMARY KEY (region, ride_id), 
    CONSTRAINT fk_ride_paths_rides_region FOREIGN KEY(region, ride_id) REFERENCES rides (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0061' WHERE alembic_version.version_num = '0060';

-- Running upgrade 0061 -> 0062

CREATE INDEX IF NOT EXISTS ix_ride_paths_changed ON ride_paths (region, changed_at);

UPDATE alembic_version SET version_num='0062' WHERE alembic_version.version_num = '0061';

-- Running upgrade 0062 -> 0063

CREATE TABLE IF NOT EXISTS dispute_messages (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    ride_id UUID NOT NULL, 
    author_region crdb_internal_region, 
    author_id UUID, 
    by_staff BOOLEAN NOT NULL, 
    text VARCHAR(2000) NOT NULL, 
    refund INTEGER NOT NULL, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_dispute_messages PRIMARY KEY (region, id), 
    CONSTRAINT fk_dispute_messages_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT fk_dispute_messages_disputes_region FOREIGN KEY(region, ride_id) REFERENCES disputes (region, ride_id) ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0063' WHERE alembic_version.version_num = '0062';

-- Running upgrade 0063 -> 0064

CREATE INDEX IF NOT EXISTS ix_dispute_messages_author ON dispute_messages (author_region, author_id, at, id);

UPDATE alembic_version SET version_num='0064' WHERE alembic_version.version_num = '0063';

-- Running upgrade 0064 -> 0065

CREATE INDEX IF NOT EXISTS ix_dispute_messages_thread ON dispute_messages (region, ride_id, at, id);

UPDATE alembic_version SET version_num='0065' WHERE alembic_version.version_num = '0064';

-- Running upgrade 0065 -> 0066

ALTER TABLE rides ADD COLUMN IF NOT EXISTS plan_id UUID CONSTRAINT fk_rides_pricing_plans_plan_id REFERENCES pricing_plans (id);

UPDATE alembic_version SET version_num='0066' WHERE alembic_version.version_num = '0065';

-- Running upgrade 0066 -> 0067

ALTER TABLE rides ADD COLUMN IF NOT EXISTS paused_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0067' WHERE alembic_version.version_num = '0066';

-- Running upgrade 0067 -> 0068

ALTER TABLE rides ADD COLUMN IF NOT EXISTS paused_s INTEGER DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0068' WHERE alembic_version.version_num = '0067';

-- Running upgrade 0068 -> 0069

ALTER TABLE rides ADD COLUMN IF NOT EXISTS distance_m INTEGER;

UPDATE alembic_version SET version_num='0069' WHERE alembic_version.version_num = '0068';

-- Running upgrade 0069 -> 0070

ALTER TABLE rides ADD COLUMN IF NOT EXISTS price INTEGER CONSTRAINT ck_rides_price CHECK (price >= 0);

UPDATE alembic_version SET version_num='0070' WHERE alembic_version.version_num = '0069';

-- Running upgrade 0070 -> 0071

ALTER TABLE rides ADD COLUMN IF NOT EXISTS currency VARCHAR(3);

UPDATE alembic_version SET version_num='0071' WHERE alembic_version.version_num = '0070';

-- Running upgrade 0071 -> 0072

ALTER TABLE rides ADD COLUMN IF NOT EXISTS price_lines JSONB;

UPDATE alembic_version SET version_num='0072' WHERE alembic_version.version_num = '0071';

-- Running upgrade 0072 -> 0073

ALTER TABLE rides ADD COLUMN IF NOT EXISTS rating INTEGER CONSTRAINT ck_rides_rating CHECK (rating BETWEEN 1 AND 5);

UPDATE alembic_version SET version_num='0073' WHERE alembic_version.version_num = '0072';

-- Running upgrade 0073 -> 0074

ALTER TABLE rides ADD COLUMN IF NOT EXISTS rating_note VARCHAR(280);

UPDATE alembic_version SET version_num='0074' WHERE alembic_version.version_num = '0073';

-- Running upgrade 0074 -> 0075

ALTER TABLE rides ADD COLUMN IF NOT EXISTS reminded_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0075' WHERE alembic_version.version_num = '0074';

-- Running upgrade 0075 -> 0076

CREATE INDEX IF NOT EXISTS ix_rides_open ON rides (region, city, started_at, id) WHERE ended_at IS NULL;

UPDATE alembic_version SET version_num='0076' WHERE alembic_version.version_num = '0075';

-- Running upgrade 0076 -> 0077

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS public_id UUID DEFAULT gen_random_uuid() NOT NULL;

UPDATE alembic_version SET version_num='0077' WHERE alembic_version.version_num = '0076';

-- Running upgrade 0077 -> 0078

CREATE UNIQUE INDEX IF NOT EXISTS uq_vehicles_public_id ON vehicles (region, public_id);

UPDATE alembic_version SET version_num='0078' WHERE alembic_version.version_num = '0077';

-- Running upgrade 0078 -> 0079

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS code VARCHAR(10) DEFAULT translate(substr(md5(gen_random_uuid()::text), 1, 10), '0123456789abcdef', '23456789ACDEHKMX') NOT NULL;

UPDATE alembic_version SET version_num='0079' WHERE alembic_version.version_num = '0078';

-- Running upgrade 0079 -> 0080

UPDATE vehicles SET code = translate(substr(md5(gen_random_uuid()::text), 1, 10), '0123456789abcdef', '23456789ACDEHKMX') WHERE code IN (SELECT code FROM vehicles GROUP BY code HAVING count(*) > 1);

UPDATE alembic_version SET version_num='0080' WHERE alembic_version.version_num = '0079';

-- Running upgrade 0080 -> 0081

CREATE UNIQUE INDEX IF NOT EXISTS uq_vehicles_code ON vehicles (code);

UPDATE alembic_version SET version_num='0081' WHERE alembic_version.version_num = '0080';

-- Running upgrade 0081 -> 0082

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS reserved_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0082' WHERE alembic_version.version_num = '0081';

-- Running upgrade 0082 -> 0083

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

UPDATE alembic_version SET version_num='0083' WHERE alembic_version.version_num = '0082';

-- Running upgrade 0083 -> 0084

CREATE INDEX IF NOT EXISTS ix_vehicles_changed ON vehicles (region, city, changed_at);

UPDATE alembic_version SET version_num='0084' WHERE alembic_version.version_num = '0083';

-- Running upgrade 0084 -> 0085

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS words VARCHAR[] AS (string_to_array(lower(replace(brand || ' ' || color || ' ' || coalesce(address, ''), ',', ' ')), ' ')) STORED NOT NULL;

UPDATE alembic_version SET version_num='0085' WHERE alembic_version.version_num = '0084';

-- Running upgrade 0085 -> 0086

CREATE INDEX IF NOT EXISTS ix_vehicles_words ON vehicles USING gin (words);

UPDATE alembic_version SET version_num='0086' WHERE alembic_version.version_num = '0085';

