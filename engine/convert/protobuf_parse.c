/* Texts of .proto files: proto2, proto3 and editions. */
#include "convert/protobuf_descriptor.h"
#include "convert/protobuf_lex.h"
#include "java/number.h"

typedef struct parser {
    lc_proto_lexer lexer;
    lc_proto_store *store;
    lc_proto_file *file;
    unsigned depth;
} parser;

/* What an option is about; both NULL: nothing that counts. */
typedef struct subject {
    lc_proto_field *field;
    lc_proto_message *message;
} subject;

static lc_error *parse_body(parser *p, lc_proto_message *message);

static lc_error *next(parser *p)
{
    return lc_proto_lexer_next(&p->lexer);
}

static lc_error *expected(const parser *p, const char *what)
{
    return lc_proto_lexer_fail(&p->lexer, what);
}

static bool at(const parser *p, char symbol)
{
    return lc_proto_lexer_is(&p->lexer, symbol);
}

static bool at_word(const parser *p, const char *word)
{
    return lc_proto_lexer_is_word(&p->lexer, word);
}

static lc_error *take(parser *p, char symbol)
{
    char what[] = {'\'', symbol, '\'', '\0'};
    return at(p, symbol) ? next(p) : expected(p, what);
}

static lc_error *take_name(parser *p, lc_text *ret)
{
    if (p->lexer.token != LC_TOKEN_NAME) return expected(p, "a name");
    *ret = p->lexer.text;
    return next(p);
}

static lc_error *take_string(parser *p, lc_text *ret)
{
    if (p->lexer.token != LC_TOKEN_STRING) return expected(p, "a string");
    *ret = p->lexer.text;
    return next(p);
}

static lc_text joined(parser *p, lc_text front, const char *between, lc_text text)
{
    return lc_text_of(lc_arena_printf(&p->store->arena, "%.*s%s%.*s", (int)front.len,
                                      front.data ? front.data : "", between, (int)text.len, text.data));
}

/* "a.b.C" or ".a.b.C". */
static lc_error *take_path(parser *p, lc_text *ret)
{
    lc_text part = {0};
    bool absolute = at(p, '.');
    if (absolute) LC_TRY(next(p));
    LC_TRY(take_name(p, ret));
    if (absolute) *ret = joined(p, (lc_text){0}, ".", *ret);
    while (at(p, '.')) {
        LC_TRY(next(p));
        LC_TRY(take_name(p, &part));
        if (ret->len > 2000) return expected(p, "a shorter name");
        *ret = joined(p, *ret, ".", part);
    }
    return NULL;
}

static bool integer_of(lc_text text, int64_t *ret)
{
    bool hex = text.len > 2 && text.data[0] == '0' && (text.data[1] | 32) == 'x';
    bool octal = text.len > 1 && text.data[0] == '0' && !hex;
    uint64_t value = 0, base = hex ? 16 : octal ? 8 : 10;
    for (size_t i = hex ? 2 : 0; i < text.len; i++) {
        char c = (char)(text.data[i] | 32);
        uint64_t digit = c >= '0' && c <= '9'   ? (uint64_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a') + 10
                                                : 99;
        if (digit >= base || value > (UINT64_MAX >> 5)) return false;
        value = value * base + digit;
    }
    *ret = (int64_t)value;
    return text.len > 0;
}

static lc_error *take_integer(parser *p, int64_t least, int64_t most, int64_t *ret)
{
    bool minus = at(p, '-');
    if (minus) LC_TRY(next(p));
    if (p->lexer.token != LC_TOKEN_NUMBER || !integer_of(p->lexer.text, ret))
        return expected(p, "an integer");
    if (minus) *ret = -*ret;
    if (*ret < least || *ret > most) return expected(p, "an integer within its range");
    return next(p);
}

/* Everything up to the bracket that closes the one here. */
static lc_error *skip_brackets(parser *p)
{
    unsigned depth = 0;
    do {
        if (p->lexer.token == LC_TOKEN_END) return expected(p, "a closing bracket");
        depth += at(p, '{') || at(p, '[') || at(p, '(') || at(p, '<');
        depth -= at(p, '}') || at(p, ']') || at(p, ')') || at(p, '>');
        LC_TRY(next(p));
    } while (depth);
    return NULL;
}

/* One value of an option as text; data NULL for a list or an aggregate. */
static lc_error *take_value(parser *p, lc_text *ret)
{
    bool minus = at(p, '-');
    *ret = (lc_text){0};
    if (at(p, '{') || at(p, '[') || at(p, '<')) return skip_brackets(p);
    if (minus || at(p, '+')) LC_TRY(next(p));
    lc_proto_token token = p->lexer.token;
    if (token != LC_TOKEN_NAME && token != LC_TOKEN_NUMBER && (token != LC_TOKEN_STRING || minus))
        return expected(p, "a value");
    *ret = p->lexer.text;
    if (minus) *ret = joined(p, (lc_text){0}, "-", *ret);
    return next(p);
}

/* The name of a member of an aggregate, and the colon that may follow. */
static lc_error *take_member(parser *p, lc_text *ret)
{
    *ret = (lc_text){0};
    if (at(p, '[')) LC_TRY(skip_brackets(p));
    else LC_TRY(take_name(p, ret));
    return at(p, ':') ? next(p) : NULL;
}

static lc_error *take_separator(parser *p)
{
    return at(p, ',') || at(p, ';') ? next(p) : NULL;
}

static lc_error *open_aggregate(parser *p, char *ret_close)
{
    *ret_close = at(p, '<') ? '>' : '}';
    return at(p, '<') ? next(p) : take(p, '{');
}

/* {key: "scale" value: "2"} */
static lc_error *parse_param(parser *p, lc_proto_field *field)
{
    char close;
    lc_text key = LC_TEXT(""), value = LC_TEXT("");
    LC_TRY(open_aggregate(p, &close));
    while (!at(p, close)) {
        lc_text name, text;
        LC_TRY(take_member(p, &name));
        LC_TRY(take_value(p, &text));
        if (text.data && lc_text_is(name, "key")) key = text;
        if (text.data && lc_text_is(name, "value")) value = text;
        LC_TRY(take_separator(p));
    }
    lc_proto_add_param(p->store, field, key, value);
    return next(p);
}

static lc_error *parse_params(parser *p, lc_proto_field *field)
{
    if (!at(p, '[')) return parse_param(p, field);
    LC_TRY(next(p));
    while (!at(p, ']')) {
        LC_TRY(parse_param(p, field));
        LC_TRY(take_separator(p));
    }
    return next(p);
}

/* A member of confluent.Meta, at its value. */
static lc_error *parse_meta_member(parser *p, lc_text name, lc_proto_field *field)
{
    lc_text text;
    bool holds_params = at(p, '{') || at(p, '[') || at(p, '<');
    if (lc_text_is(name, "params") && holds_params) return parse_params(p, field);
    LC_TRY(take_value(p, &text));
    if (text.data && lc_text_is(name, "doc")) field->doc = text;
    return NULL;
}

static lc_error *parse_meta(parser *p, lc_proto_field *field)
{
    char close;
    LC_TRY(open_aggregate(p, &close));
    while (!at(p, close)) {
        lc_text name;
        LC_TRY(take_member(p, &name));
        LC_TRY(parse_meta_member(p, name, field));
        LC_TRY(take_separator(p));
    }
    return next(p);
}

static void set_option(const subject *s, lc_text name, lc_text value)
{
    if (!value.data) return;
    if (s->message && lc_text_is(name, "map_entry")) s->message->is_entry = lc_text_is(value, "true");
    if (!s->field) return;
    if (lc_text_is(name, "default")) s->field->fallback = value;
    if (lc_text_is(name, "json_name")) s->field->json_name = value;
    if (lc_text_is(name, "packed")) s->field->packed = lc_text_is(value, "true");
}

/* "deprecated", "(confluent.field_meta)", "(confluent.field_meta).params", "features.x". */
static lc_error *take_option_name(parser *p, lc_text *ret_name, lc_text *ret_rest, bool *ret_meta)
{
    bool extension = at(p, '(');
    *ret_rest = (lc_text){0};
    if (extension) LC_TRY(next(p));
    LC_TRY(take_path(p, ret_name));
    if (extension) LC_TRY(take(p, ')'));
    *ret_meta = extension && (lc_text_is(*ret_name, "confluent.field_meta") ||
                              lc_text_is(*ret_name, ".confluent.field_meta"));
    if (extension) *ret_name = joined(p, LC_TEXT("("), "", *ret_name);
    while (at(p, '.')) {
        LC_TRY(next(p));
        if (at(p, '(')) LC_TRY(skip_brackets(p));
        else LC_TRY(take_path(p, ret_rest));
    }
    return NULL;
}

static lc_error *parse_option(parser *p, const subject *s)
{
    lc_text name, rest, value;
    bool meta;
    LC_TRY(take_option_name(p, &name, &rest, &meta));
    LC_TRY(take(p, '='));
    if (meta && s->field && rest.data) return parse_meta_member(p, rest, s->field);
    if (meta && s->field && (at(p, '{') || at(p, '<'))) return parse_meta(p, s->field);
    LC_TRY(take_value(p, &value));
    if (!rest.data) set_option(s, name, value);
    return NULL;
}

static lc_error *parse_option_statement(parser *p, lc_proto_message *message)
{
    const subject s = {.message = message};
    LC_TRY(next(p));
    LC_TRY(parse_option(p, &s));
    return take(p, ';');
}

/* [a = 1, (b).c = "x"], if there is one. */
static lc_error *parse_options(parser *p, lc_proto_field *field)
{
    const subject s = {.field = field};
    if (!at(p, '[')) return NULL;
    do {
        LC_TRY(next(p));
        if (at(p, ']')) break;
        LC_TRY(parse_option(p, &s));
    } while (at(p, ','));
    return take(p, ']');
}

/* A statement that doesn't count: up to its semicolon or the end of its braces. */
static lc_error *skip_statement(parser *p)
{
    while (!at(p, ';') && !at(p, '{')) {
        if (p->lexer.token == LC_TOKEN_END) return expected(p, "';'");
        if (at(p, '[') || at(p, '(')) LC_TRY(skip_brackets(p));
        else LC_TRY(next(p));
    }
    return at(p, ';') ? next(p) : skip_brackets(p);
}

static lc_error *parse_constant(parser *p, lc_proto_enum *into)
{
    lc_text name;
    int64_t number;
    lc_proto_field unused = {0};
    LC_TRY(take_name(p, &name));
    LC_TRY(take(p, '='));
    LC_TRY(take_integer(p, INT32_MIN, INT32_MAX, &number));
    LC_TRY(parse_options(p, &unused));
    lc_proto_add_constant(p->store, into, name, (int32_t)number);
    return take(p, ';');
}

static lc_error *parse_enum(parser *p, lc_proto_message *outer)
{
    lc_text name;
    lc_proto_enum *made;
    LC_TRY(next(p));
    LC_TRY(take_name(p, &name));
    LC_TRY(lc_proto_new_enum(p->store, p->file, outer, name, &made));
    LC_TRY(take(p, '{'));
    while (!at(p, '}')) {
        /* "option" and "reserved" may be names of constants, too. */
        lc_proto_lexer here = p->lexer;
        LC_TRY(next(p));
        bool is_constant = at(p, '=');
        p->lexer = here;
        if (at(p, ';')) LC_TRY(next(p));
        else if (is_constant) LC_TRY(parse_constant(p, made));
        else LC_TRY(skip_statement(p));
    }
    return next(p);
}

static lc_error *parse_message(parser *p, lc_proto_message *outer)
{
    lc_text name;
    lc_proto_message *made;
    LC_TRY(next(p));
    LC_TRY(take_name(p, &name));
    LC_TRY(lc_proto_new_message(p->store, p->file, outer, name, &made));
    LC_TRY(take(p, '{'));
    if (++p->depth > LC_PROTO_DEPTH_MAX) return expected(p, "fewer messages within each other");
    LC_TRY(parse_body(p, made));
    p->depth--;
    return next(p);
}

/* "name = 3 [options];" behind the type. */
static lc_error *parse_field_rest(parser *p, lc_proto_field *field)
{
    int64_t number;
    LC_TRY(take_name(p, &field->name));
    LC_TRY(take(p, '='));
    LC_TRY(take_integer(p, 1, LC_PROTO_NUMBER_MAX, &number));
    field->number = (uint32_t)number;
    LC_TRY(parse_options(p, field));
    return take(p, ';');
}

static lc_error *parse_map(parser *p, lc_proto_message *message)
{
    lc_text key, value;
    lc_proto_field field = {.packed = -1, .oneof = -1};
    LC_TRY(take(p, '<'));
    LC_TRY(take_path(p, &key));
    LC_TRY(take(p, ','));
    LC_TRY(take_path(p, &value));
    LC_TRY(take(p, '>'));
    LC_TRY(parse_field_rest(p, &field));
    LC_TRY(lc_proto_new_entry(p->store, message, &field, key, value));
    *lc_proto_add_field(p->store, message) = field;
    return NULL;
}

static lc_error *parse_field(parser *p, lc_proto_message *message, lc_proto_label label, int32_t oneof)
{
    lc_text type;
    lc_proto_field field = {.packed = -1, .oneof = oneof, .label = (uint8_t)label};
    LC_TRY(take_path(p, &type));
    if (lc_text_is(type, "map") && at(p, '<') && label == LC_PROTO_PLAIN && oneof < 0)
        return parse_map(p, message);
    if (lc_text_is(type, "group")) return skip_statement(p);
    lc_proto_set_type(&field, type);
    LC_TRY(parse_field_rest(p, &field));
    *lc_proto_add_field(p->store, message) = field;
    return NULL;
}

static lc_error *parse_oneof(parser *p, lc_proto_message *message)
{
    lc_text name;
    LC_TRY(next(p));
    LC_TRY(take_name(p, &name));
    LC_TRY(take(p, '{'));
    int32_t oneof = lc_proto_add_oneof(p->store, message, name);
    while (!at(p, '}')) {
        if (at(p, ';')) LC_TRY(next(p));
        else if (at_word(p, "option")) LC_TRY(parse_option_statement(p, NULL));
        else LC_TRY(parse_field(p, message, LC_PROTO_PLAIN, oneof));
    }
    return next(p);
}

static lc_error *parse_labelled(parser *p, lc_proto_message *message, lc_proto_label label)
{
    LC_TRY(next(p));
    return parse_field(p, message, label, -1);
}

static lc_error *parse_optional(parser *p, lc_proto_message *message)
{
    return parse_labelled(p, message, LC_PROTO_OPTIONAL);
}

static lc_error *parse_required(parser *p, lc_proto_message *message)
{
    return parse_labelled(p, message, LC_PROTO_REQUIRED);
}

static lc_error *parse_repeated(parser *p, lc_proto_message *message)
{
    return parse_labelled(p, message, LC_PROTO_REPEATED);
}

static lc_error *skip_member(parser *p, lc_proto_message *message)
{
    (void)message;
    return skip_statement(p);
}

/* What begins a statement of a message; anything else is the type of a field. */
static const struct {
    const char *word;
    lc_error *(*parse)(parser *p, lc_proto_message *message);
} members[] = {
    {"message", parse_message},         {"enum", parse_enum},         {"oneof", parse_oneof},
    {"optional", parse_optional},       {"required", parse_required}, {"repeated", parse_repeated},
    {"option", parse_option_statement}, {"extend", skip_member},      {"reserved", skip_member},
    {"extensions", skip_member},
};

static lc_error *parse_member(parser *p, lc_proto_message *message)
{
    if (at(p, ';')) return next(p);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (at_word(p, members[i].word)) return members[i].parse(p, message);
    return parse_field(p, message, LC_PROTO_PLAIN, -1);
}

static lc_error *parse_body(parser *p, lc_proto_message *message)
{
    while (!at(p, '}')) {
        if (p->lexer.token == LC_TOKEN_END) return expected(p, "'}'");
        LC_TRY(parse_member(p, message));
    }
    return NULL;
}

static lc_error *parse_syntax(parser *p, bool edition)
{
    lc_text text;
    LC_TRY(next(p));
    LC_TRY(take(p, '='));
    LC_TRY(take_string(p, &text));
    if (edition) {
        p->file->syntax = LC_PROTO_EDITION;
        p->file->edition = text;
    } else if (lc_text_is(text, "proto3")) p->file->syntax = LC_PROTO_3;
    else if (!lc_text_is(text, "proto2"))
        return lc_fail(LC_E_DATA, "Syntax error in line %u: unknown syntax \"%.*s\"", p->lexer.line,
                       (int)text.len, text.data);
    return take(p, ';');
}

static lc_error *parse_import(parser *p)
{
    lc_text path;
    LC_TRY(next(p));
    if (at_word(p, "public") || at_word(p, "weak") || at_word(p, "option")) LC_TRY(next(p));
    LC_TRY(take_string(p, &path));
    lc_proto_add_import(p->store, p->file, path);
    return take(p, ';');
}

static lc_error *parse_package(parser *p)
{
    LC_TRY(next(p));
    LC_TRY(take_path(p, &p->file->package));
    return take(p, ';');
}

static lc_error *parse_statement(parser *p)
{
    if (at(p, ';')) return next(p);
    if (at_word(p, "syntax")) return parse_syntax(p, false);
    if (at_word(p, "edition")) return parse_syntax(p, true);
    if (at_word(p, "import")) return parse_import(p);
    if (at_word(p, "package")) return parse_package(p);
    if (at_word(p, "message")) return parse_message(p, NULL);
    if (at_word(p, "enum")) return parse_enum(p, NULL);
    if (at_word(p, "option")) return parse_option_statement(p, NULL);
    if (at_word(p, "service") || at_word(p, "extend")) return skip_statement(p);
    return expected(p, "message, enum, import, option or another statement of a .proto file");
}

static lc_error *parse_file(parser *p, lc_text text)
{
    LC_TRY(lc_proto_lexer_start(&p->lexer, &p->store->arena, text));
    while (p->lexer.token != LC_TOKEN_END) LC_TRY(parse_statement(p));
    return NULL;
}

/* Files that everyone knows, when they are imported and no reference brought them. */
static lc_error *add_known(lc_proto_store *store, const lc_proto_file *file)
{
    for (size_t i = 0; i < file->import_count; i++) {
        const lc_proto_file *unused;
        const char *known = lc_proto_known(file->imports[i]);
        if (!known || lc_table_get_text(store->files, file->imports[i])) continue;
        LC_TRY(lc_proto_parse(store, file->imports[i], lc_text_of(known), &unused));
    }
    return NULL;
}

lc_error *lc_proto_parse(lc_proto_store *store, lc_text path, lc_text text, const lc_proto_file **ret_file)
{
    if (text.len > LC_PROTO_TEXT_MAX)
        return lc_fail(LC_E_DATA, "The schema has %zu bytes; %d are allowed", text.len,
                       (int)LC_PROTO_TEXT_MAX);
    lc_text own = {lc_arena_copy(&store->arena, text.data, text.len), text.len};
    lc_text name = {lc_arena_copy(&store->arena, path.data, path.len), path.len};
    lc_proto_file *file = lc_proto_new_file(store, name);
    parser p = {.store = store, .file = file};
    lc_error *error =
        lc_proto_is_descriptor(own) ? lc_proto_read_descriptor(store, file, own) : parse_file(&p, own);
    if (error) return error;
    *ret_file = file;
    return add_known(store, file);
}
