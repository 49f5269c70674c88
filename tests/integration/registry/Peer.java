import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.apicurio.registry.utils.converter.AvroConverter;
import io.apicurio.registry.utils.converter.avro.AvroData;
import io.apicurio.registry.utils.converter.avro.AvroDataConfig;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.storage.Converter;

/**
 * The Java side of the registry tests: a converter of Apicurio, or AvroData alone, driven by lines of JSON. Values have
 * the form of the golden vectors.
 *   {"op":"write","topic","tv"} -> {"bytes"}      {"op":"read","topic","bytes"} -> {"tv"}
 *   {"op":"fromConnect","config","tv"} -> {"avroSchema","bytes","roundTrip"}
 *   {"op":"toConnect","config","avroSchema","bytes"} -> {"tv"}
 * A failure answers {"error": class, "message"} beside what was found before it.
 */
public class Peer {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    // --- schemas ---

    static SchemaBuilder builder(JsonNode json) {
        switch (json.get("type").asText()) {
            case "array": return SchemaBuilder.array(schema(json.get("items")));
            case "map": return SchemaBuilder.map(schema(json.get("keys")), schema(json.get("values")));
            case "float": return SchemaBuilder.float32();
            case "double": return SchemaBuilder.float64();
            case "struct":
                SchemaBuilder struct = SchemaBuilder.struct();
                for (JsonNode field : json.get("fields")) struct.field(field.get("field").asText(), schema(field));
                return struct;
            default: return SchemaBuilder.type(Schema.Type.valueOf(json.get("type").asText().toUpperCase()));
        }
    }

    static Schema schema(JsonNode json) {
        if (json == null || json.isNull()) return null;
        SchemaBuilder b = builder(json);
        if (json.get("optional").asBoolean()) b.optional();
        if (json.has("name")) b.name(json.get("name").asText());
        if (json.has("version")) b.version(json.get("version").asInt());
        if (json.has("doc")) b.doc(json.get("doc").asText());
        if (json.has("parameters")) {
            json.get("parameters").fields().forEachRemaining(e -> b.parameter(e.getKey(), e.getValue().asText()));
        }
        if (json.has("default")) b.defaultValue(data(json.get("default"), b));
        return b.build();
    }

    static ObjectNode write(Schema s) {
        ObjectNode json = NODES.objectNode();
        String type = s.type().getName();
        json.put("type", type.equals("float32") ? "float" : type.equals("float64") ? "double" : type);
        json.put("optional", s.isOptional());
        if (s.name() != null) json.put("name", s.name());
        if (s.version() != null) json.put("version", s.version());
        if (s.doc() != null) json.put("doc", s.doc());
        if (s.parameters() != null && !s.parameters().isEmpty()) {
            ObjectNode parameters = json.putObject("parameters");
            s.parameters().forEach(parameters::put);
        }
        if (s.defaultValue() != null) json.set("default", write(s.defaultValue()));
        if (s.type() == Schema.Type.ARRAY) json.set("items", write(s.valueSchema()));
        if (s.type() == Schema.Type.MAP) {
            json.set("keys", write(s.keySchema()));
            json.set("values", write(s.valueSchema()));
        }
        if (s.type() == Schema.Type.STRUCT) {
            ArrayNode fields = json.putArray("fields");
            for (Field f : s.fields()) fields.add(write(f.schema()).put("field", f.name()));
        }
        return json;
    }

    // --- data ---

    static Object data(JsonNode json, Schema place) {
        if (json == null || json.isNull()) return null;
        JsonNode v = json.get("v");
        switch (json.get("t").asText()) {
            case "int8": return (byte) v.asInt();
            case "int16": return (short) v.asInt();
            case "int32": return v.asInt();
            case "int64": return Long.parseLong(v.asText());
            case "float32": return Float.intBitsToFloat((int) Long.parseLong(json.get("bits").asText(), 16));
            case "float64": return Double.longBitsToDouble(Long.parseUnsignedLong(json.get("bits").asText(), 16));
            case "boolean": return v.asBoolean();
            case "string": return v.asText();
            case "bytes": return Base64.getDecoder().decode(v.asText());
            case "date": return new Date(Long.parseLong(v.asText()));
            case "decimal": return new BigDecimal(new BigInteger(json.get("unscaled").asText()), json.get("scale").asInt());
            case "bigint": return new BigInteger(v.asText());
            case "array": return list(v, place);
            case "map": return map(v, place);
            case "struct": return struct(json, place);
            default: throw new IllegalArgumentException(json.toString());
        }
    }

    static Object list(JsonNode items, Schema place) {
        List<Object> list = new ArrayList<>();
        Schema inner = place != null && place.type() == Schema.Type.ARRAY ? place.valueSchema() : null;
        for (JsonNode item : items) list.add(data(item, inner));
        return list;
    }

    static Object map(JsonNode entries, Schema place) {
        Map<Object, Object> map = new LinkedHashMap<>();
        boolean known = place != null && place.type() == Schema.Type.MAP;
        for (JsonNode entry : entries)
            map.put(data(entry.get(0), known ? place.keySchema() : null), data(entry.get(1), known ? place.valueSchema() : null));
        return map;
    }

    /** Data may contradict the schema, which Struct.put would refuse: values go in as they are. */
    static Object struct(JsonNode json, Schema place) {
        Schema own = json.has("schema") ? schema(json.get("schema")) : place;
        Struct struct = new Struct(own);
        try {
            java.lang.reflect.Field values = Struct.class.getDeclaredField("values");
            values.setAccessible(true);
            Object[] slots = (Object[]) values.get(struct);
            for (JsonNode pair : json.get("v")) {
                Field field = own.field(pair.get(0).asText());
                slots[field.index()] = data(pair.get(1), field.schema());
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return struct;
    }

    static ObjectNode tagged(String tag, Object v) {
        ObjectNode json = NODES.objectNode().put("t", tag);
        if (v instanceof Integer) json.put("v", (Integer) v);
        else if (v instanceof Boolean) json.put("v", (Boolean) v);
        else if (v != null) json.put("v", v.toString());
        return json;
    }

    static JsonNode write(Object o) {
        if (o == null) return NODES.nullNode();
        if (o instanceof Byte) return tagged("int8", ((Byte) o).intValue());
        if (o instanceof Short) return tagged("int16", ((Short) o).intValue());
        if (o instanceof Integer) return tagged("int32", o);
        if (o instanceof Long) return tagged("int64", o.toString());
        if (o instanceof Float)
            return tagged("float32", o.toString()).put("bits", String.format("%08x", Float.floatToIntBits((Float) o)));
        if (o instanceof Double)
            return tagged("float64", o.toString()).put("bits", String.format("%016x", Double.doubleToLongBits((Double) o)));
        if (o instanceof Boolean) return tagged("boolean", o);
        if (o instanceof String) return tagged("string", o);
        if (o instanceof byte[]) return tagged("bytes", Base64.getEncoder().encodeToString((byte[]) o));
        if (o instanceof ByteBuffer) {
            ByteBuffer buffer = ((ByteBuffer) o).duplicate();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return write(bytes);
        }
        if (o instanceof Date) return tagged("date", String.valueOf(((Date) o).getTime()));
        if (o instanceof BigDecimal) {
            ObjectNode json = tagged("decimal", null);
            json.put("unscaled", ((BigDecimal) o).unscaledValue().toString());
            return json.put("scale", ((BigDecimal) o).scale());
        }
        ArrayNode items = NODES.arrayNode();
        if (o instanceof List) {
            for (Object item : (List<?>) o) items.add(write(item));
            return NODES.objectNode().put("t", "array").set("v", items);
        }
        if (o instanceof Map) {
            for (Map.Entry<?, ?> e : ((Map<?, ?>) o).entrySet()) items.addArray().add(write(e.getKey())).add(write(e.getValue()));
            return NODES.objectNode().put("t", "map").set("v", items);
        }
        Struct struct = (Struct) o;
        for (Field f : struct.schema().fields()) items.addArray().add(f.name()).add(write(struct.getWithoutDefault(f.name())));
        return NODES.objectNode().put("t", "struct").set("v", items);
    }

    static JsonNode tv(SchemaAndValue pair) {
        ObjectNode json = NODES.objectNode();
        json.set("schema", pair == null || pair.schema() == null ? NODES.nullNode() : write(pair.schema()));
        json.set("data", pair == null ? NODES.nullNode() : write(pair.value()));
        return json;
    }

    // --- operations ---

    static AvroData avroData(JsonNode config) {
        Map<String, Object> map = new HashMap<>();
        if (config != null) config.fields().forEachRemaining(e -> map.put(e.getKey(), e.getValue().asText()));
        return new AvroData(new AvroDataConfig(map));
    }

    static Object unwrap(Object value) {
        return value instanceof io.apicurio.registry.serde.avro.NonRecordContainer
            ? ((io.apicurio.registry.serde.avro.NonRecordContainer) value).getValue() : value;
    }

    static Object decode(org.apache.avro.Schema schema, byte[] bytes) throws Exception {
        return new GenericDatumReader<>(schema).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    }

    static void fromConnect(JsonNode line, ObjectNode answer) throws Exception {
        AvroData avroData = avroData(line.get("config"));
        Schema schema = schema(line.get("tv").get("schema"));
        Object value = data(line.get("tv").get("data"), schema);
        org.apache.avro.Schema avro = avroData.fromConnectSchema(schema);
        answer.put("avroSchema", avro.toString());
        Object datum = unwrap(avroData.fromConnectData(schema, value));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<>(avro).write(datum, encoder);
        encoder.flush();
        answer.put("bytes", Base64.getEncoder().encodeToString(out.toByteArray()));
        ObjectNode trip = NODES.objectNode();
        try {
            answer.set("roundTrip", tv(avroData.toConnectData(avro, decode(avro, out.toByteArray()))));
        } catch (Exception | StackOverflowError e) {
            failure(trip, e);
            answer.set("roundTrip", trip);
        }
    }

    static void toConnect(JsonNode line, ObjectNode answer) throws Exception {
        org.apache.avro.Schema avro = new org.apache.avro.Schema.Parser().parse(line.get("avroSchema").asText());
        Object datum = decode(avro, Base64.getDecoder().decode(line.get("bytes").asText()));
        answer.set("tv", tv(avroData(line.get("config")).toConnectData(avro, datum)));
    }

    static void failure(ObjectNode answer, Throwable e) {
        ObjectNode error = answer.putObject("error");
        error.put("fqcn", e.getClass().getName());
        error.put("phase", "apply");
        error.put("lenient", !e.getClass().getName().startsWith("org.apache.kafka.connect"));
        error.put("message", String.valueOf(e.getMessage()));
    }

    static ObjectNode run(JsonNode line, Converter converter) {
        ObjectNode answer = NODES.objectNode();
        String topic = line.path("topic").asText();
        try {
            switch (line.get("op").asText()) {
                case "fromConnect": fromConnect(line, answer); break;
                case "toConnect": toConnect(line, answer); break;
                case "write": {
                    Schema schema = schema(line.get("tv").get("schema"));
                    byte[] bytes = converter.fromConnectData(topic, schema, data(line.get("tv").get("data"), schema));
                    answer.put("bytes", bytes == null ? null : Base64.getEncoder().encodeToString(bytes));
                    break;
                }
                default:
                    answer.set("tv", tv(converter.toConnectData(topic, Base64.getDecoder().decode(line.get("bytes").asText()))));
            }
        } catch (Exception | StackOverflowError e) {
            failure(answer, e);
        }
        return answer;
    }

    public static void main(String[] arguments) throws Exception {
        Converter converter = null;
        if (arguments.length > 0) {
            Map<String, Object> config = new HashMap<>();
            for (int i = 0; i < arguments.length; i++) {
                int equals = arguments[i].indexOf('=');
                config.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
            }
            converter = new AvroConverter<>();
            converter.configure(config, false);
        }
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            out.println(MAPPER.writeValueAsString(run(MAPPER.readTree(line), converter)));
        }
    }
}
