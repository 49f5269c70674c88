/* The one error object: what failed, with which cause, at which stage, in which line of which script.
 *
 * A function that can fail returns `lc_error *`: NULL is success, anything else is owned by the caller,
 * who handles it, passes it up, or wraps it. Libraries return errors; only runtime, cluster, rest and
 * api log them. Each code knows the Java exception that Kafka Connect would raise (task traces and DLQ
 * headers carry its name) and the HTTP status that REST answers. Not thread-safe: an error belongs to
 * one thread at a time. */
#ifndef LC_BASE_ERROR_H
#define LC_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"

/* X(code, HTTP status, Java class) */
#define LC_ERROR_CODES(X)                                                                                    \
    X(LC_E_CONNECT, 500, "org.apache.kafka.connect.errors.ConnectException")                                \
    X(LC_E_DATA, 500, "org.apache.kafka.connect.errors.DataException")                                      \
    X(LC_E_CONFIG, 500, "org.apache.kafka.common.config.ConfigException")                                   \
    X(LC_E_RETRIABLE, 500, "org.apache.kafka.connect.errors.RetriableException")                            \
    X(LC_E_SCHEMA_BUILDER, 500, "org.apache.kafka.connect.errors.SchemaBuilderException")                   \
    X(LC_E_SCHEMA_PROJECTOR, 500, "org.apache.kafka.connect.errors.SchemaProjectorException")               \
    X(LC_E_NOT_FOUND, 404, "org.apache.kafka.connect.errors.NotFoundException")                             \
    X(LC_E_EXISTS, 409, "org.apache.kafka.connect.errors.AlreadyExistsException")                           \
    X(LC_E_BAD_REQUEST, 400, "org.apache.kafka.connect.runtime.rest.errors.BadRequestException")            \
    X(LC_E_CONFLICT, 409, "org.apache.kafka.connect.runtime.rest.errors.ConnectRestException")              \
    X(LC_E_FORBIDDEN, 403, "org.apache.kafka.connect.runtime.rest.errors.ConnectRestException")             \
    X(LC_E_SERIALIZATION, 500, "org.apache.kafka.common.errors.SerializationException")                     \
    X(LC_E_KAFKA, 500, "org.apache.kafka.common.KafkaException")                                            \
    X(LC_E_TIMEOUT, 500, "org.apache.kafka.common.errors.TimeoutException")                                 \
    X(LC_E_TOO_LARGE, 500, "org.apache.kafka.common.errors.RecordTooLargeException")                        \
    X(LC_E_ILLEGAL_ARGUMENT, 500, "java.lang.IllegalArgumentException")                                     \
    X(LC_E_ILLEGAL_STATE, 500, "java.lang.IllegalStateException")                                           \
    X(LC_E_NULL_POINTER, 500, "java.lang.NullPointerException")                                             \
    X(LC_E_CLASS_CAST, 500, "java.lang.ClassCastException")                                                 \
    X(LC_E_INDEX, 500, "java.lang.IndexOutOfBoundsException")                                               \
    X(LC_E_NUMBER_FORMAT, 500, "java.lang.NumberFormatException")                                           \
    X(LC_E_ARITHMETIC, 500, "java.lang.ArithmeticException")                                                \
    X(LC_E_UNSUPPORTED, 500, "java.lang.UnsupportedOperationException")                                     \
    X(LC_E_IO, 500, "java.io.IOException")                                                                  \
    X(LC_E_SCRIPT, 500, "org.apache.kafka.connect.errors.ConnectException") /* a Lua error of a script */   \
    X(LC_E_LIMIT, 500, "org.apache.kafka.connect.errors.ConnectException")  /* a limit of ours was met */

typedef enum lc_code {
    LC_OK = 0,
#define X(code, status, java) code,
    LC_ERROR_CODES(X)
#undef X
        LC_E_COUNT
} lc_code;

/* Where in the life of a record it happened: Connect's stages, with its names. */
#define LC_STAGES(X)                                                                                         \
    X(LC_STAGE_TASK_POLL, "TASK_POLL")                                                                      \
    X(LC_STAGE_TASK_PUT, "TASK_PUT")                                                                        \
    X(LC_STAGE_TRANSFORMATION, "TRANSFORMATION")                                                            \
    X(LC_STAGE_KEY_CONVERTER, "KEY_CONVERTER")                                                              \
    X(LC_STAGE_VALUE_CONVERTER, "VALUE_CONVERTER")                                                          \
    X(LC_STAGE_HEADER_CONVERTER, "HEADER_CONVERTER")                                                        \
    X(LC_STAGE_KAFKA_PRODUCE, "KAFKA_PRODUCE")                                                              \
    X(LC_STAGE_KAFKA_CONSUME, "KAFKA_CONSUME")

typedef enum lc_stage {
    LC_STAGE_NONE = 0,
#define X(stage, name) stage,
    LC_STAGES(X)
#undef X
        LC_STAGE_COUNT
} lc_stage;

typedef struct lc_error lc_error;

#define LC_RESULT __attribute__((warn_unused_result))

/* Makes an error. The message names the thing and what to do next; it is never truncated. */
lc_error *lc_fail(lc_code code, const char *format, ...) __attribute__((format(printf, 2, 3))) LC_RESULT;
lc_error *lc_vfail(lc_code code, const char *format, va_list args) __attribute__((format(printf, 2, 0))) LC_RESULT;
/* Same with an exact byte string, which may hold NUL. */
lc_error *lc_fail_text(lc_code code, const char *message, size_t len) LC_RESULT;
/* An error without a message (Java: null). */
lc_error *lc_fail_bare(lc_code code) LC_RESULT;
/* A new error on top of `cause`, which it owns from now on. */
lc_error *lc_wrap(lc_error *cause, lc_code code, const char *format, ...) __attribute__((format(printf, 3, 4))) LC_RESULT;
lc_error *lc_error_copy(const lc_error *error) LC_RESULT;
void lc_error_free(lc_error *error); /* and its causes; accepts NULL */
LC_DEFINE_AUTOPTR(lc_error, lc_error_free)

lc_code lc_error_code(const lc_error *error);
const char *lc_error_message(const lc_error *error);       /* "" for a bare one; lives as long as the error */
bool lc_error_has_message(const lc_error *error);
const lc_error *lc_error_cause(const lc_error *error);     /* borrowed, or NULL */
const char *lc_error_java_class(const lc_error *error);    /* fully qualified */
int lc_error_http_status(const lc_error *error);
bool lc_error_is_retriable(const lc_error *error);         /* Java: instanceof RetriableException */
void lc_error_set_retriable(lc_error *error, bool retriable);
lc_stage lc_error_stage(const lc_error *error);
void lc_error_set_stage(lc_error *error, lc_stage stage);
const char *lc_error_where(const lc_error *error);         /* "script.lua:12" or NULL */
void lc_error_set_where(lc_error *error, const char *where);
const char *lc_error_trace(const lc_error *error);         /* Lua traceback or NULL */
void lc_error_set_trace(lc_error *error, const char *trace);
/* As a Java trace prints: "class: message\n\tat script.lua:12\nCaused by: …". free() it. */
char *lc_error_to_text(const lc_error *error);

/* "LC_E_DATA", the Java class and the HTTP status of a code; the name of a stage ("TASK_PUT"). */
const char *lc_code_name(lc_code code);
const char *lc_code_java_class(lc_code code);
int lc_code_http_status(lc_code code);
/* The code for a Java class, full or simple name ("DataException"); LC_OK when there is none. */
lc_code lc_code_of_java_class(const char *java_class);
const char *lc_stage_name(lc_stage stage);

/* Returns from the calling function with the error of `expression`, if there is one. */
#define LC_TRY(expression)                                                                                   \
    do {                                                                                                    \
        lc_error *lc_try_ = (expression);                                                                   \
        if (__builtin_expect(lc_try_ != NULL, 0)) return lc_try_;                                           \
    } while (0)

#endif
