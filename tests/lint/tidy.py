#!/usr/bin/env python3
"""clang-tidy over the engine, two files at a time. Usage: tidy.py BUILD_DIR FOLDER [FILE...]"""
import concurrent.futures
import json
import os
import subprocess
import sys

BUILD, FOLDER, ONLY = sys.argv[1], os.path.realpath(sys.argv[2]), sys.argv[3:]


def files():
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as commands:
        known = {os.path.realpath(entry["file"]) for entry in json.load(commands)}
    for path in sorted(known):
        if path.startswith(FOLDER + os.sep) and (not ONLY or os.path.relpath(path, FOLDER) in ONLY):
            yield path


def check(path):
    # The compiler's own warning flags may be unknown to clang; the compiler checks them anyway.
    run = subprocess.run(["clang-tidy", "--quiet", "-p", BUILD, "--extra-arg=-Wno-unknown-warning-option", path],
                         capture_output=True, text=True, check=False)
    return path, run.returncode, run.stdout


failed = total = 0
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for path, status, text in pool.map(check, files()):
        total += 1
        if status:
            failed += 1
            print(f"{os.path.relpath(path, FOLDER)}\n{text}")
print(f"{total - failed} passed, {failed} failed")
sys.exit(1 if failed or not total else 0)
