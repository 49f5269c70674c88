/* Runs a script on records for a test: request and answer are JSON.
 *
 * Request: {"script":"name","config":{…},"records":[{…}],"count":3,"files":{"in.txt":"…"},"http":[…]};
 * "clock":{"at":1700000000000,"step":1000} runs it at that time, which goes on by `step` ms before each further record or
 * poll and by what the script waits; the answer's "clock" is when it ended.
 * records as in cli_lines.h, http as in cli_fake_http.h, files in a folder of their own that config values name as ${dir}.
 * Answer: {"records":[…],"results":[true],"failures":["…"],"files":{…},"requests":[…],
 * "metrics":{"name":1}} or {"error":"…"}; "unexpected":"…" tells
 * of a request that "http" didn't expect. */
#ifndef LC_API_CLI_PLAY_H
#define LC_API_CLI_PLAY_H

#include "base/buf.h"
#include "base/text.h"
#include "script/coverage.h"

typedef struct lc_play {
    const char *folder; /* of the scripts, ending in a slash; "" is the current one */
    lc_log_t *log;
    /* Where to mark the lines that run of the script at `path`; NULL: nowhere. */
    lc_coverage *(*coverage)(void *context, const char *path);
    void *context;
} lc_play;

void lc_play_run(const lc_play *play, lc_text request, lc_buf *answer);

#endif
