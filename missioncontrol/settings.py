"""One settings file, driven by the environment. ``.env.example`` explains every variable."""

import hashlib
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ

from missioncontrol import api_description, logs, schedule, secret

BASE_DIR = Path(__file__).resolve().parent.parent

# Lets classes of Django be subscripted (ModelAdmin[Task]), which type checkers ask for.
django_stubs_ext.monkeypatch()

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# True only inside pytest's own process: what a test starts as a child runs as it would at home.
TESTING = "pytest" in sys.modules

# --- The installation -----------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.str("SECRET_KEY", default="") or secret.read_or_make(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])


def derived_key(purpose: str) -> str:
    """A key of its own for each purpose, so that one that leaks opens one door only."""
    return hashlib.blake2b(purpose.encode(), key=SECRET_KEY.encode()[:64]).hexdigest()


HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
HTTPS = env.bool("HTTPS", default=False)
SITE_URL = env.str("SITE_URL", default="").rstrip("/") or (
    f"{'https' if HTTPS else 'http'}://{'localhost' if HOST in ('127.0.0.1', '0.0.0.0') else HOST}"
    f"{'' if HTTPS else f':{PORT}'}"
)
# The machine itself always may: health checks speak to it by no other name.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How many reverse proxies stand in front; 0 means that X-Forwarded-* is never believed.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

# --- How it runs ----------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
# Keeps several installations, and the processes of a test run, apart on one Redis.
REDIS_PREFIX = env.str("REDIS_PREFIX", default="mc")
if TESTING:
    REDIS_PREFIX += f"-{env.str('PYTEST_XDIST_WORKER', default='main')}"
EMBEDDED = not REDIS_URL
MODE = "embedded" if EMBEDDED else "services"

WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)
# Requests that one web process works on at once; fewer than the database's pool has room for.
WEB_THREADS = env.int("WEB_THREADS", default=12)
WORKERS = env.int("WORKERS", default=2)
WORKER_THREADS = env.int("WORKER_THREADS", default=4 if EMBEDDED else 8)

# --- Parts ----------------------------------------------------------------------------------

# Lowest first: each imports only from those before it.
ROOMS = [
    "core",
    "accounts",
    "activity",
    "modules",
    "documents",
    "agents",
    "tasks",
    "conversations",
    "whitepapers",
    "dashboard",
]

INSTALLED_APPS = [
    *ROOMS,
    "missioncontrol",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "axes",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "missioncontrol.proxies.ClientAddress",
    "missioncontrol.metrics.RequestMetrics",
    # Requests of programs are answered here and go no further.
    "core.api.lane.ApiLane",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "missioncontrol.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.OwnTime",
    "core.refusals.RefusalMiddleware",
    # Last: it turns a locked login into its answer.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "missioncontrol.urls"
ASGI_APPLICATION = "missioncontrol.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.shell",
            ],
        },
    },
]

# --- The database: the record ---------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_POOL_MIN = env.int("DATABASE_POOL_MIN", default=1)
DATABASE_POOL_MAX = env.int("DATABASE_POOL_MAX", default=20)
DATABASE_PREPARED = env.bool("DATABASE_PREPARED", default=True)
# A process that stands still in the middle of a change keeps its locks; the server ends its
# session after so many seconds, before anybody's lease runs out. Tests live in transactions.
DATABASE_STALLED_S = env.int("DATABASE_STALLED_S", default=0 if TESTING else 20)

if DATABASE_URL:
    DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "missioncontrol.sqlite3",
        }
    }

database = DATABASES["default"]
if database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock where a transaction begins: a deferred one fails at its
    # first write when another came between, and no time-out helps against that.
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            " PRAGMA cache_size=-8000; PRAGMA journal_size_limit=67108864"
        ),
    }
    # A file, since threads of a test each open their own connection.
    database["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
elif database["ENGINE"].endswith("postgresql"):
    database["CONN_MAX_AGE"] = 0
    # Asks before a connection is handed out: after a restart of the server none is alive.
    database["CONN_HEALTH_CHECKS"] = True
    options = database.setdefault("OPTIONS", {})
    if DATABASE_STALLED_S:
        limit = f"-c idle_in_transaction_session_timeout={DATABASE_STALLED_S * 1000}"
        options["options"] = f"{options.get('options', '')} {limit}".strip()
    if DATABASE_PREPARED:
        # The server plans what runs often once: a write costs it half.
        options |= {"server_side_binding": True, "prepare_threshold": 5}
    if DATABASE_POOL_MAX > 0:
        options["pool"] = {
            "min_size": DATABASE_POOL_MIN,
            "max_size": DATABASE_POOL_MAX,
            "timeout": 10,
        }

# --- Cache, sessions, sockets ---------------------------------------------------------------

if EMBEDDED:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
    # One process, so memory reaches everyone. At the usual capacity of 100 a burst is dropped.
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 10_000},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "missioncontrol.caches.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
    # Pub/sub: one PUBLISH an event however many sockets listen, and a slow reader loses nothing
    # in silence. The list layer drops what exceeds its capacity (50 of 150 events when tried);
    # here the bound is the consumer's, which closes a socket that does not read.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
        }
    }

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Celery: it wakes -----------------------------------------------------------------------

if EMBEDDED:
    CELERY_BROKER_URL = "memory://localhost/"
    # The transport looks for messages once a second unless told otherwise.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"polling_interval": 0.01}
else:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": f"{REDIS_PREFIX}.",
        "socket_connect_timeout": 3,
        "socket_timeout": 10,
        "socket_keepalive": True,
        # A request never waits long for a broker that is down; the reconciler sends again.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    }
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "missioncontrol"
CELERY_TASK_IGNORE_RESULT = True
# Acknowledged early: the row, not the message, says what is still to do.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_CONSUMER = "missioncontrol.consuming:Consumer"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = WORKER_THREADS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A busy worker leaves the next message to a free one. (Only the Redis transport knows this.)
CELERY_WORKER_DISABLE_PREFETCH = not EMBEDDED
CELERY_WORKER_REDIRECT_STDOUTS = False
# The longest sleep of a worker's timer, and so the time that it takes to stop.
CELERY_WORKER_TIMER_PRECISION = 0.25
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "missioncontrol.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = schedule.FIXED
CELERY_TASK_ROUTES = schedule.ROUTES

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"

# Locked by the pair of name and address, so that nobody locks another person out from afar.
# The address is what ClientAddress found it to be.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "accounts.views.entering.locked_out"
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

# --- The API --------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    # What endpoints do is in accounts.endpoint; this holds for whatever is not one of them.
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.callers.Credentials"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.wire.JSON"],
    "DEFAULT_PARSER_CLASSES": ["core.api.wire.JSONBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.wire.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "EXCEPTION_HANDLER": "core.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Whether strangers may make an account, with a workspace of their own. Where only this machine
# reaches it, yes; an invitation works either way.
REGISTRATION_OPEN = env.bool("REGISTRATION_OPEN", default=HOST in ("127.0.0.1", "::1", "localhost"))
SIMPLE_JWT: dict[str, Any] = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=14)),
    "SIGNING_KEY": env.str("JWT_SIGNING_KEY", default="") or derived_key("jwt"),
    "ISSUER": "missioncontrol",
}
# Requests a minute by one actor, by class; 0 for no limit. An address gets several times as
# many, since several may sit behind it. "refused" counts tokens and keys that did not let in.
RATE_LIMITS = {
    "login": env.int("RATE_LIMIT_LOGIN", default=10),
    "refused": env.int("RATE_LIMIT_REFUSED", default=30),
    "read": env.int("RATE_LIMIT_READ", default=1200),
    "write": env.int("RATE_LIMIT_WRITE", default=600),
    "run": env.int("RATE_LIMIT_RUN", default=1200),
    "hook": env.int("RATE_LIMIT_HOOK", default=120),
}
RATE_LIMIT_ADDRESS_FACTOR = env.int("RATE_LIMIT_ADDRESS_FACTOR", default=5)
SPECTACULAR_SETTINGS = api_description.SPECTACULAR

# --- Models ---------------------------------------------------------------------------------

OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="")
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="")
ANTHROPIC_MODEL = env.str("ANTHROPIC_MODEL", default="")
# Model servers in private networks are the rule for a house of one's own; not where
# strangers may enter addresses.
MODELS_PUBLIC_ONLY = env.bool("MODELS_PUBLIC_ONLY", default=False)
# Encrypts the keys that people enter on screen.
CREDENTIALS_KEY = env.str("CREDENTIALS_KEY", default="") or derived_key("credentials")

# --- Plug-ins -------------------------------------------------------------------------------

# Dotted paths, called at moments in the life of agents; docs/plugins.md.
AGENT_PLUGINS = env.list("AGENT_PLUGINS", default=[])
AGENT_AUDIT_FILE = env.str("AGENT_AUDIT_FILE", default="")
AGENT_NOTICE_URL = env.str("AGENT_NOTICE_URL", default="")
AGENT_NOTICE_MOMENTS = env.list(
    "AGENT_NOTICE_MOMENTS", default=["created", "failed", "paused", "retired"]
)

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# With a bucket, files lie in S3-compatible storage instead of MEDIA_ROOT.
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_OPTIONS = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
    "region_name": env.str("S3_REGION", default="us-east-1"),
    "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
    "location": env.str("S3_PREFIX", default=""),
    "addressing_style": env.str("S3_ADDRESSING", default="auto"),
}
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "core.s3.S3Files", "OPTIONS": S3_OPTIONS}
    if S3_BUCKET and not TESTING
    else {"BACKEND": "core.storage.WholeFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "missioncontrol.static.Storage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
MAX_UPLOAD_MB = env.int("MAX_UPLOAD_MB", default=25)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_UPLOAD_MB * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
# How large an asset of each kind may be, and how many pixels a picture may unfold to.
ASSET_LIMITS_MB = {
    "image": env.int("MAX_IMAGE_MB", default=20),
    "audio": env.int("MAX_AUDIO_MB", default=50),
    "document": MAX_UPLOAD_MB,
    "data": MAX_UPLOAD_MB,
}
IMAGE_MAX_PIXELS = env.int("MAX_IMAGE_PIXELS", default=40_000_000)
# How long a signed address of an asset holds, in seconds.
ASSET_ADDRESS_S = env.int("ASSET_ADDRESS_S", default=3600)

# --- Headers (Django's defaults give nosniff, same-origin referrers and opener, no frames) ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        # 'self' covers the sockets of the same host as well.
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- E-mail ---------------------------------------------------------------------------------

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    # Printed where the server prints, until there is somewhere to send it.
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="missioncontrol@localhost")

# --- Words and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# --- How long things are kept ---------------------------------------------------------------

# In days; 0 for good. What has only a technical meaning (sessions, receipts, tickets) goes by
# itself.
RETENTION_DAYS = {
    "activities": env.int("ACTIVITY_RETENTION_DAYS", default=0),
    "calls": env.int("CALL_RETENTION_DAYS", default=400),
    "steps": env.int("STEP_RETENTION_DAYS", default=180),
    "jobs": env.int("JOB_RETENTION_DAYS", default=180),
    "deliveries": env.int("DELIVERY_RETENTION_DAYS", default=30),
}

# --- What it tells --------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if EMBEDDED else "json")
LOGGING = logs.configuration(level=LOG_LEVEL, format=LOG_FORMAT)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL = 10
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = 10
