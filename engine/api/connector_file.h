/* The configuration of a connector in a file, in the three forms that connect-standalone takes (KIP-980). */
#ifndef LC_API_CONNECTOR_FILE_H
#define LC_API_CONNECTOR_FILE_H

#include "cluster/herder.h"

/* .properties, a flat JSON object, or the JSON of a create request (which may say *ret_state). */
lc_error *lc_connector_file_read(const char *path, lc_props **ret_config, lc_target_state *ret_state) LC_RESULT;

#endif
