#include "cluster/assignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "cluster/assignor.h"

void lc_assignment_done(lc_assignment *assignment)
{
    for (size_t i = 0; i < assignment->count; i++) {
        free(assignment->items[i].connector);
        free(assignment->items[i].member);
    }
    free(assignment->items);
    free(assignment->leader);
    *assignment = (lc_assignment){0};
}

static void add(lc_assignment *to, const char *connector, int task, const char *member, int64_t since,
                int64_t revoked)
{
    to->items = lc_grow(to->items, &to->cap, to->count + 1, sizeof *to->items);
    to->items[to->count++] = (lc_held){lc_strdup(connector), task, lc_strdup(member), since, revoked};
}

static int compare(const void *a, const void *b)
{
    const lc_held *x = a, *y = b;
    int order = strcmp(x->connector, y->connector);
    if (!order) order = (x->task > y->task) - (x->task < y->task);
    return order ? order : strcmp(x->member, y->member);
}

static void sort(lc_assignment *assignment)
{
    if (assignment->count) qsort(assignment->items, assignment->count, sizeof *assignment->items, compare);
}

/* ["connector",task,since] or, for what is revoked, ["connector",task,since,revoked_since]. */
static lc_error *read_unit(const lc_json *unit, const char *member, lc_assignment *into)
{
    const char *connector = lc_json_string(lc_json_at(unit, 0));
    int64_t task, since, revoked = 0;
    if (!connector || !lc_json_int(lc_json_at(unit, 1), &task) || !lc_json_int(lc_json_at(unit, 2), &since))
        return lc_fail(LC_E_DATA,
                       "The record " LC_ASSIGNMENT_KEY " has a unit without name, number or generation.");
    if (lc_json_count(unit) > 3 && !lc_json_int(lc_json_at(unit, 3), &revoked))
        return lc_fail(LC_E_DATA, "The record " LC_ASSIGNMENT_KEY " has a revoked unit without generation.");
    add(into, connector, (int)task, member, since, revoked);
    return NULL;
}

static lc_error *read_members(const lc_json *members, lc_assignment *into)
{
    for (size_t i = 0; i < lc_json_count(members); i++) {
        const lc_json *units = lc_json_at(members, i);
        for (size_t k = 0; k < lc_json_count(units); k++)
            LC_TRY(read_unit(lc_json_at(units, k), lc_json_key_at(members, i), into));
    }
    return NULL;
}

lc_error *lc_assignment_read(lc_text json, lc_assignment *ret_assignment)
{
    if (!json.data) return NULL;
    lc_autoptr(lc_json) record = NULL;
    lc_auto(lc_assignment) found = {0};
    LC_TRY(lc_json_parse(json.data, json.len, 0, &record));
    if (!lc_json_int(lc_json_get(record, "generation"), &found.generation))
        return lc_fail(LC_E_DATA, "The record " LC_ASSIGNMENT_KEY " has no generation.");
    found.leader = lc_strdup(lc_json_string(lc_json_get(record, "leader")));
    LC_TRY(read_members(lc_json_get(record, "members"), &found));
    sort(&found);
    *ret_assignment = found;
    found = (lc_assignment){0};
    return NULL;
}

void lc_assignment_write(const lc_assignment *assignment, lc_buf *out)
{
    lc_autoptr(lc_json) record = lc_json_new_object();
    lc_json_set_int(record, "generation", assignment->generation);
    lc_json_set_string(record, "leader", assignment->leader);
    lc_json *members = lc_json_set(record, "members", lc_json_new_object());
    for (size_t i = 0; i < assignment->count; i++) {
        const lc_held *held = &assignment->items[i];
        lc_json *units = lc_json_get(members, held->member);
        if (!units) units = lc_json_set(members, held->member, lc_json_new_array());
        lc_json *unit = lc_json_add(units, lc_json_new_array());
        lc_json_add(unit, lc_json_new_string(held->connector));
        lc_json_add(unit, lc_json_new_int(held->task));
        lc_json_add(unit, lc_json_new_int(held->since));
        if (held->revoked_since) lc_json_add(unit, lc_json_new_int(held->revoked_since));
    }
    lc_json_dump(record, out);
}

/* A unit while the next assignment is planned. */
typedef struct seat {
    int owner;             /* member that has it, -1: none */
    int64_t since;         /* that the owner, or the one who is gone, has it */
    const char *lost_with; /* it is kept in the name of a member that is gone */
    bool is_blocked;       /* a member must stop it first */
} seat;

typedef struct plan {
    const lc_assign_view *view;
    const lc_assignment *now;
    lc_assignment *next;
    lc_table *units;   /* "task:connector" to a seat */
    lc_table *members; /* id to an lc_assign_member */
    seat *seats;
    size_t lost;
} plan;

static void name_unit(lc_buf *key, const char *connector, int task)
{
    lc_buf_reset(key);
    lc_buf_printf(key, "%d:%s", task, connector);
}

static void index_all(plan *p)
{
    lc_auto(lc_buf) key = {0};
    for (size_t i = 0; i < p->view->unit_count; i++) {
        p->seats[i].owner = -1;
        name_unit(&key, p->view->units[i].connector, p->view->units[i].task);
        lc_table_put(p->units, key.data, &p->seats[i]);
    }
    for (size_t i = 0; i < p->view->member_count; i++)
        lc_table_put(p->members, p->view->members[i].id, (void *)&p->view->members[i]);
}

/* A unit that a living member has to stop, or has not yet said that it did. */
static void block(plan *p, seat *unit, const lc_held *held, int64_t revoked)
{
    add(p->next, held->connector, held->task, held->member, held->since, revoked);
    if (unit) unit->is_blocked = true;
}

/* What becomes of one item of the present assignment. */
static void carry_over(plan *p, const lc_held *held, seat *unit)
{
    const lc_assign_member *member = lc_table_get(p->members, held->member);
    if (held->revoked_since) {
        if (member && member->applied < held->revoked_since) block(p, unit, held, held->revoked_since);
        return;
    }
    if (unit) unit->since = held->since;
    if (member && !unit) {
        block(p, NULL, held, p->next->generation);
    } else if (member) {
        unit->owner = (int)(member - p->view->members);
    } else if (unit) {
        p->lost++;
        if (p->view->keep_lost) unit->lost_with = held->member;
    }
}

static void carry_all_over(plan *p)
{
    lc_auto(lc_buf) key = {0};
    for (size_t i = 0; i < p->now->count; i++) {
        name_unit(&key, p->now->items[i].connector, p->now->items[i].task);
        carry_over(p, &p->now->items[i], lc_table_get(p->units, key.data));
    }
}

static void settle(plan *p, const lc_assign_wish *unit, const seat *was, int to)
{
    const lc_assign_member *members = p->view->members;
    if (was->lost_with) {
        add(p->next, unit->connector, unit->task, was->lost_with, was->since, 0);
    } else if (was->owner >= 0 && was->owner != to) {
        add(p->next, unit->connector, unit->task, members[was->owner].id, was->since, p->next->generation);
    } else if (!was->is_blocked && to >= 0) {
        int64_t since = was->owner == to ? was->since : p->next->generation;
        add(p->next, unit->connector, unit->task, members[to].id, since, 0);
    }
}

static void deal(plan *p)
{
    const lc_assign_view *view = p->view;
    lc_assign_unit *units = lc_alloc((view->unit_count + 1) * sizeof *units);
    size_t connector = 0;
    for (size_t i = 0; i < view->unit_count; i++) {
        if (i && strcmp(view->units[i].connector, view->units[i - 1].connector) != 0) connector++;
        units[i] = (lc_assign_unit){connector, view->units[i].task, p->seats[i].owner};
    }
    lc_assign(units, view->unit_count, view->member_count);
    /* While work may come back to the one who had it, nothing else is moved about. */
    bool calm = p->lost && view->keep_lost;
    for (size_t i = 0; i < view->unit_count; i++) {
        const seat *was = &p->seats[i];
        settle(p, &view->units[i], was, calm && was->owner >= 0 ? was->owner : units[i].owner);
    }
    free(units);
}

static bool same(const lc_assignment *a, const lc_assignment *b)
{
    if (a->count != b->count || !a->leader || strcmp(a->leader, b->leader) != 0) return false;
    for (size_t i = 0; i < a->count; i++)
        if (compare(&a->items[i], &b->items[i]) || a->items[i].revoked_since != b->items[i].revoked_since)
            return false;
    return true;
}

bool lc_assignment_plan(const lc_assignment *now, const lc_assign_view *view, lc_assignment *ret_next,
                        size_t *ret_lost)
{
    lc_auto(lc_assignment) next = {.generation = now->generation + 1, .leader = lc_strdup(view->leader)};
    plan p = {.view = view, .now = now, .next = &next};
    p.units = lc_table_new(NULL);
    p.members = lc_table_new(NULL);
    p.seats = lc_alloc((view->unit_count + 1) * sizeof *p.seats);
    index_all(&p);
    carry_all_over(&p);
    deal(&p);
    sort(&next);
    free(p.seats);
    lc_table_free(p.units);
    lc_table_free(p.members);
    *ret_lost = p.lost;
    if (same(now, &next)) return false;
    *ret_next = next;
    next = (lc_assignment){0};
    return true;
}
