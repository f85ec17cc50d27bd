-- Running downgrade 0086 -> 0085

DROP INDEX IF EXISTS ix_vehicles_words;

UPDATE alembic_version SET version_num='0085' WHERE alembic_version.version_num = '0086';

-- Running downgrade 0085 -> 0084

ALTER TABLE vehicles DROP COLUMN IF EXISTS words;

UPDATE alembic_version SET version_num='0084' WHERE alembic_version.version_num = '0085';

-- Running downgrade 0084 -> 0083

DROP INDEX IF EXISTS ix_vehicles_changed;

UPDATE alembic_version SET version_num='0083' WHERE alembic_version.version_num = '0084';

-- Running downgrade 0083 -> 0082

ALTER TABLE vehicles DROP COLUMN IF EXISTS changed_at;

UPDATE alembic_version SET version_num='0082' WHERE alembic_version.version_num = '0083';

-- Running downgrade 0082 -> 0081

ALTER TABLE vehicles DROP COLUMN IF EXISTS reserved_until;

UPDATE alembic_version SET version_num='0081' WHERE alembic_version.version_num = '0082';

-- Running downgrade 0081 -> 0080

DROP INDEX IF EXISTS vehicles@uq_vehicles_code CASCADE;

UPDATE alembic_version SET version_num='0080' WHERE alembic_version.version_num = '0081';

-- Running downgrade 0080 -> 0079

UPDATE alembic_version SET version_num='0079' WHERE alembic_version.version_num = '0080';

-- Running downgrade 0079 -> 0078

ALTER TABLE vehicles DROP COLUMN IF EXISTS code;

UPDATE alembic_version SET version_num='0078' WHERE alembic_version.version_num = '0079';

-- Running downgrade 0078 -> 0077

DROP INDEX IF EXISTS vehicles@uq_vehicles_public_id CASCADE;

UPDATE alembic_version SET version_num='0077' WHERE alembic_version.version_num = '0078';

-- Running downgrade 0077 -> 0076

ALTER TABLE vehicles DROP COLUMN IF EXISTS public_id;

UPDATE alembic_version SET version_num='0076' WHERE alembic_version.version_num = '0077';

-- Running downgrade 0076 -> 0075

DROP INDEX IF EXISTS ix_rides_open;

UPDATE alembic_version SET version_num='0075' WHERE alembic_version.version_num = '0076';

-- Running downgrade 0075 -> 0074

ALTER TABLE rides DROP COLUMN IF EXISTS reminded_at;

UPDATE alembic_version SET version_num='0074' WHERE alembic_version.version_num = '0075';

-- Running downgrade 0074 -> 0073

ALTER TABLE rides DROP COLUMN IF EXISTS rating_note;

UPDATE alembic_version SET version_num='0073' WHERE alembic_version.version_num = '0074';

-- Running downgrade 0073 -> 0072

ALTER TABLE rides DROP COLUMN IF EXISTS rating;

UPDATE alembic_version SET version_num='0072' WHERE alembic_version.version_num = '0073';

-- Running downgrade 0072 -> 0071

ALTER TABLE rides DROP COLUMN IF EXISTS price_lines;

UPDATE alembic_version SET version_num='0071' WHERE alembic_version.version_num = '0072';

-- Running downgrade 0071 -> 0070

ALTER TABLE rides DROP COLUMN IF EXISTS currency;

UPDATE alembic_version SET version_num='0070' WHERE alembic_version.version_num = '0071';

-- Running downgrade 0070 -> 0069

ALTER TABLE rides DROP COLUMN IF EXISTS price;

UPDATE alembic_version SET version_num='0069' WHERE alembic_version.version_num = '0070';

-- Running downgrade 0069 -> 0068

ALTER TABLE rides DROP COLUMN IF EXISTS distance_m;

UPDATE alembic_version SET version_num='0068' WHERE alembic_version.version_num = '0069';

-- Running downgrade 0068 -> 0067

ALTER TABLE rides DROP COLUMN IF EXISTS paused_s;

UPDATE alembic_version SET version_num='0067' WHERE alembic_version.version_num = '0068';

-- Running downgrade 0067 -> 0066

ALTER TABLE rides DROP COLUMN IF EXISTS paused_at;

UPDATE alembic_version SET version_num='0066' WHERE alembic_version.version_num = '0067';

-- Running downgrade 0066 -> 0065

ALTER TABLE rides DROP COLUMN IF EXISTS plan_id;

UPDATE alembic_version SET version_num='0065' WHERE alembic_version.version_num = '0066';

-- Running downgrade 0065 -> 0064

DROP INDEX IF EXISTS ix_dispute_messages_thread;

UPDATE alembic_version SET version_num='0064' WHERE alembic_version.version_num = '0065';

-- Running downgrade 0064 -> 0063

DROP INDEX IF EXISTS ix_dispute_messages_author;

UPDATE alembic_version SET version_num='0063' WHERE alembic_version.version_num = '0064';

-- Running downgrade 0063 -> 0062

DROP TABLE IF EXISTS dispute_messages;

UPDATE alembic_version SET version_num='0062' WHERE alembic_version.version_num = '0063';

-- Running downgrade 0062 -> 0061

DROP INDEX IF EXISTS ix_ride_paths_changed;

UPDATE alembic_version SET version_num='0061' WHERE alembic_version.version_num = '0062';

-- Running downgrade 0061 -> 0060

DROP TABLE IF EXISTS ride_paths;

UPDATE alembic_version SET version_num='0060' WHERE alembic_version.version_num = '0061';

-- Running downgrade 0060 -> 0059

DROP TABLE IF EXISTS report_photos;

UPDATE alembic_version SET version_num='0059' WHERE alembic_version.version_num = '0060';

-- Running downgrade 0059 -> 0058

DROP INDEX IF EXISTS ix_disputes_queue;

UPDATE alembic_version SET version_num='0058' WHERE alembic_version.version_num = '0059';

-- Running downgrade 0058 -> 0057

DROP TABLE IF EXISTS disputes;

UPDATE alembic_version SET version_num='0057' WHERE alembic_version.version_num = '0058';

-- Running downgrade 0057 -> 0056

DROP INDEX IF EXISTS ix_wallet_lines_rider;

UPDATE alembic_version SET version_num='0056' WHERE alembic_version.version_num = '0057';

-- Running downgrade 0056 -> 0055

DROP TABLE IF EXISTS wallet_lines;

UPDATE alembic_version SET version_num='0055' WHERE alembic_version.version_num = '0056';

-- Running downgrade 0055 -> 0054

DROP INDEX IF EXISTS ix_saved_vehicles_rider;

UPDATE alembic_version SET version_num='0054' WHERE alembic_version.version_num = '0055';

-- Running downgrade 0054 -> 0053

DROP TABLE IF EXISTS saved_vehicles;

UPDATE alembic_version SET version_num='0053' WHERE alembic_version.version_num = '0054';

-- Running downgrade 0053 -> 0052

DROP INDEX IF EXISTS ix_reservations_vehicle;

UPDATE alembic_version SET version_num='0052' WHERE alembic_version.version_num = '0053';

-- Running downgrade 0052 -> 0051

DROP TABLE IF EXISTS reservations;

UPDATE alembic_version SET version_num='0051' WHERE alembic_version.version_num = '0052';

-- Running downgrade 0051 -> 0050

DROP INDEX IF EXISTS ix_reports_vehicle;

UPDATE alembic_version SET version_num='0050' WHERE alembic_version.version_num = '0051';

-- Running downgrade 0050 -> 0049

DROP INDEX IF EXISTS ix_reports_reporter;

UPDATE alembic_version SET version_num='0049' WHERE alembic_version.version_num = '0050';

-- Running downgrade 0049 -> 0048

DROP INDEX IF EXISTS ix_reports_queue;

UPDATE alembic_version SET version_num='0048' WHERE alembic_version.version_num = '0049';

-- Running downgrade 0048 -> 0047

DROP TABLE IF EXISTS reports;

UPDATE alembic_version SET version_num='0047' WHERE alembic_version.version_num = '0048';

-- Running downgrade 0047 -> 0046

DROP INDEX IF EXISTS wallet_entries@uq_wallet_entries_ride CASCADE;

UPDATE alembic_version SET version_num='0046' WHERE alembic_version.version_num = '0047';

-- Running downgrade 0046 -> 0045

DROP INDEX IF EXISTS ix_wallet_entries_rider;

UPDATE alembic_version SET version_num='0045' WHERE alembic_version.version_num = '0046';

-- Running downgrade 0045 -> 0044

DROP TABLE IF EXISTS wallet_entries;

UPDATE alembic_version SET version_num='0044' WHERE alembic_version.version_num = '0045';

-- Running downgrade 0044 -> 0043

DROP INDEX IF EXISTS ix_saved_places_rider;

UPDATE alembic_version SET version_num='0043' WHERE alembic_version.version_num = '0044';

-- Running downgrade 0043 -> 0042

DROP TABLE IF EXISTS saved_places;

UPDATE alembic_version SET version_num='0042' WHERE alembic_version.version_num = '0043';

-- Running downgrade 0042 -> 0041

DROP INDEX IF EXISTS ix_payments_state;

UPDATE alembic_version SET version_num='0041' WHERE alembic_version.version_num = '0042';

-- Running downgrade 0041 -> 0040

DROP INDEX IF EXISTS ix_payments_rider;

UPDATE alembic_version SET version_num='0040' WHERE alembic_version.version_num = '0041';

-- Running downgrade 0040 -> 0039

DROP TABLE IF EXISTS payments;

UPDATE alembic_version SET version_num='0039' WHERE alembic_version.version_num = '0040';

-- Running downgrade 0039 -> 0038

DROP INDEX IF EXISTS ix_zones_city;

UPDATE alembic_version SET version_num='0038' WHERE alembic_version.version_num = '0039';

-- Running downgrade 0038 -> 0037

DROP TABLE IF EXISTS zones;

UPDATE alembic_version SET version_num='0037' WHERE alembic_version.version_num = '0038';

-- Running downgrade 0037 -> 0036

DROP TABLE IF EXISTS pricing_plans;

UPDATE alembic_version SET version_num='0036' WHERE alembic_version.version_num = '0037';

-- Running downgrade 0036 -> 0035

DROP INDEX IF EXISTS ix_login_sessions_seen;

UPDATE alembic_version SET version_num='0035' WHERE alembic_version.version_num = '0036';

-- Running downgrade 0035 -> 0034

DROP INDEX IF EXISTS ix_email_links_expiry;

UPDATE alembic_version SET version_num='0034' WHERE alembic_version.version_num = '0035';

-- Running downgrade 0034 -> 0033

DROP INDEX IF EXISTS ix_throttles_until;

UPDATE alembic_version SET version_num='0033' WHERE alembic_version.version_num = '0034';

-- Running downgrade 0033 -> 0032

DROP INDEX IF EXISTS ix_identities_user;

UPDATE alembic_version SET version_num='0032' WHERE alembic_version.version_num = '0033';

-- Running downgrade 0032 -> 0031

DROP TABLE IF EXISTS identities;

UPDATE alembic_version SET version_num='0031' WHERE alembic_version.version_num = '0032';

-- Running downgrade 0031 -> 0030

DROP TABLE IF EXISTS recovery_codes;

UPDATE alembic_version SET version_num='0030' WHERE alembic_version.version_num = '0031';

-- Running downgrade 0030 -> 0029

DROP TABLE IF EXISTS second_factors;

UPDATE alembic_version SET version_num='0029' WHERE alembic_version.version_num = '0030';

-- Running downgrade 0029 -> 0028

DROP INDEX IF EXISTS ix_email_links_user;

UPDATE alembic_version SET version_num='0028' WHERE alembic_version.version_num = '0029';

-- Running downgrade 0028 -> 0027

DROP TABLE IF EXISTS email_links;

UPDATE alembic_version SET version_num='0027' WHERE alembic_version.version_num = '0028';

-- Running downgrade 0027 -> 0026

DROP INDEX IF EXISTS ix_events_subject;

UPDATE alembic_version SET version_num='0026' WHERE alembic_version.version_num = '0027';

-- Running downgrade 0026 -> 0025

DROP INDEX IF EXISTS ix_events_actor;

UPDATE alembic_version SET version_num='0025' WHERE alembic_version.version_num = '0026';

-- Running downgrade 0025 -> 0024

DROP INDEX IF EXISTS ix_events_kind;

UPDATE alembic_version SET version_num='0024' WHERE alembic_version.version_num = '0025';

-- Running downgrade 0024 -> 0023

DROP INDEX IF EXISTS ix_events_at;

UPDATE alembic_version SET version_num='0023' WHERE alembic_version.version_num = '0024';

-- Running downgrade 0023 -> 0022

DROP TABLE IF EXISTS events;

UPDATE alembic_version SET version_num='0022' WHERE alembic_version.version_num = '0023';

-- Running downgrade 0022 -> 0021

DROP TABLE IF EXISTS throttles;

UPDATE alembic_version SET version_num='0021' WHERE alembic_version.version_num = '0022';

-- Running downgrade 0021 -> 0020

DROP INDEX IF EXISTS ix_login_sessions_user;

UPDATE alembic_version SET version_num='0020' WHERE alembic_version.version_num = '0021';

-- Running downgrade 0020 -> 0019

DROP TABLE IF EXISTS login_sessions;

UPDATE alembic_version SET version_num='0019' WHERE alembic_version.version_num = '0020';

-- Running downgrade 0019 -> 0018

ALTER TABLE grants DROP COLUMN IF EXISTS cities;

UPDATE alembic_version SET version_num='0018' WHERE alembic_version.version_num = '0019';

-- Running downgrade 0018 -> 0017

ALTER TABLE users DROP COLUMN IF EXISTS disabled_at;

UPDATE alembic_version SET version_num='0017' WHERE alembic_version.version_num = '0018';

-- Running downgrade 0017 -> 0016

UPDATE alembic_version SET version_num='0016' WHERE alembic_version.version_num = '0017';

-- Running downgrade 0016 -> 0015

ALTER TABLE users DROP COLUMN IF EXISTS email_confirmed_at;

UPDATE alembic_version SET version_num='0015' WHERE alembic_version.version_num = '0016';

-- Running downgrade 0015 -> 0014

DROP INDEX IF EXISTS ix_rides_vehicle;

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0015';

-- Running downgrade 0014 -> 0013

DROP TABLE IF EXISTS open_rides;

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0014';

-- Running downgrade 0013 -> 0012

DROP INDEX IF EXISTS ix_rides_rider;

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0013';

-- Running downgrade 0012 -> 0011

DROP INDEX IF EXISTS rides@uq_rides_open_vehicle CASCADE;

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0012';

-- Running downgrade 0011 -> 0010

DROP TABLE IF EXISTS rides;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0011';

-- Running downgrade 0010 -> 0009

DROP INDEX IF EXISTS ix_vehicles_owner;

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0010';

-- Running downgrade 0009 -> 0008

DROP INDEX IF EXISTS ix_vehicles_newest_of_type;

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0009';

-- Running downgrade 0008 -> 0007

DROP INDEX IF EXISTS ix_vehicles_newest;

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0008';

-- Running downgrade 0007 -> 0006

DROP INDEX IF EXISTS ix_vehicles_cell;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0007';

-- Running downgrade 0006 -> 0005

DROP TABLE IF EXISTS vehicles;

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0006';

-- Running downgrade 0005 -> 0004

DROP TABLE IF EXISTS profiles;

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0005';

-- Running downgrade 0004 -> 0003

DROP TABLE IF EXISTS grants;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0004';

-- Running downgrade 0003 -> 0002

DROP INDEX IF EXISTS ix_users_city;

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0003';

-- Running downgrade 0002 -> 0001

DROP TABLE IF EXISTS users;

UPDATE alembic_version SET version_num='0001' WHERE alembic_version.version_num = '0002';

-- Running downgrade 0001 -> 

DROP TABLE IF EXISTS cities;

DELETE FROM alembic_version WHERE alembic_version.version_num = '0001';

