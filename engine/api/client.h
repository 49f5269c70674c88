/* The client half of the program: what commands share that speak to a worker over its REST API.
 *
 *   lc_client client = {0};
 *   int status = lc_client_open(&client, argc, argv, "--tasks --failed");
 *   if (!status) status = lc_client_ask(&client, "GET", path, NULL, &answer);
 *
 * Where the worker is and who asks comes from options, the environment or a context (cmd_context.c). One
 * thread. */
#ifndef LC_API_CLIENT_H
#define LC_API_CLIENT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "base/strings.h"

/* Exit statuses of these commands, besides LC_EXIT_USAGE. */
enum {
    LC_EXIT_REFUSED = 2,     /* the worker said no */
    LC_EXIT_UNREACHABLE = 3, /* there was no answer */
    LC_EXIT_NOT_FOUND = 4,
    LC_EXIT_FAILED = 5 /* what was asked about has failed */
};

typedef struct lc_client {
    char *url; /* without a slash at the end */
    lc_props *headers;
    lc_props *tls;       /* ssl.* settings for https */
    lc_strings words;    /* what is neither an option nor its value */
    lc_strings switches; /* options of the command that were given */
    lc_strings files;    /* -f FILE */
    lc_props *values;    /* of the command's options that have one */
    bool json;           /* -o json */
    bool colour;         /* standard output is a terminal that likes it */
} lc_client;

/* Reads the arguments; `switches` are the command's own options, separated by blanks; those that end with = take a
 * value. Says what is wrong and
 * returns an exit status, 0 when all is well. */
int lc_client_open(lc_client *client, int argc, char **argv, const char *switches);
void lc_client_close(lc_client *client);
LC_DEFINE_AUTO(lc_client, lc_client_close)
bool lc_client_has(const lc_client *client, const char *option);

/* The value of an option, or NULL; as a number, `fallback` when it isn't given: false, after telling, for none. */
const char *lc_client_value(const lc_client *client, const char *option);
bool lc_client_number(const lc_client *client, const char *option, int64_t fallback, int64_t *ret_number);

/* Asks the worker. `body` may be NULL; *ret_answer is NULL for an answer without a body. What goes wrong is
 * told on standard error, with what to try; returns an exit status. */
int lc_client_ask(const lc_client *client, const char *method, const char *path, const lc_json *body,
                  lc_json **ret_answer);
/* The same for an answer that isn't JSON. */
int lc_client_fetch(const lc_client *client, const char *path, lc_buf *ret_text);
/* The same, as it comes: `take` gets bytes until it returns false; at most for `seconds`. */
int lc_client_follow(const lc_client *client, const char *path, int64_t seconds,
                     bool (*take)(void *context, const char *bytes, size_t len), void *context);
/* Appends "/" and a name, percent-encoded. */
void lc_client_add_name(lc_buf *path, const char *name);
/* "/connectors/NAME<tail>" */
void lc_client_path(lc_buf *path, const char *name, const char *tail);

/* The contexts: "current" and NAME.url, NAME.user, NAME.password, NAME.token. */
char *lc_client_contexts_path(void);
lc_props *lc_client_contexts(void);

/* Prints JSON, indented on a terminal. */
void lc_client_print(const lc_client *client, const lc_json *value);

/* A table: columns as wide as what is in them. */
typedef struct lc_table_text {
    lc_strings cells;
    size_t columns;
} lc_table_text;
void lc_table_text_add(lc_table_text *table, const char *cell);
void lc_table_text_print(const lc_client *client, const lc_table_text *table);
void lc_table_text_done(lc_table_text *table);
LC_DEFINE_AUTO(lc_table_text, lc_table_text_done)

#endif
