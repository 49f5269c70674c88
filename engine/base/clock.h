/* Time. Wall clock in milliseconds since the epoch; monotonic clock in nanoseconds. Thread-safe. */
#ifndef LC_BASE_CLOCK_H
#define LC_BASE_CLOCK_H

#include <stdint.h>

int64_t lc_now_ms(void);         /* wall clock */
int64_t lc_monotonic_ms(void);
int64_t lc_monotonic_ns(void);
int64_t lc_thread_cpu_ns(void);  /* CPU time of the calling thread */
void lc_sleep_ms(int64_t ms);

#endif
