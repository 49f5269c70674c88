#include "data/reshape.h"

#include "data/types.h"

typedef enum step_kind { STEP_TAKE, STEP_CONSTANT, STEP_INSIDE } step_kind;

/* What one slot of the result is made of. */
typedef struct step {
    step_kind kind;
    unsigned flags; /* LC_TAKE_… */
    uint32_t depth;
    const uint32_t *path; /* depth slot indexes, from the input down */
    lc_value constant;
    const lc_plan *inner; /* of STEP_INSIDE */
} step;

typedef struct guard {
    const uint32_t *path;
    uint32_t depth;
    bool may_be_null;
    const lc_shape *shape;
} guard;

typedef struct move {
    uint32_t to, from;
} move;

typedef struct filling {
    uint32_t to;
    lc_value value;
} filling;

typedef enum plan_life {
    LIFE_LASTING,  /* as long as the types */
    LIFE_ONE_CALL, /* knows an anonymous shape, whose address means nothing after the batch */
    LIFE_OVER
} plan_life;

/* Steps are as they were asked for; sealing sorts them by cost:
 *   moves     slot to slot, no questions
 *   looks     slot to slot, unless it holds anything but a scalar: then as a slow step
 *   fillings  constants without containers
 *   slow      the rest: places of steps
 * A plan is put together in the batch's arena; what lasts is copied when it is sealed. */
struct lc_plan {
    lc_types *types;
    lc_arena *arena;
    plan_life life;
    bool is_inner; /* is there as long as the plan around it */
    const lc_shape *input;
    const lc_shape *shape;   /* the result's */
    const lc_schema *schema; /* the result's, or NULL: a map */
    uint32_t step_count, step_cap, guard_count, guard_cap;
    step *steps;
    guard *guards;
    uint32_t move_count, look_count, filling_count, slow_count;
    move *moves, *looks;
    filling *fillings;
    uint32_t *slow;
};

/* The plan's address is known before its life is: one that turned out good for one call gives its place to
 * the next. */
static lc_plan *place_for_plan(lc_types *types, lc_arena *arena, const lc_shape *shape)
{
    lc_plan *plan = types->spent_plan;
    if (!shape->id) return lc_arena_alloc(arena, sizeof *plan);
    types->spent_plan = NULL;
    return plan ? plan : lc_arena_alloc(&types->arena, sizeof *plan);
}

lc_plan *lc_plan_new(lc_types *types, lc_arena *arena, const lc_shape *shape)
{
    lc_plan *plan = place_for_plan(types, arena, shape);
    *plan = (lc_plan){.types = types, .arena = arena, .input = shape};
    if (!shape->id) plan->life = LIFE_ONE_CALL;
    return plan;
}

lc_plan *lc_plan_new_inner(lc_types *types, lc_arena *arena, const lc_shape *shape, bool lasting)
{
    lc_plan *plan = lc_arena_alloc(lasting && shape->id ? &types->arena : arena, sizeof *plan);
    *plan = (lc_plan){.types = types, .arena = arena, .input = shape, .is_inner = true};
    if (!lasting || !shape->id) plan->life = LIFE_ONE_CALL;
    return plan;
}

static void *copy_items(lc_arena *arena, const void *items, size_t size)
{
    void *copy = lc_arena_alloc(arena, size);
    if (size) memcpy(copy, items, size);
    return copy;
}

static void *room_for_one(lc_arena *arena, void *items, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap) return items;
    *cap = *cap ? *cap * 2 : 16;
    void *more = lc_arena_alloc(arena, *cap * size);
    if (count) memcpy(more, items, count * size);
    return more;
}

static void add_step(lc_plan *plan, step next)
{
    plan->steps =
        room_for_one(plan->arena, plan->steps, plan->step_count, &plan->step_cap, sizeof *plan->steps);
    plan->steps[plan->step_count++] = next;
}

void lc_plan_take(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags)
{
    const uint32_t *kept = copy_items(plan->arena, path, depth * sizeof *path);
    add_step(plan, (step){STEP_TAKE, flags, depth, kept, lc_value_null(), NULL});
}

void lc_plan_inside(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags, const lc_plan *inner)
{
    const uint32_t *kept = copy_items(plan->arena, path, depth * sizeof *path);
    add_step(plan, (step){STEP_INSIDE, flags, depth, kept, lc_value_null(), inner});
    if (inner->life != LIFE_LASTING) plan->life = LIFE_ONE_CALL;
}

void lc_plan_constant(lc_plan *plan, const lc_value *value)
{
    add_step(plan, (step){STEP_CONSTANT, 0, 0, NULL, lc_value_copy(plan->arena, value), NULL});
}

void lc_plan_guard(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *shape,
                   bool may_be_null)
{
    const uint32_t *kept = copy_items(plan->arena, path, depth * sizeof *path);
    plan->guards =
        room_for_one(plan->arena, plan->guards, plan->guard_count, &plan->guard_cap, sizeof *plan->guards);
    plan->guards[plan->guard_count++] = (guard){kept, depth, may_be_null, shape};
    if (!shape->id) plan->life = LIFE_ONE_CALL;
}

static bool is_container(const lc_value *value)
{
    return value->kind >= LC_ARRAY && value->kind <= LC_STRUCT;
}

static bool is_direct(const lc_plan *plan, const step *s)
{
    return s->kind == STEP_TAKE && s->depth == 1 && s->path[0] < plan->input->count &&
           !(s->flags & (LC_TAKE_CHECKED | LC_TAKE_NULL));
}

static bool is_filling(const step *s)
{
    return s->kind == STEP_CONSTANT && !is_container(&s->constant);
}

/* Steps and guards lie in the batch's arena so far. */
static void settle(lc_plan *plan, lc_arena *home)
{
    plan->steps = copy_items(home, plan->steps, plan->step_count * sizeof *plan->steps);
    plan->guards = copy_items(home, plan->guards, plan->guard_count * sizeof *plan->guards);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        step *s = &plan->steps[i];
        s->path = copy_items(home, s->path, s->depth * sizeof *s->path);
        s->constant = lc_value_copy(home, &s->constant);
    }
    for (uint32_t i = 0; i < plan->guard_count; i++) {
        guard *g = &plan->guards[i];
        g->path = copy_items(home, g->path, g->depth * sizeof *g->path);
    }
}

static void sort_steps(lc_plan *plan, lc_arena *home)
{
    uint32_t count = plan->shape->count, taken = plan->step_count < count ? plan->step_count : count;
    plan->moves = lc_arena_alloc(home, taken * sizeof *plan->moves);
    plan->looks = lc_arena_alloc(home, taken * sizeof *plan->looks);
    plan->fillings = lc_arena_alloc(home, count * sizeof *plan->fillings);
    plan->slow = lc_arena_alloc(home, taken * sizeof *plan->slow);
    for (uint32_t i = 0; i < taken; i++) {
        const step *s = &plan->steps[i];
        if (is_direct(plan, s) && !s->flags) plan->moves[plan->move_count++] = (move){i, s->path[0]};
        else if (is_direct(plan, s)) plan->looks[plan->look_count++] = (move){i, s->path[0]};
        else if (is_filling(s)) plan->fillings[plan->filling_count++] = (filling){i, s->constant};
        else plan->slow[plan->slow_count++] = i;
    }
    for (uint32_t i = taken; i < count; i++)
        plan->fillings[plan->filling_count++] = (filling){i, lc_value_null()};
}

void lc_plan_seal(lc_plan *plan, const lc_shape *shape, const lc_schema *schema)
{
    plan->shape = schema ? schema->shape : shape;
    plan->schema = schema;
    if (!plan->shape->id) plan->life = LIFE_ONE_CALL;
    lc_arena *home = plan->life == LIFE_LASTING ? &plan->types->arena : plan->arena;
    if (plan->life == LIFE_LASTING) settle(plan, home);
    else if (plan->input->id && !plan->is_inner) plan->types->spent_plan = plan;
    sort_steps(plan, home);
}

static const lc_value NOTHING;

static const lc_value *slot_of(const lc_object *object, uint32_t index, bool with_default)
{
    if (index >= object->shape->count) return &NOTHING;
    return with_default ? lc_struct_get(object, index) : &object->slots[index];
}

/* The value at a path; NOTHING below a null or a value that has no fields. */
static const lc_value *follow(const lc_value *from, const uint32_t *path, uint32_t depth, bool with_default)
{
    for (uint32_t i = 0; i < depth; i++) {
        if (!lc_value_is_object(from)) return &NOTHING;
        from = slot_of(from->u.object, path[i], with_default);
    }
    return from;
}

static bool guard_holds(const guard *g, const lc_value *object)
{
    const lc_value *value = follow(object, g->path, g->depth, false);
    if (value->kind == LC_NULL) return g->may_be_null;
    return lc_value_is_object(value) && value->u.object->shape == g->shape;
}

/* What stands in for the null in the last slot of a path. */
static const lc_value *own_default(const step *s, const lc_value *object)
{
    const lc_value *parent = follow(object, s->path, s->depth - 1, false);
    return slot_of(parent->u.object, s->path[s->depth - 1], true);
}

static bool refuses(unsigned flags, const lc_value *value)
{
    if (value->kind == LC_NULL) return (flags & LC_TAKE_REQUIRED) && value != &NOTHING;
    if (flags & LC_TAKE_NULL) return true;
    if ((flags & LC_TAKE_LEAF) && (value->kind == LC_MAP || value->kind == LC_STRUCT)) return true;
    return (flags & LC_TAKE_PLAIN) && value->kind >= LC_DATE;
}

static bool fits(const lc_schema *schema, const lc_value *value)
{
    if (value == &NOTHING) return true;
    lc_autoptr(lc_error) error = lc_schema_validate(schema, NULL, value);
    return !error;
}

/* `schema` is that of the result's field, or NULL. */
static bool take(const step *s, const lc_schema *schema, lc_arena *arena, const lc_value *object,
                 lc_value *ret_value)
{
    const lc_value *raw = follow(object, s->path, s->depth, false), *value = raw;
    if (raw->kind == LC_NULL && (s->flags & LC_TAKE_DEFAULT)) value = follow(object, s->path, s->depth, true);
    else if (raw->kind == LC_NULL && (s->flags & LC_TAKE_OWN_DEFAULT) && raw != &NOTHING)
        value = own_default(s, object);
    if (refuses(s->flags, value)) return false;
    if (schema && (s->flags & LC_TAKE_CHECKED) && !fits(schema, value)) return false;
    /* What a default holds belongs to its schema: never let a record change it. */
    bool own = (s->flags & LC_TAKE_COPY) || value != raw;
    *ret_value = own && is_container(value) ? lc_value_fork(arena, value) : *value;
    return true;
}

static bool make_inside(const step *s, lc_arena *arena, const lc_value *object, lc_value *ret_value)
{
    const lc_value *raw = follow(object, s->path, s->depth, false), *value = raw;
    if (raw->kind == LC_NULL && (s->flags & LC_TAKE_OWN_DEFAULT) && raw != &NOTHING)
        value = own_default(s, object);
    *ret_value = lc_value_null();
    if (value->kind == LC_NULL) return !(s->flags & LC_TAKE_REQUIRED);
    if (value == raw) return lc_plan_run(s->inner, arena, value, ret_value);
    lc_value own = lc_value_fork(arena, value);
    return lc_plan_run(s->inner, arena, &own, ret_value);
}

static bool run_looks(const lc_plan *plan, lc_arena *arena, const lc_value *object, lc_value *slots)
{
    const lc_value *from = object->u.object->slots;
    for (uint32_t i = 0; i < plan->look_count; i++) {
        const move *m = &plan->looks[i];
        const lc_value *value = &from[m->from];
        if (value->kind > LC_NULL && value->kind < LC_ARRAY) slots[m->to] = *value;
        else if (!take(&plan->steps[m->to], NULL, arena, object, &slots[m->to])) return false;
    }
    return true;
}

static bool run_slow(const lc_plan *plan, lc_arena *arena, const lc_value *object, lc_value *slots)
{
    for (uint32_t i = 0; i < plan->slow_count; i++) {
        uint32_t at = plan->slow[i];
        const step *s = &plan->steps[at];
        const lc_schema *schema = plan->schema ? plan->schema->fields[at] : NULL;
        if (s->kind == STEP_CONSTANT) slots[at] = lc_value_fork(arena, &s->constant);
        else if (s->kind == STEP_INSIDE) {
            if (!make_inside(s, arena, object, &slots[at])) return false;
        }
        else if (!take(s, schema, arena, object, &slots[at])) return false;
    }
    return true;
}

static bool may_run(const lc_plan *plan)
{
    if (plan->life == LIFE_LASTING) return true;
    bool first = plan->life == LIFE_ONE_CALL;
    ((lc_plan *)plan)->life = LIFE_OVER;
    return first;
}

bool lc_plan_run(const lc_plan *plan, lc_arena *arena, const lc_value *object, lc_value *ret_value)
{
    if (!lc_value_is_object(object) || !may_run(plan) || object->u.object->shape != plan->input) return false;
    for (uint32_t i = 0; i < plan->guard_count; i++) {
        if (!guard_holds(&plan->guards[i], object)) return false;
    }
    uint32_t count = plan->shape->count;
    const lc_value *from = object->u.object->slots;
    lc_object *made = lc_arena_alloc(arena, sizeof *made + count * sizeof(lc_value));
    lc_value *slots = (lc_value *)(made + 1);
    for (uint32_t i = 0; i < plan->move_count; i++) slots[plan->moves[i].to] = from[plan->moves[i].from];
    for (uint32_t i = 0; i < plan->filling_count; i++) slots[plan->fillings[i].to] = plan->fillings[i].value;
    if (plan->look_count && !run_looks(plan, arena, object, slots)) return false;
    if (plan->slow_count && !run_slow(plan, arena, object, slots)) return false;
    *made = (lc_object){.shape = plan->shape, .schema = plan->schema, .slots = slots, .cap = count};
    *ret_value = (lc_value){.kind = LC_MAP, .flags = LC_V_OBJECT, .u.object = made};
    if (plan->schema) *ret_value = (lc_value){.kind = LC_STRUCT, .u.object = made};
    return true;
}
