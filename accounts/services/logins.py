"""Slowing down the guessing of passwords, without locking anybody out for good.

Wrong passwords use up a store of attempts that fills again evenly: one for a user name from an address, and a larger
one for the address. What somebody else tries from elsewhere costs the user nothing. The stores are in PostgreSQL, so
that all processes and machines count together (GCRA: one time a store, at which it is full again).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.errors import TooManyLogins
from accounts.key_format import keyed_digest


@dataclass(frozen=True, kw_only=True)
class Pace:
    """So many attempts at once, and one more after each interval."""

    attempts: int
    interval: timedelta


OF_USER = Pace(attempts=5, interval=timedelta(minutes=1))
OF_ADDRESS = Pace(attempts=50, interval=timedelta(seconds=10))

# Two that come at once take one each: the row is locked while it is counted.
_TAKE = """
INSERT INTO accounts_loginpace AS pace (subject, full_at) VALUES (%(subject)s, %(now)s + %(interval)s)
ON CONFLICT (subject) DO UPDATE SET full_at = greatest(pace.full_at, %(now)s) + %(interval)s
WHERE greatest(pace.full_at, %(now)s) + %(interval)s <= %(now)s + %(window)s
RETURNING full_at
"""
_WAIT = "SELECT full_at + %(interval)s - (%(now)s + %(window)s) FROM accounts_loginpace WHERE subject = %(subject)s"
_FORGET = "DELETE FROM accounts_loginpace WHERE subject = %(subject)s OR full_at <= %(now)s"
_GIVE_BACK = "UPDATE accounts_loginpace SET full_at = full_at - %(interval)s WHERE subject = %(subject)s"


def take_attempt(*, username: str, address: str, now: datetime) -> None:
    """Count an attempt to log in, before the password is looked at.

    Raises `TooManyLogins`, with how long to wait, when there is none left.
    """
    for subject, pace in ((_address(address), OF_ADDRESS), (_user(username, address), OF_USER)):
        parameters: dict[str, Any] = {
            "subject": subject,
            "now": now,
            "interval": pace.interval,
            "window": pace.interval * pace.attempts,
        }
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, parameters)
            if cursor.fetchone() is None:
                cursor.execute(_WAIT, parameters)
                row = cursor.fetchone()
                raise TooManyLogins(wait=row[0] if row else pace.interval)


def give_back_attempt(*, username: str, address: str, now: datetime) -> None:
    """Count nothing for the right password: the user's store is full again, and the address has its attempt back."""
    address_back: dict[str, Any] = {"subject": _address(address), "interval": OF_ADDRESS.interval}
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, address_back)
        cursor.execute(_FORGET, {"subject": _user(username, address), "now": now})


def _user(username: str, address: str) -> bytes:
    return keyed_digest(f"login\0{username.casefold()}\0{address}")


def _address(address: str) -> bytes:
    return keyed_digest(f"login address\0{address}")
