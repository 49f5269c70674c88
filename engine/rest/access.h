/* Who asks, and whether they may: users of rest.users.file with passwords or tokens, and Kafka Connect's
 * BasicAuthSecurityRestExtension.
 *
 * Passwords are checked one at a time, because each check is costly on purpose; one that was right is
 * remembered for a minute, and an address with too many wrong ones has to wait. The file is read again when
 * it changes. Any thread. */
#ifndef LC_REST_ACCESS_H
#define LC_REST_ACCESS_H

#include "base/log.h"
#include "rest/http.h"

typedef struct lc_access lc_access;

/* LC_E_CONFIG for a file that can't be used, and for extension classes other than Connect's for basic auth.
 */
lc_error *lc_access_new(const lc_props *settings, lc_log_t *log, lc_access **ret_access) LC_RESULT;
void lc_access_free(lc_access *access); /* accepts NULL */
/* Whether anybody has to prove who they are. */
bool lc_access_is_set_up(const lc_access *access);

/* Fills request->user. True: refused with 401, 403 or 429, and the answer is filled. */
bool lc_access_refuses(lc_access *access, const lc_route *route, lc_rest_request *request,
                       lc_rest_response *response);
/* LC_E_FORBIDDEN when the user may not use a connector of this name. */
lc_error *lc_access_check_connector(const lc_rest_request *request, const char *name) LC_RESULT;
/* The same for what the route's path or the body of a create request names. */
lc_error *lc_access_check_named(const lc_route *route, const lc_rest_request *request) LC_RESULT;
/* Lets go of what lc_access_refuses has put into the request. */
void lc_access_done(lc_rest_request *request);

#endif
