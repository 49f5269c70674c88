#include "convert/protobuf_lex.h"

#include "java/charset.h"

enum { PIECES_MAX = 100 /* of one string */ };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static lc_error *fail(const lc_proto_lexer *lexer, const char *what)
{
    return lc_fail(LC_E_DATA, "Syntax error in line %u: %s", lexer->next_line, what);
}

lc_error *lc_proto_lexer_fail(const lc_proto_lexer *lexer, const char *expected)
{
    if (lexer->token == LC_TOKEN_END)
        return lc_fail(LC_E_DATA, "Syntax error in line %u: expected %s, but the text ends", lexer->line,
                       expected);
    int len = lexer->text.len > 60 ? 60 : (int)lexer->text.len;
    return lc_fail(LC_E_DATA, "Syntax error in line %u: expected %s, but there is '%.*s'", lexer->line,
                   expected, len, lexer->text.data);
}

/* Passes white space and comments. */
static lc_error *skip_blanks(lc_proto_lexer *lexer)
{
    while (lexer->at < lexer->end) {
        const char *p = lexer->at;
        bool slash = *p == '/' && p + 1 < lexer->end;
        if (slash && p[1] == '/') {
            const char *newline = memchr(p, '\n', (size_t)(lexer->end - p));
            lexer->at = newline ? newline : lexer->end;
        } else if (slash && p[1] == '*') {
            const char *close = memmem(p + 2, (size_t)(lexer->end - p - 2), "*/", 2);
            if (!close) return fail(lexer, "a comment has no end");
            for (; p < close; p++) lexer->next_line += *p == '\n';
            lexer->at = close + 2;
        } else if (*p == '\n' || *p == ' ' || (*p >= '\t' && *p <= '\r')) {
            lexer->next_line += *p == '\n';
            lexer->at++;
        } else break;
    }
    return NULL;
}

static int digit_value(char c)
{
    if (is_digit(c)) return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Digits of an escape: at most `most`, in a base. */
static uint32_t escape_digits(lc_proto_lexer *lexer, int base, int most)
{
    uint32_t value = 0;
    for (int i = 0; i < most && lexer->at < lexer->end && digit_value(*lexer->at) < base; i++)
        value = value * (uint32_t)base + (uint32_t)digit_value(*lexer->at++);
    return value;
}

/* The escape after a backslash, into at most four bytes. */
static char *unescape(lc_proto_lexer *lexer, char *to)
{
    static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    char c = *lexer->at;
    const char *known = c ? strchr(letters, c) : NULL;
    if (c >= '0' && c <= '7') {
        *to++ = (char)escape_digits(lexer, 8, 3);
        return to;
    }
    lexer->at++;
    if (c == 'x' || c == 'X') *to++ = (char)escape_digits(lexer, 16, 2);
    else if (c == 'u' || c == 'U') {
        uint32_t code = escape_digits(lexer, 16, c == 'u' ? 4 : 8);
        to += lc_utf8_put(code > 0x10ffff ? 0xfffd : code, to);
    } else *to++ = known ? values[known - letters] : c;
    return to;
}

static lc_error *read_piece(lc_proto_lexer *lexer, char **to)
{
    char quote = *lexer->at++;
    while (lexer->at < lexer->end && *lexer->at != quote && *lexer->at != '\n') {
        char c = *lexer->at++;
        if (c != '\\') *(*to)++ = c;
        else if (lexer->at < lexer->end) *to = unescape(lexer, *to);
    }
    if (lexer->at == lexer->end || *lexer->at != quote) return fail(lexer, "a string has no end");
    lexer->at++;
    return NULL;
}

/* One piece, behind what the pieces before it said. */
static lc_error *join_piece(lc_proto_lexer *lexer, lc_text front)
{
    const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
    /* Nothing that an escape stands for takes more than twice its own room. */
    size_t room = (size_t)((newline ? newline : lexer->end) - lexer->at) * 2;
    char *start = lc_arena_alloc(lexer->arena, front.len + room + 1), *to = start + front.len;
    if (front.len) memcpy(start, front.data, front.len);
    LC_TRY(read_piece(lexer, &to));
    *to = '\0';
    lexer->text = (lc_text){start, (size_t)(to - start)};
    lc_arena_trim(lexer->arena, to + 1);
    return skip_blanks(lexer);
}

static lc_error *read_string(lc_proto_lexer *lexer)
{
    lc_text text = {0};
    for (int pieces = 0; lexer->at < lexer->end && (*lexer->at == '"' || *lexer->at == '\''); pieces++) {
        if (pieces == PIECES_MAX) return fail(lexer, "a string has too many pieces");
        LC_TRY(join_piece(lexer, text));
        text = lexer->text;
    }
    return NULL;
}

static void read_word(lc_proto_lexer *lexer)
{
    const char *start = lexer->at;
    while (lexer->at < lexer->end && (is_letter(*lexer->at) || is_digit(*lexer->at))) lexer->at++;
    lexer->text = (lc_text){start, (size_t)(lexer->at - start)};
}

static void read_number(lc_proto_lexer *lexer)
{
    const char *start = lexer->at;
    for (; lexer->at < lexer->end; lexer->at++) {
        char c = *lexer->at, before = lexer->at > start ? (char)(lexer->at[-1] | 32) : ' ';
        bool sign = (c == '+' || c == '-') && before == 'e' && (start[1] | 32) != 'x';
        if (!is_letter(c) && !is_digit(c) && c != '.' && !sign) break;
    }
    lexer->text = (lc_text){start, (size_t)(lexer->at - start)};
}

lc_error *lc_proto_lexer_next(lc_proto_lexer *lexer)
{
    LC_TRY(skip_blanks(lexer));
    lexer->line = lexer->next_line;
    lexer->text = (lc_text){lexer->at, 0};
    lexer->token = LC_TOKEN_END;
    if (lexer->at == lexer->end) return NULL;
    char c = *lexer->at;
    bool point = c == '.' && lexer->at + 1 < lexer->end && is_digit(lexer->at[1]);
    if (c == '"' || c == '\'') {
        lexer->token = LC_TOKEN_STRING;
        return read_string(lexer);
    }
    if (is_letter(c)) {
        lexer->token = LC_TOKEN_NAME;
        read_word(lexer);
    } else if (is_digit(c) || point) {
        lexer->token = LC_TOKEN_NUMBER;
        read_number(lexer);
    } else {
        lexer->token = LC_TOKEN_SYMBOL;
        lexer->text.len = 1;
        lexer->at++;
    }
    return NULL;
}

lc_error *lc_proto_lexer_start(lc_proto_lexer *lexer, lc_arena *arena, lc_text text)
{
    *lexer = (lc_proto_lexer){
        .at = text.data, .end = text.data + text.len, .arena = arena, .line = 1, .next_line = 1};
    return lc_proto_lexer_next(lexer);
}
