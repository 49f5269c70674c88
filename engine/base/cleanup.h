/* Scope-bound release: `lc_auto(lc_buf) text = {0};` is released when its scope ends.
 *
 * A type T takes part by defining, with LC_DEFINE_AUTO, which function releases a variable of it. */
#ifndef LC_BASE_CLEANUP_H
#define LC_BASE_CLEANUP_H

#define lc_auto(type) __attribute__((cleanup(lc_auto_##type))) type
/* For a local that is a pointer to an owned object: `lc_autoptr(lc_error) err = …;` */
#define lc_autoptr(type) __attribute__((cleanup(lc_autoptr_##type))) type *

/* Objects that live in place: done(&object). */
#define LC_DEFINE_AUTO(type, done_function)                                                                  \
    static inline void lc_auto_##type(type *object)                                                         \
    {                                                                                                       \
        done_function(object);                                                                              \
    }
/* Objects on the heap: free(object), which accepts NULL. */
#define LC_DEFINE_AUTOPTR(type, free_function)                                                               \
    static inline void lc_autoptr_##type(type **object)                                                     \
    {                                                                                                       \
        free_function(*object);                                                                             \
    }

/* Moves ownership out of a scope-bound pointer: returns it and leaves NULL behind. */
#define lc_steal(pointer)                                                                                    \
    __extension__({                                                                                         \
        __typeof__(pointer) lc_stolen_ = (pointer);                                                         \
        (pointer) = NULL;                                                                                   \
        lc_stolen_;                                                                                         \
    })

#endif
