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

