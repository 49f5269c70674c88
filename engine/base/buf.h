/* A growing byte string on the heap, always NUL-terminated once written to.
 *
 * `lc_buf text = {0};` is a valid empty one; lc_buf_done releases it. May hold NUL bytes: `len` counts.
 * For record data use an arena instead. Not thread-safe. */
#ifndef LC_BASE_BUF_H
#define LC_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include "base/cleanup.h"

typedef struct lc_buf {
    char *data; /* NULL until the first write */
    size_t len;
    size_t cap;
} lc_buf;

void lc_buf_reserve(lc_buf *buf, size_t more); /* room for `more` bytes after len, and a NUL */
void lc_buf_add(lc_buf *buf, const void *bytes, size_t len);
void lc_buf_text(lc_buf *buf, const char *text); /* a NUL-terminated text; NULL adds nothing */
void lc_buf_put(lc_buf *buf, char byte);
void lc_buf_printf(lc_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lc_buf_vprintf(lc_buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void lc_buf_reset(lc_buf *buf);   /* len 0, memory kept */
char *lc_buf_detach(lc_buf *buf); /* the text, "" when nothing was written; the caller frees it; buf is empty */
void lc_buf_done(lc_buf *buf);
LC_DEFINE_AUTO(lc_buf, lc_buf_done)

#endif
