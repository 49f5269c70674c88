#include "java/decimal_math.h"
#include "script/bridge.h"

enum { KEPT = 16 * 1024 };

static lc_arena *fresh_arena(lc_frame *frame)
{
    lc_arena *arena = &lc_frame_state(frame)->numbers;
    lc_arena_reset(arena, KEPT);
    return arena;
}

static int give(lc_frame *frame, lc_error *error, const lc_decimal *value)
{
    if (error) return lc_state_fail(lc_frame_state(frame), error);
    lc_frame_text(frame, (const char *)value->unscaled, value->len);
    frame->number = value->scale;
    return 0;
}

int lc_bridge_decimal_read(lc_frame *frame, const char *text, size_t len)
{
    lc_decimal value;
    lc_error *error = NULL;
    if (len > LC_DECIMAL_MATH_DIGITS + 20)
        error = lc_fail(LC_E_LIMIT, "A decimal of more than %d digits", LC_DECIMAL_MATH_DIGITS);
    else if (!lc_decimal_parse(fresh_arena(frame), (lc_text){text, len}, &value))
        error = lc_fail(LC_E_NUMBER_FORMAT, "'%.*s' is no decimal number", (int)(len < 200 ? len : 200), text);
    return give(frame, error, &value);
}

static lc_error *copy(lc_arena *arena, lc_decimal a, lc_decimal *ret)
{
    (void)arena;
    *ret = a;
    return NULL;
}

static lc_error *calculate(lc_arena *arena, int operation, const lc_decimal pair[2], lc_decimal *ret)
{
    typedef lc_error *(*binary)(lc_arena *, lc_decimal, lc_decimal, lc_decimal *);
    typedef lc_error *(*unary)(lc_arena *, lc_decimal, lc_decimal *);
    static const binary binaries[] = {
        [LC_DECIMAL_ADD] = lc_decimal_add,
        [LC_DECIMAL_SUBTRACT] = lc_decimal_subtract,
        [LC_DECIMAL_MULTIPLY] = lc_decimal_multiply,
        [LC_DECIMAL_DIVIDE_EXACT] = lc_decimal_divide_exact,
        [LC_DECIMAL_REMAINDER] = lc_decimal_remainder,
    };
    static const unary unaries[] = {
        [LC_DECIMAL_NEGATE - LC_DECIMAL_NEGATE] = lc_decimal_negate,
        [LC_DECIMAL_STRIP - LC_DECIMAL_NEGATE] = lc_decimal_strip,
        [LC_DECIMAL_COPY - LC_DECIMAL_NEGATE] = copy,
    };
    return operation >= LC_DECIMAL_NEGATE ? unaries[operation - LC_DECIMAL_NEGATE](arena, pair[0], ret)
                                          : binaries[operation](arena, pair[0], pair[1], ret);
}

int lc_bridge_decimal_math(lc_frame *frame, int operation, int scale, int rounding)
{
    static const uint8_t one = 1;
    lc_arena *arena = fresh_arena(frame);
    lc_decimal result, pair[2] = {*frame->a.u.decimal, {0, 1, &one}};
    if (operation < LC_DECIMAL_NEGATE && frame->b.u.decimal) pair[1] = *frame->b.u.decimal;
    lc_error *error = operation == LC_DECIMAL_DIVIDE
                          ? lc_decimal_divide(arena, pair, scale, (lc_rounding)rounding, &result)
                          : calculate(arena, operation, pair, &result);
    return give(frame, error, &result);
}

static int say(lc_frame *frame, double number)
{
    frame->number = number;
    return 0;
}

static int ask_int64(lc_frame *frame, lc_arena *arena, lc_decimal a)
{
    if (lc_decimal_to_int64_exact(arena, a, &frame->a.u.i)) return 0;
    return lc_state_fail(lc_frame_state(frame), lc_fail(LC_E_ARITHMETIC, "%s is no int64",
                                                        lc_decimal_to_text(arena, a).data));
}

static int ask_text(lc_frame *frame, lc_arena *arena, lc_decimal a, bool unscaled)
{
    lc_text text;
    lc_error *error = NULL;
    if (unscaled) text = lc_decimal_unscaled_text(arena, a);
    else error = lc_decimal_to_plain(arena, a, &text);
    if (error) return lc_state_fail(lc_frame_state(frame), error);
    lc_frame_text(frame, text.data, text.len);
    return 0;
}

int lc_bridge_decimal_ask(lc_frame *frame, int question)
{
    lc_arena *arena = fresh_arena(frame);
    lc_decimal a = *frame->a.u.decimal;
    switch (question) {
    case LC_DECIMAL_COMPARE: return say(frame, lc_decimal_compare(arena, a, *frame->b.u.decimal));
    case LC_DECIMAL_EQUALS: return say(frame, lc_decimal_equals(a, *frame->b.u.decimal));
    case LC_DECIMAL_SIGN: return say(frame, lc_decimal_signum(a));
    case LC_DECIMAL_PRECISION: return say(frame, lc_decimal_precision(arena, a));
    case LC_DECIMAL_SCALE: return say(frame, a.scale);
    case LC_DECIMAL_INT64: return ask_int64(frame, arena, a);
    default: return ask_text(frame, arena, a, question == LC_DECIMAL_UNSCALED);
    }
}
