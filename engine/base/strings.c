#include "base/strings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"

void lc_strings_take(lc_strings *strings, char *text)
{
    strings->items = lc_grow(strings->items, &strings->cap, strings->count + 1, sizeof *strings->items);
    strings->items[strings->count++] = text;
}

void lc_strings_add_text(lc_strings *strings, const char *bytes, size_t len)
{
    lc_strings_take(strings, lc_strndup(bytes, len));
}

void lc_strings_add(lc_strings *strings, const char *text)
{
    lc_strings_add_text(strings, text, strlen(text));
}

void lc_strings_printf(lc_strings *strings, const char *format, ...)
{
    lc_buf text = {0};
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(&text, format, args);
    va_end(args);
    lc_strings_take(strings, lc_buf_detach(&text));
}

void lc_strings_add_all(lc_strings *strings, const lc_strings *from)
{
    for (size_t i = 0, count = from->count; i < count; i++) lc_strings_add(strings, from->items[i]);
}

bool lc_strings_has(const lc_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++)
        if (!strcmp(strings->items[i], text)) return true;
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void lc_strings_sort(lc_strings *strings)
{
    if (strings->count) qsort(strings->items, strings->count, sizeof *strings->items, by_bytes);
}

char *lc_strings_join(const lc_strings *strings, const char *separator)
{
    lc_buf text = {0};
    for (size_t i = 0; i < strings->count; i++) {
        if (i) lc_buf_text(&text, separator);
        lc_buf_text(&text, strings->items[i]);
    }
    return lc_buf_detach(&text);
}

void lc_strings_clear(lc_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) free(strings->items[i]);
    strings->count = 0;
}

void lc_strings_done(lc_strings *strings)
{
    lc_strings_clear(strings);
    free(strings->items);
    *strings = (lc_strings){0};
}
