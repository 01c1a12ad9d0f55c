"""Hashes that say whether a result still belongs to its inputs, parameters, code and libraries."""

import hashlib
import importlib.metadata
import json
import platform
import re
from pathlib import Path


def digest(value: object) -> str:
    """The sha256 of a JSON-able value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file_digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def input_digests(folder: Path) -> dict[str, str]:
    """Relative path and sha256 of every file in a cohort's raw folder; hidden files are left out.

    `truth.json` (what a simulated cohort was made from) is no input of an analysis and left out too.
    """
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "truth.json" and not _hidden(path.relative_to(folder))
    }


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)


def code_digest(package: Path) -> str:
    """One hash over the package's own files, whether from a checkout or a wheel.

    Notebooks are left out: each stage carries the hash of its own.
    """
    files = {
        path.relative_to(package).as_posix(): file_digest(path)
        for path in sorted(package.rglob("*"))
        if path.is_file() and not {"__pycache__", "notebooks"} & set(path.relative_to(package).parts)
    }
    return digest(files)


def versions() -> dict[str, str]:
    """The installed version of hiprun and of each library it names, with Python's own."""
    try:
        wanted = importlib.metadata.requires("hiprun") or []
    except importlib.metadata.PackageNotFoundError:
        return {"python": platform.python_version()}
    names = ["hiprun", *(re.match(r"[A-Za-z0-9._-]+", w)[0] for w in wanted if "extra ==" not in w)]
    found = {name: importlib.metadata.version(name) for name in sorted(names)}
    return {"python": platform.python_version(), **found}
