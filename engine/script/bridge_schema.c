#include "base/memory.h"
#include "script/bridge.h"

static bool give_text(lc_frame *frame, lc_text text)
{
    lc_frame_text(frame, text.data, text.len);
    return text.data != NULL;
}

/* ConnectSchema.toString: "Schema{name:TYPE}". */
static void java_text(lc_buf *out, const lc_schema *schema)
{
    lc_buf_text(out, "Schema{");
    if (schema->name.data) lc_buf_printf(out, "%s:", schema->name.data);
    lc_buf_printf(out, "%s}", lc_type_java_name((lc_type)schema->type));
}

int lc_bridge_schema_text(lc_frame *frame, const lc_schema *schema, int part)
{
    if (part == LC_PART_NAME) return give_text(frame, schema->name);
    if (part == LC_PART_DOC) return give_text(frame, schema->doc);
    lc_buf *text = &lc_frame_state(frame)->text;
    lc_buf_reset(text);
    java_text(text, schema);
    return give_text(frame, (lc_text){text->data, text->len});
}

const lc_schema *lc_bridge_schema_part(const lc_schema *schema, int part)
{
    return part == LC_PART_KEYS ? schema->keys : schema->values;
}

const lc_shape *lc_bridge_schema_shape(const lc_schema *schema)
{
    return schema->shape;
}

const lc_schema *lc_bridge_schema_field(const lc_schema *schema, uint32_t at)
{
    return schema->fields[at];
}

const lc_value *lc_bridge_schema_default(const lc_schema *schema)
{
    return schema->has_default ? &schema->default_value : NULL;
}

int lc_bridge_schema_parameter(lc_frame *frame, const lc_schema *schema, uint32_t at, int value)
{
    if (at >= schema->parameter_count) return 0;
    return give_text(frame, value ? schema->parameters[at].value : schema->parameters[at].key);
}

const lc_schema *lc_bridge_schema_plain(lc_frame *frame, int type, int logical, int optional)
{
    lc_types *types = lc_frame_state(frame)->types;
    LC_GATE_TURN(lc_frame_state(frame)->gate);
    if (logical) return lc_schema_logical(types, (lc_logical)logical, optional);
    return lc_schema_primitive(types, (lc_type)type, optional);
}

/* Specs */

static lc_spec *spec_of(lc_frame *frame)
{
    return &lc_frame_state(frame)->spec;
}

static lc_text keep_text(lc_frame *frame, const char *text, size_t len)
{
    if (!text) return (lc_text){NULL, 0};
    return (lc_text){lc_arena_copy(&lc_frame_state(frame)->scratch, text, len), len};
}

static void add_parameter(lc_spec *spec, lc_parameter parameter)
{
    uint32_t count = spec->schema.parameter_count;
    spec->parameters =
        lc_grow(spec->parameters, &spec->parameter_cap, (size_t)count + 1, sizeof *spec->parameters);
    spec->parameters[count] = parameter;
    spec->schema.parameter_count++;
}

static void add_field(lc_spec *spec, lc_text name, const lc_schema *schema)
{
    size_t need = (size_t)spec->schema.field_count + 1;
    spec->names = lc_grow(spec->names, &spec->name_cap, need, sizeof *spec->names);
    spec->schemas = lc_grow((void *)spec->schemas, &spec->schema_cap, need, sizeof *spec->schemas);
    spec->names[need - 1] = name;
    spec->schemas[need - 1] = schema;
    spec->schema.field_count++;
}

void lc_spec_begin(lc_frame *frame, int type, const lc_schema *from)
{
    lc_arena_reset(&lc_frame_state(frame)->scratch, 64 * 1024);
    lc_spec *spec = spec_of(frame);
    spec->schema = (lc_schema_spec){.type = (lc_type)type};
    if (!from) return;
    lc_schema_spec whole = lc_schema_to_spec(from);
    spec->schema = whole;
    spec->schema.type = (lc_type)type;
    spec->schema.parameter_count = spec->schema.field_count = 0;
    for (uint32_t i = 0; i < whole.parameter_count; i++) add_parameter(spec, whole.parameters[i]);
    for (uint32_t i = 0; i < whole.field_count; i++)
        add_field(spec, whole.field_names[i], whole.field_schemas[i]);
}

void lc_spec_flag(lc_frame *frame, int part, int value)
{
    lc_schema_spec *schema = &spec_of(frame)->schema;
    switch (part) {
    case LC_PART_OPTIONAL: schema->optional = value; break;
    case LC_PART_VERSION:
        schema->has_version = true;
        schema->version = value;
        break;
    case LC_PART_NO_VERSION: schema->has_version = false; break;
    case LC_PART_NO_DEFAULT: schema->has_default = false; break;
    case LC_PART_NO_PARAMETERS: schema->parameter_count = 0; break;
    case LC_PART_NO_FIELDS: schema->field_count = 0; break;
    default: break;
    }
}

void lc_spec_text(lc_frame *frame, int part, const char *text, size_t len)
{
    lc_schema_spec *schema = &spec_of(frame)->schema;
    *(part == LC_PART_NAME ? &schema->name : &schema->doc) = keep_text(frame, text, len);
}

void lc_spec_parameter(lc_frame *frame, const char *key, size_t key_len, const char *value, size_t len)
{
    lc_text kept_key = keep_text(frame, key, key_len), kept_value = keep_text(frame, value, len);
    add_parameter(spec_of(frame), (lc_parameter){kept_key, kept_value});
}

void lc_spec_parts(lc_frame *frame, const lc_schema *keys, const lc_schema *values)
{
    lc_schema_spec *schema = &spec_of(frame)->schema;
    if (keys) schema->keys = keys;
    if (values) schema->values = values;
}

void lc_spec_field(lc_frame *frame, const char *name, size_t len, const lc_schema *schema)
{
    add_field(spec_of(frame), keep_text(frame, name, len), schema);
}

void lc_spec_default(lc_frame *frame, const lc_value *value)
{
    lc_schema_spec *schema = &spec_of(frame)->schema;
    schema->has_default = value->kind != LC_NULL;
    schema->default_value = *value;
}

const lc_schema *lc_spec_end(lc_frame *frame)
{
    lc_state *state = lc_frame_state(frame);
    lc_spec *spec = &state->spec;
    spec->schema.parameters = spec->parameters;
    spec->schema.field_names = spec->names;
    spec->schema.field_schemas = spec->schemas;
    const lc_schema *made = NULL;
    lc_error *error = NULL;
    LC_GATE_TURN(state->gate);
    if (lc_types_bytes(state->types) > state->arena_limit)
        error = lc_fail(LC_E_LIMIT, "too many different schemas in one task");
    if (!error) error = lc_schema_intern(state->types, &spec->schema, &made);
    if (error) (void)lc_state_fail(state, error);
    return made;
}

/* Plans */

lc_plan *lc_bridge_plan_new(lc_frame *frame, const lc_shape *shape)
{
    lc_state *state = lc_frame_state(frame);
    LC_GATE_TURN(state->gate);
    return lc_plan_new(state->types, state->arena, shape);
}

lc_plan *lc_bridge_plan_new_inner(lc_frame *frame, const lc_shape *shape, int lasting)
{
    lc_state *state = lc_frame_state(frame);
    LC_GATE_TURN(state->gate);
    return lc_plan_new_inner(state->types, state->arena, shape, lasting);
}

int lc_bridge_plan_take(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags)
{
    if (depth > LC_PLAN_MAX_DEPTH) return 1;
    lc_plan_take(plan, path, depth, flags);
    return 0;
}

int lc_bridge_plan_inside(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags,
                          const lc_plan *inner)
{
    if (depth > LC_PLAN_MAX_DEPTH) return 1;
    lc_plan_inside(plan, path, depth, flags, inner);
    return 0;
}

void lc_bridge_plan_guard(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *shape,
                          int may_be_null)
{
    lc_plan_guard(plan, path, depth, shape, may_be_null);
}

/* The shape of a spec's names. One that shan't last, or that shapes must no longer be made for, is anonymous.
 */
static const lc_shape *spec_shape(lc_state *state, bool lasting)
{
    const lc_spec *spec = &state->spec;
    uint32_t count = spec->schema.field_count;
    if (lasting && lc_types_may_shape(state->types)) return lc_shape_of(state->types, spec->names, count);
    lc_shape *shape = lc_shape_anonymous(state->arena, count);
    for (uint32_t i = 0; i < count; i++)
        lc_shape_append(state->arena, shape, spec->names[i].data, spec->names[i].len);
    return shape;
}

void lc_bridge_plan_seal(lc_frame *frame, lc_plan *plan, const lc_schema *schema, int lasting)
{
    LC_GATE_TURN(lc_frame_state(frame)->gate);
    lc_plan_seal(plan, schema ? schema->shape : spec_shape(lc_frame_state(frame), lasting), schema);
}

lc_object *lc_bridge_plan_run(lc_frame *frame, const lc_plan *plan, lc_object *object)
{
    lc_value from = {.kind = LC_STRUCT, .u.object = object}, made;
    if (!object->schema) from = (lc_value){.kind = LC_MAP, .flags = LC_V_OBJECT, .u.object = object};
    if (!lc_frame_is_bounded(frame, &from)) return NULL;
    if (!lc_plan_run(plan, lc_frame_state(frame)->arena, &from, &made)) return NULL;
    made.u.object->reserved = 1; /* loose: see put_object in view.lua */
    return made.u.object;
}
