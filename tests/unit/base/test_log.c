#include "base/log.h"

#include "base/buf.h"
#include "check.h"

static void collect(void *context, lc_log_level level, const char *logger, const char *line, size_t len)
{
    (void)level;
    (void)logger;
    lc_buf *into = context;
    lc_buf_reset(into);
    lc_buf_add(into, line, len);
}

/* The collected line behind its time stamp. */
static const char *tail(const lc_buf *line)
{
    const char *at = line->data ? strstr(line->data, "level") : NULL;
    return at ? at : "";
}

TEST(writes_logfmt)
{
    lc_auto(lc_buf) line = {0};
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, collect, &line);
    lc_log(log, LC_LOG_WARN, "rest.server", "went wrong", "a", "x y", "skipped", NULL, "b", "1", "c", "",
           NULL);
    CHECK_EQ_STR(tail(&line), "level=WARN logger=rest.server msg=\"went wrong\" a=\"x y\" b=1 c=\"\"");
    CHECK(line.data[strlen("ts=2025-01-01T00:00:00.000")] == 'Z');
    lc_log(log, LC_LOG_ERROR, "rest.server", "m", "e", "1\nlevel=INFO msg=forged\x1b[31m", NULL);
    CHECK_EQ_STR(tail(&line),
                 "level=ERROR logger=rest.server msg=m e=\"1\\nlevel=INFO msg=forged\\u001B[31m\"");
    lc_log_free(log);
}

TEST(writes_json)
{
    lc_auto(lc_buf) line = {0};
    lc_log_t *log = lc_log_new(LC_LOG_JSON, collect, &line);
    lc_log(log, LC_LOG_INFO, "kafka.client", "say \"hi\"", "k", "v", NULL);
    CHECK_EQ_STR(tail(&line),
                 "level\":\"INFO\",\"logger\":\"kafka.client\",\"msg\":\"say \\\"hi\\\"\",\"k\":\"v\"}");
    CHECK(line.data[0] == '{');
    lc_log_free(log);
}

TEST(levels_go_by_prefix)
{
    lc_auto(lc_buf) line = {0};
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, collect, &line);
    int64_t modified = -1;
    CHECK(!lc_log_enabled(log, LC_LOG_DEBUG, "kafka.client"));
    CHECK(lc_log_enabled(log, LC_LOG_INFO, "kafka.client"));
    CHECK(lc_log_set_level(log, "kafka", LC_LOG_TRACE, 42));
    CHECK(!lc_log_set_level(log, "kafka", LC_LOG_TRACE, 43));
    CHECK(lc_log_enabled(log, LC_LOG_TRACE, "kafka.client"));
    CHECK(lc_log_enabled(log, LC_LOG_TRACE, "kafka.other"));
    CHECK(!lc_log_enabled(log, LC_LOG_DEBUG, "kafkaesque"));
    CHECK_EQ_INT(lc_log_get_level(log, "kafka.client", &modified), LC_LOG_TRACE);
    CHECK_EQ_INT(modified, 42);
    CHECK_EQ_INT(lc_log_get_level(log, "root", &modified), LC_LOG_INFO);
    CHECK_EQ_INT(modified, 0);
    CHECK(lc_log_set_level(log, "root", LC_LOG_OFF, 44));
    CHECK(!lc_log_enabled(log, LC_LOG_FATAL, "kafka.client"));
    CHECK(!lc_log_enabled(NULL, LC_LOG_FATAL, "x"));
    lc_log_free(log);
}

static void count(void *context, const char *logger, lc_log_level level, int64_t modified_ms)
{
    (void)level;
    (void)modified_ms;
    lc_buf_printf(context, "%s ", logger);
}

TEST(lists_loggers_seen)
{
    lc_auto(lc_buf) line = {0}, names = {0};
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, collect, &line);
    lc_log(log, LC_LOG_INFO, "b", "x", NULL);
    lc_log(log, LC_LOG_DEBUG, "a", "x", NULL);
    lc_log_each(log, count, &names);
    CHECK_EQ_STR(names.data, "root b ");
    lc_log_free(log);
}

TEST(names_of_levels)
{
    lc_log_level level = LC_LOG_OFF;
    CHECK(lc_log_level_parse("debug", &level) && level == LC_LOG_DEBUG);
    CHECK(!lc_log_level_parse("loud", &level));
    CHECK_EQ_STR(lc_log_level_name(LC_LOG_FATAL), "FATAL");
}

int main(void)
{
    RUN(writes_logfmt);
    RUN(writes_json);
    RUN(levels_go_by_prefix);
    RUN(lists_loggers_seen);
    RUN(names_of_levels);
    return check_report();
}
