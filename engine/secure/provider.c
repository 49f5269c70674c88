#include "secure/provider.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config_def.h"
#include "base/file.h"
#include "base/memory.h"
#include "java/properties.h"
#include "java/regex.h"
#include "secure/seal.h"
#include "secure/secret.h"

enum { LARGEST_FILE = 16 * 1024 * 1024, SHORTEST_HIDDEN = 6, MOST_HIDDEN = 4096 };

typedef struct provider provider;
typedef struct resolver resolver;
typedef struct reference {
    lc_text whole; /* with ${ and } */
    lc_text provider;
    lc_text path; /* "" when there is none */
    lc_text key;
} reference;

/* One look-up: appends the value and sets *ret_found, or leaves both alone when there is none. */
typedef lc_error *lookup_fn(resolver *run, const provider *from, const reference *ref, lc_buf *value,
                            bool *ret_found);

struct provider {
    lookup_fn *lookup;
    bool any_path;      /* allowed.paths isn't set */
    lc_strings allowed; /* real paths */
    char *pattern;      /* allowlist.pattern, or NULL */
    char *key_file;     /* of sealed values, or NULL */
};

struct lc_providers {
    lc_table *by_name;    /* name → provider */
    pthread_mutex_t lock; /* guards: given */
    lc_table *given;      /* values that were given out and are to be hidden → themselves */
};

/* One resolution: files are read once each. */
struct resolver {
    lc_providers *providers;
    lc_strings *notes; /* or NULL */
    lc_table *files;   /* path → lc_properties */
};

static void note(resolver *run, const char *what, const char *path)
{
    char *text = NULL;
    if (!run->notes || asprintf(&text, "the path %s %s", path, what) < 0) return;
    if (lc_strings_has(run->notes, text)) free(text);
    else lc_strings_take(run->notes, text);
}

/* Cuts "." and ".." out of an absolute path without looking at the file system (Path.normalize). */
static char *normalized(const char *path)
{
    lc_buf out = {0};
    for (const char *at = path; *at;) {
        size_t skip = strspn(at, "/"), len = strcspn(at + skip, "/");
        lc_text name = {at + skip, len};
        at += skip + len;
        if (!len || lc_text_is(name, ".")) continue;
        if (lc_text_is(name, "..")) {
            while (out.len && out.data[--out.len] != '/') continue;
            continue;
        }
        lc_buf_put(&out, '/');
        lc_buf_add(&out, name.data, name.len);
    }
    if (!out.len) lc_buf_put(&out, '/');
    lc_buf_add(&out, "", 0);
    return lc_buf_detach(&out);
}

/* The path to open: symbolic links resolved where it exists. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);
    if (real) return real;
    return path[0] == '/' ? normalized(path) : lc_strdup(path);
}

static bool is_below(const char *path, const char *directory)
{
    size_t len = strlen(directory);
    if (len == 1) return path[0] == '/';
    return !strncmp(path, directory, len) && (path[len] == '\0' || path[len] == '/');
}

static bool is_allowed(const provider *from, const char *path)
{
    if (from->any_path) return true;
    for (size_t i = 0; i < from->allowed.count; i++)
        if (is_below(path, from->allowed.items[i])) return true;
    return false;
}

/* The path to open, which the caller frees; NULL when there is none or it isn't allowed. */
static char *open_path(resolver *run, const provider *from, const reference *ref)
{
    if (!ref->path.len) return NULL;
    char *given = lc_strndup(ref->path.data, ref->path.len);
    char *path = real_path(given);
    if (!is_allowed(from, path)) {
        note(run, "is not allowed to be accessed", given);
        free(path);
        path = NULL;
    }
    free(given);
    return path;
}

static void free_properties(void *object)
{
    lc_properties_done(object);
    free(object);
}

static lc_error *load_file(resolver *run, const char *path, lc_properties **ret_file)
{
    lc_properties *file = lc_table_get(run->files, path);
    if (!file) {
        file = lc_alloc(sizeof *file);
        lc_error *cause = lc_properties_read(path, file);
        if (cause) {
            free_properties(file);
            return lc_wrap(cause, LC_E_CONFIG, "Could not read properties from file %s", path);
        }
        lc_table_put(run->files, path, file);
    }
    *ret_file = file;
    return NULL;
}

static lc_error *find_property(resolver *run, const char *path, lc_text key, lc_buf *value, bool *ret_found)
{
    lc_properties *file = NULL;
    LC_TRY(load_file(run, path, &file));
    for (size_t i = 0; i < file->count; i++) {
        if (!lc_text_eq(file->items[i].key, key)) continue;
        lc_buf_add(value, file->items[i].value.data, file->items[i].value.len);
        *ret_found = true;
    }
    return NULL;
}

static lc_error *look_in_file(resolver *run, const provider *from, const reference *ref, lc_buf *value,
                              bool *ret_found)
{
    char *path = open_path(run, from, ref);
    if (!path) return NULL;
    lc_error *error = find_property(run, path, ref->key, value, ret_found);
    free(path);
    return error;
}

static lc_error *read_entry(const char *directory, lc_text key, lc_buf *value, bool *ret_found)
{
    struct stat about;
    lc_auto(lc_buf) file = {0}, content = {0};
    lc_buf_printf(&file, "%s/%.*s", directory, (int)key.len, key.data);
    if (stat(file.data, &about) || !S_ISREG(about.st_mode)) return NULL;
    lc_error *cause = lc_file_read(file.data, LARGEST_FILE, &content);
    if (cause)
        return lc_wrap(cause, LC_E_CONFIG, "Could not read file %s for property %.*s", file.data,
                       (int)key.len, key.data);
    lc_buf_add(value, content.data, content.len);
    *ret_found = true;
    return NULL;
}

static lc_error *look_in_directory(resolver *run, const provider *from, const reference *ref, lc_buf *value,
                                   bool *ret_found)
{
    struct stat about;
    char *path = open_path(run, from, ref);
    if (!path) return NULL;
    lc_error *error = NULL;
    bool is_name = ref->key.len && !memchr(ref->key.data, '/', ref->key.len) &&
                   !memchr(ref->key.data, '\0', ref->key.len);
    if (stat(path, &about) || !S_ISDIR(about.st_mode)) note(run, "is not a directory", path);
    else if (is_name) error = read_entry(path, ref->key, value, ret_found);
    free(path);
    return error;
}

static lc_error *matches(const char *pattern, const char *name, bool *ret_matches)
{
    lc_autoptr(lc_regex) regex = NULL;
    LC_TRY(lc_regex_new(lc_text_of(pattern), &regex));
    return lc_regex_matches(regex, lc_text_of(name), ret_matches);
}

static lc_error *look_in_environment(resolver *run, const provider *from, const reference *ref, lc_buf *value,
                                     bool *ret_found)
{
    (void)run;
    if (ref->path.len)
        return lc_fail(LC_E_CONFIG, "Path is not supported for EnvVarConfigProvider, invalid value '%.*s'",
                       (int)ref->path.len, ref->path.data);
    char *name = lc_strndup(ref->key.data, ref->key.len);
    const char *found = getenv(name);
    bool listed = true;
    lc_error *error = found && from->pattern ? matches(from->pattern, name, &listed) : NULL;
    free(name);
    if (error || !found || !listed) return error;
    lc_buf_text(value, found);
    *ret_found = true;
    return NULL;
}

/* The file is read each time: keys may be changed while the worker runs. */
static lc_error *open_sealed(resolver *run, const provider *from, const reference *ref, lc_buf *value,
                             bool *ret_found)
{
    (void)run;
    lc_autoptr(lc_seal_keys) keys = NULL;
    LC_TRY(lc_seal_keys_read(from->key_file, &keys));
    LC_TRY(lc_unseal(keys, ref->key, value));
    *ret_found = true;
    return NULL;
}

static const struct {
    const char *name;
    lookup_fn *lookup;
} classes[] = {
    {"org.apache.kafka.common.config.provider.FileConfigProvider", look_in_file},
    {"org.apache.kafka.common.config.provider.DirectoryConfigProvider", look_in_directory},
    {"org.apache.kafka.common.config.provider.EnvVarConfigProvider", look_in_environment},
    {"luaconnect.SealedConfigProvider", open_sealed},
};

static lookup_fn *find_class(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(name, classes[i].name) || !strcmp(name, strrchr(classes[i].name, '.') + 1))
            return classes[i].lookup;
    return NULL;
}

static lc_error *add_allowed(provider *into, const char *path, size_t len)
{
    char *given = lc_strndup(path, len);
    char *real = *given == '/' ? realpath(given, NULL) : NULL;
    lc_error *error = NULL;
    if (*given != '/') error = lc_fail(LC_E_CONFIG, "Path %s is not absolute", given);
    else if (!real) error = lc_fail(LC_E_CONFIG, "Path %s does not exist", given);
    else lc_strings_take(&into->allowed, real);
    free(given);
    return error;
}

static lc_error *set_allowed(provider *into, const char *paths)
{
    into->any_path = !paths || !*paths;
    if (into->any_path) return NULL;
    for (const char *at = paths;; at++) {
        size_t len = strcspn(at, ",");
        LC_TRY(add_allowed(into, at, len));
        at += len;
        if (!*at) return NULL;
    }
}

static lc_error *set_pattern(provider *into, const char *name, const char *pattern)
{
    if (!pattern) return NULL;
    lc_autoptr(lc_regex) regex = NULL;
    lc_autoptr(lc_error) error = lc_regex_new(lc_text_of(pattern), &regex);
    into->pattern = lc_strdup(pattern);
    if (!error) return NULL;
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "config.providers.%s.param.allowlist.pattern", name);
    return lc_config_invalid(key.data, pattern, lc_error_message(error));
}

static lc_error *set_key_file(provider *into, const char *name, const char *path)
{
    if (into->lookup != open_sealed) return NULL;
    if (!path)
        return lc_fail(LC_E_CONFIG, "config.providers.%s needs config.providers.%s.param.key.file.", name,
                       name);
    lc_autoptr(lc_seal_keys) keys = NULL;
    into->key_file = lc_strdup(path);
    return lc_seal_keys_read(path, &keys);
}

static void free_provider(void *object)
{
    provider *old = object;
    lc_strings_done(&old->allowed);
    free(old->pattern);
    free(old->key_file);
    free(old);
}

static lc_error *add_provider(lc_providers *providers, const char *name, const lc_props *worker)
{
    lc_auto(lc_buf) prefix = {0};
    lc_buf_printf(&prefix, "config.providers.%s.", name);
    lc_autoptr(lc_props) own = lc_props_with_prefix(worker, prefix.data, true);
    const char *class_name = lc_props_get(own, "class");
    if (!class_name) return NULL; /* as Connect does: no class, no provider */
    lookup_fn *lookup = find_class(class_name);
    if (!lookup) {
        lc_auto(lc_buf) detail = {0};
        lc_buf_printf(&detail, "Class %s could not be found.", class_name);
        lc_buf_text(&prefix, "class");
        return lc_config_invalid(prefix.data, class_name, detail.data);
    }
    provider *fresh = lc_alloc(sizeof *fresh);
    fresh->lookup = lookup;
    lc_table_put(providers->by_name, name, fresh);
    LC_TRY(set_key_file(fresh, name, lc_props_get(own, "param.key.file")));
    LC_TRY(set_allowed(fresh, lc_props_get(own, "param.allowed.paths")));
    return set_pattern(fresh, name, lc_props_get(own, "param.allowlist.pattern"));
}

lc_error *lc_providers_new(const lc_props *worker, lc_providers **ret_providers)
{
    static const lc_config_key keys[] = {
        {.name = "config.providers", .type = LC_CONFIG_LIST, .fallback = ""}};
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, keys, 1);
    lc_autoptr(lc_config_values) values = NULL;
    LC_TRY(lc_config_parse(def, worker, &values));
    lc_autoptr(lc_providers) providers = lc_alloc(sizeof *providers);
    providers->by_name = lc_table_new(free_provider);
    providers->given = lc_table_new(NULL);
    pthread_mutex_init(&providers->lock, NULL);
    lc_config_list names = lc_config_list_of(values, "config.providers");
    for (size_t i = 0; i < names.count; i++) LC_TRY(add_provider(providers, names.items[i], worker));
    *ret_providers = lc_steal(providers);
    return NULL;
}

void lc_providers_free(lc_providers *providers)
{
    if (!providers) return;
    lc_table_free(providers->by_name);
    lc_table_free(providers->given);
    pthread_mutex_destroy(&providers->lock);
    free(providers);
}

/* The first reference at or after `from`; whole.data is NULL when there is none. Java's pattern is
 * \$\{([^}]*?):(([^}]*?):)?([^}]*?)\}. */
static reference next_reference(const char *from, const char *end)
{
    while (from < end) {
        const char *open = memmem(from, (size_t)(end - from), "${", 2);
        if (!open) break;
        const char *text = open + 2;
        const char *close = memchr(text, '}', (size_t)(end - text));
        if (!close) break;
        const char *colon = memchr(text, ':', (size_t)(close - text));
        from = text;
        if (!colon) continue;
        const char *rest = colon + 1, *second = memchr(rest, ':', (size_t)(close - rest));
        const char *key = second ? second + 1 : rest;
        return (reference){
            .whole = {open, (size_t)(close + 1 - open)},
            .provider = {text, (size_t)(colon - text)},
            .path = {rest, second ? (size_t)(second - rest) : 0},
            .key = {key, (size_t)(close - key)},
        };
    }
    return (reference){0};
}

/* What comes from the environment is mostly no secret: a name says so. */
static void remember(lc_providers *providers, lc_text value)
{
    if (value.len < SHORTEST_HIDDEN) return;
    pthread_mutex_lock(&providers->lock);
    if (lc_table_count(providers->given) < MOST_HIDDEN) lc_table_put_text(providers->given, value, providers);
    pthread_mutex_unlock(&providers->lock);
}

void lc_providers_note_secrets(lc_providers *providers, const lc_props *config, const lc_config_def *def)
{
    if (!providers) return;
    lc_autoptr(lc_props) masked = lc_secret_mask(config, def);
    for (size_t i = 0; i < lc_props_count(config); i++) {
        lc_text value = lc_props_text_at(config, i);
        if (value.data && !lc_text_eq(value, lc_props_text_at(masked, i))) remember(providers, value);
    }
}

static void note_given(resolver *run, const provider *from, const char *key, lc_text value)
{
    bool is_secret = from->lookup != look_in_environment || lc_secret_key_name(key);
    if (is_secret) remember(run->providers, value);
}

static lc_error *expand(resolver *run, const char *key, lc_text value, lc_buf *out)
{
    const char *at = value.data, *end = value.data + value.len;
    for (reference ref; (ref = next_reference(at, end)).whole.data; at = ref.whole.data + ref.whole.len) {
        lc_buf_add(out, at, (size_t)(ref.whole.data - at));
        const provider *from = lc_table_get_text(run->providers->by_name, ref.provider);
        bool found = false;
        size_t before = out->len;
        if (from) LC_TRY(from->lookup(run, from, &ref, out, &found));
        if (found) note_given(run, from, key, (lc_text){out->data + before, out->len - before});
        else lc_buf_add(out, ref.whole.data, ref.whole.len);
    }
    lc_buf_add(out, at, (size_t)(end - at));
    return NULL;
}

/* Whether a worker property is taken literally. */
static bool is_literal(const char *key)
{
    return !strcmp(key, "plugin.path") || !strncmp(key, "config.providers", strlen("config.providers"));
}

static lc_error *expand_all(resolver *run, lc_props *props, bool worker)
{
    for (size_t i = 0; i < lc_props_count(props); i++) {
        lc_text key = lc_props_key_text_at(props, i), value = lc_props_text_at(props, i);
        if (!value.data || (worker && is_literal(key.data))) continue;
        if (!next_reference(value.data, value.data + value.len).whole.data) continue;
        lc_auto(lc_buf) out = {0};
        LC_TRY(expand(run, key.data, value, &out));
        lc_props_set_text(props, key, (lc_text){out.data, out.len});
    }
    return NULL;
}

static lc_error *resolve(lc_providers *providers, const lc_props *raw, bool worker, lc_strings *notes,
                         lc_props **ret_props)
{
    lc_autoptr(lc_props) props = lc_props_copy(raw);
    if (providers) {
        resolver run = {providers, notes, lc_table_new(free_properties)};
        lc_error *error = expand_all(&run, props, worker);
        lc_table_free(run.files);
        LC_TRY(error);
    }
    *ret_props = lc_steal(props);
    return NULL;
}

lc_error *lc_providers_resolve(lc_providers *providers, const lc_props *raw, lc_strings *notes,
                               lc_props **ret_props)
{
    return resolve(providers, raw, false, notes, ret_props);
}

lc_error *lc_providers_resolve_worker(lc_providers *providers, const lc_props *worker, lc_strings *notes,
                                      lc_props **ret_props)
{
    return resolve(providers, worker, true, notes, ret_props);
}

static void hide_one(lc_text value, lc_buf *text)
{
    lc_auto(lc_buf) out = {0};
    const char *at = text->data, *end = text->data + text->len, *found;
    if (!memmem(at, text->len, value.data, value.len)) return;
    while ((found = memmem(at, (size_t)(end - at), value.data, value.len))) {
        lc_buf_add(&out, at, (size_t)(found - at));
        lc_buf_text(&out, LC_HIDDEN);
        at = found + value.len;
    }
    lc_buf_add(&out, at, (size_t)(end - at));
    lc_buf_reset(text);
    lc_buf_add(text, out.data, out.len);
}

char *lc_providers_hide(lc_providers *providers, char *text)
{
    if (!providers || !text) return text;
    pthread_mutex_lock(&providers->lock);
    size_t count = lc_table_count(providers->given);
    lc_buf hidden = {0};
    if (count) lc_buf_text(&hidden, text);
    for (size_t i = 0; i < count; i++) hide_one(lc_table_key_text_at(providers->given, i), &hidden);
    pthread_mutex_unlock(&providers->lock);
    if (!count) return text;
    free(text);
    return lc_buf_detach(&hidden);
}

bool lc_has_reference(const char *value)
{
    return value && next_reference(value, value + strlen(value)).whole.data;
}

void lc_restore_references(lc_props *task, const lc_props *raw_connector)
{
    for (size_t i = 0; i < lc_props_count(raw_connector); i++) {
        const char *key = lc_props_key_at(raw_connector, i), *raw = lc_props_value_at(raw_connector, i);
        if (lc_has_reference(raw) && lc_props_has(task, key)) lc_props_set(task, key, raw);
    }
}
