/* Places: what stood where in the JSON documents before, so that the reader can guess.
 *
 * The place of an object knows the latest shapes that objects there had; below it are the places of its
 * members, by index, those of an array's items being one. A place is a guess only: whatever it says is
 * verified against the input. One table belongs to one converter, so to one thread. */
#ifndef LC_CONVERT_JSON_PLACE_H
#define LC_CONVERT_JSON_PLACE_H

#include "convert/json_keys.h"

enum {
    LC_PLACE_GUESSES = 16, /* shapes remembered per place */
    LC_PLACE_CHILDREN = 64 /* members of an object that have a place of their own */
};

typedef struct lc_place lc_place;
struct lc_place {
    const lc_json_keys *guesses[LC_PLACE_GUESSES]; /* latest first */
    uint32_t guess_count;
    uint32_t novel; /* new shapes in a row: names that are always new are data */
    uint32_t child_count;
    lc_place **children; /* by index of the member, modulo LC_PLACE_CHILDREN; NULL where none was needed */
};

typedef struct lc_places {
    lc_place *root;
    lc_place *spill; /* stands for all places past the limit */
    uint32_t count;
} lc_places;

void lc_places_init(lc_places *places);
void lc_places_done(lc_places *places);
lc_place *lc_place_add(lc_places *places, lc_place *parent, uint32_t index); /* of lc_place_child */

static inline lc_place *lc_place_child(lc_places *places, lc_place *parent, uint32_t index)
{
    index %= LC_PLACE_CHILDREN;
    if (LC_LIKELY(index < parent->child_count && parent->children[index])) return parent->children[index];
    return lc_place_add(places, parent, index);
}

/* Makes `keys` the first guess; the oldest one goes. */
void lc_place_remember(lc_place *place, const lc_json_keys *keys);

/* Another guess than `now` that begins with the same `count` names and goes on as the input at `p` does; with
 * a closing brace at `p`, one that ends there. It becomes the first guess. NULL: none. */
const lc_json_keys *lc_place_guess_again(lc_place *place, const lc_json_keys *now, uint32_t count,
                                         const lc_source *source, const char *p);

#endif
