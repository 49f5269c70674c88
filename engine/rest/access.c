#include "rest/access.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/base64.h"
#include "secure/jaas.h"
#include "secure/password.h"
#include "secure/random.h"
#include "secure/secret.h"
#include "secure/sign.h"

enum {
    LOOK_EVERY_MS = 1000,
    REMEMBERED = 64,
    REMEMBER_MS = 60000,
    ADDRESSES = 256,
    FAILURES_ALLOWED = 10, /* of an address within FAILURES_MS */
    FAILURES_MS = 60000,
    ADDRESS_SIZE = 46,
    LONGEST_CREDENTIALS = 2048
};

/* A password that was right. */
typedef struct remembered {
    unsigned char
        seal[LC_SIGNATURE_SIZE]; /* of name, password and what is stored, under a key of this process */
    int64_t until_ms;
} remembered;

typedef struct failing_address {
    char address[ADDRESS_SIZE];
    int failures;
    int64_t since_ms;
} failing_address;

struct lc_access {
    lc_log_t *log;
    char *path;        /* of the users; NULL: no authentication is set up */
    bool is_extension; /* Connect's way: everybody may do everything, and its answers */
    unsigned char key[32];
    pthread_mutex_t check; /* one costly check at a time */
    pthread_mutex_t lock;  /* guards all that follows */
    lc_users *users;
    struct timespec changed;
    int64_t looked_ms;
    remembered right[REMEMBERED];
    size_t next_right;
    failing_address failing[ADDRESSES];
};

static lc_error *read_users(const lc_access *access, lc_users **ret_users)
{
    return access->is_extension ? lc_users_read_plain(access->path, ret_users)
                                : lc_users_read(access->path, ret_users);
}

/* Where Java is told of a login configuration: a system property, here also a setting of the worker. */
static char *login_config(const lc_props *settings)
{
    static const char option[] = "-Djava.security.auth.login.config=";
    static const char *const variables[] = {"KAFKA_OPTS", "JAVA_TOOL_OPTIONS"};
    const char *set = lc_props_get(settings, "java.security.auth.login.config");
    if (set) return lc_strdup(set);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *options = getenv(variables[i]), *found = options ? strstr(options, option) : NULL;
        if (!found) continue;
        found += strlen(option);
        return lc_strndup(found, strcspn(found, " \t"));
    }
    return NULL;
}

static lc_error *set_extension(lc_access *access, const lc_props *settings, const char *classes)
{
    static const char basic[] = "BasicAuthSecurityRestExtension";
    lc_text name = lc_text_trim(lc_text_of(classes));
    size_t len = strlen(basic);
    if (name.len < len || memcmp(name.data + name.len - len, basic, len) || memchr(name.data, ',', name.len))
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration rest.extension.classes: REST extensions are Java "
                       "classes, which can't be loaded here; only what "
                       "org.apache.kafka.connect.rest.basic.auth.extension.%s does is built in. See also "
                       "rest.users.file.",
                       classes, basic);
    char *login = login_config(settings);
    if (!login)
        return lc_fail(LC_E_CONFIG,
                       "rest.extension.classes=%s needs a login configuration: set "
                       "java.security.auth.login.config in the worker's properties, or "
                       "KAFKA_OPTS=-Djava.security.auth.login.config=/path in the environment.",
                       classes);
    access->is_extension = true;
    lc_error *error = lc_jaas_users_file(login, &access->path);
    free(login);
    return error;
}

static lc_error *fill(lc_access *access, const lc_props *settings)
{
    struct stat about;
    const char *path = lc_props_get_or(settings, "rest.users.file", "");
    const char *classes = lc_props_get_or(settings, "rest.extension.classes", "");
    bool has_classes = lc_text_trim(lc_text_of(classes)).len > 0;
    if (has_classes && *path)
        return lc_fail(LC_E_CONFIG, "rest.users.file and rest.extension.classes exclude each other.");
    if (has_classes) LC_TRY(set_extension(access, settings, classes));
    else if (*path) access->path = lc_strdup(path);
    if (!access->path) return NULL;
    if (!stat(access->path, &about)) access->changed = about.st_mtim;
    lc_error *error = read_users(access, &access->users);
    if (!error) return NULL;
    return lc_wrap(error, LC_E_CONFIG, "The users of the REST API can't be read: %s",
                   lc_error_message(error));
}

lc_error *lc_access_new(const lc_props *settings, lc_log_t *log, lc_access **ret_access)
{
    lc_access *access = lc_alloc(sizeof *access);
    access->log = log;
    pthread_mutex_init(&access->check, NULL);
    pthread_mutex_init(&access->lock, NULL);
    lc_random_bytes(access->key, sizeof access->key);
    lc_error *error = fill(access, settings);
    if (error) lc_access_free(access);
    else *ret_access = access;
    return error;
}

void lc_access_free(lc_access *access)
{
    if (!access) return;
    lc_users_unref(access->users);
    lc_secret_wipe(access->key, sizeof access->key);
    pthread_mutex_destroy(&access->check);
    pthread_mutex_destroy(&access->lock);
    free(access->path);
    free(access);
}

bool lc_access_is_set_up(const lc_access *access)
{
    return access->path != NULL;
}

/* Holds the lock. A file that can't be used any more leaves those users who are known. */
static void look_again(lc_access *access)
{
    struct stat about;
    int64_t now = lc_monotonic_ms();
    if (now - access->looked_ms < LOOK_EVERY_MS) return;
    access->looked_ms = now;
    if (stat(access->path, &about)) return;
    if (!memcmp(&about.st_mtim, &access->changed, sizeof access->changed)) return;
    lc_users *fresh = NULL;
    access->changed = about.st_mtim;
    lc_autoptr(lc_error) error = read_users(access, &fresh);
    if (error) {
        lc_log(access->log, LC_LOG_ERROR, "rest.access", "the changed users can't be read; those before stay",
               "error", lc_error_message(error), NULL);
        return;
    }
    lc_users_unref(access->users);
    access->users = fresh;
    lc_log(access->log, LC_LOG_INFO, "rest.access", "users were read again", "file", access->path, NULL);
}

static lc_users *current_users(lc_access *access)
{
    pthread_mutex_lock(&access->lock);
    look_again(access);
    lc_users *users = lc_users_ref(access->users);
    pthread_mutex_unlock(&access->lock);
    return users;
}

/* Failures. */

/* Holds the lock. The entry of an address, or the oldest one for it to take. */
static failing_address *entry_of(lc_access *access, const char *address)
{
    failing_address *oldest = &access->failing[0];
    for (size_t i = 0; i < ADDRESSES; i++) {
        failing_address *entry = &access->failing[i];
        if (!strcmp(entry->address, address)) return entry;
        if (entry->since_ms < oldest->since_ms) oldest = entry;
    }
    return oldest;
}

static bool must_wait(lc_access *access, const char *address)
{
    pthread_mutex_lock(&access->lock);
    const failing_address *entry = entry_of(access, address);
    bool wait = !strcmp(entry->address, address) && entry->failures >= FAILURES_ALLOWED &&
                lc_monotonic_ms() - entry->since_ms < FAILURES_MS;
    pthread_mutex_unlock(&access->lock);
    return wait;
}

static void note_failure(lc_access *access, const char *address)
{
    int64_t now = lc_monotonic_ms();
    pthread_mutex_lock(&access->lock);
    failing_address *entry = entry_of(access, address);
    if (strcmp(entry->address, address) || now - entry->since_ms >= FAILURES_MS) {
        *entry = (failing_address){.since_ms = now};
        lc_text given = lc_text_of(address);
        memcpy(entry->address, given.data, given.len < ADDRESS_SIZE ? given.len : ADDRESS_SIZE - 1);
    }
    entry->failures++;
    pthread_mutex_unlock(&access->lock);
}

/* Passwords. */

static void seal(const lc_access *access, const lc_user *user, lc_text password,
                 unsigned char ret_seal[LC_SIGNATURE_SIZE])
{
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text, "%s\n%s\n", user->name, user->proof);
    lc_buf_add(&text, password.data, password.len);
    lc_sign((lc_text){(const char *)access->key, sizeof access->key}, (lc_text){text.data, text.len},
            ret_seal);
    lc_secret_wipe(text.data, text.len);
}

static const lc_user *remembered_user(lc_access *access, const lc_users *users, lc_text name,
                                      lc_text password)
{
    const lc_user *found = NULL;
    int64_t now = lc_monotonic_ms();
    const lc_user *candidates = lc_users_all(users);
    for (size_t u = 0; !found && u < lc_users_count(users); u++) {
        unsigned char wanted[LC_SIGNATURE_SIZE];
        if (!lc_text_is(name, candidates[u].name)) continue;
        seal(access, &candidates[u], password, wanted);
        pthread_mutex_lock(&access->lock);
        for (size_t i = 0; !found && i < REMEMBERED; i++)
            if (access->right[i].until_ms > now &&
                lc_secret_same(access->right[i].seal, wanted, sizeof wanted))
                found = &candidates[u];
        pthread_mutex_unlock(&access->lock);
    }
    return found;
}

static void remember(lc_access *access, const lc_user *user, lc_text password)
{
    remembered fresh = {.until_ms = lc_monotonic_ms() + REMEMBER_MS};
    seal(access, user, password, fresh.seal);
    pthread_mutex_lock(&access->lock);
    access->right[access->next_right++ % REMEMBERED] = fresh;
    pthread_mutex_unlock(&access->lock);
}

static const lc_user *by_password(lc_access *access, const lc_users *users, lc_text name, lc_text password)
{
    const lc_user *user = remembered_user(access, users, name, password);
    if (user) return user;
    pthread_mutex_lock(&access->check);
    user = lc_users_by_password(users, name, password);
    pthread_mutex_unlock(&access->check);
    if (user) remember(access, user, password);
    return user;
}

/* "Basic <base64 of name:password>"; a name holds no colon. */
static const lc_user *by_basic(lc_access *access, const lc_users *users, lc_text encoded)
{
    char text[LONGEST_CREDENTIALS];
    size_t len = 0;
    if (lc_base64_bytes_max(encoded.len) > sizeof text ||
        !lc_base64_decode(LC_BASE64_BASIC, encoded, (uint8_t *)text, &len))
        return NULL;
    const char *colon = memchr(text, ':', len);
    const lc_user *user = NULL;
    if (colon) {
        lc_text name = {text, (size_t)(colon - text)}, password = {colon + 1, len - name.len - 1};
        user = by_password(access, users, name, password);
    }
    lc_secret_wipe(text, sizeof text);
    return user;
}

static const lc_user *by_header(lc_access *access, const lc_users *users, const char *authorization)
{
    lc_text text = lc_text_trim(lc_text_of(authorization));
    size_t scheme = 0;
    while (scheme < text.len && text.data[scheme] != ' ') scheme++;
    lc_text name = {text.data, scheme};
    lc_text rest = lc_text_trim((lc_text){text.data + scheme, text.len - scheme});
    if (lc_text_eq_nocase(name, LC_TEXT("Basic"))) return by_basic(access, users, rest);
    if (lc_text_eq_nocase(name, LC_TEXT("Bearer"))) return lc_users_by_token(users, rest);
    return NULL;
}

/* Answers. */

static void refuse_unknown(const lc_access *access, lc_rest_response *response)
{
    if (access->is_extension) {
        response->status = 401;
        response->content_type = "text/plain";
        lc_buf_text(&response->body, "User cannot access the resource.");
        return;
    }
    lc_rest_error(response, 401, "This worker wants to know who asks: send a name and password, or a token.");
    lc_rest_header(response, "WWW-Authenticate", "Basic realm=\"luaconnect\", charset=\"UTF-8\"");
}

static lc_role wanted_role(const lc_route *route)
{
    if (!lc_route_changes(route)) return LC_ROLE_VIEW;
    return route->flags & LC_ROUTE_OPERATES ? LC_ROLE_OPERATE : LC_ROLE_ADMIN;
}

/* What concerns the worker as a whole isn't for those who may only use some connectors. */
static bool is_of_worker(const lc_route *route)
{
    return (route->flags & LC_ROUTE_ADMIN) || !strcmp(route->pattern, "/metrics");
}

static bool refuse_role(const lc_route *route, const lc_user *user, lc_rest_response *response)
{
    char text[256];
    lc_role wanted = wanted_role(route);
    if (user->role < wanted) {
        snprintf(text, sizeof text, "%s needs the role %s, and you have the role %s.", route->pattern,
                 lc_role_name(wanted), lc_role_name(user->role));
    } else if (user->connectors.count && is_of_worker(route)) {
        snprintf(text, sizeof text, "%s concerns all connectors, and you may use only some.", route->pattern);
    } else {
        return false;
    }
    lc_rest_error(response, 403, text);
    return true;
}

static const lc_user *identify(lc_access *access, lc_rest_request *request, lc_rest_response *response)
{
    if (request->authorization && must_wait(access, request->client)) {
        lc_rest_error(response, 429, "There were too many wrong passwords from your address; wait a minute.");
        lc_rest_header(response, "Retry-After", "60");
        return NULL;
    }
    const lc_user *user =
        request->authorization ? by_header(access, request->users, request->authorization) : NULL;
    if (user) return user;
    if (request->authorization) note_failure(access, request->client);
    refuse_unknown(access, response);
    return NULL;
}

bool lc_access_refuses(lc_access *access, const lc_route *route, lc_rest_request *request,
                       lc_rest_response *response)
{
    bool is_open = route->flags & LC_ROUTE_OPEN && !access->is_extension;
    if (!access->path || is_open || request->is_authenticated) return false;
    request->users = current_users(access);
    request->user = identify(access, request, response);
    if (!request->user) return true;
    request->is_authenticated = true;
    return refuse_role(route, request->user, response);
}

void lc_access_done(lc_rest_request *request)
{
    lc_users_unref(request->users);
    request->users = NULL;
    request->user = NULL;
}

lc_error *lc_access_check_connector(const lc_rest_request *request, const char *name)
{
    if (!request->user || lc_user_may_use(request->user, name)) return NULL;
    return lc_fail(LC_E_FORBIDDEN, "You may not use the connector %s.", name);
}

/* The name is trimmed, as it is when the connector is created. */
static lc_error *check_body(const lc_rest_request *request)
{
    lc_autoptr(lc_json) body = NULL;
    if (!request->user || !request->user->connectors.count) return NULL;
    LC_TRY(lc_rest_read_object(request, &body));
    lc_text trimmed = lc_text_trim(lc_json_text(lc_json_get(body, "name")));
    char *name = lc_strndup(trimmed.data ? trimmed.data : "", trimmed.len);
    lc_error *error = lc_access_check_connector(request, name);
    free(name);
    return error;
}

lc_error *lc_access_check_named(const lc_route *route, const lc_rest_request *request)
{
    static const char one[] = "/connectors/{name}";
    if (!strncmp(route->pattern, one, strlen(one)))
        return lc_access_check_connector(request, request->parameters[0]);
    bool creates = !strcmp(route->pattern, "/connectors") && route->flags & LC_ROUTE_BODY;
    return creates ? check_body(request) : NULL;
}
