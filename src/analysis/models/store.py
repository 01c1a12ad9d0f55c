"""A `Fit` on disk: its frames as Parquet, all else as JSON, without loss.

A folder holds `fit.json`, `<field>.parquet` for each frame or series, `<field>_<n>.parquet` for the frames of a
tuple, and `satterthwaite.parquet` with the arrays behind the degrees of freedom, end to end in C order (their shapes
are in the JSON). `fit.json` is plain JSON: numbers that are not finite are written as "nan", "inf" or "-inf" in an
object of their own.
"""

import json
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_object_dtype

from analysis.errors import HiprunError
from analysis.models.protocol import Satterthwaite
from analysis.models.result import Fit
from analysis.models.robust import ClusterRobust

FORMAT = 1
RECORD = "fit.json"
_DF_KINDS = {kind.__name__: kind for kind in (Satterthwaite, ClusterRobust)}
_FIELDS = tuple(field.name for field in fields(Fit))
_UNREADABLE = (OSError, pa.ArrowException, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class _Part:
    """What a field becomes: its entry in the JSON and the frames (file stem to frame) beside it."""

    entry: object
    frames: dict[str, pd.DataFrame]


def save_fit(fit: Fit, folder: Path | str) -> Path:
    """Write a fit into a folder, whole or not at all, and give the folder back.

    Everything is written into a hidden folder beside it, read back, compared with `fit` and only then renamed. A
    saved fit that is there already is replaced; if the process is killed between the two renames that takes, both are
    still in the hidden folder (`.<name>.…`).

    Parameters
    ----------
    fit : Fit
        One that did not converge too.
    folder : Path or str
        A new or empty folder, or one that holds a saved fit.

    Raises
    ------
    HiprunError
        The folder holds something else or cannot be written; the fit has what Parquet cannot hold without loss (an
        index of mixed types, say).
    """
    folder = Path(folder)
    _check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as parent:
            beside = Path(parent) / folder.name
            beside.mkdir()
            _write(fit, beside)
            _check_lossless(fit, beside)
            _swap(beside, folder)
    except (OSError, pa.ArrowException, ValueError, TypeError) as error:
        raise HiprunError(f"save_fit: cannot write the fit to {folder}: {error}") from error
    return folder


def read_fit(folder: Path | str) -> Fit:
    """The fit that `save_fit` wrote into `folder`: every field equal, so that `contrast` and the rest go on with it.

    Raises
    ------
    HiprunError
        No saved fit is there, it is of another format version, or a file of it is missing or damaged.
    """
    folder = Path(folder)
    record = _record(folder)
    if record.get("format") != FORMAT:
        raise HiprunError(
            f"{folder / RECORD}: found format {record.get('format')!r}, expected {FORMAT}. Fit and save again with "
            "this version of hiprun."
        )
    entries = record.get("fields")
    if not isinstance(entries, dict) or set(entries) != set(_FIELDS):
        odd = sorted(set(_FIELDS) ^ set(entries if isinstance(entries, dict) else {}))
        raise HiprunError(f"{folder / RECORD}: the fields {', '.join(odd)} are missing or unknown. Fit and save again.")
    return Fit(**{name: _decoded(name, entry, folder) for name, entry in entries.items()})


def differing_fields(one: Fit, other: Fit) -> list[str]:
    """The fields in which two fits differ: exactly, NaN equal to NaN, with dtypes and index."""
    return [name for name in _FIELDS if not _same(getattr(one, name), getattr(other, name))]


def _check_target(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).is_file():
        raise HiprunError(f"save_fit: {folder} holds other files, expected a new folder or a saved fit. Name another.")
    if folder.exists() and not folder.is_dir():
        raise HiprunError(f"save_fit: {folder} is a file, expected a folder. Name another.")


def _write(fit: Fit, folder: Path) -> None:
    entries = {}
    for name in _FIELDS:
        part = _encoded(name, getattr(fit, name))
        entries[name] = part.entry
        for stem, frame in part.frames.items():
            frame.to_parquet(folder / f"{stem}.parquet")
    text = json.dumps({"format": FORMAT, "fields": entries}, indent=1, allow_nan=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def _check_lossless(fit: Fit, folder: Path) -> None:
    different = differing_fields(fit, read_fit(folder))
    if different:
        raise HiprunError(
            f"save_fit: {', '.join(different)} of the fit cannot be stored without loss; expected columns and an "
            "index of one plain type each. Fit a frame after `.reset_index(drop=True)`."
        )


def _swap(beside: Path, folder: Path) -> None:
    """Rename `beside` to `folder`; what was there is moved into the parent of `beside`, which is thrown away."""
    if folder.exists():
        folder.rename(beside.with_name("old"))
    beside.rename(folder)


def _record(folder: Path) -> dict:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise HiprunError(f"read_fit: no {RECORD} in {folder}; expected a folder that save_fit wrote.") from error
    except (OSError, ValueError) as error:
        raise HiprunError(f"{folder / RECORD}: cannot be read: {error}. Fit and save again.") from error
    if not isinstance(record, dict):
        raise HiprunError(f"{folder / RECORD}: found {type(record).__name__}, expected an object. Fit and save again.")
    return record


def _encoded(name: str, value: object) -> _Part:
    if isinstance(value, pd.DataFrame):
        return _Part({"frame": name, **_kinds(value)}, {name: value})
    if isinstance(value, pd.Series):
        # A series may have a name that is no text, or none; in the file its one column is "value".
        frame = value.to_frame("value")
        return _Part({"series": name, "name": _plain(value.name), **_kinds(frame)}, {name: frame})
    if isinstance(value, tuple) and value and isinstance(value[0], pd.DataFrame):
        parts = [_encoded(f"{name}_{at}", frame) for at, frame in enumerate(value)]
        frames = {stem: frame for part in parts for stem, frame in part.frames.items()}
        return _Part({"frames": [part.entry for part in parts]}, frames)
    kind = type(value).__name__
    if kind in _DF_KINDS:
        arrays = {field.name: np.asarray(getattr(value, field.name)) for field in fields(value)}
        flat = pd.DataFrame({"value": np.concatenate([array.ravel() for array in arrays.values()])})
        return _Part({"kind": kind, "shapes": {key: list(a.shape) for key, a in arrays.items()}}, {name: flat})
    return _Part(_plain(value), {})


def _decoded(name: str, entry: object, folder: Path) -> object:
    try:
        if not isinstance(entry, dict):
            return _from_plain(entry)
        if "frame" in entry:
            return _frame(folder, entry["frame"], entry)
        if "series" in entry:
            return _frame(folder, entry["series"], entry)["value"].rename(_from_plain(entry["name"]))
        if "frames" in entry:
            return tuple(_frame(folder, one["frame"], one) for one in entry["frames"])
        if "kind" in entry:
            return _df_numbers(pd.read_parquet(folder / f"{name}.parquet")["value"].to_numpy(), entry)
        return _from_plain(entry)
    except _UNREADABLE as error:
        raise HiprunError(
            f"read_fit: {name!r} of the fit in {folder} is missing or damaged: {error}. Fit and save again."
        ) from error


def _kinds(frame: pd.DataFrame) -> dict[str, object]:
    """What Parquet does not tell: which columns are of dtype object, and the index's type and frequency."""
    objects = [column for column, dtype in frame.dtypes.items() if is_object_dtype(dtype)]
    index = frame.index
    return {
        "objects": objects,
        "object_index": not isinstance(index, pd.MultiIndex) and is_object_dtype(index.dtype),
        "freq": index.freqstr if isinstance(index, pd.DatetimeIndex) else None,
    }


def _frame(folder: Path, stem: str, kinds: dict) -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{stem}.parquet")
    frame = frame.astype(dict.fromkeys(kinds["objects"], object))
    if kinds["object_index"]:
        frame.index = frame.index.astype(object)
    if kinds["freq"]:
        frame.index = pd.DatetimeIndex(frame.index, freq=kinds["freq"])
    return frame


def _df_numbers(flat: np.ndarray, entry: dict) -> Satterthwaite | ClusterRobust:
    ends = np.cumsum([int(np.prod(shape)) for shape in entry["shapes"].values()])
    if ends[-1] != len(flat):
        raise ValueError(f"found {len(flat)} numbers, expected {ends[-1]}")
    parts = zip(entry["shapes"].items(), np.split(flat, ends[:-1]), strict=True)
    return _DF_KINDS[entry["kind"]](**{key: part.reshape(shape) for (key, shape), part in parts})


def _plain(value: object) -> object:
    """A scalar, tuple or dict with text keys as JSON; a tuple is a JSON array."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"not_finite": str(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {"pairs": [[key, _plain(one)] for key, one in value.items()]}
    return value


def _from_plain(entry: object) -> object:
    if isinstance(entry, list):
        return tuple(_from_plain(one) for one in entry)
    if isinstance(entry, dict) and "not_finite" in entry:
        return float(entry["not_finite"])
    if isinstance(entry, dict):
        return {key: _from_plain(one) for key, one in entry["pairs"]}
    return entry


def _same(one: object, other: object) -> bool:
    if type(one) is not type(other) and not (isinstance(one, float) and isinstance(other, float)):
        return False
    if isinstance(one, pd.DataFrame):
        return _same_index(one.columns, other.columns) and _same_index(one.index, other.index) and one.equals(other)
    if isinstance(one, pd.Series):
        return one.name == other.name and _same_index(one.index, other.index) and one.equals(other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_same, one.values(), other.values()))
    if type(one).__name__ in _DF_KINDS:
        pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
        return all(a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in pairs)
    return bool(one == other) or (isinstance(one, float) and np.isnan(one) and np.isnan(other))


def _same_index(one: pd.Index, other: pd.Index) -> bool:
    frequencies = [getattr(index, "freq", None) for index in (one, other)]
    return one.identical(other) and frequencies[0] == frequencies[1]
