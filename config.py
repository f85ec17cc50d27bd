"""Every setting of MovR.

One class per environment, chosen by ``MOVR_ENV`` (development, test or production). Durations carry
their unit in the name. The environment and ``.env`` override a setting by its name, with the type
of its value here: pairs as ``10,900``, numbers with names as ``events=400,photos=180``. Few are
written in their own way, and few are fixed: webapp/settings/readers.py. What production refuses:
webapp/settings/problems.py.
"""

from pathlib import Path

from click import ClickException

ROOT = Path(__file__).resolve().parent

#: How long the application waits for a response of the database. People wait about three seconds
#: for a page.
ANSWER_TIMEOUT_MS = 2_500


class Configuration:
    """What all environments share. Attributes in capitals become ``app.config``."""

    #: Whether it starts with safe settings only: see webapp/settings/problems.py.
    must_be_safe = False

    DEBUG = False
    TESTING = False

    #: Empty: MovR starts its own PostgreSQL (see webapp/ops/local_postgres.py).
    DATABASE_URL = ""
    #: Import path of the class of that PostgreSQL. Only development and tests have one.
    LOCAL_DATABASE = ""
    #: Folder with ``initdb`` and ``pg_ctl``, when the packaged PostgreSQL should not be used.
    POSTGRES_BIN = ""
    #: Whether production may connect to the database without TLS, for trials on one machine.
    DATABASE_PLAINTEXT_ALLOWED = False
    #: Folder of files of this machine: the local database, mails, logs. It is not versioned.
    INSTANCE_PATH = str(ROOT / "instance")

    #: Where `flask serve` listens.
    HOST = "127.0.0.1"
    PORT = 8000

    #: How log lines are written to standard error: ``json``, one object a line; ``text``, for
    #: people; '' leaves logging as it is. And the lowest level that is written.
    LOG_FORMAT = "text"
    LOG_LEVEL = "INFO"
    #: A statement that takes longer is logged, with its place in the code and without its values.
    SLOW_STATEMENT_MS = 500

    #: Who knows it may read /metrics: ``Authorization: Bearer ...``. Empty: nobody.
    METRICS_TOKEN = ""

    #: What this server runs, for the status page and error reports: a commit or a tag.
    RELEASE = ""
    #: A file that the backup of the database touches when it is done, and how old it may be. Empty:
    #: the status page says that it does not know.
    BACKUP_FILE = ""
    BACKUP_MAX_AGE_S = 26 * 3600.0
    #: Where traces go: a collector of OpenTelemetry, ``http://collector:4318/v1/traces``; and the
    #: share of requests, commands and jobs that are traced. Empty: none, and nothing is imported.
    TRACES_URL = ""
    TRACES_SHARE = 0.1
    #: The project in Sentry that gets server errors. Empty: ADMINS get a mail.
    SENTRY_DSN = ""
    #: E-mail addresses that get server errors where there is no SENTRY_DSN.
    ADMINS: tuple[str, ...] = ()

    #: After SIGTERM a server says that it is not ready, and accepts connections for so long: until
    #: the load balancers have noticed.
    DRAIN_S = 3.0

    DATABASE_ANSWER_TIMEOUT_MS = ANSWER_TIMEOUT_MS
    #: How long requests fail at once after the database has not answered in time; then one tries
    #: again (webapp/db/circuit_breaker.py). 0: requests never fail at once.
    CIRCUIT_OPEN_S = 2.0
    DATABASE_POOL_SIZE = 10
    #: Connections of each engine that are open before the first visitor comes.
    DATABASE_POOL_WARM = 4
    #: Connections are replaced at this age, so that load follows new database nodes; each engine
    #: of each server takes up to a tenth more or less, so that not all reconnect at once.
    DATABASE_POOL_RECYCLE_S = 300
    #: On PostgreSQL, starts and ends of rides and reservations run one after the other, so that
    #: strangers do not conflict on shared index pages. docs/operations.md says when to turn it off.
    POSTGRESQL_WRITE_LOCK = True
    #: How long one statement may take that moves an account, or rows of a city, to another region:
    #: what belongs to them follows, in 18 steps one after the other for an account.
    ACCOUNT_MOVE_TIMEOUT_MS = 20_000
    CITY_MOVE_TIMEOUT_MS = 120_000
    TRANSACTION_ATTEMPTS = 8
    TRANSACTION_FIRST_PAUSE_MS = 25
    TRANSACTION_LONGEST_PAUSE_MS = 500
    #: No new attempt begins after this time; the database's answer timeout bounds the last one.
    TRANSACTION_DEADLINE_MS = ANSWER_TIMEOUT_MS
    #: After a lost connection no new attempt begins after this time. It is shorter, because a
    #: frozen server is noticed only after the answer timeout: a rider would wait for two of them.
    TRANSACTION_RECONNECT_MS = 500

    #: Reservations that one rider may make, one after the other.
    LIMIT_RESERVATIONS = (6, 3600)
    #: The pause after a reservation that led to no ride: until then the vehicle cannot be reserved.
    RESERVE_AGAIN_S = 5 * 60
    #: The free minutes for which a vehicle can be reserved in a day, counted since its last ride.
    FREE_RESERVATION_MIN_PER_DAY = 60
    #: After this long a rider is asked by mail whether the ride should have ended; after the second
    #: time staff see it as very long.
    RIDE_REMIND_S = 2 * 3600
    RIDE_FLAG_S = 12 * 3600
    #: The longest ride. After it the price no longer grows, and staff get a mail.
    RIDE_MAX_S = 3 * 24 * 3600

    #: How long ago a rider may have ended a ride on a phone that had no network, seconds. What was
    #: pressed earlier counts as if it had been then. 0: such an end counts when it arrives.
    OFFLINE_END_MAX_S = 15 * 60

    #: An import of a feed is refused without --force if it would take more than this share of the
    #: feed's vehicles off the map and more than this many, or all of them.
    FEED_MAX_LOSS_SHARE = 0.5
    FEED_MAX_LOSS = 5
    #: A vehicle that its operator has not heard of for this long is imported as out of service.
    FEED_SILENT_S = 7 * 24 * 3600
    #: Within how long staff do something about a report or a dispute, and answer it: later ones are
    #: marked in the queues. Seconds.
    SERVICE_TARGETS_S = (2 * 3600, 24 * 3600)
    #: What the site of a feed receives with each request: a header ``Name: value``, and parameters
    #: of its URL ``name=value&...``. For one command, in place of --header and --api-key, which
    #: other users of the machine can read.
    FEED_HEADER = ""
    FEED_API_KEY = ""

    #: Whether pages work without network, by a service worker. If not, browsers delete the one that
    #: they have, and what it has kept.
    SERVICE_WORKER = True

    #: An account with more rows is deleted by a worker, in slices.
    ACCOUNT_DELETION_MAX_ROWS_AT_ONCE = 1_000
    #: An account with more rows gets its personal data as an archive that a worker writes.
    DATA_EXPORT_MAX_ROWS_AT_ONCE = 5_000
    #: How long the archive can be downloaded.
    DATA_EXPORT_KEEP_S = 7 * 24 * 3600
    #: An archive that has not grown for so long counts as failed, and can be requested again.
    DATA_EXPORT_STALLED_S = 3600

    #: The longest time that an export of staff is written or sent.
    EXPORT_MAX_S = 900.0
    #: The most rows of a spreadsheet: it is written before it is sent. The format allows 1,048,575.
    EXPORT_XLSX_MAX_ROWS = 100_000

    #: Whether CockroachDB may answer lists from a near replica that is some seconds old.
    FOLLOWER_READS = True

    #: Where this server stands. Its visitors see the first city of this region.
    REGION = "us-east1"
    #: How old the catalogue of cities may be, in memory.
    CITIES_MAX_AGE_S = 30.0
    #: How old prices, saved replies and texts may be there, and how old zones.
    PLANS_MAX_AGE_S = 30.0
    ZONES_MAX_AGE_S = 30.0
    #: A ride may end this far outside of an area where it may: positions of phones are not exact.
    EDGE_TOLERANCE_M = 15.0

    #: The address of the site, ``https://movr.example``. Links in mails begin with it, because a
    #: visitor can forge the Host header. Empty: HOST and PORT.
    PUBLIC_URL = ""
    #: Host names that are accepted besides that of PUBLIC_URL; ``.movr.example`` includes all
    #: subdomains. None: any name, so that a phone in the same network can open the site.
    TRUSTED_HOSTS: tuple[str, ...] | None = None
    #: Networks (CIDR) of proxies whose X-Forwarded-* and X-City headers are trusted.
    TRUSTED_PROXIES: tuple[str, ...] = ()
    #: Sites whose scripts may use the API in browsers (CORS): ``https://app.example``, or ``*`` for
    #: all. Empty: those of no other site.
    API_CORS_ORIGINS: tuple[str, ...] = ()
    #: Proxies that a request passes, each of which adds to X-Forwarded-For and -Proto.
    PROXY_HOPS = 1

    SECRET_KEY = ""
    #: Earlier keys: what was signed or encrypted with them is still accepted.
    SECRET_KEY_FALLBACKS: tuple[str, ...] = ()
    #: With the prefix ``__Host-`` where cookies are secure (webapp/web/cookies.py).
    SESSION_COOKIE_NAME = "movr"
    SESSION_COOKIE_PATH = "/"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = False
    #: For "stay signed in"; the cookies of other sessions end with the browser.
    PERMANENT_SESSION_LIFETIME = 30 * 24 * 3600
    #: How long a session lasts on the server: without being used, and in all. A rider must not be
    #: signed out during a ride. Sessions of staff are short.
    SESSION_S = (12 * 3600, 24 * 3600)
    SESSION_REMEMBERED_S = (14 * 24 * 3600, 30 * 24 * 3600)
    SESSION_STAFF_S = (30 * 60, 12 * 3600)
    #: The last use of a session is written at most this often.
    SESSION_SEEN_EVERY_S = 60
    #: For this long after an authentication, sensitive actions require no other.
    REAUTHENTICATE_AFTER_S = 10 * 60
    #: Apps that people sign in to (OAuth), seconds: how long an authorization code is good; an
    #: access token; a refresh token that is not used; and the last one after it was used, which
    #: gives the same answer again, because answers get lost.
    OAUTH_CODE_S = 60
    OAUTH_ACCESS_TOKEN_S = 10 * 60
    OAUTH_REFRESH_TOKEN_S = 30 * 24 * 3600
    OAUTH_REFRESH_GRACE_S = 60
    #: Push services of browsers, to which push messages may be sent: hosts, with all below them; or
    #: whole origins such as ``http://10.0.0.1:8080``, which may be on a private network.
    PUSH_SERVICES = (
        "fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com",
    )  # fmt: skip
    #: After how many days another key signs access tokens, and how long each process keeps the
    #: keys, seconds.
    OAUTH_KEY_DAYS = 90
    OAUTH_KEYS_MAX_AGE_S = 300.0
    #: Whether staff need a second factor for the pages of their role.
    SECOND_FACTOR_REQUIRED = False

    #: Rate limits as (attempts, seconds). Only failures count; see webapp/web/rate_limits.py, and
    #: docs/security.md for why the owner of an account is never locked out.
    LIMIT_SIGN_IN_ACCOUNT = (10, 15 * 60)
    LIMIT_SIGN_IN_ADDRESS = (30, 15 * 60)
    LIMIT_SIGN_IN_TOTAL = (4000, 5 * 60)
    #: Access tokens that do not exist, from one address.
    LIMIT_TOKEN_ADDRESS = (30, 15 * 60)
    #: Codes and refresh tokens of one app with a secret that work no more.
    LIMIT_TOKEN_APP = (1000, 15 * 60)
    #: Codes, and passwords at a reauthentication.
    LIMIT_PROOF = (10, 15 * 60)
    #: The number of wrong codes after a correct password that sends the owner a mail, at most one
    #: mail in this period.
    LIMIT_WRONG_SECOND_FACTOR = (2, 24 * 3600)
    #: Refused pages that are written to the audit trail, by one account.
    LIMIT_DENIED_EVENTS = (20, 3600)
    #: Searches of staff that may find riders, by one account.
    LIMIT_PERSON_SEARCHES = (120, 3600)
    #: Files that one account takes out of the pages of staff.
    LIMIT_EXPORTS = (60, 3600)
    LIMIT_REGISTER_ADDRESS = (20, 3600)
    #: Places that one address searches for by their name.
    LIMIT_PLACE_SEARCHES = (20, 60)
    #: Texts that one account has translated; those that were translated lately do not count.
    LIMIT_TRANSLATIONS = (60, 3600)
    #: Dates of birth that one account gives.
    LIMIT_AGES = (3, 24 * 3600)
    #: Attempts at unlock codes that no vehicle has, by one account or from one address.
    LIMIT_CODES = (30, 15 * 60)
    #: Reports about vehicles, by one account: decoding their photos is expensive.
    LIMIT_REPORTS = (20, 3600)
    #: Reports that take a vehicle out of service, by an account that has not ridden it and is not
    #: of the staff of its city.
    LIMIT_CRITICAL_REPORTS = (3, 24 * 3600)
    #: Photos of a profile, by one account.
    LIMIT_PROFILE_PHOTOS = (10, 3600)
    #: Ends of rides that a phone without network reports later, by one account. Further ones count
    #: from when they arrive.
    LIMIT_REPORTED_ENDS = (3, 24 * 3600)
    #: Files with vehicles, by one account: reading a large one takes a second.
    LIMIT_VEHICLE_IMPORTS = (30, 3600)
    #: Vehicles that one account offers to others.
    LIMIT_VEHICLE_OFFERS = (20, 24 * 3600)
    #: Riders whom one owner blocks: each gets a mail, also one who is blocked again.
    LIMIT_BLOCKS = (10, 24 * 3600)
    #: Messages about rides, by one account.
    LIMIT_DISPUTES = (10, 24 * 3600)
    #: Payments that one account starts.
    LIMIT_TOP_UP = (20, 3600)
    #: Mails that a visitor can cause: to one account, and from one address.
    LIMIT_MAIL_ACCOUNT = (5, 3600)
    LIMIT_MAIL_ADDRESS = (20, 3600)
    #: Requests to the API with one access token. Each process counts by itself.
    LIMIT_API_TOKEN = (600, 60)
    #: Which share of the limits of signing in, registering and resetting a password may be used up
    #: before browsers have to do a proof of work (webapp/auth/proof_of_work.py). 1: never.
    PROOF_OF_WORK_SHARE = 0.4
    #: How much work: a browser computes half as many hashes on average, a second or two on a phone.
    PROOF_OF_WORK_MAX_NUMBER = 100_000
    #: Text messages (SMS), which cost money: for one account, to one number, to the numbers that
    #: differ in the last four digits only, and from one address.
    LIMIT_SMS_ACCOUNT = (5, 24 * 3600)
    LIMIT_SMS_NUMBER = (3, 24 * 3600)
    LIMIT_SMS_RANGE = (20, 24 * 3600)
    LIMIT_SMS_ADDRESS = (10, 24 * 3600)
    #: What `flask sweep` deletes, and after how many days.
    SWEEP_AFTER_DAYS = {
        "throttles": 1, "links": 30, "sessions": 90, "events": 400, "paths": 30, "photos": 180,
        "vehicle_events": 400, "missing": 7, "feed_runs": 14, "tasks": 400, "jobs": 7,
        "failed_jobs": 90, "bulk_actions": 90, "hourly_numbers": 35,
        "vehicle_imports": 7, "vehicle_offers": 30, "idempotency_keys": 1,
        "unmet_demand": 800, "usage_counts": 800, "notifications": 90,
        "unconfirmed_phones": 7, "hidden_comments": 90, "comments": 400,
    }  # fmt: skip
    #: How long the links in mails are valid.
    RESET_LINK_S = 60 * 60
    CONFIRM_LINK_S = 3 * 24 * 3600
    #: How long the offer of a vehicle can be accepted.
    VEHICLE_OFFER_S = 7 * 24 * 3600
    #: Forms live as long as the session: a page left open for lunch must still send.
    WTF_CSRF_TIME_LIMIT = None

    BCRYPT_LOG_ROUNDS = 12
    #: Never switch this off: hashes made with it do not verify without it, and bcrypt
    #: itself refuses passwords of more than 72 bytes.
    BCRYPT_HANDLE_LONG_PASSWORDS = True
    #: URL of a service that finds breached passwords by the first five digits of their SHA-1, with
    #: the protocol of Have I Been Pwned's range API. Empty: none is used.
    BREACHED_PASSWORDS_URL = ""

    #: OpenID Connect providers: name in our URLs -> label, issuer, client_id and client_secret. See
    #: docs/operations.md for an example.
    OIDC_PROVIDERS: dict[str, dict[str, str]] = {}
    #: How long an issuer may take for one answer.
    OIDC_TIMEOUT_S = 5.0

    #: The payment provider: ``test`` moves no money, for development and tests. Empty: none, and
    #: riders cannot pay in.
    PAYMENT_PROVIDER = ""
    #: Import path of the provider ``test``, which is imported only where PAYMENT_PROVIDER is that.
    FAKE_PAYMENT_PROVIDER = "webapp.riders.wallet.fake_provider"

    #: The mail server: ``smtp://user:password@host:587?tls=1`` (STARTTLS) or ``smtps://...``.
    #: ``folder:`` writes it into ``mail`` in the instance folder instead.
    MAIL_URL = "folder:"
    MAIL_FROM = "MovR <hello@movr.example>"
    MAIL_TIMEOUT_S = 10

    #: Who sends text messages: ``https://user:password@host/path``, the address of Twilio's
    #: ``Messages.json`` or of another provider with its interface; ``log:`` writes them into the
    #: log instead. Empty: nobody, and riders are not asked for a phone number.
    SMS_URL = ""
    #: Their sender: a number, or a name where the country allows it.
    SMS_FROM = ""
    SMS_TIMEOUT_S = 10.0

    #: How long the status and the jobs of admins wait for a region; one that takes longer counts as
    #: lost.
    REGION_TIMEOUT_S = 1.0

    #: Jobs that a worker (`flask work`) runs at the same time.
    WORK_THREADS = 4
    #: How often an idle worker looks for jobs that are due.
    WORK_POLL_S = 1.0
    #: How often a worker looks for schedules that are due.
    WORK_SCHEDULE_S = 15.0
    #: How long a worker has a job to itself. It renews that while the job runs; after a crash
    #: another worker runs it again after one to two times this.
    WORK_LEASE_S = 60.0
    #: How long running jobs may take after SIGTERM, until they are given back.
    WORK_GRACE_S = 20.0
    #: The pause after a failed attempt doubles from a second up to this. How many attempts a kind
    #: has is counted with this value.
    WORK_MAX_PAUSE_S = 1_800.0

    #: The broker of Celery, ``redis://host:6379/0`` or ``amqp://...``: then `flask work` hands jobs
    #: over to Celery workers. Empty: it runs them in its own threads.
    CELERY_BROKER_URL = ""
    #: Jobs of each priority that wait in the broker at most; the others wait in the table.
    CELERY_MAX_WAITING = 100

    MAX_CONTENT_LENGTH = 64 * 1024
    MAX_FORM_MEMORY_SIZE = 64 * 1024
    MAX_FORM_PARTS = 100

    BOOTSTRAP_SERVE_LOCAL = True
    BABEL_DEFAULT_LOCALE = "en"
    #: In which pages and mails are shown: those whose translation is complete.
    LANGUAGES: tuple[str, ...] = ("en", "de", "es", "fr", "it", "nl")
    #: One of LANGUAGES whose texts are made up, long and with accents: ``ar`` also shows pages from
    #: right to left. '': none. Development adds it to LANGUAGES.
    PSEUDO_LANGUAGE = ""
    MAP_TILE_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    MAP_ATTRIBUTION = "© OpenStreetMap contributors"
    #: The address of a search for places with the API of Nominatim:
    #: ``https://nominatim.openstreetmap.org/search``. '': there is no such search.
    PLACE_SEARCH_URL = ""
    #: Shown below what it finds.
    PLACE_SEARCH_ATTRIBUTION = "© OpenStreetMap contributors"
    PLACE_SEARCH_TIMEOUT_S = 4.0
    #: Whether it may be at an address of a private network: a Nominatim of one's own.
    PLACE_SEARCH_ALLOW_PRIVATE = False

    #: Who translates texts of others for people who ask for it: ``deepl``, or ``libretranslate``,
    #: which operators can run themselves. Empty: texts are not translated.
    TRANSLATOR = ""
    #: Where it is: ``https://translate.example``. DeepL's may be empty: the plan of the key has it.
    TRANSLATOR_URL = ""
    #: The key of the account there. LibreTranslate may need none.
    TRANSLATOR_KEY = ""
    #: Threads of web servers wait for it, two of each process at most.
    TRANSLATOR_TIMEOUT_S = 5.0
    #: Whether it may be at an address of a private network: a LibreTranslate of one's own.
    TRANSLATOR_ALLOW_PRIVATE = False
    #: Whether only public texts can be translated, so that profiles, disputes, reports and reasons
    #: of owners never leave MovR.
    TRANSLATOR_PUBLIC_TEXTS_ONLY = False
    #: How many characters are sent there in a day at most, by the servers of a region.
    TRANSLATOR_CHARACTERS_PER_DAY = 100_000

    #: How often a map polls for changes, and for how long a response is cached for other maps.
    LIVE_POLL_S = 10.0
    LIVE_MAX_AGE_S = 3.0
    #: How many programs may watch vehicles in a process at once (server-sent events); others poll.
    EVENT_STREAMS_PER_PROCESS = 50
    #: How many of them one address may have, so that others find room.
    EVENT_STREAMS_PER_ADDRESS = 10
    #: After so long a stream of events ends; who goes on watching connects again.
    EVENT_STREAM_S = 600.0
    #: How often an open board of staff asks for its numbers, and for how long these are kept.
    BOARD_POLL_S = BOARD_MAX_AGE_S = 5.0

    #: How old the files of the GBFS feeds may be that MovR publishes; their ``ttl``.
    GBFS_MAX_AGE_S = 30.0
    #: The licence of the data in these feeds, a URL. Empty: they name none, and the data is free
    #: for all (CC0).
    GBFS_LICENSE_URL = ""
    #: Whether the release candidate of GBFS 3.1 is published, too, below /gbfs/v3.1-rc3/. Its
    #: fields may still change.
    GBFS_RELEASE_CANDIDATE = False
    #: How far vehicles go with a full battery, metres, by GBFS form factor; "" is all others. What
    #: is set for a type of vehicles comes first.
    GBFS_MAX_RANGE_M = {"": 40_000, "moped": 80_000, "car": 400_000}

    #: How often a server writes what it counts of requests (webapp/db/write_buffer.py), seconds.
    COUNTS_FLUSH_S = 60.0
    #: Whether it counts how often pages are opened, without knowing by whom.
    COUNT_USAGE = True

    #: Rides that are over sooner, seconds, and lead less far, metres, are short: some in a row say
    #: that a vehicle is likely broken.
    SHORT_RIDE_MAX_S = 120
    SHORT_RIDE_MAX_M = 200

    #: Riders are warned of a smaller range, metres, by GBFS form factor; "" is all others.
    LOW_RANGE_M = {"": 5_000, "moped": 15_000, "car": 50_000}
    #: Riders are warned of a smaller charge, percent, where the feed gives no range.
    LOW_BATTERY_PERCENT = 15

    #: Rows on one page of any list.
    PAGE_SIZE = 30

    #: Whether `flask demo` may create its accounts, whose password is printed, and `flask rides
    #: import-trips` may write rides that did not take place here.
    DEMO_ALLOWED = True
    #: Import path of the demo, which is imported only where it is allowed.
    DEMO_MODULE = "webapp.ops.demo"
    #: Import path of the pages that show the mail of a development server to everyone; '': none.
    MAILBOX_MODULE = ""
    #: Import path of the tools of developers: ``?profile`` and the toolbar; '': none. And whether
    #: the toolbar stands on every page.
    DEVELOPMENT_TOOLS_MODULE = ""
    DEBUG_TOOLBAR = False


class Development(Configuration):
    DEBUG = True
    DRAIN_S = 0.0  # Ctrl-C ends at once
    LOCAL_DATABASE = "webapp.ops.local_postgres.DevelopmentDatabase"
    #: Errors are pages here too; the trace is in the log.
    PROPAGATE_EXCEPTIONS = False
    #: Empty: created at the first start and stored in the instance folder.
    SECRET_KEY = ""
    BCRYPT_LOG_ROUNDS = 10
    PAYMENT_PROVIDER = "test"
    MAILBOX_MODULE = "webapp.ops.mailbox"
    DEVELOPMENT_TOOLS_MODULE = "webapp.ops.development_tools"


class Test(Configuration):
    TESTING = True
    LANGUAGES = ("en",)  # tests of other languages say so
    DRAIN_S = 0.0
    LOCAL_DATABASE = "webapp.ops.local_postgres.DevelopmentDatabase"
    SECRET_KEY = "only-for-tests"
    LOG_FORMAT = ""
    PAYMENT_PROVIDER = "test"
    BCRYPT_LOG_ROUNDS = 4
    PROOF_OF_WORK_SHARE = 1.0  # tests of it say so
    MAIL_URL = "memory:"
    SMS_URL = "memory:"
    DATABASE_POOL_SIZE = 30
    CIRCUIT_OPEN_S = 0.0
    PLACE_SEARCH_URL = "http://127.0.0.1:9/search"  # nobody answers there
    DATABASE_ANSWER_TIMEOUT_MS = 20_000  # on a busy machine the database is slow
    REGION_TIMEOUT_S = 60.0
    PAGE_SIZE = 5
    CITIES_MAX_AGE_S = PLANS_MAX_AGE_S = ZONES_MAX_AGE_S = 3600.0
    OAUTH_KEYS_MAX_AGE_S = 3600.0
    LIVE_MAX_AGE_S = BOARD_MAX_AGE_S = GBFS_MAX_AGE_S = EVENT_STREAM_S = 0.0
    FOLLOWER_READS = False  # a test reads what it has just written


class Production(Configuration):
    must_be_safe = True

    LOG_FORMAT = "json"
    SESSION_COOKIE_SECURE = True
    SECOND_FACTOR_REQUIRED = True
    TRUSTED_HOSTS = ()
    DEMO_ALLOWED = False
    MAIL_URL = ""


ENVIRONMENTS: dict[str, type[Configuration]] = {
    "development": Development,
    "test": Test,
    "production": Production,
}


class ConfigurationError(ClickException):
    """A setting forbids starting. The text is shown in one line."""
