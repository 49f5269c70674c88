#include "java/zone.h"
#include "script/bridge.h"

#include "base/clock.h"
#include "java/regex.h"

/* schema.h has the whole of lc_schema; abi.h repeats its first members for the prelude. */
#define SAME_PLACE(member)                                                                       \
    _Static_assert(offsetof(lc_schema, member) == offsetof(lc_schema_head, member), "lc_schema_" \
                                                                                    "head." #member)
SAME_PLACE(id);
SAME_PLACE(type);
SAME_PLACE(logical);
SAME_PLACE(optional);
SAME_PLACE(has_version);
SAME_PLACE(version);
SAME_PLACE(has_default);
_Static_assert(offsetof(lc_state, frame) == 0, "a frame is the start of its state");
_Static_assert(sizeof(lc_bytes) == sizeof(lc_text), "texts are passed as they are");

/* The message goes to frame->text, whether it is retriable to frame->number. */
static int take_error(lc_frame *frame)
{
    lc_state *state = lc_frame_state(frame);
    lc_error *error = state->error;
    state->error = NULL;
    if (!error) return LC_E_ILLEGAL_STATE;
    int code = (int)lc_error_code(error);
    frame->number = lc_error_is_retriable(error);
    lc_frame_text(frame, NULL, 0);
    if (lc_error_has_message(error)) {
        lc_buf_reset(&state->text);
        lc_buf_text(&state->text, lc_error_message(error));
        lc_frame_text(frame, state->text.data ? state->text.data : "", state->text.len);
    }
    lc_error_free(error);
    return code;
}

/* Of a Java class or of a code's own name (LC_E_LIMIT); 0: unknown. */
static int error_code(const char *name, size_t len)
{
    char text[128];
    if (len >= sizeof text) return 0;
    memcpy(text, name, len);
    text[len] = '\0';
    for (int code = LC_OK + 1; code < LC_E_COUNT; code++) {
        if (!strcmp(lc_code_name((lc_code)code), text)) return code;
    }
    return (int)lc_code_of_java_class(text);
}

static const char *error_class(int code)
{
    return lc_code_java_class(code > LC_OK && code < LC_E_COUNT ? (lc_code)code : LC_E_SCRIPT);
}

/* Ticks until the clock is looked at again: few where a turn of the script's loop takes long. */
static uint32_t next_ticks(uint32_t ticks, int64_t took_ns)
{
    if (took_ns > 2000000) return ticks > 8 ? ticks / 8 : 1;
    if (took_ns < 200000 && ticks < LC_TICKS_MAX) return ticks * 2;
    return ticks;
}

/* Looks at the clock and the memory: 0 with a fresh budget, 3 when the place is to be sampled besides, 2 when memory is
 * beyond its limit, or 1 for good once the call's time is over. */
static int tick(lc_frame *frame)
{
    lc_state *state = lc_frame_state(frame);
    int64_t now = lc_monotonic_ns();
    bool full = state->heap.used > state->heap.limit;
    if (!frame->spent && full && now < state->deadline_ns) return 2;
    if (!frame->spent && now < state->deadline_ns) {
        state->ticks = next_ticks(state->ticks, now - state->looked_ns);
        state->looked_ns = now;
        lc_budget_set(&frame->budget, state->ticks);
        return lc_watch_is_sampled(&state->watch) ? 3 : 0;
    }
    frame->spent = 1;
    lc_budget_set(&frame->budget, 0);
    return 1;
}

int lc_frame_no_room(lc_frame *frame)
{
    lc_state *state = lc_frame_state(frame);
    return lc_state_fail(state,
                         lc_fail(LC_E_LIMIT,
                                 "the records of one batch hold more than %zu bytes of values: see "
                                 "script.output.bytes",
                                 state->arena_room));
}

const lc_bridge lc_bridge_table = {
    .abi_version = LC_ABI_VERSION,
    .size_value = sizeof(lc_value),
    .size_object = sizeof(lc_object),
    .size_shape = sizeof(lc_shape),
    .size_record = sizeof(lc_record),
    .size_header = sizeof(lc_header),
    .size_frame = sizeof(lc_frame),
    .size_bridge = sizeof(lc_bridge),

    .take_error = take_error,
    .error_code = error_code,
    .error_class = error_class,
    .tick = tick,

    .set_text = lc_cell_set_text,
    .copy = lc_cell_copy,
    .find = lc_shape_find,
    .map_add = lc_cell_map_add,
    .map_remove = lc_cell_map_remove,
    .map_new = lc_cell_map_new,
    .struct_new = lc_cell_struct_new,
    .list_new = lc_cell_list_new,
    .list_add = lc_cell_list_add,
    .field_default = lc_cell_default,
    .box_new = lc_cell_box,
    .cast = lc_cell_cast,
    .convert = lc_cell_convert,
    .validate = lc_cell_validate,
    .equals = lc_cell_equals,
    .to_text = lc_cell_to_text,
    .java_class = lc_value_java_class,
    .set_decimal = lc_cell_set_decimal,
    .decimal_read = lc_bridge_decimal_read,
    .decimal_math = lc_bridge_decimal_math,
    .decimal_ask = lc_bridge_decimal_ask,
    .parse_value = lc_cell_parse,
    .infer = lc_cell_infer,

    .set_topic = lc_bridge_set_topic,
    .clone = lc_bridge_clone,
    .header_add = lc_bridge_header_add,
    .header_remove = lc_bridge_header_remove,
    .record_text = lc_bridge_record_text,
    .record_done = lc_bridge_record_done,
    .split = lc_bridge_split,
    .record_add = lc_bridge_record_add,

    .schema_text = lc_bridge_schema_text,
    .schema_part = lc_bridge_schema_part,
    .schema_shape = lc_bridge_schema_shape,
    .schema_field = lc_bridge_schema_field,
    .schema_default = lc_bridge_schema_default,
    .schema_parameter = lc_bridge_schema_parameter,
    .schema_plain = lc_bridge_schema_plain,
    .spec_begin = lc_spec_begin,
    .spec_flag = lc_spec_flag,
    .spec_text = lc_spec_text,
    .spec_parameter = lc_spec_parameter,
    .spec_parts = lc_spec_parts,
    .spec_field = lc_spec_field,
    .spec_default = lc_spec_default,
    .spec_end = lc_spec_end,

    .plan_new = lc_bridge_plan_new,
    .plan_new_inner = lc_bridge_plan_new_inner,
    .plan_take = lc_bridge_plan_take,
    .plan_inside = lc_bridge_plan_inside,
    .plan_constant = lc_plan_constant,
    .plan_guard = lc_bridge_plan_guard,
    .plan_seal = lc_bridge_plan_seal,
    .plan_run = lc_bridge_plan_run,

    .regex_new = lc_tool_regex_new,
    .regex_free = lc_regex_free,
    .regex_matches = lc_tool_regex_matches,
    .regex_find = lc_tool_regex_find,
    .regex_group = lc_tool_regex_group,
    .regex_find_from = lc_tool_regex_find_from,
    .regex_name = lc_tool_regex_name,
    .regex_replace = lc_tool_regex_replace,
    .time_format_new = lc_tool_time_format_new,
    .time_format_free = lc_tool_time_format_free,
    .time_write = lc_tool_time_write,
    .time_parse = lc_tool_time_parse,
    .time_convert = lc_tool_time_convert,
    .zone_new = lc_tool_zone_new,
    .zone_free = lc_zone_close,
    .zone_offset = lc_tool_zone_offset,
    .now = lc_tool_now,
    .meter_observe = lc_bridge_meter_observe,
    .charset_find = lc_bridge_charset_find,
    .charset_convert = lc_bridge_charset_convert,
    .base64 = lc_tool_base64,
    .json_read = lc_content_json_read,
    .json_write = lc_content_json_write,
    .digest_find = lc_content_digest_find,
    .digest = lc_content_digest,
};
