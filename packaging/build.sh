#!/usr/bin/env bash
# The zip of one architecture, x86_64 or arm64: the same bytes from the same commit, wherever and whenever it is built.
#
#     packaging/build.sh x86_64 FILE.zip
#
# Needs cargo-lambda and ziglang; for arm64 also `rustup target add aarch64-unknown-linux-gnu`.
set -euo pipefail
zip=$(realpath -m "$2")
cd "$(dirname "$0")/.."
source packaging/reproducible.sh
cargo lambda build --release --locked --skip-target-check --target "${1/arm64/aarch64}-unknown-linux-gnu"
# What `zipfile` is not told is the same each time: the date is 1980.
python3 - "${CARGO_TARGET_DIR:-target}/lambda/bootstrap/bootstrap" "$zip" <<'PY'
import sys, zipfile
binary, file = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap")
entry.external_attr = 0o755 << 16
with open(binary, "rb") as code, zipfile.ZipFile(file, "w") as archive:
    archive.writestr(entry, code.read(), zipfile.ZIP_DEFLATED, 9)
PY
