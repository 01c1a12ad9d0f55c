"""A file's bytes, wherever they lie: on disk, packed with gzip, or a member of a ZIP archive.

Nothing is ever unpacked to disk, so no name in an archive can lead anywhere. What unpacks to more than is
plausible is refused while it is being read.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

MOST_PACKED_BYTES = 1 << 30
MOST_TIMES = 200
FREELY_UNPACKED_BYTES = 32 << 20
"""A packed file may unpack to 1 GiB, to 200 times its size (text packs 5 to 20 times), and to 32 MiB in any case."""
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What the standard library raises for a damaged archive."""


class Refused(ValueError):
    """A file that is not read: what was found, what was expected, how to fix it."""

    def __init__(self, found: str, expected: str, fix: str) -> None:
        super().__init__(found)
        self.found, self.expected, self.fix = found, expected, fix


@dataclass(frozen=True)
class Blob:
    """One file to read. `name` is what messages call it: its path below the cohort's folder, and a member of an
    archive after the archive's own ("strava.zip/activities.csv")."""

    path: Path
    name: str
    member: str | None = None

    @property
    def suffix(self) -> str:
        """Lower-case suffix of what is inside, ".gz" aside: ".fit" for "a/1.fit.gz"."""
        name = PurePosixPath(self.member or self.path.name)
        return PurePosixPath(name.stem if self.is_gzip else name).suffix.lower()

    @property
    def is_gzip(self) -> bool:
        """Whether the name says so."""
        return (self.member or self.path.name).lower().endswith(".gz")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The unpacked bytes as a stream. Raises `OSError`, `Refused`, or one of `DAMAGED`."""
        if self.member is None:
            with self.path.open("rb") as file:
                yield _unpacked(file, self.path.stat().st_size) if self.is_gzip else file
            return
        with zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.member)
            if info.flag_bits & 1:
                raise Refused("a file with a password", "an archive without one", "unpack it, and pack it without")
            with archive.open(info) as packed:
                file = _Bounded(packed, info.compress_size)
                yield _unpacked(file, info.file_size) if self.is_gzip else file

    def read(self) -> bytes:
        """All of it. Raises as `open`."""
        with self.open() as file:
            return file.read()


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a packed file of its size plausibly holds."""

    def __init__(self, inner: BinaryIO, packed_bytes: int) -> None:
        self._inner = inner
        self._most = min(MOST_PACKED_BYTES, max(FREELY_UNPACKED_BYTES, MOST_TIMES * packed_bytes))
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(self._most - self._given + 1 if size is None or size < 0 else size)
        self._given += len(data)
        if self._given > self._most:
            raise Refused(
                f"a packed file that unpacks to more than {self._most >> 20} MiB",
                f"at most {MOST_TIMES} times its packed size, and 1 GiB",
                "unpack it yourself, look at what is in it, and name the files",
            )
        return data

    def readinto(self, buffer: bytearray) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _unpacked(file: BinaryIO, packed_bytes: int) -> BinaryIO:
    return _Bounded(gzip.GzipFile(fileobj=file), packed_bytes)


def find_blobs(folder: Path, pattern: str) -> list[Blob]:
    """The files below `folder` that a path or glob names, in the order of their names.

    A part that ends in .zip goes into that archive: "athlete_7/export.zip/activities/*.fit.gz". Raises one of `DAMAGED`
    for an archive that cannot be opened.
    """
    parts = PurePosixPath(pattern).parts
    at = next((i for i, part in enumerate(parts[:-1]) if part.lower().endswith(".zip")), None)
    if at is None:
        return [_on_disk(folder, path) for path in _matching(folder, pattern)]
    archives = _matching(folder, str(PurePosixPath(*parts[: at + 1])))
    inner = str(PurePosixPath(*parts[at + 1 :]))
    return [
        Blob(path, f"{path.relative_to(folder).as_posix()}/{member}", member)
        for path in archives
        for member in members(path)
        if fnmatchcase(member, inner)
    ]


def members(archive: Path) -> list[str]:
    """Names of the files in a ZIP archive; one without a name is none. Raises one of `DAMAGED`."""
    with zipfile.ZipFile(archive) as opened:
        return sorted(name for name in opened.namelist() if name and not name.endswith("/"))


def _on_disk(folder: Path, path: Path) -> Blob:
    return Blob(path, path.relative_to(folder).as_posix())


def _matching(folder: Path, pattern: str) -> list[Path]:
    exact = folder / pattern
    found = [exact] if exact.exists() else sorted(path for path in folder.glob(pattern) if path.is_file())
    top = folder.resolve()
    outside = [path for path in found if not path.resolve().is_relative_to(top)]
    if outside:
        name = outside[0].relative_to(folder).as_posix()
        raise Refused(f"{name}, a link out of the cohort's folder", "files in it", "copy the file into the folder")
    return found
