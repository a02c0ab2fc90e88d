"""`./run faults [quick] [name ...]`: the product under real faults, in temporary homes; a line of JSON per scenario."""

import os

from leadmanager.launch.programs import CHECKOUT, Program


def main(arguments: list[str]) -> int:
    """Run the fault suite with `arguments`; its exit status is ours."""
    os.chdir(CHECKOUT)
    process = Program("faults", ("tests.faults", *arguments)).start()
    try:
        return process.wait()
    finally:
        process.terminate()  # when we were interrupted: it ends what it started
        process.wait()
