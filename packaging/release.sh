#!/usr/bin/env bash
# The files of a release, in target/dist; what to say of it, in target/notes.md.
#
#     packaging/release.sh x86_64                 as .ci/run makes them of every change
#     packaging/release.sh --twice x86_64 arm64   each zip once more, from a clone in another folder with another CARGO_HOME
#
# Needs what build.sh and plain.py need.
set -euo pipefail
cd "$(dirname "$0")/.."
twice=no
if [[ ${1-} == --twice ]]; then
    twice=yes && shift
    git diff --quiet HEAD || { echo "what is not committed is not released" >&2 && exit 1; }
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
dist=${CARGO_TARGET_DIR:-$PWD/target}/dist
rm -rf "$dist" && mkdir -p "$dist"

for architecture; do
    name=resource-data-sync-$version-$architecture
    packaging/build.sh "$architecture" "$dist/$name.zip"
    packaging/check.sh "$dist/$name.zip"
    packaging/sbom.py "$architecture" >"$dist/$name.cdx.json"
done
packaging/plain.py >"$dist/resource-data-sync.yaml"
(cd "$dist" && sha256sum -- * >SHA256SUMS)
sed -n "/^## \[$version\]/,/^## \[/{//!p}" CHANGELOG.md >"$dist/../notes.md"

if [[ $twice == yes ]]; then
    again=$(mktemp -d)
    trap 'rm -rf "$again"' EXIT
    git clone --quiet --no-local . "$again/clone"
    for architecture; do
        zip=resource-data-sync-$version-$architecture.zip
        CARGO_TARGET_DIR=$again/target CARGO_HOME=$again/cargo "$again/clone/packaging/build.sh" "$architecture" "$again/$zip"
        cmp "$dist/$zip" "$again/$zip"
        echo "CHECKED: $zip: two builds, the same bytes"
    done
fi
