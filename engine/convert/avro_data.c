#include "convert/avro_data.h"

bool lc_avro_is_union(const lc_schema *schema)
{
    return lc_text_is(schema->name, LC_AVRO_UNION_NAME) || lc_schema_parameter(schema, LC_CONNECT_UNION).data;
}

bool lc_avro_is_fixed(const lc_schema *schema)
{
    return schema->type == LC_TYPE_BYTES && schema->name.data &&
           lc_schema_parameter(schema, LC_AVRO_FIXED_SIZE).data;
}

const char *lc_avro_enum_parameter(const lc_avro_options *options)
{
    return options->generalized ? LC_CONNECT_ENUM : LC_AVRO_ENUM_PARAMETER;
}

bool lc_avro_is_enum(const lc_schema *schema)
{
    return schema->type == LC_TYPE_STRING && (lc_schema_parameter(schema, LC_CONNECT_ENUM).data ||
                                              lc_schema_parameter(schema, LC_AVRO_ENUM_PARAMETER).data);
}

bool lc_avro_is_plain_map(const lc_avro_options *options, const lc_schema *schema)
{
    const lc_schema *keys = schema->keys;
    return keys && keys->type == LC_TYPE_STRING && (!keys->optional || options->optional_keys);
}

bool lc_avro_is_entry(const lc_avro *items)
{
    if (items->type != LC_AVRO_RECORD) return false;
    if (lc_text_is(items->space, LC_AVRO_SPACE) && lc_text_is(items->name, LC_AVRO_ENTRY)) return true;
    return lc_text_is(lc_avro_prop_text(items, LC_AVRO_INTERNAL_TYPE), LC_AVRO_ENTRY);
}

void lc_avro_split(lc_text name, lc_text *ret_space, lc_text *ret_name)
{
    const char *dot = name.len ? memrchr(name.data, '.', name.len) : NULL;
    *ret_space = (lc_text){0};
    *ret_name = name;
    if (!dot) return;
    *ret_space = (lc_text){name.data, (size_t)(dot - name.data)};
    *ret_name = (lc_text){dot + 1, name.len - ret_space->len - 1};
}

static bool is_word(unsigned char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9');
}

/* One part of a name: URL encoding, then "_" for all that is no letter, digit or "_"; "x" before a digit. */
static char *scrub_part(char *to, lc_text part)
{
    static const char digits[] = "0123456789ABCDEF";
    if (part.len && part.data[0] >= '0' && part.data[0] <= '9') *to++ = 'x';
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.data[i];
        bool kept = is_word(c);
        *to++ = kept ? (char)c : '_';
        if (kept || strchr(" .-*_", c)) continue;
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return to;
}

lc_text lc_avro_scrub(lc_arena *arena, const lc_avro_options *options, lc_text name)
{
    if (!options->scrub || !name.data) return name;
    char *start = lc_arena_alloc(arena, name.len * 3 + 2), *to = scrub_part(start, name);
    *to = '\0';
    return (lc_text){start, (size_t)(to - start)};
}

lc_text lc_avro_scrub_space(lc_arena *arena, const lc_avro_options *options, lc_text space)
{
    if (!options->scrub || !space.data) return space;
    char *start = lc_arena_alloc(arena, space.len * 4 + 2), *to = start;
    for (const char *p = space.data, *end = p + space.len; p < end;) {
        const char *dot = memchr(p, '.', (size_t)(end - p));
        if (to > start) *to++ = '.';
        to = scrub_part(to, (lc_text){p, (size_t)((dot ? dot : end) - p)});
        p = dot ? dot + 1 : end;
    }
    *to = '\0';
    return (lc_text){start, (size_t)(to - start)};
}

static lc_text numbered(lc_arena *arena, uint32_t index)
{
    char *text = lc_arena_printf(arena, "connect_union_field_%u", index);
    return lc_text_of(text);
}

lc_text lc_avro_branch_name(lc_arena *arena, const lc_avro_options *options, const lc_avro *branch,
                            uint32_t index)
{
    if (options->generalized) return numbered(arena, index);
    if (!lc_avro_is_named(branch) || options->enhanced) return branch->full;
    return lc_avro_scrub(arena, options, branch->name);
}

static const lc_avro_type simple_types[] = {
    [LC_TYPE_BOOLEAN] = LC_AVRO_BOOLEAN, [LC_TYPE_INT32] = LC_AVRO_INT,
    [LC_TYPE_INT64] = LC_AVRO_LONG,      [LC_TYPE_FLOAT32] = LC_AVRO_FLOAT,
    [LC_TYPE_FLOAT64] = LC_AVRO_DOUBLE,  [LC_TYPE_STRING] = LC_AVRO_STRING,
    [LC_TYPE_BYTES] = LC_AVRO_BYTES,     [LC_TYPE_ARRAY] = LC_AVRO_ARRAY,
    [LC_TYPE_MAP] = LC_AVRO_MAP,
};

lc_text lc_avro_member_name(lc_arena *arena, const lc_avro_options *options, const lc_schema *schema,
                            uint32_t index)
{
    lc_text space, name;
    if (options->generalized) return numbered(arena, index);
    if (schema->type != LC_TYPE_STRUCT && !lc_avro_is_enum(schema) && !lc_avro_is_fixed(schema)) {
        lc_avro_type type = simple_types[schema->type];
        return type == LC_AVRO_NULL ? (lc_text){0} : lc_text_of(lc_avro_type_name(type));
    }
    if (!schema->name.data) return (lc_text){0};
    lc_avro_split(schema->name, &space, &name);
    name = lc_avro_scrub(arena, options, name);
    space = lc_avro_scrub_space(arena, options, space);
    if (!options->enhanced || !space.data) return name;
    char *full = lc_arena_printf(arena, "%.*s.%.*s", (int)space.len, space.data, (int)name.len, name.data);
    return lc_text_of(full);
}

const lc_avro *lc_avro_anything(lc_avro_store *store)
{
    static const struct {
        const char *name, *type;
    } fields[] = {
        {"boolean", "\"boolean\""},
        {"bytes", "\"bytes\""},
        {"double", "\"double\""},
        {"float", "\"float\""},
        {"int", "\"int\""},
        {"long", "\"long\""},
        {"string", "\"string\""},
        {"array", "{\"type\":\"array\",\"items\":\"Anything\"}"},
        {"map", "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"MapEntry\",\"fields\":["
                "{\"name\":\"key\",\"type\":\"Anything\"},{\"name\":\"value\",\"type\":\"Anything\"}]}}"},
    };
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, "{\"type\":\"record\",\"name\":\"" LC_AVRO_ANYTHING "\",\"fields\":[");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        lc_buf_printf(&text, "%s{\"name\":\"%s\",\"type\":[\"null\",%s],\"default\":null}", i ? "," : "",
                      fields[i].name, fields[i].type);
    lc_buf_text(&text, "]}");
    const lc_avro *schema = NULL;
    lc_error_free(lc_avro_parse(store, NULL, (lc_text){text.data, text.len}, &schema));
    return schema;
}

void lc_avro_path_add(char path[LC_AVRO_PATH], lc_text name)
{
    size_t len = strlen(path), room = LC_AVRO_PATH - 1;
    size_t front = name.len < room ? name.len : room;
    size_t dot = len && front < room;
    size_t rest = len < room - front - dot ? len : room - front - dot;
    memmove(path + front + dot, path, rest);
    if (front) memcpy(path, name.data, front);
    if (dot) path[front] = '.';
    path[front + dot + rest] = '\0';
}
