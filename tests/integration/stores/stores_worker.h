/* A worker core for programs that use the stores without a herder. */
#ifndef LC_TESTS_STORES_WORKER_H
#define LC_TESTS_STORES_WORKER_H

#include <stdio.h>
#include <stdlib.h>

#include "runtime/worker.h"

/* Settings of a distributed worker of the group; the caller may set more before opening it. */
static inline lc_props *stores_settings(const char *bootstrap, const char *group)
{
    static const char *const fixed[][2] = {
        {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
        {"value.converter", "org.apache.kafka.connect.storage.StringConverter"},
        {"config.storage.replication.factor", "1"},
        {"offset.storage.replication.factor", "1"},
        {"status.storage.replication.factor", "1"},
        {"offset.storage.partitions", "3"},
        {"status.storage.partitions", "2"},
    };
    static const char *const topics[][2] = {{"config.storage.topic", "configs"},
                                            {"offset.storage.topic", "offsets"},
                                            {"status.storage.topic", "status"}};
    lc_props *settings = lc_props_new();
    lc_props_set(settings, "bootstrap.servers", bootstrap);
    lc_props_set(settings, "group.id", group);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        lc_props_set(settings, fixed[i][0], fixed[i][1]);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s-%s", group, topics[i][1]);
        lc_props_set(settings, topics[i][0], name);
    }
    return settings;
}

#endif
