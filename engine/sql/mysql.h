/* libmariadb's functions, and statements as MySQL reads them. Private to this folder. */
#ifndef LC_SQL_MYSQL_H
#define LC_SQL_MYSQL_H

#include <mariadb/mysql.h>

#include "base/buf.h"
#include "sql/driver.h"

typedef struct libmariadb {
    int (*mysql_server_init)(int argc, char **argv, char **groups);
    MYSQL *(*mysql_init)(MYSQL *mysql);
    int (*mysql_optionsv)(MYSQL *mysql, enum mysql_option option, ...);
    int (*mysql_real_connect_start)(MYSQL **ret, MYSQL *mysql, const char *host, const char *user, const char *password,
                                    const char *database, unsigned int port, const char *socket, unsigned long flags);
    int (*mysql_real_connect_cont)(MYSQL **ret, MYSQL *mysql, int events);
    void (*mysql_close)(MYSQL *mysql);
    my_socket (*mysql_get_socket)(MYSQL *mysql);
    unsigned int (*mysql_get_timeout_value_ms)(const MYSQL *mysql);
    unsigned long (*mysql_thread_id)(MYSQL *mysql);
    unsigned int (*mysql_errno)(MYSQL *mysql);
    const char *(*mysql_error)(MYSQL *mysql);
    const char *(*mysql_sqlstate)(MYSQL *mysql);
    int (*mysql_real_query)(MYSQL *mysql, const char *text, unsigned long len);
    int (*mysql_real_query_start)(int *ret, MYSQL *mysql, const char *text, unsigned long len);
    int (*mysql_real_query_cont)(int *ret, MYSQL *mysql, int events);
    my_ulonglong (*mysql_affected_rows)(MYSQL *mysql);
    unsigned int (*mysql_field_count)(MYSQL *mysql);
    int (*mysql_store_result_start)(MYSQL_RES **ret, MYSQL *mysql);
    int (*mysql_store_result_cont)(MYSQL_RES **ret, MYSQL *mysql, int events);
    MYSQL_ROW (*mysql_fetch_row)(MYSQL_RES *result);
    MYSQL_FIELD *(*mysql_fetch_fields)(MYSQL_RES *result);
    void (*mysql_free_result)(MYSQL_RES *result);
    MYSQL_STMT *(*mysql_stmt_init)(MYSQL *mysql);
    int (*mysql_stmt_prepare_start)(int *ret, MYSQL_STMT *stmt, const char *text, unsigned long len);
    int (*mysql_stmt_prepare_cont)(int *ret, MYSQL_STMT *stmt, int events);
    int (*mysql_stmt_execute_start)(int *ret, MYSQL_STMT *stmt);
    int (*mysql_stmt_execute_cont)(int *ret, MYSQL_STMT *stmt, int events);
    int (*mysql_stmt_fetch_start)(int *ret, MYSQL_STMT *stmt);
    int (*mysql_stmt_fetch_cont)(int *ret, MYSQL_STMT *stmt, int events);
    int (*mysql_stmt_fetch_column)(MYSQL_STMT *stmt, MYSQL_BIND *bind, unsigned int column, unsigned long offset);
    MYSQL_RES *(*mysql_stmt_result_metadata)(MYSQL_STMT *stmt);
    unsigned int (*mysql_stmt_field_count)(MYSQL_STMT *stmt);
    my_bool (*mysql_stmt_bind_result)(MYSQL_STMT *stmt, MYSQL_BIND *binds);
    my_bool (*mysql_stmt_close)(MYSQL_STMT *stmt);
    unsigned int (*mysql_stmt_errno)(MYSQL_STMT *stmt);
    const char *(*mysql_stmt_error)(MYSQL_STMT *stmt);
    const char *(*mysql_stmt_sqlstate)(MYSQL_STMT *stmt);
} libmariadb;

/* One copy for the process: the library's own state is begun once. */
lc_error *lc_mysql_load(libmariadb *lib, void **ret_library) LC_RESULT;

/* A value as a literal for a session without NO_BACKSLASH_ESCAPES. False: MySQL has none (NaN). */
bool lc_mysql_literal(lc_buf *out, const lc_sql_value *value);
/* The statement with its ?1, ?2 … (outside of quotes and comments) replaced by literals. */
bool lc_mysql_statement(lc_buf *out, lc_text text, const lc_sql_value *params, size_t count);

/* How a column comes, and what it is called. */
typedef struct lc_mysql_type {
    enum enum_field_types bound; /* the form it is fetched in */
    const char *name;
    lc_sql_kind kind;
} lc_mysql_type;
lc_mysql_type lc_mysql_type_of(const MYSQL_FIELD *field, lc_sql_column *column);
/* What was fetched into a place of MYSQL_TYPE_DATE, TIME or DATETIME; null for a day of zeros. */
lc_sql_value lc_mysql_moment(lc_sql_kind kind, const MYSQL_TIME *time);

#endif
