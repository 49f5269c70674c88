#!/usr/bin/env python3
"""seeds.py FOLDER: writes FOLDER/<harness>/<n>, seeds of the fuzz harnesses made of the golden vectors, examples and
scripts. A harness says in its first comment what its input looks like."""
import base64, json, pathlib, sys

top = pathlib.Path(__file__).resolve().parents[2]
golden = top / "tests/golden"
most = 400  # seeds of one harness


def vectors(name):
    with open(golden / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def rows(name):
    with open(golden / "java" / name, encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]


def json_converter():
    for v in vectors("converters.jsonl"):
        if v["class"].endswith("JsonConverter") and v.get("bytes"):
            config = v["config"]
            flags = (config.get("schemas.enable") != "false") + 2 * (config.get("decimal.format") == "NUMERIC")
            yield bytes([flags]) + base64.b64decode(v["bytes"])


def header():
    for v in vectors("converters.jsonl"):
        if v["class"].endswith("SimpleHeaderConverter") and v.get("bytes"):
            yield base64.b64decode(v["bytes"])
    for v in vectors("values.jsonl"):
        if v["op"] == "parseString" and v["input"] is not None:
            yield v["input"].encode("utf-8", "surrogatepass")


def avro():
    for v in vectors("avro.jsonl"):
        schema = v.get("avroSchema") or v["expect"].get("avroSchema")
        data = v.get("bytes") or v["expect"].get("bytes")
        if schema and data:
            text = schema.encode("utf-8", "surrogatepass")
            yield b"\0" + text + b"\0" + b"\0" + base64.b64decode(data)
            yield b"\2" + text + b"\0" + text + b"\0" + base64.b64decode(data)


def date_format():
    for row in rows("date_format.tsv"):
        yield f"{row[0]}\n{row[2]}".encode()
    for v in vectors("transforms.jsonl"):
        if v["config"].get("format"):
            yield (v["config"]["format"] + "\n2026-11-22T10:00:00.000Z").encode("utf-8", "surrogatepass")


def regex():
    for row in rows("regex.tsv"):
        yield f"{row[0]}\n{row[3]}\n{row[2]}".encode()
    for v in vectors("transforms.jsonl"):
        if v["class"].endswith("RegexRouter") and v["config"].get("regex"):
            parts = v["config"]["regex"], v["config"].get("replacement") or "", v["record"]["topic"] or ""
            yield "\n".join(parts).encode("utf-8", "surrogatepass")


def number():
    for v in vectors("values.jsonl"):
        text = v.get("input") or ((v.get("tv") or {}).get("data") or {}).get("v")
        if isinstance(text, str) and text[:1] in "+-.0123456789NI":
            yield text.encode("utf-8", "surrogatepass")


def files(*patterns):
    return lambda: (path.read_bytes() for pattern in patterns for path in sorted(top.glob(pattern)))


makers = {
    "json_converter": json_converter, "header": header, "avro": avro, "date_format": date_format, "regex": regex,
    "number": number, "budget": files("scripts/**/*.lua", "tests/lua/*.lua"), "map_file": files("tests/golden/java/map_*.bin"),
    "properties": files("examples/**/*.properties"),
}

for name, make in makers.items():
    folder = pathlib.Path(sys.argv[1]) / name
    folder.mkdir(parents=True, exist_ok=True)
    seeds = sorted(set(make()))
    for i, seed in enumerate(seeds[:: max(1, len(seeds) // most)]):
        (folder / f"{i:04}").write_bytes(seed)
    print(name, len(list(folder.iterdir())))
