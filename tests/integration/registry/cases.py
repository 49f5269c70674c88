"""Random cases for AvroData: values with Connect schemas, and Avro schemas with data, in the form of the golden vectors."""
import base64
import random
import struct

NAMES = ["a", "b", "id", "name", "value", "tags", "x1", "_y", "é", "Order", "region"]
TYPES = ["com.acme.R", "com.acme.Other", "Plain", "a.b.C", "io.x.Deep.Name", "ConnectDefault7"]
TEXTS = ["", "x", "héllo", "日本", "tab\t", "line\nbreak", "{\"a\":1}", "true", "2023-11-14", "😀", "O'Neil", "1"]
CONFIGS = [{}, {"connect.meta.data": "false"}, {"enhanced.avro.schema.support": "true"},
           {"enhanced.avro.schema.support": "true", "connect.meta.data": "false"}]
LOGICAL = {"Decimal": "bytes", "Date": "int32", "Time": "int32", "Timestamp": "int64"}
WRONG = 0.005  # how often a value contradicts its schema
SCALARS = ["int8", "int16", "int32", "int64", "float", "double", "boolean", "string", "bytes"]


def bits(kind, number):
    if kind == "float":
        number = struct.unpack("<f", struct.pack("<f", number))[0]
        return {"t": "float32", "v": "", "bits": "%08x" % struct.unpack("<I", struct.pack("<f", number))[0]}
    return {"t": "float64", "v": "", "bits": "%016x" % struct.unpack("<Q", struct.pack("<d", number))[0]}


class Connect:
    """Schemas of Connect and values for them."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.wrong = WRONG
        self.names = 0

    def attributes(self, schema, depth):
        r = self.r
        if r.random() < 0.15:
            schema["doc"] = "doc %d" % r.randrange(5)
        if "name" not in schema and r.random() < 0.15:
            schema["name"] = "com.acme.N%d" % r.randrange(40)
        if "version" not in schema and r.random() < 0.1:
            schema["version"] = r.randrange(1, 5)
        if r.random() < 0.12:
            schema.setdefault("parameters", {}).update({"p%d" % r.randrange(3): r.choice(TEXTS)})
        if schema["type"] != "struct" and r.random() < 0.2:
            self.wrong = 0
            schema["default"] = self.value({**schema, "optional": False})
            self.wrong = WRONG
        return schema

    def logical(self):
        r = self.r
        name = r.choice(list(LOGICAL))
        schema = {"type": LOGICAL[name], "optional": r.random() < 0.4, "version": 1,
                  "name": "org.apache.kafka.connect.data." + name}
        if name == "Decimal":
            schema["parameters"] = {"scale": str(r.choice([0, 2, 3, 10, 70, -2]))}
            if r.random() < 0.3:
                schema["parameters"]["connect.decimal.precision"] = str(r.choice([5, 10, 38, 64]))
        return schema

    def enum(self):
        r = self.r
        name = "com.acme.E%d" % r.randrange(1000)
        prefix = "io.confluent.connect.avro.Enum"
        symbols = sorted(r.sample(["A", "BLUE", "RED", "X1", "_z"], r.randrange(1, 4)))
        parameters = {prefix: name, **{prefix + "." + s: s for s in symbols}}
        return {"type": "string", "optional": r.random() < 0.3, "name": name, "parameters": parameters}

    def fixed(self):
        self.names += 1
        return {"type": "bytes", "optional": self.r.random() < 0.3, "name": "com.acme.F%d" % self.names,
                "parameters": {"connect.fixed.size": str(self.r.randrange(1, 6))}}

    def union(self, depth):
        fields, names = [], self.r.sample(["int32", "string", "boolean", "int64", "double"], self.r.randrange(1, 4))
        avro = {"int32": "int", "int64": "long"}
        for name in names:
            fields.append({"field": avro.get(name, name), "type": name, "optional": True})
        if self.r.random() < 0.4:
            self.names += 1
            member = self.struct(depth + 1)
            member.update({"name": "com.acme.M%d" % self.names, "optional": True, "field": "M%d" % self.names})
            member.pop("version", None)
            fields.append(member)
        return {"type": "struct", "optional": self.r.random() < 0.4, "name": "io.confluent.connect.avro.Union", "fields": fields}

    def struct(self, depth):
        r = self.r
        schema = {"type": "struct", "optional": r.random() < 0.25, "fields": []}
        if r.random() < 0.6:
            self.names += 1
            schema["name"] = r.choice(["com.acme.S%d", "S%d", "a.b.T%d"]) % self.names
        for name in r.sample(NAMES, r.randrange(0, 5)):
            schema["fields"].append({**self.schema(depth + 1), "field": name})
        return schema

    def schema(self, depth=0):
        r = self.r
        pick = r.random()
        if pick < 0.14:
            return self.attributes(self.logical(), depth)
        if pick < 0.19:
            return self.enum()
        if pick < 0.22:
            return self.fixed()
        if pick < 0.26 and depth < 3:
            return self.union(depth)
        if pick < 0.40 and depth < 3:
            return self.attributes(self.struct(depth), depth)
        if pick < 0.50 and depth < 3:
            return self.attributes({"type": "array", "optional": r.random() < 0.3, "items": self.schema(depth + 1)}, depth)
        if pick < 0.60 and depth < 3:
            keys = {"type": "string", "optional": r.random() < 0.2}
            if r.random() < 0.3:
                keys = {"type": r.choice(["int32", "boolean", "int64"]), "optional": r.random() < 0.2}
            schema = {"type": "map", "optional": r.random() < 0.3, "keys": keys, "values": self.schema(depth + 1)}
            return self.attributes(schema, depth)
        return self.attributes({"type": r.choice(SCALARS), "optional": r.random() < 0.35}, depth)

    def value(self, schema):
        """DATA for a schema, now and then of a wrong type."""
        r = self.r
        if schema["optional"] and r.random() < 0.2:
            return None
        if r.random() < self.wrong:
            return {"t": "string", "v": "wrong"}
        name = schema.get("name", "")
        if name.startswith("org.apache.kafka.connect.data."):
            return self.logical_value(schema, name.rsplit(".", 1)[1])
        return getattr(self, "value_" + schema["type"])(schema)

    def logical_value(self, schema, name):
        r = self.r
        if name == "Decimal":
            unscaled = r.choice([0, 1, -1, 127, 128, -128, -129, r.randrange(-10**30, 10**30)])
            scale = int(schema["parameters"]["scale"]) + (r.random() < self.wrong)
            return {"t": "decimal", "unscaled": str(unscaled), "scale": scale}
        ms = {"Date": 86400000 * r.randrange(-20000, 20000), "Time": r.randrange(0, 86400001),
              "Timestamp": r.randrange(-10**13, 10**13)}[name]
        return {"t": "date", "v": str(ms + (r.random() < self.wrong))}

    def number(self, size):
        r = self.r
        return r.choice([0, 1, -1, 2**(size - 1) - 1, -2**(size - 1), r.randrange(-2**(size - 1), 2**(size - 1))])

    def value_int8(self, _):
        return {"t": "int8", "v": self.number(8)}

    def value_int16(self, _):
        return {"t": "int16", "v": self.number(16)}

    def value_int32(self, _):
        return {"t": "int32", "v": self.number(32)}

    def value_int64(self, _):
        return {"t": "int64", "v": str(self.number(64))}

    def value_float(self, _):
        return bits("float", self.r.choice([0.0, -0.0, 1.5, 0.1, 1e10, float("inf"), float("nan"), self.r.uniform(-1e5, 1e5)]))

    def value_double(self, _):
        # Arrays of double lose precision in Avro 1.12.0 for Java (as float), so all are floats.
        return bits("double", self.r.choice([0.0, -0.0, 1.5, float("-inf"), self.r.randrange(-10**6, 10**6) / 8]))

    def value_boolean(self, _):
        return {"t": "boolean", "v": self.r.random() < 0.5}

    def value_string(self, schema):
        symbols = [k.rsplit(".", 1)[1] for k in schema.get("parameters", {}) if ".Enum." in k]
        return {"t": "string", "v": self.r.choice(symbols or TEXTS)}

    def value_bytes(self, schema):
        size = schema.get("parameters", {}).get("connect.fixed.size")
        return {"t": "bytes", "v": base64.b64encode(self.r.randbytes(int(size) if size else self.r.randrange(6))).decode()}

    def value_array(self, schema):
        return {"t": "array", "v": [self.value(schema["items"]) for _ in range(self.r.randrange(4))]}

    def value_map(self, schema):
        entries, seen = [], set()
        for _ in range(self.r.choice([0, 1, 2, 5, 14])):
            key = self.value(schema["keys"])
            if key is not None and key["t"] == "string":
                key = {"t": "string", "v": key["v"] + str(self.r.randrange(1000))}
            if str(key) not in seen:
                seen.add(str(key))
                entries.append([key, self.value(schema["values"])])
        return {"t": "map", "v": entries}

    def value_struct(self, schema):
        if schema.get("name", "").endswith(".Union"):
            chosen = self.r.choice(schema["fields"])["field"]
            return {"t": "struct", "v": [[f["field"], self.value({**f, "optional": False}) if f["field"] == chosen else None]
                                         for f in schema["fields"]]}
        return {"t": "struct", "v": [[f["field"], self.value(f)] for f in schema["fields"]]}

    def plain(self, depth=0):
        """A value without a schema."""
        r = self.r
        if depth < 3 and r.random() < 0.4:
            if r.random() < 0.5:
                return {"t": "array", "v": [self.plain(depth + 1) for _ in range(r.randrange(3))]}
            keys = r.sample(TEXTS, r.randrange(3))
            return {"t": "map", "v": [[{"t": "string", "v": k}, self.plain(depth + 1)] for k in keys]}
        if depth and r.random() < 0.1:
            return None
        return self.value({"type": r.choice(SCALARS[:8]), "optional": False})


class Avro:
    """Avro schemas and data of them."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.named = []
        self.count = 0

    def props(self, schema):
        r = self.r
        if r.random() < 0.12:
            schema["connect.doc"] = "cd"
        if r.random() < 0.12:
            schema["connect.version"] = r.choice([1, 2, 3, 7])
        if r.random() < 0.12:
            schema["connect.parameters"] = {"k": "v", "z": r.choice(TEXTS)}
        if r.random() < 0.06:
            schema["connect.name"] = r.choice(["my.Name", "Other"])
        if r.random() < 0.06:
            schema["avro.java.string"] = "String"
        if r.random() < 0.06:
            schema["custom"] = r.choice([1, "x", None, [1]])
        if r.random() < 0.1:
            schema["connect.default"] = r.choice([5, "dd", 1.5, True, None, [1, 2], {"a": 1}, {}])
        return schema

    def name(self, schema):
        self.count += 1
        schema["name"] = "%s%d" % (self.r.choice(["R", "Item", "ConnectDefault"]), self.count)
        if self.r.random() < 0.5:
            schema["namespace"] = self.r.choice(["com.acme", "a.b", "io.confluent.connect.avro"])
        return schema

    def record(self, depth):
        r = self.r
        schema = self.name({"type": "record"})
        if r.random() < 0.3:
            schema["doc"] = "rd"
        schema["fields"] = fields = []
        for name in r.sample(NAMES, r.randrange(0, 5)):
            field = {"name": name, "type": self.schema(depth + 1)}
            if r.random() < 0.2:
                field["doc"] = "fd"
            if r.random() < 0.4:
                fallback = self.fallback(field["type"])
                if fallback is not ...:
                    field["default"] = fallback
            fields.append(field)
        return schema

    def logical(self):
        r = self.r
        return r.choice([
            lambda: {"type": "int", "logicalType": r.choice(["date", "time-millis", "Date", "nothing"])},
            lambda: {"type": "long", "logicalType": r.choice(["timestamp-millis", "timestamp-micros", "time-micros"])},
            lambda: {"type": "bytes", "logicalType": "decimal", "precision": r.choice([5, 10, 64]), "scale": r.choice([0, 2, 4])},
            lambda: {"type": "bytes", "logicalType": "decimal", "precision": 8},
            lambda: {"type": "string", "logicalType": "uuid"},
            lambda: {"type": "int", "connect.type": r.choice(["int8", "int16"])}])()

    def schema(self, depth=0, in_union=False):
        r = self.r
        pick = r.random()
        if pick < 0.2:
            return self.props(self.logical())
        if pick < 0.26:
            schema = self.name({"type": "enum", "symbols": r.sample(["A", "B", "RED", "x"], r.randrange(1, 4))})
            if r.random() < 0.3:
                schema["default"] = schema["symbols"][0]
            if r.random() < 0.3:
                schema["doc"] = "ed"
            return schema
        if pick < 0.31:
            return self.name({"type": "fixed", "size": r.randrange(1, 5)})
        if pick < 0.45 and depth < 3:
            return self.props(self.record(depth))
        if pick < 0.53 and depth < 3:
            return self.props({"type": "array", "items": self.schema(depth + 1)})
        if pick < 0.60 and depth < 3:
            return self.props({"type": "map", "values": self.schema(depth + 1)})
        if pick < 0.63 and depth < 3:
            return self.entries(depth)
        if pick < 0.78 and depth < 3 and not in_union:
            return self.union(depth)
        scalar = r.choice(["int", "long", "float", "double", "boolean", "string", "bytes"])
        return self.props({"type": scalar}) if r.random() < 0.3 else scalar

    def entries(self, depth):
        key = self.r.choice(["int", "long", ["null", "string"], "string"])
        fields = [{"name": "key", "type": key}, {"name": "value", "type": self.schema(depth + 1)}]
        record = {"type": "record", "name": "E%d" % self.r.randrange(10**6), "fields": fields,
                  "connect.internal.type": "MapEntry"}
        return {"type": "array", "items": record}

    def union(self, depth):
        r = self.r
        if r.random() < 0.5:
            branches = ["null", self.schema(depth + 1, True)]
            r.shuffle(branches)
            return branches
        branches, kinds = [], set()
        if r.random() < 0.5:
            branches.append("null")
        for _ in range(r.randrange(1, 4)):
            schema = self.schema(depth + 1, True)
            kind = schema if isinstance(schema, str) else schema["type"]
            if kind in ("record", "enum", "fixed") or kind not in kinds:
                kinds.add(kind)
                branches.append(schema)
        return branches

    def fallback(self, schema):
        """A default that fits, or ... for none."""
        r = self.r
        if isinstance(schema, list):
            return self.fallback(schema[0])
        kind = schema if isinstance(schema, str) else schema["type"]
        simple = {"null": None, "boolean": True, "int": 5, "long": 7, "float": 1.5, "double": 2, "bytes": "\u00ff", "string": "ds"}
        if kind in simple:
            return simple[kind]
        if kind == "enum":
            return r.choice(schema["symbols"])
        if kind == "fixed":
            return "f" * schema["size"]
        if kind in ("array", "map"):
            inner = self.fallback(schema["items" if kind == "array" else "values"])
            if inner is ... or r.random() < 0.3:
                return [] if kind == "array" else {}
            return [inner] if kind == "array" else {"k": inner}
        record = {}
        for field in schema["fields"]:
            if "default" in field and r.random() < 0.5:
                continue
            record[field["name"]] = self.fallback(field["type"])
            if record[field["name"]] is ...:
                return ...
        return record

    def data(self, schema):
        """Bytes of some value."""
        r = self.r
        if isinstance(schema, list):
            at = r.randrange(len(schema))
            return zigzag(at) + self.data(schema[at])
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind == "record":
            return b"".join(self.data(f["type"]) for f in schema["fields"])
        if kind in ("array", "map"):
            out = b""
            for _ in range(r.randrange(3)):
                key = self.text() if kind == "map" else b""
                out += zigzag(1) + key + self.data(schema["items" if kind == "array" else "values"])
            return out + zigzag(0)
        if kind == "enum":
            return zigzag(r.randrange(len(schema["symbols"])))
        if kind == "fixed":
            return r.randbytes(schema["size"])
        if kind == "string":
            return self.text()
        if kind == "bytes":
            return zigzag(2) + r.randbytes(2)
        return self.scalar(kind, schema)

    def scalar(self, kind, schema):
        r = self.r
        if kind == "int":
            time = isinstance(schema, dict) and schema.get("logicalType") == "time-millis"
            return zigzag(r.randrange(86400000) if time else r.choice([0, -1, 300, r.randrange(-2**31, 2**31)]))
        if kind == "long":
            return zigzag(r.choice([0, -1, 5, r.randrange(-2**63, 2**63)]))
        return {"null": b"", "boolean": bytes([r.randrange(2)]), "float": struct.pack("<f", r.uniform(-9, 9)),
                "double": struct.pack("<d", r.randrange(-99, 99) / 8)}[kind]

    def text(self):
        bytes_ = self.r.choice(TEXTS).encode()
        return zigzag(len(bytes_)) + bytes_


def zigzag(number):
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7f:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def from_connect(seed):
    connect = Connect(seed)
    if connect.r.random() < 0.05:
        tv = {"schema": None, "data": connect.plain()}
    else:
        schema = connect.schema()
        tv = {"schema": schema, "data": connect.value(schema)}
    return {"kind": "avro", "class": "AvroData", "op": "fromConnect", "id": "f%d" % seed, "tv": tv,
            "config": connect.r.choice(CONFIGS)}


def to_connect(seed):
    import json
    avro = Avro(seed)
    schema = avro.schema()
    return {"kind": "avro", "class": "AvroData", "op": "toConnect", "id": "t%d" % seed, "avroSchema": json.dumps(schema),
            "bytes": base64.b64encode(avro.data(schema)).decode(), "config": avro.r.choice(CONFIGS)}
