/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of kernels/ranks.h by MPI. The only file that includes mpi.h. */
#include "harness/run/ranks/plugin.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SWAPS_MOST 64
#define PIECE_MOST (1U << 30)

extern const struct sb_ranks_plugin sb_ranks_plugin;

struct own {
    struct sb_ranks ranks;
    char fault[MPI_MAX_ERROR_STRING + 80];
};

static int told(struct sb_ranks *ranks, const char *what, int code)
{
    if (code == MPI_SUCCESS) {
        return 0;
    }
    struct own *own = ranks->own;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    snprintf(own->fault, sizeof own->fault, "%s: %s", what, text);
    return -1;
}

static int too_long(struct sb_ranks *ranks, const char *what)
{
    struct own *own = ranks->own;
    snprintf(own->fault, sizeof own->fault, "%s: a message is longer than 2 GiB", what);
    return -1;
}

static int other_length(struct sb_ranks *ranks, const struct sb_parcel *parcel, int got)
{
    struct own *own = ranks->own;
    snprintf(own->fault, sizeof own->fault,
             "a message from rank %d (tag %d) has %d bytes, expected were %zu", parcel->peer,
             parcel->tag, got, parcel->bytes);
    return -1;
}

static int swap_all(struct sb_ranks *ranks, const struct sb_parcel *out, int outs,
                    const struct sb_parcel *in, int ins)
{
    MPI_Request request[SWAPS_MOST];
    MPI_Status status[SWAPS_MOST];
    int requests = 0;
    int code = outs + ins > SWAPS_MOST ? MPI_ERR_COUNT : MPI_SUCCESS;
    for (int i = 0; code == MPI_SUCCESS && i < ins; ++i) {
        if (in[i].bytes > INT_MAX) {
            return too_long(ranks, "receiving");
        }
        code = MPI_Irecv(in[i].data, (int)in[i].bytes, MPI_BYTE, in[i].peer, in[i].tag,
                         MPI_COMM_WORLD, &request[requests++]);
    }
    for (int i = 0; code == MPI_SUCCESS && i < outs; ++i) {
        if (out[i].bytes > INT_MAX) {
            return too_long(ranks, "sending");
        }
        code = MPI_Isend(out[i].data, (int)out[i].bytes, MPI_BYTE, out[i].peer, out[i].tag,
                         MPI_COMM_WORLD, &request[requests++]);
    }
    if (code == MPI_SUCCESS) {
        code = MPI_Waitall(requests, request, status);
    }
    for (int i = 0; code == MPI_ERR_IN_STATUS && i < requests; ++i) {
        code = status[i].MPI_ERROR != MPI_SUCCESS && status[i].MPI_ERROR != MPI_ERR_PENDING
                   ? status[i].MPI_ERROR
                   : code;
    }
    for (int i = 0; code == MPI_SUCCESS && i < ins; ++i) {
        int got = 0;
        MPI_Get_count(&status[i], MPI_BYTE, &got);
        if ((size_t)got != in[i].bytes) {
            return other_length(ranks, &in[i], got);
        }
    }
    return told(ranks, "swapping messages", code);
}

static int send_one(struct sb_ranks *ranks, const struct sb_parcel *parcel)
{
    size_t done = 0;
    int code = MPI_SUCCESS;
    do { /* MPI's counts are ints */
        const size_t left = parcel->bytes - done;
        const int piece = (int)(left > PIECE_MOST ? PIECE_MOST : left);
        code = MPI_Send((const char *)parcel->data + done, piece, MPI_BYTE, parcel->peer,
                        parcel->tag, MPI_COMM_WORLD);
        done += (size_t)piece;
    } while (code == MPI_SUCCESS && done < parcel->bytes);
    return told(ranks, "sending", code);
}

static int receive_one(struct sb_ranks *ranks, const struct sb_parcel *parcel)
{
    size_t done = 0;
    int code = MPI_SUCCESS;
    do {
        const size_t left = parcel->bytes - done;
        const int piece = (int)(left > PIECE_MOST ? PIECE_MOST : left);
        MPI_Status status;
        int got = 0;
        code = MPI_Recv((char *)parcel->data + done, piece, MPI_BYTE, parcel->peer, parcel->tag,
                        MPI_COMM_WORLD, &status);
        if (code == MPI_SUCCESS && MPI_Get_count(&status, MPI_BYTE, &got) == MPI_SUCCESS &&
            got != piece) {
            return other_length(ranks, parcel, got);
        }
        done += (size_t)piece;
    } while (code == MPI_SUCCESS && done < parcel->bytes);
    return told(ranks, "receiving", code);
}

static int reduce_all(struct sb_ranks *ranks, void *to, const void *from, int64_t count,
                      enum sb_number number, enum sb_reduction reduction)
{
    const MPI_Datatype type = number == SB_NUMBER_FLOAT    ? MPI_FLOAT
                              : number == SB_NUMBER_DOUBLE ? MPI_DOUBLE
                                                           : MPI_INT64_T;
    const MPI_Op op = reduction == SB_SUM ? MPI_SUM : reduction == SB_LEAST ? MPI_MIN : MPI_MAX;
    const size_t size = number == SB_NUMBER_FLOAT ? 4 : 8;
    int code = MPI_SUCCESS;
    for (int64_t done = 0; code == MPI_SUCCESS && done < count; done += PIECE_MOST / 8) {
        const int64_t left = count - done;
        const int piece = (int)(left > PIECE_MOST / 8 ? PIECE_MOST / 8 : left);
        char *into = (char *)to + (size_t)done * size;
        const char *of = (const char *)from + (size_t)done * size;
        code = MPI_Allreduce(to == from ? MPI_IN_PLACE : of, into, piece, type, op, MPI_COMM_WORLD);
    }
    return told(ranks, "reducing", code);
}

static int all_to_all(struct sb_ranks *ranks, void *to, const void *from, size_t bytes)
{
    if (bytes > INT_MAX) {
        return too_long(ranks, "all to all");
    }
    return told(ranks, "all to all",
                MPI_Alltoall(from, (int)bytes, MPI_BYTE, to, (int)bytes, MPI_BYTE, MPI_COMM_WORLD));
}

static int broadcast(struct sb_ranks *ranks, void *data, size_t bytes, int root)
{
    if (bytes > INT_MAX) {
        return too_long(ranks, "telling all");
    }
    return told(ranks, "telling all", MPI_Bcast(data, (int)bytes, MPI_BYTE, root, MPI_COMM_WORLD));
}

static int gather(struct sb_ranks *ranks, void *to, const void *from, size_t bytes)
{
    if (bytes > INT_MAX) {
        return too_long(ranks, "gathering");
    }
    return told(
        ranks, "gathering",
        MPI_Allgather(from, (int)bytes, MPI_BYTE, to, (int)bytes, MPI_BYTE, MPI_COMM_WORLD));
}

static int barrier(struct sb_ranks *ranks)
{
    return told(ranks, "waiting for all", MPI_Barrier(MPI_COMM_WORLD));
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static const char *fault(struct sb_ranks *ranks)
{
    return ((struct own *)ranks->own)->fault;
}

static void know(struct sb_ranks *ranks)
{
    MPI_Comm local = MPI_COMM_NULL;
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks->size);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, ranks->rank, MPI_INFO_NULL, &local);
    MPI_Comm_rank(local, &ranks->local_rank);
    MPI_Comm_size(local, &ranks->local_size);
    MPI_Comm_free(&local);
    MPI_Get_library_version(version, &length);
    snprintf(ranks->library, sizeof ranks->library, "%.*s", (int)strcspn(version, "\n"), version);
}

static struct sb_ranks *open_mpi(char *out_fault, size_t room)
{
    struct own *own = calloc(1, sizeof *own);
    if (!own || MPI_Init(NULL, NULL) != MPI_SUCCESS) {
        snprintf(out_fault, room, own ? "MPI_Init failed" : "out of memory");
        free(own);
        return NULL;
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    own->ranks = (struct sb_ranks){.own = own,
                                   .swap = swap_all,
                                   .send = send_one,
                                   .receive = receive_one,
                                   .reduce = reduce_all,
                                   .all_to_all = all_to_all,
                                   .broadcast = broadcast,
                                   .gather = gather,
                                   .barrier = barrier,
                                   .now_ns = now_ns,
                                   .fault = fault};
    know(&own->ranks);
    return &own->ranks;
}

static void close_mpi(struct sb_ranks *ranks)
{
    MPI_Finalize();
    free(ranks->own);
}

const struct sb_ranks_plugin sb_ranks_plugin = {
    .abi = SB_RANKS_PLUGIN_ABI, .open = open_mpi, .close = close_mpi};
