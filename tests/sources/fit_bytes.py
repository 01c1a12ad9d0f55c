"""FIT files written by hand: messages as the FIT protocol lays them out, to test reading them."""

import datetime as dt
import struct

from fitdecode.utils import compute_crc

EPOCH = dt.datetime(1989, 12, 31, tzinfo=dt.UTC)
FORMS = {"enum": (0x00, "B"), "u8": (0x02, "B"), "u16": (0x84, "H"), "u32": (0x86, "I")}
MESSAGES = {
    "file_id": (0, {"type": (0, "enum")}),
    "session": (
        18,
        {
            "timestamp": (253, "u32"),
            "start_time": (2, "u32"),
            "sport": (5, "enum"),
            "sub_sport": (6, "enum"),
            "total_elapsed_time": (7, "u32"),
            "total_timer_time": (8, "u32"),
            "total_distance": (9, "u32"),
            "avg_heart_rate": (16, "u8"),
            "max_heart_rate": (17, "u8"),
            "total_ascent": (22, "u16"),
            "max_speed": (15, "u16"),
            "enhanced_max_speed": (125, "u32"),
        },
    ),
    "record": (20, {"timestamp": (253, "u32"), "distance": (5, "u32"), "heart_rate": (3, "u8")}),
    "event": (21, {"timestamp": (253, "u32"), "event": (0, "enum"), "event_type": (1, "enum")}),
    "activity": (34, {"timestamp": (253, "u32"), "local_timestamp": (5, "u32")}),
}
ACTIVITY, COURSE, WEIGHT = 4, 6, 9
RUNNING, CYCLING, TRAIL = 1, 2, 3
START, STOP = 0, 4


def stamp(text: str) -> int:
    """Seconds of FIT time of an instant such as 2026-02-03T07:15:00+00:00."""
    return int((dt.datetime.fromisoformat(text) - EPOCH).total_seconds())


def message(name: str, **values: int) -> bytes:
    """A definition and a message with these raw values."""
    number, fields = MESSAGES[name]
    laid = [(fields[key][0], *FORMS[fields[key][1]], value) for key, value in values.items()]
    definition = struct.pack("<BBBHB", 0x40, 0, 0, number, len(laid))
    definition += b"".join(struct.pack("BBB", n, struct.calcsize(form), base) for n, base, form, _ in laid)
    return definition + b"\0" + b"".join(struct.pack("<" + form, value) for _, _, form, value in laid)


def fit(*messages: bytes) -> bytes:
    """A whole FIT file: header, messages, checksum."""
    body = b"".join(messages)
    head = struct.pack("<BBHI4s", 14, 0x10, 2100, len(body), b".FIT")
    head += struct.pack("<H", compute_crc(head))
    return head + body + struct.pack("<H", compute_crc(head + body))
