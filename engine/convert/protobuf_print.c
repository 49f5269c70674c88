/* .proto texts, laid out as Confluent's ProtobufSchema does: registries compare them. */
#include "convert/protobuf_schema.h"

static void print_message(const lc_proto_message *message, lc_buf *out);

/* Each line of `text` two blanks further in; blank lines too. */
static void add_indented(lc_buf *out, const lc_buf *text)
{
    const char *p = text->data, *end = p + text->len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        lc_buf_text(out, "  ");
        lc_buf_add(out, p, (size_t)(stop - p));
        lc_buf_put(out, '\n');
        p = stop + 1;
    }
}

static void add_escaped(lc_buf *out, lc_text text)
{
    static const char from[] = "\a\b\f\n\r\t\v\\'\"", to[] = "abfnrtv\\'\"";
    lc_buf_put(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const char *known = text.data[i] ? strchr(from, text.data[i]) : NULL;
        if (known) lc_buf_put(out, '\\');
        lc_buf_put(out, known ? to[known - from] : text.data[i]);
    }
    lc_buf_put(out, '"');
}

/* Precision and scale come value first. */
static void print_param(lc_buf *out, const lc_proto_param *param, bool is_last)
{
    bool turned = lc_text_is(param->key, "precision") || lc_text_is(param->key, "scale");
    lc_buf_text(out, turned ? "    {\n      value: " : "    {\n      key: ");
    add_escaped(out, turned ? param->value : param->key);
    lc_buf_text(out, turned ? ",\n      key: " : ",\n      value: ");
    add_escaped(out, turned ? param->key : param->value);
    lc_buf_text(out, is_last ? "\n    }\n" : "\n    },\n");
}

static void print_meta(lc_buf *out, const lc_proto_field *field)
{
    lc_buf_text(out, "(confluent.field_meta) = {\n");
    if (field->doc.len) {
        lc_buf_text(out, "  doc: ");
        add_escaped(out, field->doc);
        lc_buf_text(out, field->param_count ? ",\n" : "\n");
    }
    if (field->param_count) lc_buf_text(out, "  params: [\n");
    for (size_t i = 0; i < field->param_count; i++)
        print_param(out, &field->params[i], i + 1 == field->param_count);
    if (field->param_count) lc_buf_text(out, "  ]\n");
    lc_buf_put(out, '}');
}

/* A name or a number, which needs no quotes. */
static bool is_word(lc_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i], low = (char)(c | 32);
        bool letter = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!letter && c != '.' && c != '-' && c != '+') return false;
    }
    return text.len > 0;
}

static void print_fallback(lc_buf *out, const lc_proto_field *field)
{
    bool quoted = field->type == LC_PROTO_STRING || field->type == LC_PROTO_BYTES;
    lc_buf_text(out, "default = ");
    if (quoted || !is_word(field->fallback)) add_escaped(out, field->fallback);
    else lc_buf_add(out, field->fallback.data, field->fallback.len);
}

static void print_json_name(lc_buf *out, const lc_proto_field *field)
{
    lc_buf_text(out, "json_name = ");
    add_escaped(out, field->json_name);
}

static void print_packed(lc_buf *out, const lc_proto_field *field)
{
    lc_buf_text(out, field->packed ? "packed = true" : "packed = false");
}

static void print_options(lc_buf *out, const lc_proto_field *field)
{
    void (*list[4])(lc_buf * out, const lc_proto_field *field);
    size_t count = 0;
    if (field->packed >= 0) list[count++] = print_packed;
    if (field->param_count || field->doc.len) list[count++] = print_meta;
    if (field->fallback.data) list[count++] = print_fallback;
    if (field->json_name.data) list[count++] = print_json_name;
    if (!count) return;
    lc_buf_text(out, count == 1 ? " [" : " [\n");
    for (size_t i = 0; i < count; i++) {
        lc_auto(lc_buf) text = {0};
        list[i](&text, field);
        if (i + 1 < count) lc_buf_put(&text, ',');
        if (count == 1) lc_buf_add(out, text.data, text.len);
        else add_indented(out, &text);
    }
    lc_buf_put(out, ']');
}

static void print_type(lc_buf *out, const lc_proto_field *field)
{
    if (field->is_map) {
        const lc_proto_field *parts = field->message->fields;
        lc_buf_text(out, "map<");
        print_type(out, &parts[0]);
        lc_buf_text(out, ", ");
        print_type(out, &parts[1]);
        lc_buf_put(out, '>');
    } else if (field->type_name.data) lc_buf_add(out, field->type_name.data, field->type_name.len);
    else lc_buf_text(out, lc_proto_type_name((lc_proto_type)field->type));
}

static void print_field(const lc_proto_field *field, lc_buf *out)
{
    static const char *const labels[] = {"", "optional ", "required ", "repeated "};
    if (!field->is_map) lc_buf_text(out, labels[field->label]);
    print_type(out, field);
    lc_buf_printf(out, " %.*s = %u", (int)field->name.len, field->name.data, field->number);
    print_options(out, field);
    lc_buf_text(out, ";\n");
}

static void print_fields(const lc_proto_message *message, int32_t oneof, lc_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < message->field_count; i++) {
        lc_auto(lc_buf) text = {0};
        if (message->fields[i].oneof != oneof) continue;
        if (!any) lc_buf_put(out, '\n');
        any = true;
        print_field(&message->fields[i], &text);
        add_indented(out, &text);
    }
}

static void print_oneofs(const lc_proto_message *message, lc_buf *out)
{
    for (size_t i = 0; i < message->oneof_count; i++) {
        lc_auto(lc_buf) text = {0};
        lc_buf_printf(&text, "oneof %.*s {", (int)message->oneofs[i].len, message->oneofs[i].data);
        print_fields(message, (int32_t)i, &text);
        lc_buf_text(&text, "}\n");
        add_indented(out, &text);
    }
}

static void print_enum(const lc_proto_enum *constants, lc_buf *out)
{
    lc_buf_printf(out, "enum %.*s {", (int)constants->name.len, constants->name.data);
    if (constants->count) lc_buf_put(out, '\n');
    for (size_t i = 0; i < constants->count; i++) {
        const lc_proto_constant *constant = &constants->constants[i];
        lc_buf_printf(out, "  %.*s = %d;\n", (int)constant->name.len, constant->name.data, constant->number);
    }
    lc_buf_text(out, "}\n");
}

static void print_types(const lc_proto_message *message, lc_buf *out)
{
    for (size_t i = 0; i < message->message_count; i++) {
        lc_auto(lc_buf) text = {0};
        print_message(message->messages[i], &text);
        add_indented(out, &text);
    }
    for (size_t i = 0; i < message->enum_count; i++) {
        lc_auto(lc_buf) text = {0};
        print_enum(message->enums[i], &text);
        add_indented(out, &text);
    }
}

static void print_message(const lc_proto_message *message, lc_buf *out)
{
    lc_buf_printf(out, "message %.*s {", (int)message->name.len, message->name.data);
    if (message->is_entry) lc_buf_text(out, "\n  option map_entry = true;\n");
    print_fields(message, -1, out);
    if (message->oneof_count) lc_buf_put(out, '\n');
    print_oneofs(message, out);
    if (message->message_count || message->enum_count) lc_buf_put(out, '\n');
    print_types(message, out);
    lc_buf_text(out, "}\n");
}

static void print_head(const lc_proto_file *file, lc_buf *out)
{
    if (file->syntax == LC_PROTO_EDITION)
        lc_buf_printf(out, "edition = \"%.*s\";\n", (int)file->edition.len,
                      file->edition.data ? file->edition.data : "");
    else lc_buf_text(out, file->syntax == LC_PROTO_3 ? "syntax = \"proto3\";\n" : "syntax = \"proto2\";\n");
    if (file->package.len) lc_buf_printf(out, "package %.*s;\n", (int)file->package.len, file->package.data);
    if (file->import_count) lc_buf_put(out, '\n');
    for (size_t i = 0; i < file->import_count; i++) {
        lc_buf_text(out, "import ");
        add_escaped(out, file->imports[i]);
        lc_buf_text(out, ";\n");
    }
}

void lc_proto_print(const lc_proto_file *file, lc_buf *out)
{
    print_head(file, out);
    if (file->message_count || file->enum_count) lc_buf_put(out, '\n');
    for (size_t i = 0; i < file->message_count; i++) print_message(file->messages[i], out);
    for (size_t i = 0; i < file->enum_count; i++) print_enum(file->enums[i], out);
}
