"""All settings, in one file; every value that differs between machines comes from the environment.

The variables are described in .env.example; a file .env beside manage.py may hold them, and the real
environment wins over it.
"""

import re
import shlex
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set the SECRET_KEY environment variable; it is empty")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "osce_cms.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_prose_editor",
    "django_filters",
    "mptt",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
    "accounts",
    "axes",
    "taxonomy",
    "structures",
    "pages",
    "press",
]

MIDDLEWARE = [
    "osce_cms.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # the last one
]

ROOT_URLCONF = "osce_cms.urls"
WSGI_APPLICATION = "osce_cms.wsgi.application"

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
                "pages.context_processors.navigation",
                "press.context_processors.sample",
            ],
            "libraries": {"reading": "osce_cms.reading"},
        },
    },
]

# Database. Requests are not wrapped in a transaction (ATOMIC_REQUESTS stays off): the tree lock would
# be held for a whole request, and on SQLite even a page view would hold the only write lock.

DATABASE_URL = env("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
ENGINE = DATABASES["default"].get("ENGINE", "")
if ENGINE == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that begins by reading cannot become a writer later without
        # "database is locked"; IMMEDIATE makes writers queue instead.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, not memory: the tests that use several processes need one.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}
elif ENGINE == "django.db.backends.postgresql":
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL := env("REDIS_URL", default=""):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "osce_cms",
        }
    }

# Language and time. Dates of releases are dates in Vienna, where the organisation sits.

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/Vienna"
USE_I18N = True
USE_TZ = True

# What one person submits another one publishes; a reason in writing is the way around it.
TWO_PERSONS = env.bool("TWO_PERSONS", default=True)

# Mail, which manage.py publish_due sends. Its links begin with SITE_URL: no request says where the site is.

EMAIL_URL = env("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
try:
    EMAIL = env.email_url_config(EMAIL_URL)
except (ImproperlyConfigured, ValueError):
    EMAIL = {}
if not EMAIL or (EMAIL_URL.startswith("smtp") and not EMAIL["EMAIL_HOST"]):
    raise ImproperlyConfigured("EMAIL_URL must be as smtp+tls://user:password@host:587")
vars().update(EMAIL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="press@localhost")
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
if SITE_URL and not SITE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("SITE_URL must be as https://press.example.org")
# How long before its public time the people named at a release are told.
minutes = env("REMINDER_LEAD", default="60")
if not re.fullmatch("[1-9][0-9]{0,4}", minutes):
    raise ImproperlyConfigured("REMINDER_LEAD must be a number of minutes from 1 to 99999, as 60")
REMINDER_LEAD = timedelta(minutes=int(minutes))

# Signing in: see accounts/ and docs/operators.md.


def whole_number(name, default, smallest, largest):
    given = env(name, default=default)
    if not re.fullmatch("[0-9]{1,4}", given) or not smallest <= int(given) <= largest:
        raise ImproperlyConfigured(f"{name} must be a whole number from {smallest} to {largest}")
    return int(given)


AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # the first one: it only refuses
    "osce_cms.backends.OneQuestionBackend",
    "press.desks.DeskBackend",
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
# What is asked for after the password: nothing, a second factor of whoever has set one up, or one of all.
SECOND_FACTOR = env("SECOND_FACTOR", default="optional")
if SECOND_FACTOR not in ("off", "optional", "required"):
    raise ImproperlyConfigured("SECOND_FACTOR must be off, optional or required")
# How many proxies stand in front, each of which adds the address it saw to X-Forwarded-For.
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", "0", 0, 9)
# Hours after which a session ends: in any case, and when nothing was asked for.
SESSION_COOKIE_AGE = whole_number("SESSION_HOURS", "12", 1, 720) * 60 * 60
SESSION_IDLE_AGE = whole_number("SESSION_IDLE_HOURS", "4", 1, 720) * 60 * 60
SIGN_INS_KEPT = timedelta(days=90)

OTP_TOTP_ISSUER = "OSCE press releases"
OTP_WEBAUTHN_RP_NAME = OTP_TOTP_ISSUER
OTP_WEBAUTHN_HELPER_CLASS = "accounts.passkeys.Helper"
OTP_WEBAUTHN_RP_ID_CALLABLE = "accounts.passkeys.relying_party_id"
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
# The helper knows the origin from SITE_URL or the request.
SILENCED_SYSTEM_CHECKS = ["otp_webauthn.E030"]

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# By the pair, so that nobody can lock somebody else out from everywhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.address.network_of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.page"
# Codes are no passwords by name; the rest is nobody's business.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "credential", "csrfmiddlewaretoken"]
# Our own table, accounts.SignIn, is the record.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Files

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads are private: they have no address of their own, press.files asks public() first.
MEDIA_ROOT = env("MEDIA_ROOT", default="") or str(BASE_DIR / "media")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o640},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The largest file that an editor may upload. What stands in front lets bodies of more than that through:
# see client_max_body_size in deploy/nginx.conf.
megabytes = env("UPLOAD_MAX_MB", default="20")
if not re.fullmatch("[1-9][0-9]{0,3}", megabytes):
    raise ImproperlyConfigured("UPLOAD_MAX_MB must be a number of megabytes from 1 to 9999, as 20")
UPLOAD_MAX_MB = int(megabytes)
UPLOAD_MAX_BYTES = UPLOAD_MAX_MB * 1_000_000
# What is asked about each upload before it is stored; it reads the file on stdin. See docs/operators.md.
try:
    UPLOAD_SCANNER = shlex.split(env("UPLOAD_SCANNER", default=""))
except ValueError as half:
    raise ImproperlyConfigured("UPLOAD_SCANNER must be a command, as clamdscan -") from half
FILE_UPLOAD_HANDLERS = [
    "osce_cms.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Security

SECURE_SSL = env.bool("SECURE_SSL", default=not DEBUG)
SECURE_SSL_REDIRECT = SECURE_SSL
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL
SECURE_HSTS_PRELOAD = SECURE_SSL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SSL else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "press.admin.given_back.csrf_failure"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = {
    feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb")
}

LOG_LEVEL = env("LOG_LEVEL", default="WARNING")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "osce_cms.logs.WithoutTokens"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_tokens"],
        },
        "nowhere": {"class": "logging.NullHandler"},
    },
    # Somebody who asks for a host that is not ours gets 400; a traceback for each would fill the log.
    "loggers": {
        "django": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
