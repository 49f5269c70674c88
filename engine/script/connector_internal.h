/* The inside of lc_connector_script, for the files of this folder that serve capabilities. */
#ifndef LC_SCRIPT_CONNECTOR_INTERNAL_H
#define LC_SCRIPT_CONNECTOR_INTERNAL_H

#include "script/connector_script.h"
#include "script/internal.h"

struct lc_connector_script {
    lc_state *state;
    lc_connector_options options;
    int object; /* reference of the prelude's connector object */
};

/* Closes what a script left open (handles.c). */
void lc_handles_close_all(lc_state *state);

#endif
