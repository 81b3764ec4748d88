#!/usr/bin/env bash
# What a zip must be for Lambda: `packaging/check.sh FILE.zip`.
set -euo pipefail
ZIP_BYTES_MAX=3600000
GLIBC_MAX=2.34 # Amazon Linux 2023 has it for as long as it lives.

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
python3 -m zipfile -e "$1" "$folder"
[[ $(ls "$folder") == bootstrap ]]
bytes=$(stat -c %s "$1")
glibc=$(readelf -V "$folder/bootstrap" | grep -o 'GLIBC_2[0-9.]*' | sort -uV | tail -1)
echo "CHECKED: ${1##*/}: $bytes bytes; $glibc; libraries $(readelf -d "$folder/bootstrap" | grep -o '\[lib.*\]' | tr '\n' ' ')"
((bytes <= ZIP_BYTES_MAX))
printf '%s\n' "$glibc" "GLIBC_$GLIBC_MAX" | sort -CV
# Where it was built says nothing to whoever runs it, and would make every machine's bytes others.
if grep --quiet --text --fixed-strings --regexp="$PWD/" --regexp="$HOME/" "$folder/bootstrap"; then
    echo "${1##*/} has a path of this machine in it" >&2
    exit 1
fi
