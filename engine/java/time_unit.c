#include "java/time_unit.h"

static const int64_t NANOS[] = {
    [LC_TIME_NANOS] = 1,
    [LC_TIME_MICROS] = 1000,
    [LC_TIME_MILLIS] = 1000000,
    [LC_TIME_SECONDS] = 1000000000,
};

int64_t lc_time_unit_convert(int64_t amount, lc_time_unit from, lc_time_unit to)
{
    if (from <= to) return amount / (NANOS[to] / NANOS[from]);
    int64_t result;
    if (__builtin_mul_overflow(amount, NANOS[from] / NANOS[to], &result))
        return amount < 0 ? INT64_MIN : INT64_MAX;
    return result;
}
