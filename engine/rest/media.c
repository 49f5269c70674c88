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
    lc_text type, subtype;
    double quality;
} media;

/* "type/subtype; q=0.5; …" */
static bool parse(lc_text text, media *ret_media)
{
    lc_text name = cut(&text, ';');
    ret_media->type = cut(&name, '/');
    ret_media->subtype = lc_text_trim(name);
    ret_media->quality = 1;
    while (text.len) {
        lc_text value = cut(&text, ';'), key = cut(&value, '=');
        if (lc_text_eq_nocase(key, LC_TEXT("q")) && value.len && value.len < 8)
            ret_media->quality = lc_strtod(value.data, NULL);
    }
    /* A lone "*" is what old clients of Java's HttpURLConnection send for "anything". */
    if (lc_text_is(ret_media->type, "*") && !ret_media->subtype.len) ret_media->subtype = LC_TEXT("*");
    return is_token(ret_media->type) && is_token(ret_media->subtype);
}

static bool fits(lc_text pattern, lc_text name)
{
    return lc_text_is(pattern, "*") || lc_text_eq_nocase(pattern, name);
}

bool lc_media_is_json(const char *content_type, bool *ret_malformed)
{
    media given;
    lc_text text = lc_text_trim(lc_text_of(content_type));
    *ret_malformed = text.len && !parse(text, &given);
    if (*ret_malformed) return false;
    return !text.len || (fits(given.type, LC_TEXT("application")) && fits(given.subtype, LC_TEXT("json")));
}

bool lc_media_accepts(const char *accept, const char *type, bool *ret_malformed)
{
    lc_text rest = lc_text_trim(lc_text_of(accept)), subtype = lc_text_of(type);
    lc_text main_type = cut(&subtype, '/');
    *ret_malformed = false;
    bool accepted = !rest.len, refused = false;
    while (rest.len) {
        media range;
        lc_text item = cut(&rest, ',');
        if (!item.len) continue;
        if (!parse(item, &range)) {
            *ret_malformed = true;
            return false;
        }
        if (!fits(range.type, main_type) || !fits(range.subtype, subtype)) continue;
        /* "application/json;q=0" takes back what a wildcard allows. */
        if (range.quality > 0) accepted = true;
        else if (!lc_text_is(range.subtype, "*")) refused = true;
    }
    return accepted && !refused;
}
