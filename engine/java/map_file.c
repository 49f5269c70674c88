#include "java/map_file.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Java Object Serialization Specification, chapter 6. */
enum {
    TC_NULL = 0x70,
    TC_REFERENCE = 0x71,
    TC_CLASSDESC = 0x72,
    TC_OBJECT = 0x73,
    TC_STRING = 0x74,
    TC_ARRAY = 0x75,
    TC_BLOCKDATA = 0x77,
    TC_ENDBLOCKDATA = 0x78,
    HANDLE_BASE = 0x7e0000,
    HANDLE_ARRAY_CLASS = HANDLE_BASE + 2, /* behind HashMap's class and the map */
    HANDLE_FIRST_ARRAY = HANDLE_BASE + 3
};

/* Bytes that never vary. */
static const lc_text STREAM_HEADER = LC_TEXT("\xac\xed\x00\x05");
static const lc_text MAP_NAME = LC_TEXT("java.util.HashMap");
/* Its serialVersionUID, flags, fields "float loadFactor" and "int threshold", no annotation or superclass. */
static const lc_text MAP_CLASS = LC_TEXT("\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02"
                                         "F\x00\x0aloadFactor"
                                         "I\x00\x09threshold"
                                         "\x78\x70");
static const lc_text ARRAY_NAME = LC_TEXT("[B");
static const lc_text ARRAY_CLASS = LC_TEXT("\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00\x78\x70");

typedef struct reader {
    const char *start, *p, *end;
    lc_text *arrays; /* by handle, for arrays that occur more than once */
    size_t array_count;
} reader;

static size_t left(const reader *in)
{
    return (size_t)(in->end - in->p);
}

__attribute__((format(printf, 3, 4))) LC_RESULT static lc_error *fail_at(const reader *in, const char *at,
                                                                         const char *format, ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return lc_fail(LC_E_CONNECT, "Expected a serialized HashMap of byte arrays, but found %s at offset %zu",
                   what, (size_t)(at - in->start));
}

static const char *tag_name(uint8_t tag)
{
    switch (tag) {
    case TC_NULL: return "null";
    case TC_REFERENCE: return "a reference";
    case TC_CLASSDESC: return "a class description";
    case TC_OBJECT: return "an object";
    case TC_STRING: return "a string";
    case TC_ARRAY: return "an array";
    case TC_BLOCKDATA: return "block data";
    case TC_ENDBLOCKDATA: return "the end of the object";
    default: return "a byte";
    }
}

static lc_error *need(const reader *in, size_t len)
{
    return left(in) < len ? fail_at(in, in->end, "the end of the data") : NULL;
}

static uint32_t take_number(reader *in, int bytes)
{
    uint32_t number = 0;
    for (; bytes > 0; bytes--) number = number << 8 | (uint8_t)*in->p++;
    return number;
}

static lc_error *unexpected(const reader *in, const char *instead_of)
{
    uint8_t tag = (uint8_t)*in->p;
    return fail_at(in, in->p, "%s (0x%02x) instead of %s", tag_name(tag), tag, instead_of);
}

static lc_error *expect_tag(reader *in, uint8_t tag, const char *what)
{
    LC_TRY(need(in, 1));
    if ((uint8_t)*in->p != tag) return unexpected(in, what);
    in->p++;
    return NULL;
}

static lc_error *expect(reader *in, lc_text bytes, const char *what)
{
    LC_TRY(need(in, bytes.len));
    for (size_t i = 0; i < bytes.len; i++)
        if (in->p[i] != bytes.data[i])
            return fail_at(in, in->p + i, "byte 0x%02x in %s", (unsigned)(uint8_t)in->p[i], what);
    in->p += bytes.len;
    return NULL;
}

/* A class name is shown as far as it is plain text. */
static int printable(lc_text name)
{
    int len = 0;
    while ((size_t)len < name.len && len < 100 && name.data[len] > ' ' && name.data[len] < 0x7f) len++;
    return len;
}

/* A class description: its name must be `name`, the rest `body`. */
static lc_error *read_class(reader *in, lc_text name, lc_text body)
{
    LC_TRY(expect_tag(in, TC_CLASSDESC, "a class description"));
    LC_TRY(need(in, 2));
    const char *at = in->p;
    size_t len = take_number(in, 2);
    LC_TRY(need(in, len));
    lc_text found = {in->p, len};
    if (!lc_text_eq(found, name)) return fail_at(in, at, "class %.*s", printable(found), found.data);
    in->p += len;
    return expect(in, body, "a class description");
}

static lc_error *read_array_class(reader *in)
{
    LC_TRY(need(in, 5));
    if ((uint8_t)*in->p != TC_REFERENCE) {
        if (in->array_count) return unexpected(in, "a reference to the class of byte arrays");
        return read_class(in, ARRAY_NAME, ARRAY_CLASS);
    }
    const char *at = in->p++;
    uint32_t handle = take_number(in, 4);
    if (handle == HANDLE_ARRAY_CLASS && in->array_count) return NULL;
    return fail_at(in, at, "a reference to 0x%x instead of the class of byte arrays", handle);
}

static lc_error *read_array(reader *in, lc_text *ret)
{
    LC_TRY(read_array_class(in));
    LC_TRY(need(in, 4));
    const char *at = in->p;
    size_t len = take_number(in, 4);
    if (len > left(in))
        return fail_at(in, at, "an array of %d bytes where %zu are left", (int32_t)len, left(in));
    *ret = in->arrays[in->array_count++] = (lc_text){in->p, len};
    in->p += len;
    return NULL;
}

static lc_error *read_reference(reader *in, lc_text *ret)
{
    const char *at = in->p - 1;
    LC_TRY(need(in, 4));
    uint32_t index = take_number(in, 4) - HANDLE_FIRST_ARRAY;
    if (index >= in->array_count) return fail_at(in, at, "a reference to what is no byte array");
    *ret = in->arrays[index];
    return NULL;
}

/* A key or a value. */
static lc_error *read_bytes(reader *in, lc_text *ret)
{
    LC_TRY(need(in, 1));
    switch ((uint8_t)*in->p++) {
    case TC_NULL: *ret = (lc_text){NULL, 0}; return NULL;
    case TC_ARRAY: return read_array(in, ret);
    case TC_REFERENCE: return read_reference(in, ret);
    default: in->p--; return unexpected(in, "a byte array or null");
    }
}

/* Everything up to the entries. */
static lc_error *read_start(reader *in, size_t *ret_count)
{
    LC_TRY(expect(in, STREAM_HEADER, "the header of a Java object stream"));
    LC_TRY(expect_tag(in, TC_OBJECT, "an object"));
    LC_TRY(read_class(in, MAP_NAME, MAP_CLASS));
    LC_TRY(need(in, 4 + 4));
    in->p += 4 + 4; /* Java sizes the table anew, whatever loadFactor and threshold say */
    LC_TRY(expect(in, (lc_text){"\x77\x08", 2}, "the block of capacity and size"));
    LC_TRY(need(in, 4 + 4));
    in->p += 4;
    const char *at = in->p;
    *ret_count = take_number(in, 4);
    /* The least a key and a value take is a byte each. */
    if (*ret_count > left(in) / 2) return fail_at(in, at, "a size of %d", (int32_t)*ret_count);
    return NULL;
}

lc_error *lc_map_file_decode(lc_arena *arena, lc_text bytes, lc_map_entry **ret, size_t *ret_count)
{
    reader in = {.start = bytes.data, .p = bytes.data, .end = bytes.data + bytes.len};
    size_t count = 0;
    lc_map_entry *entries = lc_arena_alloc(arena, 0);
    if (bytes.len) {
        LC_TRY(read_start(&in, &count));
        entries = lc_arena_alloc(arena, count * sizeof *entries);
        in.arrays = lc_arena_alloc(arena, 2 * count * sizeof *in.arrays);
        for (size_t i = 0; i < count; i++) {
            LC_TRY(read_bytes(&in, &entries[i].key));
            LC_TRY(read_bytes(&in, &entries[i].value));
        }
        LC_TRY(expect_tag(&in, TC_ENDBLOCKDATA, "the end of the map"));
        if (left(&in)) return fail_at(&in, in.p, "%zu bytes more", left(&in));
    }
    *ret = entries;
    *ret_count = count;
    return NULL;
}

static void put_number(lc_buf *out, uint32_t number, int bytes)
{
    while (bytes-- > 0) lc_buf_put(out, (char)(number >> 8 * bytes));
}

static void put_text(lc_buf *out, lc_text text)
{
    lc_buf_add(out, text.data, text.len);
}

static void put_class(lc_buf *out, lc_text name, lc_text body)
{
    lc_buf_put(out, TC_CLASSDESC);
    put_number(out, (uint32_t)name.len, 2);
    put_text(out, name);
    put_text(out, body);
}

static void put_bytes(lc_buf *out, lc_text bytes, bool *class_written)
{
    if (!bytes.data) {
        lc_buf_put(out, TC_NULL);
        return;
    }
    lc_buf_put(out, TC_ARRAY);
    if (*class_written) {
        lc_buf_put(out, TC_REFERENCE);
        put_number(out, HANDLE_ARRAY_CLASS, 4);
    } else {
        put_class(out, ARRAY_NAME, ARRAY_CLASS);
        *class_written = true;
    }
    put_number(out, (uint32_t)bytes.len, 4);
    put_text(out, bytes);
}

/* The table that HashMap has after that many puts: it starts at 16 and doubles when it is three quarters
 * full. */
static uint32_t capacity_for(size_t count)
{
    uint64_t capacity = 16;
    while (count > capacity / 4 * 3) capacity *= 2;
    return (uint32_t)capacity;
}

void lc_map_file_encode(const lc_map_entry *entries, size_t count, lc_buf *out)
{
    static const uint32_t LOAD_FACTOR = 0x3f400000; /* 0.75f */
    uint32_t capacity = capacity_for(count);
    bool class_written = false;
    put_text(out, STREAM_HEADER);
    lc_buf_put(out, TC_OBJECT);
    put_class(out, MAP_NAME, MAP_CLASS);
    put_number(out, LOAD_FACTOR, 4);
    put_number(out, count ? capacity / 4 * 3 : 0, 4);
    lc_buf_put(out, TC_BLOCKDATA);
    lc_buf_put(out, 8);
    put_number(out, capacity, 4);
    put_number(out, (uint32_t)count, 4);
    for (size_t i = 0; i < count; i++) {
        put_bytes(out, entries[i].key, &class_written);
        put_bytes(out, entries[i].value, &class_written);
    }
    lc_buf_put(out, TC_ENDBLOCKDATA);
}
