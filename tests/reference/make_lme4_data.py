"""Write sleepstudy.csv and cbpp.csv from the wheel of mixedlm, which bundles lme4's own data.

Run: pip download --no-deps -d /tmp/mx mixedlm==1.3.0 && python make_lme4_data.py /tmp/mx/mixedlm-*.whl
The checksums are those that mixedlm records for the CSV it made from lme4's .rda files
(github.com/lme4/lme4, commit 67d71b0e264bda95f22bdc3ec52261c5fc993d4a, lme4 2.1-0, GPL >= 2).
"""

import gzip
import hashlib
import sys
import zipfile
from pathlib import Path

CHECKSUMS = {
    "sleepstudy": "9c69c2a71b48397f9b92941b198ae34b2db14ec8ca5d96a20cd56790e867a2e7",
    "cbpp": "1a2c82ed41e8b4168d943848b61eebfe5d8a79af24e534c6551df0c41e1e17ba",
}

with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name, checksum in CHECKSUMS.items():
        text = gzip.decompress(wheel.read(f"mixedlm/datasets/data/{name}.csv.gz"))
        if hashlib.sha256(text).hexdigest() != checksum:
            raise SystemExit(f"{name}: the checksum differs from the recorded one")
        (Path(__file__).parent / f"{name}.csv").write_bytes(text)
