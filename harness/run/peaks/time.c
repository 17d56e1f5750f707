/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times the probes in turns: a figure is of repetitions that lie as far apart as the whole measurement takes. They are
 * shorter than a scheduler's time slice where the set allows it, so that on a node with other work some are undisturbed.
 */
#include "harness/run/peaks/parts.h"

#include "harness/util/json.h"
#include "harness/util/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define A_TURN (SB_PEAKS_SAMPLES / SB_PEAKS_ROUNDS_MOST)
#define TURN_NS 12e6
#define REPETITION_NS 2e6
#define ENOUGH_NS 2e5 /* to tell from a repetition how many steps make REPETITION_NS */
#define STEPS_MOST 1e9
#define TRIES 3 /* of which the shortest counts: the first meets cold caches, and threads asleep */

static bool is(const struct sb_peaks_probe *probe, const char *what)
{
    return strcmp(probe->what, what) == 0;
}

static int transfer(uint64_t *out_ns, const struct sb_peaks_probe *probe,
                    struct sb_peaks_session *s, void *host, struct sb_error *err)
{
    struct sb_exec *exec = s->exec[probe->precision];
    const unsigned long long begun = sb_process_now_ns();
    const int code = strcmp(probe->loop, "to_device") == 0
                         ? s->backend->upload(exec, SB_PEAKS_A, host, err)
                         : s->backend->download(exec, SB_PEAKS_A, host, err);
    *out_ns = sb_process_now_ns() - begun;
    return code;
}

static int run(uint64_t *out_ns, const struct sb_peaks_probe *probe, struct sb_peaks_session *s,
               const struct sb_launches *launches, void *host, struct sb_error *err)
{
    return is(probe, "transfer")
               ? transfer(out_ns, probe, s, host, err)
               : s->backend->repeat(out_ns, s->exec[probe->precision], launches, err);
}

/* The first two elements of an array of the probe's precision. */
static int peek(double out[2], const struct sb_peaks_probe *probe, struct sb_peaks_session *s,
                int array, void *host, struct sb_error *err)
{
    struct sb_exec *exec = s->exec[probe->precision];
    const void *there = s->backend->data ? s->backend->data(exec, array) : NULL;
    const int code = there ? 0 : s->backend->download(exec, array, host, err);
    there = there ? there : host;
    for (int i = 0; i < 2; ++i) {
        out[i] = probe->precision == SB_FLOAT ? (double)((const float *)there)[i]
                                              : ((const double *)there)[i];
    }
    return code;
}

/* What the processor's own loops tell of themselves: bits of a vector, operations of a step and lane. */
static int take_told(struct sb_peaks_probe *probe, struct sb_peaks_session *s, void *host,
                     struct sb_error *err)
{
    double told[2] = {0};
    const int code = peek(told, probe, s, SB_PEAKS_OUT, host, err);
    probe->absent = told[0] < 0;
    probe->vector_bits = (int)told[0];
    if (is(probe, "flop_rate")) {
        const int bits = probe->precision == SB_FLOAT ? 32 : 64;
        probe->amount = told[1] * told[0] / bits * s->threads;
    }
    return code;
}

/* A loop that was not run as written is no peak: its result is looked at. */
static int check(const struct sb_peaks_probe *probe, struct sb_peaks_session *s, void *host,
                 struct sb_error *err)
{
    double got[2] = {0};
    const bool triad = probe->loop && strncmp(probe->loop, "triad", 5) == 0;
    const bool copy = probe->loop && strncmp(probe->loop, "copy", 4) == 0;
    if (!is(probe, "bandwidth") || !(triad || copy)) {
        return 0;
    }
    const double expected = triad ? SB_PEAKS_OF_B + SB_PEAKS_FACTOR * SB_PEAKS_OF_C : SB_PEAKS_OF_B;
    const int code = peek(got, probe, s, SB_PEAKS_A, host, err);
    return code != 0 || (got[0] == expected && got[1] == expected)
               ? code
               : sb_fail(err, SB_EDEVICE,
                         "%s of %s gave %g where %g was to be: the device does not do what it is "
                         "told",
                         probe->loop, probe->level, got[0], expected);
}

/* How many steps make a repetition long enough to be timed, and short enough to have many. */
static int calibrate(struct sb_peaks_probe *probe, struct sb_peaks_session *s, const json_t *fewer,
                     void *host, struct sb_error *err)
{
    const json_t *same = sb_peaks_same(fewer, probe);
    const int least = probe->steps_least > 0 ? probe->steps_least : 1;
    double steps = (double)sb_json_integer_or(same, "steps", least);
    for (;;) {
        struct sb_launches *launches = &probe->launches;
        struct sb_launches next = {
            0}; /* made before the old ones go: backends know them by address */
        probe->steps = (int32_t)steps;
        sb_peaks_launches(&next, s, probe, probe->steps);
        sb_launches_free(launches);
        *launches = next;
        if (launches->failed) {
            return sb_fail(err, SB_ENOMEM, "%s", launches->text);
        }
        uint64_t least_ns = UINT64_MAX;
        for (int i = 0; i < TRIES; ++i) {
            uint64_t time_ns = 0;
            const int code = run(&time_ns, probe, s, launches, host, err);
            if (code != 0) {
                return code;
            }
            least_ns = time_ns < least_ns ? time_ns : least_ns;
        }
        const double spent_ns = fmax((double)least_ns, 1);
        if (same || is(probe, "launch") || is(probe, "transfer") || spent_ns > REPETITION_NS / 2 ||
            steps >= STEPS_MOST) {
            return 0;
        }
        const double wanted = steps * REPETITION_NS / spent_ns;
        steps =
            fmin(spent_ns > ENOUGH_NS ? ceil(wanted) : fmin(ceil(wanted), steps * 64), STEPS_MOST);
    }
}

static int prepare(struct sb_peaks_probe *probe, struct sb_peaks_session *s, const json_t *fewer,
                   void *host, struct sb_error *err)
{
    const bool tells = s->widths && (is(probe, "flop_rate") || is(probe, "bandwidth"));
    int code = calibrate(probe, s, fewer, host, err);
    code = code == 0 && tells ? take_told(probe, s, host, err) : code;
    return code != 0 || probe->absent ? code : check(probe, s, host, err);
}

static int take_turn(struct sb_peaks_probe *probe, struct sb_peaks_session *s, void *host,
                     struct sb_error *err)
{
    double spent_ns = 0;
    uint64_t cold_ns = 0; /* other probes had the caches meanwhile */
    int code = run(&cold_ns, probe, s, &probe->launches, host, err);
    for (int i = 0; code == 0 && i < A_TURN && spent_ns < TURN_NS; ++i) {
        uint64_t time_ns = 0;
        code = run(&time_ns, probe, s, &probe->launches, host, err);
        probe->time_ns[probe->times++] = fmax((double)time_ns, 1);
        spent_ns += (double)time_ns;
    }
    return code;
}

int sb_peaks_time(struct sb_peaks_probe *probes, int count, struct sb_peaks_session *s, int rounds,
                  const json_t *fewer, struct sb_error *err)
{
    void *host = calloc((size_t)s->n + 64, sizeof(double)); /* as large as any array but chains */
    int code = host ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < count; ++i) {
        code = prepare(&probes[i], s, fewer, host, err);
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; code == 0 && i < count; ++i) {
            code = probes[i].absent ? 0 : take_turn(&probes[i], s, host, err);
        }
    }
    for (int i = 0; i < count; ++i) {
        sb_launches_free(&probes[i].launches);
    }
    free(host);
    return code;
}
