/* The unit test kit: checks that print both operands, and a runner that counts.
 *
 *   TEST(adds) { CHECK_EQ_INT(1 + 1, 2); }
 *   int main(void) { RUN(adds); return check_report(); }
 */
#ifndef LC_TESTS_CHECK_H
#define LC_TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_failed, check_passed;
static const char *check_current;

static inline void check_note(bool ok, const char *file, int line, const char *what)
{
    if (ok) {
        check_passed++;
        return;
    }
    check_failed++;
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, check_current, what);
}

#define CHECK(condition) check_note((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ_INT(actual, expected)                                                                       \
    do {                                                                                                    \
        long long check_a_ = (long long)(actual), check_e_ = (long long)(expected);                         \
        char check_text_[200];                                                                              \
        snprintf(check_text_, sizeof check_text_, "%s is %lld, expected %lld", #actual, check_a_, check_e_); \
        check_note(check_a_ == check_e_, __FILE__, __LINE__, check_text_);                                  \
    } while (0)
#define CHECK_EQ_STR(actual, expected)                                                                       \
    do {                                                                                                    \
        const char *check_a_ = (actual), *check_e_ = (expected);                                            \
        char check_text_[2000];                                                                             \
        bool check_same_ = check_a_ && check_e_ ? !strcmp(check_a_, check_e_) : check_a_ == check_e_;       \
        snprintf(check_text_, sizeof check_text_, "%s is \"%s\", expected \"%s\"", #actual,                 \
                 check_a_ ? check_a_ : "(null)", check_e_ ? check_e_ : "(null)");                           \
        check_note(check_same_, __FILE__, __LINE__, check_text_);                                           \
    } while (0)

#define TEST(name) static void test_##name(void)
#define RUN(name) (check_current = #name, test_##name())

static inline int check_report(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed ? 1 : 0;
}

#endif
