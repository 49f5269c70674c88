#include "convert/protobuf_input.h"

bool lc_proto_slow_varint(lc_proto_input *in, uint64_t *ret)
{
    uint64_t bits = 0;
    const uint8_t *p = in->at;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (p == in->end) return lc_proto_fault(in, "the data ends early");
        bits |= (uint64_t)(*p & 0x7f) << shift;
        if (*p++ & 0x80) continue;
        in->at = p;
        *ret = bits;
        return true;
    }
    return lc_proto_fault(in, "a varint has more than 10 bytes");
}

static bool skip_group(lc_proto_input *in, uint32_t number, unsigned depth)
{
    uint32_t inner;
    unsigned wire;
    if (depth >= LC_PROTO_DEPTH_MAX) return lc_proto_fault(in, "it is nested too deep");
    for (;;) {
        if (in->at == in->end) return lc_proto_fault(in, "the data ends early");
        if (!lc_proto_tag(in, &inner, &wire)) return false;
        if (wire == LC_PROTO_GROUP_END) break;
        if (!lc_proto_skip(in, inner, wire, depth + 1)) return false;
    }
    return inner == number || lc_proto_fault(in, "a group ends with the number of another one");
}

bool lc_proto_skip(lc_proto_input *in, uint32_t number, unsigned wire, unsigned depth)
{
    uint64_t bits;
    lc_text span;
    const void *bytes;
    switch (wire) {
    case LC_PROTO_VARINT: return lc_proto_varint(in, &bits);
    case LC_PROTO_FIXED_64: return lc_proto_bytes(in, 8, &bytes);
    case LC_PROTO_LENGTH: return lc_proto_span(in, &span);
    case LC_PROTO_GROUP_START: return skip_group(in, number, depth);
    case LC_PROTO_GROUP_END: return lc_proto_fault(in, "a group ends that didn't begin");
    case LC_PROTO_FIXED_32: return lc_proto_bytes(in, 4, &bytes);
    default: return lc_proto_fault(in, "a field has an invalid wire type");
    }
}
