#include "registry/client.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "secure/random.h"

enum {
    REMEMBERED_MAX = 2000,                   /* answers */
    REMEMBERED_BYTES_MAX = 32 * 1024 * 1024, /* requests and answers together */
    DOWN_FIRST_MS = 500,
    DOWN_MAX_MS = 30000,
    SHOWN_MAX = 200 /* bytes of an answer in a message */
};

struct lc_registry {
    lc_registry_settings settings;
    lc_http *http;
    char *urls;      /* for messages */
    size_t current;  /* the URL that answered last */
    lc_table *known; /* request ─▶ body of its answer */
    size_t known_bytes;
    int64_t down_until_ms, down_wait_ms; /* 0: it isn't down */
    char *down_why;
    lc_buf answer;
};

/* One request, which may go to several URLs. */
typedef struct call {
    const char *path;
    lc_text body; /* data NULL: GET */
    bool lasting; /* its answer never changes */
} call;

lc_error *lc_registry_open(const lc_props *settings, lc_registry **ret_registry)
{
    lc_registry *r = lc_alloc(sizeof *r);
    lc_error *error = lc_registry_settings_parse(settings, &r->settings);
    if (error) {
        free(r);
        return error;
    }
    r->http = lc_http_new(&r->settings.http);
    r->urls = lc_strings_join(&r->settings.urls, ", ");
    r->known = lc_table_new(free);
    *ret_registry = r;
    return NULL;
}

void lc_registry_close(lc_registry *registry)
{
    if (!registry) return;
    lc_http_free(registry->http);
    lc_table_free(registry->known);
    lc_buf_done(&registry->answer);
    free(registry->urls);
    free(registry->down_why);
    lc_registry_settings_done(&registry->settings);
    free(registry);
}

const char *lc_registry_urls(const lc_registry *registry)
{
    return registry->urls;
}

void lc_registry_schema_done(lc_registry_schema *schema)
{
    lc_json_free(schema->json);
    free(schema->references);
    *schema = (lc_registry_schema){0};
}

static const char *method_of(const call *c)
{
    return c->body.data ? "POST" : "GET";
}

static const char *advice(long status)
{
    switch (status) {
    case 401:
        return ". Set basic.auth.credentials.source=USER_INFO and basic.auth.user.info, or a bearer token";
    case 403: return ". The user of the converter has no right to do this";
    case 409: return ". Change the schema so that it is compatible, or the compatibility of the subject";
    case 422: return ". The registry takes the schema for invalid";
    default: return "";
    }
}

/* An answer that is no success; retriable when the registry itself is in trouble. */
static lc_error *refusal(const call *c, const char *url, long status, const lc_buf *body)
{
    lc_json *json = NULL;
    lc_error_free(lc_json_parse(body->data ? body->data : "", body->len, 0, &json));
    const char *message = lc_json_string(lc_json_get(json, "message"));
    int64_t code = status;
    lc_json_int(lc_json_get(json, "error_code"), &code);
    size_t shown = body->len < SHOWN_MAX ? body->len : SHOWN_MAX;
    lc_error *error = lc_fail(status == 404 ? LC_E_NOT_FOUND : LC_E_CONNECT,
                              "Schema registry %s answered %ld to %s %s: %s (error code %lld)%s", url, status,
                              method_of(c), c->path,
                              message ? message
                              : shown ? lc_json_kind_name(json)
                                      : "nothing",
                              (long long)code, advice(status));
    lc_error_set_retriable(error, status >= 500 || status == 408 || status == 429);
    lc_json_free(json);
    return error;
}

static lc_error *garbage(const call *c, const char *url, const lc_buf *body, lc_error *cause)
{
    size_t shown = body->len < SHOWN_MAX ? body->len : SHOWN_MAX;
    lc_auto(lc_buf) text = {0};
    lc_json_escape(&text, body->data ? body->data : "", shown);
    lc_error *error = lc_wrap(cause, LC_E_CONNECT,
                              "%s doesn't answer %s %s as a schema registry does, but with: %s. Check "
                              "schema.registry.url",
                              url, method_of(c), c->path, text.data ? text.data : "");
    lc_error_set_retriable(error, true);
    return error;
}

static lc_error *parse_answer(const call *c, const char *url, const lc_buf *body, lc_json **ret_json)
{
    lc_error *error = lc_json_parse(body->data ? body->data : "", body->len, 0, ret_json);
    if (error) return garbage(c, url, body, error);
    if (lc_json_is(*ret_json, LC_JSON_OBJECT)) return NULL;
    lc_json_free(*ret_json);
    *ret_json = NULL;
    return garbage(c, url, body, lc_fail(LC_E_DATA, "no JSON object"));
}

/* One attempt at one URL. */
static lc_error *ask(lc_registry *r, const call *c, const char *url, lc_json **ret_json)
{
    long status = 0;
    lc_auto(lc_buf) full = {0};
    lc_buf_printf(&full, "%s%s", url, c->path);
    lc_error *error = lc_http_request(r->http, full.data, c->body, &status, &r->answer);
    if (error) {
        bool retriable = lc_error_is_retriable(error);
        error = lc_wrap(error, LC_E_CONNECT, "Schema registry %s can't be reached for %s %s: %s", url,
                        method_of(c), c->path, lc_error_message(error));
        lc_error_set_retriable(error, retriable);
        return error;
    }
    if (status < 200 || status > 299) return refusal(c, url, status, &r->answer);
    return parse_answer(c, url, &r->answer, ret_json);
}

/* One attempt at each URL until one answers. */
static lc_error *ask_all(lc_registry *r, const call *c, lc_json **ret_json)
{
    lc_error *error = NULL;
    for (size_t i = 0; i < r->settings.urls.count; i++) {
        size_t at = (r->current + i) % r->settings.urls.count;
        lc_error_free(error);
        error = ask(r, c, r->settings.urls.items[at], ret_json);
        if (error && lc_error_is_retriable(error)) continue;
        r->current = at;
        break;
    }
    return error;
}

static int64_t wait_before(const lc_registry *r, int64_t attempt)
{
    int64_t most = r->settings.max_wait_ms, wait = r->settings.wait_ms;
    while (attempt-- > 0 && wait < most) wait *= 2;
    if (wait > most) wait = most;
    return wait / 2 + lc_random_below(wait / 2 + 1);
}

static void note_down(lc_registry *r, const lc_error *error)
{
    r->down_wait_ms = r->down_wait_ms ? r->down_wait_ms * 2 : DOWN_FIRST_MS;
    if (r->down_wait_ms > DOWN_MAX_MS) r->down_wait_ms = DOWN_MAX_MS;
    r->down_until_ms = lc_monotonic_ms() + r->down_wait_ms;
    free(r->down_why);
    r->down_why = lc_strdup(lc_error_message(error));
}

static lc_error *still_down(const lc_registry *r, int64_t left_ms)
{
    lc_error *error =
        lc_fail(LC_E_CONNECT, "%s. It is tried again in %lld ms", r->down_why, (long long)left_ms);
    lc_error_set_retriable(error, true);
    return error;
}

static lc_error *ask_patiently(lc_registry *r, const call *c, lc_json **ret_json)
{
    int64_t now = r->down_until_ms ? lc_monotonic_ms() : 0;
    if (now < r->down_until_ms) return still_down(r, r->down_until_ms - now);
    /* One that was down gets one attempt only: nobody should wait for it again and again. */
    int64_t retries = r->down_until_ms ? 0 : r->settings.max_retries;
    lc_error *error = ask_all(r, c, ret_json);
    for (int64_t i = 0; i < retries && error && lc_error_is_retriable(error); i++) {
        lc_sleep_ms(wait_before(r, i));
        lc_error_free(error);
        error = ask_all(r, c, ret_json);
    }
    if (error && lc_error_is_retriable(error)) note_down(r, error);
    else r->down_until_ms = r->down_wait_ms = 0;
    return error;
}

static void remember(lc_registry *r, lc_text key)
{
    size_t bytes = key.len + r->answer.len;
    if (lc_table_count(r->known) >= REMEMBERED_MAX || r->known_bytes + bytes > REMEMBERED_BYTES_MAX) {
        lc_table_clear(r->known);
        r->known_bytes = 0;
    }
    if (bytes > REMEMBERED_BYTES_MAX) return;
    lc_table_put_text(r->known, key, lc_strndup(r->answer.data, r->answer.len));
    r->known_bytes += bytes;
}

static lc_error *run(lc_registry *r, const call *c, lc_json **ret_json)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_text(&key, c->path);
    if (c->body.data) {
        lc_buf_put(&key, '\n');
        lc_buf_add(&key, c->body.data, c->body.len);
    }
    lc_text name = {key.data, key.len};
    const char *body = c->lasting ? lc_table_get_text(r->known, name) : NULL;
    if (body) return lc_json_parse(body, strlen(body), 0, ret_json);
    LC_TRY(ask_patiently(r, c, ret_json));
    if (c->lasting) remember(r, name);
    return NULL;
}

/* The text as one segment of a path. */
static void put_segment(lc_buf *out, lc_text text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool plain =
            ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        if (plain) lc_buf_put(out, (char)c);
        else lc_buf_printf(out, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
}

static int32_t number_in(const lc_json *json, const char *key)
{
    int64_t number;
    if (!lc_json_int(lc_json_get(json, key), &number)) return -1;
    return number < 0 || number > INT32_MAX ? -1 : (int32_t)number;
}

static lc_error *not_such(const call *c, const char *what)
{
    lc_error *error =
        lc_fail(LC_E_CONNECT, "The schema registry's answer to %s %s has no %s", method_of(c), c->path, what);
    lc_error_set_retriable(error, true);
    return error;
}

/* Takes the tree. */
static lc_error *read_schema(const call *c, lc_json *json, lc_registry_schema *ret)
{
    const lc_json *references = lc_json_get(json, "references");
    lc_text type = lc_json_text(lc_json_get(json, "schemaType"));
    *ret = (lc_registry_schema){
        .json = json, .id = number_in(json, "id"), .version = number_in(json, "version")};
    ret->text = lc_text_of(lc_json_string(lc_json_get(json, "schema")));
    ret->type = type.data ? type : LC_TEXT("AVRO");
    ret->reference_count = lc_json_is(references, LC_JSON_ARRAY) ? lc_json_count(references) : 0;
    ret->references = lc_alloc(ret->reference_count * sizeof *ret->references + 1);
    for (size_t i = 0; i < ret->reference_count; i++) {
        const lc_json *one = lc_json_at(references, i);
        ret->references[i] =
            (lc_registry_reference){lc_json_text(lc_json_get(one, "name")),
                                    lc_json_text(lc_json_get(one, "subject")), number_in(one, "version")};
        if (!ret->references[i].subject.data) return not_such(c, "subject of a reference");
    }
    return ret->text.data ? NULL : not_such(c, "schema");
}

static lc_error *get_schema(lc_registry *r, const call *c, lc_registry_schema *ret)
{
    lc_json *json = NULL;
    LC_TRY(run(r, c, &json));
    lc_error *error = read_schema(c, json, ret);
    if (error) lc_registry_schema_done(ret);
    return error;
}

lc_error *lc_registry_by_id(lc_registry *registry, int32_t id, lc_registry_schema *ret_schema)
{
    lc_auto(lc_buf) path = {0};
    lc_buf_printf(&path, "/schemas/ids/%d?fetchMaxId=false", id);
    LC_TRY(get_schema(registry, &(call){path.data, {0}, true}, ret_schema));
    ret_schema->id = id;
    return NULL;
}

lc_error *lc_registry_by_version(lc_registry *registry, lc_text subject, int32_t version,
                                 lc_registry_schema *ret_schema)
{
    lc_auto(lc_buf) path = {0};
    lc_buf_text(&path, "/subjects/");
    put_segment(&path, subject);
    if (version < 0) lc_buf_text(&path, "/versions/latest");
    else lc_buf_printf(&path, "/versions/%d", version);
    return get_schema(registry, &(call){path.data, {0}, version >= 0}, ret_schema);
}

static void put_body(const lc_registry_request *request, lc_buf *out)
{
    lc_json *json = lc_json_new_object();
    lc_json_set(json, "schema", lc_json_new_text(request->text));
    if (!lc_text_is(request->type, "AVRO")) lc_json_set(json, "schemaType", lc_json_new_text(request->type));
    if (request->reference_count) {
        lc_json *list = lc_json_set(json, "references", lc_json_new_array());
        for (size_t i = 0; i < request->reference_count; i++) {
            lc_json *one = lc_json_add(list, lc_json_new_object());
            lc_json_set(one, "name", lc_json_new_text(request->references[i].name));
            lc_json_set(one, "subject", lc_json_new_text(request->references[i].subject));
            lc_json_set_int(one, "version", request->references[i].version);
        }
    }
    lc_json_dump(json, out);
    lc_json_free(json);
}

static lc_error *post(lc_registry *r, const lc_registry_request *request, const char *suffix, int32_t *ret_id,
                      int32_t *ret_version)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) body = {0};
    lc_json *json = NULL;
    lc_buf_text(&path, "/subjects/");
    put_segment(&path, request->subject);
    lc_buf_printf(&path, "%s%s", suffix, request->normalize ? "?normalize=true" : "");
    put_body(request, &body);
    call c = {path.data, {body.data, body.len}, true};
    LC_TRY(run(r, &c, &json));
    int32_t id = number_in(json, "id"), version = number_in(json, "version");
    lc_json_free(json);
    if (ret_version) *ret_version = version;
    if (ret_id) *ret_id = id;
    return !ret_id || id >= 0 ? NULL : not_such(&c, "id");
}

lc_error *lc_registry_register(lc_registry *registry, const lc_registry_request *request, int32_t *ret_id)
{
    return post(registry, request, "/versions", ret_id, NULL);
}

lc_error *lc_registry_look_up(lc_registry *registry, const lc_registry_request *request, int32_t *ret_id,
                              int32_t *ret_version)
{
    return post(registry, request, "", ret_id, ret_version);
}
