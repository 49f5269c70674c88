/* The binary encoding of Avro's scalars, shared by the writers. Private to avro_*.c. */
#ifndef LC_CONVERT_AVRO_OUTPUT_H
#define LC_CONVERT_AVRO_OUTPUT_H

#include "convert/avro_write.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "float and double are written as they lie in memory");

enum { LC_AVRO_SCALAR_ROOM = 10 }; /* the longest varint */

void lc_avro_output_grow(lc_avro_output *out, size_t need);

static inline void lc_avro_room(lc_avro_output *out, size_t need)
{
    if (__builtin_expect((size_t)(out->end - out->at) < need, 0)) lc_avro_output_grow(out, need);
}

/* Zig-zag varint: int and long look alike. */
static inline void lc_avro_put_long(lc_avro_output *out, int64_t value)
{
    uint64_t bits = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    lc_avro_room(out, LC_AVRO_SCALAR_ROOM);
    uint8_t *at = out->at;
    for (; bits > 0x7f; bits >>= 7) *at++ = (uint8_t)(bits | 0x80);
    *at++ = (uint8_t)bits;
    out->at = at;
}

static inline void lc_avro_put_float(lc_avro_output *out, float value)
{
    lc_avro_room(out, sizeof value);
    memcpy(out->at, &value, sizeof value);
    out->at += sizeof value;
}

static inline void lc_avro_put_double(lc_avro_output *out, double value)
{
    lc_avro_room(out, sizeof value);
    memcpy(out->at, &value, sizeof value);
    out->at += sizeof value;
}

static inline void lc_avro_put_bytes(lc_avro_output *out, const char *bytes, size_t len)
{
    lc_avro_put_long(out, (int64_t)len);
    lc_avro_room(out, len);
    if (len) memcpy(out->at, bytes, len);
    out->at += len;
}

/* String.getBytes(UTF_8): what is no character of its own becomes "?". */
void lc_avro_put_string(lc_avro_output *out, lc_text text);

#endif
