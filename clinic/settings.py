"""One file of settings. Everything a server may change comes from the environment.

Readers are strict: a malformed value stops the start with a sentence. Whatever the
service writes lies in the data folder (`DATA`, else `var/` beside `manage.py`).
"""

from pathlib import Path
from urllib.parse import quote

from celery.schedules import crontab

from clinic.running import environment, folder, production
from clinic.running.rest_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401  (Django reads them here)

BASE = Path(__file__).resolve().parent.parent
DATA = Path(environment.text("DATA", default=str(BASE / "var"))).resolve()
MAIL_FOLDER = DATA / "mail"
# What this host has sent, outside the database: it must not be put back with it.
MAIL_LEDGER: Path | None = Path(environment.text("MAIL_LEDGER", default=str(DATA / "mail_ledger"))).resolve()

DEBUG = environment.truth("DEBUG", default=False)
BASE_URL = production.base_url()
# One switch: where others can reach the service, everything below that keeps it safe comes on.
IS_OPEN = production.is_open_to_others(BASE_URL) and not DEBUG
if IS_OPEN:
    production.refuse_unless_fit(BASE_URL)
SECRET_KEY = environment.text("SECRET_KEY") or folder.secret_key(DATA)
# Earlier ones: what they signed and sealed is still read, nothing new is made with them.
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "scheduling.apps.Scheduling",
    "treatments.apps.Treatments",
    "clinic.apps.ClinicApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    # Files for the API browser.
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "clinic.web.request_log.request_log",
    "clinic.web.headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.web.language.language",
    "clinic.web.bounds.bounds",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.web.in_place.in_place",
    "clinic.web.desk.desk_errors.desk_errors",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"desk": "clinic.web.templatetags.desk"},
            "builtins": ["clinic.web.templatetags.parts"],
        },
    }
]

# --- data -------------------------------------------------------------------------------------
_SQLITE = {
    "ENGINE": "clinic.running.sqlite3",
    "NAME": DATA / "coursebook.sqlite3",
    # To open the file and read its schema takes longer than most questions.
    "CONN_MAX_AGE": environment.CONNECTION_SECONDS,
    "OPTIONS": {
        # IMMEDIATE takes the write lock at BEGIN: on SQLite the transaction is the lock.
        "transaction_mode": "IMMEDIATE",
        "timeout": environment.LOCK_SECONDS,
        # FULL: an acknowledged booking survives a power cut (promise 1).
        # Recursive: INSERT OR REPLACE asks the triggers of deletion for the row that it drops.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    },
}
DATABASES = {"default": environment.database("DATABASE_URL", sqlite=_SQLITE)}

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "day-sheet"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_HTTPONLY = True
# A working day: who comes the next morning signs in again.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.web.in_place.stale_form"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_OPEN
# A cookie of this prefix is taken from this host over HTTPS alone, whatever a neighbouring host sets.
COOKIE_PREFIX = "__Host-" if IS_OPEN else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", default=[BASE_URL] if IS_OPEN else [])

# --- the way here -----------------------------------------------------------------------------
# How many proxies of the operator's own stand in front. Only then is what they say of the client believed.
PROXIES = environment.whole_number("PROXIES", default=0, lowest=0, highest=5)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_SSL_REDIRECT = IS_OPEN
# Whoever asks how the service is stands behind the proxy and speaks no HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_OPEN else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.truth("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = False
# The other hosts of the clinic's domain are not ours to bind, nor the list in every browser: W005, W021.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer"

# Tries are counted in the database: every web process counts on, and none needs a broker for it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "coursebook_cache",
        # So many that nobody can push a count out by adding others.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
# How many of our own proxies add to X-Forwarded-For: without them it is a claim, not an address.
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
ACCOUNT_ADAPTER = "clinic.web.desk.signing_in.SigningIn"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Addresses are proven by an invitation or by the operator; a changed one by a link (clinic.access.accounts).
ACCOUNT_EMAIL_VERIFICATION = "none"
# The library's own such mail leads to a registration that does not exist; ours is ForgottenPassword's.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # Of the second factor too, with the account as the key.
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/5m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
_SIGN_IN_FORMS = "clinic.desk.account.signing_in_forms"
ACCOUNT_FORMS = {
    "login": f"{_SIGN_IN_FORMS}.SignIn",
    "reauthenticate": f"{_SIGN_IN_FORMS}.PasswordAgain",
    "change_password": f"{_SIGN_IN_FORMS}.ChangePassword",
    "reset_password": f"{_SIGN_IN_FORMS}.ForgottenPassword",
    "reset_password_from_key": f"{_SIGN_IN_FORMS}.NewPassword",
}
MFA_ADAPTER = "clinic.web.desk.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Coursebook"
# Browsers offer security keys on plain http to localhost alone: good for trying out.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_OPEN
MFA_FORMS = {
    "authenticate": f"{_SIGN_IN_FORMS}.SecondStep",
    "reauthenticate": f"{_SIGN_IN_FORMS}.CodeAgain",
    "activate_totp": f"{_SIGN_IN_FORMS}.FirstCode",
    "add_webauthn": f"{_SIGN_IN_FORMS}.NewSecurityKey",
    "edit_webauthn": f"{_SIGN_IN_FORMS}.SecurityKeyName",
}

# --- how much and how often -------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# A whole day is entered in one form: two hundred lines of a sheet, and who came without a time.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# No form takes a file.
DATA_UPLOAD_MAX_NUMBER_FILES = 0
SEARCHES_A_MINUTE = environment.whole_number("SEARCHES_A_MINUTE", default=120, lowest=1, highest=100_000)
KEY_REQUESTS_A_MINUTE = environment.whole_number(
    "KEY_REQUESTS_A_MINUTE", default=600, lowest=1, highest=1_000_000
)
FEED_FETCHES_A_MINUTE = environment.whole_number(
    "FEED_FETCHES_A_MINUTE", default=60, lowest=1, highest=100_000
)
UNKNOWN_LINKS_A_MINUTE = environment.whole_number(
    "UNKNOWN_LINKS_A_MINUTE", default=30, lowest=1, highest=100_000
)

# --- what the operator reads ------------------------------------------------------------------
LOGGING_CONFIG = "clinic.running.logs.configure"
LOGGING = {"as_json": environment.truth("LOG_JSON", default=IS_OPEN), "level": "INFO"}

# --- time and words ---------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
# The sources are English. What patients read is whole in every language here.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("nl", "Nederlands")]
# Those in which the desk is whole: a page in two languages serves nobody.
DESK_LANGUAGES = ["en-gb"]
LOCALE_PATHS = [BASE / "locale"]

# --- static files -----------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True

# --- broker and tasks -------------------------------------------------------------------------
BROKER_SOCKET = folder.broker_socket(DATA)
REDIS_URL = environment.text("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{quote(str(BROKER_SOCKET))}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for its broker however long that takes: the messages lie in the database.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# Its lines go the way of all others.
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
_MESSAGE_TICK = environment.whole_number("MESSAGE_TICK_SECONDS", default=30, lowest=1, highest=3600)
# None expires: that is judged by the clock of the worker's host. Each is safe to run twice, and soon done.
CELERY_BEAT_SCHEDULE = {
    "send due messages": {"task": "scheduling.send_due_messages", "schedule": _MESSAGE_TICK},
    "give back what was held": {"task": "scheduling.release_expired_holds", "schedule": 60},
    "offer to the next who waits": {"task": "scheduling.end_expired_offers", "schedule": 60},
    "seal audit trails": {"task": "scheduling.seal_audit_trails", "schedule": 60},
    "let go of what is past its time": {
        "task": "scheduling.retain_all",
        "schedule": crontab(hour=2, minute=30),
    },
}
# From then on pages and /readyz say that nobody looks for mail; and the crew starts its worker again.
MAIL_IS_LATE_AFTER_SECONDS = max(300, 2 * _MESSAGE_TICK)
WORKER_HANGS_AFTER_SECONDS = 120

# --- mail -------------------------------------------------------------------------------------
_MAIL_SERVER = environment.mail_server("EMAIL_URL", sink_port=folder.sink_port(DATA))
EMAIL_BACKEND = "scheduling.messages.mail_server.smtp.TellingBackend"
EMAIL_HOST = _MAIL_SERVER.host
EMAIL_PORT = _MAIL_SERVER.port
EMAIL_HOST_USER = _MAIL_SERVER.user
EMAIL_HOST_PASSWORD = _MAIL_SERVER.password
EMAIL_USE_TLS = _MAIL_SERVER.starttls
EMAIL_USE_SSL = _MAIL_SERVER.tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", default=production.DEFAULT_SENDER)
# The host in every calendar UID: fixed at install, for ever.
CALENDAR_HOST = environment.text("CALENDAR_HOST", default=production.DEFAULT_CALENDAR_HOST)

# --- REST -------------------------------------------------------------------------------------
