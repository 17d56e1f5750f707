/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctor.h"
#include "harness/cli/doctor_engines.h"
#include "harness/cli/doctor_noise.h"
#include "harness/cli/doctor_site.h"
#include "harness/cli/options.h"
#include "harness/cli/probe.h"

#include <stdio.h>

struct mine {
    char *site;
    bool engines;
    bool noise;
    int rounds;
};

struct input {
    struct sb_output output;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FILE,
     .flag = "site",
     .value = "FILE",
     .help = "write a first site.yaml from what the schedulers here offer, and nothing else",
     .offset = offsetof(struct mine, site)},
    {.type = SB_OPTION_FLAG,
     .flag = "engines",
     .help = "measure what each container engine costs, in an image (default: those of "
             "scripts/images/build), and nothing else",
     .offset = offsetof(struct mine, engines)},
    {.type = SB_OPTION_FLAG,
     .flag = "noise",
     .help = "measure how noisy this machine is, and so the smallest change that compare can tell "
             "(kernels as operands; default: stream and nbody), and nothing else",
     .offset = offsetof(struct mine, noise)},
    {.type = SB_OPTION_INTEGER,
     .flag = "rounds",
     .value = "N",
     .usual = "7",
     .least = 1,
     .most = 99,
     .help = "how often: in turns with --engines, runs of each kernel with --noise",
     .offset = offsetof(struct mine, rounds)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, offsetof(struct input, mine)},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static const struct sb_column columns[] = {
    {"check", "what", false},   {"state", "state", false}, {"found", "found", false},
    {"remedy", "to do", false}, {NULL, NULL, false},
};

static int write_site(const char *path, struct sb_error *err)
{
    int found = 0;
    const int rc = sb_doctor_site(&found, path, err);
    if (rc == SB_OK) {
        printf("%s: local and %d place%s of schedulers here; 'switchbench list places %s' shows "
               "them\n",
               path, found, found == 1 ? "" : "s", path);
    }
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    const struct sb_output *output = &in->output;
    int rc = sb_output_check(output, err);
    if (rc == 0 && in->mine.noise && (in->mine.engines || in->mine.site)) {
        return sb_fail(err, SB_EINVAL, "doctor: --noise, --engines and --site are one each");
    }
    if (rc == 0 && in->mine.noise) {
        return sb_doctor_noise(operands, in->mine.rounds, output, err);
    }
    if (rc == 0 && in->mine.engines) {
        return sb_doctor_engines(operands, in->mine.rounds, output, err);
    }
    if (rc == 0 && operands->count > 0) {
        return sb_fail(
            err, SB_EINVAL,
            "doctor: unexpected argument '%s': images are for --engines, kernels for --noise",
            operands->item[0]);
    }
    if (rc || in->mine.site) {
        return rc ? rc : write_site(in->mine.site, err);
    }
    struct sb_error told = {0};
    json_t *probe = NULL;
    struct sb_doctor doctor = {0};
    sb_table_init(&doctor.table, columns);
    if (sb_probe_runner(&probe, &told) != SB_OK) {
        sb_doctor_say(&doctor, "runner", SB_DOCTOR_MISSING, told.text,
                      "build switchbench-runner beside switchbench");
    }
    sb_doctor_backends(&doctor, probe);
    sb_doctor_tools(&doctor);
    sb_doctor_targets(&doctor);
    sb_doctor_libraries(&doctor, probe);
    sb_doctor_engines_here(&doctor);
    sb_doctor_places(&doctor);
    sb_doctor_node(&doctor, probe);
    rc = sb_table_print(&doctor.table, output, stdout, err);
    sb_table_free(&doctor.table);
    const bool people = rc == SB_OK && !output->json && !output->csv;
    if (people) {
        sb_doctor_topology(stdout, probe);
    }
    json_decref(probe);
    if (people) {
        printf("\n%s\n", doctor.backends == 0 ? "Nothing can run here."
                         : doctor.missing
                             ? "Kernels can run here, but not all that switchbench needs is there."
                             : "Ready: 'switchbench run -p tiny' takes seconds.");
    }
    return rc ? rc : doctor.backends == 0 || doctor.missing ? SB_EXIT_NOTHING : SB_EXIT_PASSED;
}

const struct sb_command sb_command_doctor = {
    .name = "doctor",
    .help = "what this machine can run, what not, why, and what to install",
    .lesson =
        "ok       it is there\n"
        "missing  it is needed; the last column says how to get it\n"
        "absent   something more could run with it\n"
        "note     it runs, but look at this before you believe a time\n"
        "\n"
        "Below the table the machine: sockets, NUMA nodes with their GPUs, caches, and a mark per "
        "logical CPU: # may be used here, . exists.\n"
        "\n"
        "--engines compares each container engine with the outside, in turns: how long it takes "
        "to start (reading the image on the node, to check it, is told apart), and inside / "
        "outside of "
        "memory bandwidth (less than 1× is slower), latency of a load, reading the clock, "
        "waking a thread (more than 1× is slower); medians, least and greatest.\n"
        "\n"
        "--noise gives every core fixed work for two seconds (time lost: what it took longer than "
        "at "
        "best), then runs each kernel --rounds times, as 'run' does by default, and compares every "
        "run with every other as "
        "'compare' does, one of them made slower by a growing amount: below the first limit half "
        "of such changes are not "
        "found, from the second on nine in ten are. The machine should do what it does when you "
        "measure: half a minute.\n"
        "\n"
        "Ends with 0 where kernels can run, else with 6.",
    .examples = "switchbench doctor            # for people\n"
                "switchbench doctor --json     # for programs\n"
                "switchbench doctor --engines  # what containers cost here\n"
                "switchbench doctor --engines ./folder localhost/cpu   # in these images\n"
                "switchbench doctor --noise                # what compare can tell here\n"
                "switchbench doctor --noise gemm --rounds 5 --json\n"
                "switchbench doctor --site site.yaml    # on a login node: the places it offers",
    .operands = "[IMAGE… | KERNEL…]",
    .operands_most = -1,
    .options = uses,
    .room = sizeof(struct input),
    .run = run,
};
