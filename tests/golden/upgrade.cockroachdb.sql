CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0086_01

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

INSERT INTO alembic_version (version_num) VALUES ('0086_01') RETURNING alembic_version.version_num;

COMMENT ON TABLE alembic_version IS 'Revision 0086_01 works with releases since revision 0086_01.';

-- Running upgrade 0086_01 -> 0086_02

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
    email_confirmed_at TIMESTAMP WITH TIME ZONE, 
    disabled_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_users PRIMARY KEY (region, id), 
    CONSTRAINT fk_users_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT uq_users_username UNIQUE (username), 
    CONSTRAINT uq_users_email UNIQUE (email), 
    INDEX ix_users_city (region, city, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS grants (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    "role" VARCHAR(16) NOT NULL, 
    cities VARCHAR(64)[], 
    CONSTRAINT pk_grants PRIMARY KEY (region, user_id, "role"), 
    CONSTRAINT fk_grants_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_grants_role CHECK (role IN ('owner', 'fleet', 'admin'))
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS profiles (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    about VARCHAR(500) NOT NULL, 
    CONSTRAINT pk_profiles PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_profiles_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

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
    CONSTRAINT fk_email_links_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_email_links_purpose CHECK (purpose IN ('confirm', 'reset', 'change_old', 'change_new')), 
    INDEX ix_email_links_expiry (region, expires_at), 
    INDEX ix_email_links_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS second_factors (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    secret VARCHAR(255) NOT NULL, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    last_step BIGINT DEFAULT '0' NOT NULL, 
    CONSTRAINT pk_second_factors PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_second_factors_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS recovery_codes (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_recovery_codes PRIMARY KEY (region, user_id, digest), 
    CONSTRAINT fk_recovery_codes_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS identities (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    issuer VARCHAR(255) NOT NULL, 
    subject VARCHAR(255) NOT NULL, 
    email VARCHAR(254) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_identities PRIMARY KEY (region, id), 
    CONSTRAINT fk_identities_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT uq_identities_issuer UNIQUE (issuer, subject), 
    INDEX ix_identities_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_02' WHERE alembic_version.version_num = '0086_01';

COMMENT ON TABLE alembic_version IS 'Revision 0086_02 works with releases since revision 0086_02.';

-- Running upgrade 0086_02 -> 0086_03

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
    CONSTRAINT fk_login_sessions_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_login_sessions_seen (region, last_seen_at), 
    INDEX ix_login_sessions_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS throttles (
    region crdb_internal_region NOT NULL, 
    bucket VARCHAR(80) NOT NULL, 
    hits INTEGER NOT NULL, 
    until TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_throttles PRIMARY KEY (region, bucket), 
    INDEX ix_throttles_until (region, until)
) LOCALITY REGIONAL BY ROW AS region;

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
    CONSTRAINT pk_events PRIMARY KEY (region, id), 
    INDEX ix_events_actor (region, actor_id, at, id), 
    INDEX ix_events_at (region, at, id), 
    INDEX ix_events_kind (region, kind, at, id), 
    INDEX ix_events_subject (region, subject, at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_03' WHERE alembic_version.version_num = '0086_02';

COMMENT ON TABLE alembic_version IS 'Revision 0086_03 works with releases since revision 0086_03.';

-- Running upgrade 0086_03 -> 0086_04

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
    public_id UUID DEFAULT gen_random_uuid() NOT NULL, 
    code VARCHAR(10) DEFAULT translate(substr(md5(gen_random_uuid()::text), 1, 10), '0123456789abcdef', '23456789ACDEHKMX') NOT NULL, 
    reserved_until TIMESTAMP WITH TIME ZONE, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    words VARCHAR[] AS (string_to_array(lower(replace(brand || ' ' || color || ' ' || coalesce(address, ''), ',', ' ')), ' ')) STORED NOT NULL, 
    CONSTRAINT pk_vehicles PRIMARY KEY (region, id), 
    CONSTRAINT fk_vehicles_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_vehicles_users_owner_region FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_vehicles_form_factor CHECK (form_factor IN ('bicycle', 'cargo_bicycle', 'car', 'moped', 'scooter_standing', 'scooter_seated', 'other')), 
    CONSTRAINT ck_vehicles_propulsion_type CHECK (propulsion_type IN ('human', 'electric_assist', 'electric', 'combustion', 'combustion_diesel', 'hybrid', 'plug_in_hybrid', 'hydrogen_fuel_cell')), 
    CONSTRAINT ck_vehicles_state CHECK (state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')), 
    CONSTRAINT ck_vehicles_point CHECK ((lat IS NULL) = (lon IS NULL)), 
    CONSTRAINT ck_vehicles_lat CHECK (lat BETWEEN -90 AND 90), 
    CONSTRAINT ck_vehicles_lon CHECK (lon BETWEEN -180 AND 180), 
    CONSTRAINT uq_vehicles_feed UNIQUE (region, city, feed_system, feed_vehicle), 
    INDEX ix_vehicles_cell (region, city, state, cell), 
    INDEX ix_vehicles_changed (region, city, changed_at), 
    INDEX ix_vehicles_newest (region, city, state, created_at, id), 
    INDEX ix_vehicles_newest_of_type (region, city, state, form_factor, created_at, id), 
    INDEX ix_vehicles_owner (owner_region, owner_id), 
    INVERTED INDEX ix_vehicles_words (words), 
    UNIQUE INDEX uq_vehicles_code (code), 
    UNIQUE INDEX uq_vehicles_public_id (region, public_id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS saved_vehicles (
    region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    rider_region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    waiting_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_saved_vehicles PRIMARY KEY (region, vehicle_id, rider_region, rider_id), 
    CONSTRAINT fk_saved_vehicles_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_saved_vehicles_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_saved_vehicles_rider (rider_region, rider_id, saved_at, vehicle_id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS saved_places (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_id UUID NOT NULL, 
    label VARCHAR(40) NOT NULL, 
    lat FLOAT NOT NULL, 
    lon FLOAT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_saved_places PRIMARY KEY (region, id), 
    CONSTRAINT fk_saved_places_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_saved_places_lat CHECK (lat BETWEEN -90 AND 90), 
    CONSTRAINT ck_saved_places_lon CHECK (lon BETWEEN -180 AND 180), 
    INDEX ix_saved_places_rider (region, rider_id, created_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_04' WHERE alembic_version.version_num = '0086_03';

COMMENT ON TABLE alembic_version IS 'Revision 0086_04 works with releases since revision 0086_04.';

-- Running upgrade 0086_04 -> 0086_05

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
    CONSTRAINT fk_pricing_plans_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT uq_pricing_plans_version UNIQUE (city, form_factor, propulsion_type, version), 
    CONSTRAINT ck_pricing_plans_unlock_fee CHECK (unlock_fee >= 0), 
    CONSTRAINT ck_pricing_plans_daily_cap CHECK (daily_cap >= 0), 
    CONSTRAINT ck_pricing_plans_parking_fee CHECK (parking_fee >= 0), 
    CONSTRAINT ck_pricing_plans_reserve_min CHECK (reserve_min >= 0), 
    CONSTRAINT ck_pricing_plans_reserve_max_min CHECK (reserve_max_min >= reserve_min), 
    CONSTRAINT ck_pricing_plans_reservation_rate CHECK (reservation_rate >= 0), 
    CONSTRAINT ck_pricing_plans_tax_ppm CHECK (tax_ppm BETWEEN 0 AND 1000000)
) LOCALITY GLOBAL;

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
    CONSTRAINT fk_zones_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_zones_kind CHECK (kind IN ('service_area', 'no_parking', 'no_ride', 'slow')), 
    CONSTRAINT ck_zones_fee CHECK (fee >= 0), 
    CONSTRAINT ck_zones_max_speed_kph CHECK (max_speed_kph > 0), 
    INDEX ix_zones_city (city, position)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0086_05' WHERE alembic_version.version_num = '0086_04';

COMMENT ON TABLE alembic_version IS 'Revision 0086_05 works with releases since revision 0086_05.';

-- Running upgrade 0086_05 -> 0086_06

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
    plan_id UUID, 
    paused_at TIMESTAMP WITH TIME ZONE, 
    paused_s INTEGER DEFAULT '0' NOT NULL, 
    distance_m INTEGER, 
    price INTEGER, 
    currency VARCHAR(3), 
    price_lines JSONB, 
    rating INTEGER, 
    rating_note VARCHAR(280), 
    reminded_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_rides PRIMARY KEY (region, id), 
    CONSTRAINT fk_rides_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_rides_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_rides_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT fk_rides_pricing_plans_plan_id FOREIGN KEY(plan_id) REFERENCES pricing_plans (id), 
    CONSTRAINT ck_rides_order CHECK (ended_at >= started_at), 
    CONSTRAINT ck_rides_price CHECK (price >= 0), 
    CONSTRAINT ck_rides_rating CHECK (rating BETWEEN 1 AND 5), 
    INDEX ix_rides_open (region, city, started_at, id) WHERE ended_at IS NULL, 
    INDEX ix_rides_rider (rider_region, rider_id, started_at, id), 
    INDEX ix_rides_vehicle (region, vehicle_id), 
    UNIQUE INDEX uq_rides_open_vehicle (region, vehicle_id) WHERE ended_at IS NULL
) LOCALITY REGIONAL BY ROW AS region;

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

CREATE TABLE IF NOT EXISTS ride_paths (
    region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    points JSONB NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_ride_paths PRIMARY KEY (region, ride_id), 
    CONSTRAINT fk_ride_paths_rides_region FOREIGN KEY(region, ride_id) REFERENCES rides (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_ride_paths_changed (region, changed_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_06' WHERE alembic_version.version_num = '0086_05';

COMMENT ON TABLE alembic_version IS 'Revision 0086_06 works with releases since revision 0086_06.';

-- Running upgrade 0086_06 -> 0086_07

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
    CONSTRAINT fk_reservations_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_reservations_vehicles_vehicle_region FOREIGN KEY(vehicle_region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_reservations_pricing_plans_plan_id FOREIGN KEY(plan_id) REFERENCES pricing_plans (id), 
    INDEX ix_reservations_vehicle (vehicle_region, vehicle_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_07' WHERE alembic_version.version_num = '0086_06';

COMMENT ON TABLE alembic_version IS 'Revision 0086_07 works with releases since revision 0086_07.';

-- Running upgrade 0086_07 -> 0086_08

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
    CONSTRAINT fk_wallet_entries_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON UPDATE CASCADE, 
    CONSTRAINT ck_wallet_entries_kind CHECK (kind IN ('ride', 'hold', 'top_up', 'payout', 'refund', 'credit')), 
    INDEX ix_wallet_entries_rider (region, rider_id, at, id), 
    UNIQUE INDEX uq_wallet_entries_ride (region, ride_id) WHERE kind = 'ride'
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS wallet_lines (
    region crdb_internal_region NOT NULL, 
    entry_id UUID NOT NULL, 
    account VARCHAR(24) NOT NULL, 
    rider_id UUID, 
    currency VARCHAR(3) NOT NULL, 
    amount INTEGER NOT NULL, 
    CONSTRAINT pk_wallet_lines PRIMARY KEY (region, entry_id, account), 
    CONSTRAINT fk_wallet_lines_wallet_entries_region FOREIGN KEY(region, entry_id) REFERENCES wallet_entries (region, id) ON UPDATE CASCADE, 
    CONSTRAINT ck_wallet_lines_account CHECK (account IN ('rider', 'revenue', 'tax', 'provider', 'promotions')), 
    CONSTRAINT ck_wallet_lines_amount CHECK (amount <> 0), 
    INDEX ix_wallet_lines_rider (region, rider_id, currency) INCLUDE (amount)
) LOCALITY REGIONAL BY ROW AS region;

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
    CONSTRAINT fk_payments_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON UPDATE CASCADE, 
    CONSTRAINT ck_payments_state CHECK (state IN ('begun', 'paid', 'failed')), 
    CONSTRAINT ck_payments_amount CHECK (amount > 0), 
    CONSTRAINT ck_payments_paid_back CHECK (paid_back BETWEEN 0 AND amount), 
    INDEX ix_payments_rider (region, rider_id, created_at, id), 
    INDEX ix_payments_state (region, state, created_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086_08' WHERE alembic_version.version_num = '0086_07';

COMMENT ON TABLE alembic_version IS 'Revision 0086_08 works with releases since revision 0086_08.';

-- Running upgrade 0086_08 -> 0086

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
    CONSTRAINT fk_reports_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_reports_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON UPDATE CASCADE, 
    CONSTRAINT fk_reports_users_reporter_region FOREIGN KEY(reporter_region, reporter_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_reports_kind CHECK (kind IN ('damage', 'bad_parking', 'lost', 'other')), 
    CONSTRAINT ck_reports_state CHECK (state IN ('new', 'in_progress', 'resolved', 'dismissed')), 
    INDEX ix_reports_queue (region, city, state, created_at, id), 
    INDEX ix_reports_reporter (reporter_region, reporter_id, created_at, id), 
    INDEX ix_reports_vehicle (region, vehicle_id, state)
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS report_photos (
    region crdb_internal_region NOT NULL, 
    report_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    content BYTEA NOT NULL, 
    CONSTRAINT pk_report_photos PRIMARY KEY (region, report_id, number), 
    CONSTRAINT fk_report_photos_reports_region FOREIGN KEY(region, report_id) REFERENCES reports (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

CREATE TABLE IF NOT EXISTS disputes (
    region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    refunded INTEGER NOT NULL, 
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_disputes PRIMARY KEY (region, ride_id), 
    CONSTRAINT fk_disputes_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_disputes_rides_region FOREIGN KEY(region, ride_id) REFERENCES rides (region, id) ON UPDATE CASCADE, 
    CONSTRAINT ck_disputes_state CHECK (state IN ('open', 'answered', 'closed')), 
    CONSTRAINT ck_disputes_refunded CHECK (refunded >= 0), 
    INDEX ix_disputes_queue (region, city, state, changed_at, ride_id)
) LOCALITY REGIONAL BY ROW AS region;

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
    CONSTRAINT fk_dispute_messages_disputes_region FOREIGN KEY(region, ride_id) REFERENCES disputes (region, ride_id) ON UPDATE CASCADE, 
    CONSTRAINT fk_dispute_messages_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    INDEX ix_dispute_messages_author (author_region, author_id, at, id), 
    INDEX ix_dispute_messages_thread (region, ride_id, at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0086' WHERE alembic_version.version_num = '0086_08';

COMMENT ON TABLE alembic_version IS 'Revision 0086 works with releases since revision 0086.';

-- Running upgrade 0086 -> 0087

CREATE UNIQUE INDEX IF NOT EXISTS uq_vehicles_region_code ON vehicles (region, code);

UPDATE alembic_version SET version_num='0087' WHERE alembic_version.version_num = '0086';

COMMENT ON TABLE alembic_version IS 'Revision 0087 works with releases since revision 0086.';

-- Running upgrade 0087 -> 0088

DROP INDEX IF EXISTS vehicles@uq_vehicles_code CASCADE;

UPDATE alembic_version SET version_num='0088' WHERE alembic_version.version_num = '0087';

COMMENT ON TABLE alembic_version IS 'Revision 0088 works with releases since revision 0086.';

-- Running upgrade 0088 -> 0089

ALTER TABLE wallet_lines ALTER COLUMN amount TYPE BIGINT;

UPDATE alembic_version SET version_num='0089' WHERE alembic_version.version_num = '0088';

COMMENT ON TABLE alembic_version IS 'Revision 0089 works with releases since revision 0086.';

-- Running upgrade 0089 -> 0090

ALTER TABLE payments ALTER COLUMN amount TYPE BIGINT, ALTER COLUMN paid_back TYPE BIGINT;

UPDATE alembic_version SET version_num='0090' WHERE alembic_version.version_num = '0089';

COMMENT ON TABLE alembic_version IS 'Revision 0090 works with releases since revision 0086.';

-- Running upgrade 0090 -> 0091

ALTER TABLE rides ALTER COLUMN price TYPE BIGINT;

UPDATE alembic_version SET version_num='0091' WHERE alembic_version.version_num = '0090';

COMMENT ON TABLE alembic_version IS 'Revision 0091 works with releases since revision 0086.';

-- Running upgrade 0091 -> 0092

ALTER TABLE pricing_plans ALTER COLUMN unlock_fee TYPE BIGINT, ALTER COLUMN reservation_rate TYPE BIGINT, ALTER COLUMN daily_cap TYPE BIGINT, ALTER COLUMN parking_fee TYPE BIGINT;

UPDATE alembic_version SET version_num='0092' WHERE alembic_version.version_num = '0091';

COMMENT ON TABLE alembic_version IS 'Revision 0092 works with releases since revision 0086.';

-- Running upgrade 0092 -> 0093

ALTER TABLE zones ALTER COLUMN fee TYPE BIGINT;

UPDATE alembic_version SET version_num='0093' WHERE alembic_version.version_num = '0092';

COMMENT ON TABLE alembic_version IS 'Revision 0093 works with releases since revision 0086.';

-- Running upgrade 0093 -> 0094

ALTER TABLE disputes ALTER COLUMN refunded TYPE BIGINT;

UPDATE alembic_version SET version_num='0094' WHERE alembic_version.version_num = '0093';

COMMENT ON TABLE alembic_version IS 'Revision 0094 works with releases since revision 0086.';

-- Running upgrade 0094 -> 0095

ALTER TABLE dispute_messages ALTER COLUMN refund TYPE BIGINT;

UPDATE alembic_version SET version_num='0095' WHERE alembic_version.version_num = '0094';

COMMENT ON TABLE alembic_version IS 'Revision 0095 works with releases since revision 0086.';

-- Running upgrade 0095 -> 0096

ALTER TABLE rides ADD COLUMN IF NOT EXISTS overdue_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0096' WHERE alembic_version.version_num = '0095';

COMMENT ON TABLE alembic_version IS 'Revision 0096 works with releases since revision 0086.';

-- Running upgrade 0096 -> 0097

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS feed_source VARCHAR(300);

UPDATE alembic_version SET version_num='0097' WHERE alembic_version.version_num = '0096';

COMMENT ON TABLE alembic_version IS 'Revision 0097 works with releases since revision 0086.';

-- Running upgrade 0097 -> 0098

CREATE INDEX IF NOT EXISTS ix_open_rides_ride ON open_rides (region, ride_region, ride_id);

UPDATE alembic_version SET version_num='0098' WHERE alembic_version.version_num = '0097';

COMMENT ON TABLE alembic_version IS 'Revision 0098 works with releases since revision 0086.';

-- Running upgrade 0098 -> 0099

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS free_reserved_on DATE;

UPDATE alembic_version SET version_num='0099' WHERE alembic_version.version_num = '0098';

COMMENT ON TABLE alembic_version IS 'Revision 0099 works with releases since revision 0086.';

-- Running upgrade 0099 -> 0100

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS free_reserved_min BIGINT DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0100' WHERE alembic_version.version_num = '0099';

COMMENT ON TABLE alembic_version IS 'Revision 0100 works with releases since revision 0086.';

-- Running upgrade 0100 -> 0101

CREATE INDEX IF NOT EXISTS ix_vehicles_list ON vehicles (region, city, state, public_id);

UPDATE alembic_version SET version_num='0101' WHERE alembic_version.version_num = '0100';

COMMENT ON TABLE alembic_version IS 'Revision 0101 works with releases since revision 0086.';

-- Running upgrade 0101 -> 0102

CREATE INDEX IF NOT EXISTS ix_vehicles_list_by_type ON vehicles (region, city, state, form_factor, public_id);

UPDATE alembic_version SET version_num='0102' WHERE alembic_version.version_num = '0101';

COMMENT ON TABLE alembic_version IS 'Revision 0102 works with releases since revision 0086.';

-- Running upgrade 0102 -> 0103

DROP INDEX IF EXISTS vehicles@ix_vehicles_newest_of_type CASCADE;

UPDATE alembic_version SET version_num='0103' WHERE alembic_version.version_num = '0102';

COMMENT ON TABLE alembic_version IS 'Revision 0103 works with releases since revision 0086.';

-- Running upgrade 0103 -> 0104

UPDATE vehicles SET address = NULL
WHERE address IS NOT NULL AND EXISTS (
    SELECT 1 FROM rides
    WHERE rides.region = vehicles.region
      AND rides.vehicle_id = vehicles.id
      AND rides.end_address = vehicles.address
);

UPDATE alembic_version SET version_num='0104' WHERE alembic_version.version_num = '0103';

COMMENT ON TABLE alembic_version IS 'Revision 0104 works with releases since revision 0086.';

-- Running upgrade 0104 -> 0105

ALTER TABLE pricing_plans ADD COLUMN IF NOT EXISTS fare_cap_min BIGINT DEFAULT '1440' NOT NULL;

UPDATE alembic_version SET version_num='0105' WHERE alembic_version.version_num = '0104';

COMMENT ON TABLE alembic_version IS 'Revision 0105 works with releases since revision 0086.';

-- Running upgrade 0105 -> 0106

ALTER TABLE zones ADD COLUMN IF NOT EXISTS rules JSONB;

UPDATE alembic_version SET version_num='0106' WHERE alembic_version.version_num = '0105';

COMMENT ON TABLE alembic_version IS 'Revision 0106 works with releases since revision 0086.';

-- Running upgrade 0106 -> 0107

ALTER TABLE zones ADD COLUMN IF NOT EXISTS valid_from TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0107' WHERE alembic_version.version_num = '0106';

COMMENT ON TABLE alembic_version IS 'Revision 0107 works with releases since revision 0086.';

-- Running upgrade 0107 -> 0108

ALTER TABLE zones ADD COLUMN IF NOT EXISTS valid_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0108' WHERE alembic_version.version_num = '0107';

COMMENT ON TABLE alembic_version IS 'Revision 0108 works with releases since revision 0086.';

-- Running upgrade 0108 -> 0109

CREATE TABLE IF NOT EXISTS city_zone_rules (
    city VARCHAR(64) NOT NULL, 
    version UUID NOT NULL, 
    source VARCHAR(200) NOT NULL, 
    rules JSONB NOT NULL, 
    vehicle_types JSONB, 
    CONSTRAINT pk_city_zone_rules PRIMARY KEY (city), 
    CONSTRAINT fk_city_zone_rules_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0109' WHERE alembic_version.version_num = '0108';

COMMENT ON TABLE alembic_version IS 'Revision 0109 works with releases since revision 0086.';

-- Running upgrade 0109 -> 0110

CREATE TABLE IF NOT EXISTS imported_feeds (
    city VARCHAR(64) NOT NULL, 
    system VARCHAR(120) NOT NULL, 
    source VARCHAR(300) NOT NULL, 
    last_updated_at TIMESTAMP WITH TIME ZONE, 
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_imported_feeds PRIMARY KEY (city, system), 
    CONSTRAINT fk_imported_feeds_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0110' WHERE alembic_version.version_num = '0109';

COMMENT ON TABLE alembic_version IS 'Revision 0110 works with releases since revision 0086.';

-- Running upgrade 0110 -> 0111

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS battery_percent BIGINT;

UPDATE alembic_version SET version_num='0111' WHERE alembic_version.version_num = '0110';

COMMENT ON TABLE alembic_version IS 'Revision 0111 works with releases since revision 0086.';

-- Running upgrade 0111 -> 0112

CREATE INDEX IF NOT EXISTS ix_vehicles_position ON vehicles (region, city, state, cell, lat, lon);

UPDATE alembic_version SET version_num='0112' WHERE alembic_version.version_num = '0111';

COMMENT ON TABLE alembic_version IS 'Revision 0112 works with releases since revision 0086.';

-- Running upgrade 0112 -> 0113

CREATE TABLE IF NOT EXISTS wallet_balances (
    region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    amount BIGINT NOT NULL, 
    CONSTRAINT pk_wallet_balances PRIMARY KEY (region, rider_id, currency), 
    CONSTRAINT fk_wallet_balances_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0113' WHERE alembic_version.version_num = '0112';

COMMENT ON TABLE alembic_version IS 'Revision 0113 works with releases since revision 0086.';

-- Running upgrade 0113 -> 0114

ALTER TABLE wallet_lines ADD COLUMN IF NOT EXISTS in_balance BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0114' WHERE alembic_version.version_num = '0113';

COMMENT ON TABLE alembic_version IS 'Revision 0114 works with releases since revision 0086.';

-- Running upgrade 0114 -> 0115

CREATE INDEX IF NOT EXISTS ix_wallet_lines_not_in_balance ON wallet_lines (region, rider_id, currency) INCLUDE (amount) WHERE rider_id IS NOT NULL AND NOT in_balance;

UPDATE alembic_version SET version_num='0115' WHERE alembic_version.version_num = '0114';

COMMENT ON TABLE alembic_version IS 'Revision 0115 works with releases since revision 0086.';

-- Running upgrade 0115 -> 0116

CREATE TABLE IF NOT EXISTS write_lock (
    id BIGINT NOT NULL, 
    CONSTRAINT pk_write_lock PRIMARY KEY (id)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0116' WHERE alembic_version.version_num = '0115';

COMMENT ON TABLE alembic_version IS 'Revision 0116 works with releases since revision 0086.';

-- Running upgrade 0116 -> 0117

CREATE INDEX IF NOT EXISTS ix_vehicles_type_range ON vehicles (region, city, state, form_factor, propulsion_type, range_m);

UPDATE alembic_version SET version_num='0117' WHERE alembic_version.version_num = '0116';

COMMENT ON TABLE alembic_version IS 'Revision 0117 works with releases since revision 0086.';

-- Running upgrade 0117 -> 0118

CREATE TABLE IF NOT EXISTS jobs (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL, 
    payload JSONB NOT NULL, 
    priority BIGINT NOT NULL, 
    account_region VARCHAR(32), 
    account_id UUID, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    attempts BIGINT DEFAULT '0' NOT NULL, 
    worker VARCHAR(80), 
    last_error VARCHAR(500), 
    done_at TIMESTAMP WITH TIME ZONE, 
    failed_at TIMESTAMP WITH TIME ZONE, 
    request_id UUID, 
    trace VARCHAR(55), 
    CONSTRAINT pk_jobs PRIMARY KEY (region, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0118' WHERE alembic_version.version_num = '0117';

COMMENT ON TABLE alembic_version IS 'Revision 0118 works with releases since revision 0086.';

-- Running upgrade 0118 -> 0119

CREATE INDEX IF NOT EXISTS ix_jobs_due ON jobs (region, priority, due_at) WHERE done_at IS NULL AND failed_at IS NULL;

UPDATE alembic_version SET version_num='0119' WHERE alembic_version.version_num = '0118';

COMMENT ON TABLE alembic_version IS 'Revision 0119 works with releases since revision 0086.';

-- Running upgrade 0119 -> 0120

CREATE INDEX IF NOT EXISTS ix_jobs_failed ON jobs (region, failed_at, id) WHERE failed_at IS NOT NULL;

UPDATE alembic_version SET version_num='0120' WHERE alembic_version.version_num = '0119';

COMMENT ON TABLE alembic_version IS 'Revision 0120 works with releases since revision 0086.';

-- Running upgrade 0120 -> 0121

CREATE INDEX IF NOT EXISTS ix_jobs_done ON jobs (region, done_at) WHERE done_at IS NOT NULL;

UPDATE alembic_version SET version_num='0121' WHERE alembic_version.version_num = '0120';

COMMENT ON TABLE alembic_version IS 'Revision 0121 works with releases since revision 0086.';

-- Running upgrade 0121 -> 0122

CREATE INDEX IF NOT EXISTS ix_jobs_account ON jobs (region, account_id) WHERE account_id IS NOT NULL;

UPDATE alembic_version SET version_num='0122' WHERE alembic_version.version_num = '0121';

COMMENT ON TABLE alembic_version IS 'Revision 0122 works with releases since revision 0086.';

-- Running upgrade 0122 -> 0123

CREATE INDEX IF NOT EXISTS ix_wallet_entries_credit ON wallet_entries (region, rider_id, at) WHERE kind = 'credit';

UPDATE alembic_version SET version_num='0123' WHERE alembic_version.version_num = '0122';

COMMENT ON TABLE alembic_version IS 'Revision 0123 works with releases since revision 0086.';

-- Running upgrade 0123 -> 0124

CREATE TABLE IF NOT EXISTS job_schedules (
    region crdb_internal_region NOT NULL, 
    name VARCHAR(40) NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_job_schedules PRIMARY KEY (region, name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0124' WHERE alembic_version.version_num = '0123';

COMMENT ON TABLE alembic_version IS 'Revision 0124 works with releases since revision 0086.';

-- Running upgrade 0124 -> 0125

CREATE TABLE IF NOT EXISTS data_exports (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    worker VARCHAR(80), 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    file_count BIGINT DEFAULT 0 NOT NULL, 
    row_count BIGINT DEFAULT 0 NOT NULL, 
    part_count BIGINT DEFAULT 0 NOT NULL, 
    size_bytes BIGINT DEFAULT 0 NOT NULL, 
    finished_at TIMESTAMP WITH TIME ZONE, 
    failed_at TIMESTAMP WITH TIME ZONE, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_data_exports PRIMARY KEY (region, id), 
    CONSTRAINT uq_data_exports_user UNIQUE (region, user_id), 
    CONSTRAINT fk_data_exports_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_data_exports_expiry (region, expires_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0125' WHERE alembic_version.version_num = '0124';

COMMENT ON TABLE alembic_version IS 'Revision 0125 works with releases since revision 0086.';

-- Running upgrade 0125 -> 0126

CREATE TABLE IF NOT EXISTS data_export_parts (
    region crdb_internal_region NOT NULL, 
    export_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    content BYTEA NOT NULL, 
    CONSTRAINT pk_data_export_parts PRIMARY KEY (region, export_id, number), 
    CONSTRAINT fk_data_export_parts_data_exports_region FOREIGN KEY(region, export_id) REFERENCES data_exports (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0126' WHERE alembic_version.version_num = '0125';

COMMENT ON TABLE alembic_version IS 'Revision 0126 works with releases since revision 0086.';

-- Running upgrade 0126 -> 0127

CREATE TABLE IF NOT EXISTS ride_reminders (
    region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    kind VARCHAR(16) NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    amount BIGINT, 
    job_id UUID NOT NULL, 
    CONSTRAINT pk_ride_reminders PRIMARY KEY (region, ride_id, kind), 
    CONSTRAINT fk_ride_reminders_rides_region FOREIGN KEY(region, ride_id) REFERENCES rides (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_ride_reminders_kind CHECK (kind IN ('time', 'price')), 
    CONSTRAINT ck_ride_reminders_amount CHECK ((kind = 'price') = (amount IS NOT NULL))
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0127' WHERE alembic_version.version_num = '0126';

COMMENT ON TABLE alembic_version IS 'Revision 0127 works with releases since revision 0086.';

-- Running upgrade 0127 -> 0128

CREATE TABLE IF NOT EXISTS feed_subscriptions (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    source VARCHAR(300) NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    access TEXT NOT NULL, 
    allows_private BOOLEAN DEFAULT false NOT NULL, 
    default_type VARCHAR(20), 
    period_s BIGINT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    run_id UUID, 
    run_until TIMESTAMP WITH TIME ZONE, 
    paused_at TIMESTAMP WITH TIME ZONE, 
    failures BIGINT DEFAULT '0' NOT NULL, 
    last_run_at TIMESTAMP WITH TIME ZONE, 
    last_success_at TIMESTAMP WITH TIME ZONE, 
    last_result VARCHAR(16), 
    problem VARCHAR(500) DEFAULT '' NOT NULL, 
    system VARCHAR(120), 
    vehicle_count BIGINT, 
    ttl_s BIGINT DEFAULT '0' NOT NULL, 
    versions TEXT, 
    read_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_feed_subscriptions PRIMARY KEY (region, id), 
    CONSTRAINT fk_feed_subscriptions_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT uq_feed_subscriptions_feed UNIQUE (region, city, digest), 
    CONSTRAINT ck_feed_subscriptions_last_result CHECK (last_result IN ('imported', 'unchanged', 'failed', 'refused', 'unusable')), 
    INDEX ix_feed_subscriptions_city (region, city, created_at, id), 
    INDEX ix_feed_subscriptions_due (region, due_at) WHERE paused_at IS NULL
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0128' WHERE alembic_version.version_num = '0127';

COMMENT ON TABLE alembic_version IS 'Revision 0128 works with releases since revision 0086.';

-- Running upgrade 0128 -> 0129

CREATE TABLE IF NOT EXISTS feed_runs (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    subscription_id UUID NOT NULL, 
    ended_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    duration_ms BIGINT NOT NULL, 
    result VARCHAR(16) NOT NULL, 
    problem VARCHAR(500) DEFAULT '' NOT NULL, 
    new_count BIGINT DEFAULT '0' NOT NULL, 
    updated_count BIGINT DEFAULT '0' NOT NULL, 
    missing_count BIGINT DEFAULT '0' NOT NULL, 
    skipped_count BIGINT DEFAULT '0' NOT NULL, 
    CONSTRAINT pk_feed_runs PRIMARY KEY (region, id), 
    CONSTRAINT fk_feed_runs_feed_subscriptions_region FOREIGN KEY(region, subscription_id) REFERENCES feed_subscriptions (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_feed_runs_result CHECK (result IN ('imported', 'unchanged', 'failed', 'refused', 'unusable')), 
    INDEX ix_feed_runs_ended (region, ended_at), 
    INDEX ix_feed_runs_subscription (region, subscription_id, ended_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0129' WHERE alembic_version.version_num = '0128';

COMMENT ON TABLE alembic_version IS 'Revision 0129 works with releases since revision 0086.';

-- Running upgrade 0129 -> 0130

ALTER TABLE users ADD COLUMN IF NOT EXISTS deleted_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0130' WHERE alembic_version.version_num = '0129';

COMMENT ON TABLE alembic_version IS 'Revision 0130 works with releases since revision 0086.';

-- Running upgrade 0130 -> 0131

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS event_count BIGINT DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0131' WHERE alembic_version.version_num = '0130';

COMMENT ON TABLE alembic_version IS 'Revision 0131 works with releases since revision 0086.';

-- Running upgrade 0131 -> 0132

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS event_state VARCHAR(24);

UPDATE alembic_version SET version_num='0132' WHERE alembic_version.version_num = '0131';

COMMENT ON TABLE alembic_version IS 'Revision 0132 works with releases since revision 0086.';

-- Running upgrade 0132 -> 0133

CREATE TABLE IF NOT EXISTS vehicle_events (
    region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    occurred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    state VARCHAR(24) NOT NULL, 
    event_types VARCHAR(24)[] NOT NULL, 
    lat FLOAT, 
    lon FLOAT, 
    battery_percent BIGINT, 
    ride_id UUID, 
    cause VARCHAR(16) NOT NULL, 
    actor_region crdb_internal_region, 
    actor_id UUID, 
    note VARCHAR(280) DEFAULT '' NOT NULL, 
    CONSTRAINT pk_vehicle_events PRIMARY KEY (region, vehicle_id, number), 
    CONSTRAINT ck_vehicle_events_state CHECK (state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')), 
    CONSTRAINT ck_vehicle_events_cause CHECK (cause IN ('rider', 'owner', 'staff', 'feed', 'time', 'unknown')), 
    CONSTRAINT fk_vehicle_events_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_vehicle_events_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_vehicle_events_users_actor_region FOREIGN KEY(actor_region, actor_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    INDEX ix_vehicle_events_actor (actor_region, actor_id, occurred_at, vehicle_id, number) WHERE actor_id IS NOT NULL, 
    INDEX ix_vehicle_events_city (region, city, occurred_at, vehicle_id, number)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0133' WHERE alembic_version.version_num = '0132';

COMMENT ON TABLE alembic_version IS 'Revision 0133 works with releases since revision 0086.';

-- Running upgrade 0133 -> 0134

CREATE INDEX IF NOT EXISTS ix_vehicles_unexplained ON vehicles (region, id) WHERE event_state IS DISTINCT FROM state;

UPDATE alembic_version SET version_num='0134' WHERE alembic_version.version_num = '0133';

COMMENT ON TABLE alembic_version IS 'Revision 0134 works with releases since revision 0086.';

-- Running upgrade 0134 -> 0135

CREATE TABLE IF NOT EXISTS digest_choices (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    rider BOOLEAN DEFAULT false NOT NULL, 
    owner BOOLEAN DEFAULT false NOT NULL, 
    CONSTRAINT pk_digest_choices PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_digest_choices_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0135' WHERE alembic_version.version_num = '0134';

COMMENT ON TABLE alembic_version IS 'Revision 0135 works with releases since revision 0086.';

-- Running upgrade 0135 -> 0136

CREATE INDEX IF NOT EXISTS ix_rides_vehicle_started ON rides (region, vehicle_id, started_at);

UPDATE alembic_version SET version_num='0136' WHERE alembic_version.version_num = '0135';

COMMENT ON TABLE alembic_version IS 'Revision 0136 works with releases since revision 0086.';

-- Running upgrade 0136 -> 0137

DROP INDEX IF EXISTS rides@ix_rides_vehicle CASCADE;

UPDATE alembic_version SET version_num='0137' WHERE alembic_version.version_num = '0136';

COMMENT ON TABLE alembic_version IS 'Revision 0137 works with releases since revision 0086.';

-- Running upgrade 0137 -> 0138

CREATE INDEX IF NOT EXISTS ix_users_deleted ON users (region, deleted_at) WHERE deleted_at IS NOT NULL;

UPDATE alembic_version SET version_num='0138' WHERE alembic_version.version_num = '0137';

COMMENT ON TABLE alembic_version IS 'Revision 0138 works with releases since revision 0086.';

-- Running upgrade 0138 -> 0139

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS state_changed_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0139' WHERE alembic_version.version_num = '0138';

COMMENT ON TABLE alembic_version IS 'Revision 0139 works with releases since revision 0086.';

-- Running upgrade 0139 -> 0140

ALTER TABLE vehicles ALTER COLUMN state_changed_at SET DEFAULT now();

UPDATE alembic_version SET version_num='0140' WHERE alembic_version.version_num = '0139';

COMMENT ON TABLE alembic_version IS 'Revision 0140 works with releases since revision 0086.';

-- Running upgrade 0140 -> 0141

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS out_of_service_reason VARCHAR(24);

UPDATE alembic_version SET version_num='0141' WHERE alembic_version.version_num = '0140';

COMMENT ON TABLE alembic_version IS 'Revision 0141 works with releases since revision 0086.';

-- Running upgrade 0141 -> 0142

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS picked_up_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0142' WHERE alembic_version.version_num = '0141';

COMMENT ON TABLE alembic_version IS 'Revision 0142 works with releases since revision 0086.';

-- Running upgrade 0142 -> 0143

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS reported_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0143' WHERE alembic_version.version_num = '0142';

COMMENT ON TABLE alembic_version IS 'Revision 0143 works with releases since revision 0086.';

-- Running upgrade 0143 -> 0144

CREATE INDEX IF NOT EXISTS ix_vehicles_state_changed ON vehicles (region, city, state, state_changed_at, id);

UPDATE alembic_version SET version_num='0144' WHERE alembic_version.version_num = '0143';

COMMENT ON TABLE alembic_version IS 'Revision 0144 works with releases since revision 0086.';

-- Running upgrade 0144 -> 0145

ALTER TABLE vehicles DROP CONSTRAINT IF EXISTS ck_vehicles_state;

UPDATE alembic_version SET version_num='0145' WHERE alembic_version.version_num = '0144';

COMMENT ON TABLE alembic_version IS 'Revision 0145 works with releases since revision 0086.';

-- Running upgrade 0145 -> 0146

ALTER TABLE vehicles ADD CONSTRAINT IF NOT EXISTS ck_vehicles_state CHECK (state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere')) NOT VALID;

UPDATE alembic_version SET version_num='0146' WHERE alembic_version.version_num = '0145';

COMMENT ON TABLE alembic_version IS 'Revision 0146 works with releases since revision 0086.';

-- Running upgrade 0146 -> 0147

ALTER TABLE vehicles VALIDATE CONSTRAINT ck_vehicles_state;

UPDATE alembic_version SET version_num='0147' WHERE alembic_version.version_num = '0146';

COMMENT ON TABLE alembic_version IS 'Revision 0147 works with releases since revision 0086.';

-- Running upgrade 0147 -> 0148

ALTER TABLE vehicle_events DROP CONSTRAINT IF EXISTS ck_vehicle_events_state;

UPDATE alembic_version SET version_num='0148' WHERE alembic_version.version_num = '0147';

COMMENT ON TABLE alembic_version IS 'Revision 0148 works with releases since revision 0086.';

-- Running upgrade 0148 -> 0149

ALTER TABLE vehicle_events ADD CONSTRAINT IF NOT EXISTS ck_vehicle_events_state CHECK (state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing', 'non_contactable', 'elsewhere')) NOT VALID;

UPDATE alembic_version SET version_num='0149' WHERE alembic_version.version_num = '0148';

COMMENT ON TABLE alembic_version IS 'Revision 0149 works with releases since revision 0086.';

-- Running upgrade 0149 -> 0150

ALTER TABLE vehicle_events VALIDATE CONSTRAINT ck_vehicle_events_state;

UPDATE alembic_version SET version_num='0150' WHERE alembic_version.version_num = '0149';

COMMENT ON TABLE alembic_version IS 'Revision 0150 works with releases since revision 0086.';

-- Running upgrade 0150 -> 0151

ALTER TABLE grants DROP CONSTRAINT IF EXISTS ck_grants_role;

UPDATE alembic_version SET version_num='0151' WHERE alembic_version.version_num = '0150';

COMMENT ON TABLE alembic_version IS 'Revision 0151 works with releases since revision 0086.';

-- Running upgrade 0151 -> 0152

ALTER TABLE grants ADD CONSTRAINT IF NOT EXISTS ck_grants_role CHECK (role IN ('owner', 'support', 'mechanic', 'analyst', 'fleet', 'admin')) NOT VALID;

UPDATE alembic_version SET version_num='0152' WHERE alembic_version.version_num = '0151';

COMMENT ON TABLE alembic_version IS 'Revision 0152 works with releases since revision 0086.';

-- Running upgrade 0152 -> 0153

ALTER TABLE grants VALIDATE CONSTRAINT ck_grants_role;

UPDATE alembic_version SET version_num='0153' WHERE alembic_version.version_num = '0152';

COMMENT ON TABLE alembic_version IS 'Revision 0153 works with releases since revision 0086.';

-- Running upgrade 0153 -> 0154

CREATE TABLE IF NOT EXISTS tasks (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    vehicle_id UUID NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    own_kind VARCHAR(40) DEFAULT '' NOT NULL, 
    priority BIGINT DEFAULT '2' NOT NULL, 
    state VARCHAR(16) DEFAULT 'open' NOT NULL, 
    source VARCHAR(16) NOT NULL, 
    trigger VARCHAR(24), 
    report_id UUID, 
    assignee_region crdb_internal_region, 
    assignee_id UUID, 
    creator_region crdb_internal_region, 
    creator_id UUID, 
    note VARCHAR(1000) DEFAULT '' NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    assigned_at TIMESTAMP WITH TIME ZONE, 
    started_at TIMESTAMP WITH TIME ZONE, 
    closed_at TIMESTAMP WITH TIME ZONE, 
    outcome_note VARCHAR(1000) DEFAULT '' NOT NULL, 
    minutes BIGINT, 
    last_act_id UUID, 
    CONSTRAINT pk_tasks PRIMARY KEY (region, id), 
    CONSTRAINT fk_tasks_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_tasks_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_tasks_users_assignee_region FOREIGN KEY(assignee_region, assignee_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT fk_tasks_users_creator_region FOREIGN KEY(creator_region, creator_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_tasks_kind CHECK (kind IN ('collect', 'swap_battery', 'repair', 'rebalance', 'inspect', 'own')), 
    CONSTRAINT ck_tasks_own_kind CHECK ((kind = 'own') = (own_kind <> '')), 
    CONSTRAINT ck_tasks_state CHECK (state IN ('open', 'in_progress', 'done', 'cancelled')), 
    CONSTRAINT ck_tasks_source CHECK (source IN ('staff', 'report', 'alert', 'rule')), 
    CONSTRAINT ck_tasks_trigger CHECK (trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')), 
    CONSTRAINT ck_tasks_minutes CHECK (minutes >= 0), 
    INDEX ix_tasks_assignee (assignee_region, assignee_id, created_at, id) WHERE assignee_id IS NOT NULL, 
    INDEX ix_tasks_city (region, city, state, priority, created_at, id), 
    INDEX ix_tasks_closed (region, closed_at) WHERE closed_at IS NOT NULL, 
    INDEX ix_tasks_creator (creator_region, creator_id, created_at, id) WHERE creator_id IS NOT NULL, 
    INDEX ix_tasks_mine (region, city, assignee_region, assignee_id) WHERE state IN ('open', 'in_progress'), 
    INDEX ix_tasks_vehicle (region, vehicle_id, created_at, id), 
    UNIQUE INDEX uq_tasks_open (region, vehicle_id, kind, own_kind) WHERE state IN ('open', 'in_progress')
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0154' WHERE alembic_version.version_num = '0153';

COMMENT ON TABLE alembic_version IS 'Revision 0154 works with releases since revision 0086.';

-- Running upgrade 0154 -> 0155

CREATE TABLE IF NOT EXISTS task_parts (
    region crdb_internal_region NOT NULL, 
    task_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    name VARCHAR(80) NOT NULL, 
    count BIGINT NOT NULL, 
    cost BIGINT, 
    currency VARCHAR(3) NOT NULL, 
    CONSTRAINT pk_task_parts PRIMARY KEY (region, task_id, number), 
    CONSTRAINT fk_task_parts_tasks_region FOREIGN KEY(region, task_id) REFERENCES tasks (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_task_parts_count CHECK (count > 0), 
    CONSTRAINT ck_task_parts_cost CHECK (cost >= 0)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0155' WHERE alembic_version.version_num = '0154';

COMMENT ON TABLE alembic_version IS 'Revision 0155 works with releases since revision 0086.';

-- Running upgrade 0155 -> 0156

CREATE TABLE IF NOT EXISTS task_photos (
    region crdb_internal_region NOT NULL, 
    task_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    content BYTEA NOT NULL, 
    CONSTRAINT pk_task_photos PRIMARY KEY (region, task_id, number), 
    CONSTRAINT fk_task_photos_tasks_region FOREIGN KEY(region, task_id) REFERENCES tasks (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0156' WHERE alembic_version.version_num = '0155';

COMMENT ON TABLE alembic_version IS 'Revision 0156 works with releases since revision 0086.';

-- Running upgrade 0156 -> 0157

CREATE TABLE IF NOT EXISTS own_task_kinds (
    city VARCHAR(64) NOT NULL, 
    name VARCHAR(40) NOT NULL, 
    CONSTRAINT pk_own_task_kinds PRIMARY KEY (city, name), 
    CONSTRAINT fk_own_task_kinds_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0157' WHERE alembic_version.version_num = '0156';

COMMENT ON TABLE alembic_version IS 'Revision 0157 works with releases since revision 0086.';

-- Running upgrade 0157 -> 0158

CREATE TABLE IF NOT EXISTS task_rules (
    city VARCHAR(64) NOT NULL, 
    trigger VARCHAR(24) NOT NULL, 
    is_on BOOLEAN NOT NULL, 
    minutes BIGINT NOT NULL, 
    battery_percent BIGINT, 
    kind VARCHAR(24) NOT NULL, 
    own_kind VARCHAR(40) DEFAULT '' NOT NULL, 
    CONSTRAINT pk_task_rules PRIMARY KEY (city, trigger), 
    CONSTRAINT fk_task_rules_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_task_rules_trigger CHECK (trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')), 
    CONSTRAINT ck_task_rules_kind CHECK (kind IN ('collect', 'swap_battery', 'repair', 'rebalance', 'inspect', 'own')), 
    CONSTRAINT ck_task_rules_battery_percent CHECK (battery_percent BETWEEN 1 AND 100), 
    CONSTRAINT ck_task_rules_minutes CHECK (minutes > 0)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0158' WHERE alembic_version.version_num = '0157';

COMMENT ON TABLE alembic_version IS 'Revision 0158 works with releases since revision 0086.';

-- Running upgrade 0158 -> 0159

ALTER TABLE vehicle_events ADD COLUMN IF NOT EXISTS action VARCHAR(24);

UPDATE alembic_version SET version_num='0159' WHERE alembic_version.version_num = '0158';

COMMENT ON TABLE alembic_version IS 'Revision 0159 works with releases since revision 0086.';

-- Running upgrade 0159 -> 0160

ALTER TABLE vehicle_events ADD COLUMN IF NOT EXISTS compacted_count BIGINT DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0160' WHERE alembic_version.version_num = '0159';

COMMENT ON TABLE alembic_version IS 'Revision 0160 works with releases since revision 0086.';

-- Running upgrade 0160 -> 0161

ALTER TABLE vehicle_events ADD COLUMN IF NOT EXISTS action_id UUID;

UPDATE alembic_version SET version_num='0161' WHERE alembic_version.version_num = '0160';

COMMENT ON TABLE alembic_version IS 'Revision 0161 works with releases since revision 0086.';

-- Running upgrade 0161 -> 0162

ALTER TABLE rides ADD COLUMN IF NOT EXISTS end_reason VARCHAR(24);

UPDATE alembic_version SET version_num='0162' WHERE alembic_version.version_num = '0161';

COMMENT ON TABLE alembic_version IS 'Revision 0162 works with releases since revision 0086.';

-- Running upgrade 0162 -> 0163

ALTER TABLE rides ADD COLUMN IF NOT EXISTS charged_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0163' WHERE alembic_version.version_num = '0162';

COMMENT ON TABLE alembic_version IS 'Revision 0163 works with releases since revision 0086.';

-- Running upgrade 0163 -> 0164

CREATE TABLE IF NOT EXISTS alert_settings (
    city VARCHAR(64) NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    threshold BIGINT, 
    muted_until TIMESTAMP WITH TIME ZONE, 
    mute_reason VARCHAR(200) DEFAULT '' NOT NULL, 
    CONSTRAINT pk_alert_settings PRIMARY KEY (city, kind), 
    CONSTRAINT fk_alert_settings_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_alert_settings_threshold CHECK (threshold > 0)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0164' WHERE alembic_version.version_num = '0163';

COMMENT ON TABLE alembic_version IS 'Revision 0164 works with releases since revision 0086.';

-- Running upgrade 0164 -> 0165

CREATE TABLE IF NOT EXISTS vehicle_alert_mutes (
    region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    until TIMESTAMP WITH TIME ZONE NOT NULL, 
    reason VARCHAR(200) NOT NULL, 
    CONSTRAINT pk_vehicle_alert_mutes PRIMARY KEY (region, vehicle_id, kind), 
    CONSTRAINT fk_vehicle_alert_mutes_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0165' WHERE alembic_version.version_num = '0164';

COMMENT ON TABLE alembic_version IS 'Revision 0165 works with releases since revision 0086.';

-- Running upgrade 0165 -> 0166

CREATE INDEX IF NOT EXISTS ix_vehicles_low_battery ON vehicles (region, city, battery_percent, id) WHERE battery_percent < 50 AND state IN ('available', 'reserved', 'non_operational');

UPDATE alembic_version SET version_num='0166' WHERE alembic_version.version_num = '0165';

COMMENT ON TABLE alembic_version IS 'Revision 0166 works with releases since revision 0086.';

-- Running upgrade 0166 -> 0167

CREATE EXTENSION IF NOT EXISTS pg_trgm;

UPDATE alembic_version SET version_num='0167' WHERE alembic_version.version_num = '0166';

COMMENT ON TABLE alembic_version IS 'Revision 0167 works with releases since revision 0086.';

-- Running upgrade 0167 -> 0168

CREATE INDEX IF NOT EXISTS ix_users_username_trigrams ON users USING gin (region, city, username gin_trgm_ops);

UPDATE alembic_version SET version_num='0168' WHERE alembic_version.version_num = '0167';

COMMENT ON TABLE alembic_version IS 'Revision 0168 works with releases since revision 0086.';

-- Running upgrade 0168 -> 0169

CREATE INDEX IF NOT EXISTS ix_users_first_name_trigrams ON users USING gin (region, city, first_name gin_trgm_ops);

UPDATE alembic_version SET version_num='0169' WHERE alembic_version.version_num = '0168';

COMMENT ON TABLE alembic_version IS 'Revision 0169 works with releases since revision 0086.';

-- Running upgrade 0169 -> 0170

CREATE INDEX IF NOT EXISTS ix_users_last_name_trigrams ON users USING gin (region, city, last_name gin_trgm_ops);

UPDATE alembic_version SET version_num='0170' WHERE alembic_version.version_num = '0169';

COMMENT ON TABLE alembic_version IS 'Revision 0170 works with releases since revision 0086.';

-- Running upgrade 0170 -> 0171

CREATE INDEX IF NOT EXISTS ix_users_email_trigrams ON users USING gin (region, city, email gin_trgm_ops);

UPDATE alembic_version SET version_num='0171' WHERE alembic_version.version_num = '0170';

COMMENT ON TABLE alembic_version IS 'Revision 0171 works with releases since revision 0086.';

-- Running upgrade 0171 -> 0172

ALTER TABLE reports ADD COLUMN IF NOT EXISTS assignee_region crdb_internal_region;

UPDATE alembic_version SET version_num='0172' WHERE alembic_version.version_num = '0171';

COMMENT ON TABLE alembic_version IS 'Revision 0172 works with releases since revision 0086.';

-- Running upgrade 0172 -> 0173

ALTER TABLE reports ADD COLUMN IF NOT EXISTS assignee_id UUID;

UPDATE alembic_version SET version_num='0173' WHERE alembic_version.version_num = '0172';

COMMENT ON TABLE alembic_version IS 'Revision 0173 works with releases since revision 0086.';

-- Running upgrade 0173 -> 0174

ALTER TABLE reports ADD CONSTRAINT IF NOT EXISTS fk_reports_users_assignee_region FOREIGN KEY (assignee_region, assignee_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE NOT VALID;

UPDATE alembic_version SET version_num='0174' WHERE alembic_version.version_num = '0173';

COMMENT ON TABLE alembic_version IS 'Revision 0174 works with releases since revision 0086.';

-- Running upgrade 0174 -> 0175

ALTER TABLE reports VALIDATE CONSTRAINT fk_reports_users_assignee_region;

UPDATE alembic_version SET version_num='0175' WHERE alembic_version.version_num = '0174';

COMMENT ON TABLE alembic_version IS 'Revision 0175 works with releases since revision 0086.';

-- Running upgrade 0175 -> 0176

CREATE INDEX IF NOT EXISTS ix_reports_assignee ON reports (region, assignee_region, assignee_id, city, state, created_at, id);

UPDATE alembic_version SET version_num='0176' WHERE alembic_version.version_num = '0175';

COMMENT ON TABLE alembic_version IS 'Revision 0176 works with releases since revision 0086.';

-- Running upgrade 0176 -> 0177

ALTER TABLE reports ADD COLUMN IF NOT EXISTS first_action_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0177' WHERE alembic_version.version_num = '0176';

COMMENT ON TABLE alembic_version IS 'Revision 0177 works with releases since revision 0086.';

-- Running upgrade 0177 -> 0178

ALTER TABLE disputes ADD COLUMN IF NOT EXISTS assignee_region crdb_internal_region;

UPDATE alembic_version SET version_num='0178' WHERE alembic_version.version_num = '0177';

COMMENT ON TABLE alembic_version IS 'Revision 0178 works with releases since revision 0086.';

-- Running upgrade 0178 -> 0179

ALTER TABLE disputes ADD COLUMN IF NOT EXISTS assignee_id UUID;

UPDATE alembic_version SET version_num='0179' WHERE alembic_version.version_num = '0178';

COMMENT ON TABLE alembic_version IS 'Revision 0179 works with releases since revision 0086.';

-- Running upgrade 0179 -> 0180

ALTER TABLE disputes ADD CONSTRAINT IF NOT EXISTS fk_disputes_users_assignee_region FOREIGN KEY (assignee_region, assignee_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE NOT VALID;

UPDATE alembic_version SET version_num='0180' WHERE alembic_version.version_num = '0179';

COMMENT ON TABLE alembic_version IS 'Revision 0180 works with releases since revision 0086.';

-- Running upgrade 0180 -> 0181

ALTER TABLE disputes VALIDATE CONSTRAINT fk_disputes_users_assignee_region;

UPDATE alembic_version SET version_num='0181' WHERE alembic_version.version_num = '0180';

COMMENT ON TABLE alembic_version IS 'Revision 0181 works with releases since revision 0086.';

-- Running upgrade 0181 -> 0182

CREATE INDEX IF NOT EXISTS ix_disputes_assignee ON disputes (region, assignee_region, assignee_id, city, state, changed_at, ride_id);

UPDATE alembic_version SET version_num='0182' WHERE alembic_version.version_num = '0181';

COMMENT ON TABLE alembic_version IS 'Revision 0182 works with releases since revision 0086.';

-- Running upgrade 0182 -> 0183

ALTER TABLE disputes ADD COLUMN IF NOT EXISTS first_action_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0183' WHERE alembic_version.version_num = '0182';

COMMENT ON TABLE alembic_version IS 'Revision 0183 works with releases since revision 0086.';

-- Running upgrade 0183 -> 0184

CREATE INDEX IF NOT EXISTS ix_vehicles_picked_up ON vehicles (region, city, state, form_factor, public_id) WHERE picked_up_at IS NOT NULL;

UPDATE alembic_version SET version_num='0184' WHERE alembic_version.version_num = '0183';

COMMENT ON TABLE alembic_version IS 'Revision 0184 works with releases since revision 0086.';

-- Running upgrade 0184 -> 0185

ALTER TABLE disputes ADD COLUMN IF NOT EXISTS answered_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0185' WHERE alembic_version.version_num = '0184';

COMMENT ON TABLE alembic_version IS 'Revision 0185 works with releases since revision 0086.';

-- Running upgrade 0185 -> 0186

CREATE TABLE IF NOT EXISTS bulk_actions (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    action VARCHAR(24) NOT NULL, 
    details JSONB NOT NULL, 
    filter JSONB, 
    undoes_id UUID, 
    creator_region crdb_internal_region, 
    creator_id UUID, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    finished_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_bulk_actions PRIMARY KEY (region, id), 
    CONSTRAINT fk_bulk_actions_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_bulk_actions_users_creator_region FOREIGN KEY(creator_region, creator_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    INDEX ix_bulk_actions_city (region, city, created_at, id), 
    INDEX ix_bulk_actions_created (region, created_at), 
    INDEX ix_bulk_actions_creator (creator_region, creator_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0186' WHERE alembic_version.version_num = '0185';

COMMENT ON TABLE alembic_version IS 'Revision 0186 works with releases since revision 0086.';

-- Running upgrade 0186 -> 0187

CREATE TABLE IF NOT EXISTS bulk_action_vehicles (
    region crdb_internal_region NOT NULL, 
    bulk_action_id UUID NOT NULL, 
    vehicle_id UUID NOT NULL, 
    result VARCHAR(16), 
    state_before VARCHAR(24), 
    event_count BIGINT, 
    CONSTRAINT pk_bulk_action_vehicles PRIMARY KEY (region, bulk_action_id, vehicle_id), 
    CONSTRAINT fk_bulk_action_vehicles_bulk_actions_region FOREIGN KEY(region, bulk_action_id) REFERENCES bulk_actions (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_bulk_action_vehicles_result CHECK (result IN ('done', 'ridden', 'unsafe', 'other_state', 'gone', 'refused')), 
    INDEX ix_bulk_action_vehicles_result (region, bulk_action_id, result, vehicle_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0187' WHERE alembic_version.version_num = '0186';

COMMENT ON TABLE alembic_version IS 'Revision 0187 works with releases since revision 0086.';

-- Running upgrade 0187 -> 0188

ALTER TABLE cities ADD COLUMN IF NOT EXISTS first_action_target_s BIGINT;

UPDATE alembic_version SET version_num='0188' WHERE alembic_version.version_num = '0187';

COMMENT ON TABLE alembic_version IS 'Revision 0188 works with releases since revision 0086.';

-- Running upgrade 0188 -> 0189

ALTER TABLE cities ADD COLUMN IF NOT EXISTS answer_target_s BIGINT;

UPDATE alembic_version SET version_num='0189' WHERE alembic_version.version_num = '0188';

COMMENT ON TABLE alembic_version IS 'Revision 0189 works with releases since revision 0086.';

-- Running upgrade 0189 -> 0190

CREATE INDEX IF NOT EXISTS ix_rides_ended ON rides (region, city, ended_at, id) WHERE ended_at IS NOT NULL;

UPDATE alembic_version SET version_num='0190' WHERE alembic_version.version_num = '0189';

COMMENT ON TABLE alembic_version IS 'Revision 0190 works with releases since revision 0086.';

-- Running upgrade 0190 -> 0191

CREATE INDEX IF NOT EXISTS ix_vehicle_events_late ON vehicle_events (region, city, recorded_at) WHERE recorded_at > occurred_at;

UPDATE alembic_version SET version_num='0191' WHERE alembic_version.version_num = '0190';

COMMENT ON TABLE alembic_version IS 'Revision 0191 works with releases since revision 0086.';

-- Running upgrade 0191 -> 0192

CREATE TABLE IF NOT EXISTS rollups (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    period VARCHAR(8) NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    metric VARCHAR(24) NOT NULL, 
    dimension VARCHAR(24) NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    value BIGINT NOT NULL, 
    CONSTRAINT pk_rollups PRIMARY KEY (region, city, period, started_at, metric, dimension, form_factor), 
    CONSTRAINT fk_rollups_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_rollups_period CHECK (period IN ('hour', 'day', 'month')), 
    CONSTRAINT ck_rollups_metric CHECK (metric IN ('state_time', 'events', 'reserved_rides', 'rides', 'given_up_rides', 'ride_time', 'ride_distance', 'revenue', 'idle_times'))
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0192' WHERE alembic_version.version_num = '0191';

COMMENT ON TABLE alembic_version IS 'Revision 0192 works with releases since revision 0086.';

-- Running upgrade 0192 -> 0193

CREATE TABLE IF NOT EXISTS rollups_progress (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    done_until TIMESTAMP WITH TIME ZONE NOT NULL, 
    recorded_until TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_rollups_progress PRIMARY KEY (region, city), 
    CONSTRAINT fk_rollups_progress_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0193' WHERE alembic_version.version_num = '0192';

COMMENT ON TABLE alembic_version IS 'Revision 0193 works with releases since revision 0086.';

-- Running upgrade 0193 -> 0194

CREATE INDEX IF NOT EXISTS ix_grants_staff ON grants (region, "role") WHERE role <> 'owner';

UPDATE alembic_version SET version_num='0194' WHERE alembic_version.version_num = '0193';

COMMENT ON TABLE alembic_version IS 'Revision 0194 works with releases since revision 0086.';

-- Running upgrade 0194 -> 0195

CREATE INDEX IF NOT EXISTS ix_tasks_free ON tasks (region, city, priority, created_at, id) WHERE assignee_id IS NULL AND state = 'open';

UPDATE alembic_version SET version_num='0195' WHERE alembic_version.version_num = '0194';

COMMENT ON TABLE alembic_version IS 'Revision 0195 works with releases since revision 0086.';

-- Running upgrade 0195 -> 0196

ALTER TABLE cities ADD COLUMN IF NOT EXISTS events_compacted_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0196' WHERE alembic_version.version_num = '0195';

COMMENT ON TABLE alembic_version IS 'Revision 0196 works with releases since revision 0086.';

-- Running upgrade 0196 -> 0197

INSERT INTO alert_settings (city, kind, threshold, muted_until, mute_reason) SELECT city, 'battery_low', threshold, muted_until, mute_reason FROM alert_settings WHERE kind = 'low_battery' ON CONFLICT DO NOTHING;

UPDATE alembic_version SET version_num='0197' WHERE alembic_version.version_num = '0196';

COMMENT ON TABLE alembic_version IS 'Revision 0197 works with releases since revision 0086.';

-- Running upgrade 0197 -> 0198

INSERT INTO vehicle_alert_mutes (region, vehicle_id, kind, until, reason) SELECT region, vehicle_id, 'battery_low', until, reason FROM vehicle_alert_mutes WHERE kind = 'low_battery' ON CONFLICT DO NOTHING;

UPDATE alembic_version SET version_num='0198' WHERE alembic_version.version_num = '0197';

COMMENT ON TABLE alembic_version IS 'Revision 0198 works with releases since revision 0086.';

-- Running upgrade 0198 -> 0199

ALTER TABLE tasks DROP CONSTRAINT IF EXISTS ck_tasks_trigger;

UPDATE alembic_version SET version_num='0199' WHERE alembic_version.version_num = '0198';

COMMENT ON TABLE alembic_version IS 'Revision 0199 works with releases since revision 0086.';

-- Running upgrade 0199 -> 0200

ALTER TABLE tasks ADD CONSTRAINT IF NOT EXISTS ck_tasks_trigger CHECK (trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides', 'reserved_often', 'outside_area')) NOT VALID;

UPDATE alembic_version SET version_num='0200' WHERE alembic_version.version_num = '0199';

COMMENT ON TABLE alembic_version IS 'Revision 0200 works with releases since revision 0086.';

-- Running upgrade 0200 -> 0201

ALTER TABLE tasks VALIDATE CONSTRAINT ck_tasks_trigger;

UPDATE alembic_version SET version_num='0201' WHERE alembic_version.version_num = '0200';

COMMENT ON TABLE alembic_version IS 'Revision 0201 works with releases since revision 0086.';

-- Running upgrade 0201 -> 0202

ALTER TABLE task_rules DROP CONSTRAINT IF EXISTS ck_task_rules_trigger;

UPDATE alembic_version SET version_num='0202' WHERE alembic_version.version_num = '0201';

COMMENT ON TABLE alembic_version IS 'Revision 0202 works with releases since revision 0086.';

-- Running upgrade 0202 -> 0203

ALTER TABLE task_rules ADD CONSTRAINT IF NOT EXISTS ck_task_rules_trigger CHECK (trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides', 'reserved_often', 'outside_area')) NOT VALID;

UPDATE alembic_version SET version_num='0203' WHERE alembic_version.version_num = '0202';

COMMENT ON TABLE alembic_version IS 'Revision 0203 works with releases since revision 0086.';

-- Running upgrade 0203 -> 0204

ALTER TABLE task_rules VALIDATE CONSTRAINT ck_task_rules_trigger;

UPDATE alembic_version SET version_num='0204' WHERE alembic_version.version_num = '0203';

COMMENT ON TABLE alembic_version IS 'Revision 0204 works with releases since revision 0086.';

-- Running upgrade 0204 -> 0205

CREATE TABLE IF NOT EXISTS vehicle_alerts (
    region crdb_internal_region NOT NULL, 
    vehicle_id UUID NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    value BIGINT NOT NULL, 
    since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_vehicle_alerts PRIMARY KEY (region, vehicle_id, kind), 
    CONSTRAINT fk_vehicle_alerts_vehicles_region FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_vehicle_alerts_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    INDEX ix_vehicle_alerts_value (region, city, kind, value, vehicle_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0205' WHERE alembic_version.version_num = '0204';

COMMENT ON TABLE alembic_version IS 'Revision 0205 works with releases since revision 0086.';

-- Running upgrade 0205 -> 0206

CREATE TABLE IF NOT EXISTS alert_scans (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    basis VARCHAR(80) NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    vehicle_id UUID NOT NULL, 
    CONSTRAINT pk_alert_scans PRIMARY KEY (region, city), 
    CONSTRAINT fk_alert_scans_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0206' WHERE alembic_version.version_num = '0205';

COMMENT ON TABLE alembic_version IS 'Revision 0206 works with releases since revision 0086.';

-- Running upgrade 0206 -> 0207

CREATE INDEX IF NOT EXISTS ix_vehicle_alert_mutes_until ON vehicle_alert_mutes (region, until);

UPDATE alembic_version SET version_num='0207' WHERE alembic_version.version_num = '0206';

COMMENT ON TABLE alembic_version IS 'Revision 0207 works with releases since revision 0086.';

-- Running upgrade 0207 -> 0208

CREATE TABLE IF NOT EXISTS saved_replies (
    id UUID NOT NULL, 
    city VARCHAR(64), 
    queue VARCHAR(16) NOT NULL, 
    language VARCHAR(3) NOT NULL, 
    title VARCHAR(80) NOT NULL, 
    text VARCHAR(1000) NOT NULL, 
    CONSTRAINT pk_saved_replies PRIMARY KEY (id), 
    CONSTRAINT fk_saved_replies_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_saved_replies_queue CHECK (queue IN ('reports', 'disputes')), 
    INDEX ix_saved_replies_city (city)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0208' WHERE alembic_version.version_num = '0207';

COMMENT ON TABLE alembic_version IS 'Revision 0208 works with releases since revision 0086.';

-- Running upgrade 0208 -> 0209

ALTER TABLE reports ADD COLUMN IF NOT EXISTS language VARCHAR(3) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0209' WHERE alembic_version.version_num = '0208';

COMMENT ON TABLE alembic_version IS 'Revision 0209 works with releases since revision 0086.';

-- Running upgrade 0209 -> 0210

ALTER TABLE disputes ADD COLUMN IF NOT EXISTS language VARCHAR(3) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0210' WHERE alembic_version.version_num = '0209';

COMMENT ON TABLE alembic_version IS 'Revision 0210 works with releases since revision 0086.';

-- Running upgrade 0210 -> 0211

ALTER TABLE reservations ADD COLUMN IF NOT EXISTS withdrawn_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0211' WHERE alembic_version.version_num = '0210';

COMMENT ON TABLE alembic_version IS 'Revision 0211 works with releases since revision 0086.';

-- Running upgrade 0211 -> 0212

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS observed_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0212' WHERE alembic_version.version_num = '0211';

COMMENT ON TABLE alembic_version IS 'Revision 0212 works with releases since revision 0086.';

-- Running upgrade 0212 -> 0213

ALTER TABLE bulk_action_vehicles DROP CONSTRAINT IF EXISTS ck_bulk_action_vehicles_result;

UPDATE alembic_version SET version_num='0213' WHERE alembic_version.version_num = '0212';

COMMENT ON TABLE alembic_version IS 'Revision 0213 works with releases since revision 0086.';

-- Running upgrade 0213 -> 0214

ALTER TABLE bulk_action_vehicles ADD CONSTRAINT IF NOT EXISTS ck_bulk_action_vehicles_result CHECK (result IN ('done', 'ridden', 'unsafe', 'task_in_progress', 'not_restorable', 'other_state', 'gone', 'refused', 'failed')) NOT VALID;

UPDATE alembic_version SET version_num='0214' WHERE alembic_version.version_num = '0213';

COMMENT ON TABLE alembic_version IS 'Revision 0214 works with releases since revision 0086.';

-- Running upgrade 0214 -> 0215

ALTER TABLE bulk_action_vehicles VALIDATE CONSTRAINT ck_bulk_action_vehicles_result;

UPDATE alembic_version SET version_num='0215' WHERE alembic_version.version_num = '0214';

COMMENT ON TABLE alembic_version IS 'Revision 0215 works with releases since revision 0086.';

-- Running upgrade 0215 -> 0216

ALTER TABLE bulk_action_vehicles ADD COLUMN IF NOT EXISTS reason_before VARCHAR(24);

UPDATE alembic_version SET version_num='0216' WHERE alembic_version.version_num = '0215';

COMMENT ON TABLE alembic_version IS 'Revision 0216 works with releases since revision 0086.';

-- Running upgrade 0216 -> 0217

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS reservation_id UUID;

UPDATE alembic_version SET version_num='0217' WHERE alembic_version.version_num = '0216';

COMMENT ON TABLE alembic_version IS 'Revision 0217 works with releases since revision 0086.';

-- Running upgrade 0217 -> 0218

CREATE TABLE IF NOT EXISTS vehicle_imports (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    owner_region crdb_internal_region NOT NULL, 
    owner_id UUID NOT NULL, 
    file_hash VARCHAR(64) NOT NULL, 
    row_count BIGINT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    applied_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_vehicle_imports PRIMARY KEY (region, id), 
    CONSTRAINT fk_vehicle_imports_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_vehicle_imports_users_owner_region FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_vehicle_imports_created (region, created_at), 
    INDEX ix_vehicle_imports_owner (owner_region, owner_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0218' WHERE alembic_version.version_num = '0217';

COMMENT ON TABLE alembic_version IS 'Revision 0218 works with releases since revision 0086.';

-- Running upgrade 0218 -> 0219

CREATE TABLE IF NOT EXISTS vehicle_import_rows (
    region crdb_internal_region NOT NULL, 
    import_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    vehicle_id UUID NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    propulsion_type VARCHAR(24) NOT NULL, 
    brand VARCHAR(60) NOT NULL, 
    color VARCHAR(30) NOT NULL, 
    address VARCHAR(200) NOT NULL, 
    lat FLOAT NOT NULL, 
    lon FLOAT NOT NULL, 
    cell BIGINT NOT NULL, 
    CONSTRAINT pk_vehicle_import_rows PRIMARY KEY (region, import_id, number), 
    CONSTRAINT fk_vehicle_import_rows_vehicle_imports_region FOREIGN KEY(region, import_id) REFERENCES vehicle_imports (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0219' WHERE alembic_version.version_num = '0218';

COMMENT ON TABLE alembic_version IS 'Revision 0219 works with releases since revision 0086.';

-- Running upgrade 0219 -> 0220

CREATE TABLE IF NOT EXISTS scheduled_exports (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    table_name VARCHAR(24) NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    filters JSONB NOT NULL, 
    period VARCHAR(8) NOT NULL, 
    due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_scheduled_exports PRIMARY KEY (region, id), 
    CONSTRAINT fk_scheduled_exports_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_scheduled_exports_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_scheduled_exports_period CHECK (period IN ('day', 'week', 'month')), 
    INDEX ix_scheduled_exports_due (region, due_at), 
    INDEX ix_scheduled_exports_user (region, user_id, created_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0220' WHERE alembic_version.version_num = '0219';

COMMENT ON TABLE alembic_version IS 'Revision 0220 works with releases since revision 0086.';

-- Running upgrade 0220 -> 0221

ALTER TABLE events ADD COLUMN IF NOT EXISTS city VARCHAR(64);

UPDATE alembic_version SET version_num='0221' WHERE alembic_version.version_num = '0220';

COMMENT ON TABLE alembic_version IS 'Revision 0221 works with releases since revision 0086.';

-- Running upgrade 0221 -> 0222

CREATE INDEX IF NOT EXISTS ix_events_city ON events (region, city, at, id) WHERE city IS NOT NULL;

UPDATE alembic_version SET version_num='0222' WHERE alembic_version.version_num = '0221';

COMMENT ON TABLE alembic_version IS 'Revision 0222 works with releases since revision 0086.';

-- Running upgrade 0222 -> 0223

CREATE TABLE IF NOT EXISTS revenue_shares (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    owner_region crdb_internal_region NOT NULL, 
    owner_id UUID NOT NULL, 
    basis_points BIGINT NOT NULL, 
    valid_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    note VARCHAR(200) NOT NULL, 
    CONSTRAINT pk_revenue_shares PRIMARY KEY (region, id), 
    CONSTRAINT fk_revenue_shares_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_revenue_shares_users_owner_region FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_revenue_shares_basis_points CHECK (basis_points BETWEEN 0 AND 10000), 
    INDEX ix_revenue_shares_city (region, city, owner_id, valid_from, created_at), 
    INDEX ix_revenue_shares_owner (owner_region, owner_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0223' WHERE alembic_version.version_num = '0222';

COMMENT ON TABLE alembic_version IS 'Revision 0223 works with releases since revision 0086.';

-- Running upgrade 0223 -> 0224

CREATE TABLE IF NOT EXISTS owner_entries (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    owner_id UUID, 
    kind VARCHAR(24) NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    amount BIGINT NOT NULL, 
    net_price BIGINT, 
    basis_points BIGINT, 
    ride_id UUID, 
    vehicle_id UUID, 
    month DATE NOT NULL, 
    note VARCHAR(200) DEFAULT '' NOT NULL, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_owner_entries PRIMARY KEY (region, id), 
    CONSTRAINT fk_owner_entries_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_owner_entries_kind CHECK (kind IN ('ride', 'refund', 'payout', 'write_off')), 
    INDEX ix_owner_entries_payout (region, owner_id, city, at, id) WHERE vehicle_id IS NULL, 
    INDEX ix_owner_entries_vehicle (region, owner_id, city, month, vehicle_id, at, id) INCLUDE (net_price, amount, kind)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0224' WHERE alembic_version.version_num = '0223';

COMMENT ON TABLE alembic_version IS 'Revision 0224 works with releases since revision 0086.';

-- Running upgrade 0224 -> 0225

CREATE TABLE IF NOT EXISTS owner_months (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    owner_id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    month DATE NOT NULL, 
    part BIGINT DEFAULT (8 + floor(random() * 1000000000))::bigint NOT NULL, 
    currency VARCHAR(3) NOT NULL, 
    rides BIGINT NOT NULL, 
    net_price BIGINT NOT NULL, 
    earned BIGINT NOT NULL, 
    paid BIGINT NOT NULL, 
    CONSTRAINT pk_owner_months PRIMARY KEY (region, id), 
    CONSTRAINT fk_owner_months_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    UNIQUE INDEX uq_owner_months_part (region, owner_id, city, month, part)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0225' WHERE alembic_version.version_num = '0224';

COMMENT ON TABLE alembic_version IS 'Revision 0225 works with releases since revision 0086.';

-- Running upgrade 0225 -> 0226

ALTER TABLE bulk_action_vehicles DROP CONSTRAINT IF EXISTS ck_bulk_action_vehicles_result;

UPDATE alembic_version SET version_num='0226' WHERE alembic_version.version_num = '0225';

COMMENT ON TABLE alembic_version IS 'Revision 0226 works with releases since revision 0086.';

-- Running upgrade 0226 -> 0227

ALTER TABLE bulk_action_vehicles ADD CONSTRAINT IF NOT EXISTS ck_bulk_action_vehicles_result CHECK (result IN ('done', 'done_stays_out', 'ridden', 'unsafe', 'task_in_progress', 'not_restorable', 'other_state', 'gone', 'refused', 'failed')) NOT VALID;

UPDATE alembic_version SET version_num='0227' WHERE alembic_version.version_num = '0226';

COMMENT ON TABLE alembic_version IS 'Revision 0227 works with releases since revision 0086.';

-- Running upgrade 0227 -> 0228

ALTER TABLE bulk_action_vehicles VALIDATE CONSTRAINT ck_bulk_action_vehicles_result;

UPDATE alembic_version SET version_num='0228' WHERE alembic_version.version_num = '0227';

COMMENT ON TABLE alembic_version IS 'Revision 0228 works with releases since revision 0086.';

-- Running upgrade 0228 -> 0229

ALTER TABLE reports ADD COLUMN IF NOT EXISTS ended_own_reservation BOOLEAN;

UPDATE alembic_version SET version_num='0229' WHERE alembic_version.version_num = '0228';

COMMENT ON TABLE alembic_version IS 'Revision 0229 works with releases since revision 0086.';

-- Running upgrade 0229 -> 0230

ALTER TABLE reports ADD COLUMN IF NOT EXISTS returned_amount BIGINT;

UPDATE alembic_version SET version_num='0230' WHERE alembic_version.version_num = '0229';

COMMENT ON TABLE alembic_version IS 'Revision 0230 works with releases since revision 0086.';

-- Running upgrade 0230 -> 0231

CREATE INDEX IF NOT EXISTS ix_users_closed ON users (region, city, created_at, id) WHERE disabled_at IS NOT NULL;

UPDATE alembic_version SET version_num='0231' WHERE alembic_version.version_num = '0230';

COMMENT ON TABLE alembic_version IS 'Revision 0231 works with releases since revision 0086.';

-- Running upgrade 0231 -> 0232

CREATE TABLE IF NOT EXISTS account_notes (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    author_region crdb_internal_region, 
    author_id UUID, 
    text VARCHAR(1000) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_account_notes PRIMARY KEY (region, id), 
    CONSTRAINT fk_account_notes_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_account_notes_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    INDEX ix_account_notes_author (author_region, author_id), 
    INDEX ix_account_notes_user (region, user_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0232' WHERE alembic_version.version_num = '0231';

COMMENT ON TABLE alembic_version IS 'Revision 0232 works with releases since revision 0086.';

-- Running upgrade 0232 -> 0233

ALTER TABLE owner_entries ADD COLUMN IF NOT EXISTS reversed_entry_id UUID;

UPDATE alembic_version SET version_num='0233' WHERE alembic_version.version_num = '0232';

COMMENT ON TABLE alembic_version IS 'Revision 0233 works with releases since revision 0086.';

-- Running upgrade 0233 -> 0234

ALTER TABLE owner_entries DROP CONSTRAINT IF EXISTS ck_owner_entries_kind;

UPDATE alembic_version SET version_num='0234' WHERE alembic_version.version_num = '0233';

COMMENT ON TABLE alembic_version IS 'Revision 0234 works with releases since revision 0086.';

-- Running upgrade 0234 -> 0235

ALTER TABLE owner_entries ADD CONSTRAINT IF NOT EXISTS ck_owner_entries_kind CHECK (kind IN ('ride', 'refund', 'payout', 'payout_reversal', 'write_off')) NOT VALID;

UPDATE alembic_version SET version_num='0235' WHERE alembic_version.version_num = '0234';

COMMENT ON TABLE alembic_version IS 'Revision 0235 works with releases since revision 0086.';

-- Running upgrade 0235 -> 0236

ALTER TABLE owner_entries VALIDATE CONSTRAINT ck_owner_entries_kind;

UPDATE alembic_version SET version_num='0236' WHERE alembic_version.version_num = '0235';

COMMENT ON TABLE alembic_version IS 'Revision 0236 works with releases since revision 0086.';

-- Running upgrade 0236 -> 0237

CREATE TABLE IF NOT EXISTS vehicle_offers (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    vehicle_id UUID NOT NULL, 
    owner_region crdb_internal_region NOT NULL, 
    owner_id UUID NOT NULL, 
    email VARCHAR(254) NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    state VARCHAR(16) DEFAULT 'open' NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    answered_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_vehicle_offers PRIMARY KEY (region, id), 
    CONSTRAINT fk_vehicle_offers_vehicles_region_vehicle_id FOREIGN KEY(region, vehicle_id) REFERENCES vehicles (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_vehicle_offers_users_owner_region_owner_id FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_vehicle_offers_state CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')), 
    INDEX ix_vehicle_offers_email (region, email, created_at), 
    INDEX ix_vehicle_offers_expires (region, expires_at), 
    INDEX ix_vehicle_offers_owner (owner_region, owner_id, created_at, id), 
    INDEX ix_vehicle_offers_vehicle (region, vehicle_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0237' WHERE alembic_version.version_num = '0236';

COMMENT ON TABLE alembic_version IS 'Revision 0237 works with releases since revision 0086.';

-- Running upgrade 0237 -> 0238

CREATE INDEX IF NOT EXISTS ix_owner_entries_city ON owner_entries (region, city, at, id);

UPDATE alembic_version SET version_num='0238' WHERE alembic_version.version_num = '0237';

COMMENT ON TABLE alembic_version IS 'Revision 0238 works with releases since revision 0086.';

-- Running upgrade 0238 -> 0239

CREATE TABLE IF NOT EXISTS rollup_totals (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    hides_few BOOLEAN NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    period VARCHAR(8) NOT NULL, 
    metric VARCHAR(24) NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    dimension VARCHAR(24) NOT NULL, 
    value BIGINT NOT NULL, 
    CONSTRAINT pk_rollup_totals PRIMARY KEY (region, city, hides_few, form_factor, period, metric, started_at, dimension), 
    CONSTRAINT fk_rollup_totals_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT ck_rollup_totals_period CHECK (period IN ('day', 'month'))
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0239' WHERE alembic_version.version_num = '0238';

COMMENT ON TABLE alembic_version IS 'Revision 0239 works with releases since revision 0086.';

-- Running upgrade 0239 -> 0240

ALTER TABLE rollups_progress ADD COLUMN IF NOT EXISTS totals_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0240' WHERE alembic_version.version_num = '0239';

COMMENT ON TABLE alembic_version IS 'Revision 0240 works with releases since revision 0086.';

-- Running upgrade 0240 -> 0241

CREATE INDEX IF NOT EXISTS ix_dispute_messages_refunds ON dispute_messages (region, at) WHERE refund > 0;

UPDATE alembic_version SET version_num='0241' WHERE alembic_version.version_num = '0240';

COMMENT ON TABLE alembic_version IS 'Revision 0241 works with releases since revision 0086.';

-- Running upgrade 0241 -> 0242

CREATE INDEX IF NOT EXISTS ix_reports_first_action ON reports (region, city, first_action_at) WHERE first_action_at IS NOT NULL;

UPDATE alembic_version SET version_num='0242' WHERE alembic_version.version_num = '0241';

COMMENT ON TABLE alembic_version IS 'Revision 0242 works with releases since revision 0086.';

-- Running upgrade 0242 -> 0243

CREATE INDEX IF NOT EXISTS ix_reports_answered ON reports (region, city, answered_at) WHERE answered_at IS NOT NULL;

UPDATE alembic_version SET version_num='0243' WHERE alembic_version.version_num = '0242';

COMMENT ON TABLE alembic_version IS 'Revision 0243 works with releases since revision 0086.';

-- Running upgrade 0243 -> 0244

CREATE INDEX IF NOT EXISTS ix_tasks_started ON tasks (region, city, started_at) WHERE started_at IS NOT NULL;

UPDATE alembic_version SET version_num='0244' WHERE alembic_version.version_num = '0243';

COMMENT ON TABLE alembic_version IS 'Revision 0244 works with releases since revision 0086.';

-- Running upgrade 0244 -> 0245

CREATE TABLE IF NOT EXISTS rider_cohorts (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    month_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    first_month_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    riders BIGINT NOT NULL, 
    CONSTRAINT pk_rider_cohorts PRIMARY KEY (region, city, month_at, first_month_at), 
    CONSTRAINT fk_rider_cohorts_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0245' WHERE alembic_version.version_num = '0244';

COMMENT ON TABLE alembic_version IS 'Revision 0245 works with releases since revision 0086.';

-- Running upgrade 0245 -> 0246

CREATE TABLE IF NOT EXISTS cell_rides (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    hides_few BOOLEAN NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    month_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    cell BIGINT NOT NULL, 
    starts BIGINT NOT NULL, 
    ends BIGINT NOT NULL, 
    CONSTRAINT pk_cell_rides PRIMARY KEY (region, city, hides_few, form_factor, month_at, cell), 
    CONSTRAINT fk_cell_rides_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0246' WHERE alembic_version.version_num = '0245';

COMMENT ON TABLE alembic_version IS 'Revision 0246 works with releases since revision 0086.';

-- Running upgrade 0246 -> 0247

CREATE TABLE IF NOT EXISTS ride_flows (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    hides_few BOOLEAN NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    month_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    start_cell BIGINT NOT NULL, 
    end_cell BIGINT NOT NULL, 
    rides BIGINT NOT NULL, 
    CONSTRAINT pk_ride_flows PRIMARY KEY (region, city, hides_few, form_factor, month_at, start_cell, end_cell), 
    CONSTRAINT fk_ride_flows_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0247' WHERE alembic_version.version_num = '0246';

COMMENT ON TABLE alembic_version IS 'Revision 0247 works with releases since revision 0086.';

-- Running upgrade 0247 -> 0248

CREATE TABLE IF NOT EXISTS vehicle_event_compactions (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    done_until TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_vehicle_event_compactions PRIMARY KEY (region, city), 
    CONSTRAINT fk_vehicle_event_compactions_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0248' WHERE alembic_version.version_num = '0247';

COMMENT ON TABLE alembic_version IS 'Revision 0248 works with releases since revision 0086.';

-- Running upgrade 0248 -> 0249

ALTER TABLE rollups_progress ALTER COLUMN recorded_until SET DEFAULT now();

UPDATE alembic_version SET version_num='0249' WHERE alembic_version.version_num = '0248';

COMMENT ON TABLE alembic_version IS 'Revision 0249 works with releases since revision 0086.';

-- Running upgrade 0249 -> 0250

CREATE TABLE IF NOT EXISTS vehicle_types (
    form_factor VARCHAR(24) NOT NULL, 
    propulsion_type VARCHAR(24) NOT NULL, 
    name VARCHAR(20) NOT NULL, 
    label VARCHAR(40) NOT NULL, 
    icon VARCHAR(24) NOT NULL, 
    low_battery_percent BIGINT, 
    min_battery_percent BIGINT, 
    top_speed_kph BIGINT, 
    max_range_m BIGINT, 
    rider_capacity BIGINT, 
    is_archived BOOLEAN DEFAULT false NOT NULL, 
    CONSTRAINT pk_vehicle_types PRIMARY KEY (form_factor, propulsion_type), 
    CONSTRAINT ck_vehicle_types_form_factor CHECK (form_factor IN ('bicycle', 'cargo_bicycle', 'car', 'moped', 'scooter_standing', 'scooter_seated', 'other')), 
    CONSTRAINT ck_vehicle_types_propulsion_type CHECK (propulsion_type IN ('human', 'electric_assist', 'electric', 'combustion', 'combustion_diesel', 'hybrid', 'plug_in_hybrid', 'hydrogen_fuel_cell')), 
    CONSTRAINT ck_vehicle_types_low_battery_percent CHECK (low_battery_percent BETWEEN 1 AND 100), 
    CONSTRAINT ck_vehicle_types_min_battery_percent CHECK (min_battery_percent BETWEEN 1 AND 100), 
    CONSTRAINT ck_vehicle_types_top_speed_kph CHECK (top_speed_kph > 0), 
    CONSTRAINT ck_vehicle_types_max_range_m CHECK (max_range_m > 0), 
    CONSTRAINT ck_vehicle_types_rider_capacity CHECK (rider_capacity > 0), 
    CONSTRAINT uq_vehicle_types_name UNIQUE (name)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0250' WHERE alembic_version.version_num = '0249';

COMMENT ON TABLE alembic_version IS 'Revision 0250 works with releases since revision 0086.';

-- Running upgrade 0250 -> 0251

CREATE TABLE IF NOT EXISTS zone_versions (
    region crdb_internal_region NOT NULL, 
    zone_id UUID NOT NULL, 
    number BIGINT NOT NULL, 
    row_id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    name VARCHAR(120) NOT NULL, 
    position BIGINT NOT NULL, 
    rules JSONB, 
    coordinates JSONB NOT NULL, 
    fee BIGINT, 
    max_speed_kph BIGINT, 
    valid_until TIMESTAMP WITH TIME ZONE, 
    effective_from TIMESTAMP WITH TIME ZONE NOT NULL, 
    removed BOOLEAN DEFAULT false NOT NULL, 
    why VARCHAR(280) DEFAULT '' NOT NULL, 
    author_region crdb_internal_region, 
    author_id UUID, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_zone_versions PRIMARY KEY (region, zone_id, number), 
    CONSTRAINT fk_zone_versions_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_zone_versions_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_zone_versions_kind CHECK (kind IN ('service_area', 'no_parking', 'no_ride', 'slow')), 
    INDEX ix_zone_versions_author (author_region, author_id), 
    INDEX ix_zone_versions_removed (region, city, created_at, zone_id) WHERE removed
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0251' WHERE alembic_version.version_num = '0250';

COMMENT ON TABLE alembic_version IS 'Revision 0251 works with releases since revision 0086.';

-- Running upgrade 0251 -> 0252

ALTER TABLE zones ADD COLUMN IF NOT EXISTS edited_zone_id UUID;

UPDATE alembic_version SET version_num='0252' WHERE alembic_version.version_num = '0251';

COMMENT ON TABLE alembic_version IS 'Revision 0252 works with releases since revision 0086.';

-- Running upgrade 0252 -> 0253

ALTER TABLE zones ADD COLUMN IF NOT EXISTS version BIGINT;

UPDATE alembic_version SET version_num='0253' WHERE alembic_version.version_num = '0252';

COMMENT ON TABLE alembic_version IS 'Revision 0253 works with releases since revision 0086.';

-- Running upgrade 0253 -> 0254

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS counted_as VARCHAR(49);

UPDATE alembic_version SET version_num='0254' WHERE alembic_version.version_num = '0253';

COMMENT ON TABLE alembic_version IS 'Revision 0254 works with releases since revision 0086.';

-- Running upgrade 0254 -> 0255

CREATE TABLE IF NOT EXISTS vehicle_counts (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    counted_as VARCHAR(49) NOT NULL, 
    number BIGINT NOT NULL, 
    CONSTRAINT pk_vehicle_counts PRIMARY KEY (region, city, counted_as), 
    CONSTRAINT fk_vehicle_counts_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0255' WHERE alembic_version.version_num = '0254';

COMMENT ON TABLE alembic_version IS 'Revision 0255 works with releases since revision 0086.';

-- Running upgrade 0255 -> 0256

CREATE INDEX IF NOT EXISTS ix_vehicles_not_counted ON vehicles (region, city, state, form_factor, counted_as, picked_up_at, id) WHERE CASE WHEN counted_as IS DISTINCT FROM CASE WHEN state = 'removed' AND picked_up_at IS NULL THEN NULL ELSE state || ' ' || form_factor END THEN 1 ELSE 0 END = 1;

UPDATE alembic_version SET version_num='0256' WHERE alembic_version.version_num = '0255';

COMMENT ON TABLE alembic_version IS 'Revision 0256 works with releases since revision 0086.';

-- Running upgrade 0256 -> 0257

CREATE INDEX IF NOT EXISTS ix_vehicles_reserved_until ON vehicles (region, city, reserved_until, form_factor) WHERE state = 'reserved';

UPDATE alembic_version SET version_num='0257' WHERE alembic_version.version_num = '0256';

COMMENT ON TABLE alembic_version IS 'Revision 0257 works with releases since revision 0086.';

-- Running upgrade 0257 -> 0258

CREATE TABLE IF NOT EXISTS text_versions (
    id UUID NOT NULL, 
    kind VARCHAR(16) NOT NULL, 
    city VARCHAR(64), 
    language VARCHAR(3) NOT NULL, 
    version BIGINT NOT NULL, 
    text VARCHAR(100000) NOT NULL, 
    summary VARCHAR(1000) NOT NULL, 
    requires_agreement BOOLEAN NOT NULL, 
    effective_from TIMESTAMP WITH TIME ZONE NOT NULL, 
    effective_until TIMESTAMP WITH TIME ZONE, 
    published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    author_region crdb_internal_region, 
    author_id UUID, 
    why VARCHAR(280) NOT NULL, 
    CONSTRAINT pk_text_versions PRIMARY KEY (id), 
    CONSTRAINT fk_text_versions_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_text_versions_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_text_versions_kind CHECK (kind IN ('terms', 'privacy', 'help', 'notice')), 
    CONSTRAINT ck_text_versions_effective_until CHECK (effective_until >= effective_from), 
    INDEX ix_text_versions_author (author_region, author_id), 
    INDEX ix_text_versions_text (kind, city, language, effective_from, version, effective_until)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0258' WHERE alembic_version.version_num = '0257';

COMMENT ON TABLE alembic_version IS 'Revision 0258 works with releases since revision 0086.';

-- Running upgrade 0258 -> 0259

CREATE TABLE IF NOT EXISTS terms_agreements (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    version_id UUID NOT NULL, 
    agreed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_terms_agreements PRIMARY KEY (region, user_id, version_id), 
    CONSTRAINT fk_terms_agreements_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_terms_agreements_text_versions_version_id FOREIGN KEY(version_id) REFERENCES text_versions (id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0259' WHERE alembic_version.version_num = '0258';

COMMENT ON TABLE alembic_version IS 'Revision 0259 works with releases since revision 0086.';

-- Running upgrade 0259 -> 0260

ALTER TABLE cities ADD COLUMN IF NOT EXISTS closes_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0260' WHERE alembic_version.version_num = '0259';

COMMENT ON TABLE alembic_version IS 'Revision 0260 works with releases since revision 0086.';

-- Running upgrade 0260 -> 0261

ALTER TABLE cities ADD COLUMN IF NOT EXISTS archived_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0261' WHERE alembic_version.version_num = '0260';

COMMENT ON TABLE alembic_version IS 'Revision 0261 works with releases since revision 0086.';

-- Running upgrade 0261 -> 0262

ALTER TABLE cities ADD COLUMN IF NOT EXISTS features_off VARCHAR(32)[] DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0262' WHERE alembic_version.version_num = '0261';

COMMENT ON TABLE alembic_version IS 'Revision 0262 works with releases since revision 0086.';

-- Running upgrade 0262 -> 0263

ALTER TABLE vehicle_imports ADD COLUMN IF NOT EXISTS is_operator_fleet BOOLEAN DEFAULT 'false' NOT NULL;

UPDATE alembic_version SET version_num='0263' WHERE alembic_version.version_num = '0262';

COMMENT ON TABLE alembic_version IS 'Revision 0263 works with releases since revision 0086.';

-- Running upgrade 0263 -> 0264

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS counted_cell BIGINT;

UPDATE alembic_version SET version_num='0264' WHERE alembic_version.version_num = '0263';

COMMENT ON TABLE alembic_version IS 'Revision 0264 works with releases since revision 0086.';

-- Running upgrade 0264 -> 0265

CREATE TABLE IF NOT EXISTS vehicle_cell_counts (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    cell BIGINT NOT NULL, 
    counted_as VARCHAR(49) NOT NULL, 
    number BIGINT NOT NULL, 
    CONSTRAINT pk_vehicle_cell_counts PRIMARY KEY (region, city, cell, counted_as), 
    CONSTRAINT fk_vehicle_cell_counts_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0265' WHERE alembic_version.version_num = '0264';

COMMENT ON TABLE alembic_version IS 'Revision 0265 works with releases since revision 0086.';

-- Running upgrade 0265 -> 0266

CREATE INDEX IF NOT EXISTS ix_vehicles_to_count ON vehicles (region, city, state, form_factor, counted_as, cell, counted_cell, picked_up_at, id) WHERE CASE WHEN counted_as IS DISTINCT FROM CASE WHEN state = 'removed' AND picked_up_at IS NULL THEN NULL ELSE state || ' ' || form_factor END OR counted_cell IS DISTINCT FROM cell THEN 1 ELSE 0 END = 1;

UPDATE alembic_version SET version_num='0266' WHERE alembic_version.version_num = '0265';

COMMENT ON TABLE alembic_version IS 'Revision 0266 works with releases since revision 0086.';

-- Running upgrade 0266 -> 0267

DROP INDEX IF EXISTS vehicles@ix_vehicles_not_counted CASCADE;

UPDATE alembic_version SET version_num='0267' WHERE alembic_version.version_num = '0266';

COMMENT ON TABLE alembic_version IS 'Revision 0267 works with releases since revision 0086.';

-- Running upgrade 0267 -> 0268

ALTER TABLE users ADD COLUMN IF NOT EXISTS language VARCHAR(3) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0268' WHERE alembic_version.version_num = '0267';

COMMENT ON TABLE alembic_version IS 'Revision 0268 works with releases since revision 0086.';

-- Running upgrade 0268 -> 0269

CREATE TABLE IF NOT EXISTS unmet_demand (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    day_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    cell BIGINT NOT NULL, 
    origin VARCHAR(64) NOT NULL, 
    half_hours BIGINT NOT NULL, 
    CONSTRAINT pk_unmet_demand PRIMARY KEY (region, city, day_at, form_factor, cell, origin), 
    CONSTRAINT fk_unmet_demand_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0269' WHERE alembic_version.version_num = '0268';

COMMENT ON TABLE alembic_version IS 'Revision 0269 works with releases since revision 0086.';

-- Running upgrade 0269 -> 0270

CREATE TABLE IF NOT EXISTS usage_counts (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    day_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    step VARCHAR(24) NOT NULL, 
    origin VARCHAR(64) NOT NULL, 
    number BIGINT NOT NULL, 
    CONSTRAINT pk_usage_counts PRIMARY KEY (region, city, day_at, step, origin), 
    CONSTRAINT fk_usage_counts_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0270' WHERE alembic_version.version_num = '0269';

COMMENT ON TABLE alembic_version IS 'Revision 0270 works with releases since revision 0086.';

-- Running upgrade 0270 -> 0271

CREATE INDEX IF NOT EXISTS ix_wallet_entries_at ON wallet_entries (region, at, id);

UPDATE alembic_version SET version_num='0271' WHERE alembic_version.version_num = '0270';

COMMENT ON TABLE alembic_version IS 'Revision 0271 works with releases since revision 0086.';

-- Running upgrade 0271 -> 0272

CREATE TABLE IF NOT EXISTS api_tokens (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    scopes VARCHAR(32)[] NOT NULL, 
    second_factor BOOLEAN NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    last_used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_api_tokens PRIMARY KEY (region, id), 
    CONSTRAINT fk_api_tokens_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_api_tokens_expiry (region, expires_at), 
    INDEX ix_api_tokens_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0272' WHERE alembic_version.version_num = '0271';

COMMENT ON TABLE alembic_version IS 'Revision 0272 works with releases since revision 0086.';

-- Running upgrade 0272 -> 0273

CREATE INDEX IF NOT EXISTS ix_vehicles_address_words ON vehicles USING gin (region, city, string_to_array(lower(replace(address, ',', ' ')), ' '));

UPDATE alembic_version SET version_num='0273' WHERE alembic_version.version_num = '0272';

COMMENT ON TABLE alembic_version IS 'Revision 0273 works with releases since revision 0086.';

-- Running upgrade 0273 -> 0274

CREATE TABLE IF NOT EXISTS oauth_clients (
    id UUID NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    redirect_uris VARCHAR(255)[] NOT NULL, 
    scopes VARCHAR(32)[] NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    removed_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_oauth_clients PRIMARY KEY (id)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0274' WHERE alembic_version.version_num = '0273';

COMMENT ON TABLE alembic_version IS 'Revision 0274 works with releases since revision 0086.';

-- Running upgrade 0274 -> 0275

CREATE TABLE IF NOT EXISTS oauth_signing_keys (
    kid VARCHAR(43) NOT NULL, 
    public_jwk JSONB NOT NULL, 
    private_jwk VARCHAR(2000) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    signs_from TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_oauth_signing_keys PRIMARY KEY (kid)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0275' WHERE alembic_version.version_num = '0274';

COMMENT ON TABLE alembic_version IS 'Revision 0275 works with releases since revision 0086.';

-- Running upgrade 0275 -> 0276

CREATE TABLE IF NOT EXISTS oauth_grants (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    client_id UUID NOT NULL, 
    scopes VARCHAR(32)[] NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    last_used_on DATE, 
    CONSTRAINT pk_oauth_grants PRIMARY KEY (region, user_id, client_id), 
    CONSTRAINT fk_oauth_grants_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_oauth_grants_oauth_clients_client_id FOREIGN KEY(client_id) REFERENCES oauth_clients (id), 
    INDEX ix_oauth_grants_client (region, client_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0276' WHERE alembic_version.version_num = '0275';

COMMENT ON TABLE alembic_version IS 'Revision 0276 works with releases since revision 0086.';

-- Running upgrade 0276 -> 0277

CREATE TABLE IF NOT EXISTS oauth_token_families (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    client_id UUID NOT NULL, 
    scopes VARCHAR(32)[] NOT NULL, 
    second_factor BOOLEAN NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    code_digest VARCHAR(64) NOT NULL, 
    redirect_uri VARCHAR(261) NOT NULL, 
    code_challenge VARCHAR(43) NOT NULL, 
    code_used_at TIMESTAMP WITH TIME ZONE, 
    refresh_digest VARCHAR(64) DEFAULT '' NOT NULL, 
    previous_digest VARCHAR(64) DEFAULT '' NOT NULL, 
    refreshed_at TIMESTAMP WITH TIME ZONE, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_oauth_token_families PRIMARY KEY (region, id), 
    CONSTRAINT fk_oauth_token_families_grant FOREIGN KEY(region, user_id, client_id) REFERENCES oauth_grants (region, user_id, client_id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_oauth_token_families_expiry (region, expires_at), 
    INDEX ix_oauth_token_families_grant (region, user_id, client_id, created_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0277' WHERE alembic_version.version_num = '0276';

COMMENT ON TABLE alembic_version IS 'Revision 0277 works with releases since revision 0086.';

-- Running upgrade 0277 -> 0278

CREATE TABLE IF NOT EXISTS idempotency_keys (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    fingerprint VARCHAR(64) NOT NULL, 
    operation VARCHAR(80) NOT NULL, 
    status BIGINT NOT NULL, 
    location VARCHAR(500) NOT NULL, 
    body TEXT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (region, user_id, digest), 
    CONSTRAINT fk_idempotency_keys_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_idempotency_keys_created (region, created_at)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0278' WHERE alembic_version.version_num = '0277';

COMMENT ON TABLE alembic_version IS 'Revision 0278 works with releases since revision 0086.';

-- Running upgrade 0278 -> 0279

ALTER TABLE users ADD COLUMN IF NOT EXISTS units VARCHAR(5) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0279' WHERE alembic_version.version_num = '0278';

COMMENT ON TABLE alembic_version IS 'Revision 0279 works with releases since revision 0086.';

-- Running upgrade 0279 -> 0280

ALTER TABLE reports ADD COLUMN IF NOT EXISTS called_unsafe BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0280' WHERE alembic_version.version_num = '0279';

COMMENT ON TABLE alembic_version IS 'Revision 0280 works with releases since revision 0086.';

-- Running upgrade 0280 -> 0281

ALTER TABLE users ADD COLUMN IF NOT EXISTS time_zone VARCHAR(64) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0281' WHERE alembic_version.version_num = '0280';

COMMENT ON TABLE alembic_version IS 'Revision 0281 works with releases since revision 0086.';

-- Running upgrade 0281 -> 0282

ALTER TABLE rides ADD COLUMN IF NOT EXISTS end_pressed_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0282' WHERE alembic_version.version_num = '0281';

COMMENT ON TABLE alembic_version IS 'Revision 0282 works with releases since revision 0086.';

-- Running upgrade 0282 -> 0283

ALTER TABLE rides ADD COLUMN IF NOT EXISTS end_received_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0283' WHERE alembic_version.version_num = '0282';

COMMENT ON TABLE alembic_version IS 'Revision 0283 works with releases since revision 0086.';

-- Running upgrade 0283 -> 0284

ALTER TABLE rides ADD COLUMN IF NOT EXISTS resumed_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0284' WHERE alembic_version.version_num = '0283';

COMMENT ON TABLE alembic_version IS 'Revision 0284 works with releases since revision 0086.';

-- Running upgrade 0284 -> 0285

ALTER TABLE text_versions ADD COLUMN IF NOT EXISTS alert_type VARCHAR(24) DEFAULT 'other' NOT NULL;

UPDATE alembic_version SET version_num='0285' WHERE alembic_version.version_num = '0284';

COMMENT ON TABLE alembic_version IS 'Revision 0285 works with releases since revision 0086.';

-- Running upgrade 0285 -> 0286

CREATE TABLE IF NOT EXISTS response_times (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    hides_few BOOLEAN NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    period VARCHAR(8) NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    metric VARCHAR(24) NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    counts BIGINT[] NOT NULL, 
    CONSTRAINT pk_response_times PRIMARY KEY (region, city, hides_few, form_factor, period, started_at, metric, kind), 
    CONSTRAINT ck_response_times_period CHECK (period IN ('day', 'month')), 
    CONSTRAINT fk_response_times_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0286' WHERE alembic_version.version_num = '0285';

COMMENT ON TABLE alembic_version IS 'Revision 0286 works with releases since revision 0086.';

-- Running upgrade 0286 -> 0287

ALTER TABLE rollups_progress ADD COLUMN IF NOT EXISTS response_times_until TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0287' WHERE alembic_version.version_num = '0286';

COMMENT ON TABLE alembic_version IS 'Revision 0287 works with releases since revision 0086.';

-- Running upgrade 0287 -> 0288

CREATE TABLE IF NOT EXISTS unmet_demand_months (
    region crdb_internal_region NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    hides_few BOOLEAN NOT NULL, 
    form_factor VARCHAR(24) NOT NULL, 
    month_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    cell BIGINT NOT NULL, 
    half_hours BIGINT NOT NULL, 
    CONSTRAINT pk_unmet_demand_months PRIMARY KEY (region, city, hides_few, form_factor, month_at, cell), 
    CONSTRAINT fk_unmet_demand_months_cities_city FOREIGN KEY(city) REFERENCES cities (name)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0288' WHERE alembic_version.version_num = '0287';

COMMENT ON TABLE alembic_version IS 'Revision 0288 works with releases since revision 0086.';

-- Running upgrade 0288 -> 0289

ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS search_words VARCHAR[] AS (string_to_array(replace(replace(replace(translate(lower(brand || ' ' || color || ' ' || coalesce(address, '')), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžȘșȚțØøĐđÐðŁłĦħŦŧıÆŒẞ,.;-–—''’/()"̧̀́̂̃̈̊̌', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzssttooddddllhhttiæœß            '), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') || replace(' ' || replace(replace(replace(translate(lower(coalesce(address, '')), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžȘșȚțØøĐđÐðŁłĦħŦŧıÆŒẞ,.;-–—''’/()"̧̀́̂̃̈̊̌', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzssttooddddllhhttiæœß            '), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), ' ', ' ,'), ' ')) STORED NOT NULL;

UPDATE alembic_version SET version_num='0289' WHERE alembic_version.version_num = '0288';

COMMENT ON TABLE alembic_version IS 'Revision 0289 works with releases since revision 0086.';

-- Running upgrade 0289 -> 0290

CREATE INDEX IF NOT EXISTS ix_vehicles_search_words ON vehicles USING gin (region, city, search_words);

UPDATE alembic_version SET version_num='0290' WHERE alembic_version.version_num = '0289';

COMMENT ON TABLE alembic_version IS 'Revision 0290 works with releases since revision 0086.';

-- Running upgrade 0290 -> 0291

CREATE TABLE IF NOT EXISTS notifications (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL, 
    path VARCHAR(500) DEFAULT '' NOT NULL, 
    facts JSONB NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    read_at TIMESTAMP WITH TIME ZONE, 
    is_listed BOOLEAN DEFAULT true NOT NULL, 
    CONSTRAINT pk_notifications PRIMARY KEY (region, id), 
    CONSTRAINT fk_notifications_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_notifications_created (region, created_at), 
    INDEX ix_notifications_unread (region, user_id) WHERE read_at IS NULL AND is_listed, 
    INDEX ix_notifications_user (region, user_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0291' WHERE alembic_version.version_num = '0290';

COMMENT ON TABLE alembic_version IS 'Revision 0291 works with releases since revision 0086.';

-- Running upgrade 0291 -> 0292

CREATE TABLE IF NOT EXISTS notification_choices (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    channels JSONB NOT NULL, 
    CONSTRAINT pk_notification_choices PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_notification_choices_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0292' WHERE alembic_version.version_num = '0291';

COMMENT ON TABLE alembic_version IS 'Revision 0292 works with releases since revision 0086.';

-- Running upgrade 0292 -> 0293

CREATE TABLE IF NOT EXISTS passkeys (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    credential_id VARCHAR(1364) NOT NULL, 
    public_key BYTEA NOT NULL, 
    sign_count BIGINT NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    last_used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_passkeys PRIMARY KEY (region, id), 
    CONSTRAINT fk_passkeys_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id), 
    INDEX ix_passkeys_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0293' WHERE alembic_version.version_num = '0292';

COMMENT ON TABLE alembic_version IS 'Revision 0293 works with releases since revision 0086.';

-- Running upgrade 0293 -> 0294

CREATE TABLE IF NOT EXISTS profile_photos (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    photo_id UUID NOT NULL, 
    large BYTEA NOT NULL, 
    small BYTEA NOT NULL, 
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_profile_photos PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_profile_photos_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0294' WHERE alembic_version.version_num = '0293';

COMMENT ON TABLE alembic_version IS 'Revision 0294 works with releases since revision 0086.';

-- Running upgrade 0294 -> 0295

ALTER TABLE profiles ADD COLUMN IF NOT EXISTS shown_to_riders BOOLEAN DEFAULT true NOT NULL;

UPDATE alembic_version SET version_num='0295' WHERE alembic_version.version_num = '0294';

COMMENT ON TABLE alembic_version IS 'Revision 0295 works with releases since revision 0086.';

-- Running upgrade 0295 -> 0296

ALTER TABLE profiles ADD COLUMN IF NOT EXISTS shows_last_active BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0296' WHERE alembic_version.version_num = '0295';

COMMENT ON TABLE alembic_version IS 'Revision 0296 works with releases since revision 0086.';

-- Running upgrade 0296 -> 0297

ALTER TABLE profiles ADD COLUMN IF NOT EXISTS shows_ride_count BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0297' WHERE alembic_version.version_num = '0296';

COMMENT ON TABLE alembic_version IS 'Revision 0297 works with releases since revision 0086.';

-- Running upgrade 0297 -> 0298

ALTER TABLE reports ADD COLUMN IF NOT EXISTS withdrawn_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0298' WHERE alembic_version.version_num = '0297';

COMMENT ON TABLE alembic_version IS 'Revision 0298 works with releases since revision 0086.';

-- Running upgrade 0298 -> 0299

ALTER TABLE rides ADD COLUMN IF NOT EXISTS note_is_public BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0299' WHERE alembic_version.version_num = '0298';

COMMENT ON TABLE alembic_version IS 'Revision 0299 works with releases since revision 0086.';

-- Running upgrade 0299 -> 0300

CREATE TABLE IF NOT EXISTS notices (
    id UUID NOT NULL, 
    city VARCHAR(64), 
    shown_from TIMESTAMP WITH TIME ZONE NOT NULL, 
    shown_until TIMESTAMP WITH TIME ZONE, 
    is_pinned BOOLEAN NOT NULL, 
    alert_type VARCHAR(24) NOT NULL, 
    published_at TIMESTAMP WITH TIME ZONE, 
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    author_region crdb_internal_region, 
    author_id UUID, 
    CONSTRAINT pk_notices PRIMARY KEY (id), 
    CONSTRAINT fk_notices_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_notices_users_author_region FOREIGN KEY(author_region, author_id) REFERENCES users (region, id) ON DELETE SET NULL ON UPDATE CASCADE, 
    CONSTRAINT ck_notices_shown_until CHECK (shown_until >= shown_from), 
    INDEX ix_notices_author (author_region, author_id), 
    INDEX ix_notices_city (city, shown_from, id)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0300' WHERE alembic_version.version_num = '0299';

COMMENT ON TABLE alembic_version IS 'Revision 0300 works with releases since revision 0086.';

-- Running upgrade 0300 -> 0301

CREATE TABLE IF NOT EXISTS notice_texts (
    notice_id UUID NOT NULL, 
    language VARCHAR(3) NOT NULL, 
    title VARCHAR(120) NOT NULL, 
    text VARCHAR(10000) NOT NULL, 
    CONSTRAINT pk_notice_texts PRIMARY KEY (notice_id, language), 
    CONSTRAINT fk_notice_texts_notices_notice_id FOREIGN KEY(notice_id) REFERENCES notices (id) ON DELETE CASCADE
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0301' WHERE alembic_version.version_num = '0300';

COMMENT ON TABLE alembic_version IS 'Revision 0301 works with releases since revision 0086.';

-- Running upgrade 0301 -> 0302

CREATE TABLE IF NOT EXISTS push_subscriptions (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    user_id UUID NOT NULL, 
    session_id UUID NOT NULL, 
    ciphertext VARCHAR(4000) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_push_subscriptions PRIMARY KEY (region, id), 
    CONSTRAINT fk_push_subscriptions_login_sessions_region FOREIGN KEY(region, session_id) REFERENCES login_sessions (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_push_subscriptions_session (region, session_id), 
    INDEX ix_push_subscriptions_user (region, user_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0302' WHERE alembic_version.version_num = '0301';

COMMENT ON TABLE alembic_version IS 'Revision 0302 works with releases since revision 0086.';

-- Running upgrade 0302 -> 0303

CREATE TABLE IF NOT EXISTS push_keys (
    kid VARCHAR(43) NOT NULL, 
    private_jwk VARCHAR(2000) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_push_keys PRIMARY KEY (kid)
) LOCALITY GLOBAL;

UPDATE alembic_version SET version_num='0303' WHERE alembic_version.version_num = '0302';

COMMENT ON TABLE alembic_version IS 'Revision 0303 works with releases since revision 0086.';

-- Running upgrade 0303 -> 0304

ALTER TABLE notification_choices ADD COLUMN IF NOT EXISTS quiet_from TIME WITHOUT TIME ZONE;

UPDATE alembic_version SET version_num='0304' WHERE alembic_version.version_num = '0303';

COMMENT ON TABLE alembic_version IS 'Revision 0304 works with releases since revision 0086.';

-- Running upgrade 0304 -> 0305

ALTER TABLE notification_choices ADD COLUMN IF NOT EXISTS quiet_until TIME WITHOUT TIME ZONE;

UPDATE alembic_version SET version_num='0305' WHERE alembic_version.version_num = '0304';

COMMENT ON TABLE alembic_version IS 'Revision 0305 works with releases since revision 0086.';

-- Running upgrade 0305 -> 0306

ALTER TABLE cities ADD COLUMN IF NOT EXISTS minimum_age BIGINT;

UPDATE alembic_version SET version_num='0306' WHERE alembic_version.version_num = '0305';

COMMENT ON TABLE alembic_version IS 'Revision 0306 works with releases since revision 0086.';

-- Running upgrade 0306 -> 0307

ALTER TABLE users ADD COLUMN IF NOT EXISTS old_enough_for BIGINT;

UPDATE alembic_version SET version_num='0307' WHERE alembic_version.version_num = '0306';

COMMENT ON TABLE alembic_version IS 'Revision 0307 works with releases since revision 0086.';

-- Running upgrade 0307 -> 0308

ALTER TABLE users ADD COLUMN IF NOT EXISTS old_enough_since DATE;

UPDATE alembic_version SET version_num='0308' WHERE alembic_version.version_num = '0307';

COMMENT ON TABLE alembic_version IS 'Revision 0308 works with releases since revision 0086.';

-- Running upgrade 0308 -> 0309

CREATE TABLE IF NOT EXISTS phone_numbers (
    region crdb_internal_region NOT NULL, 
    user_id UUID NOT NULL, 
    number VARCHAR(16) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    code_digest VARCHAR(64), 
    code_expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    attempts BIGINT DEFAULT '0' NOT NULL, 
    CONSTRAINT pk_phone_numbers PRIMARY KEY (region, user_id), 
    CONSTRAINT fk_phone_numbers_users_region FOREIGN KEY(region, user_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0309' WHERE alembic_version.version_num = '0308';

COMMENT ON TABLE alembic_version IS 'Revision 0309 works with releases since revision 0086.';

-- Running upgrade 0309 -> 0310

CREATE TABLE IF NOT EXISTS rider_blocks (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_id UUID NOT NULL, 
    owner_region crdb_internal_region NOT NULL, 
    owner_id UUID NOT NULL, 
    ride_region crdb_internal_region NOT NULL, 
    ride_id UUID NOT NULL, 
    reason VARCHAR(280) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_rider_blocks PRIMARY KEY (region, id), 
    CONSTRAINT uq_rider_blocks_pair UNIQUE (region, rider_id, owner_region, owner_id), 
    CONSTRAINT fk_rider_blocks_users_region FOREIGN KEY(region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_rider_blocks_users_owner_region FOREIGN KEY(owner_region, owner_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_rider_blocks_owner (owner_region, owner_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0310' WHERE alembic_version.version_num = '0309';

COMMENT ON TABLE alembic_version IS 'Revision 0310 works with releases since revision 0086.';

-- Running upgrade 0310 -> 0311

ALTER TABLE reports ADD COLUMN IF NOT EXISTS tags VARCHAR(30)[] DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0311' WHERE alembic_version.version_num = '0310';

COMMENT ON TABLE alembic_version IS 'Revision 0311 works with releases since revision 0086.';

-- Running upgrade 0311 -> 0312

ALTER TABLE notices ADD COLUMN IF NOT EXISTS allows_comments BOOLEAN DEFAULT false NOT NULL;

UPDATE alembic_version SET version_num='0312' WHERE alembic_version.version_num = '0311';

COMMENT ON TABLE alembic_version IS 'Revision 0312 works with releases since revision 0086.';

-- Running upgrade 0312 -> 0313

CREATE TABLE IF NOT EXISTS notice_comments (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    city VARCHAR(64) NOT NULL, 
    notice_id UUID NOT NULL, 
    rider_region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    text VARCHAR(1000) NOT NULL, 
    state VARCHAR(16) DEFAULT 'shown' NOT NULL, 
    flag_count BIGINT DEFAULT '0' NOT NULL, 
    reason VARCHAR(280) DEFAULT '' NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    changed_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_notice_comments PRIMARY KEY (region, id), 
    CONSTRAINT fk_notice_comments_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_notice_comments_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_notice_comments_state CHECK (state IN ('shown', 'flagged', 'hidden', 'approved')), 
    INDEX ix_notice_comments_city (region, city, state, created_at, id), 
    INDEX ix_notice_comments_notice (region, notice_id, created_at, id), 
    INDEX ix_notice_comments_rider (rider_region, rider_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0313' WHERE alembic_version.version_num = '0312';

COMMENT ON TABLE alembic_version IS 'Revision 0313 works with releases since revision 0086.';

-- Running upgrade 0313 -> 0314

CREATE TABLE IF NOT EXISTS comment_flags (
    region crdb_internal_region NOT NULL, 
    comment_id UUID NOT NULL, 
    rider_region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT pk_comment_flags PRIMARY KEY (region, comment_id, rider_region, rider_id), 
    CONSTRAINT fk_comment_flags_notice_comments_region FOREIGN KEY(region, comment_id) REFERENCES notice_comments (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_comment_flags_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    INDEX ix_comment_flags_rider (rider_region, rider_id, created_at, comment_id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0314' WHERE alembic_version.version_num = '0313';

COMMENT ON TABLE alembic_version IS 'Revision 0314 works with releases since revision 0086.';

-- Running upgrade 0314 -> 0315

CREATE TABLE IF NOT EXISTS follows (
    region crdb_internal_region NOT NULL, 
    id UUID NOT NULL, 
    rider_region crdb_internal_region NOT NULL, 
    rider_id UUID NOT NULL, 
    owner_id UUID, 
    city VARCHAR(64), 
    label VARCHAR(40) DEFAULT '' NOT NULL, 
    lat FLOAT, 
    lon FLOAT, 
    cell BIGINT, 
    radius_m BIGINT, 
    form_factor VARCHAR(24) DEFAULT '' NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    notified_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_follows PRIMARY KEY (region, id), 
    CONSTRAINT fk_follows_cities_city FOREIGN KEY(city) REFERENCES cities (name), 
    CONSTRAINT fk_follows_users_rider_region FOREIGN KEY(rider_region, rider_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT fk_follows_users_region FOREIGN KEY(region, owner_id) REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE, 
    CONSTRAINT ck_follows_kind CHECK ((owner_id IS NULL) <> (cell IS NULL)), 
    INDEX ix_follows_owner (region, owner_id, id), 
    INDEX ix_follows_place (region, city, cell, id), 
    INDEX ix_follows_rider (rider_region, rider_id, created_at, id)
) LOCALITY REGIONAL BY ROW AS region;

UPDATE alembic_version SET version_num='0315' WHERE alembic_version.version_num = '0314';

COMMENT ON TABLE alembic_version IS 'Revision 0315 works with releases since revision 0086.';

-- Running upgrade 0315 -> 0316

ALTER TABLE rides ADD COLUMN IF NOT EXISTS note_hidden_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0316' WHERE alembic_version.version_num = '0315';

COMMENT ON TABLE alembic_version IS 'Revision 0316 works with releases since revision 0086.';

-- Running upgrade 0316 -> 0317

CREATE INDEX IF NOT EXISTS ix_phone_numbers_unconfirmed ON phone_numbers (region, created_at) WHERE confirmed_at IS NULL;

UPDATE alembic_version SET version_num='0317' WHERE alembic_version.version_num = '0316';

COMMENT ON TABLE alembic_version IS 'Revision 0317 works with releases since revision 0086.';

-- Running upgrade 0317 -> 0318

ALTER TABLE notice_comments ADD COLUMN IF NOT EXISTS hidden_at TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0318' WHERE alembic_version.version_num = '0317';

COMMENT ON TABLE alembic_version IS 'Revision 0318 works with releases since revision 0086.';

-- Running upgrade 0318 -> 0319

CREATE INDEX IF NOT EXISTS ix_push_subscriptions_created ON push_subscriptions (region, created_at);

UPDATE alembic_version SET version_num='0319' WHERE alembic_version.version_num = '0318';

COMMENT ON TABLE alembic_version IS 'Revision 0319 works with releases since revision 0086.';

-- Running upgrade 0319 -> 0320

ALTER TABLE cities ADD COLUMN IF NOT EXISTS labels JSONB DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0320' WHERE alembic_version.version_num = '0319';

COMMENT ON TABLE alembic_version IS 'Revision 0320 works with releases since revision 0086.';

-- Running upgrade 0320 -> 0321

ALTER TABLE vehicle_types ADD COLUMN IF NOT EXISTS labels JSONB DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0321' WHERE alembic_version.version_num = '0320';

COMMENT ON TABLE alembic_version IS 'Revision 0321 works with releases since revision 0086.';

-- Running upgrade 0321 -> 0322

ALTER TABLE pricing_plans ADD COLUMN IF NOT EXISTS labels JSONB DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0322' WHERE alembic_version.version_num = '0321';

COMMENT ON TABLE alembic_version IS 'Revision 0322 works with releases since revision 0086.';

-- Running upgrade 0322 -> 0323

ALTER TABLE zones ADD COLUMN IF NOT EXISTS labels JSONB DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0323' WHERE alembic_version.version_num = '0322';

COMMENT ON TABLE alembic_version IS 'Revision 0323 works with releases since revision 0086.';

-- Running upgrade 0323 -> 0324

ALTER TABLE zone_versions ADD COLUMN IF NOT EXISTS labels JSONB DEFAULT '{}' NOT NULL;

UPDATE alembic_version SET version_num='0324' WHERE alembic_version.version_num = '0323';

COMMENT ON TABLE alembic_version IS 'Revision 0324 works with releases since revision 0086.';

