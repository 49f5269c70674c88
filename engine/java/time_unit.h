/* java.util.concurrent.TimeUnit: conversion that saturates instead of overflowing. Thread-safe. */
#ifndef LC_JAVA_TIME_UNIT_H
#define LC_JAVA_TIME_UNIT_H

#include <stdint.h>

typedef enum lc_time_unit { LC_TIME_NANOS, LC_TIME_MICROS, LC_TIME_MILLIS, LC_TIME_SECONDS } lc_time_unit;

/* `amount` of `from` in `to`: fractions are cut toward zero; what doesn't fit becomes INT64_MIN or INT64_MAX.
 */
int64_t lc_time_unit_convert(int64_t amount, lc_time_unit from, lc_time_unit to);

#endif
