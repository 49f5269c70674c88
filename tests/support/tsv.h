/* Golden cases in tab-separated lines, for table-driven unit tests.
 *
 * A cell writes tab, newline, carriage return and backslash as \t, \n, \r and \\. Lines that start with "# "
 * and empty lines are skipped. */
#ifndef LC_TESTS_TSV_H
#define LC_TESTS_TSV_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TSV_CELLS = 8 };

typedef struct tsv_line {
    int number;
    const char *cell[TSV_CELLS];
} tsv_line;

typedef void tsv_run(const tsv_line *line, void *context);

static inline void tsv_unescape(char *cell)
{
    char *to = cell;
    for (char *from = cell; *from; from++) {
        if (*from != '\\' || !from[1]) {
            *to++ = *from;
            continue;
        }
        from++;
        *to++ = (char)(*from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from);
    }
    *to = '\0';
}

static inline void tsv_split(char *text, int cells, tsv_line *line)
{
    text[strcspn(text, "\n")] = '\0';
    for (int i = 0; i < cells; i++) {
        char *tab = i + 1 < cells ? strchr(text, '\t') : NULL;
        if (tab) *tab = '\0';
        tsv_unescape(text);
        line->cell[i] = text;
        text = tab ? tab + 1 : text + strlen(text);
    }
}

/* Calls `run` for each line of the file; returns how many there were, -1 when it can't be read. */
static inline int tsv_each(const char *path, int cells, tsv_run *run, void *context)
{
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    char *text = NULL;
    size_t cap = 0;
    int count = 0;
    for (int number = 1; getline(&text, &cap, file) > 0; number++) {
        if (text[0] == '\n' || !strncmp(text, "# ", 2)) continue;
        tsv_line line = {.number = number};
        tsv_split(text, cells, &line);
        run(&line, context);
        count++;
    }
    free(text);
    fclose(file);
    return count;
}

/* The path of a file in tests/golden, seen from a source in tests/unit/<folder>. */
static inline const char *tsv_golden(const char *source, const char *name)
{
    static char path[4096];
    const char *end = strstr(source, "tests/unit/");
    snprintf(path, sizeof path, "%.*stests/golden/%s", (int)(end ? end - source : 0), source, name);
    return path;
}

#endif
