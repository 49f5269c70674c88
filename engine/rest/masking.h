/* Secrets that stand in configurations as they are: answers show them as [hidden], and [hidden] that comes
 * back keeps what is stored.
 *
 * Which settings are secret follows from their type (PASSWORD) or name (secure/secret.h). References such as
 * ${file:/p:k} hold no secret and are shown. Any thread. */
#ifndef LC_REST_MASKING_H
#define LC_REST_MASKING_H

#include "rest/http.h"

/* Masks each "config" object in a JSON answer, unless rest.show.secrets=true. `class_name`: of configurations
 * that name none themselves; may be NULL. */
void lc_mask_answer(const lc_rest_request *request, const char *class_name, lc_buf *body);
void lc_mask_config(const lc_rest_request *request, lc_props *config);
/* Puts the values of `before` (NULL: there are none) where `config` says [hidden]; LC_E_BAD_REQUEST naming a
 * secret that has no earlier value. */
lc_error *lc_unmask_config(const lc_rest_request *request, lc_props *config,
                           const lc_props *before) LC_RESULT;

#endif
