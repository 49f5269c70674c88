#include "cluster/offset_key.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

static void normalise(const lc_json *value, lc_buf *out);

typedef struct member {
    lc_text key;
    const lc_json *value;
} member;

static int by_key(const void *a, const void *b)
{
    lc_text x = ((const member *)a)->key, y = ((const member *)b)->key;
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static void normalise_object(const lc_json *object, lc_buf *out)
{
    size_t count = lc_json_count(object);
    member *members = lc_alloc((count + 1) * sizeof *members);
    for (size_t i = 0; i < count; i++)
        members[i] = (member){lc_json_key_text_at(object, i), lc_json_at(object, i)};
    qsort(members, count, sizeof *members, by_key);
    lc_buf_put(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) lc_buf_put(out, ',');
        lc_json_quote(out, members[i].key.data, members[i].key.len);
        lc_buf_put(out, ':');
        normalise(members[i].value, out);
    }
    lc_buf_put(out, '}');
    free(members);
}

static void normalise(const lc_json *value, lc_buf *out)
{
    if (lc_json_is(value, LC_JSON_OBJECT)) {
        normalise_object(value, out);
        return;
    }
    if (!lc_json_is(value, LC_JSON_ARRAY)) {
        lc_json_dump(value, out);
        return;
    }
    lc_buf_put(out, '[');
    for (size_t i = 0; i < lc_json_count(value); i++) {
        if (i) lc_buf_put(out, ',');
        normalise(lc_json_at(value, i), out);
    }
    lc_buf_put(out, ']');
}

void lc_offset_key_normalise(lc_text key, lc_buf *out)
{
    lc_autoptr(lc_json) json = NULL;
    lc_autoptr(lc_error) error = lc_json_parse(key.data, key.len, 0, &json);
    if (error) lc_buf_add(out, key.data, key.len);
    else normalise(json, out);
}
