/* One AvroConverter (or another), driven by lines of JSON on standard input; one line of JSON answers each.
 *
 *   probe CLASS key=value …
 *   {"op":"write","topic":t,"tv":{…}}               ─▶ {"bytes":base64 or null} or {"error":…,"retriable":…}
 *   {"op":"read","topic":t,"bytes":…,"expect":{…}}  ─▶ {"same":true} or {"same":false,"got":…} or {"error":…}
 *   {"op":"trip","topic":t,"bytes":…}               ─▶ what was read, written again: {"bytes":…} or {"error":…}
 *
 * Values have the form of the golden vectors. A version that only the registry gave isn't compared. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "convert/converter.h"
#include "java/base64.h"
#include "tv.h"

typedef struct probe {
    lc_types *types;
    lc_arena arena;
    lc_converter *converter;
    lc_buf out;
} probe;

static void answer_error(probe *p, lc_error *error)
{
    lc_buf_printf(&p->out, "{\"retriable\":%s,\"class\":\"%s\",\"error\":",
                  lc_error_is_retriable(error) ? "true" : "false", lc_error_java_class(error));
    lc_json_quote_text(&p->out, lc_error_message(error));
    lc_buf_put(&p->out, '}');
    lc_error_free(error);
}

static lc_error *write_pair(probe *p, lc_text topic, const lc_schema *schema, const lc_value *value)
{
    lc_text bytes;
    LC_TRY(lc_converter_write(p->converter, &p->arena, topic, schema, value, &bytes));
    size_t len = lc_base64_text_len(bytes.len);
    char *text = lc_arena_alloc(&p->arena, len + 1);
    lc_base64_encode(bytes.data, bytes.len, text);
    if (bytes.data) lc_buf_printf(&p->out, "{\"bytes\":\"%.*s\"}", (int)len, text);
    else lc_buf_text(&p->out, "{\"bytes\":null}");
    return NULL;
}

static lc_error *run_write(probe *p, const lc_json *line, lc_text topic)
{
    const lc_schema *schema;
    lc_value value;
    tv_scope scope = {p->types, &p->arena};
    LC_TRY(tv_pair(&scope, lc_json_get(line, "tv"), &schema, &value));
    return write_pair(p, topic, schema, &value);
}

static lc_error *run_trip(probe *p, const lc_json *line, lc_text topic)
{
    const lc_schema *schema;
    lc_value value;
    lc_text bytes;
    tv_scope scope = {p->types, &p->arena};
    LC_TRY(tv_bytes(&scope, lc_json_get(line, "bytes"), &bytes));
    LC_TRY(lc_converter_read(p->converter, &p->arena, topic, bytes, &schema, &value));
    return write_pair(p, topic, schema, &value);
}

static const lc_schema *without_version(probe *p, const lc_schema *schema, const lc_schema *expected)
{
    if (!schema || !expected || expected->has_version) return schema;
    lc_schema_spec spec = lc_schema_to_spec(schema);
    spec.has_version = false;
    lc_error_free(lc_schema_intern(p->types, &spec, &schema));
    return schema;
}

static lc_error *run_read(probe *p, const lc_json *line, lc_text topic)
{
    const lc_schema *schema, *expected_schema = NULL;
    lc_value value, expected = {0};
    lc_text bytes;
    tv_scope scope = {p->types, &p->arena};
    LC_TRY(tv_bytes(&scope, lc_json_get(line, "bytes"), &bytes));
    LC_TRY(tv_pair(&scope, lc_json_get(line, "expect"), &expected_schema, &expected));
    LC_TRY(lc_converter_read(p->converter, &p->arena, topic, bytes, &schema, &value));
    schema = without_version(p, schema, expected_schema);
    bool same = tv_same_schema(schema, expected_schema) && tv_same_data(&value, &expected);
    lc_buf_printf(&p->out, "{\"same\":%s", same ? "true" : "false");
    lc_auto(lc_buf) shown = {0};
    tv_show_pair(&shown, schema, &value);
    lc_buf_text(&p->out, ",\"got\":");
    lc_json_quote_text(&p->out, shown.data);
    lc_buf_put(&p->out, '}');
    return NULL;
}

static void run_line(probe *p, const char *text, size_t len)
{
    lc_json *line = NULL;
    lc_buf_reset(&p->out);
    lc_error *error = lc_json_parse(text, len, 0, &line);
    lc_text topic = lc_json_text(lc_json_get(line, "topic"));
    lc_text op = lc_json_text(lc_json_get(line, "op"));
    if (!error && lc_text_is(op, "write")) error = run_write(p, line, topic);
    else if (!error && lc_text_is(op, "trip")) error = run_trip(p, line, topic);
    else if (!error) error = run_read(p, line, topic);
    if (error) answer_error(p, error);
    lc_json_free(line);
    lc_arena_reset(&p->arena, 1 << 20);
}

int main(int argc, char **argv)
{
    probe p = {.types = lc_types_new()};
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_converter_role role = LC_ROLE_VALUE;
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) return 2;
        *equals = '\0';
        if (!strcmp(argv[i], "role")) role = LC_ROLE_KEY;
        else lc_props_set(settings, argv[i], equals + 1);
    }
    lc_error *error =
        lc_converter_open(lc_text_of(argc > 1 ? argv[1] : ""), settings, role, p.types, &p.converter);
    if (error) {
        answer_error(&p, error);
        puts(p.out.data);
    }
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t len; p.converter && (len = getline(&line, &cap, stdin)) > 0;) {
        run_line(&p, line, (size_t)len);
        puts(p.out.data);
        fflush(stdout);
    }
    free(line);
    lc_converter_close(p.converter);
    lc_types_free(p.types);
    lc_arena_done(&p.arena);
    lc_buf_done(&p.out);
    return 0;
}
