/* A worker inside another program: one pipeline on the embedded broker, its status printed.
 *
 *   cc minimal.c $(pkg-config --cflags --libs luaconnect) -o minimal && ./minimal INPUT OUTPUT
 */
#include <luaconnect.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void log_line(void *context, int severity, const char *line, size_t len)
{
    (void)context;
    if (severity >= LC_LINE_WARN) fprintf(stderr, "%.*s\n", (int)len, line);
}

static int fail(lc_failure *why)
{
    fprintf(stderr, "%s\n", lc_failure_message(why));
    lc_failure_free(why);
    return 1;
}

/* Waits until the file has a line for every line of the input. */
static int count_lines(const char *path)
{
    int lines = 0;
    FILE *file = fopen(path, "r");
    for (int c; file && (c = getc(file)) != EOF;) lines += c == '\n';
    if (file) fclose(file);
    return lines;
}

static lc_failure *run(lc_worker *worker, const char *input, const char *output)
{
    char config[1000];
    lc_failure *why = lc_worker_start(worker);
    if (why) return why;
    snprintf(config, sizeof config,
             "{\"connector.class\":\"FileStreamSource\",\"file\":\"%s\",\"topic\":\"lines\"}", input);
    if ((why = lc_connector_put(worker, "source", config, 10000))) return why;
    snprintf(config, sizeof config,
             "{\"connector.class\":\"FileStreamSink\",\"file\":\"%s\",\"topics\":\"lines\"}", output);
    if ((why = lc_connector_put(worker, "sink", config, 10000))) return why;
    for (int waited = 0; waited < 300 && count_lines(output) < count_lines(input); waited++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    char *status = NULL;
    if ((why = lc_connector_status(worker, "sink", &status))) return why;
    printf("%s\n%d of %d lines arrived\n", status, count_lines(output), count_lines(input));
    lc_text_free(status);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: minimal INPUT OUTPUT\n"), 2;
    char offsets[1000];
    snprintf(offsets, sizeof offsets, "%s.offsets", argv[2]);
    lc_settings *settings = lc_settings_new();
    lc_settings_set(settings, "bootstrap.servers", "embedded");
    lc_settings_set(settings, "key.converter", "org.apache.kafka.connect.storage.StringConverter");
    lc_settings_set(settings, "value.converter", "org.apache.kafka.connect.storage.StringConverter");
    lc_settings_set(settings, "offset.storage.file.filename", offsets);
    lc_worker_options options = {.size = sizeof options, .log = log_line, .without_rest = true};
    lc_worker *worker = NULL;
    lc_failure *why = lc_worker_new(settings, &options, &worker);
    lc_settings_free(settings);
    if (!why) why = run(worker, argv[1], argv[2]);
    lc_worker_free(worker);
    if (why) return fail(why);
    return count_lines(argv[1]) == count_lines(argv[2]) ? 0 : 1;
}
