#!/usr/bin/env python3
"""The rules of the house that a program can check: layers, fences, sizes, words. Usage: layers.py TOP"""
import os, re, subprocess, sys

TOP = sys.argv[1]
ENGINE = os.path.join(TOP, "engine")
# Each folder and what it may include besides itself.
ORDER = {
    "base": [], "io": ["base"], "java": ["base"], "secure": ["java", "base"], "data": ["java", "base"],
    "net": ["secure", "java", "base"], "sql": ["base"],
    "registry": ["net", "secure", "java", "base"], "convert": ["registry", "data", "java", "base"], "kafka": ["secure", "java", "base"], "script": ["net", "sql", "io", "data", "secure", "java", "base"],
    "runtime": ["script", "convert", "kafka", "net", "io", "secure", "data", "java", "base"],
    "cluster": ["runtime", "script", "convert", "kafka", "io", "secure", "data", "java", "base"],
    "rest": ["cluster", "runtime", "script", "convert", "secure", "data", "java", "base"],
    "api": ["rest", "cluster", "runtime", "script", "convert", "kafka", "net", "io", "secure", "data", "java", "base", "include"],
    "include": [],
}
FENCES = {r"(lua|lualib|lauxlib|luajit)\.h": "script", r"librdkafka/.*": "kafka", r"microhttpd\.h": "rest", r"gnutls/.*": "secure",
          r"sodium.*\.h": "secure", r"pcre2\.h": "java", r"curl/.*": "net", r"(libpq-fe|sqlite3|mariadb/mysql)\.h": "sql"}
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_LINE, MOST_PARAMETERS = 80, 900, 130, 7
problems = []


def complain(path, line, text):
    problems.append(f"{os.path.relpath(path, TOP)}:{line}: {text}")


def sources():
    for folder, _, names in os.walk(ENGINE):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(folder, ENGINE).split(os.sep)[0], os.path.join(folder, name)


def check_include(layer, path, number, text):
    own = re.match(r'\s*#\s*include "([^"/]+)/', text)
    if own and own[1] != layer and own[1] not in ORDER.get(layer, []):
        complain(path, number, f"{layer} may not include {own[1]}")
    foreign = re.match(r"\s*#\s*include <([^>]+)>", text)
    for pattern, home in FENCES.items():
        if foreign and re.fullmatch(pattern, foreign[1]) and layer != home:
            complain(path, number, f"<{foreign[1]}> belongs to {home} only")
        if foreign and re.fullmatch(pattern, foreign[1]) and path.endswith(".h") and layer == home and home == "script":
            if os.path.basename(path) not in ("internal.h", "bridge.h"):
                complain(path, number, "lua.h is included by private headers only")


def check_functions(path, lines):
    start = None
    for number, text in enumerate(lines, 1):
        if re.match(r"[A-Za-z_].*\(", text) and not text.rstrip().endswith(";"):
            start = number
        elif text.startswith("}") and start:
            if number - start > LONGEST_FUNCTION:
                complain(path, start, f"function of {number - start} lines")
            start = None


def check_file(layer, path):
    lines = open(path, encoding="utf-8").read().split("\n")
    generated = "table" in os.path.basename(path)
    if len(lines) > LONGEST_FILE and not generated:
        complain(path, 1, f"file of {len(lines)} lines")
    for number, text in enumerate(lines, 1):
        check_include(layer, path, number, text)
        if re.search(r"\b(TODO|FIXME|XXX)\b", text):
            complain(path, number, "words of unfinished work")
        if len(text) > LONGEST_LINE and not generated:
            complain(path, number, f"line of {len(text)} characters")
    if path.endswith(".h") and "/*" not in lines[0]:
        complain(path, 1, "a header opens by saying what it is for")
    if path.endswith(".c"):
        check_functions(path, lines)


def check_headers_alone():
    for layer, path in sources():
        if not path.endswith(".h") or layer in ("script", "kafka", "rest"):
            continue
        run = subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-I", ENGINE, "-x", "c", "-include", "stddef.h", path],
                             capture_output=True, text=True)
        if run.returncode:
            complain(path, 1, "doesn't compile alone: " + run.stderr.split("\n")[0])


def check_folders_named():
    page = open(os.path.join(TOP, "ARCHITECTURE.md"), encoding="utf-8").read()
    for folder in sorted(os.listdir(ENGINE)):
        if os.path.isdir(os.path.join(ENGINE, folder)) and folder not in ("include", "cmake") and not re.search(rf"\b{folder}\b", page):
            complain(os.path.join(ENGINE, folder), 1, "is not named in ARCHITECTURE.md")


for layer, path in sources():
    check_file(layer, path)
check_headers_alone()
check_folders_named()
print("\n".join(problems))
print(f"{0 if problems else 1} passed, {len(problems)} failed")
sys.exit(bool(problems))
