"""OLE compound files, in which an .xls lies as one stream: that stream read, and packed again with nothing else.

After [MS-CFB]; sectors of macros and previews are never looked at.
"""

import struct

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE, _FAT_SECTOR, _DIFAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
_END_OF_CHAIN = 0xFFFFFFF8
_NAMES = ("Workbook", "Book")
_MINI_STREAM_BELOW, _MINI_SECTOR = 4096, 64
_HEADER_ENTRIES = 109
_SMALL, _LARGE = 512, 4096
_EACH = _SMALL // 4


def workbook_stream(data: bytes) -> bytes:
    """The stream of the workbook. Raises `ValueError`, `LookupError` or `struct.error` where there is none."""
    sector = 1 << min(_u16(data, 30), 16)
    if sector not in (_SMALL, _LARGE):
        raise ValueError("no compound file")
    fat = _fat(data, sector)
    directory = _chained(data, fat, _u32(data, 48), sector, sector)
    entries = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
    by_name = {e[: max(_u16(e, 64) - 2, 0)].decode("utf-16-le", "replace"): e for e in reversed(entries)}
    entry = next((by_name[name] for name in _NAMES if name in by_name), None)
    if entry is None:
        raise ValueError("a compound file without a workbook")
    start, size = _u32(entry, 116), _u32(entry, 120)
    if size >= _MINI_STREAM_BELOW:
        return _chained(data, fat, start, sector, sector)[:size]
    mini = _chained(data, fat, _u32(entries[0], 116), sector, sector)
    table = _numbers(_chained(data, fat, _u32(data, 60), sector, sector))
    return _chained(mini, table, start, _MINI_SECTOR, 0)[:size]


def compound(stream: bytes) -> bytes:
    """A compound file of 512-byte sectors whose only stream is "Workbook": the stream, its directory, the table of
    sectors, and the list of that table's own sectors as far as the header does not hold it."""
    stream = stream.ljust(_MINI_STREAM_BELOW, b"\0")
    n = -(-len(stream) // _SMALL)
    n_fat = -(-(n + 4) // (_EACH - 2))
    n_more = -(-max(n_fat - _HEADER_ENTRIES, 0) // (_EACH - 1))
    chain = [*range(1, n), _END, _END, *[_FAT_SECTOR] * n_fat, *[_DIFAT_SECTOR] * n_more]
    chain += [_FREE] * (n_fat * _EACH - len(chain))
    fat_at, more_at = list(range(n + 1, n + 1 + n_fat)), n + 1 + n_fat
    fat_at += [_FREE] * (_HEADER_ENTRIES + n_more * (_EACH - 1) - n_fat)
    entries = [_entry("Root Entry", 5, 1, _END, 0), _entry("Workbook", 2, _FREE, 0, len(stream))]
    header = _MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    first_more = more_at if n_more else _END
    header += struct.pack("<IIIIIIIII", 0, n_fat, n, 0, _MINI_STREAM_BELOW, _END, 0, first_more, n_more)
    more = b""
    for i in range(n_more):
        start = _HEADER_ENTRIES + i * (_EACH - 1)
        following = more_at + i + 1 if i + 1 < n_more else _END
        more += _packed([*fat_at[start : start + _EACH - 1], following])
    parts = (stream.ljust(n * _SMALL, b"\0"), b"".join(entries).ljust(_SMALL, b"\0"), _packed(chain), more)
    return header + _packed(fat_at[:_HEADER_ENTRIES]) + b"".join(parts)


def _packed(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    fields = struct.pack("<HBBIII36xIQ", len(text), kind, 1, _FREE, _FREE, child, start, size)
    return text.ljust(64, b"\0") + fields


def _fat(data: bytes, sector: int) -> list[int]:
    """Sector -> the one that follows it."""
    places = list(struct.unpack_from(f"<{_HEADER_ENTRIES}I", data, 76))
    more, n_more = _u32(data, 68), _u32(data, 72)
    for _ in range(min(n_more, len(data) // sector)):
        if more >= _END_OF_CHAIN:
            break
        numbers = _numbers(data[(more + 1) * sector : (more + 2) * sector])
        places += numbers[:-1]
        more = numbers[-1]
    inside = [p for p in places if p < len(data) // sector]
    return [n for place in inside for n in _numbers(data[(place + 1) * sector : (place + 2) * sector])]


def _chained(data: bytes, following: list[int], at: int, sector: int, offset: int) -> bytes:
    parts, seen = [], 0
    while at < _END_OF_CHAIN:
        parts.append(data[offset + at * sector : offset + (at + 1) * sector])
        at, seen = following[at], seen + 1
        if seen > len(following):
            raise ValueError("a chain of sectors that goes round in circles")
    return b"".join(parts)


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _u16(data: bytes, at: int) -> int:
    return struct.unpack_from("<H", data, at)[0]


def _u32(data: bytes, at: int) -> int:
    return struct.unpack_from("<I", data, at)[0]
