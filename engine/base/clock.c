#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t lc_now_ms(void)
{
    return read_clock(CLOCK_REALTIME) / 1000000;
}

int64_t lc_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC) / 1000000;
}

int64_t lc_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t lc_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void lc_sleep_ms(int64_t ms)
{
    if (ms <= 0) return;
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t)) continue;
}
