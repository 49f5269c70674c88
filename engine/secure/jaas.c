#include "secure/jaas.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { LARGEST_FILE = 1024 * 1024 };
static const char section_name[] = "KafkaConnect", module_name[] = "PropertyFileLoginModule";

/* Cuts blanks and comments off the front. */
static void skip_blanks(lc_text *text)
{
    for (;;) {
        while (text->len && isspace((unsigned char)*text->data)) text->data++, text->len--;
        bool line = lc_text_starts(*text, "//") || lc_text_starts(*text, "#");
        if (!line && !lc_text_starts(*text, "/*")) return;
        const char *end =
            line ? memchr(text->data, '\n', text->len) : memmem(text->data + 2, text->len - 2, "*/", 2);
        size_t len = end ? (size_t)(end - text->data) + (line ? 1 : 2) : text->len;
        text->data += len;
        text->len -= len;
    }
}

/* The next word, sign or text in quotes (without them; *ret_quoted); len 0 at the end. */
static lc_text next(lc_text *text, bool *ret_quoted)
{
    skip_blanks(text);
    *ret_quoted = text->len && *text->data == '"';
    size_t from = *ret_quoted, len = from;
    if (*ret_quoted) {
        while (len < text->len && text->data[len] != '"') len++;
    } else {
        while (len < text->len && !isspace((unsigned char)text->data[len]) &&
               !strchr("{}=;\"", text->data[len]))
            len++;
        if (!len && text->len) len = 1;
    }
    lc_text word = {text->data + from, len - from};
    size_t used = len + (*ret_quoted && len < text->len);
    text->data += used;
    text->len -= used;
    return word;
}

static bool ends_with(lc_text text, const char *tail)
{
    size_t len = strlen(tail);
    return text.len >= len && !memcmp(text.data + text.len - len, tail, len);
}

static bool find_section(lc_text *text)
{
    bool quoted;
    for (lc_text word = next(text, &quoted); word.len; word = next(text, &quoted)) {
        lc_text after = *text;
        if (!lc_text_is(word, section_name) || !lc_text_is(next(&after, &quoted), "{")) continue;
        *text = after;
        return true;
    }
    return false;
}

static lc_error *unsupported(const char *path, const char *what)
{
    return lc_fail(LC_E_CONFIG,
                   "%s: the section %s %s. It must have one module: "
                   "org.apache.kafka.connect.rest.basic.auth.extension.%s required file=\"…\";",
                   path, section_name, what, module_name);
}

/* The options of the module up to its semicolon. */
static void read_options(lc_text *text, lc_text *ret_file)
{
    bool quoted = false;
    for (lc_text word = next(text, &quoted); word.len && (quoted || !lc_text_is(word, ";"));
         word = next(text, &quoted)) {
        lc_text after = *text;
        bool sign_quoted;
        if (quoted || !lc_text_is(next(&after, &sign_quoted), "=")) continue;
        lc_text value = next(&after, &sign_quoted);
        if (lc_text_is(word, "file")) *ret_file = value;
        *text = after;
    }
}

lc_error *lc_jaas_users_file(const char *path, char **ret_file)
{
    lc_auto(lc_buf) content = {0};
    lc_text file = {NULL, 0};
    bool quoted;
    LC_TRY(lc_file_read(path, LARGEST_FILE, &content));
    lc_text text = {content.data, content.len};
    if (!text.len || !find_section(&text)) return unsupported(path, "is missing");
    if (!ends_with(next(&text, &quoted), module_name)) return unsupported(path, "has another module");
    read_options(&text, &file);
    if (!file.len) return unsupported(path, "names no file");
    if (!lc_text_is(next(&text, &quoted), "}")) return unsupported(path, "has several modules");
    *ret_file = lc_strndup(file.data, file.len);
    return NULL;
}
