/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"
#include "harness/cli/where.h"
#include "harness/util/fs.h"
#include "results/report/report.h"
#include "results/store/store.h"

#include <stdio.h>
#include <string.h>

struct input {
    char *page;
    char *figures;
    struct sb_strings formats;
};

static const char *const formats[] = {"svg", "png", "pdf", NULL};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FILE,
     .flag = "output",
     .letter = 'o',
     .value = "FILE",
     .usual = "<campaign>/report.html",
     .help = "write the page there",
     .offset = offsetof(struct input, page)},
    {.type = SB_OPTION_FOLDER,
     .flag = "figures",
     .value = "DIR",
     .help = "write every plot into this folder instead, for papers",
     .offset = offsetof(struct input, figures)},
    {.type = SB_OPTION_CSV,
     .flag = "format",
     .letter = 'f',
     .value = "TYPE,…",
     .usual = "svg,png,pdf",
     .choices = formats,
     .help = "of the figures: svg, png, pdf",
     .offset = offsetof(struct input, formats)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {{"This command", rows, 0}, {NULL, NULL, 0}};

/* What the report cannot show; where the index cannot be had, its own error follows. */
static void say_passed_over(const char *folder)
{
    struct sb_store *store = NULL;
    if (sb_store_open(&store, NULL, NULL) == 0 && sb_store_index(NULL, store, folder, NULL) == 0 &&
        *sb_store_warning(store)) {
        sb_say("%s", sb_store_warning(store));
    }
    sb_store_close(store);
}

static int write_figures(const char *folder, const struct input *in, struct sb_error *err)
{
    char csv[64] = "svg,png,pdf";
    for (int i = 0; i < in->formats.count; ++i) {
        const size_t used = i ? strlen(csv) : 0;
        snprintf(csv + used, sizeof csv - used, "%s%s", i ? "," : "", in->formats.item[i]);
    }
    const int rc = sb_report_figures(folder, in->figures, csv, err);
    if (rc == SB_OK) {
        printf("figures: %s\n", in->figures);
    }
    return rc;
}

static int write_page(const char *folder, const struct input *in, struct sb_error *err)
{
    char path[1100];
    int rc = in->page ? SB_OK : sb_fs_join(path, sizeof path, folder, "report.html", err);
    const char *page = in->page ? in->page : path;
    rc = rc ? rc : sb_report_write(folder, page, err);
    if (rc == SB_OK) {
        printf("report: %s\n", page);
    }
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    char folder[1024];
    if (in->formats.count && !in->figures) {
        return sb_fail(err, SB_EINVAL, "report: --format is of --figures DIR");
    }
    if (in->page && in->figures) {
        return sb_fail(err, SB_EINVAL, "report: --output and --figures exclude each other");
    }
    int rc =
        sb_where_campaign(folder, sizeof folder, operands->count ? operands->item[0] : NULL, err);
    if (rc == SB_OK) {
        say_passed_over(folder);
    }
    rc = rc ? rc : in->figures ? write_figures(folder, in, err) : write_page(folder, in, err);
    return rc;
}

const struct sb_command sb_command_report = {
    .name = "report",
    .help = "write the page with plots, or figures for papers",
    .operands = "[CAMPAIGN]",
    .lesson = "Writes one HTML file that works without a network: summary, heat map, "
              "distributions, portable against\n"
              "vendor, verification, the node and where everything came from. 'run' and 'resume' "
              "write it too. The same\n"
              "records give the same page. Without an argument: the newest campaign.",
    .examples =
        "switchbench report                                   # campaigns/<newest>/report.html\n"
        "switchbench report before -o before.html             # somewhere else\n"
        "switchbench report before --figures plots -f svg     # every plot as plots/<name>.svg",
    .options = uses,
    .operands_most = 1,
    .room = sizeof(struct input),
    .run = run,
};
