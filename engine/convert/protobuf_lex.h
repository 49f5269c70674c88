/* Tokens of .proto texts. Private to protobuf_lex.c and protobuf_parse.c. */
#ifndef LC_CONVERT_PROTOBUF_LEX_H
#define LC_CONVERT_PROTOBUF_LEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

typedef enum lc_proto_token {
    LC_TOKEN_END,
    LC_TOKEN_NAME,
    LC_TOKEN_NUMBER, /* integers and reals as they are written, without a sign */
    LC_TOKEN_STRING, /* without quotes and escapes; pieces that follow each other are one */
    LC_TOKEN_SYMBOL  /* one character */
} lc_proto_token;

typedef struct lc_proto_lexer {
    const char *at, *end;
    lc_arena *arena;
    unsigned line; /* of the token */
    unsigned next_line;
    lc_proto_token token;
    lc_text text; /* of the token */
} lc_proto_lexer;

/* Stands at the first token. */
lc_error *lc_proto_lexer_start(lc_proto_lexer *lexer, lc_arena *arena, lc_text text) LC_RESULT;
lc_error *lc_proto_lexer_next(lc_proto_lexer *lexer) LC_RESULT;
/* "line 3: expected x, but there is 'y'" (LC_E_DATA). */
lc_error *lc_proto_lexer_fail(const lc_proto_lexer *lexer, const char *expected) LC_RESULT;

static inline bool lc_proto_lexer_is(const lc_proto_lexer *lexer, char symbol)
{
    return lexer->token == LC_TOKEN_SYMBOL && *lexer->text.data == symbol;
}

static inline bool lc_proto_lexer_is_word(const lc_proto_lexer *lexer, const char *word)
{
    return lexer->token == LC_TOKEN_NAME && lc_text_is(lexer->text, word);
}

#endif
