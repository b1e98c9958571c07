"""The settings under test: the product's own, in a folder of this run, with cheap passwords and disks."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Each process of a parallel run has a folder of its own; nothing is ever written to var/.
_folder = tempfile.mkdtemp(prefix="coursebook-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA"] = _folder

from build.catalogues import compile_stale  # noqa: E402  (as below)

# As installing does: a test may be run by hand.
compile_stale()

from clinic.settings import *  # noqa: E402, F403  (the folder must be named before the settings are read)
from clinic.settings import DATABASES, STATIC_ROOT  # noqa: E402  (as above)

STATIC_ROOT.mkdir()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
REDIS_URL = ""

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: rival threads need a database that they can share.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "test.sqlite3")}
    said = DATABASES["default"]["OPTIONS"]["init_command"]
    DATABASES["default"]["OPTIONS"]["init_command"] = said.replace("synchronous=FULL", "synchronous=OFF")
