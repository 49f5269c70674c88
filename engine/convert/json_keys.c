#include "convert/json_keys.h"

#include <stdlib.h>

#include "base/memory.h"
#include "convert/json_write.h"

enum { SLACK = 32 }; /* what may be read behind the last text */

/* Input that equals the text of a name is that name only if the name has no byte that ends a string. */
static bool is_plain(const lc_name *name)
{
    for (uint32_t i = 0; i < name->len; i++) {
        unsigned char c = (unsigned char)name->text[i];
        if (c == '"' || c == '\\' || c < 0x20) return false;
    }
    return name->len <= LC_JSON_NAME_MAX;
}

static char *write_key(lc_json_key *key, const lc_name *name, char *to)
{
    char *start = to;
    *to++ = ',';
    to = lc_json_quote_into(to, (lc_text){name->text, name->len});
    *to++ = ':';
    key->text = start;
    key->len = (uint32_t)(to - start);
    key->mask = key->len > 16 ? 0xffff : (1u << (key->len - 1)) - 1;
    if (!is_plain(name)) key->mask = 0x10000;
    return to;
}

static lc_json_keys *make(const lc_shape *shape)
{
    size_t room = SLACK;
    for (uint32_t i = 0; i < shape->count; i++) room += lc_json_quote_room(shape->names[i].len) + 2;
    lc_json_keys *keys = lc_alloc(sizeof *keys + shape->count * sizeof *keys->keys + room);
    char *to = (char *)(keys->keys + shape->count);
    keys->shape = shape;
    for (uint32_t i = 0; i < shape->count; i++) {
        to = write_key(&keys->keys[i], &shape->names[i], to);
        keys->len += keys->keys[i].len;
    }
    return keys;
}

const lc_json_keys *lc_json_keys_make(lc_json_key_table *table, const lc_shape *shape)
{
    size_t before = table->cap;
    table->items = lc_grow(table->items, &table->cap, (size_t)shape->id + 1, sizeof(void *));
    for (size_t i = before; i < table->cap; i++) table->items[i] = NULL;
    return table->items[shape->id] = make(shape);
}

void lc_json_key_table_done(lc_json_key_table *table)
{
    for (size_t i = 0; i < table->cap; i++) free(table->items[i]);
    free(table->items);
    *table = (lc_json_key_table){0};
}
