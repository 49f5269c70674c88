#include "base/thread.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/queue.h"
#include "check.h"

typedef struct shared {
    lc_queue *queue;
    lc_event go;
    lc_event done;
    atomic_int sum;
    bool signals_blocked;
} shared;

static void wait_for_go(void *arg)
{
    shared *s = arg;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    s->signals_blocked = sigismember(&mask, SIGTERM) == 1;
    lc_event_wait(&s->go, -1);
}

TEST(joins_with_a_deadline)
{
    shared s = {0};
    lc_thread *thread = NULL;
    lc_event_init(&s.go);
    lc_autoptr(lc_error) error =
        lc_thread_start("test-thread-with-a-long-name", 256 * 1024, wait_for_go, &s, &thread);
    CHECK(!error);
    int64_t start = lc_monotonic_ms();
    CHECK(!lc_thread_join(thread, 30));
    CHECK(lc_monotonic_ms() - start >= 29);
    CHECK(!lc_thread_has_ended(thread));
    CHECK(!lc_thread_is_self(thread));
    lc_event_set(&s.go);
    CHECK(lc_thread_join(thread, -1));
    CHECK(s.signals_blocked);
    CHECK(lc_thread_join(NULL, 0));
    lc_event_done(&s.go);
}

static void signal_done(void *arg)
{
    shared *s = arg;
    lc_event_wait(&s->go, -1);
    lc_event_set(&s->done);
}

TEST(abandoned_threads_run_out)
{
    static shared s; /* the thread may still be on its way out of lc_event_set when this returns */
    lc_thread *thread = NULL;
    lc_event_init(&s.go);
    lc_event_init(&s.done);
    lc_autoptr(lc_error) error = lc_thread_start("abandoned", 0, signal_done, &s, &thread);
    CHECK(!error);
    lc_thread_abandon(thread);
    lc_event_set(&s.go);
    CHECK(lc_event_wait(&s.done, 5000));
}

TEST(event_times_out)
{
    lc_event event;
    lc_event_init(&event);
    CHECK(!lc_event_wait(&event, 0));
    CHECK(!lc_event_wait(&event, 5));
    lc_event_set(&event);
    CHECK(lc_event_wait(&event, 0) && lc_event_is_set(&event));
    lc_event_clear(&event);
    CHECK(!lc_event_is_set(&event));
    lc_event_done(&event);
}

enum { PRODUCERS = 4, ITEMS = 2000 };

static void produce(void *arg)
{
    shared *s = arg;
    for (int i = 1; i <= ITEMS; i++) {
        int *item = lc_alloc(sizeof *item);
        *item = i;
        lc_queue_push(s->queue, item);
    }
}

TEST(queue_takes_from_many)
{
    shared s = {.queue = lc_queue_new(free)};
    lc_thread *threads[PRODUCERS] = {0};
    for (int i = 0; i < PRODUCERS; i++) {
        lc_autoptr(lc_error) error = lc_thread_start("producer", 0, produce, &s, &threads[i]);
        CHECK(!error);
    }
    int64_t sum = 0;
    for (int i = 0; i < PRODUCERS * ITEMS; i++) {
        int *item = lc_queue_pop(s.queue, 5000);
        sum += item ? *item : 0;
        free(item);
    }
    CHECK_EQ_INT(sum, (int64_t)PRODUCERS * ITEMS * (ITEMS + 1) / 2);
    CHECK(lc_queue_pop(s.queue, 0) == NULL);
    for (int i = 0; i < PRODUCERS; i++) CHECK(lc_thread_join(threads[i], 5000));
    lc_queue_free(s.queue);
}

TEST(queue_order_front_and_growth)
{
    static int items[100];
    lc_queue *queue = lc_queue_new(NULL);
    for (int i = 0; i < 100; i++) lc_queue_push(queue, &items[i]);
    for (int i = 0; i < 60; i++) CHECK(lc_queue_pop(queue, 0) == &items[i]);
    lc_queue_push_front(queue, &items[7]);
    CHECK_EQ_INT(lc_queue_count(queue), 41);
    CHECK(lc_queue_pop(queue, -1) == &items[7]);
    CHECK(lc_queue_pop(queue, -1) == &items[60]);
    lc_queue_free(queue);
}

TEST(closed_queue_drains)
{
    static int item;
    lc_queue *queue = lc_queue_new(NULL);
    CHECK(lc_queue_push(queue, &item));
    lc_queue_close(queue);
    CHECK(!lc_queue_push(queue, &item));
    CHECK(lc_queue_is_closed(queue));
    CHECK(lc_queue_pop(queue, -1) == &item);
    CHECK(lc_queue_pop(queue, -1) == NULL);
    lc_queue_free(queue);
}

TEST(wake_is_not_lost)
{
    lc_queue *queue = lc_queue_new(NULL);
    lc_queue_wake(queue);
    CHECK(lc_queue_pop(queue, -1) == NULL);
    int64_t start = lc_monotonic_ms();
    CHECK(lc_queue_pop(queue, 20) == NULL);
    CHECK(lc_monotonic_ms() - start >= 19);
    lc_queue_free(queue);
}

int main(void)
{
    RUN(joins_with_a_deadline);
    RUN(abandoned_threads_run_out);
    RUN(event_times_out);
    RUN(queue_takes_from_many);
    RUN(queue_order_front_and_growth);
    RUN(closed_queue_drains);
    RUN(wake_is_not_lost);
    return check_report();
}
