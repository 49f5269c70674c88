#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rest/http.h"
#include "runtime/tap.h"

/* Where the scripts of a connector spend their time: tasks of this worker are sampled while the request waits. */

enum { SECONDS = 5, MOST_SECONDS = 300, WAIT_MS = 500 };

typedef struct profile_stream {
    lc_rest_stream base;
    lc_tap *tap;
    lc_profile *profile;
    char *connector;
    int64_t began_ms, until_ms;
} profile_stream;

static void write_report(const profile_stream *s, lc_buf *out)
{
    lc_autoptr(lc_json) answer = lc_json_new_object();
    lc_autoptr(lc_json) report = lc_profile_report(s->profile);
    lc_json_set_string(answer, "connector", s->connector);
    lc_json_set(answer, "seconds", lc_json_new_double((double)(lc_monotonic_ms() - s->began_ms) / 1000));
    for (size_t i = 0; i < lc_json_count(report); i++)
        lc_json_set(answer, lc_json_key_at(report, i), lc_json_copy(lc_json_at(report, i)));
    lc_json_dump(answer, out);
}

/* Blanks before JSON show that the connection lives. */
static bool read_stream(lc_rest_stream *stream, lc_buf *out)
{
    profile_stream *s = (profile_stream *)stream;
    int64_t lost, left = s->until_ms - lc_monotonic_ms();
    bool ended = left <= 0 || lc_tap_take(s->tap, left < WAIT_MS ? left : WAIT_MS, out, &lost) == LC_TAP_OVER;
    if (ended) write_report(s, out);
    else lc_buf_put(out, ' ');
    return !ended;
}

static void free_stream(lc_rest_stream *stream)
{
    profile_stream *s = (profile_stream *)stream;
    lc_profile_end(s->profile);
    lc_tap_close(s->tap);
    lc_profile_unref(s->profile);
    free(s->connector);
    free(s);
}

static lc_error *read_options(const lc_rest_request *request, lc_tap_options *options, int64_t *ret_seconds)
{
    options->connector = request->parameters[0];
    options->most = INT64_MAX;
    LC_TRY(lc_rest_tap_tasks(request, options));
    return lc_rest_tap_number(request, "seconds", SECONDS, MOST_SECONDS, ret_seconds);
}

lc_error *lc_rest_profile(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    lc_auto(lc_buf) places = {0};
    lc_tap_options options = {0};
    lc_tap *tap = NULL;
    int64_t seconds;
    LC_TRY(request->herder->klass->config(request->herder, request->parameters[0], &config));
    LC_TRY(read_options(request, &options, &seconds));
    LC_TRY(lc_rest_tap_places(request, &options, &places));
    options.profile = lc_profile_new();
    lc_error *error = lc_tap_open(request->herder->worker->taps, &options, &tap);
    if (error) {
        lc_profile_unref(options.profile);
        return error;
    }
    profile_stream *s = lc_alloc(sizeof *s);
    *s = (profile_stream){.base = {read_stream, free_stream}, .tap = tap, .profile = options.profile};
    s->connector = lc_strdup(options.connector);
    s->began_ms = lc_monotonic_ms();
    s->until_ms = s->began_ms + seconds * 1000;
    response->status = 200;
    response->stream = &s->base;
    return NULL;
}
