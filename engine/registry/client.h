/* A client of Confluent's Schema Registry API, which Apicurio, Karapace and Redpanda speak too.
 *
 *   POST /subjects/{subject}/versions    register            GET /schemas/ids/{id}
 *   POST /subjects/{subject}             look up             GET /subjects/{subject}/versions/{n|latest}
 *
 * Several URLs are one registry: a request goes to the one that answered last, then to the others, then,
 * after a wait, to all again. A registry that is down is left alone for a while, so that it doesn't cost
 * every record a time-out. Answers that can't change are remembered. A client belongs to one thread at a
 * time. */
#ifndef LC_REGISTRY_CLIENT_H
#define LC_REGISTRY_CLIENT_H

#include "registry/settings.h"

typedef struct lc_registry lc_registry;

typedef struct lc_registry_reference {
    lc_text name; /* as the schema that refers to it calls it */
    lc_text subject;
    int32_t version;
} lc_registry_reference;

/* A schema as the registry has it. Texts point into `json`. */
typedef struct lc_registry_schema {
    lc_json *json;
    int32_t id, version; /* -1: not said */
    lc_text type;        /* "AVRO", "JSON", "PROTOBUF" */
    lc_text text;
    lc_registry_reference *references;
    size_t reference_count;
} lc_registry_schema;

void lc_registry_schema_done(lc_registry_schema *schema);
LC_DEFINE_AUTO(lc_registry_schema, lc_registry_schema_done)

/* Makes no request. LC_E_CONFIG. */
lc_error *lc_registry_open(const lc_props *settings, lc_registry **ret_registry) LC_RESULT;
void lc_registry_close(lc_registry *registry); /* accepts NULL */

/* Errors of all requests: LC_E_NOT_FOUND when the registry knows no such subject, version or schema;
 * otherwise LC_E_CONNECT, retriable when a later attempt may do better. The message names URL, request and
 * answer. */
lc_error *lc_registry_by_id(lc_registry *registry, int32_t id, lc_registry_schema *ret_schema) LC_RESULT;
/* `version` -1: the latest. */
lc_error *lc_registry_by_version(lc_registry *registry, lc_text subject, int32_t version,
                                 lc_registry_schema *ret_schema) LC_RESULT;

/* A schema to register or look up; references may be NULL. */
typedef struct lc_registry_request {
    lc_text subject;
    lc_text type; /* "AVRO" isn't sent, as it is the default */
    lc_text text;
    const lc_registry_reference *references;
    size_t reference_count;
    bool normalize;
} lc_registry_request;

/* The id under which the registry keeps the schema from now on. */
lc_error *lc_registry_register(lc_registry *registry, const lc_registry_request *request,
                               int32_t *ret_id) LC_RESULT;
/* Id and version under the subject; either may be NULL. */
lc_error *lc_registry_look_up(lc_registry *registry, const lc_registry_request *request, int32_t *ret_id,
                              int32_t *ret_version) LC_RESULT;

/* "http://a:8081, http://b:8081", for messages; without credentials. */
const char *lc_registry_urls(const lc_registry *registry);

#endif
