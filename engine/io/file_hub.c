#include "io/file_hub.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"

typedef struct watch {
    int number; /* inotify's; the same for all who watch one file */
    int event_fd;
} watch;

struct lc_file_hub {
    int inotify;
    int quit; /* eventfd */
    lc_thread *thread;
    pthread_mutex_t lock; /* guards everything below and starting the thread */
    watch *watches;
    size_t count, cap;
};

lc_error *lc_file_hub_new(lc_file_hub **ret_hub)
{
    lc_file_hub *hub = lc_alloc(sizeof *hub);
    hub->inotify = hub->quit = -1;
    pthread_mutex_init(&hub->lock, NULL);
    *ret_hub = hub;
    return NULL;
}

void lc_file_hub_free(lc_file_hub *hub)
{
    if (!hub) return;
    if (hub->thread) {
        uint64_t one = 1;
        if (write(hub->quit, &one, sizeof one) > 0) lc_thread_join(hub->thread, -1);
    }
    if (hub->inotify >= 0) close(hub->inotify);
    if (hub->quit >= 0) close(hub->quit);
    pthread_mutex_destroy(&hub->lock);
    free(hub->watches);
    free(hub);
}

/* A negative number stands for all: the kernel dropped events. */
static void notify(lc_file_hub *hub, int number)
{
    uint64_t one = 1;
    pthread_mutex_lock(&hub->lock);
    for (size_t i = 0; i < hub->count; i++)
        if ((number < 0 || hub->watches[i].number == number) &&
            write(hub->watches[i].event_fd, &one, sizeof one) < 0)
            continue;
    pthread_mutex_unlock(&hub->lock);
}

static void read_events(lc_file_hub *hub)
{
    _Alignas(struct inotify_event) char buffer[4096];
    ssize_t got = read(hub->inotify, buffer, sizeof buffer);
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        notify(hub, event->wd);
        at += (ssize_t)(sizeof *event + event->len);
    }
}

static void run(void *argument)
{
    lc_file_hub *hub = argument;
    struct pollfd fds[2] = {{hub->inotify, POLLIN, 0}, {hub->quit, POLLIN, 0}};
    while (!(fds[1].revents & POLLIN)) {
        if (poll(fds, 2, -1) > 0 && (fds[0].revents & POLLIN)) read_events(hub);
    }
}

static bool start(lc_file_hub *hub)
{
    if (hub->thread) return true;
    if (hub->inotify < 0) hub->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (hub->quit < 0) hub->quit = eventfd(0, EFD_CLOEXEC);
    if (hub->inotify < 0 || hub->quit < 0) return false;
    lc_error *error = lc_thread_start("file-hub", 256 * 1024, run, hub, &hub->thread);
    lc_error_free(error);
    return !error;
}

static int add(lc_file_hub *hub, const char *path, uint32_t events, int event_fd)
{
    pthread_mutex_lock(&hub->lock);
    int number = start(hub) ? inotify_add_watch(hub->inotify, path, events) : -1;
    if (number >= 0) {
        hub->watches = lc_grow(hub->watches, &hub->cap, hub->count + 1, sizeof *hub->watches);
        hub->watches[hub->count++] = (watch){number, event_fd};
    }
    pthread_mutex_unlock(&hub->lock);
    return number;
}

int lc_file_hub_watch(lc_file_hub *hub, const char *path, int event_fd)
{
    return add(hub, path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF, event_fd);
}

int lc_file_hub_watch_directory(lc_file_hub *hub, const char *path, int event_fd)
{
    return add(hub, path, IN_ONLYDIR | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_MOVE | IN_DELETE,
               event_fd);
}

void lc_file_hub_unwatch(lc_file_hub *hub, int number, int event_fd)
{
    bool others = false;
    pthread_mutex_lock(&hub->lock);
    for (size_t i = hub->count; i-- > 0;) {
        if (hub->watches[i].number != number) continue;
        if (hub->watches[i].event_fd == event_fd) hub->watches[i] = hub->watches[--hub->count];
        else others = true;
    }
    if (!others) inotify_rm_watch(hub->inotify, number);
    pthread_mutex_unlock(&hub->lock);
}
