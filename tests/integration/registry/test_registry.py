"""AvroConverter against Apicurio's registry, and against its Java converters: what one side writes the other reads."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import peers

GOLDEN = os.path.join(harness.TOP, "tests", "golden", "avro.jsonl")
CASES = int(os.environ.get("LC_TEST_CASES", "400"))
ID_AND_UP = {"type": "record", "name": "com.acme.User", "fields": [{"name": "id", "type": "int"}]}
STATE = {}


def setUpModule():
    if not peers.java_available():
        raise unittest.SkipTest("LC_REGISTRY_LIBS is not set")
    STATE["folder"] = tempfile.TemporaryDirectory()
    STATE["class_path"] = peers.compiled(STATE["folder"].name)
    STATE["registry"] = peers.Registry(STATE["folder"].name)


def tearDownModule():
    if "registry" in STATE:
        STATE["registry"].close()
    if "folder" in STATE:
        STATE["folder"].cleanup()


def user(**fields):
    """A struct of text fields, and of int32 where the value is a number."""
    schema, data = [], []
    for name, value in fields.items():
        kind = "int32" if isinstance(value, int) else "string"
        schema.append({"field": name, "type": kind, "optional": False})
        data.append([name, {"t": kind, "v": value}])
    return {"schema": {"type": "struct", "optional": False, "name": "com.acme.User", "fields": schema},
            "data": {"t": "struct", "v": data}}


def without_versions(tv):
    """The version of a top-level schema comes from the registry with us and from nowhere with Apicurio."""
    if tv["schema"] and tv["schema"].get("version"):
        tv = {**tv, "schema": {k: v for k, v in tv["schema"].items() if k != "version"}}
    return json.dumps(unordered(tv), sort_keys=True)


def unordered(data):
    """The entries of maps sorted: their order means nothing."""
    if isinstance(data, list):
        return [unordered(item) for item in data]
    if not isinstance(data, dict):
        return data
    plain = {key: unordered(value) for key, value in data.items()}
    if plain.get("t") == "map":
        plain["v"] = sorted(plain["v"], key=lambda entry: json.dumps(entry, sort_keys=True))
    return plain


def wrapped(tv):
    """In a field of a struct: at the top Apicurio's converter reads primitives without a schema, and bytes differ."""
    if not tv["schema"]:
        return tv
    struct = {"type": "struct", "optional": False, "name": "com.acme.Wrapped", "fields": [{**tv["schema"], "field": "v"}]}
    return {"schema": struct, "data": {"t": "struct", "v": [["v", tv["data"]]]}}


class WithRegistry(unittest.TestCase):
    def ours(self, **settings):
        peer = peers.ours(STATE["registry"].url, **{"flatten_singleton_unions": "false", **settings})
        self.addCleanup(peer.close)
        return peer

    def java(self):
        peer = peers.java(STATE["class_path"], apicurio_registry_url=STATE["registry"].base + "/apis/registry/v2",
                          **{"apicurio_registry_auto-register": "true", "apicurio_registry_as-confluent": "true",
                             "apicurio_registry_use-id": "contentId",
                             "apicurio_registry_artifact-resolver-strategy":
                                 "io.apicurio.registry.serde.strategy.TopicIdStrategy"})
        self.addCleanup(peer.close)
        return peer


class Interoperability(WithRegistry):
    def vectors(self):
        with open(GOLDEN, encoding="utf-8") as lines:
            for line in lines:
                vector = json.loads(line)
                trip = vector["expect"].get("roundTrip")
                if vector["op"] == "fromConnect" and not vector["config"] and trip and trip["data"]:
                    yield vector["id"].replace(".", "-"), wrapped(vector["tv"]), wrapped(trip)

    def test_what_java_writes_we_read(self):
        java, ours, seen = self.java(), self.ours(), 0
        for topic, tv, trip in self.vectors():
            written = java.ask(op="write", topic=topic, tv=tv)
            if "error" in written:
                continue
            read = ours.ask(op="read", topic=topic, bytes=written["bytes"], expect=trip)
            self.assertTrue(read.get("same"), (topic, read, trip))
            seen += 1
        self.assertGreater(seen, 60)

    def test_what_we_write_java_reads(self):
        java, ours, seen = self.java(), self.ours(), 0
        for topic, tv, trip in self.vectors():
            written = ours.ask(op="write", topic=topic + "-o", tv=tv)
            if "error" in written:
                self.assertIn("registry", written["error"], topic)  # a name that it refuses
                continue
            read = java.ask(op="read", topic=topic + "-o", bytes=written["bytes"])
            self.assertEqual(without_versions(read.get("tv", read)), without_versions(trip), topic)
            seen += 1
        self.assertGreater(seen, 60)

    def test_both_register_the_same_text(self):
        java, ours = self.java(), self.ours()
        value = user(id=1, name="x")
        first = java.ask(op="write", topic="same", tv=value)["bytes"]
        second = ours.ask(op="write", topic="same", tv=value)["bytes"]
        self.assertEqual(first, second)
        self.assertEqual(STATE["registry"].call("GET", "/subjects/same-value/versions"), [1])

    def test_random_values_as_java_maps_them(self):
        """AvroData alone, without a registry: the same schemas, bytes and values."""
        java = peers.java(STATE["class_path"])
        self.addCleanup(java.close)
        path = os.path.join(STATE["folder"].name, "random.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for seed in range(CASES):
                for case in (cases.from_connect(seed), cases.to_connect(seed)):
                    answer = java.ask(**case)
                    # Java finds no union member for a record with a struct as default: it never equals itself.
                    if "matching union field" in str(answer):
                        continue
                    if answer.get("tv") and answer["tv"]["schema"] is None and answer["tv"]["data"] is None:
                        answer = {"tv": None}
                    out.write(json.dumps({**case, "expect": answer}) + "\n")
        run = subprocess.run([os.path.join(harness.BUILD, "tests", "lc_vectors"), path], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout[-3000:])


class Registering(WithRegistry):
    def test_an_unregistered_schema_is_refused_when_it_may_not_be_registered(self):
        answer = self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1))
        self.assertIn("strict-value isn't registered", answer["error"])
        self.assertFalse(answer["retriable"])
        text = {"type": "record", "name": "User", "namespace": "com.acme", "fields": ID_AND_UP["fields"],
                "connect.name": "com.acme.User"}
        registered = STATE["registry"].register("strict-value", text)
        answer = self.ours(auto_register_schemas="false").ask(op="write", topic="strict", tv=user(id=1))
        self.assertEqual(base64.b64decode(answer["bytes"]), bytes([0]) + registered.to_bytes(4, "big") + b"\2")

    def test_an_incompatible_schema_is_refused(self):
        registry = STATE["registry"]
        self.ours().ask(op="write", topic="compat", tv=user(id=1))
        registry.call("PUT", "/config/compat-value", {"compatibility": "BACKWARD"})
        answer = self.ours().ask(op="write", topic="compat", tv=user(id=1, more="x"))
        self.assertIn("409", answer["error"])
        self.assertIn("compat-value", answer["error"])
        self.assertFalse(answer["retriable"])

    def test_the_latest_version_is_written(self):
        wider = {**ID_AND_UP, "fields": [{"name": "note", "type": ["null", "string"], "default": None},
                                         {"name": "id", "type": "long"}, {"name": "n", "type": "int", "default": 7}]}
        registered = STATE["registry"].register("latest-value", wider)
        ours = self.ours(auto_register_schemas="false", use_latest_version="true")
        answer = ours.ask(op="write", topic="latest", tv=user(id=5))
        self.assertEqual(base64.b64decode(answer["bytes"]), bytes([0]) + registered.to_bytes(4, "big") + b"\0\x0a\x0e")

    def test_the_latest_version_must_take_the_record(self):
        STATE["registry"].register("latest2-value", {**ID_AND_UP, "fields": [{"name": "must", "type": "int"}]})
        ours = self.ours(auto_register_schemas="false", use_latest_version="true")
        answer = ours.ask(op="write", topic="latest2", tv=user(id=5))
        self.assertIn("Field must of the registered Avro schema com.acme.User", answer["error"])

    def test_reads_with_the_latest_version_as_readers_schema(self):
        written = self.ours().ask(op="write", topic="evolve", tv=user(id=5, name="x"))["bytes"]
        evolved = {**ID_AND_UP, "fields": [{"name": "added", "type": "string", "default": "d"}, {"name": "id", "type": "long"}]}
        STATE["registry"].register("evolve-value", evolved)
        expected = {"schema": {"type": "struct", "optional": False, "name": "com.acme.User", "fields": [
            {"field": "added", "type": "string", "optional": False, "default": {"t": "string", "v": "d"},
             "parameters": {"io.confluent.connect.avro.field.default": "true"}},
            {"field": "id", "type": "int64", "optional": False}]},
            "data": {"t": "struct", "v": [["added", {"t": "string", "v": "d"}], ["id", {"t": "int64", "v": "5"}]]}}
        answer = self.ours(use_latest_version="true").ask(op="read", topic="evolve", bytes=written, expect=expected)
        self.assertTrue(answer.get("same"), answer)

    def test_the_version_of_a_schema_is_the_subjects(self):
        ours = self.ours()
        ours.ask(op="write", topic="versions", tv=user(id=5))
        STATE["registry"].call("PUT", "/config/versions-value", {"compatibility": "NONE"})
        written = ours.ask(op="write", topic="versions", tv=user(name="x"))["bytes"]
        expected = user(name="x")
        expected["schema"]["version"] = 2
        answer = ours.ask(op="read", topic="versions", bytes=written, expect=expected)
        self.assertTrue(answer.get("same"), answer)

    def test_subjects_are_named_by_strategy(self):
        strategy = "io.confluent.kafka.serializers.subject."
        for name, subject in (("RecordNameStrategy", "com.acme.User"), ("TopicRecordNameStrategy", "named-com.acme.User"),
                              ("TopicNameStrategy", "named-value")):
            self.ours(value_subject_name_strategy=strategy + name).ask(op="write", topic="named", tv=user(id=1))
            self.assertIn(subject, STATE["registry"].call("GET", "/subjects"))
        self.ours(role="key").ask(op="write", topic="named", tv=user(id=1))
        self.assertIn("named-key", STATE["registry"].call("GET", "/subjects"))
        answer = self.ours(value_subject_name_strategy="RecordNameStrategy").ask(
            op="write", topic="named", tv={"schema": {"type": "int32", "optional": False}, "data": {"t": "int32", "v": 1}})
        self.assertIn("must only be a record schema", answer["error"])

    def test_a_schema_may_refer_to_others(self):
        registry = STATE["registry"]
        registry.register("inner-value", {"type": "record", "name": "com.acme.Inner", "fields": [{"name": "x", "type": "int"}]})
        outer = {"type": "record", "name": "com.acme.Outer", "fields": [{"name": "i", "type": "com.acme.Inner"}]}
        reference = {"name": "com.acme.Inner", "subject": "inner-value", "version": 1}
        number = registry.register("outer-value", outer, references=[reference])
        expected = {"schema": {"type": "struct", "optional": False, "name": "com.acme.Outer", "fields": [
            {"field": "i", "type": "struct", "optional": False, "name": "com.acme.Inner",
             "fields": [{"field": "x", "type": "int32", "optional": False}]}]},
            "data": {"t": "struct", "v": [["i", {"t": "struct", "v": [["x", {"t": "int32", "v": 3}]]}]]}}
        message = base64.b64encode(bytes([0]) + number.to_bytes(4, "big") + b"\6").decode()
        answer = self.ours().ask(op="read", topic="outer", bytes=message, expect=expected)
        self.assertTrue(answer.get("same"), answer)

    def test_nulls_are_nulls(self):
        ours = self.ours()
        null = {"schema": {"type": "string", "optional": True}, "data": None}
        self.assertIsNone(ours.ask(op="write", topic="nulls", tv=null)["bytes"])
        self.assertIsNone(ours.ask(op="write", topic="nulls", tv={"schema": None, "data": None})["bytes"])
        self.assertTrue(ours.ask(op="read", topic="nulls", bytes=None, expect={"schema": None, "data": None})["same"])

    def test_bytes_at_the_top_have_no_length(self):
        ours = self.ours()
        value = {"schema": {"type": "bytes", "optional": False}, "data": {"t": "bytes", "v": "AQID"}}
        written = ours.ask(op="write", topic="raw", tv=value)["bytes"]
        self.assertEqual(base64.b64decode(written)[5:], b"\1\2\3")
        self.assertTrue(ours.ask(op="read", topic="raw", bytes=written, expect=value)["same"])

    def test_an_unknown_id_names_everything(self):
        answer = self.ours().ask(op="read", topic="orders", bytes="AAAAJw8C", expect={"schema": None, "data": None})
        for word in ("topic orders", "Schema 9999", STATE["registry"].url, "40403"):
            self.assertIn(word, answer["error"])
        self.assertFalse(answer["retriable"])


if __name__ == "__main__":
    harness.main()
