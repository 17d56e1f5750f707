/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The record: what a cell's execution left, one JSON document, one line of records/<job>.jsonl.
 * The schema is results/schema/record.schema.json; a test holds it against what the runner writes.
 *
 *   schema_version 1
 *   cell, name, campaign, job, attempt            which square of the matrix
 *   scheduler "local"   container null | {engine, image: by digest}
 *   kernel, folder, label, preset, variant, backend, target, place, precision, maths, index_bits, seed, replica, ranks
 *   parameters {name: value}  tuning {NAME: value}
 *   state   "passed" | "wrong" | "failed" | "unsupported" | "lost"     reason  one sentence, null where passed
 *   failure null | "compile" | "crash" | "time_limit" | "memory" | "device" | "out_of_bounds" | "internal"
 *   started (ISO 8601 UTC)  wall_ns
 *   work    {flop, read_bytes, write_bytes, write_allocate_bytes, items, item,      of one repetition
 *            launches, array_bytes}                 how many over the device, and of all arrays (of a rank)
 *   build   {compiler, flags, key, cached, compile_ns}
 *   device  {name, vendor, driver, target, cores}   placement "threads …"
 *   verdict {passed, digest, repetitions, same_bits, checks: [
 *              {what, kind: "elements", count, failed, worst: {index, got, expected, bound, ulp, relative}} |
 *              {what, kind: "truth", got, expected, bound, failed, source}]}
 *           got and expected are numbers, or the strings "nan", "inf", "-inf"
 *   timing  {clock: "device", cold_ns, upload_ns, download_ns, warmup, precision_goal, budget_ns,
 *            ended: "precision" | "budget" | "count" | "cut",
 *            exchange_share,    of the time, by rank 0, where the kernel exchanges between its launches
 *            samples_ns: […], turns: [samples in each turn, in order],
 *            median_ns, low_ns, high_ns,            95 % interval of the median
 *            disturbed: [{turn, what, amount}],     from 0; a turn may have several, its samples are kept (harness/run/steady/)
 *              what: "waiting" the worst thread was ready and did not run · "steal" the hypervisor had the worst CPU · "others" other
 *              processes ran on our CPUs (all together) · "quota" stood still · "memory" somebody waited for memory: amount is the
 *              time of it over the turn's; "clock" the core was slower than at its fastest in this cell, by that share ·
 *              "throttling" how often heat or power slowed a core
 *            disturbed_before: [{what, amount}],    the same of the warm-up before the first turn
 *            steady: null | {turns, watched_turns, disturbed_turns, cost: share of the turns' time spent watching, watched: {source: turns},
 *              absent: {source: why}, waiting_ns, steal_ns, others_ns, quota_ns, memory_ns, throttlings, clock_low_Hz, clock_high_Hz,
 *              switches, switches_involuntary, anonymous_bytes, huge_bytes, governor}}   sums over the turns watched; what is absent
 *              is missing. Null where the cell was cut short. Of rank 0
 *   mpi     of cells of several ranks: {library, launcher, nodes: [name], ranks_per_node: [count], sliced}; times are the
 *           slowest rank's, work is the sum of all; checks are those of the lowest rank that is wrong, else rank 0's; the
 *           digest is of all ranks' digests in order
 *   emulated null | what stood in for the architecture ("twin", "qemu-aarch64 7.2.22"): verified, never timed
 *   oracle  null | {trusted: {backend, maths, threads, state, reason, compiler}, compared: {same_bits, ulp, arrays: [
 *              {array, count, differ, element: "u[3][17]", got, trusted, ulp}]},   the worst element of each
 *            strict: null | {same_bits, ulp, result},   the cell in strict maths, where bits differ within the bound
 *            first:  null | {launch, launches, function, maths, element, got, trusted, ulp, differ},  or "reason"
 *            cause:  null | {kind, text, place: "u.dev.c:14" | null}, tried: null | [{what, result, changed, text}]}   (harness/oracle/)
 *   observed null | {findings: [{kind, text, …}], …}: what the backend saw the kernel do (backends/twin/README.md)
 *   counters null | {sources: [   what counted in repetitions of their own, after the timed ones (harness/run/counting/)
 *              {source, scope: "thread" | "process" | "core" | "socket" | "board" | "simulated", version,
 *               state: "read" | "absent" | "died", reason: one sentence | null,
 *               passes, repetitions: that were counted, slowdown: the fastest repetition counted over the fastest uncounted, of windows by turns | null,
 *               wall_ns: of a counted repetition by the host's clock, with what lies between repetitions | null,
 *               idle_ns: of the window without work | null,
 *               events: [{name, unit, tags, level, value, low, high, wall_ns, windows, running, pass, idle}],
 *                  value of one repetition (a level: the mean over the window), of the median window; low and high of all windows;
 *                  running: share of the time it counted; idle: of the window without work, as it is | null
 *               refused: [{name, reason}]}],
 *            metrics: {name: {value, unit, source, tags, of, expected, over_expected}},   (results/metrics/)
 *            reason: why counting ended early; absent otherwise}
 *   derived {flop_per_s, bytes_per_s, items_per_s}  at the median; null where the work is 0. Flop by
 *           convention (work.items) where work.item ends in "flop", else work.flop
 *   attainable null | {time_ns, binds, fraction: time_ns / median, peaks: digest, note: null | sentence where above 1,
 *            roofs: [{name, time_ns, amount, peak, unit}]}   the least time by this node's peaks (results/bound/attainable.h)
 *   attainable_reason null | why there is no such bound, and what to do
 *   node    {digest, hostname, cpu_model, cores, cores_allowed, clock_Hz, clock_max_Hz, governor, memory_bytes,
 *            memory_allowed_bytes, cache_bytes, kernel, os, virtualisation, container, cpus_allowed, memory_nodes_allowed, gpus,
 *            topology_digest, …}      harness/run/node.h; its topology is topology/<digest>.xml of the campaign
 *   environment {cleared: ["NAME=value"], set: {NAME: value}}   "(withheld)" where the name says secret: sb_text_is_secret()
 * Objects that were not reached (a compile error has no timing) are null.
 */
#ifndef SB_RECORD_H
#define SB_RECORD_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SB_RECORD_SCHEMA 1

#define SB_STATE_MAP(X)                                                                            \
    X(SB_STATE_PASSED, "passed")                                                                   \
    X(SB_STATE_WRONG, "wrong")                                                                     \
    X(SB_STATE_FAILED, "failed")                                                                   \
    X(SB_STATE_UNSUPPORTED, "unsupported")                                                         \
    X(SB_STATE_LOST, "lost")
enum sb_state {
#define X(name, text) name,
    SB_STATE_MAP(X)
#undef X
        SB_STATES /* how many; also "not ended" */
};
const char *sb_state_text(enum sb_state state);
/** SB_STATES where @p text is no state. */
enum sb_state sb_state_parse(const char *text);

/**
 * Parses and checks one line of a records file; *out is a new reference. Errors: SB_EPARSE "<where>: cell: expected
 * string", SB_EVERSION for a newer schema ("written by a newer switchbench: schema 7, this one reads up to 1").
 */
int sb_record_parse(json_t **out, const char *line, size_t length, const char *where,
                    struct sb_error *err);

/**
 * Calls @p each for every whole line of @p path; a torn last line (no newline) is not one. A malformed line is
 * reported through @p bad (may be NULL) and passed over. Stops at the first non-zero return, and returns it.
 */
int sb_records_read(const char *path, int (*each)(json_t *record, void *payload),
                    void (*bad)(const char *text, void *payload), void *payload,
                    struct sb_error *err);
/** The same for lines that begin before byte @p most of the file; −1: all. */
int sb_records_read_to(const char *path, long long most, int (*each)(json_t *record, void *payload),
                       void (*bad)(const char *text, void *payload), void *payload,
                       struct sb_error *err);

/** The exit code that a set of states asks for; counts[] is indexed by enum sb_state. All zero: SB_EXIT_NOTHING. */
int sb_states_exit(const int counts[SB_STATES]);

#endif
