/* Recomputes the table of powers of ten with schoolbook integers. */
#include "check.h"
#include "java/power_table.h"

enum { LIMBS = 40 };

typedef struct natural {
    uint32_t limb[LIMBS]; /* most significant last */
} natural;

static void multiply(natural *n, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)n->limb[i] * factor;
        n->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static int bits_of(const natural *n)
{
    for (int i = LIMBS * 32 - 1; i >= 0; i--)
        if (n->limb[i / 32] >> (i % 32) & 1) return i + 1;
    return 0;
}

static int bit(const natural *n, int i)
{
    return i < 0 ? 0 : (int)(n->limb[i / 32] >> (i % 32) & 1);
}

static void increment(lc_power *power)
{
    if (++power->lo == 0) power->hi++;
}

/* The leading 128 bits, rounded up. */
static lc_power leading(const natural *n)
{
    int top = bits_of(n) - 1;
    lc_power power = {0, 0};
    for (int i = 0; i < 128; i++) {
        power.hi = power.hi << 1 | power.lo >> 63;
        power.lo = power.lo << 1 | (uint64_t)bit(n, top - i);
    }
    bool more = false;
    for (int i = 0; i <= top - 128; i++) more |= bit(n, i) == 1;
    if (more) increment(&power);
    return power;
}

static int compare(const natural *a, const natural *b)
{
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void subtract(natural *a, const natural *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        uint64_t difference = (uint64_t)a->limb[i] - b->limb[i] - borrow;
        a->limb[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
}

/* The leading 128 bits of 1/n, rounded up, by long division. */
static lc_power reciprocal(const natural *n)
{
    natural rest = {{0}};
    rest.limb[(bits_of(n) - 1) / 32] = 1u << ((bits_of(n) - 1) % 32);
    lc_power power = {0, 0};
    while (power.hi >> 63 == 0) {
        multiply(&rest, 2);
        bool one = compare(&rest, n) >= 0;
        if (one) subtract(&rest, n);
        power.hi = power.hi << 1 | power.lo >> 63;
        power.lo = power.lo << 1 | one;
    }
    increment(&power); /* no power of five divides a power of two */
    return power;
}

TEST(positive_powers)
{
    natural power = {{1}};
    for (int k = 0; k <= LC_POWER_MAX; k++) {
        lc_power want = leading(&power), got = lc_power_of_ten(k);
        CHECK(want.hi == got.hi && want.lo == got.lo);
        CHECK_EQ_INT(lc_floor_log2_pow10(k), bits_of(&power) - 1);
        multiply(&power, 10);
    }
}

TEST(negative_powers)
{
    natural power = {{1}};
    for (int k = -1; k >= LC_POWER_MIN; k--) {
        multiply(&power, 10);
        lc_power want = reciprocal(&power), got = lc_power_of_ten(k);
        CHECK(want.hi == got.hi && want.lo == got.lo);
        CHECK_EQ_INT(lc_floor_log2_pow10(k), -bits_of(&power));
    }
}

TEST(small_powers)
{
    uint64_t power = 1;
    for (int k = 0; k < 20; k++, power *= 10) CHECK(lc_small_power[k] == power);
}

int main(void)
{
    RUN(small_powers);
    RUN(positive_powers);
    RUN(negative_powers);
    return check_report();
}
