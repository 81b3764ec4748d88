#!/usr/bin/env python3
"""What is linked into the binary, in CycloneDX's form: the crates of Cargo.lock, with the features as built.

`cargo tree` leaves out what only builds or tests: build scripts' crates, procedural macros, dev-dependencies. Times and serial
numbers are left out too, so that the same commit gives the same file.

    packaging/sbom.py x86_64 > sbom.cdx.json
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
CHECKSUMS = {(crate["name"], crate["version"]): crate.get("checksum") for crate in LOCK["package"]}


def component(name: str, version: str, licence: str) -> dict:
    found = {"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version}
    if checksum := CHECKSUMS.get((name, version)):
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    found["licenses"] = [{"expression": " OR ".join(map(str.strip, licence.split("/")))}]
    if checksum:
        found["purl"] = f"pkg:cargo/{name}@{version}"
    return found


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def sbom(architecture: str) -> dict:
    target = f"{architecture.replace('arm64', 'aarch64')}-unknown-linux-gnu"
    tree = ["cargo", "tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro", "--no-dedupe"]
    components, needs, path = {}, {}, []
    for line in run(*tree, "--prefix", "depth", "--format", "|{p}|{l}").splitlines():
        depth, package, licence = line.split("|")
        name, version = package.split()[:2]
        found = component(name, version.removeprefix("v"), licence)
        ref = found["bom-ref"]
        components[ref], path = found, [*path[: int(depth)], ref]
        needs.setdefault(ref, set())
        if len(path) > 1:
            needs[path[-2]].add(ref)
    root = next(iter(components))
    std = component("std", run("rustc", "--version").split()[1], "MIT OR Apache-2.0")
    needs[root].add(std["bom-ref"])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "metadata": {"component": components.pop(root) | {"type": "application"}},
        "components": sorted([*components.values(), std], key=lambda it: it["bom-ref"]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(needs[ref])} for ref in sorted(needs)],
    }


if __name__ == "__main__":
    json.dump(sbom(sys.argv[1]), sys.stdout, indent=1)
    print()
