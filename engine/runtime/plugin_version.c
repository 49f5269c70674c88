#include "runtime/plugin_version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"

/* One part of a version: a number or a word. */
typedef struct part {
    lc_text text; /* "" past the end */
    bool is_number;
} part;

static part next_part(const char **at)
{
    while (**at && !isalnum((unsigned char)**at)) ++*at;
    const char *from = *at;
    bool number = isdigit((unsigned char)*from);
    while (isalnum((unsigned char)**at) && !isdigit((unsigned char)**at) == !number) ++*at;
    return (part){
        {from, (size_t)(*at - from)},
        number
    };
}

/* How a word stands to the release itself, which is 0. */
static int rank(lc_text word)
{
    static const struct {
        const char *word;
        int rank;
    } known[] = {
        {"alpha",     -5},
        {"a",         -5},
        {"beta",      -4},
        {"b",         -4},
        {"milestone", -3},
        {"m",         -3},
        {"rc",        -2},
        {"cr",        -2},
        {"snapshot",  -1},
        {"",          0 },
        {"ga",        0 },
        {"final",     0 },
        {"release",   0 },
        {"sp",        1 }
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (lc_text_eq_nocase(word, lc_text_of(known[i].word))) return known[i].rank;
    return 2;
}

static lc_text without_zeros(lc_text number)
{
    while (number.len && *number.data == '0') number.data++, number.len--;
    return number;
}

static int compare_bytes(lc_text a, lc_text b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_numbers(lc_text a, lc_text b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    if (a.len != b.len) return a.len < b.len ? -1 : 1;
    return compare_bytes(a, b);
}

static int compare_parts(part a, part b)
{
    bool a_counts = a.is_number || !a.text.len, b_counts = b.is_number || !b.text.len;
    if (a_counts && b_counts) return compare_numbers(a.text, b.text);
    if (a.is_number) return 1;
    if (b.is_number) return -1;
    int rank_a = rank(a.text), rank_b = rank(b.text);
    if (rank_a != rank_b) return rank_a < rank_b ? -1 : 1;
    return rank_a == 2 ? compare_bytes(a.text, b.text) : 0;
}

int lc_version_compare(const char *a, const char *b)
{
    for (;;) {
        part of_a = next_part(&a), of_b = next_part(&b);
        if (!of_a.text.len && !of_b.text.len) return 0;
        int order = compare_parts(of_a, of_b);
        if (order) return order < 0 ? -1 : 1;
    }
}

/* One restriction: "[1.0,2.0)". */
typedef struct bounds {
    char *low, *high; /* NULL: open */
    bool has_low, has_high;
} bounds;

static char *trimmed(const char *text, size_t len)
{
    lc_text part_of = lc_text_trim((lc_text){text, len});
    return part_of.len ? lc_strndup(part_of.data, part_of.len) : NULL;
}

static lc_error *parse_bounds(const char *spec, size_t len, bounds *ret)
{
    const char *comma = memchr(spec, ',', len);
    *ret = (bounds){.has_low = spec[0] == '[', .has_high = spec[len - 1] == ']'};
    if (!comma) {
        if (!ret->has_low || !ret->has_high)
            return lc_fail(LC_E_CONFIG, "Single version must be surrounded by []: %.*s", (int)len, spec);
        ret->low = trimmed(spec + 1, len - 2);
        ret->high = lc_strdup(ret->low);
        return NULL;
    }
    ret->low = trimmed(spec + 1, (size_t)(comma - spec - 1));
    ret->high = trimmed(comma + 1, (size_t)(spec + len - 1 - comma - 1));
    if (ret->low && ret->high && lc_version_compare(ret->high, ret->low) < 0)
        return lc_fail(LC_E_CONFIG, "Range defies version ordering: %.*s", (int)len, spec);
    return NULL;
}

static bool is_within(const bounds *range, const char *version)
{
    int low = range->low ? lc_version_compare(version, range->low) : 1;
    int high = range->high ? lc_version_compare(version, range->high) : -1;
    return (low > 0 || (low == 0 && range->has_low)) && (high < 0 || (high == 0 && range->has_high));
}

static void free_bounds(bounds *range)
{
    free(range->low);
    free(range->high);
}

static lc_error *match_set(const char *spec, const char *version, bool *ret_matches)
{
    const char *at = spec;
    while (*at == '[' || *at == '(') {
        size_t len = strcspn(at, ")]");
        if (!at[len]) return lc_fail(LC_E_CONFIG, "Unbounded range: %s", spec);
        bounds range;
        lc_error *error = parse_bounds(at, len + 1, &range);
        if (!error && version && is_within(&range, version)) *ret_matches = true;
        free_bounds(&range);
        LC_TRY(error);
        at += len + 1;
        at += strspn(at, " ,");
    }
    if (!*at) return NULL;
    return lc_fail(LC_E_CONFIG, "Only fully-qualified sets allowed in multiple set scenario: %s", spec);
}

lc_error *lc_version_matches(const char *range, const char *version, bool *ret_matches)
{
    char *spec = trimmed(range, strlen(range));
    lc_error *error = NULL;
    *ret_matches = false;
    if (!spec || !strcmp(spec, "latest")) *ret_matches = true;
    else if (*spec == '[' || *spec == '(') error = match_set(spec, version, ret_matches);
    else *ret_matches = version && lc_version_compare(spec, version) == 0;
    free(spec);
    return error;
}
