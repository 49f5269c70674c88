#include "convert/json_place.h"

#include <stdlib.h>

#include "base/memory.h"

enum { PLACES_MAX = 4096 }; /* of one table: input must not make it grow without end */

static lc_place *place_new(lc_places *places)
{
    places->count++;
    return lc_alloc(sizeof(lc_place));
}

static void place_free(lc_place *place)
{
    if (!place) return;
    for (uint32_t i = 0; i < place->child_count; i++) place_free(place->children[i]);
    free(place->children);
    free(place);
}

void lc_places_init(lc_places *places)
{
    *places = (lc_places){0};
    places->root = place_new(places);
    places->spill = place_new(places);
}

void lc_places_done(lc_places *places)
{
    place_free(places->root);
    place_free(places->spill);
    *places = (lc_places){0};
}

lc_place *lc_place_add(lc_places *places, lc_place *parent, uint32_t index)
{
    if (parent == places->spill || places->count >= PLACES_MAX) return places->spill;
    if (index >= parent->child_count) {
        uint32_t count = index + 1;
        parent->children = lc_realloc(parent->children, count * sizeof(void *));
        for (uint32_t i = parent->child_count; i < count; i++) parent->children[i] = NULL;
        parent->child_count = count;
    }
    return parent->children[index] = place_new(places);
}

static void move_to_front(lc_place *place, uint32_t at, const lc_json_keys *keys)
{
    memmove(place->guesses + 1, place->guesses, at * sizeof(void *));
    place->guesses[0] = keys;
}

void lc_place_remember(lc_place *place, const lc_json_keys *keys)
{
    uint32_t at = 0;
    while (at < place->guess_count && place->guesses[at] != keys) at++;
    if (at == LC_PLACE_GUESSES) at--;
    else if (at == place->guess_count) place->guess_count++;
    move_to_front(place, at, keys);
}

static bool goes_on(const lc_json_keys *keys, uint32_t count, const lc_source *source, const char *p)
{
    if (*p == '}') return keys->shape->count == count;
    return keys->shape->count > count && lc_json_key_match(source, p, &keys->keys[count]);
}

const lc_json_keys *lc_place_guess_again(lc_place *place, const lc_json_keys *now, uint32_t count,
                                         const lc_source *source, const char *p)
{
    for (uint32_t g = 0; g < place->guess_count; g++) {
        const lc_json_keys *keys = place->guesses[g];
        if (keys == now || !goes_on(keys, count, source, p)) continue;
        /* Interned names are equal when their bits are. */
        if (memcmp(keys->shape->names, now->shape->names, count * sizeof(lc_name)) != 0) continue;
        move_to_front(place, g, keys);
        return keys;
    }
    return NULL;
}
