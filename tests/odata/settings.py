"""Just enough of Django for the OData package alone: `pytest tests/odata --ds=tests.odata.settings`."""

from leadmanager import env

SECRET_KEY = "tests only"
DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
INSTALLED_APPS: list[str] = []
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "he"
LANGUAGES = [("he", "Hebrew"), ("en", "English")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.odata.shop.declaration"
