/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/verdict.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cannot_talk(struct sb_ranks *ranks, struct sb_error *err)
{
    return sb_fail(err, SB_EINFRA, "the ranks cannot talk: %s", ranks->fault(ranks));
}

static int join_digests(char out[65], const char *digest, struct sb_ranks *ranks,
                        struct sb_error *err)
{
    char own[65] = "";
    memcpy(own, digest, strnlen(digest, sizeof own - 1));
    char *all = calloc((size_t)ranks->size, sizeof own);
    if (!all) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = ranks->gather(ranks, all, own, sizeof own) != 0 ? cannot_talk(ranks, err) : 0;
    if (code == 0) {
        sb_text_sha256(out, all, (size_t)ranks->size * sizeof own);
    }
    free(all);
    return code;
}

/* Reason and checks of rank @p wrong reach all others. */
static int spread(struct sb_part_verdict *part, int wrong, struct sb_ranks *ranks,
                  struct sb_error *err)
{
    char reason[400] = "";
    char *text = NULL;
    uint64_t length = 0;
    if (ranks->rank == wrong) {
        snprintf(reason, sizeof reason, "%s", part->reason);
        text = json_dumps(*part->checks, JSON_COMPACT);
        length = text ? strlen(text) : 0;
    }
    int code = ranks->broadcast(ranks, reason, sizeof reason, wrong) != 0 ||
                       ranks->broadcast(ranks, &length, sizeof length, wrong) != 0
                   ? cannot_talk(ranks, err)
                   : 0;
    char *checks = code == 0 ? malloc(length + 1) : NULL;
    if (checks && text) {
        memcpy(checks, text, length);
    }
    if (code == 0 && (!checks || ranks->broadcast(ranks, checks, length, wrong) != 0)) {
        code = checks ? cannot_talk(ranks, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    json_t *json = code == 0 ? json_loadb(checks, length, 0, NULL) : NULL;
    if (json && ranks->rank != wrong) {
        json_decref(*part->checks);
        *part->checks = json_incref(json);
        snprintf(part->reason, part->reason_room, "rank %d: %s", wrong, reason);
    }
    json_decref(json);
    free(checks);
    free(text);
    return code;
}

int sb_ranks_judge(struct sb_part_verdict *part, char digest[65], struct sb_ranks *ranks,
                   struct sb_error *err)
{
    int64_t least[2] = {part->passed ? ranks->size : ranks->rank, part->same_bits};
    if (ranks->reduce(ranks, least, least, 2, SB_NUMBER_INT64, SB_LEAST) != 0) {
        return cannot_talk(ranks, err);
    }
    int code = join_digests(digest, part->digest, ranks, err);
    if (code == 0 && least[0] < ranks->size && part->passed) {
        part->reason[0] = '\0';
    }
    if (code == 0 && least[0] < ranks->size) {
        code = spread(part, (int)least[0], ranks, err);
    }
    part->passed = least[0] == ranks->size;
    part->same_bits = least[1] != 0;
    return code;
}

int sb_ranks_total(struct sb_work *work, struct sb_ranks *ranks, struct sb_error *err)
{
    if (ranks->size == 1) {
        return 0;
    }
    double sum[] = {work->flop, work->read_bytes, work->write_bytes, work->write_allocate_bytes,
                    work->items};
    if (ranks->reduce(ranks, sum, sum, sizeof sum / sizeof *sum, SB_NUMBER_DOUBLE, SB_SUM) != 0) {
        return cannot_talk(ranks, err);
    }
    *work = (struct sb_work){sum[0], sum[1], sum[2], sum[3], sum[4]};
    return 0;
}
