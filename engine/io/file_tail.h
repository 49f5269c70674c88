/* A growing file, line by line: tail -F for sources.
 *
 * Lines end with \n, \r\n or a lone \r (which waits for the next byte), as Kafka's FileStreamSourceTask has
 * it. The position counts bytes. A file that is missing is waited for; one that became shorter than the
 * position is read from its start again; one that was replaced (another inode under the path) is finished
 * first, its unterminated last line included. Owner thread only. */
#ifndef LC_IO_FILE_TAIL_H
#define LC_IO_FILE_TAIL_H

#include "base/arena.h"
#include "base/text.h"
#include "io/file_hub.h"

typedef struct lc_file_tail lc_file_tail;

typedef struct lc_file_line {
    lc_text text; /* without its end; in the arena */
    int64_t end;  /* position behind the line and its end */
} lc_file_line;

/* Something worth a log line that is no error; each is told once. NULL: nothing new. */
typedef enum lc_file_news {
    LC_FILE_NO_NEWS,
    LC_FILE_MISSING,
    LC_FILE_FOUND,
    LC_FILE_TRUNCATED,
    LC_FILE_REPLACED
} lc_file_news;

/* `path` NULL is standard input, whose position means nothing. `hub` may be NULL: then callers poll. Nothing
 * is opened yet. */
lc_error *lc_file_tail_new(lc_file_hub *hub, const char *path, int64_t position,
                           lc_file_tail **ret_tail) LC_RESULT;
void lc_file_tail_free(lc_file_tail *tail); /* accepts NULL */
/* Up to `max` complete lines that are there now; none is no error. LC_E_IO when the file can't be read. */
lc_error *lc_file_tail_read(lc_file_tail *tail, lc_arena *arena, lc_file_line *lines, size_t max,
                            size_t *ret_count) LC_RESULT;
int64_t lc_file_tail_position(const lc_file_tail *tail); /* behind the last line given */
/* How to wait for more after a read that gave nothing: readable when the file changed (-1: none), and the
 * longest time to wait in ms. */
int lc_file_tail_wait(const lc_file_tail *tail, int64_t *ret_ms);
lc_file_news lc_file_tail_news(lc_file_tail *tail);

#endif
