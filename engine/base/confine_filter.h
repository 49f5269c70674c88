/* The filter of a confined thread, for confine.c alone: system calls by name, made into a program of the kernel's. */
#ifndef LC_BASE_CONFINE_FILTER_H
#define LC_BASE_CONFINE_FILTER_H

#include "base/confine.h"

int lc_filter_check(void);                      /* 0, or the errno that says why there can be no filter */
int lc_filter_put_on(const lc_leave *leave);    /* the same; for good, and no gain of rights by exec any more */

#endif
