import io.debezium.transforms.ExtractNewRecordState;
import java.util.*;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.source.SourceRecord;

/** Envelopes of every operation for ExtractNewRecordState. */
class Unwrap {
    static final Schema ROW = SchemaBuilder.struct().name("db.shop.orders.Value").optional()
        .field("id", Schema.INT32_SCHEMA).field("name", Schema.OPTIONAL_STRING_SCHEMA)
        .field("state", SchemaBuilder.string().optional().defaultValue("new").build())
        .field("region", Schema.OPTIONAL_STRING_SCHEMA).build();
    static final Schema SOURCE = SchemaBuilder.struct().name("io.debezium.connector.mysql.Source")
        .field("version", Schema.STRING_SCHEMA).field("connector", Schema.STRING_SCHEMA).field("ts_ms", Schema.INT64_SCHEMA)
        .field("db", Schema.STRING_SCHEMA).field("table", Schema.OPTIONAL_STRING_SCHEMA)
        .field("lsn", SchemaBuilder.int64().optional().defaultValue(7L).doc("position").build()).build();
    static final Schema TX = SchemaBuilder.struct().name("event.block").version(1).optional()
        .field("id", Schema.STRING_SCHEMA).field("total_order", Schema.INT64_SCHEMA)
        .field("data_collection_order", Schema.INT64_SCHEMA).build();
    static final Schema KEY = SchemaBuilder.struct().name("db.shop.orders.Key").field("id", Schema.INT32_SCHEMA)
        .field("region", Schema.OPTIONAL_STRING_SCHEMA).build();
    static final Schema ENVELOPE = SchemaBuilder.struct().name("db.shop.orders.Envelope").version(2)
        .field("before", ROW).field("after", ROW).field("source", SOURCE).field("op", Schema.STRING_SCHEMA)
        .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA).field("transaction", TX).build();

    static Struct row(int id, String name, String state, String region) {
        return new Struct(ROW).put("id", id).put("name", name).put("state", state).put("region", region);
    }

    static SourceRecord event(String op, Struct before, Struct after, boolean tx) {
        Struct source = new Struct(SOURCE).put("version", "3.0").put("connector", "mysql").put("ts_ms", 1600000000123L)
            .put("db", "shop").put("table", "orders");
        Struct value = new Struct(ENVELOPE).put("before", before).put("after", after).put("source", source).put("op", op)
            .put("ts_ms", 1600000000456L);
        if (tx) value.put("transaction", new Struct(TX).put("id", "t1").put("total_order", 4L).put("data_collection_order", 2L));
        return Record.at("db.shop.orders", KEY, new Struct(KEY).put("id", 5).put("region", "eu"), ENVELOPE, value);
    }

    static List<SourceRecord> events() {
        Struct a = row(5, "a", null, "eu"), b = row(5, "b", "done", null);
        return List.of(event("c", null, a, false), event("u", a, b, true), event("d", a, null, false), event("d", b, null, true),
            event("r", null, b, false), event("t", null, null, false),
            Record.at("db.shop.orders", KEY, new Struct(KEY).put("id", 5), null, null),
            Record.at("other", null, "k", Schema.STRING_SCHEMA, "no envelope"), Record.at("other", null, "k", null, Map.of("a", 1)),
            Record.at("other", null, "k", ROW, a));
    }

    static SourceRecord dropping(SourceRecord r, Object names) {
        r.headers().add("drop", names, SchemaBuilder.array(Schema.STRING_SCHEMA).build());
        return r;
    }

    static void cases() throws Exception {
        String[][] settings = {
            {}, {"drop.tombstones", "false"}, {"delete.handling.mode", "none"}, {"delete.handling.mode", "none", "drop.tombstones", "false"},
            {"delete.handling.mode", "rewrite"}, {"delete.handling.mode", "rewrite", "drop.tombstones", "false"},
            {"delete.tombstone.handling.mode", "drop"}, {"delete.tombstone.handling.mode", "tombstone"},
            {"delete.tombstone.handling.mode", "rewrite"}, {"delete.tombstone.handling.mode", "rewrite-with-tombstone"},
            {"add.fields", "op,table,lsn,source.ts_ms,ts_ms,transaction.id,total_order"},
            {"add.fields", "op, table:TABLE , nope", "add.fields.prefix", "x_", "delete.handling.mode", "rewrite"},
            {"add.headers", "op,db,lsn,transaction.total_order,source.version:v"},
            {"add.headers", "op,db", "add.headers.prefix", "", "drop.tombstones", "false"},
            {"route.by.field", "region"}, {"route.by.field", "region", "delete.handling.mode", "rewrite"},
            {"route.by.field", "name", "delete.handling.mode", "none"},
            {"add.fields", "op", "add.headers", "op", "delete.tombstone.handling.mode", "tombstone"},
            {"add.fields", "a:b:c"},
        };
        for (String[] s : settings) for (SourceRecord r : events()) Record.run("unwrap", ExtractNewRecordState.class, r, s);
        String[][] drops = {
            {"drop.fields.header.name", "drop"}, {"drop.fields.header.name", "drop", "drop.fields.from.key", "true"},
            {"drop.fields.header.name", "drop", "drop.fields.keep.schema.compatible", "false"},
            {"drop.fields.header.name", "drop", "drop.fields.from.key", "true", "drop.fields.keep.schema.compatible", "false",
                "delete.handling.mode", "rewrite"},
            {"drop.fields.header.name", "missing"},
            {"drop.fields.header.name", "drop", "delete.handling.mode", "none"},
        };
        for (String[] s : drops)
            for (List<String> names : List.of(List.of("region", "id"), List.of("name"), List.<String>of()))
                for (int i : new int[] {0, 1, 2}) Record.run("drop", ExtractNewRecordState.class, dropping(events().get(i), names), s);
    }
}
