/* Requests against a small server in this process: what ends them, and what they may not do. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "net/fetch.h"

static int listener;
static char base[64], host[64];
static atomic_bool stop;

static void answer(int fd, const char *path)
{
    char text[512];
    const char *body = strncmp(path, "/big", 4) ? "hello" : "0123456789012345678901234567890123456789";
    if (!strncmp(path, "/hang", 5)) return; /* the client gives up; the descriptor stays until the end */
    if (!strncmp(path, "/away", 5))
        snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n");
    else if (!strncmp(path, "/here", 5))
        snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
    else
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nX-Name: a\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void *converse(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char request[4096], path[64];
    for (ssize_t len; (len = read(fd, request, sizeof request - 1)) > 0;) {
        request[len] = '\0';
        if (sscanf(request, "%*s %63s", path) == 1) answer(fd, path);
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        pthread_create(&thread, NULL, converse, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
    return NULL;
}

static void start_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!bind(listener, (struct sockaddr *)&address, sizeof address) && !listen(listener, 64));
    getsockname(listener, (struct sockaddr *)&address, &len);
    snprintf(base, sizeof base, "http://127.0.0.1:%d", ntohs(address.sin_port));
    snprintf(host, sizeof host, "127.0.0.1:%d", ntohs(address.sin_port));
    pthread_create(&thread, NULL, serve, NULL);
    pthread_detach(thread);
}

static bool is_stopping(void *context)
{
    (void)context;
    return stop;
}

typedef struct world {
    const char *hosts[2];
    lc_fetcher *fetcher;
    char urls[8][96];
    lc_fetch_request requests[8];
    lc_fetch_answer answers[8];
} world;

static void open_world(world *w, size_t most)
{
    *w = (world){.hosts = {host, NULL}};
    lc_fetch_guard guard = {w->hosts, is_stopping, NULL, most};
    w->fetcher = lc_fetcher_new("A test", &guard);
}

static void close_world(world *w)
{
    for (size_t i = 0; i < 8; i++) lc_fetch_answer_done(&w->answers[i]);
    lc_fetcher_free(w->fetcher);
}

static void add(world *w, size_t at, const char *path)
{
    snprintf(w->urls[at], sizeof w->urls[at], "%s%s", base, path);
    w->requests[at] = (lc_fetch_request){
        .method = "GET", .url = w->urls[at], .timeout_ms = 20000, .connect_ms = 5000, .limit = 1000, .redirects = 3};
}

static void run(world *w, size_t count)
{
    lc_autoptr(lc_error) error = lc_fetcher_run(w->fetcher, w->requests, count, w->answers);
    CHECK(!error);
}

TEST(several_at_once)
{
    world w;
    open_world(&w, 0);
    for (size_t i = 0; i < 8; i++) add(&w, i, i % 2 ? "/here" : "/ok");
    run(&w, 8);
    for (size_t i = 0; i < 8; i++) {
        CHECK_EQ_INT(w.answers[i].status, 200);
        CHECK_EQ_INT(w.answers[i].body.len, 5);
    }
    close_world(&w);
}

TEST(bounds)
{
    world w;
    open_world(&w, 60);
    add(&w, 0, "/hang");
    w.requests[0].timeout_ms = 200;
    add(&w, 1, "/big");
    w.requests[1].limit = 39;
    add(&w, 2, "/away");
    run(&w, 3);
    CHECK_EQ_INT(w.answers[0].problem, LC_FETCH_TIMEOUT);
    CHECK_EQ_INT(w.answers[1].problem, LC_FETCH_SIZE);
    CHECK_EQ_INT(w.answers[2].problem, LC_FETCH_REDIRECT);
    close_world(&w);
    open_world(&w, 60);
    for (size_t i = 0; i < 3; i++) add(&w, i, "/big");
    run(&w, 3);
    int too_large = 0;
    for (size_t i = 0; i < 3; i++) too_large += w.answers[i].problem == LC_FETCH_SIZE;
    CHECK_EQ_INT(too_large, 2);
    close_world(&w);
}

static void *stop_soon(void *arg)
{
    (void)arg;
    lc_sleep_ms(200);
    stop = true;
    return NULL;
}

TEST(a_task_that_stops_waits_no_longer)
{
    world w;
    pthread_t thread;
    open_world(&w, 0);
    add(&w, 0, "/hang");
    add(&w, 1, "/ok");
    pthread_create(&thread, NULL, stop_soon, NULL);
    int64_t began = lc_monotonic_ms();
    run(&w, 2);
    CHECK(lc_monotonic_ms() - began < 5000);
    CHECK_EQ_INT(w.answers[0].problem, LC_FETCH_STOPPED);
    CHECK_EQ_INT(w.answers[1].status, 200);
    pthread_join(thread, NULL);
    stop = false;
    close_world(&w);
}

TEST(hosts_that_were_not_granted)
{
    world w;
    open_world(&w, 0);
    add(&w, 0, "/ok");
    add(&w, 1, "/ok");
    w.requests[1].url = "http://127.0.0.1:1/";
    lc_autoptr(lc_error) error = lc_fetcher_run(w.fetcher, w.requests, 2, w.answers);
    CHECK(error && strstr(lc_error_message(error), "add host:127.0.0.1:1 to the worker's setting script.grants"));
    close_world(&w);
}

int main(void)
{
    start_server();
    RUN(several_at_once);
    RUN(bounds);
    RUN(a_task_that_stops_waits_no_longer);
    RUN(hosts_that_were_not_granted);
    return check_report();
}
