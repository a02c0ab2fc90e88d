"""Compiled message catalogues: every .po gets its .mo, by Babel, when it has none or an older one."""

import os
from pathlib import Path

from leadmanager.launch.errors import LaunchError


def compile_catalogues(checkout: Path) -> None:
    """Compile what is stale; raises LaunchError when a catalogue cannot be read or written."""
    for source in sorted(checkout.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    unfinished = target.with_name(f".{target.name}.{os.getpid()}")  # a start beside us reads whole files only
    try:
        with source.open("rb") as po, unfinished.open("wb") as mo:
            write_mo(mo, read_po(po, abort_invalid=True))
        unfinished.replace(target)
    except PoFileError as error:
        unfinished.unlink()
        raise LaunchError(f"{source} cannot be read ({error}); mend that line.") from None
    except OSError as error:
        raise LaunchError(f"{target} cannot be written ({error.strerror}); make the checkout writable.") from None
