/* SPDX-License-Identifier: Apache-2.0 */
/* twin_opencl_object FILE CACHE: compiles all kernels of an OpenCL C file for the twin and prints the object's path. */
#include "backends/twin/opencl.h"
#include "harness/plan/kernels.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: twin_opencl_object FILE CACHE\n", stderr);
        return SB_EXIT_USAGE;
    }
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", argv[1]);
    char *slash = strrchr(folder, '/');
    *(slash ? slash : folder) = '\0';
    const struct sb_launches none = {0};
    const struct sb_source source = {.folder = slash ? folder : ".",
                                     .file = argv[1],
                                     .include = sb_kernels_folder(),
                                     .target = "native",
                                     .cache = argv[2],
                                     .launches = &none};
    struct sb_artifact artifact;
    struct sb_error err = {0};
    if (sb_twin_opencl_compile(&artifact, &source, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return err.code == SB_EABSENT ? SB_EXIT_NOTHING : SB_EXIT_FAILED;
    }
    puts(artifact.path);
    return 0;
}
