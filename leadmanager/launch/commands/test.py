"""`./run test`: the whole suite, beside a running product if there is one, with a database and a home of its own."""

import secrets
import tempfile

from cryptography.fernet import Fernet

from leadmanager.launch.database import database
from leadmanager.launch.preparation import compile_catalogues
from leadmanager.launch.programs import CHECKOUT, Program

# The whole suite runs in as many processes as there are cores, a file as one piece, each with a database of its own.
WHOLE_SUITE = ["-n", "auto", "--dist", "loadfile"]


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`, the whole suite without any; its exit status is ours."""
    compile_catalogues(CHECKOUT)
    with database() as chosen, tempfile.TemporaryDirectory(prefix="leadmanager-test-") as home:
        environment = {
            "DATABASE_URL": chosen.owner_url,
            "DATABASE_DIRECT_URL": chosen.owner_url,
            "LEADMANAGER_HOME": home,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DIGEST_KEY": secrets.token_urlsafe(48),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }
        command = ("pytest", "--rootdir", str(CHECKOUT), *(arguments or WHOLE_SUITE))
        process = Program("pytest", command, environment).start(cwd=CHECKOUT)
        try:
            return process.wait()
        finally:
            process.terminate()  # when we were interrupted: it drops its database
            process.wait()
