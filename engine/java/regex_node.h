/* A parsed java.util.regex pattern: the tree between Java's dialect and PCRE2's. Internal to regex*.c.
 *
 *   text ──regex_parse.c──▶ nodes, sets ──regex_emit.c──▶ PCRE2 text ──regex.c──▶ compiled code
 *
 * Flags such as (?i) are resolved while parsing, so that every node means the same wherever it stands. All
 * memory belongs to the parser's arena. One thread at a time. */
#ifndef LC_JAVA_REGEX_NODE_H
#define LC_JAVA_REGEX_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* java.util.regex.Pattern's flags, as far as a pattern can set them. */
enum {
    LC_REGEX_CASELESS = 1,      /* i */
    LC_REGEX_MULTILINE = 2,     /* m */
    LC_REGEX_DOT_ALL = 4,       /* s */
    LC_REGEX_UNIX_LINES = 8,    /* d */
    LC_REGEX_UNICODE_CASE = 16, /* u */
    LC_REGEX_COMMENTS = 32,     /* x */
    LC_REGEX_UNICODE = 64,      /* U */
};

/* How letters match those of the other case. */
typedef enum lc_regex_fold { LC_FOLD_NONE, LC_FOLD_ASCII, LC_FOLD_UNICODE } lc_regex_fold;

/* A set of characters: what stands between [ and ] of PCRE2, or sets combined. */
typedef struct lc_regex_set lc_regex_set;
struct lc_regex_set {
    enum { LC_SET_ITEMS, LC_SET_UNION, LC_SET_BOTH, LC_SET_NOT } kind;
    lc_text items;             /* may be empty: no character */
    bool folds;                /* items match both cases, by Unicode's rules */
    const lc_regex_set *a, *b; /* NOT: only a */
};

typedef enum lc_regex_kind {
    LC_NODE_EMPTY,
    LC_NODE_CHAR,
    LC_NODE_SET,
    LC_NODE_ASSERT,    /* `text`, which matches without taking characters */
    LC_NODE_LINEBREAK, /* \R */
    LC_NODE_GRAPHEME,  /* \X */
    LC_NODE_SEQUENCE,  /* of its children */
    LC_NODE_CHOICE,    /* one of its children */
    LC_NODE_GROUP,     /* capturing when number > 0 */
    LC_NODE_ATOMIC,
    LC_NODE_AHEAD,
    LC_NODE_BEHIND,
    LC_NODE_REPEAT,
    LC_NODE_BACKREF,
} lc_regex_kind;

enum { LC_REPEAT_FOREVER = INT32_MAX };

typedef struct lc_regex_node lc_regex_node;
struct lc_regex_node {
    lc_regex_kind kind;
    lc_regex_fold fold;      /* CHAR, BACKREF */
    int32_t ch;              /* CHAR: a code point, perhaps half of a surrogate pair */
    int32_t number;          /* GROUP, BACKREF */
    int32_t min, max;        /* REPEAT */
    char mode;               /* REPEAT: 0 greedy, '?' lazy, '+' possessive */
    bool negative;           /* AHEAD, BEHIND */
    int32_t groups_inside;   /* BEHIND: capturing groups */
    const char *text;        /* ASSERT */
    const lc_regex_set *set; /* SET */
    lc_regex_node *child;    /* the first one */
    lc_regex_node *next;     /* sibling */
};

typedef struct lc_regex_name {
    lc_text name; /* in the arena */
    int32_t group;
    struct lc_regex_name *next;
} lc_regex_name;

typedef struct lc_regex_parser {
    lc_arena arena;
    lc_text source;
    int32_t *chars; /* code points, quoting by \Q and \E resolved */
    size_t len;
    size_t at; /* may run past len: reads give 0 there, and error positions count on it */
    unsigned flags;
    int depth;      /* of nested groups and classes */
    int32_t groups; /* capturing groups so far */
    lc_regex_name *names;
    lc_error *error; /* the first one; parsing goes on with nothing after it */
} lc_regex_parser;

/* Parses a pattern into `parser`, a zeroed one that lc_regex_parser_done releases in any case. */
lc_error *lc_regex_parse(lc_text source, lc_regex_parser *parser, const lc_regex_node **ret_root) LC_RESULT;
void lc_regex_parser_done(lc_regex_parser *parser);
LC_DEFINE_AUTO(lc_regex_parser, lc_regex_parser_done)

/* The pattern in PCRE2's dialect, for options UTF and DOTALL. */
lc_error *lc_regex_emit(lc_regex_parser *parser, const lc_regex_node *root, lc_buf *out) LC_RESULT;
void lc_regex_emit_set(const lc_regex_set *set, bool negative, lc_buf *out);

/* Reading characters (regex_reader.c); `c` is 0 at the end. The names are those of what they do to the
 * position. */
int32_t lc_regex_char_peek(lc_regex_parser *p); /* stays */
int32_t lc_regex_char_read(lc_regex_parser *p); /* takes one */
int32_t lc_regex_char_next(lc_regex_parser *p); /* steps over one, and shows the one behind it */
int32_t lc_regex_char_skip(lc_regex_parser *p); /* steps over one and takes the next */
int32_t lc_regex_char_at(const lc_regex_parser *p, size_t index);
bool lc_regex_ended(const lc_regex_parser *p);
/* Notes an error in the words of PatternSyntaxException, at the position before the current one. */
void lc_regex_fail(lc_regex_parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Splits the source into code points and takes \Q…\E out. */
void lc_regex_load(lc_regex_parser *p, lc_text source);
lc_regex_fold lc_regex_current_fold(const lc_regex_parser *p);

/* Escapes and classes (regex_class.c). */
typedef enum lc_regex_place { LC_IN_PATTERN, LC_IN_CLASS, LC_IN_RANGE } lc_regex_place;
/* What stands behind a backslash at the current position: a character, or a node or set and -1. */
int32_t lc_regex_escape(lc_regex_parser *p, lc_regex_place place, lc_regex_node **ret_node,
                        const lc_regex_set **ret_set);
/* A class behind its "[", up to and with "]". */
const lc_regex_set *lc_regex_class(lc_regex_parser *p);
/* \p{…} behind the "p"; the position is on that letter. */
const lc_regex_set *lc_regex_family(lc_regex_parser *p, bool complement);

/* Sets (regex_set.c). */
const lc_regex_set *lc_regex_set_items(lc_regex_parser *p, const char *items);
const lc_regex_set *lc_regex_set_of(lc_regex_parser *p, const lc_buf *items, bool folds);
const lc_regex_set *lc_regex_set_not(lc_regex_parser *p, const lc_regex_set *a);
const lc_regex_set *lc_regex_set_union(lc_regex_parser *p, const lc_regex_set *a, const lc_regex_set *b);
const lc_regex_set *lc_regex_set_both(lc_regex_parser *p, const lc_regex_set *a, const lc_regex_set *b);
void lc_regex_add_range(lc_buf *items, int32_t low, int32_t high);
void lc_regex_add_folded_range(lc_buf *items, int32_t low, int32_t high); /* and the other case in ASCII */

/* Unicode's names (regex_unicode.c): the items for a script, block or character; false when unknown. */
bool lc_unicode_script(lc_text name, const char **ret_name);
bool lc_unicode_block(lc_text name, int32_t *ret_first, int32_t *ret_last);
bool lc_unicode_char(lc_text name, int32_t *ret_char);

lc_regex_node *lc_regex_node_new(lc_regex_parser *p, lc_regex_kind kind);

#endif
