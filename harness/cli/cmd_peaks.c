/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/peaks_messages.h"
#include "harness/cli/peaks_view.h"
#include "harness/cli/probe.h"
#include "harness/plan/cells.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_S 900.0

struct mine {
    struct sb_strings backends;
    char *file;
    bool no_messages;
    int rounds;
};

struct input {
    struct mine mine;
    struct sb_output output;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_CSV,
     .flag = "backends",
     .letter = 'b',
     .value = "NAME,…",
     .usual = "all that have a device",
     .help = "what to measure",
     .offset = offsetof(struct mine, backends)},
    {.type = SB_OPTION_INTEGER,
     .flag = "rounds",
     .value = "N",
     .usual = "15",
     .least = 1,
     .most = 50,
     .help = "how often each figure gets a turn; more where other work runs, too",
     .offset = offsetof(struct mine, rounds)},
    {.type = SB_OPTION_FLAG,
     .flag = "no-messages",
     .help = "leave out messages between two ranks (MPI)",
     .offset = offsetof(struct mine, no_messages)},
    {.type = SB_OPTION_FILE,
     .flag = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "write the whole document (JSON) there, too",
     .offset = offsetof(struct mine, file)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"What", rows, offsetof(struct input, mine)},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static const char *name_of(int i, const void *payload)
{
    (void)payload;
    return sb_backend_names[i];
}

static int check_names(const struct sb_strings *names, struct sb_error *err)
{
    int known = 0;
    while (sb_backend_names[known]) {
        ++known;
    }
    for (int i = 0; i < names->count; ++i) {
        bool found = false;
        for (int k = 0; k < known; ++k) {
            found = found || strcmp(names->item[i], sb_backend_names[k]) == 0;
        }
        const char *near = found ? NULL : sb_text_closest(names->item[i], known, name_of, NULL);
        if (!found && near) {
            return sb_fail(err, SB_EINVAL, "peaks: unknown backend '%s'; did you mean '%s'?",
                           names->item[i], near);
        }
        if (!found) {
            return sb_fail(err, SB_EINVAL,
                           "peaks: unknown backend '%s'; 'switchbench list backends' shows them",
                           names->item[i]);
        }
    }
    return SB_OK;
}

static int ask(json_t **out, const struct sb_strings *names, int rounds, struct sb_error *err)
{
    char *csv = NULL;
    size_t length = 0;
    FILE *text = open_memstream(&csv, &length);
    if (!text) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < names->count; ++i) {
        fprintf(text, "%s%s", i ? "," : "", names->item[i]);
    }
    fprintf(text, "@%d", rounds);
    fclose(text);
    const int rc = sb_probe_ask_within(out, "--peaks", csv, LIMIT_S, err);
    free(csv);
    return rc;
}

static int write_file(const char *path, const json_t *document, struct sb_error *err)
{
    char *text = json_dumps(document, JSON_INDENT(1));
    const int rc = text ? sb_fs_write(path, text, strlen(text), err)
                        : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    return rc;
}

/* Passed where something was measured. */
static int exit_of(const json_t *document)
{
    size_t i = 0, measured = 0;
    const json_t *entry = NULL;
    json_array_foreach (json_object_get(document, "backends"), i, entry) {
        measured += json_array_size(json_object_get(entry, "figures")) > 0;
    }
    return measured ? SB_EXIT_PASSED : SB_EXIT_NOTHING;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    json_t *document = NULL;
    (void)operands;
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc : check_names(&in->mine.backends, err);
    rc = rc ? rc : ask(&document, &in->mine.backends, in->mine.rounds, err);
    if (rc == SB_OK && !in->mine.no_messages && in->mine.backends.count == 0) {
        json_object_set_new(document, "messages", sb_peaks_messages());
    }
    if (rc == SB_OK && in->output.json) {
        json_dumpf(document, stdout, JSON_INDENT(1));
        putchar('\n');
    } else if (rc == SB_OK) {
        rc = sb_peaks_print(document, &in->output, stdout, err);
    }
    rc = rc == SB_OK && in->mine.file ? write_file(in->mine.file, document, err) : rc;
    rc = rc ? rc : exit_of(document);
    json_decref(document);
    return rc;
}

const struct sb_command sb_command_peaks = {
    .name = "peaks",
    .help = "measure what this node can do at most, for every backend",
    .lesson =
        "Bandwidth of each cache and of memory, flop rates by precision and vector width, "
        "latencies, the cost of a launch, copies to and from a device, messages between ranks; on "
        "a processor with 1, 2, 4, … and all threads. It takes a minute or two; let nothing else "
        "run meanwhile.\n"
        "\n"
        "The figures are kept in the cache folder. Records of later runs on this node then say "
        "what bounds them and what fraction of that they reach ('attainable'), and reports draw "
        "rooflines. On a cluster measure a node of each type once: those like it share the "
        "figures where they share the cache folder.\n"
        "\n"
        "best     the fastest repetition: what bounds are made of\n"
        "median   of all; where it is far from the best, the node was busy: measure again\n"
        "\n"
        "Ends with 0 where a backend was measured, else with 6.",
    .examples = "switchbench peaks                       # everything this node has\n"
                "switchbench peaks --backends cpu        # the processor alone\n"
                "switchbench peaks --json -o peaks.json  # for programs\n"
                "srun -p genoa switchbench peaks         # on a node of a Slurm partition",
    .options = uses,
    .room = sizeof(struct input),
    .run = run,
};
