/* Where "$ref" leads: into the same document, or into another one of the store. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/jsonschema_model.h"

enum { SEARCH_DEPTH = LC_JSON_MAX_DEPTH };

static lc_error *no_such(lc_text reference, const char *why)
{
    return lc_fail(LC_E_DATA, "The schema refers to %.*s, %s", (int)reference.len, reference.data, why);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One step of a JSON pointer inside of a URI: ~0 and ~1, then %XX. */
static void decode_step(lc_text step, lc_buf *out)
{
    lc_buf_reset(out);
    lc_buf_add(out, "", 0);
    for (size_t i = 0; i < step.len; i++) {
        char c = step.data[i];
        size_t left = step.len - i;
        if (c == '~' && left > 1 && (step.data[i + 1] == '0' || step.data[i + 1] == '1')) {
            c = step.data[++i] == '0' ? '~' : '/';
        } else if (c == '%' && left > 2 && hex_digit(step.data[i + 1]) >= 0 &&
                   hex_digit(step.data[i + 2]) >= 0) {
            c = (char)(hex_digit(step.data[i + 1]) << 4 | hex_digit(step.data[i + 2]));
            i += 2;
        }
        lc_buf_put(out, c);
    }
}

/* "definitions" and "$defs" are two names of one thing, as for Confluent's converter. */
static const lc_json *member(const lc_json *object, const char *name)
{
    const lc_json *found = lc_json_get(object, name);
    if (found) return found;
    if (!strcmp(name, "$defs")) return lc_json_get(object, "definitions");
    return !strcmp(name, "definitions") ? lc_json_get(object, "$defs") : NULL;
}

static const lc_json *step_into(const lc_json *at, lc_text step, lc_buf *name)
{
    decode_step(step, name);
    if (!lc_json_is(at, LC_JSON_ARRAY)) return member(at, name->data);
    char *end;
    unsigned long index = strtoul(name->data, &end, 10);
    return name->len && !*end ? lc_json_at(at, index) : NULL;
}

/* `pointer` begins with a slash. */
static const lc_json *follow_pointer(const lc_json *at, lc_text pointer)
{
    lc_auto(lc_buf) name = {0};
    const char *p = pointer.data, *end = p + pointer.len;
    while (at && p < end) {
        const char *stop = memchr(p + 1, '/', (size_t)(end - p - 1));
        if (!stop) stop = end;
        at = step_into(at, (lc_text){p + 1, (size_t)(stop - p - 1)}, &name);
        p = stop;
    }
    return at;
}

static bool has_text(const lc_json *object, const char *key, lc_text text)
{
    lc_text found = lc_json_text(lc_json_get(object, key));
    return found.data && lc_json_is(lc_json_get(object, key), LC_JSON_STRING) && lc_text_eq(found, text);
}

/* The schema inside of `at` that calls itself `id` ("#name" or a URI), or `anchor`. */
static const lc_json *find_id(const lc_json *at, lc_text id, lc_text anchor, unsigned depth)
{
    bool object = lc_json_is(at, LC_JSON_OBJECT);
    if (depth > SEARCH_DEPTH || (!object && !lc_json_is(at, LC_JSON_ARRAY))) return NULL;
    if (object && (has_text(at, "$id", id) || has_text(at, "id", id))) return at;
    if (object && anchor.len && (has_text(at, "$anchor", anchor) || has_text(at, "$dynamicAnchor", anchor)))
        return at;
    for (size_t i = 0; i < lc_json_count(at); i++) {
        const lc_json *found = find_id(lc_json_at(at, i), id, anchor, depth + 1);
        if (found) return found;
    }
    return NULL;
}

static lc_text without_fragment(lc_text uri)
{
    const char *hash = uri.len ? memchr(uri.data, '#', uri.len) : NULL;
    return (lc_text){uri.data, hash ? (size_t)(hash - uri.data) : uri.len};
}

static lc_text last_segment(lc_text uri)
{
    size_t from = uri.len;
    while (from && uri.data[from - 1] != '/') from--;
    return (lc_text){uri.data + from, uri.len - from};
}

static bool has_id(const lc_json *json, lc_text uri)
{
    return has_text(json, "$id", uri) || has_text(json, "id", uri);
}

/* The schema inside of `at` whose own URI ends as `last` does: relative ids and absolute ones meet there. */
static const lc_json *find_last(const lc_json *at, lc_text last, unsigned depth)
{
    static const char *const keys[] = {"$id", "id"};
    bool object = lc_json_is(at, LC_JSON_OBJECT);
    if (depth > SEARCH_DEPTH || (!object && !lc_json_is(at, LC_JSON_ARRAY))) return NULL;
    for (size_t i = 0; object && i < 2; i++) {
        const lc_json *id = lc_json_get(at, keys[i]);
        if (lc_json_is(id, LC_JSON_STRING) &&
            lc_text_eq(last_segment(without_fragment(lc_json_text(id))), last))
            return at;
    }
    for (size_t i = 0; i < lc_json_count(at); i++) {
        const lc_json *found = find_last(lc_json_at(at, i), last, depth + 1);
        if (found) return found;
    }
    return NULL;
}

/* By the name it was registered under, then by its own id, then by the last part of either. */
static const lc_json *find_document(const lc_js_store *store, lc_text uri)
{
    if (uri.len > 2 && uri.data[0] == '.' && uri.data[1] == '/') uri = (lc_text){uri.data + 2, uri.len - 2};
    for (size_t i = 0; i < store->document_count; i++)
        if (lc_text_is(uri, store->documents[i].name)) return store->documents[i].json;
    for (size_t i = 0; i < store->document_count; i++)
        if (has_id(store->documents[i].json, uri)) return store->documents[i].json;
    lc_text last = last_segment(uri);
    for (size_t i = 0; last.len && i < store->document_count; i++)
        if (lc_text_eq(last, last_segment(lc_text_of(store->documents[i].name))))
            return store->documents[i].json;
    return NULL;
}

/* A schema inside of the document, or of any other, that calls itself so. */
static const lc_json *find_inside(const lc_js_store *store, const lc_json *root, lc_text uri)
{
    lc_text last = last_segment(uri);
    const lc_json *found = find_id(root, uri, (lc_text){0}, 0);
    if (!found && last.len) found = find_last(root, last, 0);
    for (size_t i = 0; !found && last.len && i < store->document_count; i++)
        found = find_last(store->documents[i].json, last, 0);
    return found;
}

lc_error *lc_js_look_up(const lc_js_store *store, const lc_json *root, lc_text reference,
                        const lc_json **ret_json, const lc_json **ret_root)
{
    lc_text base = without_fragment(reference);
    const char *hash = reference.data + base.len;
    bool has_fragment = base.len < reference.len;
    lc_text fragment = has_fragment ? (lc_text){hash + 1, reference.len - base.len - 1} : (lc_text){"", 0};
    const lc_json *document = base.len ? find_document(store, base) : root;
    if (!document) document = find_inside(store, root, base);
    if (!document) return no_such(reference, "but no schema of that name came with it");
    const lc_json *found = document;
    if (fragment.len && fragment.data[0] == '/') found = follow_pointer(document, fragment);
    else if (fragment.len) found = find_id(document, (lc_text){hash, fragment.len + 1}, fragment, 0);
    if (!found) return no_such(reference, "where there is nothing");
    *ret_json = found;
    *ret_root = document;
    return NULL;
}

bool lc_js_store_has(const lc_js_store *store, lc_text name)
{
    for (size_t i = 0; i < store->document_count; i++)
        if (lc_text_is(name, store->documents[i].name)) return true;
    return false;
}

lc_error *lc_js_store_add(lc_js_store *store, lc_text name, lc_text text, const lc_json **ret_json)
{
    lc_json *json;
    lc_error *error = lc_json_parse(text.data ? text.data : "", text.len, 0, &json);
    if (error) return lc_wrap(error, LC_E_DATA, "The JSON Schema is no JSON: %s", lc_error_message(error));
    store->documents =
        lc_grow(store->documents, &store->document_cap, store->document_count + 1, sizeof *store->documents);
    store->documents[store->document_count++] = (lc_js_document){lc_strndup(name.data, name.len), json};
    *ret_json = json;
    return NULL;
}

void lc_js_store_done(lc_js_store *store)
{
    for (size_t i = 0; i < store->document_count; i++) {
        free(store->documents[i].name);
        lc_json_free(store->documents[i].json);
    }
    free(store->documents);
    free(store->typed);
    lc_arena_done(&store->arena);
    *store = (lc_js_store){0};
}
