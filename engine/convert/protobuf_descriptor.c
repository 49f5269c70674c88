#include "convert/protobuf_descriptor.h"

#include "convert/protobuf_input.h"
#include "java/base64.h"

typedef struct reader {
    lc_proto_store *store;
    lc_proto_file *file;
    lc_error *error;
    unsigned depth;
} reader;

/* One field of a message that is read: a number, or the bytes of what has a length. */
typedef struct part {
    uint32_t number;
    bool is_span;
    int64_t value;
    lc_text span;
} part;

static bool read_message(reader *r, lc_text bytes, lc_proto_message *outer);

/* The next part; false at the end or when the bytes are malformed. */
static bool next_part(lc_proto_input *in, part *ret)
{
    unsigned wire;
    uint64_t bits;
    while (in->at < in->end) {
        if (!lc_proto_tag(in, &ret->number, &wire)) return false;
        ret->is_span = wire == LC_PROTO_LENGTH;
        if (ret->is_span) return lc_proto_span(in, &ret->span);
        if (wire == LC_PROTO_VARINT) {
            if (!lc_proto_varint(in, &bits)) return false;
            ret->value = (int64_t)bits;
            ret->span = (lc_text){0};
            return true;
        }
        if (!lc_proto_skip(in, ret->number, wire, 0)) return false;
    }
    return false;
}

static lc_proto_input input_of(lc_text bytes)
{
    return (lc_proto_input){.at = (const uint8_t *)bytes.data,
                            .end = (const uint8_t *)bytes.data + bytes.len};
}

static bool is_at(const part *p, uint32_t number, bool span)
{
    return p->number == number && p->is_span == span;
}

static bool ended(reader *r, const lc_proto_input *in)
{
    if (!in->fault) return true;
    if (!r->error) r->error = lc_fail(LC_E_DATA, "The schema's descriptor is malformed: %s", in->fault);
    return false;
}

static bool failed(reader *r, lc_error *error)
{
    if (r->error) lc_error_free(error);
    else r->error = error;
    return error == NULL;
}

/* A name, with dots where `path` allows for them; data NULL is none, which is fine. */
static bool check_name(reader *r, lc_text name, bool path)
{
    bool first = true, valid = name.len > 0;
    for (size_t i = 0; i < name.len && valid; i++) {
        char c = name.data[i], low = (char)(c | 32);
        bool dot = path && c == '.' && (i == 0 || !first) && i + 1 < name.len;
        bool letter = (low >= 'a' && low <= 'z') || c == '_';
        valid = dot || letter || (c >= '0' && c <= '9' && !first);
        first = dot;
    }
    if (valid || !name.data) return true;
    return failed(r, lc_fail(LC_E_DATA, "The schema's descriptor has a name that is none: \"%.*s\"",
                             name.len > 100 ? 100 : (int)name.len, name.data));
}

static void read_param(reader *r, lc_text bytes, lc_proto_field *field)
{
    lc_proto_input in = input_of(bytes);
    lc_text key = LC_TEXT(""), value = LC_TEXT("");
    for (part p; next_part(&in, &p);) {
        if (is_at(&p, 1, true)) key = p.span;
        if (is_at(&p, 2, true)) value = p.span;
    }
    if (ended(r, &in)) lc_proto_add_param(r->store, field, key, value);
}

static bool read_meta(reader *r, lc_text bytes, lc_proto_field *field)
{
    lc_proto_input in = input_of(bytes);
    for (part p; next_part(&in, &p);) {
        if (is_at(&p, 1, true)) field->doc = p.span;
        if (is_at(&p, 2, true)) read_param(r, p.span, field);
    }
    return ended(r, &in);
}

static bool read_field_options(reader *r, lc_text bytes, lc_proto_field *field)
{
    lc_proto_input in = input_of(bytes);
    for (part p; next_part(&in, &p);) {
        if (is_at(&p, 2, false)) field->packed = p.value != 0;
        if (is_at(&p, 1088, true) && !read_meta(r, p.span, field)) return false;
    }
    return ended(r, &in);
}

static void set_field_part(const part *p, lc_proto_field *field, bool *is_proto3_optional)
{
    switch (p->number) {
    case 1: field->name = p->span; break;
    case 3: field->number = p->value > 0 && p->value <= LC_PROTO_NUMBER_MAX ? (uint32_t)p->value : 0; break;
    case 4: field->label = (uint8_t)(p->value >= 1 && p->value <= 3 ? p->value : 0); break;
    case 5: field->type = (uint8_t)(p->value >= 1 && p->value <= LC_PROTO_SINT64 ? p->value : 0); break;
    case 6: field->type_name = p->span; break;
    case 7: field->fallback = p->span; break;
    case 9: field->oneof = p->value >= 0 && p->value < INT32_MAX ? (int32_t)p->value : -1; break;
    case 10: field->json_name = p->span; break;
    case 17: *is_proto3_optional = p->value != 0; break;
    default: break;
    }
}

static bool read_field(reader *r, lc_text bytes, lc_proto_message *message)
{
    lc_proto_input in = input_of(bytes);
    lc_proto_field field = {.packed = -1, .oneof = -1};
    bool is_optional = false;
    for (part p; next_part(&in, &p);) {
        bool is_text = p.number == 1 || p.number == 6 || p.number == 7 || p.number == 10;
        if (is_at(&p, 8, true) && !read_field_options(r, p.span, &field)) return false;
        if (p.number != 8 && p.is_span == is_text) set_field_part(&p, &field, &is_optional);
    }
    if (!ended(r, &in) || !check_name(r, field.name, false) || !check_name(r, field.type_name, true))
        return false;
    if (is_optional) field.oneof = -1;
    bool plain = field.oneof >= 0 || (r->file->syntax != LC_PROTO_2 && !is_optional);
    if (field.label == LC_PROTO_OPTIONAL && plain) field.label = LC_PROTO_PLAIN;
    if (field.type == LC_PROTO_GROUP) return true;
    if (field.type_name.data) field.type = LC_PROTO_NONE;
    if (!field.name.len || (!field.type && !field.type_name.data) ||
        field.oneof >= (int32_t)message->oneof_count)
        return failed(r, lc_fail(LC_E_DATA, "The schema's descriptor has a field without a name or a type"));
    *lc_proto_add_field(r->store, message) = field;
    return true;
}

/* The name of a message, an enum or a oneof, which is always the first field. */
static lc_text name_of(lc_text bytes)
{
    lc_proto_input in = input_of(bytes);
    lc_text name = LC_TEXT("");
    for (part p; next_part(&in, &p);)
        if (is_at(&p, 1, true)) name = p.span;
    return name;
}

static bool read_constant(reader *r, lc_text bytes, lc_proto_enum *into)
{
    lc_proto_input in = input_of(bytes);
    int32_t number = 0;
    for (part p; next_part(&in, &p);)
        if (is_at(&p, 2, false)) number = (int32_t)p.value;
    lc_text name = name_of(bytes);
    if (!check_name(r, name, false)) return false;
    lc_proto_add_constant(r->store, into, name, number);
    return ended(r, &in);
}

static bool read_enum(reader *r, lc_text bytes, lc_proto_message *outer)
{
    lc_proto_input in = input_of(bytes);
    lc_proto_enum *made;
    if (!check_name(r, name_of(bytes), false)) return false;
    if (!failed(r, lc_proto_new_enum(r->store, r->file, outer, name_of(bytes), &made))) return false;
    for (part p; next_part(&in, &p);)
        if (is_at(&p, 2, true) && !read_constant(r, p.span, made)) return false;
    return ended(r, &in);
}

static bool read_message_options(reader *r, lc_text bytes, lc_proto_message *message)
{
    lc_proto_input in = input_of(bytes);
    for (part p; next_part(&in, &p);)
        if (is_at(&p, 7, false)) message->is_entry = p.value != 0;
    return ended(r, &in);
}

static bool read_message_part(reader *r, const part *p, lc_proto_message *message)
{
    if (!p->is_span) return true;
    switch (p->number) {
    case 2: return read_field(r, p->span, message);
    case 3: return read_message(r, p->span, message);
    case 4: return read_enum(r, p->span, message);
    case 7: return read_message_options(r, p->span, message);
    default: return true;
    }
}

/* Those of optional fields, which are made up and stand at the end. */
static void drop_empty_oneofs(lc_proto_message *message)
{
    size_t used = 0;
    for (size_t i = 0; i < message->field_count; i++) {
        size_t above = (size_t)(message->fields[i].oneof + 1);
        if (above > used) used = above;
    }
    message->oneof_count = used;
}

static bool read_message(reader *r, lc_text bytes, lc_proto_message *outer)
{
    lc_proto_input in = input_of(bytes), oneofs = in;
    lc_proto_message *made;
    if (++r->depth > LC_PROTO_DEPTH_MAX) return failed(r, lc_fail(LC_E_DATA, "Messages are nested too deep"));
    if (!check_name(r, name_of(bytes), false)) return false;
    if (!failed(r, lc_proto_new_message(r->store, r->file, outer, name_of(bytes), &made))) return false;
    /* Fields refer to oneofs, which come after them. */
    for (part p; next_part(&oneofs, &p);)
        if (is_at(&p, 8, true) && check_name(r, name_of(p.span), false))
            lc_proto_add_oneof(r->store, made, name_of(p.span));
    for (part p; next_part(&in, &p);)
        if (!read_message_part(r, &p, made)) return false;
    drop_empty_oneofs(made);
    r->depth--;
    return ended(r, &in);
}

/* What the rest depends on: it may stand behind it. */
static bool read_head(reader *r, lc_text bytes)
{
    lc_proto_input in = input_of(bytes);
    for (part p; next_part(&in, &p);) {
        if (is_at(&p, 2, true)) r->file->package = p.span;
        if (is_at(&p, 3, true)) lc_proto_add_import(r->store, r->file, p.span);
        if (is_at(&p, 12, true) && lc_text_is(p.span, "proto3")) r->file->syntax = LC_PROTO_3;
        if (is_at(&p, 12, true) && lc_text_is(p.span, "editions")) r->file->syntax = LC_PROTO_EDITION;
    }
    return ended(r, &in) && check_name(r, r->file->package, true);
}

static bool read_file(reader *r, lc_text bytes)
{
    lc_proto_input in = input_of(bytes);
    if (!read_head(r, bytes)) return false;
    for (part p; next_part(&in, &p);) {
        if (is_at(&p, 4, true) && !read_message(r, p.span, NULL)) return false;
        if (is_at(&p, 5, true) && !read_enum(r, p.span, NULL)) return false;
    }
    return ended(r, &in);
}

bool lc_proto_is_descriptor(lc_text text)
{
    text = lc_text_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '+' && c != '/' && c != '=') return false;
    }
    return text.len > 0;
}

lc_error *lc_proto_read_descriptor(lc_proto_store *store, lc_proto_file *file, lc_text text)
{
    reader r = {.store = store, .file = file};
    size_t len;
    text = lc_text_trim(text);
    uint8_t *bytes = lc_arena_alloc(&store->arena, lc_base64_bytes_max(text.len));
    if (!lc_base64_decode(LC_BASE64_BASIC, text, bytes, &len))
        return lc_fail(LC_E_DATA, "The schema is neither a .proto file nor a descriptor in base64");
    read_file(&r, (lc_text){(const char *)bytes, len});
    return r.error;
}
