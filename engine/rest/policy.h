/* What holds for every request and every answer, whatever the route: who may change things, Host and Origin
 * checks, CORS, response.http.headers.config, security headers. Made at start; then any thread. */
#ifndef LC_REST_POLICY_H
#define LC_REST_POLICY_H

#include "rest/http.h"

typedef struct lc_policy lc_policy;

/* LC_E_CONFIG for headers that Connect would refuse. */
lc_error *lc_policy_new(const lc_props *settings, lc_policy **ret_policy) LC_RESULT;
void lc_policy_free(lc_policy *policy); /* accepts NULL */

/* Whether clients of other machines may change things although nothing proves who they are. */
bool lc_policy_trusts_everyone(const lc_policy *policy);
/* Checks that need no route: the Host header (against DNS rebinding). True: refused, the answer is filled. */
bool lc_policy_refuses_host(const lc_policy *policy, const lc_rest_request *request,
                            lc_rest_response *response);
/* More changes than one address may send. */
bool lc_policy_refuses_pace(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response);
/* A change from another machine without authentication; a change that a foreign page had a browser send. */
bool lc_policy_refuses_change(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response);
/* Adds the headers of CORS (Jetty's CrossOriginHandler), of response.http.headers.config or, without it, of
 * our own. */
void lc_policy_decorate(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response);

#endif
