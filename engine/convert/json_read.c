#include "convert/json_read.h"

#include <stdlib.h>

#include "base/memory.h"
#include "java/base64.h"

void lc_json_reader_init(lc_json_reader *reader, lc_types *types, lc_json_key_table *keys, bool replace_null)
{
    *reader = (lc_json_reader){.types = types, .keys = keys, .replace_null = replace_null};
    lc_places_init(&reader->places);
}

void lc_json_reader_done(lc_json_reader *reader)
{
    lc_places_done(&reader->places);
    free(reader->stack);
    *reader = (lc_json_reader){0};
}

enum {
    WIDEST = 512,        /* names of a map that may get an interned shape */
    NOVEL_MAX = 1024,    /* new shapes in a row before a place's objects stay anonymous */
    STACK_KEEP = 1 << 16 /* items of room that the stack keeps from message to message */
};

/* Reads the value at `p`, the `index`th of what `place` holds, by `schema` (NULL: schemaless). */
static const char *read_value(lc_json_reader *reader, const char *p, lc_place *place, uint32_t index,
                              const lc_schema *schema, lc_value *ret);

/* Blanks are rare, so they are looked for only where a byte of that range stands. */
static inline const char *behind(const lc_json_reader *reader, const char *p)
{
    return p < reader->source.end && (unsigned char)*p > ' ' ? p : lc_scan_blanks(&reader->source, p);
}

static const char *fail(lc_json_reader *reader, const char *p, const char *fault)
{
    return lc_source_fail(&reader->source, p, fault);
}

/* Behind a value: at the next item, or at the closing bracket; NULL for anything else. */
static inline const char *next_item(lc_json_reader *reader, const char *p, char close)
{
    p = behind(reader, p);
    if (LC_LIKELY(p < reader->source.end)) {
        if (*p == close) return p;
        if (*p == ',') {
            p = behind(reader, p + 1);
            if (LC_LIKELY(p < reader->source.end && *p != close)) return p;
            return fail(reader, p, "expected a value behind the comma");
        }
    }
    return fail(reader, p, "was expecting a comma or the end of the list");
}

/* An object being read: its names are those of the guessed shape as long as they are spelled. */
typedef struct object_draft {
    lc_place *place;
    const lc_json_keys *guess; /* NULL: none */
    const lc_schema *schema;   /* of the values; NULL: schemaless */
    lc_object *object;
    lc_value *slots;
    uint32_t cap;
    uint32_t count;
} object_draft;

static void draft_room(lc_json_reader *reader, object_draft *draft, uint32_t need)
{
    uint32_t cap = draft->cap * 2 > need ? draft->cap * 2 : need;
    lc_value *slots = lc_arena_alloc(reader->source.arena, cap * sizeof *slots);
    if (draft->count) memcpy(slots, draft->slots, draft->count * sizeof *slots);
    draft->slots = slots;
    draft->cap = cap;
}

static const char *draft_done(object_draft *draft, const char *p, const lc_shape *shape, lc_value *ret)
{
    *draft->object = (lc_object){.shape = shape, .slots = draft->slots, .cap = draft->cap};
    *ret = (lc_value){.kind = LC_MAP, .flags = LC_V_OBJECT, .u.object = draft->object};
    return p + 1;
}

static bool guess_again(const lc_json_reader *reader, const char *p, object_draft *draft)
{
    if (!draft->guess) return false;
    const lc_json_keys *keys =
        lc_place_guess_again(draft->place, draft->guess, draft->count, &reader->source, p);
    if (keys) draft->guess = keys;
    return keys != NULL;
}

static const char *read_key(lc_json_reader *reader, const char *p, lc_text *ret)
{
    if (p == reader->source.end || *p != '"')
        return fail(reader, p, "was expecting double-quote to start field name");
    p = lc_scan_any_string(&reader->source, p, true, ret);
    if (!p) return NULL;
    p = behind(reader, p);
    if (p == reader->source.end || *p != ':')
        return fail(reader, p, "was expecting a colon to separate field name and value");
    return behind(reader, p + 1);
}

/* The names that were as guessed, as the beginning of a list that can grow. */
static lc_shape *draft_names(lc_json_reader *reader, const object_draft *draft)
{
    lc_arena *arena = reader->source.arena;
    lc_shape *shape = lc_shape_anonymous(arena, draft->count < 8 ? 16 : draft->count * 2);
    for (uint32_t i = 0; i < draft->count; i++) {
        const lc_name *name = &draft->guess->shape->names[i];
        lc_shape_append(arena, shape, name->text, name->len);
    }
    return shape;
}

/* The interned shape of `names`, which becomes the place's first guess; `names` itself where it seems to be
 * data. */
static const lc_shape *settle_shape(lc_json_reader *reader, lc_place *place, const lc_shape *names)
{
    bool is_data = names->count > WIDEST || place->novel >= NOVEL_MAX || !lc_types_may_shape(reader->types);
    if (is_data) return names;
    lc_text *texts = lc_arena_alloc(reader->source.arena, names->count * sizeof *texts);
    for (uint32_t i = 0; i < names->count; i++)
        texts[i] = (lc_text){names->names[i].text, names->names[i].len};
    const lc_shape *shape = lc_shape_of(reader->types, texts, names->count);
    place->novel = shape->id > reader->newest_shape ? place->novel + 1 : 0;
    if (shape->id > reader->newest_shape) reader->newest_shape = shape->id;
    lc_place_remember(place, lc_json_keys_of(reader->keys, shape));
    return shape;
}

/* Goes on with names that no guess foretold. `p` is at a key or at the closing brace. */
static const char *read_unknown(lc_json_reader *reader, const char *p, object_draft *draft, lc_value *ret)
{
    lc_shape *names = draft_names(reader, draft);
    while (*p != '}') {
        lc_text name = {0};
        p = read_key(reader, p, &name);
        if (!p) return NULL;
        int32_t known = lc_shape_find(names, name.data, name.len);
        uint32_t index = known >= 0 ? (uint32_t)known : draft->count;
        lc_value value;
        p = read_value(reader, p, draft->place, index, draft->schema, &value);
        if (!p) return NULL;
        if (index == draft->count) {
            lc_shape_append(reader->source.arena, names, name.data, name.len);
            if (draft->count == draft->cap) draft_room(reader, draft, 8);
            draft->count++;
        }
        draft->slots[index] = value;
        p = next_item(reader, p, '}');
        if (!p) return NULL;
    }
    return draft_done(draft, p, settle_shape(reader, draft->place, names), ret);
}

static object_draft draft_new(lc_json_reader *reader, lc_place *place, const lc_schema *schema)
{
    const lc_json_keys *guess = place->guess_count ? place->guesses[0] : NULL;
    uint32_t cap = guess ? guess->shape->count : 0;
    lc_object *object = lc_arena_alloc(reader->source.arena, sizeof *object + cap * sizeof(lc_value));
    return (object_draft){place, guess, schema, object, (lc_value *)(object + 1), cap, 0};
}

/* Behind the colon of the next key, if it is the guessed one. */
static inline const char *read_guessed(const lc_json_reader *reader, const char *p, const object_draft *draft)
{
    if (LC_UNLIKELY(!draft->guess || draft->count == draft->guess->shape->count)) return NULL;
    p = lc_json_key_match(&reader->source, p, &draft->guess->keys[draft->count]);
    return p ? behind(reader, p) : NULL;
}

/* A map with text keys; `p` is behind the opening brace. */
static const char *read_object(lc_json_reader *reader, const char *p, lc_place *place,
                               const lc_schema *schema, lc_value *ret)
{
    object_draft draft = draft_new(reader, place, schema);
    p = behind(reader, p);
    if (p == reader->source.end) return fail(reader, p, "an object is not closed");
    while (*p != '}') {
        const char *q = read_guessed(reader, p, &draft);
        if (LC_UNLIKELY(!q)) {
            if (!guess_again(reader, p, &draft)) return read_unknown(reader, p, &draft, ret);
            if (draft.guess->shape->count > draft.cap) draft_room(reader, &draft, draft.guess->shape->count);
            continue;
        }
        p = read_value(reader, q, place, draft.count, schema, &draft.slots[draft.count]);
        if (LC_UNLIKELY(!p)) return NULL;
        draft.count++;
        p = next_item(reader, p, '}');
        if (LC_UNLIKELY(!p)) return NULL;
    }
    bool complete = draft.guess && draft.count == draft.guess->shape->count;
    if (LC_UNLIKELY(!complete && !guess_again(reader, p, &draft)))
        return read_unknown(reader, p, &draft, ret);
    return draft_done(&draft, p, draft.guess->shape, ret);
}

static void push(lc_json_reader *reader, const lc_value *value)
{
    if (LC_UNLIKELY(reader->top == reader->cap))
        reader->stack = lc_grow(reader->stack, &reader->cap, reader->top + 1, sizeof *reader->stack);
    reader->stack[reader->top++] = *value;
}

/* `p` is behind the opening bracket. Items wait on the stack until their number is known. */
static const char *read_array(lc_json_reader *reader, const char *p, lc_place *place, const lc_schema *schema,
                              lc_value *ret)
{
    size_t base = reader->top;
    p = behind(reader, p);
    while (p < reader->source.end && *p != ']') {
        lc_value item;
        p = read_value(reader, p, place, 0, schema, &item);
        if (!p) return NULL;
        push(reader, &item);
        p = next_item(reader, p, ']');
        if (!p) return NULL;
    }
    if (p == reader->source.end) return fail(reader, p, "an array is not closed");
    size_t count = reader->top - base;
    lc_list *list = lc_arena_alloc(reader->source.arena, sizeof *list + count * sizeof *list->items);
    *list = (lc_list){.items = (lc_value *)(list + 1), .count = (uint32_t)count, .cap = (uint32_t)count};
    if (count) memcpy(list->items, reader->stack + base, count * sizeof *list->items);
    reader->top = base;
    *ret = (lc_value){.kind = LC_ARRAY, .u.list = list};
    return p + 1;
}

/* The members of a struct being read. */
typedef struct struct_fields {
    lc_place *place;
    const lc_schema *schema;
    const lc_json_keys *keys;
    lc_value *slots;
    uint64_t *seen; /* a bit for each field */
    uint64_t few;   /* `seen` of structs of up to 64 fields */
    uint32_t next;  /* the field that should come next */
    uint32_t count; /* fields seen */
} struct_fields;

static const char *give_up(lc_json_reader *reader)
{
    reader->source.fault = NULL;
    return NULL;
}

/* Where null is written, or nothing at all. */
static bool read_null(const lc_json_reader *reader, const lc_schema *schema, lc_value *ret)
{
    if (schema->has_default && reader->replace_null) {
        *ret = lc_value_fork(reader->source.arena, &schema->default_value);
        return true;
    }
    *ret = lc_value_null();
    return schema->optional;
}

/* A member that isn't the one that should come next: one further on, or one that the schema doesn't know. */
static const char *read_other_field(lc_json_reader *reader, const char *p, struct_fields *fields,
                                    uint32_t *ret_index)
{
    lc_text name = {0};
    p = read_key(reader, p, &name);
    if (!p) return NULL;
    int32_t index = lc_shape_find(fields->schema->shape, name.data, name.len);
    *ret_index = (uint32_t)index;
    if (index >= 0) return p;
    lc_value ignored;
    return read_value(reader, p, reader->places.spill, 0, NULL, &ignored);
}

static const char *read_field(lc_json_reader *reader, const char *p, struct_fields *fields)
{
    uint32_t index = fields->next;
    const char *q = index < fields->schema->shape->count
                        ? lc_json_key_match(&reader->source, p, &fields->keys->keys[index])
                        : NULL;
    if (LC_LIKELY(q)) q = behind(reader, q);
    else q = read_other_field(reader, p, fields, &index);
    if (LC_UNLIKELY(!q || index == (uint32_t)-1)) return q;
    uint64_t bit = UINT64_C(1) << (index % 64), *seen = &fields->seen[index / 64];
    if (LC_UNLIKELY(*seen & bit))
        return give_up(reader); /* the last of duplicates counts, even if this one is wrong */
    *seen |= bit;
    fields->count++;
    fields->next = index + 1;
    return read_value(reader, q, fields->place, index, fields->schema->fields[index], &fields->slots[index]);
}

static bool fill_missing(const lc_json_reader *reader, struct_fields *fields)
{
    for (uint32_t i = 0; i < fields->schema->shape->count; i++) {
        bool seen = fields->seen[i / 64] >> (i % 64) & 1;
        if (seen || read_null(reader, fields->schema->fields[i], &fields->slots[i])) continue;
        if (reader->keep_missing != reader->depth) return false;
    }
    return true;
}

/* `p` is behind the opening brace. */
static const char *read_struct(lc_json_reader *reader, const char *p, lc_place *place,
                               const lc_schema *schema, lc_value *ret)
{
    lc_arena *arena = reader->source.arena;
    uint32_t count = schema->shape->count;
    lc_object *object = lc_arena_alloc(arena, sizeof *object + count * sizeof(lc_value));
    struct_fields fields = {
        .place = place, .schema = schema, .keys = lc_json_keys_of(reader->keys, schema->shape)};
    fields.slots = (lc_value *)(object + 1);
    fields.seen = &fields.few;
    if (count > 64) {
        size_t bytes = (count + 63) / 64 * sizeof *fields.seen;
        fields.seen = memset(lc_arena_alloc(arena, bytes), 0, bytes);
    }
    p = behind(reader, p);
    while (p < reader->source.end && *p != '}') {
        p = read_field(reader, p, &fields);
        if (LC_UNLIKELY(!p)) return NULL;
        p = next_item(reader, p, '}');
        if (LC_UNLIKELY(!p)) return NULL;
    }
    if (p == reader->source.end) return fail(reader, p, "an object is not closed");
    if (fields.count < count && !fill_missing(reader, &fields)) return give_up(reader);
    *object = (lc_object){.shape = schema->shape, .schema = schema, .slots = fields.slots, .cap = count};
    *ret = (lc_value){.kind = LC_STRUCT, .u.object = object};
    return p + 1;
}

static const char *read_word(lc_json_reader *reader, const char *p, lc_value *ret)
{
    lc_text word = *p == 't' ? LC_TEXT("true") : *p == 'f' ? LC_TEXT("false") : LC_TEXT("null");
    if (*p == 'n') *ret = lc_value_null();
    else *ret = lc_value_bool(*p == 't');
    return lc_scan_word(&reader->source, p, word, reader->depth == 0);
}

static inline const char *read_number(lc_json_reader *reader, const char *p, lc_value *ret)
{
    lc_number number;
    p = lc_scan_numeral(&reader->source, p, &number);
    if (LC_UNLIKELY(!p)) return NULL;
    bool real = !number.integral || (LC_UNLIKELY(number.overflow) && reader->large_as_real);
    *ret = real ? lc_value_double(number.f64) : lc_value_int(LC_INT64, number.i64);
    return LC_LIKELY(reader->depth) ? p : lc_scan_root_end(&reader->source, p);
}

static inline bool is_number(char c)
{
    return c == '-' || (unsigned char)(c - '0') <= 9;
}

static const char *read_container(lc_json_reader *reader, const char *p, lc_place *place, uint32_t index,
                                  const lc_schema *schema, lc_value *ret)
{
    if (!lc_source_takes_depth(&reader->source, ++reader->depth))
        return fail(reader, p, "document nesting is too deep");
    place = lc_place_child(&reader->places, place, index);
    if (*p == '[') p = read_array(reader, p + 1, place, schema ? schema->values : NULL, ret);
    else if (schema && schema->type == LC_TYPE_STRUCT) p = read_struct(reader, p + 1, place, schema, ret);
    else p = read_object(reader, p + 1, place, schema ? schema->values : NULL, ret);
    reader->depth--;
    return p;
}

static const char *read_any(lc_json_reader *reader, const char *p, lc_place *place, uint32_t index,
                            lc_value *ret)
{
    if (LC_UNLIKELY(p == reader->source.end)) return fail(reader, p, "expected a value");
    if (*p == '"') {
        lc_text text;
        p = lc_scan_string(&reader->source, p, &text);
        *ret = lc_value_text(text);
        return p;
    }
    if (is_number(*p)) return read_number(reader, p, ret);
    if (*p == '{' || *p == '[') return read_container(reader, p, place, index, NULL, ret);
    return read_word(reader, p, ret);
}

static const uint8_t integer_bits[] = {
    [LC_TYPE_INT8] = 8, [LC_TYPE_INT16] = 16, [LC_TYPE_INT32] = 32, [LC_TYPE_INT64] = 64};

/* The types whose JSON is a number, when the number is such that nothing wraps or rounds unlike a cast. */
static const char *read_typed_number(lc_json_reader *reader, const char *p, const lc_schema *schema,
                                     lc_value *ret)
{
    lc_number number;
    const char *start = p;
    if (!is_number(*p)) return give_up(reader);
    p = lc_scan_numeral(&reader->source, p, &number);
    if (LC_UNLIKELY(!p)) return NULL;
    if (schema->type == LC_TYPE_FLOAT64) {
        if (number.overflow) return give_up(reader);
        *ret = lc_value_double(number.integral ? (double)number.i64 : number.f64);
        return p;
    }
    if (schema->type == LC_TYPE_FLOAT32) {
        float value;
        if (number.overflow || (!number.integral && number.f64 == 0)) return give_up(reader);
        if (number.integral) value = (float)number.i64;
        else if (!lc_parse_float((lc_text){start, (size_t)(p - start)}, &value)) return give_up(reader);
        *ret = lc_value_float(value);
        return p;
    }
    if (!number.integral || number.overflow) return give_up(reader);
    unsigned spare = 64 - integer_bits[schema->type];
    int64_t i = (int64_t)((uint64_t)number.i64 << spare) >> spare;
    *ret = lc_value_int(schema->type, i);
    return p;
}

static const char *read_bytes(lc_json_reader *reader, const char *p, const lc_schema *schema, lc_value *ret)
{
    lc_text text;
    if (*p != '"') return give_up(reader);
    p = lc_scan_string(&reader->source, p, &text);
    if (!p) return NULL;
    lc_arena *arena = reader->source.arena;
    uint8_t *bytes = lc_arena_alloc(arena, lc_base64_bytes_max(text.len));
    size_t len;
    if (!lc_base64_decode(LC_BASE64_MIME, text, bytes, &len)) return give_up(reader);
    if (!schema->logical) {
        *ret = lc_value_bytes((lc_text){(char *)bytes, len});
        return p;
    }
    lc_text scale = lc_schema_parameter(schema, "scale");
    int64_t value;
    if (!scale.data || !lc_parse_int(scale, INT32_MIN, INT32_MAX, &value)) return give_up(reader);
    lc_decimal *decimal = lc_arena_alloc(arena, sizeof *decimal);
    if (!lc_decimal_of_bytes(bytes, len, (int32_t)value, decimal)) return give_up(reader);
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return p;
}

static const char *read_decimal(lc_json_reader *reader, const char *p, const lc_schema *schema, lc_value *ret)
{
    lc_number number;
    const char *start = p;
    if (!is_number(*p)) return read_bytes(reader, p, schema, ret);
    p = lc_scan_numeral(&reader->source, p, &number);
    if (!p) return NULL;
    lc_decimal *decimal = lc_arena_alloc(reader->source.arena, sizeof *decimal);
    lc_text text = {start, (size_t)(p - start)};
    if (!lc_decimal_parse(reader->source.arena, text, decimal)) return give_up(reader);
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return p;
}

static const char *read_date(lc_json_reader *reader, const char *p, const lc_schema *schema, lc_value *ret)
{
    enum { DAY_MS = 86400000 };
    lc_number number;
    if (!is_number(*p)) return give_up(reader);
    p = lc_scan_numeral(&reader->source, p, &number);
    if (!p) return NULL;
    if (!number.integral || number.overflow) return give_up(reader);
    int64_t ms = number.i64;
    if (schema->logical != LC_LOGICAL_TIMESTAMP && ms != (int32_t)ms) return give_up(reader);
    if (schema->logical == LC_LOGICAL_TIME && (ms < 0 || ms > DAY_MS)) return give_up(reader);
    *ret = lc_value_date(schema->logical == LC_LOGICAL_DATE ? ms * DAY_MS : ms);
    return p;
}

static const char *read_typed_word(lc_json_reader *reader, const char *p, const lc_schema *schema,
                                   lc_value *ret)
{
    p = read_word(reader, p, ret);
    if (!p) return NULL;
    if (ret->kind == LC_NULL) return read_null(reader, schema, ret) ? p : give_up(reader);
    return schema->type == LC_TYPE_BOOLEAN && !schema->logical ? p : give_up(reader);
}

static const char *read_typed(lc_json_reader *reader, const char *p, lc_place *place, uint32_t index,
                              const lc_schema *schema, lc_value *ret)
{
    if (LC_UNLIKELY(p == reader->source.end || reader->depth == 0)) return give_up(reader);
    if (*p == 'n' || *p == 't' || *p == 'f') return read_typed_word(reader, p, schema, ret);
    if (schema->logical == LC_LOGICAL_DECIMAL) return read_decimal(reader, p, schema, ret);
    if (schema->logical) return read_date(reader, p, schema, ret);
    switch (schema->type) {
    case LC_TYPE_STRING:
        if (*p != '"') return give_up(reader);
        return read_any(reader, p, place, index, ret);
    case LC_TYPE_BYTES: return read_bytes(reader, p, schema, ret);
    case LC_TYPE_BOOLEAN: return give_up(reader);
    case LC_TYPE_ARRAY:
        return *p == '[' ? read_container(reader, p, place, index, schema, ret) : give_up(reader);
    case LC_TYPE_MAP:
        if (*p != '{' || schema->keys->type != LC_TYPE_STRING) return give_up(reader);
        return read_container(reader, p, place, index, schema, ret);
    case LC_TYPE_STRUCT:
        return *p == '{' ? read_container(reader, p, place, index, schema, ret) : give_up(reader);
    default: return read_typed_number(reader, p, schema, ret);
    }
}

static const char *read_value(lc_json_reader *reader, const char *p, lc_place *place, uint32_t index,
                              const lc_schema *schema, lc_value *ret)
{
    return schema ? read_typed(reader, p, place, index, schema, ret) : read_any(reader, p, place, index, ret);
}

const char *lc_json_reader_value(lc_json_reader *reader, const char *p, unsigned depth,
                                 const lc_schema *schema, lc_value *ret_value)
{
    reader->depth = depth;
    reader->top = 0;
    if (LC_UNLIKELY(reader->cap > STACK_KEEP)) {
        free(reader->stack);
        reader->stack = NULL;
        reader->cap = 0;
    }
    return read_value(reader, p, reader->places.root, 0, schema, ret_value);
}
