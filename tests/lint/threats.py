#!/usr/bin/env python3
"""Checks that the tests which tests/README.md names are there. Usage: threats.py TOP"""
import os
import re
import sys

top = sys.argv[1]
text = open(os.path.join(top, "tests", "README.md"), encoding="utf-8").read()
missing, count = [], 0
for path, names in re.findall(r"`(tests/[\w/]+\.(?:py|c))`((?: \w+,?)*)", text):
    full = os.path.join(top, path)
    source = open(full, encoding="utf-8").read() if os.path.exists(full) else ""
    if not source:
        missing.append(path)
    for name in re.findall(r"\w+", names) if re.search(r"/test_\w+\.(py|c)$", path) else ():
        if name in ("gives", "and"):
            break
        count += 1
        if not re.search(r"(def |TEST\()%s\b" % name, source):
            missing.append(path + " " + name)
for one in missing:
    print("tests/README.md names what isn't there:", one)
print(count, "tests are there")
sys.exit(1 if missing or count < 40 else 0)
