/* The cases of a converter's benchmark. Included after the program's `bench`, which has an arena, and BATCH. */
#ifndef LC_TESTS_BENCH_CASES_H
#define LC_TESTS_BENCH_CASES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

typedef struct bench_case {
    const char *name;
    void (*run)(bench *b, int i); /* one operation, on record i of a batch */
} bench_case;

/* Nanoseconds per operation: the best of several runs, as other programs can only make it slower. */
static double measure(bench *b, const bench_case *c, double budget_ns)
{
    double best = 1e18;
    for (double spent = 0; spent < budget_ns;) {
        int64_t start = lc_monotonic_ns();
        for (int i = 0; i < BATCH; i++) c->run(b, i);
        double took = (double)(lc_monotonic_ns() - start);
        lc_arena_reset(&b->arena, 4u << 20);
        spent += took;
        if (took < best) best = took;
    }
    return best / BATCH;
}

/* Arguments: milliseconds per case (300), and a part of the names of those to run (all). */
static void run_cases(bench *b, const bench_case *cases, size_t count, int argc, char **argv)
{
    double budget_ns = 1e6 * (argc > 1 ? atof(argv[1]) : 300);
    const char *only = argc > 2 ? argv[2] : "";
    for (size_t i = 0; i < count; i++)
        if (strstr(cases[i].name, only))
            printf("%-38s %8.1f ns\n", cases[i].name, measure(b, &cases[i], budget_ns));
}

#endif
