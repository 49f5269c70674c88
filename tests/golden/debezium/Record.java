import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.*;
import java.util.*;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/** Runs Debezium's transforms on records made here, and writes what they answered as golden vectors. */
public class Record {
    static final ObjectMapper JSON = new ObjectMapper();
    static int count = 0;

    // Records as golden vectors have them.

    static ObjectNode schema(Schema s) {
        if (s == null) return null;
        ObjectNode n = JSON.createObjectNode();
        String type = s.type().getName();
        n.put("type", type.equals("float32") ? "float" : type.equals("float64") ? "double" : type);
        n.put("optional", s.isOptional());
        if (s.name() != null) n.put("name", s.name());
        if (s.version() != null) n.put("version", s.version());
        if (s.doc() != null) n.put("doc", s.doc());
        if (s.parameters() != null && !s.parameters().isEmpty()) {
            ObjectNode p = n.putObject("parameters");
            s.parameters().forEach(p::put);
        }
        if (s.defaultValue() != null) n.set("default", data(s.defaultValue(), s));
        if (s.type() == Schema.Type.ARRAY) n.set("items", schema(s.valueSchema()));
        if (s.type() == Schema.Type.MAP) {
            n.set("keys", schema(s.keySchema()));
            n.set("values", schema(s.valueSchema()));
        }
        if (s.type() == Schema.Type.STRUCT) {
            ArrayNode fields = n.putArray("fields");
            for (Field f : s.fields()) fields.add(schema(f.schema()).put("field", f.name()));
        }
        return n;
    }

    static ObjectNode data(Object v, Schema place) {
        if (v == null) return null;
        ObjectNode n = JSON.createObjectNode();
        if (v instanceof Byte b) return n.put("t", "int8").put("v", b.intValue());
        if (v instanceof Short b) return n.put("t", "int16").put("v", b.intValue());
        if (v instanceof Integer b) return n.put("t", "int32").put("v", b);
        if (v instanceof Long b) return n.put("t", "int64").put("v", b.toString());
        if (v instanceof Float f)
            return n.put("t", "float32").put("v", f.toString()).put("bits", String.format("%08x", Float.floatToIntBits(f)));
        if (v instanceof Double d)
            return n.put("t", "float64").put("v", d.toString()).put("bits", String.format("%016x", Double.doubleToLongBits(d)));
        if (v instanceof Boolean b) return n.put("t", "boolean").put("v", b);
        if (v instanceof String s) return n.put("t", "string").put("v", s);
        if (v instanceof byte[] b) return n.put("t", "bytes").put("v", Base64.getEncoder().encodeToString(b));
        if (v instanceof java.util.Date d) return n.put("t", "date").put("v", Long.toString(d.getTime()));
        if (v instanceof List<?> list) {
            n.put("t", "array");
            ArrayNode items = n.putArray("v");
            for (Object item : list) items.add(data(item, place == null ? null : place.valueSchema()));
            return n;
        }
        if (v instanceof Map<?, ?> map) {
            n.put("t", "map");
            ArrayNode items = n.putArray("v");
            map.forEach((k, x) -> items.addArray().add(data(k, null)).add(data(x, null)));
            return n;
        }
        Struct struct = (Struct) v;
        n.put("t", "struct");
        ArrayNode fields = n.putArray("v");
        for (Field f : struct.schema().fields())
            fields.addArray().add(f.name()).add(data(struct.getWithoutDefault(f.name()), f.schema()));
        if (!struct.schema().equals(place)) n.set("schema", schema(struct.schema()));
        return n;
    }

    static ObjectNode tv(Schema s, Object v) {
        ObjectNode n = JSON.createObjectNode();
        n.set("schema", schema(s));
        n.set("data", data(v, s));
        return n;
    }

    static ObjectNode record(ConnectRecord<?> r) {
        if (r == null) return null;
        ObjectNode n = JSON.createObjectNode();
        n.put("kind", r instanceof SinkRecord ? "sink" : "source").put("topic", r.topic());
        n.put("partition", r.kafkaPartition());
        n.put("timestamp", r.timestamp() == null ? null : r.timestamp().toString());
        n.put("timestampType", r instanceof SinkRecord s && s.timestampType() != null ? s.timestampType().toString() : null);
        n.put("offset", r instanceof SinkRecord s ? Long.toString(s.kafkaOffset()) : null);
        n.set("key", tv(r.keySchema(), r.key()));
        n.set("value", tv(r.valueSchema(), r.value()));
        ArrayNode headers = n.putArray("headers");
        for (Header h : r.headers()) headers.addObject().put("key", h.key()).set("tv", tv(h.schema(), h.value()));
        return n;
    }

    static void run(String name, Class<?> type, SourceRecord r, String... config) throws Exception {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < config.length; i += 2) settings.put(config[i], config[i + 1]);
        ObjectNode n = JSON.createObjectNode();
        n.put("id", name + "-" + ++count).put("kind", "transform").put("class", type.getName());
        ObjectNode c = n.putObject("config");
        settings.forEach(c::put);
        n.set("record", record(r));
        ObjectNode expect = n.putObject("expect");
        String phase = "configure";
        try {
            @SuppressWarnings("unchecked")
            Transformation<SourceRecord> t = (Transformation<SourceRecord>) type.getDeclaredConstructor().newInstance();
            t.configure(settings);
            phase = "apply";
            SourceRecord out = t.apply(r);
            expect.set("record", record(out));
            t.close();
        } catch (RuntimeException e) {
            boolean ours = e.getClass().getName().startsWith("org.apache.kafka.");
            expect.putObject("error").put("class", e.getClass().getSimpleName()).put("fqcn", e.getClass().getName())
                .put("phase", phase).put("lenient", !ours).put("message", e.getMessage());
        }
        System.out.println(JSON.writeValueAsString(n));
    }

    static SourceRecord at(String topic, Schema ks, Object k, Schema vs, Object v) {
        return new SourceRecord(Map.of("p", 1), Map.of("o", 1), topic, null, ks, k, vs, v, 1700000000000L);
    }

    public static void main(String[] args) throws Exception {
        Unwrap.cases();
        Outbox.cases();
    }
}
