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

