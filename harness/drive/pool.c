/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sb_drive_init(struct sb_drive *d, struct sb_error *err)
{
    const size_t cells = (size_t)d->folder->plan.cell_count + 1;
    d->setbacks = calloc(cells, sizeof *d->setbacks);
    d->in_job = calloc(cells, sizeof *d->in_job);
    d->begun = calloc(cells, sizeof *d->begun);
    d->alone = calloc(cells, sizeof *d->alone);
    d->again = calloc(cells, sizeof *d->again);
    d->at = calloc((size_t)d->folder->plan.place_count + 1, sizeof *d->at);
    d->news = json_array();
    if (!d->setbacks || !d->in_job || !d->begun || !d->alone || !d->again || !d->at || !d->news) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < d->folder->plan.cell_count; ++i) {
        d->again[i] = d->folder->state[i] == SB_STATE_LOST;
    }
    return 0;
}

void sb_drive_fini(struct sb_drive *d)
{
    for (int i = 0; i < d->job_count; ++i) {
        sb_drive_job_free(d->job[i]);
    }
    free(d->job);
    free(d->setbacks);
    free(d->in_job);
    free(d->begun);
    free(d->alone);
    free(d->again);
    free(d->at);
    free(d->asking);
    json_decref(d->news);
}

bool sb_drive_to_run(const struct sb_drive *d, int cell)
{
    const enum sb_state state = d->folder->state[cell];
    return !d->in_job[cell] && (state == SB_STATES || (state == SB_STATE_LOST && d->again[cell]));
}

int sb_drive_place_index(const struct sb_drive *d, const struct sb_place *place)
{
    return (int)(place - d->folder->plan.place);
}

/* Nodes that live jobs of the place hold; one each where none is named. */
static int nodes_in_use(const struct sb_drive *d, const struct sb_place *place)
{
    int nodes = 0;
    for (int i = 0; i < d->job_count; ++i) {
        if (d->job[i]->place == place) {
            ++nodes;
            for (const char *c = d->job[i]->node; *c; ++c) {
                nodes += *c == ',';
            }
        }
    }
    return nodes;
}

static int jobs_in_use(const struct sb_drive *d, const struct sb_place *place)
{
    int jobs = 0;
    for (int i = 0; i < d->job_count; ++i) {
        if (d->job[i]->place == place && d->job[i]->unsure) {
            return INT_MAX; /* first of all it is to say what it has */
        }
        jobs += d->job[i]->place == place;
    }
    return jobs;
}

/* Whether one more job may go to that place. */
static bool window_open(const struct sb_drive *d, const struct sb_place *place,
                        const struct sb_scheduler *scheduler)
{
    const int most =
        scheduler->attached ? 1 : place->jobs_most; /* one cell at a time on a device */
    const struct sb_at_place *at = &d->at[sb_drive_place_index(d, place)];
    return !at->given_up && at->pause_ns <= sb_process_now_ns() && jobs_in_use(d, place) < most &&
           (place->nodes_most == 0 || nodes_in_use(d, place) < place->nodes_most);
}

static bool same_image(const struct sb_place *place, const char *a, const char *b)
{
    const char *first = sb_place_image(place, a);
    const char *second = sb_place_image(place, b);
    return first == second || (first && second && strcmp(first, second) == 0);
}

/* Cells of one job: of one spot, one image, and as many setbacks, so that they share a number of attempts. */
static bool together(const struct sb_drive *d, const struct sb_place *place, int a, int b)
{
    const struct sb_cell *x = &d->folder->plan.cell[a];
    const struct sb_cell *y = &d->folder->plan.cell[b];
    return x->place == y->place && x->c.ranks == y->c.ranks && d->setbacks[a] == d->setbacks[b] &&
           !d->alone[b] && same_image(place, x->backend, y->backend);
}

static int take_cells(struct sb_drive *d, struct sb_drive_job *job, int first)
{
    const int count = d->folder->plan.cell_count;
    const int most = d->alone[first] ? 1 : job->place->pack > 0 ? job->place->pack : count;
    int room = 0;
    for (int i = first; i < count && job->cell_count < most; ++i) {
        if (!sb_drive_to_run(d, i) || (i != first && !together(d, job->place, first, i))) {
            continue;
        }
        if (job->cell_count == room) {
            room = room ? 2 * room : 16;
            int *more = realloc(job->cell, (size_t)room * sizeof *more);
            if (!more) {
                return SB_ENOMEM;
            }
            job->cell = more;
        }
        job->cell[job->cell_count++] = i;
    }
    for (int i = 0; i < job->cell_count; ++i) {
        d->in_job[job->cell[i]] = true;
    }
    return 0;
}

static bool has_records(const struct sb_drive *d, int number)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/records/job-%d.jsonl", d->folder->path, number);
    return access(path, F_OK) == 0;
}

static struct sb_drive_job *make_job(struct sb_drive *d, int first, const struct sb_place *place,
                                     const struct sb_scheduler *scheduler, struct sb_error *err)
{
    struct sb_drive_job *job = calloc(1, sizeof *job);
    if (!job) {
        sb_fail(err, SB_ENOMEM, "out of memory");
        return NULL;
    }
    job->records.fd = job->events.fd = -1;
    do { /* a lost journal forgets jobs; their records stay as they are */
        job->number = ++d->number;
    } while (has_records(d, job->number));
    job->place = place;
    job->scheduler = scheduler;
    job->spot = d->folder->plan.cell[first].place;
    job->attempt = d->attempt + d->setbacks[first];
    job->alone = d->alone[first];
    if (take_cells(d, job, first) != 0 || sb_drive_add_job(d, job, err) != 0) {
        sb_fail(err, SB_ENOMEM, "out of memory");
        sb_drive_job_free(job);
        return NULL;
    }
    return job;
}

struct sb_drive_job *sb_drive_next_job(struct sb_drive *d, struct sb_error *err)
{
    const struct sb_plan *plan = &d->folder->plan;
    const char *closed =
        NULL; /* the last spot whose window is closed: its cells follow each other */
    while (d->next < plan->cell_count && !sb_drive_to_run(d, d->next) && !d->in_job[d->next]) {
        ++d->next; /* ended for good; cells of live jobs may come back */
    }
    for (int i = d->next; i < plan->cell_count; ++i) {
        if (plan->cell[i].place == closed || !sb_drive_to_run(d, i)) {
            continue;
        }
        const struct sb_place *place = sb_plan_place(plan, plan->cell[i].place);
        const struct sb_scheduler *scheduler =
            place ? sb_scheduler_find(place->scheduler, err) : NULL;
        if (!scheduler) {
            sb_fail(err, SB_ENOTFOUND, "cell %s: no place '%s' in plan.json", plan->cell[i].id,
                    plan->cell[i].place);
            return NULL;
        }
        if (window_open(d, place, scheduler)) {
            return make_job(d, i, place, scheduler, err);
        }
        closed = plan->cell[i].place;
    }
    return NULL;
}

unsigned long long sb_drive_paused_until(const struct sb_drive *d)
{
    const struct sb_plan *plan = &d->folder->plan;
    const unsigned long long now = sb_process_now_ns();
    unsigned long long first = 0;
    for (int p = 0; p < plan->place_count; ++p) {
        const unsigned long long until = d->at[p].given_up ? 0 : d->at[p].pause_ns;
        bool waits = false;
        for (int i = d->next; until > now && !waits && i < plan->cell_count; ++i) {
            waits = sb_drive_to_run(d, i) &&
                    sb_plan_place(plan, plan->cell[i].place) == &plan->place[p];
        }
        first = waits && (first == 0 || until < first) ? until : first;
    }
    return first;
}

int sb_drive_add_job(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    if (d->job_count == d->job_room) {
        const int room = d->job_room ? 2 * d->job_room : 16;
        struct sb_drive_job **more = realloc(d->job, (size_t)room * sizeof(struct sb_drive_job *));
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        d->job = more;
        d->job_room = room;
    }
    const int code = sb_drive_expect(d, job, err);
    if (code == 0) {
        d->job[d->job_count++] = job;
    }
    return code;
}

void sb_drive_remove_job(struct sb_drive *d, struct sb_drive_job *job)
{
    for (int i = 0; i < d->job_count; ++i) {
        if (d->job[i] == job) {
            memmove(&d->job[i], &d->job[i + 1],
                    (size_t)(d->job_count - i - 1) * sizeof(struct sb_drive_job *));
            d->job_count--;
            break;
        }
    }
    for (int i = 0; i < job->cell_count; ++i) {
        d->in_job[job->cell[i]] = false;
        d->begun[job->cell[i]] = false;
        d->next = job->cell[i] < d->next ? job->cell[i] : d->next;
    }
    sb_drive_job_free(job);
}
