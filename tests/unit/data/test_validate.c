#include "check.h"
#include "data/value.h"

static lc_types *types;
static lc_arena arena;

static const lc_schema *intern(lc_schema_spec spec)
{
    const lc_schema *schema = NULL;
    lc_error *error = lc_schema_intern(types, &spec, &schema);
    CHECK(error == NULL);
    return schema;
}

static const lc_schema *plain(lc_type type)
{
    return lc_schema_primitive(types, type, false);
}

static void check_valid(const lc_schema *schema, lc_value value)
{
    lc_autoptr(lc_error) error = lc_schema_validate(schema, NULL, &value);
    CHECK_EQ_STR(error ? lc_error_message(error) : "valid", "valid");
}

static void check_invalid(const lc_schema *schema, const char *field, lc_value value, const char *message)
{
    lc_autoptr(lc_error) error = lc_schema_validate(schema, field, &value);
    CHECK_EQ_STR(error ? lc_error_message(error) : "valid", message);
    CHECK_EQ_INT(lc_error_code(error), LC_E_DATA);
}

static lc_value sample(uint8_t kind)
{
    static const lc_decimal ONE = {0, 1, (const uint8_t *)"\1"};
    switch (kind) {
    case LC_STRING: return lc_value_text(LC_TEXT("x"));
    case LC_BYTES: return lc_value_bytes(LC_TEXT("x"));
    case LC_ARRAY: return lc_list_new(&arena, 0);
    case LC_MAP: return lc_map_new(&arena, 0);
    case LC_STRUCT: return lc_struct_new(&arena, intern((lc_schema_spec){.type = LC_TYPE_STRUCT}));
    case LC_DECIMAL:
    case LC_BIGINT: return (lc_value){.kind = kind, .u.decimal = &ONE};
    default: return (lc_value){.kind = kind};
    }
}

TEST(each_type_takes_its_class_only)
{
    for (lc_type type = LC_TYPE_BOOLEAN; type <= LC_TYPE_BYTES; type++) {
        for (uint8_t kind = LC_BOOLEAN; kind < LC_KIND_COUNT; kind++) {
            lc_value value = sample(kind);
            if (kind == type) {
                check_valid(plain(type), value);
                continue;
            }
            char message[200];
            snprintf(message, sizeof message,
                     "Invalid Java object for schema with type %s: class %s for value",
                     lc_type_java_name(type), lc_value_java_class(&value));
            check_invalid(plain(type), NULL, value, message);
        }
    }
}

TEST(logical_types_take_theirs)
{
    check_valid(lc_schema_logical(types, LC_LOGICAL_DATE, false), lc_value_date(1));
    check_valid(lc_schema_logical(types, LC_LOGICAL_TIMESTAMP, true), lc_value_null());
    check_invalid(
        lc_schema_logical(types, LC_LOGICAL_TIME, false), NULL, lc_value_int(LC_INT32, 1),
        "Invalid Java object for schema \"org.apache.kafka.connect.data.Time\" with type INT32: class "
        "java.lang.Integer for value");
    check_valid(lc_schema_logical(types, LC_LOGICAL_DECIMAL, false), sample(LC_DECIMAL));
    check_invalid(
        lc_schema_logical(types, LC_LOGICAL_DECIMAL, false), "d", sample(LC_BIGINT),
        "Invalid Java object for schema \"org.apache.kafka.connect.data.Decimal\" with type BYTES: class "
        "java.math.BigInteger for field: \"d\"");
}

TEST(nulls)
{
    check_valid(lc_schema_primitive(types, LC_TYPE_INT32, true), lc_value_null());
    check_invalid(plain(LC_TYPE_INT32), NULL, lc_value_null(),
                  "Invalid value: null used for required value, schema type: INT32");
    check_invalid(plain(LC_TYPE_INT32), "f", lc_value_null(),
                  "Invalid value: null used for required field: \"f\", schema type: INT32");
}

TEST(arrays_and_maps)
{
    const lc_schema *ints = intern((lc_schema_spec){.type = LC_TYPE_ARRAY, .values = plain(LC_TYPE_INT32)});
    const lc_schema *map =
        intern((lc_schema_spec){.type = LC_TYPE_MAP, .keys = plain(LC_TYPE_STRING), .values = ints});
    const lc_schema *open = intern((lc_schema_spec){.type = LC_TYPE_ARRAY});
    lc_value list = lc_list_new(&arena, 0), object = lc_object_new(&arena, lc_shape_empty(types), 0),
             entries = sample(LC_MAP);
    check_valid(ints, list);
    *lc_map_set(types, &arena, &object, LC_TEXT("k")) = list;
    check_valid(map, object);
    *lc_list_add(&arena, list.u.list) = lc_value_text(LC_TEXT("x"));
    check_invalid(
        ints, NULL, list,
        "Invalid Java object for schema with type INT32: class java.lang.String for element of array value");
    check_invalid(map, "m", object,
                  "Invalid Java object for schema with type INT32: class java.lang.String for element of "
                  "array value of "
                  "map field: \"m\"");
    lc_map_put(&arena, entries.u.map, lc_value_null(), list);
    check_invalid(map, NULL, entries,
                  "Invalid value: null used for required key of map value, schema type: STRING");
    check_invalid(open, NULL, list, "No schema defined for element of array value");
    check_invalid(open, NULL, sample(LC_ARRAY), "No schema defined for element of array value");
}

TEST(structs)
{
    const lc_text names[] = {LC_TEXT("a"), LC_TEXT("b"), LC_TEXT("c")};
    const lc_schema *fields[] = {plain(LC_TYPE_INT32), lc_schema_primitive(types, LC_TYPE_STRING, true),
                                 intern((lc_schema_spec){.type = LC_TYPE_INT8,
                                                         .has_default = true,
                                                         .default_value = lc_value_int(LC_INT8, 1)})};
    lc_schema_spec spec = {
        .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = 3};
    const lc_schema *schema = intern(spec), *other;
    spec.optional = true;
    other = intern(spec);
    lc_value value = lc_struct_new(&arena, schema);
    check_invalid(schema, "outer", value,
                  "Invalid value: null used for required field: \"a\", schema type: INT32");
    value.u.object->slots[0] = lc_value_int(LC_INT32, 1);
    check_valid(schema, value);
    check_invalid(other, NULL, value, "Struct schemas do not match.");
    value.u.object->slots[1] = lc_value_int(LC_INT32, 1);
    check_invalid(
        schema, NULL, value,
        "Invalid Java object for schema with type STRING: class java.lang.Integer for field: \"b\"");
    check_invalid(schema, NULL, sample(LC_MAP),
                  "Invalid Java object for schema with type STRUCT: class java.util.HashMap for value");
}

int main(void)
{
    types = lc_types_new();
    RUN(each_type_takes_its_class_only);
    RUN(logical_types_take_theirs);
    RUN(nulls);
    RUN(arrays_and_maps);
    RUN(structs);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
