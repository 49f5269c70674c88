/* The bridge functions of abi.h, by file; see there for what each does. Private to this folder. */
#ifndef LC_SCRIPT_BRIDGE_H
#define LC_SCRIPT_BRIDGE_H

#include "script/internal.h"

/* bridge_cell.c */
int lc_cell_set_text(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind);
int lc_cell_copy(lc_frame *frame, lc_value *to, const lc_value *from);
lc_value *lc_cell_map_add(lc_frame *frame, lc_object *map, const char *name, size_t len);
int lc_cell_map_remove(lc_frame *frame, lc_object *map, const char *name, size_t len);
lc_object *lc_cell_map_new(lc_frame *frame);
lc_object *lc_cell_struct_new(lc_frame *frame, const lc_schema *schema);
lc_list *lc_cell_list_new(lc_frame *frame);
lc_value *lc_cell_list_add(lc_frame *frame, lc_list *list);
const lc_value *lc_cell_default(lc_frame *frame, const lc_object *object, uint32_t at);
lc_value *lc_cell_box(lc_frame *frame);
int lc_cell_cast(lc_frame *frame, lc_value *cell, const lc_schema *schema, int type);
int lc_cell_convert(lc_frame *frame, lc_value *cell, const lc_schema *schema, int target);
int lc_cell_validate(lc_frame *frame, const lc_schema *schema, const char *field, const lc_value *cell);
int lc_cell_equals(lc_frame *frame, const lc_value *a, const lc_value *b);
int lc_cell_to_text(lc_frame *frame, const lc_value *cell);
int lc_cell_set_decimal(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind);
int lc_cell_parse(lc_frame *frame, const char *text, size_t len, lc_value *cell);
const lc_schema *lc_cell_infer(lc_frame *frame, const lc_value *cell);

/* bridge_charset.c */
int lc_bridge_charset_find(lc_frame *frame, const char *name, size_t len);
void lc_bridge_charset_convert(lc_frame *frame, int number, const char *bytes, size_t len, int encode);

/* bridge_content.c */
int lc_content_json_read(lc_frame *frame, const char *text, size_t len, lc_value *cell);
int lc_content_json_write(lc_frame *frame, const lc_value *cell);
int lc_content_digest_find(lc_frame *frame, const char *name, size_t len, size_t key_len);
void lc_content_digest(lc_frame *frame, int kind, int as_hex);

/* bridge_decimal.c */
int lc_bridge_decimal_read(lc_frame *frame, const char *text, size_t len);
int lc_bridge_decimal_math(lc_frame *frame, int operation, int scale, int rounding);
int lc_bridge_decimal_ask(lc_frame *frame, int question);

/* native_meters.c */
void lc_bridge_meter_observe(lc_meter *meter, double x);

/* bridge_record.c */
int lc_bridge_set_topic(lc_frame *frame, uint32_t record, const char *topic, size_t len);
int lc_bridge_clone(lc_frame *frame, uint32_t record);
int lc_bridge_header_add(lc_frame *frame, uint32_t record, const char *name, size_t len,
                         const lc_schema *schema);
int lc_bridge_header_remove(lc_frame *frame, uint32_t record, const char *name, size_t len);
int lc_bridge_record_text(lc_frame *frame, uint32_t record);
int lc_bridge_record_done(lc_frame *frame, uint32_t record);
int lc_bridge_split(lc_frame *frame, uint32_t record);
int lc_bridge_record_add(lc_frame *frame);

/* bridge_schema.c */
int lc_bridge_schema_text(lc_frame *frame, const lc_schema *schema, int part);
const lc_schema *lc_bridge_schema_part(const lc_schema *schema, int part);
const lc_shape *lc_bridge_schema_shape(const lc_schema *schema);
const lc_schema *lc_bridge_schema_field(const lc_schema *schema, uint32_t at);
const lc_value *lc_bridge_schema_default(const lc_schema *schema);
int lc_bridge_schema_parameter(lc_frame *frame, const lc_schema *schema, uint32_t at, int value);
const lc_schema *lc_bridge_schema_plain(lc_frame *frame, int type, int logical, int optional);
void lc_spec_begin(lc_frame *frame, int type, const lc_schema *from);
void lc_spec_flag(lc_frame *frame, int part, int value);
void lc_spec_text(lc_frame *frame, int part, const char *text, size_t len);
void lc_spec_parameter(lc_frame *frame, const char *key, size_t key_len, const char *value, size_t len);
void lc_spec_parts(lc_frame *frame, const lc_schema *keys, const lc_schema *values);
void lc_spec_field(lc_frame *frame, const char *name, size_t len, const lc_schema *schema);
void lc_spec_default(lc_frame *frame, const lc_value *value);
const lc_schema *lc_spec_end(lc_frame *frame);
lc_plan *lc_bridge_plan_new(lc_frame *frame, const lc_shape *shape);
lc_plan *lc_bridge_plan_new_inner(lc_frame *frame, const lc_shape *shape, int lasting);
int lc_bridge_plan_take(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags);
int lc_bridge_plan_inside(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags,
                          const lc_plan *inner);
void lc_bridge_plan_guard(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *shape,
                          int may_be_null);
void lc_bridge_plan_seal(lc_frame *frame, lc_plan *plan, const lc_schema *schema, int lasting);
lc_object *lc_bridge_plan_run(lc_frame *frame, const lc_plan *plan, lc_object *object);

/* bridge_tools.c */
lc_regex *lc_tool_regex_new(lc_frame *frame, const char *pattern, size_t len);
int lc_tool_regex_matches(lc_frame *frame, lc_regex *regex, const char *text, size_t len);
int lc_tool_regex_find(lc_frame *frame, lc_regex *regex, const char *text, size_t len);
int lc_tool_regex_find_from(lc_frame *frame, lc_regex *regex, const char *text, size_t len, size_t from);
int lc_tool_regex_name(lc_regex *regex, const char *name, size_t len);
int lc_tool_regex_group(lc_frame *frame, lc_regex *regex, uint32_t group);
int lc_tool_regex_replace(lc_frame *frame, lc_regex *regex, int all);
int lc_tool_base64(lc_frame *frame, const char *text, size_t len, int decode);

/* bridge_time.c */
lc_time_format *lc_tool_time_format_new(lc_frame *frame, const char *pattern, size_t len);
void lc_tool_time_format_free(lc_time_format *format);
lc_zone *lc_tool_zone_new(lc_frame *frame, const char *name, size_t len);
int lc_tool_zone_offset(const lc_zone *zone, int64_t ms, int is_local);
void lc_tool_time_write(lc_frame *frame, lc_time_format *format, int64_t ms);
int lc_tool_time_parse(lc_frame *frame, lc_time_format *format, const char *text, size_t len);
int lc_tool_time_convert(lc_frame *frame, lc_time_format *format, lc_value *cell, int source, int target,
                         int unit);
double lc_tool_now(lc_frame *frame);

/* Makes `text` the result of a bridge function. It must stay until the next one. */
static inline void lc_frame_text(lc_frame *frame, const char *text, size_t len)
{
    frame->text = (lc_bytes){text, len};
}

/* Fails when the running call's values hold more memory than a call may. */
static inline bool lc_frame_has_room(lc_frame *frame)
{
    return lc_frame_state(frame)->arena->held <= lc_frame_state(frame)->arena_room;
}
int lc_frame_no_room(lc_frame *frame); /* remembers the error; 1 */

/* What scripts put together may contain itself, or nest without end: whoever goes down a value asks before.
 * Remembers the error. */
bool lc_frame_is_bounded(lc_frame *frame, const lc_value *value);

#endif
