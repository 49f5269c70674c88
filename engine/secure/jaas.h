/* Java's login configuration files, as far as Kafka Connect's basic authentication uses them. Any thread. */
#ifndef LC_SECURE_JAAS_H
#define LC_SECURE_JAAS_H

#include "base/error.h"

/* The `file` option of the PropertyFileLoginModule in the section KafkaConnect of a login configuration:
 *
 *   KafkaConnect { ….PropertyFileLoginModule required file="/etc/connect/users.properties"; };
 *
 * The caller frees it. LC_E_CONFIG when there is no such section, or it has other modules. */
lc_error *lc_jaas_users_file(const char *path, char **ret_file) LC_RESULT;

#endif
