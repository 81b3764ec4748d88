"""Every transcript that a page shows is one that the sandbox prints, but for the times: transcripts.py PRINTED PAGE..."""

import re
import sys
from pathlib import Path

TIME = re.compile(r"(?m)^ *\d+\.\d\d |\d{4}-\d\d-\d\dT[\d:]+Z")

printed, *pages = [TIME.sub("", Path(file).read_text()) for file in sys.argv[1:]]
for name, page in zip(sys.argv[2:], pages, strict=True):
    shown = re.findall(r"(?ms)^```text\n(.*?)^```", page) or sys.exit(f"{name}: no transcript")
    for transcript in shown:
        if transcript not in printed:
            sys.exit(f"{name}: not what the sandbox prints:\n{transcript}")
