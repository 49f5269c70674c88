/* What the tests of the converters share: settings, the latest answer, hex digits. */
#ifndef LC_TESTS_CONVERT_KIT_H
#define LC_TESTS_CONVERT_KIT_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"

/* `settings` is "key=value" pairs separated by blanks. */
static inline lc_props *kit_props(const char *settings)
{
    lc_props *props = lc_props_new();
    for (const char *p = settings; *p;) {
        const char *equals = strchr(p, '='), *end = strchr(p, ' ');
        if (!end) end = p + strlen(p);
        lc_props_set_text(props, (lc_text){p, (size_t)(equals - p)},
                          (lc_text){equals + 1, (size_t)(end - equals - 1)});
        p = *end ? end + 1 : end;
    }
    return props;
}

/* Puts an answer into the place of the one before. */
static inline const char *kit_put(char **latest, lc_buf *text)
{
    free(*latest);
    return *latest = lc_buf_detach(text);
}

static inline const char *kit_fail(char **latest, lc_error *error)
{
    lc_buf text = {0};
    lc_buf_printf(&text, "%s: %s", lc_code_name(lc_error_code(error)), lc_error_message(error));
    lc_error_free(error);
    return kit_put(latest, &text);
}

/* Bytes of hex digits; blanks don't count. */
static inline lc_text kit_hex(lc_arena *arena, const char *hex)
{
    char *bytes = lc_arena_alloc(arena, strlen(hex) / 2 + 1), two[3] = "";
    size_t len = 0;
    while (*(hex += strspn(hex, " "))) {
        memcpy(two, hex, 2);
        bytes[len++] = (char)strtol(two, NULL, 16);
        hex += 2;
    }
    return (lc_text){bytes, len};
}

#endif
