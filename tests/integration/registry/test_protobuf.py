"""ProtobufConverter against Apicurio's registry and its Java deserialiser, and against protoc: what one side writes the
other reads."""
import base64
import os
import re
import subprocess
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import peers

CASES = int(os.environ.get("LC_TEST_CASES", "60"))
STRATEGY = "io.confluent.kafka.serializers.subject."
STATE = {}
cases.WRONG = 0  # none of these values contradicts its schema
INCLUDES = {
    "confluent/meta.proto": 'syntax = "proto3"; package confluent; import "google/protobuf/descriptor.proto"; message Meta {'
                            ' string doc = 1; map<string, string> params = 2; repeated string tags = 3; }'
                            ' extend google.protobuf.FieldOptions { Meta field_meta = 1088; }',
    "confluent/type/decimal.proto": 'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1;'
                                    ' uint32 precision = 2; int32 scale = 3; }',
    "google/type/date.proto": 'syntax = "proto3"; package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }',
    "google/type/timeofday.proto": 'syntax = "proto3"; package google.type; message TimeOfDay { int32 hours = 1; int32 minutes = 2;'
                                   ' int32 seconds = 3; int32 nanos = 4; }',
}


def setUpModule():
    if not peers.java_available():
        raise unittest.SkipTest("LC_REGISTRY_LIBS is not set")
    STATE["folder"] = tempfile.TemporaryDirectory()
    STATE["class_path"] = peers.compiled(STATE["folder"].name, "ProtobufPeer")
    STATE["registry"] = peers.Registry(STATE["folder"].name)
    for path, text in INCLUDES.items():
        path = os.path.join(STATE["folder"].name, "include", path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def tearDownModule():
    if "registry" in STATE:
        STATE["registry"].close()
    if "folder" in STATE:
        STATE["folder"].cleanup()


def scalar(kind, optional=False, **more):
    return {"type": kind, "optional": optional, **more}


def text(v):
    return {"t": "string", "v": v}


def struct(name, *fields):
    """A struct of (name, schema, data)."""
    schema = {"type": "struct", "optional": False, "fields": [{**s, "field": f} for f, s, _ in fields]}
    if name:
        schema["name"] = name
    return {"schema": schema, "data": {"t": "struct", "v": [[f, d] for f, _, d in fields]}}


def read_as(name, *fields):
    """The struct that data of a message is read as: fields (name, type, number, data, more)."""
    return struct(name, *((f, {**scalar(kind, True), **more, "parameters": {**more.get("parameters", {}),
                   "io.confluent.connect.protobuf.Tag": str(number)}}, data) for f, kind, number, data, more in fields))


def user(**fields):
    return struct("com.acme.User", *((name, scalar("int32" if isinstance(value, int) else "string"),
                                      {"t": "int32" if isinstance(value, int) else "string", "v": value})
                                     for name, value in fields.items()))


def message(number, payload, path=b"\0"):
    return base64.b64encode(b"\0" + number.to_bytes(4, "big") + path + bytes.fromhex(payload)).decode()


def protoc(mode, schema, name, data):
    """protoc --encode or --decode of a message by a schema's text."""
    if "(confluent.field_meta)" in schema:
        schema = schema.replace('";\n', '";\nimport "confluent/meta.proto";\n', 1) if "package" not in schema else \
            re.sub(r"(package [^;]*;\n)", r'\1import "confluent/meta.proto";\n', schema, count=1)
    folder = STATE["folder"].name
    with open(os.path.join(folder, "case.proto"), "w", encoding="utf-8") as file:
        file.write(schema)
    command = ["protoc", "-I", folder, "-I", os.path.join(folder, "include"), "--%s=%s" % (mode, name), "case.proto"]
    run = subprocess.run(command, input=data, capture_output=True, cwd=folder, check=False)
    if run.returncode:
        raise AssertionError("%s\n%s" % (schema, run.stderr.decode()))
    return run.stdout


class Cases(cases.Connect):
    """Schemas that Protobuf has a place for."""

    def struct(self, depth):
        schema = super().struct(depth)
        schema["fields"] = [f for f in schema["fields"] if re.fullmatch("[a-zA-Z]\\w*", f["field"], re.ASCII)]
        return schema

    def enum(self):
        name = "E%d" % self.r.randrange(1000)
        prefix = "io.confluent.connect.protobuf.Enum"
        symbols = self.r.sample(["A", "BLUE", "RED", "X1", "zz"], self.r.randrange(1, 4))
        symbols = ["%s_%s" % (name, s) for s in symbols]
        return {"type": "string", "optional": self.r.random() < 0.3, "name": "com.acme." + name,
                "parameters": {prefix: name, **{prefix + "." + s: str(i) for i, s in enumerate(symbols)}}}

    def value_string(self, schema):
        symbols = [k.rsplit(".", 1)[1] for k in schema.get("parameters", {}) if ".Enum." in k]
        return text(self.r.choice(symbols or cases.TEXTS))

    def fixed(self):
        return scalar("bytes")

    def union(self, depth):
        fields = [scalar(t, True, field="u%d_%s" % (self.r.randrange(10**6), t)) for t in self.r.sample(["int32", "string", "boolean"], 2)]
        return {"type": "struct", "optional": True, "name": "io.confluent.connect.protobuf.Union.o%d" % self.r.randrange(10**6),
                "fields": fields}

    def value_struct(self, schema):
        if ".Union." in schema.get("name", ""):
            schema = {**schema, "name": "x.Union"}
        return super().value_struct(schema)

    def logical_value(self, schema, name):
        value = super().logical_value(schema, name)
        if name == "Timestamp" or name == "Date":
            value["v"] = str(int(value["v"]) // 86400000 * 86400000 % (20000 * 86400000))
        return value


def has_place(schema, top=True):
    """Whether Protobuf has a place for a schema: no list of lists, no map of lists in a list, no odd keys."""
    kind = schema["type"]
    if kind == "array":
        items = schema["items"]
        return items["type"] not in ("array", "map") and ".Union" not in items.get("name", "") and has_place(items)
    if kind == "map":
        union = ".Union" in schema["keys"].get("name", "") + schema["values"].get("name", "")
        return not union and schema["values"]["type"] not in ("array", "map") and has_place(schema["keys"]) and has_place(schema["values"])
    if kind == "struct":
        return all(has_place(f) for f in schema["fields"])
    return True


def holds_null(data):
    """A null in a list, which Protobuf can't hold."""
    if data is None or data["t"] not in ("array", "map", "struct"):
        return False
    if data["t"] == "array":
        return any(item is None or holds_null(item) for item in data["v"])
    return any(holds_null(pair[0]) or holds_null(pair[1]) if data["t"] == "map" else holds_null(pair[1]) for pair in data["v"])


class WithRegistry(unittest.TestCase):
    def ours(self, **settings):
        peer = peers.ours(STATE["registry"].url, "ProtobufConverter", **settings)
        self.addCleanup(peer.close)
        return peer

    def java(self):
        peer = peers.java(STATE["class_path"], "ProtobufPeer", apicurio_registry_url=STATE["registry"].base + "/apis/registry/v2",
                          **{"apicurio_registry_as-confluent": "true", "apicurio_registry_use-id": "contentId",
                             "apicurio_registry_headers_enabled": "false", "apicurio_registry_find-latest": "true",
                             "apicurio_registry_artifact-resolver-strategy": "io.apicurio.registry.serde.strategy.TopicIdStrategy"})
        self.addCleanup(peer.close)
        return peer

    def register(self, subject, schema, **more):
        body = {"schema": schema, "schemaType": "PROTOBUF", **more}
        return STATE["registry"].call("POST", "/subjects/%s/versions" % subject, body)["id"]

    def latest(self, subject):
        return STATE["registry"].call("GET", "/subjects/%s/versions/latest" % subject)

    def assert_reads(self, topic, data, expected, **settings):
        answer = self.ours(**settings).ask(op="read", topic=topic, bytes=data, expect=expected)
        self.assertTrue(answer.get("same"), answer)


class Random(WithRegistry):
    def cases(self, count, offset=0):
        """(seed, tv) of random structs that Protobuf has a place for."""
        seed = offset
        while count:
            seed += 1
            make = Cases(seed)
            schema = make.struct(1)
            schema.update({"optional": False, "name": "com.acme.Case"})
            if not has_place(schema):
                continue
            data = make.value(schema)
            if not holds_null(data):
                count -= 1
                yield seed, {"schema": schema, "data": data}

    def test_what_we_write_protoc_reads_and_writes(self):
        ours = self.ours()
        for seed, tv in self.cases(CASES):
            written = ours.ask(op="write", topic="protoc%d" % seed, tv=tv)
            self.assertIn("bytes", written, (seed, tv))
            payload = base64.b64decode(written["bytes"])[6:]
            schema = self.latest("protoc%d-value" % seed)["schema"]
            decoded = protoc("decode", schema, "com.acme.Case", payload)
            self.assertFalse(re.search(rb"^ *\d+[: ]", decoded, re.MULTILINE), decoded)
            self.assertEqual(protoc("encode", schema, "com.acme.Case", decoded).hex(), payload.hex(), (seed, tv, schema))

    def test_what_we_read_we_write(self):
        for settings in ({}, {"optional_for_nullables": "true"}, {"wrapper_for_nullables": "true"},
                         {"enhanced_protobuf_schema_support": "true"}, {"int_for_enums": "true"}):
            ours = self.ours(**settings)
            for seed, tv in self.cases(CASES // 3, 10000):
                topic = "trip%d-%s" % (seed, "-".join(settings))
                written = ours.ask(op="write", topic=topic, tv=tv)
                self.assertIn("bytes", written, (seed, tv))
                first = ours.ask(op="trip", topic=topic + "-once", bytes=written["bytes"])
                self.assertIn("bytes", first, (first, seed, tv))
                # Enums and messages are read as nullable, so optional.for.nullables then writes more.
                again = ours.ask(op="trip", topic=topic + "-twice", bytes=first["bytes"]) if settings else written
                self.assertEqual(base64.b64decode(again["bytes"])[5:].hex(), base64.b64decode(first["bytes"])[5:].hex(), (seed, tv))

    def test_what_we_write_java_reads(self):
        ours, java = self.ours(), self.java()
        for seed, tv in self.cases(CASES, 20000):
            # Apicurio knows neither Confluent's Decimal nor the option that tells int8 and int16.
            if any(word in str(tv) for word in ("Decimal", "int8", "int16")):
                continue
            written = ours.ask(op="write", topic="java%d" % seed, tv=tv)
            read = java.ask(op="read", topic="java%d" % seed, bytes=written["bytes"], type="Case")
            self.assertEqual(read.get("bytes"), base64.b64encode(base64.b64decode(written["bytes"])[6:]).decode(), (read, seed, tv))


class Registering(WithRegistry):
    def test_the_text_that_is_registered(self):
        written = self.ours().ask(op="write", topic="text", tv=user(id=1, name="x"))["bytes"]
        latest = self.latest("text-value")
        self.assertEqual(latest["schemaType"], "PROTOBUF")
        self.assertEqual(latest["schema"], 'syntax = "proto3";\npackage com.acme;\n\nmessage User {\n  int32 id = 1;\n  string name = 2;\n}\n')
        self.assertEqual(written, message(latest["id"], "0801120178"))

    def test_single_values_are_wrappers(self):
        ours = self.ours()
        for kind, data, index, payload in (("int32", {"t": "int32", "v": 5}, 4, "0805"), ("string", text("x"), 7, "0a0178"),
                                           ("int64", {"t": "int64", "v": "0"}, 2, ""), ("boolean", {"t": "boolean", "v": True}, 6, "0801"),
                                           ("bytes", {"t": "bytes", "v": "AQI="}, 8, "0a020102")):
            tv = {"schema": scalar(kind), "data": data}
            written = ours.ask(op="write", topic="single", tv=tv)
            number = self.latest("single-value")["id"]
            self.assertEqual(written.get("bytes"), message(number, payload, bytes([2, index * 2])), written)
            self.assert_reads("single", written["bytes"], tv)

    def test_an_unregistered_schema_is_refused_when_it_may_not_be_registered(self):
        answer = self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1))
        self.assertIn("strict-value isn't registered", answer["error"])
        self.assertFalse(answer["retriable"])
        first = self.ours().ask(op="write", topic="strict", tv=user(id=1))["bytes"]
        again = self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1))
        self.assertEqual(again.get("bytes"), first, again)

    def test_the_latest_version_is_written(self):
        number = self.register("latest-value", 'syntax = "proto3"; package com.acme; message Other {} message User { '
                               'message In {} string note = 5; sint32 id = 7; }')
        ours = self.ours(auto_register_schemas="false", use_latest_version="true")
        answer = ours.ask(op="write", topic="latest", tv=user(id=5))
        self.assertEqual(answer.get("bytes"), message(number, "380a", b"\2\2"), answer)
        answer = ours.ask(op="write", topic="latest", tv=user(id="text"))
        self.assertIn("Field id of message com.acme.User is sint32 and can't hold STRING", answer["error"])
        answer = self.ours(auto_register_schemas="false", use_schema_id=str(number)).ask(op="write", topic="else", tv=user(id=5))
        self.assertEqual(answer.get("bytes"), message(number, "380a", b"\2\2"), answer)

    def test_subjects_are_named_by_strategy(self):
        for name, subject in (("RecordNameStrategy", "com.acme.User"), ("TopicRecordNameStrategy", "named-com.acme.User"),
                              ("TopicNameStrategy", "named-value")):
            self.ours(value_subject_name_strategy=STRATEGY + name).ask(op="write", topic="named", tv=user(id=1))
            self.assertIn(subject, STATE["registry"].call("GET", "/subjects"))
        self.ours(role="key").ask(op="write", topic="named", tv=user(id=1))
        self.assertIn("named-key", STATE["registry"].call("GET", "/subjects"))

    def test_known_files_are_references_on_demand(self):
        stamp = scalar("int64", version=1, name="org.apache.kafka.connect.data.Timestamp")
        tv = struct("com.acme.Event", ("at", stamp, {"t": "date", "v": "1500"}))
        written = self.ours(skip_known_types="false").ask(op="write", topic="event", tv=tv)
        self.assertIn("bytes", written)
        reference = {"name": "google/protobuf/timestamp.proto", "subject": "google/protobuf/timestamp.proto", "version": 1}
        self.assertEqual(self.latest("event-value")["references"], [reference])
        strategy = STRATEGY + "QualifiedReferenceSubjectNameStrategy"
        self.ours(skip_known_types="false", reference_subject_name_strategy=strategy).ask(op="write", topic="event2", tv=tv)
        self.assertEqual(self.latest("event2-value")["references"], [{**reference, "subject": "google.protobuf.timestamp"}])
        expected = read_as("Event", ("at", "int64", 1, {"t": "date", "v": "1500"}, stamp | {"optional": True}))
        self.assert_reads("event", written["bytes"], expected)

    def test_nulls_are_nulls(self):
        ours = self.ours()
        for schema in (None, scalar("string", True), scalar("int32")):
            self.assertIsNone(ours.ask(op="write", topic="nulls", tv={"schema": schema, "data": None})["bytes"])
        self.assertTrue(ours.ask(op="read", topic="nulls", bytes=None, expect={"schema": None, "data": None})["same"])

    def test_a_value_without_a_schema_is_refused(self):
        answer = self.ours().ask(op="write", topic="plain", tv={"schema": None, "data": {"t": "int64", "v": "5"}})
        self.assertIn("no form for data without a schema", answer["error"])


class Reading(WithRegistry):
    def test_a_message_is_found_by_its_indexes(self):
        number = self.register("index-value", 'syntax = "proto3"; message A { int32 a = 1; } message B { message C { int32 c = 1; } '
                               'map<int32, int32> m = 1; message D { string d = 1; message E { bool e = 1; } } }')
        for path, expected in ((b"\0", ("A", "a", "int32", {"t": "int32", "v": 5})), (b"\2\0", ("A", "a", "int32", {"t": "int32", "v": 5})),
                               (b"\4\2\0", ("C", "c", "int32", {"t": "int32", "v": 5})),
                               (b"\6\2\2\0", ("E", "e", "boolean", {"t": "boolean", "v": True}))):
            name, field, kind, data = expected
            self.assert_reads("index", message(number, "0805", path), read_as(name, (field, kind, 1, data, {})))
        for path in (b"\2\4", b"\4\2\4", b"\6\0\0\0"):
            answer = self.ours().ask(op="read", topic="index", bytes=message(number, "0805", path), expect={"schema": None, "data": None})
            self.assertIn("Invalid message indexes: [", answer["error"])

    def test_a_schema_may_refer_to_others(self):
        self.register("deep.proto", 'syntax = "proto3"; package x; message Deep { int64 n = 1; }')
        deep = {"name": "x/deep.proto", "subject": "deep.proto", "version": 1}
        self.register("inner.proto", 'syntax = "proto3"; package x; import "x/deep.proto"; message Inner { Deep d = 1; }', references=[deep])
        inner = {"name": "x/inner.proto", "subject": "inner.proto", "version": 1}
        number = self.register("outer-value", 'syntax = "proto3"; package y; import "x/inner.proto"; import "google/protobuf/duration.proto"; '
                               'message Outer { x.Inner i = 1; google.protobuf.Duration w = 2; }', references=[inner])
        tag = "io.confluent.connect.protobuf.Tag"
        deep_schema = {**read_as("Deep", ("n", "int64", 1, None, {}))["schema"], "optional": True, "field": "d", "parameters": {tag: "1"}}
        inner_schema = {"type": "struct", "optional": True, "name": "Inner", "fields": [deep_schema], "parameters": {tag: "1"}}
        wait = read_as("Duration", ("seconds", "int64", 1, None, {}), ("nanos", "int32", 2, None, {}))["schema"]
        expected = struct("Outer", ("i", inner_schema, {"t": "struct", "v": [["d", {"t": "struct", "v": [["n", {"t": "int64", "v": "3"}]]}]]}),
                          ("w", {**wait, "optional": True, "parameters": {tag: "2"}},
                           {"t": "struct", "v": [["seconds", {"t": "int64", "v": "4"}], ["nanos", {"t": "int32", "v": 0}]]}))
        self.assert_reads("outer", message(number, "0a040a02080312020804"), expected)

    def test_reads_by_the_latest_version(self):
        number = self.register("evolve-value", 'syntax = "proto3"; message R { int32 id = 1; string gone = 2; }')
        self.register("evolve-value", 'syntax = "proto3"; message R { int64 id = 1; string more = 3; }')
        expected = read_as("R", ("id", "int64", 1, {"t": "int64", "v": "5"}, {}), ("more", "string", 3, text(""), {}))
        expected["schema"]["version"] = 2
        self.assert_reads("evolve", message(number, "0805120178"), expected, use_latest_version="true")

    def test_the_version_of_a_schema_is_the_subjects(self):
        number = self.register("versions-value", 'syntax = "proto3"; message R { int32 id = 1; }')
        self.register("versions-value", 'syntax = "proto3"; message R { int32 id = 1; string more = 3; }')
        expected = read_as("R", ("id", "int32", 1, {"t": "int32", "v": 5}, {}))
        expected["schema"]["version"] = 1
        self.assert_reads("versions", message(number, "0805"), expected)

    def test_bad_input_names_what_is_wrong(self):
        number = self.register("bad-value", 'syntax = "proto3"; message M { N a = 1; message N { string b = 1; } }')
        other = STATE["registry"].register("avro-value", {"type": "string"})
        null = {"schema": None, "data": None}
        for data, words in ((message(number, "0a030a05"), ("topic bad", "schema %d" % number, "at byte 1 in field a", "ends early")),
                            (message(number, "0a030a05ff"), ("at byte 3 in field a.b", "ends early")),
                            (message(number, "0a030a01ff"), ("in field a.b", "invalid UTF-8")),
                            (message(number, "0afeffffff07"), ("in field a", "ends early")),
                            (message(number, "", b"\1"), ("indexes of the message type are malformed",)),
                            (message(number, "", b"\xfe\xff\xff\xff\x0f"), ("indexes of the message type are malformed",)),
                            (message(number, "", b""), ("indexes of the message type are malformed",)),
                            (message(9999, ""), ("topic bad", "Schema 9999", "40403")),
                            (message(other, ""), ("It is a AVRO schema",)),
                            (base64.b64encode(b'{"a":1}').decode(), ("Unknown magic byte!",)),
                            (base64.b64encode(b"\0\0").decode(), ("has 2 bytes",))):
            answer = self.ours().ask(op="read", topic="bad", bytes=data, expect=null)
            for word in words:
                self.assertIn(word, answer.get("error", str(answer)))
            self.assertFalse(answer["retriable"])
            self.assertEqual(answer["class"], "org.apache.kafka.connect.errors.DataException")


if __name__ == "__main__":
    harness.main()
