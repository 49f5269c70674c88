#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void lc_buf_reserve(lc_buf *buf, size_t more)
{
    if (buf->len + more >= buf->cap) buf->data = lc_grow(buf->data, &buf->cap, buf->len + more + 1, 1);
}

void lc_buf_add(lc_buf *buf, const void *bytes, size_t len)
{
    lc_buf_reserve(buf, len);
    if (len) memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void lc_buf_text(lc_buf *buf, const char *text)
{
    if (text) lc_buf_add(buf, text, strlen(text));
}

void lc_buf_put(lc_buf *buf, char byte)
{
    lc_buf_add(buf, &byte, 1);
}

void lc_buf_vprintf(lc_buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    lc_buf_reserve(buf, 0);
    size_t room = buf->cap - buf->len;
    int need = vsnprintf(buf->data + buf->len, room, format, args);
    if (need >= 0 && (size_t)need >= room) {
        lc_buf_reserve(buf, (size_t)need);
        vsnprintf(buf->data + buf->len, (size_t)need + 1, format, again);
    }
    if (need >= 0) buf->len += (size_t)need;
    va_end(again);
}

void lc_buf_printf(lc_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(buf, format, args);
    va_end(args);
}

void lc_buf_reset(lc_buf *buf)
{
    buf->len = 0;
    if (buf->data) buf->data[0] = '\0';
}

char *lc_buf_detach(lc_buf *buf)
{
    lc_buf_add(buf, "", 0);
    char *text = buf->data;
    *buf = (lc_buf){0};
    return text;
}

void lc_buf_done(lc_buf *buf)
{
    free(buf->data);
    *buf = (lc_buf){0};
}
