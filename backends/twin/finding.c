/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/finding.h"

#include "backends/twin/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
    [SB_FINDING_RACE] = "race",
    [SB_FINDING_FENCE] = "fence",
    [SB_FINDING_BOUNDS] = "out_of_bounds",
    [SB_FINDING_UNINITIALISED] = "uninitialised",
    [SB_FINDING_READ_ONLY] = "read_only",
    [SB_FINDING_DIVERGENCE] = "divergence",
    [SB_FINDING_DEADLOCK] = "deadlock",
    [SB_FINDING_WARP] = "warp",
    [SB_FINDING_LAUNCH] = "launch",
    [SB_FINDING_TRAP] = "trap",
};

/* The same two places, whichever party came upon it. */
static bool same_places(const struct sb_finding *a, const struct sb_finding *b)
{
    return (a->first.site == b->first.site && a->second.site == b->second.site) ||
           (a->first.site == b->second.site && a->second.site == b->first.site);
}

void sb_findings_add(struct sb_twin_findings *findings, const struct sb_finding *finding)
{
    for (int i = 0; i < findings->count; ++i) {
        struct sb_finding *old = &findings->item[i];
        if (old->kind == finding->kind && same_places(old, finding) &&
            strcmp(old->array, finding->array) == 0) {
            old->times++;
            return;
        }
    }
    if (findings->count == SB_FINDINGS_MOST) {
        findings->more++;
        return;
    }
    findings->item[findings->count] = *finding;
    findings->item[findings->count++].times = 1;
}

static const char *verb(enum sb_twin_access access)
{
    switch (access) {
    case SB_TWIN_READ:
        return "reads";
    case SB_TWIN_WRITE:
        return "writes";
    case SB_TWIN_ATOMIC:
    case SB_TWIN_ATOMIC_COMPARE:
        return "updates (atomically)";
    case SB_TWIN_ATOMIC_READ:
        return "reads (volatile or atomic)";
    case SB_TWIN_ATOMIC_WRITE:
        return "writes (volatile or atomic)";
    }
    return "touches";
}

static const char *access_name(enum sb_twin_access access)
{
    static const char *const names[] = {"read",        "write",        "atomic",
                                        "atomic_read", "atomic_write", "atomic"};
    return names[access];
}

static void who(char *out, size_t room, const struct sb_party *p)
{
    if (p->agent) {
        snprintf(out, room, "the asynchronous copy of block (%u,%u,%u)", p->block.x, p->block.y,
                 p->block.z);
        return;
    }
    snprintf(out, room, "thread (%u,%u,%u) of block (%u,%u,%u)", p->thread.x, p->thread.y,
             p->thread.z, p->block.x, p->block.y, p->block.z);
}

static void where(char *out, size_t room, const struct sb_place *place)
{
    out[0] = '\0';
    if (place->line > 0) {
        const char *slash = strrchr(place->file, '/');
        snprintf(out, room, " at %s:%d", slash ? slash + 1 : place->file, place->line);
    }
}

static bool same_block(const struct sb_finding *f)
{
    return memcmp(&f->first.block, &f->second.block, sizeof f->first.block) == 0;
}

/* The sentence about memory: "race on shared 'tile[17]': thread … writes at mm.cu:14, thread … reads at mm.cu:19". */
static void tell_memory(char *out, size_t room, const struct sb_finding *f, const char *first,
                        const char *at, const char *other, const char *other_at)
{
    char name[160];
    snprintf(name, sizeof name, "%s '%s[%" PRId64 "]'", f->memory, f->array, f->index);
    switch (f->kind) {
    case SB_FINDING_BOUNDS:
        if (f->array[0] == '\0') {
            snprintf(out, room, "out of bounds: %s %s an address that belongs to no array%s", first,
                     verb(f->first.access), at);
        } else {
            snprintf(out, room, "out of bounds: %s %s %s, %s its %" PRId64 " elements,%s", first,
                     verb(f->first.access), name, f->index < 0 ? "before" : "beyond", f->elements,
                     at);
        }
        break;
    case SB_FINDING_UNINITIALISED:
        snprintf(out, room, "uninitialised: %s reads %s, which nobody has written,%s", first, name,
                 at);
        break;
    case SB_FINDING_READ_ONLY:
        snprintf(out, room, "read-only: %s %s %s, which is %s,%s", first, verb(f->first.access),
                 name, strcmp(f->memory, "constant") == 0 ? "constant" : "an input", at);
        break;
    default:
        if (f->array[0] == '\0') {
            snprintf(out, room, "race: %s %s%s", f->words, first, at);
            break;
        }
        snprintf(out, room, "race on %s: %s %s%s, %s %s%s; %s", name, first, verb(f->first.access),
                 at, other, verb(f->second.access), other_at,
                 f->kind == SB_FINDING_FENCE
                     ? "the barrier between them orders the other memory only"
                 : f->second.known && !same_block(f) ? "nothing orders the two blocks"
                                                     : "no barrier lies between them");
        break;
    }
}

static void tell_other(char *out, size_t room, const struct sb_finding *f, const char *first,
                       const char *at, const char *other, const char *other_at)
{
    switch (f->kind) {
    case SB_FINDING_DIVERGENCE:
        if (f->second.known) {
            snprintf(out, room, "divergence: %s waits%s, %s %s%s", first, at, other, f->words,
                     other_at);
        } else {
            snprintf(out, room, "divergence: %s waits%s: %s", first, at, f->words);
        }
        break;
    case SB_FINDING_DEADLOCK:
        snprintf(out, room, "deadlock: %s %s%s", f->first.known ? first : "a thread", f->words, at);
        break;
    case SB_FINDING_WARP:
        snprintf(out, room, "warp: %s%s: %s%s%s", first, at, f->words, other_at[0] ? "," : "",
                 other_at);
        break;
    case SB_FINDING_LAUNCH:
        snprintf(out, room, "launch of '%s': %s", f->function, f->words);
        break;
    default:
        snprintf(out, room, "%s: %s%s", f->words, first, at);
        break;
    }
}

static json_t *party_told(const struct sb_party *p, const struct sb_place *place, bool memory)
{
    if (!p->known && place->line == 0) {
        return json_null();
    }
    json_t *told = json_pack("{s:s,s:i,s:s}", "file", place->file, "line", place->line, "function",
                             place->function);
    if (p->known) {
        json_object_set_new(told, "asynchronous", json_boolean(p->agent));
        json_object_set_new(told, "block", json_pack("[iii]", p->block.x, p->block.y, p->block.z));
        json_object_set_new(told, "thread",
                            json_pack("[iii]", p->thread.x, p->thread.y, p->thread.z));
    }
    if (memory) {
        json_object_set_new(told, "access", json_string(access_name(p->access)));
    }
    return told;
}

static bool about_memory(const struct sb_finding *f)
{
    return f->kind <= SB_FINDING_READ_ONLY;
}

static json_t *tell(const struct sb_finding *f, const struct sb_place *first,
                    const struct sb_place *second)
{
    char one[96], other[96], at[600], other_at[600], body[1600], text[1800];
    who(one, sizeof one, &f->first);
    who(other, sizeof other, &f->second);
    if (!f->second.known) {
        snprintf(other, sizeof other, "another thread");
    }
    where(at, sizeof at, first);
    where(other_at, sizeof other_at, second);
    (about_memory(f) ? tell_memory : tell_other)(body, sizeof body, f, one, at, other, other_at);
    if (f->replay && f->warp_size != 32) {
        snprintf(text, sizeof text, "at warp size %d, not at 32: %s", f->warp_size, body);
    } else {
        snprintf(text, sizeof text, "%s%s", f->replay ? "in another order of threads: " : "", body);
    }
    json_t *told = json_pack("{s:s,s:s,s:s,s:I,s:i,s:o,s:o}", "kind", kinds[f->kind], "text", text,
                             "function", f->function, "times", (json_int_t)f->times, "warp_size",
                             f->warp_size, "first", party_told(&f->first, first, about_memory(f)),
                             "second", party_told(&f->second, second, about_memory(f)));
    if (f->array[0]) {
        json_object_set_new(told, "array", json_string(f->array));
        json_object_set_new(told, "memory", json_string(f->memory));
        json_object_set_new(told, "index", json_integer(f->index));
        json_object_set_new(told, "elements", json_integer(f->elements));
    }
    return told;
}

/* Several places of one line are one finding to a person. */
static bool told_already(const json_t *list, const json_t *finding)
{
    size_t i;
    json_t *old;
    static const char *const keys[] = {"kind", "array"};
    json_array_foreach (list, i, old) {
        bool same = true;
        for (int k = 0; k < 2; ++k) {
            const json_t *a = json_object_get(old, keys[k]);
            const json_t *b = json_object_get(finding, keys[k]);
            same = same && (a == b || json_equal(a, b));
        }
        for (int k = 0; k < 2; ++k) {
            const char *side = k ? "second" : "first";
            same = same &&
                   json_integer_value(json_object_get(json_object_get(old, side), "line")) ==
                       json_integer_value(json_object_get(json_object_get(finding, side), "line"));
        }
        if (same && strcmp(json_string_value(json_object_get(old, "kind")), "launch") != 0) {
            return true;
        }
    }
    return false;
}

json_t *sb_findings_told(const struct sb_twin_findings *findings, const char *object)
{
    uint32_t sites[2 * SB_FINDINGS_MOST];
    struct sb_place places[2 * SB_FINDINGS_MOST];
    for (int i = 0; i < findings->count; ++i) {
        sites[2 * i] = findings->item[i].first.site;
        sites[2 * i + 1] = findings->item[i].second.site;
    }
    sb_places_find(places, sites, 2 * findings->count, object);
    json_t *list = json_array();
    for (int i = 0; i < findings->count; ++i) {
        json_t *finding = tell(&findings->item[i], &places[2 * i], &places[2 * i + 1]);
        if (!told_already(list, finding)) {
            json_array_append(list, finding);
        }
        json_decref(finding);
    }
    return list;
}
