#!/usr/bin/env python3
"""Is the zip one that `provided.al2023` can run, and no larger than it was?

packaging/check.py target/lambda/bootstrap/bootstrap.zip --bytes-max 3300000
"""

import argparse
import hashlib
import io
import re
import stat
import sys
import zipfile
from pathlib import Path

from elftools.elf.elffile import ELFFile

# Amazon Linux 2023 has glibc 2.34 for as long as it lives.
GLIBC_MAX = (2, 34)
MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "arm64"}
# What the runtime's image has. A TLS library, say, would be looked for in vain.
LIBRARIES = {
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
}


def needs(binary: bytes) -> tuple[str, set[str], set[tuple[int, ...]]]:
    """The machine, the libraries, and the versions of glibc whose symbols a binary asks for."""
    elf = ELFFile(io.BytesIO(binary))
    libraries = {tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")}
    versions = set()
    section = elf.get_section_by_name(".gnu.version_r")
    for _, wanted in section.iter_versions() if section else ():
        for version in wanted:
            if match := re.fullmatch(r"GLIBC_(\d+(?:\.\d+)*)", version.name):
                versions.add(tuple(map(int, match[1].split("."))))
    return MACHINES.get(elf["e_machine"], elf["e_machine"]), libraries, versions


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zip", type=Path)
    parser.add_argument("--bytes-max", type=int, required=True)
    parser.add_argument("--same-as", type=Path, help="another copy of the binary, that has to be the same")
    arguments = parser.parse_args()

    faults = []
    size = arguments.zip.stat().st_size
    with zipfile.ZipFile(arguments.zip) as archive:
        entries = archive.infolist()
        if [entry.filename for entry in entries] != ["bootstrap"]:
            faults.append(f"the zip holds {[entry.filename for entry in entries]}, not bootstrap alone")
        mode = entries[0].external_attr >> 16
        if not mode & stat.S_IXOTH:
            faults.append(f"bootstrap can't be executed by everybody: mode {stat.filemode(mode)}")
        binary = archive.read("bootstrap")
    machine, libraries, versions = needs(binary)
    newest = max(versions, default=())
    dotted = ".".join(map(str, newest))
    digest = hashlib.sha256(binary).hexdigest()
    print(f"{arguments.zip}: {size:,} bytes, {len(binary):,} unpacked, {machine}, glibc {dotted}, sha256 {digest}")
    if size > arguments.bytes_max:
        faults.append(f"{size:,} bytes are more than {arguments.bytes_max:,}")
    if newest > GLIBC_MAX:
        faults.append(f"glibc {dotted} is newer than the runtime's {'.'.join(map(str, GLIBC_MAX))}")
    if foreign := libraries - LIBRARIES:
        faults.append(f"the runtime may not have {', '.join(sorted(foreign))}")
    if arguments.same_as and arguments.same_as.read_bytes() != binary:
        faults.append(f"{arguments.same_as} is another binary")
    for fault in faults:
        print(f"{arguments.zip}: {fault}", file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
