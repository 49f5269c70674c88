/* Who may use the REST API: names, what proves them, what they may do and to which connectors.
 *
 *   alice:$argon2id$…:admin                   a password (secure/password.h)
 *   ci:token$5f3c…:operate:orders-*,lines      a bearer token, for these connectors only
 *
 * One user a line; '#' begins a comment line. A name may have a password and tokens, on lines of their own.
 * An object is never changed once it is read; any thread. */
#ifndef LC_SECURE_USERS_H
#define LC_SECURE_USERS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"

/* Each may do what those before it may. */
typedef enum lc_role {
    LC_ROLE_NONE,
    LC_ROLE_VIEW,    /* look, and validate */
    LC_ROLE_OPERATE, /* pause, resume, stop and restart what is there */
    LC_ROLE_ADMIN    /* everything */
} lc_role;

const char *lc_role_name(lc_role role);
bool lc_role_parse(lc_text name, lc_role *ret_role);

typedef struct lc_user {
    char *name;
    char *proof; /* as stored; of lc_users_read_plain the password itself */
    lc_role role;
    lc_strings connectors; /* patterns with * and ?; none: all connectors */
} lc_user;

typedef struct lc_users lc_users;

/* LC_E_CONFIG naming the file and the line, LC_E_IO when it can't be read. */
lc_error *lc_users_read(const char *path, lc_users **ret_users) LC_RESULT;
/* Kafka Connect's PropertyFileLoginModule: a properties file of user=password. All of them are admins. */
lc_error *lc_users_read_plain(const char *path, lc_users **ret_users) LC_RESULT;
lc_users *lc_users_ref(lc_users *users);
void lc_users_unref(lc_users *users); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_users, lc_users_unref)
size_t lc_users_count(const lc_users *users);
const lc_user *lc_users_all(const lc_users *users); /* lc_users_count of them */

/* NULL: nobody. A name that isn't there takes as long as a wrong password (Argon2id: see password.h). */
const lc_user *lc_users_by_password(const lc_users *users, lc_text name, lc_text password);
const lc_user *lc_users_by_token(const lc_users *users, lc_text token);
bool lc_user_may_use(const lc_user *user, const char *connector);

#endif
