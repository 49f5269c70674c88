#include <ctype.h>
#include <stdlib.h>

#include "rest/http.h"

/* Characters of a token (RFC 9110, 5.6.2). */
static bool is_token(lc_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.data[i]) && !strchr("!#$%&'*+-.^_`|~", text.data[i])) return false;
    return text.len > 0;
}

/* The piece up to one of `stops`, trimmed; `rest` goes past it. */
static lc_text cut(lc_text *rest, char stop)
{
    const char *end = memchr(rest->data, stop, rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    lc_text piece = {rest->data, len};
    rest->data += end ? len + 1 : len;
    rest->len -= end ? len + 1 : len;
    return lc_text_trim(piece);
}

typedef struct media {
    lc_text type, subtype; /* subtype is empty without a slash */
} media;

/* A weight: 0 to 1. */
static bool is_quality(lc_text text)
{
    char *end, digits[8];
    if (!text.len || text.len >= sizeof digits) return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    double weight = lc_strtod(digits, &end);
    return !*end && weight >= 0 && weight <= 1;
}

/* "type/subtype; q=0.5; …"; a lone "type" is only well-formed in Accept. */
static bool parse(lc_text text, media *ret_media)
{
    lc_text name = cut(&text, ';');
    bool has_slash = memchr(name.data, '/', name.len) != NULL;
    ret_media->type = cut(&name, '/');
    ret_media->subtype = lc_text_trim(name);
    while (text.len) {
        lc_text value = cut(&text, ';'), key = cut(&value, '=');
        if (lc_text_eq_nocase(key, LC_TEXT("q")) && !is_quality(lc_text_trim(value))) return false;
    }
    return is_token(ret_media->type) && (has_slash ? is_token(ret_media->subtype) : true);
}

static bool fits(lc_text pattern, lc_text name)
{
    return lc_text_is(pattern, "*") || lc_text_eq_nocase(pattern, name);
}

lc_media_match lc_media_content(const char *content_type)
{
    media given;
    if (!content_type) return LC_MEDIA_ABSENT;
    if (!parse(lc_text_trim(lc_text_of(content_type)), &given) || !given.subtype.len)
        return LC_MEDIA_MALFORMED;
    if (!fits(given.type, LC_TEXT("application")) || !fits(given.subtype, LC_TEXT("json")))
        return LC_MEDIA_OTHER;
    return lc_text_is(given.subtype, "*") ? LC_MEDIA_ANY : LC_MEDIA_JSON;
}

/* Weights don't matter: a route has one type to give. */
lc_media_match lc_media_accept(const char *accept, const char *type)
{
    lc_text rest = lc_text_trim(lc_text_of(accept)), subtype = lc_text_of(type);
    lc_text main_type = cut(&subtype, '/');
    lc_media_match match = rest.len ? LC_MEDIA_OTHER : LC_MEDIA_ABSENT;
    if (rest.len && rest.data[rest.len - 1] == ',') return LC_MEDIA_MALFORMED;
    while (rest.len) {
        media range;
        if (!parse(cut(&rest, ','), &range)) return LC_MEDIA_MALFORMED;
        if (lc_text_is(range.type, "*") && !range.subtype.len) range.subtype = LC_TEXT("*");
        if (fits(range.type, main_type) && fits(range.subtype, subtype)) match = LC_MEDIA_JSON;
    }
    return match;
}
