/* Random numbers from libsodium, for keys, ids and jitter. Thread-safe. */
#ifndef LC_SECURE_RANDOM_H
#define LC_SECURE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void lc_random_bytes(void *into, size_t len);
int64_t lc_random_below(int64_t bound); /* uniform in [0, bound); 0 when bound <= 1 */

enum { LC_UUID_SIZE = 37 };
void lc_random_uuid(char text[LC_UUID_SIZE]); /* version 4, lower case, NUL-terminated */

#endif
