/* Confines a thread: the kernel refuses it what the scripts that it runs have no business with.
 *
 *   confined thread ──system call──▶ filter (seccomp) ──▶ EPERM, or the kernel
 *        └──lc_unconfined_call──▶ its companion, a thread without a filter, while it waits
 *
 * A filter can't be taken off again, and threads that a confined thread makes have it too. So what a task makes for
 * others (Kafka clients with their threads, the offset file) is made by a companion that was there before:
 * lc_thread_start goes there by itself. A confined thread shares its memory with all others: this stops scripts that
 * reach a system call they should not, no code that writes where it likes.
 *
 * Functions concern the calling thread alone. Linux on x86-64 and ARM64. */
#ifndef LC_BASE_CONFINE_H
#define LC_BASE_CONFINE_H

#include <stdbool.h>
#include "base/error.h"

/* What stays possible beyond computing, reading files, and using what is open already. */
typedef struct lc_leave {
    bool network; /* making and connecting sockets */
    bool writing; /* opening files to write; making, renaming and removing them */
} lc_leave;

/* Whether the kernel has what it takes: LC_E_CONFIG with the reason. */
lc_error *lc_confine_check(void) LC_RESULT;
/* Starts the companion and puts the filter on; a thread that is confined already stays as it is. Refused calls fail
 * with EPERM and are noted in the kernel's audit log. The thread must call lc_confine_end before it ends. */
lc_error *lc_confine(const lc_leave *leave) LC_RESULT;
bool lc_is_confined(void);
void lc_confine_end(void); /* ends the companion, if there is one; the filter stays */
/* Runs `call(arg)` where no filter is and returns when it has: right here, on a thread that isn't confined. */
void lc_unconfined_call(void (*call)(void *arg), void *arg);

#endif
