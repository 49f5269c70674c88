#include "runtime/tap.h"

#include "check.h"

static lc_tap *open_tap(lc_taps *taps, int64_t most, int rate)
{
    lc_tap_options options = {.connector = "orders", .most = most, .rate = rate};
    lc_tap *tap = NULL;
    CHECK(!lc_tap_open(taps, &options, &tap));
    return tap;
}

TEST(tasks_find_their_taps)
{
    lc_taps *taps = lc_taps_new();
    lc_tap *found[LC_TAPS_MAX];
    uint32_t before = *lc_taps_version(taps);
    CHECK_EQ_INT(lc_taps_of(taps, "orders", 0, found), 0);
    lc_tap_options options = {.connector = "orders", .most = 1, .tasks = {1, 2}, .task_count = 2};
    lc_tap *tap = NULL;
    CHECK(!lc_tap_open(taps, &options, &tap));
    CHECK(*lc_taps_version(taps) != before);
    CHECK_EQ_INT(lc_taps_of(taps, "orders", 0, found), 0);
    CHECK_EQ_INT(lc_taps_of(taps, "other", 1, found), 0);
    CHECK_EQ_INT(lc_taps_of(taps, "orders", 2, found), 1);
    lc_tap_close(tap); /* the task may hold it a little longer */
    CHECK_EQ_INT(lc_tap_room(found[0], 5), 0);
    lc_tap_release(found[0]);
    lc_taps_free(taps);
}

TEST(there_is_a_bound)
{
    lc_taps *taps = lc_taps_new();
    lc_tap *all[LC_TAPS_MAX], *more = NULL;
    for (size_t i = 0; i < LC_TAPS_MAX; i++) all[i] = open_tap(taps, 1, 1);
    lc_tap_options options = {.connector = "orders", .most = 1};
    lc_autoptr(lc_error) error = lc_tap_open(taps, &options, &more);
    CHECK_EQ_INT(lc_error_code(error), LC_E_CONFLICT);
    for (size_t i = 0; i < LC_TAPS_MAX; i++) lc_tap_close(all[i]);
    lc_taps_free(taps);
}

TEST(a_queue_that_nobody_reads_loses)
{
    lc_taps *taps = lc_taps_new();
    lc_tap *tap = open_tap(taps, 1000000, 0);
    lc_auto(lc_buf) event = {0};
    lc_auto(lc_buf) out = {0};
    int64_t lost = 0, kept = 0, total_lost = 0;
    for (int i = 0; i < 100000; i++) lc_buf_put(&event, 'x');
    for (int i = 0; i < 1000; i++) kept += lc_tap_put(tap, &event, 1);
    CHECK(kept > 0 && kept * 100000 <= LC_TAP_BYTES);
    CHECK_EQ_INT(lc_tap_room(tap, 1), 0);
    for (int64_t i = 0; i < kept; i++) {
        CHECK_EQ_INT(lc_tap_take(tap, 0, &out, &lost), LC_TAP_EVENT);
        total_lost += lost;
    }
    CHECK_EQ_INT(lc_tap_take(tap, 0, &out, &lost), LC_TAP_WAITING);
    CHECK_EQ_INT(total_lost, 1000 - kept);
    CHECK_EQ_INT(out.len, (size_t)kept * 100000);
    CHECK_EQ_INT(lc_tap_room(tap, 7), 7);
    lc_tap_close(tap);
    lc_taps_free(taps);
}

TEST(limits_and_rates)
{
    lc_taps *taps = lc_taps_new();
    lc_tap *tap = open_tap(taps, 3, 10);
    lc_auto(lc_buf) event = {0};
    lc_auto(lc_buf) out = {0};
    int64_t lost;
    lc_buf_text(&event, "x");
    CHECK_EQ_INT(lc_tap_room(tap, 500), 3); /* no more than are wanted */
    CHECK(lc_tap_room(tap, 500) <= 3);
    for (int i = 0; i < 5; i++) CHECK(lc_tap_put(tap, &event, 1));
    for (int i = 0; i < 3; i++) CHECK_EQ_INT(lc_tap_take(tap, 0, &out, &lost), LC_TAP_EVENT);
    CHECK_EQ_INT(lc_tap_take(tap, 1000, &out, &lost), LC_TAP_OVER);
    CHECK_EQ_STR(out.data, "xxx");
    lc_tap_close(tap);
    tap = open_tap(taps, 1000, 10);
    uint32_t first = lc_tap_room(tap, 500);
    CHECK(first >= 5 && first <= 7); /* half a second's */
    CHECK_EQ_INT(lc_tap_room(tap, 500), 0);
    lc_taps_end(taps);
    CHECK_EQ_INT(lc_tap_take(tap, 10000, &out, &lost), LC_TAP_OVER);
    lc_tap_close(tap);
    lc_taps_free(taps);
}

int main(void)
{
    RUN(tasks_find_their_taps);
    RUN(there_is_a_bound);
    RUN(a_queue_that_nobody_reads_loses);
    RUN(limits_and_rates);
    return check_report();
}
