/* Which connectors a script is for, by their configurations: also those that don't run at present. Any thread. */
#ifndef LC_CLUSTER_SCRIPT_USERS_H
#define LC_CLUSTER_SCRIPT_USERS_H

#include "cluster/herder.h"

/* Connectors, or their transforms and predicates, that are made by the script of this file. Those that are stopped
 * don't count when one that comes with luaconnect has its name: they would start with that. */
lc_error *lc_script_users(lc_herder *herder, const char *path, lc_strings *ret_connectors) LC_RESULT;

#endif
