/* SPDX-License-Identifier: Apache-2.0 */
/* A plain ping-pong of two ranks: pingpong BYTES ROUNDS SAMPLES prints the median and the least time of a message, in ns. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int rank = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const int bytes = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 8;
    const int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1000;
    const int samples = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 100;
    char *out = malloc((size_t)bytes);
    char *back = malloc((size_t)bytes);
    double *took = malloc((size_t)samples * sizeof *took);
    if (!out || !back || !took) {
        MPI_Abort(MPI_COMM_WORLD, 1);
        return 1;
    }
    memset(out, 1, (size_t)bytes);
    memset(back, 2, (size_t)bytes);
    for (int s = -5; s < samples; ++s) { /* the first ones warm up */
        MPI_Barrier(MPI_COMM_WORLD);
        const double begun = MPI_Wtime();
        for (int round = 0; round < rounds; ++round) {
            if (rank == 0) {
                MPI_Send(out, bytes, MPI_BYTE, 1, round % 32768, MPI_COMM_WORLD);
                MPI_Recv(back, bytes, MPI_BYTE, 1, round % 32768, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            } else if (rank == 1) {
                MPI_Recv(back, bytes, MPI_BYTE, 0, round % 32768, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
                MPI_Send(back, bytes, MPI_BYTE, 0, round % 32768, MPI_COMM_WORLD);
            }
        }
        if (s >= 0) {
            took[s] = (MPI_Wtime() - begun) * 1e9 / (2.0 * rounds);
        }
    }
    if (rank == 0) {
        qsort(took, (size_t)samples, sizeof *took, by_value);
        printf("%.3f %.3f\n", took[samples / 2], took[0]);
    }
    free(took);
    free(back);
    free(out);
    MPI_Finalize();
    return 0;
}
