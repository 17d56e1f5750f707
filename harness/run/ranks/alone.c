/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/alone.h"

#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message to oneself, until it is received. */
struct letter {
    struct letter *next;
    int tag;
    size_t bytes;
    unsigned char data[];
};

struct box {
    struct letter *first;
    char fault[160];
};

static int complain(struct box *box, const char *what, int tag)
{
    snprintf(box->fault, sizeof box->fault, "a single rank %s (tag %d)", what, tag);
    return -1;
}

static int send_one(struct sb_ranks *ranks, const struct sb_parcel *parcel)
{
    struct box *box = ranks->own;
    if (parcel->peer != 0) {
        return complain(box, "sends to another", parcel->tag);
    }
    struct letter *letter = malloc(sizeof *letter + parcel->bytes);
    if (!letter) {
        return complain(box, "has no memory for a message", parcel->tag);
    }
    letter->next = NULL;
    letter->tag = parcel->tag;
    letter->bytes = parcel->bytes;
    memcpy(letter->data, parcel->data, parcel->bytes);
    struct letter **at = &box->first;
    while (*at) {
        at = &(*at)->next;
    }
    *at = letter;
    return 0;
}

static int receive_one(struct sb_ranks *ranks, const struct sb_parcel *parcel)
{
    struct box *box = ranks->own;
    struct letter **at = &box->first;
    while (*at && (*at)->tag != parcel->tag) {
        at = &(*at)->next;
    }
    struct letter *letter = *at;
    if (!letter) {
        return complain(box, "waits for what it has not sent", parcel->tag);
    }
    *at = letter->next;
    const bool fits = letter->bytes == parcel->bytes;
    if (fits) {
        memcpy(parcel->data, letter->data, letter->bytes);
    }
    free(letter);
    return fits ? 0 : complain(box, "expects a message of another length", parcel->tag);
}

static int swap_all(struct sb_ranks *ranks, const struct sb_parcel *out, int outs,
                    const struct sb_parcel *in, int ins)
{
    int code = 0;
    for (int i = 0; code == 0 && i < outs; ++i) {
        code = send_one(ranks, &out[i]);
    }
    for (int i = 0; code == 0 && i < ins; ++i) {
        code = receive_one(ranks, &in[i]);
    }
    return code;
}

static int reduce_all(struct sb_ranks *ranks, void *to, const void *from, int64_t count,
                      enum sb_number number, enum sb_reduction reduction)
{
    (void)ranks;
    (void)reduction; /* of one rank, each of them is itself */
    memmove(to, from, (size_t)count * (number == SB_NUMBER_FLOAT ? 4 : 8));
    return 0;
}

static int copy(struct sb_ranks *ranks, void *to, const void *from, size_t bytes)
{
    (void)ranks;
    memmove(to, from, bytes);
    return 0;
}

static int broadcast(struct sb_ranks *ranks, void *data, size_t bytes, int root)
{
    (void)data;
    (void)bytes;
    return root == 0 ? 0 : complain(ranks->own, "hears from another", 0);
}

static int barrier(struct sb_ranks *ranks)
{
    (void)ranks;
    return 0;
}

static uint64_t now_ns(void)
{
    return sb_process_now_ns();
}

static const char *fault(struct sb_ranks *ranks)
{
    return ((struct box *)ranks->own)->fault;
}

struct sb_ranks *sb_ranks_alone(void)
{
    struct sb_ranks *ranks = calloc(1, sizeof *ranks);
    struct box *box = calloc(1, sizeof *box);
    if (!ranks || !box) {
        free(ranks);
        free(box);
        return NULL;
    }
    *ranks = (struct sb_ranks){.size = 1,
                               .local_size = 1,
                               .own = box,
                               .swap = swap_all,
                               .send = send_one,
                               .receive = receive_one,
                               .reduce = reduce_all,
                               .all_to_all = copy,
                               .broadcast = broadcast,
                               .gather = copy,
                               .barrier = barrier,
                               .now_ns = now_ns,
                               .fault = fault};
    return ranks;
}

void sb_ranks_alone_free(struct sb_ranks *ranks)
{
    struct box *box = ranks ? ranks->own : NULL;
    while (box && box->first) {
        struct letter *next = box->first->next;
        free(box->first);
        box->first = next;
    }
    free(box);
    free(ranks);
}
