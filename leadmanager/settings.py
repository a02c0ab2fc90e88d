"""Settings of the whole product, in one file. What may be chosen from outside is read through `leadmanager.env`."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from leadmanager import embedded, env
from leadmanager.home import home_directory
from leadmanager.secret_files import read_or_create

BASE_DIR = Path(__file__).resolve().parent.parent
HOME_DIR = home_directory()

# ---- who may reach us ----

PORT = env.integer("PORT", 8000, minimum=1)
# Base of every link that leaves the house (mails, client kit). Unset: this machine only.
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
IS_PUBLIC = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *([urlsplit(PUBLIC_URL).hostname or ""] if PUBLIC_URL else []),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
DEBUG = env.flag("DEBUG")

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_PUBLIC
SECURE_HSTS_SECONDS = 31_536_000 if IS_PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PUBLIC
SECURE_HSTS_PRELOAD = IS_PUBLIC
# A proxy of our own stands before us, and what it writes about a request is believed: scheme, host, address.
IS_BEHIND_PROXY = env.flag("TRUSTED_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_PROXY else None
USE_X_FORWARDED_HOST = IS_BEHIND_PROXY
SESSION_COOKIE_SECURE = IS_PUBLIC
CSRF_COOKIE_SECURE = IS_PUBLIC
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# Who else than this machine may read /metrics: with a token set, whoever sends it as `Authorization: Bearer`.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# ---- secrets: environment, else files in LEADMANAGER_HOME ----

SECRET_KEY = read_or_create(HOME_DIR, "secret_key")
# API keys and intake tokens are found by HMAC under this key; changing it makes all of them unknown.
DIGEST_KEY = read_or_create(HOME_DIR, "digest_key")
# Newest first, comma-separated: the first encrypts, all decrypt.
ENCRYPTION_KEYS = [part.strip() for part in read_or_create(HOME_DIR, "encryption_keys").split(",") if part.strip()]

# ---- the database ----

DATABASE_URL = env.text("DATABASE_URL") or embedded.database_url(HOME_DIR)
# For LISTEN and the worker, which a transaction-pooling proxy cannot serve.
DATABASE_DIRECT_URL = env.text("DATABASE_DIRECT_URL") or DATABASE_URL
DATABASES = {"default": env.database(DATABASE_URL) | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
# Statements are prepared where the code asks for it (prepare=True), and nowhere else: hence a count never reached.
# None, Django's own default, would forbid it; that is for PgBouncer before 1.21.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
    1_000_000 if env.flag("DATABASE_PREPARED_STATEMENTS", default=True) else None
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- the pieces ----

INSTALLED_APPS = [
    "leadmanager.apps.LeadManagerConfig",
    "leadmanager.apps.LeadManagerAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "accounts.apps.AccountsConfig",
    "distribution.apps.DistributionConfig",
    "feedback.apps.FeedbackConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "leadmanager.middleware.content_security_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "leadmanager.machines.straight_to_view",  # what follows is for people
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadmanager.people_middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "leadmanager.people_middleware.CsrfViewMiddleware",
    "leadmanager.people_middleware.AuthenticationMiddleware",
    "leadmanager.middleware.language_and_time_zone",
    "leadmanager.people_middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

# Its check looks for Django's own class by name; ours is that class, left out only where no cookie opens anything.
SILENCED_SYSTEM_CHECKS = ["security.W003"]

ROOT_URLCONF = "leadmanager.urls"
WSGI_APPLICATION = "leadmanager.wsgi.application"

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
            ],
        },
    },
]

# ---- people ----

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
# A working day after the login; switching a user off or a new password ends it at once.
SESSION_COOKIE_AGE = env.integer("SESSION_HOURS", 12, minimum=1) * 3600

# ---- language: Hebrew unless somebody chose English ----

LANGUAGE_CODE = "he"
LANGUAGES = [("he", _("Hebrew")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "leadmanager" / "locale"]
FORMAT_MODULE_PATH = "leadmanager.formats"
TIME_ZONE = "Asia/Jerusalem"
USE_I18N = True
USE_TZ = True

# ---- static files ----

STATIC_URL = "/static/"
# Served by whitenoise from where the apps keep them: nothing has to be collected before a start.
WHITENOISE_USE_FINDERS = True

# ---- transmission ----

# Addresses that rules may reach although the address policy refuses them, as CIDR:port, for systems in the
# agency's own network. Metadata addresses stay refused whatever stands here.
TRANSMIT_ALLOWED_NETWORKS = env.words("TRANSMIT_ALLOWED_NETWORKS")
# Seconds before the 2nd, 3rd, ... attempt; about three days in all, jitter is added.
TRANSMIT_BACKOFF_S = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
# A destination whose attempts fail so often in a row, over at least so many seconds, is paused; then one delivery goes
# out to try it, after these pauses (the last one goes on), until it answers.
TRANSMIT_BREAKER_FAILURES = env.integer("TRANSMIT_BREAKER_FAILURES", 10, minimum=1)
TRANSMIT_BREAKER_AFTER_S = env.integer("TRANSMIT_BREAKER_AFTER_S", 60)
TRANSMIT_BREAKER_PROBE_S = [60, 120, 300, 600, 1_800]

# ---- mail ----

MAIL_SERVER = env.mail_server("EMAIL_URL", files=HOME_DIR / "mail")
EMAIL_BACKEND, EMAIL_FILE_PATH = MAIL_SERVER.backend, MAIL_SERVER.directory
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL_SERVER.uses_ssl, MAIL_SERVER.uses_starttls
DEFAULT_FROM_EMAIL = env.mail_sender("MAIL_FROM", "Lead Manager <leadmanager@localhost>")
EMAIL_TIMEOUT = 20  # seconds that one step of the conversation with the mail server may take
EMAIL_SUBJECT_PREFIX = ""

# For so many days the links in a mail take feedback about its lead.
FEEDBACK_LINK_DAYS = env.integer("FEEDBACK_LINK_DAYS", 180, minimum=1)

# ---- doors ----

# Of one API key, parts of batches included; 0 sets no limit (docs/decisions/0010-counting-requests.md).
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 6_000)

DATA_UPLOAD_MAX_MEMORY_SIZE = 8_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # the rule editor: 200 mappings of 20 fields, and the rest of the page
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "leadmanager.problems.problem_details",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lead Manager API",
    "VERSION": "1",
    "OAS_VERSION": "3.0.3",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}

PROCRASTINATE_ON_APP_READY = "leadmanager.worker.on_app_ready"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"tokens": {"()": "leadmanager.log_masking.MaskTokens"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}},  # else a line for each task registered and each job run
}
