"""Pseudonyms: a keyed hash of the id in the files. Without the key nobody can tell which id it was."""

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

import pandas as pd

from analysis.errors import HiprunError, InputError

KEY_FILE = ".hiprun_key"
_ATHLETE_DIGITS, _RECORD_DIGITS, _RATER_DIGITS = 10, 20, 6


def read_key(data: Path) -> bytes:
    """The secret of this data folder, from `data`/.hiprun_key; made at first use, readable by its owner only.

    Raises `InputError` where it can be neither read nor made, or is empty.
    """
    path = data / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise InputError(
            f"{path}: found no key that can be read or made ({error.strerror}); expected the secret of the pseudonyms. "
            "Fix: make the folder writable."
        ) from error
    if len(key) < 16:
        raise InputError(
            f"{path}: found {len(key)} bytes; expected a secret of 16 or more. "
            "Fix: restore it from a backup, or delete it for new pseudonyms."
        )
    return key


def _make_key(path: Path) -> None:
    """Write the whole key beside, then link it into place: two runs at once end with one key."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{KEY_FILE}.")  # mode 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            return  # another run was first: its key is the one to use
    finally:
        beside.unlink(missing_ok=True)


def key_fingerprint(key: bytes) -> str:
    """What tells two keys apart without telling either: 8 hex digits of a keyed hash."""
    return pseudonym("hiprun key", key, "", 8)


def pseudonym(raw_id: str, key: bytes, prefix: str, digits: int) -> str:
    """`prefix` and the first hex digits of HMAC-SHA256 (RFC 2104) of the id under the key."""
    return prefix + hmac.new(key, raw_id.encode("utf-8"), hashlib.sha256).hexdigest()[:digits]


def athlete_pseudonyms(ids: pd.Series, key: bytes) -> dict[str, str]:
    """Id in the files -> pseudonym, "a" and 10 hex digits. Raises `HiprunError` if two ids get the same."""
    return _all_different({i: pseudonym(i, key, "a", _ATHLETE_DIGITS) for i in ids.unique()})


def record_pseudonyms(ids: pd.Series, key: bytes, prefix: str) -> dict[str, str]:
    """Id of a session, entry or injury -> pseudonym: an activity's number leads to its public page."""
    return _all_different({i: pseudonym(i, key, prefix, _RECORD_DIGITS) for i in ids.unique()})


def rater_pseudonyms(names: pd.Series, key: bytes) -> dict[str, str]:
    """Name or initials of who tested -> pseudonym: who works where leads to a clinic and its patients."""
    return _all_different({n: pseudonym(n, key, "r", _RATER_DIGITS) for n in names.dropna().unique()})


def _all_different(made: dict[str, str]) -> dict[str, str]:
    if len(set(made.values())) < len(made):
        raise HiprunError(
            "pseudonyms: found two ids with one pseudonym; expected all different. Fix: use another pseudonym_key."
        )
    return made
