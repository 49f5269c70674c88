#include "convert/avro_read.h"
#include "convert/avro_write.h"
#include "kinds.h"

typedef struct side {
    lc_avro_store store;
    lc_avro_options options;
} side;

/* The vectors come from an AvroData that had neither of these two yet. */
static lc_error *read_options(vector *v, lc_avro_options *ret)
{
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(tv_config(lc_json_get(v->json, "config"), &config));
    LC_TRY(lc_avro_options_parse(config, ret));
    if (!lc_props_has(config, "flatten.singleton.unions")) ret->flatten = false;
    ret->modern = false;
    return NULL;
}

/* As AvroData.toConnectData: nothing at all for a null. */
static lc_error *decode(vector *v, side *s, const lc_avro *avro, lc_text bytes, const lc_schema **ret_schema,
                        lc_value *ret_value)
{
    const lc_avro_read_plan *plan;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (lc_avro_is_null(avro, bytes)) return NULL;
    LC_TRY(lc_avro_to_connect(&s->options, v->scope.types, avro, s->store.node_count, -1, ret_schema));
    LC_TRY(lc_avro_read_plan_make(&s->store, &s->options, avro, avro, *ret_schema, &plan));
    return lc_avro_read(v->scope.types, v->scope.arena, plan, bytes, ret_value);
}

static lc_error *run_to_connect(vector *v, side *s, bool *ret_passed)
{
    const lc_avro *avro;
    const lc_schema *schema;
    lc_value value;
    lc_text bytes;
    lc_text text = lc_json_text(lc_json_get(v->json, "avroSchema"));
    LC_TRY(tv_bytes(&v->scope, lc_json_get(v->json, "bytes"), &bytes));
    lc_error *raised = lc_avro_parse(&s->store, NULL, text, &avro);
    if (!raised) raised = decode(v, s, avro, bytes, &schema, &value);
    if (!raised) return vector_gave_pair(v, schema, &value, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

/* Text for text: registries tell schemas apart by it. */
static lc_error *check_schema(vector *v, const lc_avro *avro, bool *ret_same)
{
    lc_text expected = lc_json_text(lc_json_get(v->expect, "avroSchema"));
    lc_auto(lc_buf) text = {0};
    lc_avro_print(avro, &text);
    lc_json *a = NULL, *b = NULL;
    LC_TRY(lc_json_parse(text.data, text.len, 0, &a));
    lc_error *error = expected.data ? lc_json_parse(expected.data, expected.len, 0, &b) : NULL;
    *ret_same = !error && (!expected.data || lc_json_equal(a, b));
    if (!*ret_same) lc_buf_printf(&v->report, "expected schema %s, got %s", expected.data, text.data);
    lc_json_free(a);
    lc_json_free(b);
    return error;
}

static lc_error *check_round_trip(vector *v, side *s, const lc_avro *avro, lc_text bytes, bool *ret_passed)
{
    const lc_schema *schema = NULL, *expected_schema = NULL;
    lc_value value = {0}, expected = {0};
    const lc_json *json = lc_json_get(v->expect, "roundTrip");
    if (!json) return NULL;
    lc_error *raised = decode(v, s, avro, bytes, &schema, &value);
    if (raised) {
        *ret_passed = vector_raised_as(v, json, "apply", raised);
        return NULL;
    }
    LC_TRY(tv_pair(&v->scope, json, &expected_schema, &expected));
    *ret_passed = tv_same_schema(schema, expected_schema) && tv_same_data(&value, &expected);
    if (*ret_passed) return NULL;
    lc_buf_text(&v->report, "round trip: expected ");
    tv_show_pair(&v->report, expected_schema, &expected);
    lc_buf_text(&v->report, ", got ");
    tv_show_pair(&v->report, schema, &value);
    return NULL;
}

static lc_error *encode(vector *v, side *s, const lc_schema *schema, const lc_avro *avro,
                        const lc_value *value, lc_text *ret_bytes)
{
    const lc_avro_write_plan *plan;
    lc_avro_output out = {0};
    LC_TRY(lc_avro_write_plan_make(&s->store, &s->options, schema, avro, &plan));
    lc_avro_output_start(&out, v->scope.arena, NULL, 0);
    LC_TRY(lc_avro_write(&out, plan, value));
    *ret_bytes = lc_avro_output_finish(&out);
    return NULL;
}

static lc_error *run_from_connect(vector *v, side *s, bool *ret_passed)
{
    const lc_schema *schema;
    const lc_avro *avro;
    lc_value value;
    lc_text bytes = {0};
    bool same = true;
    LC_TRY(tv_pair(&v->scope, lc_json_get(v->json, "tv"), &schema, &value));
    lc_error *raised = lc_avro_from_connect(&s->store, &s->options, v->scope.types, schema, &avro);
    if (!raised) {
        LC_TRY(check_schema(v, avro, &same));
        raised = encode(v, s, schema, avro, &value, &bytes);
    }
    if (raised) {
        *ret_passed = vector_raised(v, "apply", raised) && same;
        return NULL;
    }
    LC_TRY(vector_gave_bytes(v, bytes, ret_passed));
    if (*ret_passed) LC_TRY(check_round_trip(v, s, avro, bytes, ret_passed));
    *ret_passed = *ret_passed && same;
    return NULL;
}

lc_error *kind_avro(vector *v, bool *ret_passed)
{
    side s;
    lc_text op = lc_json_text(lc_json_get(v->json, "op"));
    lc_avro_store_init(&s.store);
    lc_error *broken = read_options(v, &s.options);
    if (!broken && lc_text_is(op, "fromConnect")) broken = run_from_connect(v, &s, ret_passed);
    else if (!broken && lc_text_is(op, "toConnect")) broken = run_to_connect(v, &s, ret_passed);
    else if (!broken) broken = lc_fail(LC_E_BAD_REQUEST, "unknown op");
    lc_avro_store_done(&s.store);
    return broken;
}
