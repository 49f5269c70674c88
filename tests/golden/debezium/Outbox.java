import io.debezium.transforms.outbox.EventRouter;
import java.util.*;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.source.SourceRecord;

/** Rows of an outbox table for EventRouter. */
class Outbox {
    static Schema row(Schema payload, Schema time) {
        return SchemaBuilder.struct().name("db.outbox.Value").version(3).optional()
            .field("id", Schema.STRING_SCHEMA).field("aggregatetype", Schema.STRING_SCHEMA)
            .field("aggregateid", Schema.STRING_SCHEMA).field("type", Schema.STRING_SCHEMA).field("payload", payload)
            .field("at", time).field("version", Schema.OPTIONAL_INT32_SCHEMA).field("part", Schema.OPTIONAL_INT32_SCHEMA)
            .field("tenant", Schema.OPTIONAL_STRING_SCHEMA).build();
    }

    static SourceRecord event(String op, Schema payloadSchema, Object payload, Schema time, Object at) {
        Schema row = row(payloadSchema, time);
        Schema envelope = SchemaBuilder.struct().name("db.outbox.Envelope").field("before", row).field("after", row)
            .field("source", Unwrap.SOURCE).field("op", Schema.STRING_SCHEMA).field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA).build();
        Struct r = new Struct(row).put("id", "e1").put("aggregatetype", "Order").put("aggregateid", "o-9").put("type", "Created")
            .put("payload", payload).put("at", at).put("version", 4).put("part", 2).put("tenant", "t");
        Struct source = new Struct(Unwrap.SOURCE).put("version", "3").put("connector", "postgresql").put("ts_ms", 1L).put("db", "d");
        Struct value = new Struct(envelope).put("source", source).put("op", op).put("ts_ms", 1600000000456L);
        value.put(op.equals("d") ? "before" : "after", r);
        return Record.at("db.outbox", Schema.STRING_SCHEMA, "k", envelope, value);
    }

    static final Schema OS = Schema.OPTIONAL_STRING_SCHEMA, OL = Schema.OPTIONAL_INT64_SCHEMA;

    static SourceRecord text(String payload) { return event("c", OS, payload, OL, null); }

    static Schema named(String name) { return SchemaBuilder.int64().optional().name(name).version(1).build(); }

    static void cases() throws Exception {
        String[][] settings = {
            {}, {"route.by.field", "tenant"}, {"route.topic.replacement", "x.${routedByValue}.y"},
            {"route.topic.regex", "O(.*)", "route.topic.replacement", "$1"}, {"route.topic.regex", "Z(.*)"},
            {"table.field.event.id", "type"}, {"table.field.event.id", "nope"}, {"table.field.event.key", "tenant"},
            {"table.field.event.key", "nope"}, {"table.field.event.payload", "tenant"}, {"table.field.event.payload", "nope"},
            {"table.fields.additional.placement", "type:header,tenant:header:Ten"},
            {"table.fields.additional.placement", "type:envelope,tenant:envelope:Ten,version:header"},
            {"table.fields.additional.placement", "type:envelope", "table.field.event.schema.version", "version"},
            {"table.field.event.schema.version", "version"},
            {"table.fields.additional.placement", "part:partition"},
            {"table.fields.additional.placement", "nope:header"},
            {"table.fields.additional.placement", "nope:header,tenant:header", "table.fields.additional.error.on.missing", "false"},
            {"table.fields.additional.placement", "type"},
            {"table.op.invalid.behavior", "fatal"}, {"table.op.invalid.behavior", "error"}, {"table.op.invalid.behavior", "x"},
            {"route.tombstone.on.empty.payload", "true"}, {"table.field.event.timestamp", "nope"}, {"route.by.field", "nope"},
        };
        List<SourceRecord> events = List.of(text("{\"a\":1}"), event("u", OS, "p", OL, null), event("d", OS, "p", OL, null),
            text(null), text("  "), event("r", Schema.BYTES_SCHEMA, new byte[] {1, 2}, OL, null),
            Record.at("db.outbox", null, "k", null, null), Record.at("heartbeat", null, "k", Schema.STRING_SCHEMA, "x"));
        for (String[] s : settings)
            for (int i = 0; i < events.size(); i++) {
                SourceRecord e = events.get(i);
                Record.run("outbox", EventRouter.class, e.newRecord(e.topic(), null, e.keySchema(), e.key(), e.valueSchema(),
                    e.value(), e.timestamp(), new org.apache.kafka.connect.header.ConnectHeaders()), s);
            }
        String[] time = {"table.field.event.timestamp", "at"};
        for (String name : new String[] {"io.debezium.time.Timestamp", "io.debezium.time.MicroTimestamp", "io.debezium.time.NanoTimestamp",
                "other"})
            Record.run("time", EventRouter.class, event("c", OS, "p", named(name), 1700000000123456L), time);
        Record.run("time", EventRouter.class, event("c", OS, "p", OL, 5L), time);
        Record.run("time", EventRouter.class, event("c", OS, "p", OL, null), time);
        String[] json = {"{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":1.5,\"e\":12345678901,\"n\":null}", "{\"o\":{\"p\":{\"q\":[1,2]}},\"l\":[]}",
            "{\"l\":[{\"a\":1},{\"a\":2,\"b\":null}]}", "{\"l\":[1,\"x\"]}", "{\"l\":[1,2.5]}",
            "{\"l\":[null,\"x\"]}", "plain", "{broken", "{\"l\":[null]}", "{}",
            "{\"l\":[[1],[2]]}", ""};
        for (String j : json) {
            Record.run("json", EventRouter.class, text(j), "table.expand.json.payload", "true");
            Record.run("json", EventRouter.class, text(j), "table.expand.json.payload", "true", "table.json.payload.null.behavior",
                "optional_bytes");
            Record.run("json", EventRouter.class, text(j), "table.expand.json.payload", "true", "table.fields.additional.placement",
                "type:envelope");
        }
    }
}
