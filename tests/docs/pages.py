#!/usr/bin/env python3
"""What the pages say holds: scripts load, links lead somewhere, JSON parses, every setting is there with its default,
every function of the SDK is described, and nothing else is. Usage: pages.py PROGRAM TOP"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import markdown

PROGRAM, TOP = os.path.abspath(sys.argv[1]), sys.argv[2]
PAGES = [os.path.join(TOP, name) for name in ("README.md", "ARCHITECTURE.md", "lua/README.md", "examples/README.md")]
PAGES += sorted(glob.glob(os.path.join(TOP, "docs", "*.md")))
problems, checks = [], 0


def expect(holds, place, text):
    global checks
    checks += 1
    if not holds:
        problems.append(f"{place}: {text}")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def run_check(folder, name, text):
    """What `luaconnect check` says of a script, or nothing when it is fine."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([PROGRAM, "check", "--errors", path], capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "no answer"


# A piece of a hook is checked inside of one.
FRAME = 'local lc = require "lc"\nreturn lc.transform {{ apply = function(record, cfg) do {} end return record end }}\n'


def check_scripts(folder):
    for page in PAGES:
        for block in markdown.blocks(page):
            if block.language != "lua" or page.endswith("lua/README.md"):
                continue
            whole = "return lc." in block.text or "lc.source {" in block.text or "lc.sink {" in block.text
            is_test = 'require "lc.test"' in block.text
            name = "block_test.lua" if is_test else "block.lua"
            said = run_check(folder, name, block.text if whole or is_test else FRAME.format(block.text))
            expect(not said, f"{os.path.relpath(page, TOP)}:{block.line}", said)
    for path in sorted(glob.glob(os.path.join(TOP, "examples/*/*.lua")) + glob.glob(os.path.join(TOP, "scripts/*/*.lua"))):
        done = subprocess.run([PROGRAM, "check", path], capture_output=True, text=True, timeout=60, check=False)
        expect(done.returncode == 0, os.path.relpath(path, TOP), done.stderr.strip())


def anchors(page):
    with open(page, encoding="utf-8") as file:
        heads = re.findall(r"^#+ (.*)$", file.read(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def check_links():
    for page in PAGES:
        for line, target in markdown.links(page):
            path, _, anchor = target.partition("#")
            where = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            place = f"{os.path.relpath(page, TOP)}:{line}"
            expect(target.startswith("http") or os.path.exists(where), place, f"no such page: {target}")
            if anchor and where.endswith(".md") and os.path.exists(where):
                expect(anchor in anchors(where), place, f"no such heading: {target}")


def check_json():
    for page in PAGES:
        for block in markdown.blocks(page):
            if block.language != "json":
                continue
            try:
                json.loads(block.text)
                said = ""
            except ValueError as problem:
                said = str(problem)
            expect(not said, f"{os.path.relpath(page, TOP)}:{block.line}", said)


def settings_of(source, tables):
    """Keys and defaults in the C tables of these names; no default is None."""
    found = {}
    for name in tables:
        table = re.search(r"lc_config_key " + name + r"\[\] = \{(.*?)\n\};", source, re.S)[1]
        for key, rest in re.findall(r'(?:\w+\(|\.name = )"([a-z.\d]+)"(.*?)(?=(?:\w+\(|\.name = )"[a-z.\d]+"|\Z)', table, re.S):
            texts = re.findall(r'(?:^|\.fallback =|,)\s*(?:LC_CONFIG_\w+, )?"([^"]*)"', rest.split(".doc")[0])
            found[key] = texts[0] if texts else None
    return found


def documented():
    """Keys of the tables of docs/configuration.md, each with its default: None where a row gives none as such."""
    found = {}
    for cells in markdown.rows(os.path.join(TOP, "docs", "configuration.md")):
        default = re.search(r"`([^`]*)`", cells[2]) if len(cells) == 4 else None
        for key in re.findall(r"`([^`]+)`", cells[0]):
            found[key] = found.get(key) or (default[1] if default else None)
    return found


# Their rows stand for several keys, or are about why there is no default here.
WITHOUT_DEFAULT = re.compile(r"metrics\.|metric\.|plugin\.discovery|client\.dns|security\.protocol|script\.(isolation|signature)|"
                             r"transaction\.")


def check_settings():
    page = "docs/configuration.md"
    text, rows = read(page), documented()
    worker = settings_of(read("engine/runtime/worker_defs.c"), ["common", "standalone"])
    connector = settings_of(read("engine/runtime/connector_defs.c"), ["common_keys", "sink_keys", "source_keys"])
    for settings in worker, connector:
        for key, default in settings.items():
            expect(key in rows, page, f"{key} is missing")
            if not WITHOUT_DEFAULT.match(key) and not key.endswith(".converter"):
                expect(rows.get(key) == (default or None), page, f"{key}: the default is {default}, not {rows.get(key)}")
    for how, key in re.findall(r"^\s+(IGNORED|REFUSED)\(\"([a-z.]+)\"", read("engine/kafka/client_keys.c"), re.M):
        expect(f"`{key}`" in text, page, f"client setting {key} ({how.lower()}) is missing")


def meta_names():
    """Functions and fields of lc and its parts, as the annotations for editors have them."""
    names = set()
    for path in glob.glob(os.path.join(TOP, "lua/meta/*.lua")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        names |= {name.removeprefix("lc.") for name in re.findall(r"^function (lc\.\w+)\(", text, re.M)}
        part = re.search(r"^---@meta lc\.(config|schema)$", text, re.M)
        parts = [part[1]] if part else ["values", "time", "base64", "hex", "uuid", "url", "json", "log", "metrics", "charset"] if path.endswith("tools.lua") else []
        for name in parts:
            names |= {f"{name}.{f}" for f in re.findall(rf"^function {name}\.(\w+)\(", text, re.M)}
    for block in re.findall(r"---@class lc\n((?:---@field .*\n)+)", "".join(read(f"lua/meta/{n}") for n in os.listdir(
            os.path.join(TOP, "lua/meta")))):
        names |= set(re.findall(r"---@field (\w+)", block))
    return names


# Lists what lc has; as an error, because that is what `check` prints.
LIST = '''local lc = require "lc"
local names = {}
for name, part in pairs(lc) do
  names[#names + 1] = name
  if type(part) == "table" and name ~= "null" then
    for inner in pairs(part) do names[#names + 1] = name .. "." .. tostring(inner) end
  end
end
for _, name in ipairs { "format", "now", "converter", "zone", "iso", "from_iso" } do
  if lc.time[name] then names[#names + 1] = "time." .. name end
end
error("names: " .. table.concat(names, " "))
'''


def check_sdk(folder):
    said = run_check(folder, "list.lua", LIST)
    have = set(said.partition("names: ")[2].split())
    expect(len(have) > 50, "lua/lc", f"the SDK could not be listed: {said}")
    plain = {f"schema.{name}" for name in ("boolean int8 int16 int32 int64 float32 float64 string bytes date time timestamp "
                                           "none").split()}
    described = meta_names()
    guide = read("docs/scripts.md") + read("lua/README.md")
    for name in sorted(have - plain):
        expect(name in described, "lua/meta", f"lc.{name} is not described")
        last = name.split(".")[-1]
        expect(re.search(rf"\b{last}\b", guide), "docs/scripts.md", f"lc.{name} is not described")
    for name in sorted(described - have):
        expect(False, "lua/meta", f"lc.{name} does not exist")
    for page in PAGES:
        for name in set(re.findall(r"\blc\.([a-z_0-9]+)[( ]", read(os.path.relpath(page, TOP)))):
            expect(name in have, os.path.relpath(page, TOP), f"lc.{name} does not exist")


BETWEEN_WORKERS = [("POST", "/connectors/{name}/tasks"), ("PUT", "/connectors/{name}/fence")]


def check_routes():
    page = read("docs/rest.md")
    for method, path in re.findall(r'\{"(\w+)", "(/[^"]*)"', read("engine/rest/router.c")):
        if (method, path) not in BETWEEN_WORKERS:
            expect(f"`{method} {path}`" in page, "docs/rest.md", f"{method} {path} is missing")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_scripts(folder)
        check_sdk(folder)
    check_links()
    check_json()
    check_settings()
    check_routes()
    print("\n".join(problems), end="\n" if problems else "")
    print(f"{checks - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


sys.exit(main())
