#!/usr/bin/env python3
"""The annotations of lua/meta and the examples that use them, by a checker of EmmyLua annotations: no finding.
It comes from crates.io (`cargo install emmylua_check`); without it, or the path to it in LC_EMMYLUA_CHECK, this is skipped.
Usage: test_meta.py PROGRAM TOP"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

CHECKER = os.environ.get("LC_EMMYLUA_CHECK") or shutil.which("emmylua_check")
TOP = os.path.abspath(sys.argv[2])


def check(folder):
    done = subprocess.run([CHECKER, folder], capture_output=True, text=True, timeout=600, check=False)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    return [line for line in text.splitlines() if re.match(r"(warning|error)", line)], text


def main():
    if not CHECKER:
        print("skipped: there is no emmylua_check")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(TOP, "lua/meta"), os.path.join(folder, "meta"))
        for part in ("transforms", "connectors"):
            shutil.copytree(os.path.join(TOP, "examples", part), os.path.join(folder, part))
        with open(os.path.join(folder, ".emmyrc.json"), "w", encoding="utf-8") as file:
            file.write('{"runtime": {"version": "LuaJIT"}}')
        found, text = check(folder)
        if found:
            print(text)
            return 1
        wrong = os.path.join(folder, "wrong.lua")
        with open(wrong, "w", encoding="utf-8") as file:
            file.write("---@type lc.Record\nlocal record = _G.record\nreturn record.topc\n")
        found, text = check(folder)
        print(f"{len(found)} findings in a wrong script")
        return 0 if len(found) == 1 else 1


sys.exit(main())
