#include "data/values.h"
#include "script/bridge.h"

static lc_arena *arena_of(lc_frame *frame)
{
    return lc_frame_state(frame)->arena;
}

static lc_value object_value(lc_object *object)
{
    if (object->schema) return (lc_value){.kind = LC_STRUCT, .u.object = object};
    return (lc_value){.kind = LC_MAP, .flags = LC_V_OBJECT, .u.object = object};
}

enum { DEEPEST = 1000, MOST_ITEMS = 10000000 };

static bool is_bounded(const lc_value *value, uint32_t depth, uint32_t *left);

static bool are_bounded(const lc_value *items, uint32_t count, uint32_t depth, uint32_t *left)
{
    if (!depth || count > *left) return false;
    *left -= count;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_bounded(&items[i], depth - 1, left)) return false;
    }
    return true;
}

static bool is_bounded(const lc_value *value, uint32_t depth, uint32_t *left)
{
    if (lc_value_is_object(value)) {
        const lc_object *object = value->u.object;
        return are_bounded(object->slots, object->shape->count, depth, left);
    }
    if (value->kind == LC_MAP) return are_bounded(value->u.map->items, 2 * value->u.map->count, depth, left);
    if (value->kind == LC_ARRAY) return are_bounded(value->u.list->items, value->u.list->count, depth, left);
    return true;
}

bool lc_frame_is_bounded(lc_frame *frame, const lc_value *value)
{
    uint32_t left = MOST_ITEMS;
    if (!frame->joined || is_bounded(value, DEEPEST, &left)) return true;
    (void)lc_state_fail(
        lc_frame_state(frame),
        lc_fail(LC_E_LIMIT, "a value nests deeper than %d levels or contains itself", DEEPEST));
    return false;
}

int lc_cell_set_text(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind)
{
    lc_state *state = lc_frame_state(frame);
    if (state->arena->held > state->arena_room || len > state->arena_room - state->arena->held)
        return lc_frame_no_room(frame);
    char *copy = lc_arena_copy(state->arena, text, len);
    *cell = (lc_value){.kind = (uint8_t)kind, .len = (uint32_t)len, .u.s = copy};
    return 0;
}

/* Outside of a batch everything is copied, since the source may not last. */
int lc_cell_copy(lc_frame *frame, lc_value *to, const lc_value *from)
{
    if (!lc_frame_has_room(frame)) return lc_frame_no_room(frame);
    if (!lc_frame_is_bounded(frame, from)) return 1;
    lc_arena *arena = arena_of(frame);
    *to = lc_frame_state(frame)->batch ? lc_value_fork(arena, from) : lc_value_copy(arena, from);
    return 0;
}

lc_value *lc_cell_map_add(lc_frame *frame, lc_object *map, const char *name, size_t len)
{
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    lc_value value = object_value(map);
    LC_GATE_TURN(lc_frame_state(frame)->gate);
    return lc_map_set(lc_frame_state(frame)->types, arena_of(frame), &value, (lc_text){name, len});
}

int lc_cell_map_remove(lc_frame *frame, lc_object *map, const char *name, size_t len)
{
    lc_value value = object_value(map);
    LC_GATE_TURN(lc_frame_state(frame)->gate);
    return lc_map_remove(lc_frame_state(frame)->types, &value, (lc_text){name, len});
}

lc_object *lc_cell_map_new(lc_frame *frame)
{
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    lc_state *state = lc_frame_state(frame);
    LC_GATE_TURN(state->gate);
    return lc_object_new(state->arena, lc_shape_empty(state->types), 8).u.object;
}

lc_object *lc_cell_struct_new(lc_frame *frame, const lc_schema *schema)
{
    lc_state *state = lc_frame_state(frame);
    if (!schema || schema->type != LC_TYPE_STRUCT) {
        (void)lc_state_fail(state, lc_fail(LC_E_DATA, "Not a struct schema: %s",
                                           schema ? lc_type_java_name((lc_type)schema->type) : "null"));
        return NULL;
    }
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    return lc_struct_new(state->arena, schema).u.object;
}

lc_list *lc_cell_list_new(lc_frame *frame)
{
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    return lc_list_new(arena_of(frame), 4).u.list;
}

lc_value *lc_cell_list_add(lc_frame *frame, lc_list *list)
{
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    return lc_list_add(arena_of(frame), list);
}

const lc_value *lc_cell_default(lc_frame *frame, const lc_object *object, uint32_t at)
{
    (void)frame;
    const lc_schema *schema = object->schema->fields[at];
    return schema->has_default ? &schema->default_value : NULL;
}

lc_value *lc_cell_box(lc_frame *frame)
{
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return NULL;
    }
    lc_value *cell = lc_arena_alloc(arena_of(frame), sizeof *cell);
    *cell = lc_value_null();
    return cell;
}

static int done(lc_frame *frame, lc_error *error)
{
    return error ? lc_state_fail(lc_frame_state(frame), error) : 0;
}

int lc_cell_cast(lc_frame *frame, lc_value *cell, const lc_schema *schema, int type)
{
    return done(frame, lc_value_cast(arena_of(frame), schema, cell, (lc_type)type, cell));
}

/* Reading a text can't be stopped. It takes time for its marks, and for the square of each run of digits. */
static bool is_quickly_read(lc_text text)
{
    enum { ALWAYS = 65536, MARK = 65536 };
    static const char marks[] = "[]{},:\"";
    uint64_t cost = 0, run = 0;
    lc_text start = lc_text_trim(text);
    bool is_container = start.len && (*start.data == '[' || *start.data == '{');
    if (text.len <= ALWAYS) return true;
    for (size_t i = 0; i < text.len && cost <= (uint64_t)ALWAYS * MARK; i++) {
        char c = text.data[i];
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        cost += 2 * run + (is_container && c && strchr(marks, c) ? MARK : 0);
    }
    return cost <= (uint64_t)ALWAYS * MARK;
}

static int too_long(lc_frame *frame)
{
    return done(frame,
                lc_fail(LC_E_LIMIT, "the text holds too many values or digits to be read by a script"));
}

int lc_cell_convert(lc_frame *frame, lc_value *cell, const lc_schema *schema, int target)
{
    lc_state *state = lc_frame_state(frame);
    if (!lc_frame_is_bounded(frame, cell)) return 1;
    if (cell->kind == LC_STRING && !is_quickly_read(lc_value_as_text(cell))) return too_long(frame);
    LC_GATE_TURN(state->gate);
    return done(frame, lc_values_convert(state->types, state->arena, (lc_values_target)target, 0, schema,
                                         cell, cell));
}

int lc_cell_validate(lc_frame *frame, const lc_schema *schema, const char *field, const lc_value *cell)
{
    if (!lc_frame_is_bounded(frame, cell)) return 1;
    return done(frame, lc_schema_validate(schema, field, cell));
}

/* -1: failed */
int lc_cell_equals(lc_frame *frame, const lc_value *a, const lc_value *b)
{
    if (!lc_frame_is_bounded(frame, a) || !lc_frame_is_bounded(frame, b)) return -1;
    return lc_value_equal(a, b);
}

int lc_cell_to_text(lc_frame *frame, const lc_value *cell)
{
    lc_buf *text = &lc_frame_state(frame)->text;
    if (!lc_frame_is_bounded(frame, cell)) return 1;
    lc_buf_reset(text);
    lc_value_to_text(text, cell);
    lc_frame_text(frame, text->data ? text->data : "", text->len);
    return 0;
}

int lc_cell_set_decimal(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind)
{
    lc_arena *arena = arena_of(frame);
    lc_decimal *decimal = lc_arena_alloc(arena, sizeof *decimal);
    lc_text digits = {text, len};
    if (!is_quickly_read(digits)) return too_long(frame);
    bool ok = kind == LC_BIGINT ? lc_bigint_parse(arena, digits, decimal)
                                : lc_decimal_parse(arena, digits, decimal);
    if (!ok)
        return done(frame, lc_fail(LC_E_NUMBER_FORMAT, "'%.*s' is no decimal number",
                                   (int)(len < 200 ? len : 200), text));
    *cell = (lc_value){.kind = (uint8_t)kind, .u.decimal = decimal};
    return 0;
}

int lc_cell_parse(lc_frame *frame, const char *text, size_t len, lc_value *cell)
{
    lc_state *state = lc_frame_state(frame);
    frame->schema = NULL;
    if (!is_quickly_read((lc_text){text, len})) return too_long(frame);
    const char *copy = lc_arena_copy(state->arena, text, len);
    LC_GATE_TURN(state->gate);
    return done(frame,
                lc_values_parse(state->types, state->arena, (lc_text){copy, len}, &frame->schema, cell));
}

const lc_schema *lc_cell_infer(lc_frame *frame, const lc_value *cell)
{
    LC_GATE_TURN(lc_frame_state(frame)->gate);
    return lc_frame_is_bounded(frame, cell) ? lc_values_infer(lc_frame_state(frame)->types, cell) : NULL;
}
