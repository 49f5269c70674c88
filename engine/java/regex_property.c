#include <ctype.h>

#include "java/regex_node.h"

/* Lower, upper and title case, which (?i) makes one. */
#define ANY_CASE_LETTER "\\p{Lu}\\p{Ll}\\p{Lt}"
#define ANY_CASE "\\p{Lowercase}\\p{Uppercase}\\p{Lt}"
#define IDENTIFIER_START "\\p{L}\\p{Nl}"
#define IGNORABLE "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{7f}-\\x{9f}\\p{Cf}"
#define VISIBLE_NOT "\\p{Z}\\p{Cc}\\p{Cs}\\p{Cn}"
#define PRINTABLE_NOT "\\p{Zl}\\p{Zp}\\p{Cc}\\p{Cs}\\p{Cn}"

typedef struct property {
    const char *name, *items;
    const char *caseless; /* with (?i), where that differs */
    bool complement;
} property;

/* CharPredicates.forProperty: general categories, POSIX classes in ASCII, methods of java.lang.Character. */
static const property PROPERTIES[] = {
    {"ASCII", "\\x{0}-\\x{7f}", 0, 0},
    {"Alnum", "0-9A-Za-z", 0, 0},
    {"Alpha", "A-Za-z", 0, 0},
    {"Blank", "\\x{20}\\t", 0, 0},
    {"Cntrl", "\\x{0}-\\x{1f}\\x{7f}", 0, 0},
    {"Digit", "0-9", 0, 0},
    {"Graph", "\\x{21}-\\x{7e}", 0, 0},
    {"L1", "\\x{0}-\\x{ff}", 0, 0},
    {"LC", ANY_CASE_LETTER, 0, 0},
    {"LD", "\\p{L}\\p{Nd}", 0, 0},
    {"Ll", "\\p{Ll}", ANY_CASE_LETTER, 0},
    {"Lower", "a-z", "A-Za-z", 0},
    {"Lt", "\\p{Lt}", ANY_CASE_LETTER, 0},
    {"Lu", "\\p{Lu}", ANY_CASE_LETTER, 0},
    {"Print", "\\x{20}-\\x{7e}", 0, 0},
    {"Punct", "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}", 0, 0},
    {"Space", "\\x{20}\\x{9}-\\x{d}", 0, 0},
    {"Upper", "A-Z", "A-Za-z", 0},
    {"XDigit", "0-9A-Fa-f", 0, 0},
    {"all", "\\x{0}-\\x{10ffff}", 0, 0},
    {"javaAlphabetic", "\\p{Alphabetic}", 0, 0},
    {"javaDefined", "\\p{Cn}", 0, true},
    {"javaDigit", "\\p{Nd}", 0, 0},
    {"javaISOControl", "\\x{0}-\\x{1f}\\x{7f}-\\x{9f}", 0, 0},
    {"javaIdentifierIgnorable", IGNORABLE, 0, 0},
    {"javaIdeographic", "\\p{Ideographic}", 0, 0},
    {"javaJavaIdentifierPart", IDENTIFIER_START "\\p{Sc}\\p{Pc}\\p{Nd}\\p{Mc}\\p{Mn}" IGNORABLE, 0, 0},
    {"javaJavaIdentifierStart", IDENTIFIER_START "\\p{Sc}\\p{Pc}", 0, 0},
    {"javaLetter", "\\p{L}", 0, 0},
    {"javaLetterOrDigit", "\\p{L}\\p{Nd}", 0, 0},
    {"javaLowerCase", "\\p{Lowercase}", ANY_CASE, 0},
    {"javaMirrored", "\\p{Bidi_Mirrored}", 0, 0},
    {"javaSpaceChar", "\\p{Z}", 0, 0},
    {"javaTitleCase", "\\p{Lt}", ANY_CASE, 0},
    {"javaUnicodeIdentifierPart", IDENTIFIER_START "\\p{ID_Continue}" IGNORABLE, 0, 0},
    {"javaUnicodeIdentifierStart", "\\p{ID_Start}", 0, 0},
    {"javaUpperCase", "\\p{Uppercase}", ANY_CASE, 0},
    {"javaWhitespace",
     "\\x{9}-\\x{d}\\x{1c}-\\x{1f}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}"
     "\\p{Zl}\\p{Zp}",
     0, 0},
};

/* CharPredicates.forPOSIXName: the POSIX classes with (?U). */
static const property UNICODE_POSIX[] = {
    {"Alnum", "\\p{Alphabetic}\\p{Nd}", 0, 0},
    {"Alpha", "\\p{Alphabetic}", 0, 0},
    {"Blank", "\\p{Zs}\\t", 0, 0},
    {"Cntrl", "\\p{Cc}", 0, 0},
    {"Digit", "\\p{Nd}", 0, 0},
    {"Graph", VISIBLE_NOT, 0, true},
    {"Lower", "\\p{Lowercase}", ANY_CASE, 0},
    {"Print", PRINTABLE_NOT, 0, true},
    {"Punct", "\\p{P}", 0, 0},
    {"Space", "\\p{White_Space}", 0, 0},
    {"Upper", "\\p{Uppercase}", ANY_CASE, 0},
    {"XDigit", "\\p{Nd}\\p{Hex_Digit}", 0, 0},
};

/* CharPredicates.forUnicodeProperty: behind "Is", in any case. */
static const property BINARY[] = {
    {"ALNUM", "\\p{Alphabetic}\\p{Nd}", 0, 0},
    {"ALPHABETIC", "\\p{Alphabetic}", 0, 0},
    {"ASSIGNED", "\\p{Cn}", 0, true},
    {"BLANK", "\\p{Zs}\\t", 0, 0},
    {"CONTROL", "\\p{Cc}", 0, 0},
    {"DIGIT", "\\p{Nd}", 0, 0},
    {"GRAPH", VISIBLE_NOT, 0, true},
    {"HEX_DIGIT", "\\p{Nd}\\p{Hex_Digit}", 0, 0},
    {"HEXDIGIT", "\\p{Nd}\\p{Hex_Digit}", 0, 0},
    {"IDEOGRAPHIC", "\\p{Ideographic}", 0, 0},
    {"JOIN_CONTROL", "\\p{Join_Control}", 0, 0},
    {"JOINCONTROL", "\\p{Join_Control}", 0, 0},
    {"LETTER", "\\p{L}", 0, 0},
    {"LOWERCASE", "\\p{Lowercase}", ANY_CASE, 0},
    {"NONCHARACTER_CODE_POINT", "\\p{Noncharacter_Code_Point}", 0, 0},
    {"NONCHARACTERCODEPOINT", "\\p{Noncharacter_Code_Point}", 0, 0},
    {"PRINT", PRINTABLE_NOT, 0, true},
    {"PUNCTUATION", "\\p{P}", 0, 0},
    {"TITLECASE", "\\p{Lt}", ANY_CASE, 0},
    {"UPPERCASE", "\\p{Uppercase}", ANY_CASE, 0},
    {"WHITE_SPACE", "\\p{White_Space}", 0, 0},
    {"WHITESPACE", "\\p{White_Space}", 0, 0},
    {"WORD", "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}", 0, 0},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const lc_regex_set *lookup(lc_regex_parser *p, const property *table, size_t count, lc_text name)
{
    for (size_t i = 0; i < count; i++) {
        if (!lc_text_is(name, table[i].name)) continue;
        bool caseless = (p->flags & LC_REGEX_CASELESS) && table[i].caseless;
        const lc_regex_set *set = lc_regex_set_items(p, caseless ? table[i].caseless : table[i].items);
        return table[i].complement ? lc_regex_set_not(p, set) : set;
    }
    return NULL;
}

static const lc_regex_set *pcre_property(lc_regex_parser *p, const char *kind, lc_text name)
{
    lc_auto(lc_buf) items = {0};
    lc_buf_printf(&items, "\\p{%s%.*s}", kind, (int)name.len, name.data);
    return lc_regex_set_of(p, &items, false);
}

/* One of Unicode's general categories, or the first letter of a few of them. */
static bool is_category(lc_text name)
{
    static const char *const FIRST = "LMNZCPS";
    static const char *const ALL = "Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Cn "
                                   "Pd Ps Pe Pc Po Pi Pf Sm Sc Sk So ";
    if (name.len == 1) return strchr(FIRST, name.data[0]) != NULL;
    if (name.len != 2) return false;
    char entry[4] = {name.data[0], name.data[1], ' ', '\0'};
    return strstr(ALL, entry) != NULL;
}

static const lc_regex_set *by_property(lc_regex_parser *p, lc_text name)
{
    const lc_regex_set *set = lookup(p, PROPERTIES, COUNT(PROPERTIES), name);
    if (!set && is_category(name)) set = pcre_property(p, "", name);
    return set;
}

static const lc_regex_set *by_script(lc_regex_parser *p, lc_text name)
{
    const char *script;
    return lc_unicode_script(name, &script) ? pcre_property(p, "sc:", lc_text_of(script)) : NULL;
}

static const lc_regex_set *by_block(lc_regex_parser *p, lc_text name)
{
    int32_t first, last;
    if (!lc_unicode_block(name, &first, &last)) return NULL;
    lc_auto(lc_buf) items = {0};
    lc_regex_add_range(&items, first, last);
    return lc_regex_set_of(p, &items, false);
}

static const lc_regex_set *by_binary(lc_regex_parser *p, lc_text name)
{
    char upper[32];
    if (name.len >= sizeof upper) return NULL;
    for (size_t i = 0; i < name.len; i++) upper[i] = (char)toupper((unsigned char)name.data[i]);
    return lookup(p, BINARY, COUNT(BINARY), (lc_text){upper, name.len});
}

/* \p{script=Greek} */
static const lc_regex_set *by_value(lc_regex_parser *p, lc_text name, lc_text value)
{
    const lc_regex_set *set = NULL;
    if (lc_text_eq_nocase(name, LC_TEXT("sc")) || lc_text_eq_nocase(name, LC_TEXT("script")))
        set = by_script(p, value);
    else if (lc_text_eq_nocase(name, LC_TEXT("blk")) || lc_text_eq_nocase(name, LC_TEXT("block")))
        set = by_block(p, value);
    else if (lc_text_eq_nocase(name, LC_TEXT("gc")) || lc_text_eq_nocase(name, LC_TEXT("general_category")))
        set = by_property(p, value);
    if (!set)
        lc_regex_fail(p, "Unknown Unicode property {name=<%.*s>, value=<%.*s>}", (int)name.len, name.data,
                      (int)value.len, value.data);
    return set;
}

static const lc_regex_set *by_name(lc_regex_parser *p, lc_text name)
{
    lc_text rest = name.len >= 2 ? (lc_text){name.data + 2, name.len - 2} : name;
    const lc_regex_set *set = NULL;
    if (lc_text_starts(name, "In")) {
        set = by_block(p, rest);
    } else if (lc_text_starts(name, "Is")) {
        set = by_binary(p, rest);
        if (!set) set = by_property(p, rest);
        if (!set) set = by_script(p, rest);
    } else {
        if (p->flags & LC_REGEX_UNICODE) set = lookup(p, UNICODE_POSIX, COUNT(UNICODE_POSIX), name);
        if (!set) set = by_property(p, name);
    }
    if (!set) lc_regex_fail(p, "Unknown character property name {%.*s}", (int)name.len, name.data);
    return set;
}

/* The name behind \p, with or without braces. Its characters are ASCII in every name that exists. */
static lc_text family_name(lc_regex_parser *p)
{
    size_t start = p->at, end = start + 1;
    if (lc_regex_char_at(p, start) == '{') {
        for (end = ++start; end < p->len && p->chars[end] != '}';) end++;
        p->at = end + 1;
        if (end >= p->len) lc_regex_fail(p, "Unclosed character family");
        else if (end == start) lc_regex_fail(p, "Empty character family");
    } else {
        p->at++;
    }
    char *name = lc_arena_alloc(&p->arena, end - start + 1);
    for (size_t i = start; i < end; i++) {
        int32_t c = lc_regex_char_at(p, i);
        name[i - start] = (char)(c > 0 && c < 0x80 ? c : '?');
    }
    return (lc_text){name, end - start};
}

const lc_regex_set *lc_regex_family(lc_regex_parser *p, bool complement)
{
    lc_regex_char_next(p);
    lc_text name = family_name(p);
    if (p->error) return NULL;
    const char *equals = memchr(name.data, '=', name.len);
    size_t len = equals ? (size_t)(equals - name.data) : 0;
    lc_text key = {name.data, len}, value = {name.data + len + 1, name.len - len - 1};
    const lc_regex_set *set = equals ? by_value(p, key, value) : by_name(p, name);
    return set && complement ? lc_regex_set_not(p, set) : set;
}
