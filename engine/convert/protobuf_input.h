/* Protobuf's binary form, piece by piece. Bytes may be hostile. Private to protobuf_*.c.
 *
 * Every reader answers false when the bytes are malformed, and says why in `fault`; `at` then is where it
 * began to read. */
#ifndef LC_CONVERT_PROTOBUF_INPUT_H
#define LC_CONVERT_PROTOBUF_INPUT_H

#include "convert/protobuf_schema.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "fixed numbers are read and written as they lie in memory");

typedef struct lc_proto_input {
    const uint8_t *at, *end;
    const char *fault;
} lc_proto_input;

static inline bool lc_proto_fault(lc_proto_input *in, const char *what)
{
    in->fault = what;
    return false;
}

bool lc_proto_slow_varint(lc_proto_input *in, uint64_t *ret);
bool lc_proto_skip(lc_proto_input *in, uint32_t number, unsigned wire, unsigned depth);

static inline bool lc_proto_varint(lc_proto_input *in, uint64_t *ret)
{
    if (__builtin_expect(in->at < in->end && !(*in->at & 0x80), 1)) {
        *ret = *in->at++;
        return true;
    }
    return lc_proto_slow_varint(in, ret);
}

static inline bool lc_proto_bytes(lc_proto_input *in, size_t len, const void **ret)
{
    if ((size_t)(in->end - in->at) < len) return lc_proto_fault(in, "the data ends early");
    *ret = in->at;
    in->at += len;
    return true;
}

static inline bool lc_proto_span(lc_proto_input *in, lc_text *ret)
{
    uint64_t len;
    const uint8_t *start = in->at;
    if (!lc_proto_varint(in, &len)) return false;
    len = (uint32_t)len;
    if (len > (size_t)(in->end - in->at)) {
        in->at = start;
        return lc_proto_fault(in, len > INT32_MAX ? "a length is negative" : "the data ends early");
    }
    *ret = (lc_text){(const char *)in->at, (size_t)len};
    in->at += len;
    return true;
}

static inline bool lc_proto_tag(lc_proto_input *in, uint32_t *ret_number, unsigned *ret_wire)
{
    uint64_t tag;
    const uint8_t *start = in->at;
    if (!lc_proto_varint(in, &tag)) return false;
    *ret_number = (uint32_t)tag >> 3;
    *ret_wire = tag & 7;
    if (__builtin_expect(*ret_number != 0, 1)) return true;
    in->at = start;
    return lc_proto_fault(in, "a field has the number 0");
}

#endif
