#include "convert/protobuf_schema.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/memory.h"

static const struct {
    const char *name;
    lc_proto_wire wire;
} types[] = {
    [LC_PROTO_DOUBLE] = {"double", LC_PROTO_FIXED_64},
    [LC_PROTO_FLOAT] = {"float", LC_PROTO_FIXED_32},
    [LC_PROTO_INT64] = {"int64", LC_PROTO_VARINT},
    [LC_PROTO_UINT64] = {"uint64", LC_PROTO_VARINT},
    [LC_PROTO_INT32] = {"int32", LC_PROTO_VARINT},
    [LC_PROTO_FIXED64] = {"fixed64", LC_PROTO_FIXED_64},
    [LC_PROTO_FIXED32] = {"fixed32", LC_PROTO_FIXED_32},
    [LC_PROTO_BOOL] = {"bool", LC_PROTO_VARINT},
    [LC_PROTO_STRING] = {"string", LC_PROTO_LENGTH},
    [LC_PROTO_GROUP] = {"group", LC_PROTO_GROUP_START},
    [LC_PROTO_MESSAGE] = {"message", LC_PROTO_LENGTH},
    [LC_PROTO_BYTES] = {"bytes", LC_PROTO_LENGTH},
    [LC_PROTO_UINT32] = {"uint32", LC_PROTO_VARINT},
    [LC_PROTO_ENUM] = {"enum", LC_PROTO_VARINT},
    [LC_PROTO_SFIXED32] = {"sfixed32", LC_PROTO_FIXED_32},
    [LC_PROTO_SFIXED64] = {"sfixed64", LC_PROTO_FIXED_64},
    [LC_PROTO_SINT32] = {"sint32", LC_PROTO_VARINT},
    [LC_PROTO_SINT64] = {"sint64", LC_PROTO_VARINT},
};

lc_proto_type lc_proto_type_of(lc_text name)
{
    for (size_t i = LC_PROTO_DOUBLE; i <= LC_PROTO_SINT64; i++) {
        bool is_kind = i == LC_PROTO_GROUP || i == LC_PROTO_MESSAGE || i == LC_PROTO_ENUM;
        if (!is_kind && lc_text_is(name, types[i].name)) return (lc_proto_type)i;
    }
    return LC_PROTO_NONE;
}

const char *lc_proto_type_name(lc_proto_type type)
{
    return types[type].name;
}

lc_proto_wire lc_proto_wire_of(lc_proto_type type)
{
    return types[type].wire;
}

void lc_proto_store_init(lc_proto_store *store)
{
    *store = (lc_proto_store){.names = lc_table_new(NULL), .files = lc_table_new(NULL)};
}

void lc_proto_store_done(lc_proto_store *store)
{
    lc_table_free(store->names);
    lc_table_free(store->files);
    lc_arena_done(&store->arena);
    *store = (lc_proto_store){0};
}

/* Room for one more item at the end of an array in the arena, whose room doubles. */
static void *push(lc_proto_store *store, void *items, size_t count, size_t size)
{
    void **array = items;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
        char *larger = lc_arena_alloc(&store->arena, (count ? count * 2 : 4) * size);
        if (count) memcpy(larger, *array, count * size);
        *array = larger;
    }
    return memset((char *)*array + count * size, 0, size);
}

static lc_text join_names(lc_proto_store *store, lc_text outer, lc_text name)
{
    if (!outer.len) return name;
    return lc_text_of(
        lc_arena_printf(&store->arena, "%.*s.%.*s", (int)outer.len, outer.data, (int)name.len, name.data));
}

static lc_error *define(lc_proto_store *store, lc_text full, const lc_proto_message *message,
                        const lc_proto_enum *constants)
{
    lc_proto_symbol *symbol = lc_arena_alloc(&store->arena, sizeof *symbol);
    if (lc_table_get_text(store->names, full))
        return lc_fail(LC_E_DATA, "\"%.*s\" is already defined", (int)full.len, full.data);
    *symbol = (lc_proto_symbol){message, constants};
    lc_table_put_text(store->names, full, symbol);
    return NULL;
}

lc_proto_file *lc_proto_new_file(lc_proto_store *store, lc_text path)
{
    lc_proto_file *file = lc_arena_alloc(&store->arena, sizeof *file);
    *file = (lc_proto_file){.path = path, .syntax = LC_PROTO_2};
    lc_table_put_text(store->files, path, file);
    return file;
}

static lc_text scope_of(const lc_proto_file *file, const lc_proto_message *outer)
{
    return outer ? outer->full : file->package;
}

static lc_error *make_message(lc_proto_store *store, lc_proto_file *file, lc_proto_message *outer,
                              lc_text name, lc_proto_message **ret)
{
    lc_proto_message *message = lc_arena_alloc(&store->arena, sizeof *message);
    *message = (lc_proto_message){
        .name = name, .full = join_names(store, scope_of(file, outer), name), .file = file, .outer = outer};
    LC_TRY(define(store, message->full, message, NULL));
    *(lc_proto_message **)push(store, &store->messages, store->message_count++, sizeof message) = message;
    *ret = message;
    return NULL;
}

lc_error *lc_proto_new_message(lc_proto_store *store, lc_proto_file *file, lc_proto_message *outer,
                               lc_text name, lc_proto_message **ret_message)
{
    LC_TRY(make_message(store, file, outer, name, ret_message));
    lc_proto_message **place = outer ? push(store, &outer->messages, outer->message_count++, sizeof *place)
                                     : push(store, &file->messages, file->message_count++, sizeof *place);
    *place = *ret_message;
    return NULL;
}

lc_error *lc_proto_new_enum(lc_proto_store *store, lc_proto_file *file, lc_proto_message *outer, lc_text name,
                            lc_proto_enum **ret_enum)
{
    lc_proto_enum *made = lc_arena_alloc(&store->arena, sizeof *made);
    *made = (lc_proto_enum){.name = name, .full = join_names(store, scope_of(file, outer), name)};
    LC_TRY(define(store, made->full, NULL, made));
    lc_proto_enum **place = outer ? push(store, &outer->enums, outer->enum_count++, sizeof *place)
                                  : push(store, &file->enums, file->enum_count++, sizeof *place);
    *ret_enum = *place = made;
    return NULL;
}

lc_proto_field *lc_proto_add_field(lc_proto_store *store, lc_proto_message *message)
{
    lc_proto_field *field = push(store, &message->fields, message->field_count++, sizeof *field);
    field->packed = -1;
    field->oneof = -1;
    return field;
}

void lc_proto_add_constant(lc_proto_store *store, lc_proto_enum *into, lc_text name, int32_t number)
{
    lc_proto_constant *constant = push(store, &into->constants, into->count++, sizeof *constant);
    *constant = (lc_proto_constant){name, number};
}

void lc_proto_add_param(lc_proto_store *store, lc_proto_field *field, lc_text key, lc_text value)
{
    lc_proto_param *param = push(store, &field->params, field->param_count++, sizeof *param);
    *param = (lc_proto_param){key, value};
}

void lc_proto_add_import(lc_proto_store *store, lc_proto_file *file, lc_text path)
{
    for (size_t i = 0; i < file->import_count; i++)
        if (lc_text_eq(file->imports[i], path)) return;
    *(lc_text *)push(store, &file->imports, file->import_count++, sizeof path) = path;
}

int32_t lc_proto_add_oneof(lc_proto_store *store, lc_proto_message *message, lc_text name)
{
    *(lc_text *)push(store, &message->oneofs, message->oneof_count, sizeof name) = name;
    return (int32_t)message->oneof_count++;
}

void lc_proto_set_type(lc_proto_field *field, lc_text type)
{
    field->type = (uint8_t)lc_proto_type_of(type);
    field->type_name = field->type ? (lc_text){0} : type;
}

lc_error *lc_proto_new_entry(lc_proto_store *store, lc_proto_message *outer, lc_proto_field *field,
                             lc_text key, lc_text value)
{
    lc_proto_message *entry;
    lc_text name = lc_proto_entry_name(&store->arena, field->name);
    LC_TRY(make_message(store, (lc_proto_file *)(uintptr_t)outer->file, outer, name, &entry));
    entry->is_entry = true;
    for (uint32_t i = 0; i < 2; i++) {
        lc_proto_field *part = lc_proto_add_field(store, entry);
        part->name = i ? LC_TEXT("value") : LC_TEXT("key");
        part->number = i + 1;
        lc_proto_set_type(part, i ? value : key);
    }
    field->type = LC_PROTO_MESSAGE;
    field->label = LC_PROTO_REPEATED;
    field->is_map = true;
    field->message = entry;
    return NULL;
}

const lc_proto_message *lc_proto_find(const lc_proto_store *store, lc_text full)
{
    const lc_proto_symbol *symbol = lc_table_get_text(store->names, full);
    return symbol ? symbol->message : NULL;
}

const lc_proto_field *lc_proto_find_field(const lc_proto_message *message, lc_text name)
{
    for (size_t i = 0; i < message->field_count; i++)
        if (lc_text_eq(message->fields[i].name, name)) return &message->fields[i];
    return NULL;
}

const lc_proto_message *lc_proto_at(const lc_proto_file *file, const uint32_t *path, size_t count)
{
    const lc_proto_message *message = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t most = message ? message->message_count : file->message_count;
        if (path[i] >= most) return NULL;
        message = message ? message->messages[path[i]] : file->messages[path[i]];
    }
    return message;
}

bool lc_proto_path_of(const lc_proto_message *message, uint32_t path[LC_PROTO_DEPTH_MAX], size_t *ret_count)
{
    size_t count = 0;
    for (const lc_proto_message *m = message; m; m = m->outer) count++;
    if (count > LC_PROTO_DEPTH_MAX) return false;
    *ret_count = count;
    for (const lc_proto_message *m = message; m; m = m->outer) {
        lc_proto_message *const *list = m->outer ? m->outer->messages : m->file->messages;
        size_t most = m->outer ? m->outer->message_count : m->file->message_count, at = 0;
        while (at < most && list[at] != m) at++;
        if (at == most) return false;
        path[--count] = (uint32_t)at;
    }
    return true;
}

bool lc_proto_is_map(const lc_proto_field *field)
{
    const lc_proto_message *entry = field->message;
    static const char suffix[] = "Entry";
    size_t cut = sizeof suffix - 1;
    if (field->is_map) return true;
    if (field->label != LC_PROTO_REPEATED || field->type != LC_PROTO_MESSAGE || entry->field_count != 2)
        return false;
    const lc_proto_field *key = &entry->fields[0], *value = &entry->fields[1];
    return entry->name.len >= cut && !memcmp(entry->name.data + entry->name.len - cut, suffix, cut) &&
           lc_text_is(key->name, "key") && lc_text_is(value->name, "value") &&
           key->label != LC_PROTO_REPEATED && value->label != LC_PROTO_REPEATED;
}

/* Guava's LOWER_UNDERSCORE to UPPER_CAMEL, for names that hold an underscore. */
lc_text lc_proto_entry_name(lc_arena *arena, lc_text field)
{
    bool camel = memchr(field.data, '_', field.len) != NULL, first = true;
    char *name = lc_arena_alloc(arena, field.len + 6), *to = name;
    for (size_t i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.data[i];
        if (camel && c == '_') {
            first = true;
            continue;
        }
        *to++ = (char)(!camel ? c : first ? toupper(c) : tolower(c));
        first = false;
    }
    memcpy(to, "Entry", 6);
    return (lc_text){name, (size_t)(to - name) + 5};
}

/* Guava's UPPER_CAMEL to LOWER_UNDERSCORE of the last part, without its "Entry". */
lc_text lc_proto_map_name(lc_arena *arena, lc_text entry)
{
    const char *dot = memrchr(entry.data, '.', entry.len);
    size_t front = dot ? (size_t)(dot - entry.data) + 1 : 0;
    lc_text last = {entry.data + front, entry.len - front};
    if (last.len < 5 || memcmp(last.data + last.len - 5, "Entry", 5)) return entry;
    char *name = lc_arena_alloc(arena, front + last.len * 2 + 1), *to = name;
    if (front) memcpy(name, entry.data, front);
    to += front;
    for (size_t i = 0; i < last.len - 5; i++) {
        unsigned char c = (unsigned char)last.data[i];
        if (i && c >= 'A' && c <= 'Z') *to++ = '_';
        *to++ = (char)tolower(c);
    }
    *to = '\0';
    return (lc_text){name, (size_t)(to - name)};
}

/* The type that a name means where it is written: from the innermost scope outwards. */
static const lc_proto_symbol *resolve(const lc_proto_store *store, lc_text scope, lc_text name)
{
    if (name.len && name.data[0] == '.')
        return lc_table_get_text(store->names, (lc_text){name.data + 1, name.len - 1});
    lc_auto(lc_buf) full = {0};
    for (;;) {
        lc_buf_reset(&full);
        if (scope.len) lc_buf_printf(&full, "%.*s.", (int)scope.len, scope.data);
        lc_buf_add(&full, name.data, name.len);
        const lc_proto_symbol *symbol = lc_table_get_text(store->names, (lc_text){full.data, full.len});
        if (symbol || !scope.len) return symbol;
        const char *dot = memrchr(scope.data, '.', scope.len);
        scope.len = dot ? (size_t)(dot - scope.data) : 0;
    }
}

static lc_error *link_field(lc_proto_store *store, const lc_proto_message *message, lc_proto_field *field)
{
    if (field->type != LC_PROTO_NONE) return NULL;
    const lc_proto_symbol *symbol = resolve(store, message->full, field->type_name);
    if (!symbol)
        return lc_fail(
            LC_E_DATA,
            "Field %.*s of message %.*s has type \"%.*s\", which is defined neither in the schema nor in "
            "its references",
            (int)field->name.len, field->name.data, (int)message->full.len, message->full.data,
            (int)field->type_name.len, field->type_name.data);
    field->type = symbol->message ? LC_PROTO_MESSAGE : LC_PROTO_ENUM;
    field->message = symbol->message;
    field->constants = symbol->constants;
    if (field->constants && !field->constants->count)
        return lc_fail(LC_E_DATA, "Enum %.*s has no constants", (int)field->constants->full.len,
                       field->constants->full.data);
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static lc_error *check_numbers(const lc_proto_message *message)
{
    lc_error *error = NULL;
    uint32_t *numbers = lc_alloc((message->field_count + 1) * sizeof *numbers);
    for (size_t i = 0; i < message->field_count; i++) {
        numbers[i] = message->fields[i].number;
        if (!error && (!numbers[i] || numbers[i] > LC_PROTO_NUMBER_MAX))
            error = lc_fail(LC_E_DATA, "Field numbers must be positive integers: %.*s of message %.*s",
                            (int)message->fields[i].name.len, message->fields[i].name.data,
                            (int)message->full.len, message->full.data);
    }
    qsort(numbers, message->field_count, sizeof *numbers, by_number);
    for (size_t i = 1; i < message->field_count && !error; i++)
        if (numbers[i] == numbers[i - 1])
            error = lc_fail(LC_E_DATA, "Field number %u has already been used in \"%.*s\"", numbers[i],
                            (int)message->full.len, message->full.data);
    free(numbers);
    return error;
}

lc_error *lc_proto_link(lc_proto_store *store)
{
    for (; store->linked < store->message_count; store->linked++) {
        const lc_proto_message *message = store->messages[store->linked];
        for (size_t i = 0; i < message->field_count; i++)
            LC_TRY(link_field(store, message, &message->fields[i]));
        LC_TRY(check_numbers(message));
    }
    return NULL;
}
