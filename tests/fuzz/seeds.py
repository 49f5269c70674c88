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


JSON_TYPES = {"boolean": {"type": "boolean"}, "string": {"type": "string"}, "float": {"type": "number", "connect.type": "float32"},
              "double": {"type": "number", "connect.type": "float64"}, "bytes": {"type": "string", "connect.type": "bytes"}}


def json_schema_of(schema):
    """The JSON Schema of a schema in JsonConverter's form."""
    kind = schema["type"]
    made = dict(JSON_TYPES.get(kind) or {"type": "integer", "connect.type": kind})
    if kind == "struct":
        made = {"type": "object", "properties": {f["field"]: {**json_schema_of(f), "connect.index": i} for i, f in enumerate(schema["fields"])}}
    elif kind == "array":
        made = {"type": "array", "items": json_schema_of(schema["items"])}
    elif kind == "map":
        keys, values = json_schema_of(schema["keys"]), json_schema_of(schema["values"])
        entry = {"type": "object", "properties": {"key": keys, "value": values}}
        made = {"type": "object", "connect.type": "map", "additionalProperties": values} if schema["keys"]["type"] == "string" \
            else {"type": "array", "connect.type": "map", "items": entry}
    made.update({new: schema[old] for old, new in (("name", "title"), ("version", "connect.version"), ("doc", "description"),
                                                   ("parameters", "connect.parameters"), ("default", "default")) if schema.get(old)})
    return {"oneOf": [{"type": "null"}, made]} if schema.get("optional") else made


JSON_RULES = [
    ({"$ref": "#/definitions/n", "definitions": {"n": {"properties": {"v": {"type": "string"}, "n": {"$ref": "#/definitions/n"}}}}}, {"n": {"v": "x"}}),
    ({"$ref": "other.json#/$defs/x"}, 5),
    ({"oneOf": [{"type": "integer", "minimum": 3}, {"type": "string", "pattern": "^a+$"}, {"type": "null"}]}, "aa"),
    ({"allOf": [{"type": "object", "properties": {"a": {"enum": ["x", None, 1]}}}, {"required": ["a"]}]}, {"a": "x", "b": [1.5]}),
    ({"type": "object", "patternProperties": {"^x": {"type": "integer", "multipleOf": 3}}, "additionalProperties": False, "minProperties": 1,
      "dependencies": {"x1": ["x2"]}, "propertyNames": {"maxLength": 3}}, {"x1": 3, "x2": 6}),
    ({"type": "array", "items": {"not": {"const": [1]}}, "uniqueItems": True, "contains": {"type": ["string", "null"]}}, [1, "b", None, {"a": 1}]),
    ({"if": {"type": "string"}, "then": {"format": "date-time"}, "else": {"exclusiveMaximum": 1e3}}, "2026-11-22T10:00:00Z"),
    ({"type": "object", "properties": {"any": {}, "sum": {"title": "org.apache.kafka.connect.data.Decimal", "type": "number",
      "connect.type": "bytes", "connect.parameters": {"scale": "2"}}}}, {"any": [1, {"x": None}], "sum": 1.25}),
]


def jsonschema():
    for v in vectors("converters.jsonl"):
        try:
            message = json.loads(base64.b64decode(v.get("bytes") or ""))
            text = json.dumps(json_schema_of(message["schema"])), json.dumps(message["payload"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        yield "\3{}\0\0{}".format(*text).encode("utf-8", "surrogatepass")
    for flags in (0, 64 + 2, 128 + 16):
        for schema, value in JSON_RULES:
            yield bytes([flags]) + "{}\0{}\0{}".format(json.dumps(schema), '{"$defs":{"x":{"type":"integer"}}}', json.dumps(value)).encode()


P3 = 'syntax = "proto3"; '
PROTOBUF = [
    (P3 + "package a.b; message M { int32 a = 1; sint64 b = 2; fixed32 c = 3; double d = 4; bool e = 5; string f = 6; bytes g = 7; }",
     "08051003 1d01000000 21000000000000f83f 2801 3203e282ac 3a01ff"),
    (P3 + "message M { repeated int32 a = 1; repeated string s = 2; map<string, N> m = 3; N n = 4; message N { E e = 1; N2 k = 2; } "
     "enum E { A = 0; B = 7; C = -1; } } message N2 { optional uint64 u = 5000; }", "0a0301020308041200120178 1a0a0a016112 050807120000 2202080722041200 120408079a01"),
    (P3 + "message M { oneof k { int32 a = 1; string b = 2; N c = 3; } int32 z = 9; message N { int32 x = 1; repeated bool y = 2; } } ",
     "0801 120178 1a020801 1a0412020100 4803"),
    (P3 + 'import "google/protobuf/timestamp.proto"; import "google/type/date.proto"; import "google/type/timeofday.proto"; '
     'import "confluent/type/decimal.proto"; import "google/protobuf/wrappers.proto"; message M { google.protobuf.Timestamp t = 1; '
     'repeated google.type.Date d = 2; google.type.TimeOfDay o = 3; confluent.type.Decimal x = 4 [(confluent.field_meta) = {params: '
     '[{value: "9", key: "precision"}, {value: "2", key: "scale"}]}]; google.protobuf.StringValue w = 5; oneof u { google.protobuf.BoolValue v = 6; } }',
     "0a0508808dce1c 0a0410c0843d 120708e40f1002181d 1a0a0817103b183b20c0843d 22080a02009c10031802 2a030a0178 3200"),
    ('syntax = "proto2"; package p; option x = {a: [1, {b: "c"}]}; message M { required string a = 1 [default = "x\\n"]; optional E e = 2 '
     "[default = B]; repeated fixed64 f = 3 [packed = true]; optional group G = 4 { optional int32 i = 5; } extensions 100 to max; "
     "enum E { A = 1; B = 0x7; } reserved 6, 7 to 9; reserved \"q\"; }", "0a0178 1007 1a0801000000000000 2328052400 a00601"),
    (P3 + "message M { repeated PairEntry p = 1; int32 i8 = 2 [(confluent.field_meta).params = {key: 'connect.type' value: 'int8'}]; "
     "message PairEntry { int64 key = 1; Deep value = 2; } message Deep { map<bool, bytes> m = 1; } }", "0a0808071204 0a020801 1081 02"),
    ("CgdkLnByb3RvEgFwIlgKAU0SCQoBYRgBIAEoBRIRCgFiGAIgASgJSAFSAWKIAQESDAoBbRgDIAMoCzICLk4aIQoBThIMCgFrGAEgASgJUgFrGg4KAUUSBQoBQRAAQgMKAW9C"
     "BAoCX2JiBnByb3RvMw==", "08011201780a00"),
    ("package google.protobuf; message Int32Value { optional int32 value = 1; } service S { rpc F (M) returns (stream M) { } }", "0805"),
]


def protobuf():
    for flags in (0, 16, 64, 2 + 512, 8 + 256, 1 + 1024, 32 + 4, 128):
        for schema, data in PROTOBUF:
            yield flags.to_bytes(2, "little") + schema.encode() + b"\0" + bytes.fromhex("".join(data.split()))


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
    "json_converter": json_converter, "header": header, "avro": avro, "jsonschema": jsonschema, "protobuf": protobuf,
    "date_format": date_format, "regex": regex,
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
