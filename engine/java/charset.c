#include "java/charset_codec.h"

#include <stdlib.h>
#include "base/memory.h"

/* The charsets that are built in, with the aliases that Java knows. */
typedef struct builtin {
    const char *name;
    const lc_codec *codec;
    bool little, detects, marks;
    const char *aliases; /* between blanks, lower case */
} builtin;

static const builtin BUILTINS[] = {
    {"UTF-8", &lc_codec_utf8, false, false, false, " utf8 unicode-1-1-utf-8 "},
    {"US-ASCII", &lc_codec_ascii, false, false, false,
     " ascii iso-ir-6 ansi_x3.4-1986 iso_646.irv:1991 iso646-us us ibm367 cp367 csascii default 646 "
     "iso_646.irv:1983 ansi_x3.4-1968 ascii7 "},
    {"ISO-8859-1", &lc_codec_latin1, false, false, false,
     " latin1 l1 iso8859_1 iso_8859-1 iso_8859_1 iso8859-1 8859_1 iso-ir-100 ibm819 cp819 csisolatin1 819 "
     "ibm-819 iso_8859-1:1987 "},
    {"UTF-16", &lc_codec_utf16, false, true, true, " utf_16 utf16 unicode unicodebig "},
    {"UTF-16BE", &lc_codec_utf16, false, false, false,
     " utf_16be iso-10646-ucs-2 x-utf-16be unicodebigunmarked "},
    {"UTF-16LE", &lc_codec_utf16, true, false, false, " utf_16le x-utf-16le unicodelittleunmarked "},
    {"x-UTF-16LE-BOM", &lc_codec_utf16, true, true, true, " unicodelittle "},
    {"UTF-32", &lc_codec_utf32, false, true, false, " utf_32 utf32 iso-10646-ucs-4 "},
    {"UTF-32BE", &lc_codec_utf32, false, false, false, " utf_32be x-utf-32be "},
    {"UTF-32LE", &lc_codec_utf32, true, false, false, " utf_32le x-utf-32le "},
    {"X-UTF-32BE-BOM", &lc_codec_utf32, false, false, true, " utf_32be_bom utf-32be-bom "},
    {"X-UTF-32LE-BOM", &lc_codec_utf32, true, false, true, " utf_32le_bom utf-32le-bom "},
};

enum { NAME_MAX_LEN = 40 };

/* Java's syntax of a charset name, which also keeps iconv's own suffixes out. */
static bool is_legal(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_LEN || strchr("-+.:_", name[0])) return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-+.:_") == len;
}

/* ASCII only, whatever the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return lower(*a) == lower(*b);
}

static bool has_alias(const builtin *entry, const char *name)
{
    char wanted[NAME_MAX_LEN + 3] = " ";
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) wanted[i + 1] = lower(name[i]);
    wanted[len + 1] = ' ';
    wanted[len + 2] = '\0';
    return strstr(entry->aliases, wanted) != NULL;
}

static const builtin *find_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof BUILTINS / sizeof BUILTINS[0]; i++)
        if (same_name(name, BUILTINS[i].name) || has_alias(&BUILTINS[i], name)) return &BUILTINS[i];
    return NULL;
}

/* Java names that iconv spells in its own way. */
static const char *const RENAMED[][2] = {
    {"x-MacRoman", "MACINTOSH"}, {"MacRoman", "MACINTOSH"},  {"windows-31j", "CP932"}, {"MS932", "CP932"},
    {"x-windows-949", "CP949"},  {"x-windows-950", "CP950"}, {"MS949", "CP949"},       {"MS950", "CP950"}};

/* Families that iconv knows and Java does not, or not under these names. */
static bool is_iconv_only(const char *name)
{
    static const char *const PREFIXES[] = {"utf",      "ucs",       "unicode", "wchar",
                                           "internal", "iso-10646", "10646",   "iso10646"};
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        const char *left = PREFIXES[i];
        for (const char *p = name; *left && lower(*p) == *left; p++) left++;
        if (!*left) return true;
    }
    return false;
}

static const char *iconv_name(const char *name)
{
    for (size_t i = 0; i < sizeof RENAMED / sizeof RENAMED[0]; i++)
        if (same_name(name, RENAMED[i][0])) return RENAMED[i][1];
    return lower(name[0]) == 'x' && name[1] == '-' ? name + 2 : name;
}

static bool opened(iconv_t converter)
{
    return converter != (iconv_t)-1 && converter != NULL;
}

static bool open_iconv(lc_charset *charset)
{
    const char *name = iconv_name(charset->name);
    if (!*name || is_iconv_only(name)) return false; /* an empty name is the locale to iconv */
    charset->reads = iconv_open("UTF-8", name);
    charset->writes = iconv_open(name, "UTF-8");
    if (!opened(charset->reads) || !opened(charset->writes)) return false;
    charset->codec = &lc_codec_iconv;
    return true;
}

static void copy_name(lc_charset *charset, const char *name)
{
    memcpy(charset->name, name, strlen(name) + 1);
}

lc_error *lc_charset_open(const char *name, lc_charset **ret)
{
    if (!is_legal(name)) return lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s", name);
    lc_autoptr(lc_charset) charset = lc_alloc(sizeof *charset);
    const builtin *known = find_builtin(name);
    copy_name(charset, known ? known->name : name);
    if (known) {
        charset->codec = known->codec;
        charset->little = known->little;
        charset->detects = known->detects;
        charset->marks = known->marks;
    } else if (!open_iconv(charset)) {
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s", name);
    }
    *ret = lc_steal(charset);
    return NULL;
}

void lc_charset_close(lc_charset *charset)
{
    if (!charset) return;
    if (opened(charset->reads)) iconv_close(charset->reads);
    if (opened(charset->writes)) iconv_close(charset->writes);
    free(charset);
}

const char *lc_charset_name(const lc_charset *charset)
{
    return charset->name;
}

bool lc_charset_is_utf8(const lc_charset *charset)
{
    return charset->codec == &lc_codec_utf8;
}

lc_text lc_charset_decode(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    return charset->codec->decode(charset, arena, bytes);
}

lc_text lc_charset_encode(lc_charset *charset, lc_arena *arena, lc_text text)
{
    return charset->codec->encode(charset, arena, text);
}
