/* A pattern, a newline, then a text to parse and write back. Whatever is parsed must be written within the
 * promised room, and a second write must give the same text. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "java/date_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_twice(lc_date_format *format, int64_t ms)
{
    size_t room = lc_date_format_room(format);
    char *first = lc_alloc(room + 1), *second = lc_alloc(room + 1);
    size_t len = lc_date_format_write(format, ms, first, room);
    if (len > room || lc_date_format_write(format, ms, second, room) != len ||
        memcmp(first, second, len) != 0)
        abort();
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t len = newline ? (size_t)(newline - data) : size;
    lc_autoptr(lc_date_format) format = NULL;
    lc_autoptr(lc_error) error = lc_date_format_new((lc_text){(const char *)data, len}, &format);
    if (error) return 0;
    lc_text text = {newline ? (const char *)newline + 1 : "", newline ? size - len - 1 : 0};
    int64_t ms = 0;
    lc_date_format_parse(format, text, &ms);
    write_twice(format, ms);
    if (text.len >= sizeof ms) memcpy(&ms, text.data, sizeof ms);
    write_twice(format, ms);
    return 0;
}
