#include "secure/users.h"

#include <fnmatch.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "java/properties.h"
#include "secure/password.h"
#include "secure/secret.h"

enum { LARGEST_FILE = 4 * 1024 * 1024, FIELDS = 4 };

struct lc_users {
    lc_user *items;
    size_t count, cap;
    bool is_plain;
    atomic_int refs;
};

static const char *const role_names[] = {"none", "view", "operate", "admin"};

const char *lc_role_name(lc_role role)
{
    return role_names[role];
}

bool lc_role_parse(lc_text name, lc_role *ret_role)
{
    for (int role = LC_ROLE_VIEW; role <= LC_ROLE_ADMIN; role++) {
        if (!lc_text_is(name, role_names[role])) continue;
        *ret_role = (lc_role)role;
        return true;
    }
    return false;
}

static lc_users *new_users(bool is_plain)
{
    lc_users *users = lc_alloc(sizeof *users);
    users->is_plain = is_plain;
    atomic_init(&users->refs, 1);
    return users;
}

lc_users *lc_users_ref(lc_users *users)
{
    atomic_fetch_add(&users->refs, 1);
    return users;
}

void lc_users_unref(lc_users *users)
{
    if (!users || atomic_fetch_sub(&users->refs, 1) != 1) return;
    for (size_t i = 0; i < users->count; i++) {
        lc_secret_wipe(users->items[i].proof, strlen(users->items[i].proof));
        free(users->items[i].name);
        free(users->items[i].proof);
        lc_strings_done(&users->items[i].connectors);
    }
    free(users->items);
    free(users);
}

size_t lc_users_count(const lc_users *users)
{
    return users->count;
}

static lc_user *add_user(lc_users *users, lc_text name, lc_text proof, lc_role role)
{
    users->items = lc_grow(users->items, &users->cap, users->count + 1, sizeof *users->items);
    lc_user *user = &users->items[users->count++];
    *user = (lc_user){lc_strndup(name.data, name.len), lc_strndup(proof.data, proof.len), role, {0}};
    return user;
}

static void add_patterns(lc_user *user, lc_text list)
{
    while (list.len) {
        const char *comma = memchr(list.data, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.data) : list.len;
        lc_text item = lc_text_trim((lc_text){list.data, len});
        if (item.len) lc_strings_add_text(&user->connectors, item.data, item.len);
        list.data += len + (comma != NULL);
        list.len -= len + (comma != NULL);
    }
}

/* What is wrong with a line; NULL: it was added. The last field may hold colons: names of connectors do. */
static const char *add_line(lc_users *users, lc_text line)
{
    lc_text fields[FIELDS] = {{NULL, 0}};
    lc_role role;
    for (size_t i = 0; i < FIELDS && line.data; i++) {
        const char *colon = i + 1 < FIELDS ? memchr(line.data, ':', line.len) : NULL;
        size_t len = colon ? (size_t)(colon - line.data) : line.len;
        fields[i] = lc_text_trim((lc_text){line.data, len});
        line = colon ? (lc_text){colon + 1, line.len - len - 1} : (lc_text){NULL, 0};
    }
    if (!fields[0].len) return "a name is missing";
    if (!lc_text_starts(fields[1], "$argon2id$") && !lc_text_starts(fields[1], "token$"))
        return "the second field is no $argon2id$… and no token$…: `luaconnect passwd` makes it";
    if (!fields[2].data || !lc_role_parse(fields[2], &role))
        return "the third field must be one of view, operate, admin";
    if (fields[1].len >= LC_PROOF_SIZE) return "the second field is too long";
    lc_user *user = add_user(users, fields[0], fields[1], role);
    add_patterns(user, fields[3]);
    return fields[3].data && !user->connectors.count ? "the fourth field names no connectors" : NULL;
}

static lc_error *add_lines(lc_users *users, const char *path, lc_text text)
{
    for (int number = 1; text.len; number++) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        lc_text line = lc_text_trim((lc_text){text.data, len});
        const char *problem = line.len && line.data[0] != '#' ? add_line(users, line) : NULL;
        if (problem) return lc_fail(LC_E_CONFIG, "%s:%d: %s.", path, number, problem);
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
    return NULL;
}

static lc_error *check_any(const lc_users *users, const char *path)
{
    return users->count ? NULL : lc_fail(LC_E_CONFIG, "%s holds no users: nobody could log in.", path);
}

lc_error *lc_users_read(const char *path, lc_users **ret_users)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_users) users = new_users(false);
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    LC_TRY(add_lines(users, path, (lc_text){text.data, text.len}));
    LC_TRY(check_any(users, path));
    *ret_users = lc_steal(users);
    return NULL;
}

lc_error *lc_users_read_plain(const char *path, lc_users **ret_users)
{
    lc_auto(lc_properties) file = {0};
    lc_autoptr(lc_users) users = new_users(true);
    LC_TRY(lc_properties_read(path, &file));
    for (size_t i = 0; i < file.count; i++)
        add_user(users, file.items[i].key, file.items[i].value, LC_ROLE_ADMIN);
    LC_TRY(check_any(users, path));
    *ret_users = lc_steal(users);
    return NULL;
}

const lc_user *lc_users_all(const lc_users *users)
{
    return users->items;
}

static bool same_text(const char *stored, lc_text given)
{
    size_t len = strlen(stored);
    return len == given.len && lc_secret_same(stored, given.data ? given.data : "", len);
}

static bool fits(const lc_users *users, const lc_user *user, lc_text password)
{
    if (users->is_plain) return same_text(user->proof, password);
    return user->proof[0] == '$' && lc_password_fits(user->proof, password);
}

const lc_user *lc_users_by_password(const lc_users *users, lc_text name, lc_text password)
{
    const lc_user *stand_in = NULL;
    bool tried = false;
    for (size_t i = 0; i < users->count; i++) {
        const lc_user *user = &users->items[i];
        if (user->proof[0] == '$') stand_in = user;
        if (!lc_text_is(name, user->name)) continue;
        if (fits(users, user, password)) return user;
        tried |= user->proof[0] == '$';
    }
    if (!tried && stand_in) (void)fits(users, stand_in, password);
    return NULL;
}

const lc_user *lc_users_by_token(const lc_users *users, lc_text token)
{
    char proof[LC_PROOF_SIZE];
    if (users->is_plain) return NULL;
    lc_token_store(token, proof);
    for (size_t i = 0; i < users->count; i++)
        if (same_text(users->items[i].proof, lc_text_of(proof))) return &users->items[i];
    return NULL;
}

bool lc_user_may_use(const lc_user *user, const char *connector)
{
    for (size_t i = 0; i < user->connectors.count; i++)
        if (!fnmatch(user->connectors.items[i], connector, 0)) return true;
    return !user->connectors.count;
}
