"""JsonSchemaConverter against Apicurio's registry and its Java serialiser, which checks JSON by its schema: what one side
writes the other reads."""
import base64
import json
import os
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import peers
import test_faults

CASES = int(os.environ.get("LC_TEST_CASES", "150"))
STRATEGY = "io.confluent.kafka.serializers.subject."
STATE = {}


def setUpModule():
    if not peers.java_available():
        raise unittest.SkipTest("LC_REGISTRY_LIBS is not set")
    STATE["folder"] = tempfile.TemporaryDirectory()
    STATE["class_path"] = peers.compiled(STATE["folder"].name, "JsonPeer")
    STATE["registry"] = peers.Registry(STATE["folder"].name)


def tearDownModule():
    if "registry" in STATE:
        STATE["registry"].close()
    if "folder" in STATE:
        STATE["folder"].cleanup()


def text(v):
    return {"t": "string", "v": v}


def struct(name, *fields):
    """A struct of (name, schema, data)."""
    schema = {"type": "struct", "optional": False, "fields": [{**s, "field": f} for f, s, _ in fields]}
    if name:
        schema["name"] = name
    return {"schema": schema, "data": {"t": "struct", "v": [[f, d] for f, _, d in fields]}}


def scalar(kind, optional=False, **more):
    return {"type": kind, "optional": optional, **more}


def user(**fields):
    return struct("com.acme.User", *((name, scalar("int32" if isinstance(value, int) else "string"),
                                      {"t": "int32" if isinstance(value, int) else "string", "v": value})
                                     for name, value in fields.items()))


def message(number, value):
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.b64encode(b"\0" + number.to_bytes(4, "big") + payload).decode()


class WithRegistry(unittest.TestCase):
    def ours(self, **settings):
        peer = peers.ours(STATE["registry"].url, "JsonSchemaConverter", **settings)
        self.addCleanup(peer.close)
        return peer

    def java(self):
        peer = peers.java(STATE["class_path"], "JsonPeer", apicurio_registry_url=STATE["registry"].base + "/apis/registry/v2",
                          **{"apicurio_registry_as-confluent": "true", "apicurio_registry_use-id": "contentId",
                             "apicurio_registry_headers_enabled": "false", "apicurio_registry_find-latest": "true",
                             "apicurio_registry_serde_validation-enabled": "true",
                             "apicurio_registry_artifact-resolver-strategy": "io.apicurio.registry.serde.strategy.TopicIdStrategy",
                             "apicurio_registry_deserializer_specific_value_return_class": "com.fasterxml.jackson.databind.JsonNode"})
        self.addCleanup(peer.close)
        return peer

    def register(self, subject, schema, **more):
        return STATE["registry"].register(subject, schema, schemaType="JSON", **more)

    def assert_reads(self, topic, number, value, expected, **settings):
        answer = self.ours(**settings).ask(op="read", topic=topic, bytes=message(number, value), expect=expected)
        self.assertTrue(answer.get("same"), answer)


class Interoperability(WithRegistry):
    def test_what_we_write_java_reads(self):
        """Java's validator takes the schema, and what we write by it."""
        java, ours, seen = self.java(), self.ours(), 0
        for seed in range(CASES):
            make = cases.Connect(seed)
            make.wrong = 0
            tv = struct("com.acme.Case", ("v", (s := make.schema(1)), make.value(s)))
            written = ours.ask(op="write", topic="case%d" % seed, tv=tv)
            if "NaN" in str(written) or "bytes" not in written:
                continue
            payload = base64.b64decode(written["bytes"])[5:]
            read = java.ask(op="read", topic="case%d" % seed, bytes=written["bytes"])
            if any(word in payload for word in (b"NaN", b"Infinity")):
                continue
            self.assertEqual(json.loads(read.get("json", json.dumps(read))), json.loads(payload), (seed, tv))
            seen += 1
        self.assertGreater(seen, CASES // 2)

    def test_what_we_write_we_read(self):
        ours, seen = self.ours(decimal_format="NUMERIC"), 0
        for seed in range(CASES):
            make = cases.Connect(seed + 10000)
            make.wrong = 0
            schema = make.schema(1)
            # A map becomes what JSON has, and what is named like one of Avro's unions or enums is none here.
            if any(word in json.dumps(schema) for word in ("connect.avro", "default", "\"-2\"", "fixed")):
                continue
            tv = struct("com.acme.Case", ("v", schema, make.value(schema)))
            written = ours.ask(op="write", topic="trip%d" % seed, tv=tv)
            self.assertIn("bytes", written, tv)
            read = ours.ask(op="read", topic="trip%d" % seed, bytes=written["bytes"], expect=tv)
            if "-0.0" not in str(base64.b64decode(written["bytes"])):
                self.assertTrue(read.get("same"), (seed, read, tv))
            seen += 1
        self.assertGreater(seen, CASES // 2)

    def test_what_java_writes_we_read(self):
        schema = {"type": "object", "title": "com.acme.Order", "required": ["id"], "properties": {
            "id": {"type": "integer"}, "note": {"type": ["null", "string"]}, "tags": {"type": "array", "items": {"type": "string"}},
            "at": {"type": "integer", "title": "org.apache.kafka.connect.data.Timestamp", "connect.type": "int64"}}}
        self.register("orders-value", schema)
        written = self.java().ask(op="write", topic="orders", json='{"id":5,"note":null,"tags":["a","b"],"at":1500}')
        time_type = scalar("int64", name="org.apache.kafka.connect.data.Timestamp")
        expected = struct("com.acme.Order", ("id", scalar("int64"), {"t": "int64", "v": "5"}), ("note", scalar("string", True), None),
                          ("tags", {"type": "array", "optional": False, "items": scalar("string")},
                           {"t": "array", "v": [text("a"), text("b")]}), ("at", time_type, {"t": "date", "v": "1500"}))
        expected["schema"]["version"] = 1
        answer = self.ours().ask(op="read", topic="orders", bytes=written["bytes"], expect=expected)
        self.assertTrue(answer.get("same"), answer)

    def test_java_refuses_what_contradicts_our_schema(self):
        self.ours().ask(op="write", topic="strictly", tv=user(id=1))
        self.assertIn("bytes", self.java().ask(op="write", topic="strictly", json='{"id":2}'))
        self.assertIn("integer expected", self.java().ask(op="write", topic="strictly", json='{"id":"x"}')["error"])


class Registering(WithRegistry):
    def latest(self, subject):
        return STATE["registry"].call("GET", "/subjects/%s/versions/latest" % subject)

    def test_the_text_that_is_registered(self):
        written = self.ours().ask(op="write", topic="text", tv=user(id=1, name="x"))["bytes"]
        latest = self.latest("text-value")
        self.assertEqual(latest["schemaType"], "JSON")
        # The members of "properties" in the order of a Java HashMap, as Confluent's converter registers them.
        self.assertEqual(latest["schema"], '{"type":"object","title":"com.acme.User","properties":{"name":{"type":"string",'
                         '"connect.index":1},"id":{"type":"integer","connect.index":0,"connect.type":"int32"}}}')
        self.assertEqual(base64.b64decode(written), b"\0" + latest["id"].to_bytes(4, "big") + b'{"id":1,"name":"x"}')

    def test_an_unregistered_schema_is_refused_when_it_may_not_be_registered(self):
        answer = self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1))
        self.assertIn("strict-value isn't registered", answer["error"])
        self.assertFalse(answer["retriable"])
        self.ours().ask(op="write", topic="strict", tv=user(id=1))
        self.assertIn("bytes", self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1)))

    def test_the_latest_version_is_written_and_must_take_the_record(self):
        number = self.register("latest-value", {"type": "object", "properties": {"id": {"type": "integer", "minimum": 3}},
                                                "additionalProperties": False})
        ours = self.ours(auto_register_schemas="false", use_latest_version="true")
        answer = ours.ask(op="write", topic="latest", tv=user(id=5))
        self.assertEqual(base64.b64decode(answer["bytes"]), b"\0" + number.to_bytes(4, "big") + b'{"id":5}')
        self.assertIn("#/id: 1 is not greater or equal to 3", ours.ask(op="write", topic="latest", tv=user(id=1))["error"])
        self.assertIn("extraneous key [x]", ours.ask(op="write", topic="latest", tv=user(id=5, x="y"))["error"])

    def test_a_schema_by_its_number(self):
        number = self.register("numbered-value", {"type": "object", "properties": {"id": {"type": "integer"}}, "minProperties": 2})
        ours = self.ours(auto_register_schemas="false", use_schema_id=number)
        answer = ours.ask(op="write", topic="anywhere", tv=user(id=5, x="y"))
        self.assertEqual(base64.b64decode(answer["bytes"]), b"\0" + number.to_bytes(4, "big") + b'{"id":5,"x":"y"}')
        self.assertIn("expected minimum size: 2, actual: 1", ours.ask(op="write", topic="anywhere", tv=user(id=5))["error"])

    def test_what_is_written_is_checked_on_demand(self):
        nan = struct("com.acme.N", ("x", scalar("double"), {"t": "float64", "v": "NaN", "bits": "7ff8000000000000"}))
        self.assertEqual(base64.b64decode(self.ours().ask(op="write", topic="nan", tv=nan)["bytes"])[5:], b'{"x":"NaN"}')
        answer = self.ours(json_fail_invalid_schema="true").ask(op="write", topic="nan", tv=nan)
        self.assertIn("#/x: expected type: number, found: STRING", answer["error"])

    def test_reads_by_the_latest_version(self):
        number = self.register("evolve-value", {"type": "object", "properties": {"id": {"type": "integer"}}})
        self.register("evolve-value", {"type": "object", "properties": {"id": {"type": "number"},
                                                                       "more": {"type": "string", "default": "d"}}})
        bits = {"t": "float64", "v": "5.0", "bits": "4014000000000000"}
        expected = struct(None, ("id", scalar("double"), bits), ("more", scalar("string", default=text("d")), text("d")))
        expected["schema"]["version"] = 2
        self.assert_reads("evolve", number, {"id": 5}, expected, use_latest_version="true")

    def test_subjects_are_named_by_strategy(self):
        for name, subject in (("RecordNameStrategy", "com.acme.User"), ("TopicRecordNameStrategy", "named-com.acme.User"),
                              ("TopicNameStrategy", "named-value")):
            self.ours(value_subject_name_strategy=STRATEGY + name).ask(op="write", topic="named", tv=user(id=1))
            self.assertIn(subject, STATE["registry"].call("GET", "/subjects"))
        self.ours(role="key").ask(op="write", topic="named", tv=user(id=1))
        self.assertIn("named-key", STATE["registry"].call("GET", "/subjects"))
        answer = self.ours(value_subject_name_strategy="RecordNameStrategy").ask(
            op="write", topic="named", tv={"schema": scalar("int32"), "data": {"t": "int32", "v": 1}})
        self.assertIn("must only be a record schema", answer["error"])

    def test_nulls(self):
        # Apicurio doesn't take an optional type at the top for JSON Schema.
        def answer(_, path, body):
            return 200, {"id": 7, "version": 1, "subject": "nulls-value", "schemaType": "JSON",
                         "schema": json.loads(body)["schema"] if body else '{"type":["null","string"]}'}

        fake = test_faults.Fake(answer)
        self.addCleanup(fake.close)
        ours, null = peers.ours(fake.url, "JsonSchemaConverter"), {"schema": None, "data": None}
        self.addCleanup(ours.close)
        self.assertIsNone(ours.ask(op="write", topic="nulls", tv=null)["bytes"])
        self.assertTrue(ours.ask(op="read", topic="nulls", bytes=None, expect=null)["same"])
        optional = {"schema": scalar("string", True), "data": None}
        written = ours.ask(op="write", topic="nulls", tv=optional)["bytes"]
        self.assertEqual(base64.b64decode(written), b"\0\0\0\0\7null")
        self.assertTrue(ours.ask(op="read", topic="nulls", bytes=written, expect=optional)["same"])
        self.assertTrue(ours.ask(op="read", topic="nulls", bytes=message(7, b""), expect=null)["same"])
        self.assertIn('"schemaType":"JSON"', fake.requests[0][3])


class Reading(WithRegistry):
    def test_a_schema_may_refer_to_others(self):
        self.register("inner-value", {"type": "object", "properties": {"x": {"$ref": "#/definitions/n"}},
                                      "definitions": {"n": {"type": "integer"}}})
        reference = {"name": "inner.json", "subject": "inner-value", "version": 1}
        outer = {"type": "object", "properties": {"i": {"$ref": "inner.json"}, "n": {"$ref": "inner.json#/definitions/n"}}}
        number = self.register("outer-value", outer, references=[reference])
        inner = struct(None, ("x", scalar("int64"), {"t": "int64", "v": "3"}))
        expected = struct(None, ("i", inner["schema"], inner["data"]), ("n", scalar("int64"), {"t": "int64", "v": "4"}))
        self.assert_reads("refers", number, {"i": {"x": 3}, "n": 4}, expected)

    def test_records_are_checked_on_demand(self):
        number = self.register("checked-value", {"type": "object", "required": ["id"], "properties": {
            "id": {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}}})
        bad, null = message(number, {"id": 0}), {"schema": None, "data": None}
        self.assertNotIn("error", self.ours().ask(op="read", topic="checked", bytes=bad, expect=null))
        ours = self.ours(json_fail_invalid_schema="true")
        answer = ours.ask(op="read", topic="checked", bytes=bad, expect=null)
        self.assertIn("#/id: 0 subschemas matched instead of one", answer["error"])
        self.assertIn("required key [id] not found", ours.ask(op="read", topic="checked", bytes=message(number, {}), expect=null)["error"])
        self.assertNotIn("error", ours.ask(op="read", topic="checked", bytes=message(number, {"id": 1}), expect=null))

    def test_bad_input_names_what_is_wrong(self):
        number = self.register("bad-value", {"type": "object", "properties": {"a": {"type": "object", "properties": {
            "b": {"type": "string"}}}}})
        other = STATE["registry"].register("avro-value", {"type": "string"})
        null = {"schema": None, "data": None}
        for data, words in ((message(number, {"a": {"b": None}}), ("topic bad", "schema %d" % number, "field a.b", "required STRING")),
                            (message(number, b'{"a":'), ("topic bad", "Unexpected end")),
                            (message(number, [1]), ("Structs should be encoded as JSON objects, but found ARRAY",)),
                            (message(number, b"[" * 2000), ("nesting is too deep",)),
                            (message(9999, {}), ("topic bad", "Schema 9999", "40403")),
                            (message(other, b"x"), ("It is a AVRO schema",)),
                            (base64.b64encode(b'{"a":1}').decode(), ("Unknown magic byte!",)),
                            (base64.b64encode(b"\0\0").decode(), ("has 2 bytes",))):
            answer = self.ours().ask(op="read", topic="bad", bytes=data, expect=null)
            for word in words:
                self.assertIn(word, answer.get("error", str(answer)))
            self.assertFalse(answer["retriable"])
            self.assertEqual(answer["class"], "org.apache.kafka.connect.errors.DataException")

    def test_nesting_has_a_limit(self):
        number = self.register("deep-value", {"type": "object", "properties": {"any": {}}})
        value = b'{"any":' + b"[" * 5 + b"]" * 5 + b"}"
        expected = {"schema": None, "data": None}
        answer = self.ours(max_nesting_depth=5).ask(op="read", topic="deep", bytes=message(number, value), expect=expected)
        self.assertIn("nesting is too deep", answer["error"])
        self.assertNotIn("error", self.ours(max_nesting_depth=6).ask(op="read", topic="deep", bytes=message(number, value), expect=expected))

    def test_a_schema_that_refers_to_itself(self):
        number = self.register("tree-value", {"type": "object", "title": "T", "properties": {
            "v": {"type": "integer"}, "next": {"oneOf": [{"type": "null"}, {"$ref": "#"}]}}})
        deepest = {"type": "string", "optional": True, "name": "io.debezium.data.Json", "version": 1,
                   "parameters": {"io.confluent.connect.json.Any": ""}}
        value, expected = {"v": 9, "more": [1]}, None
        inner = struct("T", ("v", scalar("int64"), {"t": "int64", "v": "2"}), ("next", deepest, text('{"v": 9, "more": [1]}')))
        expected = struct("T", ("v", scalar("int64"), {"t": "int64", "v": "1"}),
                          ("next", {**inner["schema"], "optional": True}, inner["data"]))
        expected["schema"]["version"] = 1
        value = {"v": 1, "next": {"v": 2, "next": value}}
        self.assert_reads("tree", number, value, expected, json_recursion_depth="1")

    def test_a_value_without_a_schema_is_refused(self):
        answer = self.ours().ask(op="write", topic="plain", tv={"schema": None, "data": {"t": "int64", "v": "5"}})
        self.assertIn("has no schema", answer["error"])


if __name__ == "__main__":
    harness.main()
