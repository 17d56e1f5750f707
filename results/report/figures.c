/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"
#include "results/report/plots.h"
#include "results/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usual_formats[] = "svg,png,pdf";
#define RENDER_TIME_LIMIT_S 300.0
#define FIXED_ARGS 6

static const char *format_name(int i, const void *payload)
{
    (void)payload;
    static const char *const names[] = {"svg", "png", "pdf"};
    return names[i];
}

static int check_formats(const char *csv, struct sb_error *err)
{
    char name[16];
    for (const char *at = csv;; at++) {
        const size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
                 at);
        int known = 0;
        for (int i = 0; i < 3; i++) {
            known |= strcmp(name, format_name(i, NULL)) == 0;
        }
        if (!known) {
            const char *const closest = sb_text_closest(name, 3, format_name, NULL);
            return sb_fail(err, SB_EINVAL, "no figure format '%s'%s%s%s (svg, png, pdf)", name,
                           closest ? ", did you mean '" : "", closest ? closest : "",
                           closest ? "'?" : "");
        }
        at += length;
        if (!*at) {
            return 0;
        }
    }
}

/** Writes the plot with its rows inside, so that any Vega-Lite tool can draw it again. */
static int write_spec(char path[1024], const json_t *plot, const char *out_dir,
                      struct sb_store *store, int64_t campaign, struct sb_error *err)
{
    char name[256];
    json_t *rows = NULL;
    snprintf(name, sizeof name, "%s.vl.json", json_string_value(json_object_get(plot, "name")));
    int rc = sb_fs_join(path, 1024, out_dir, name, err);
    rc = rc ? rc
            : sb_store_rows(&rows, store, json_string_value(json_object_get(plot, "query")),
                            campaign, err);
    if (rc) {
        return rc;
    }
    json_t *const spec = json_object_get(plot, "spec");
    json_object_set_new(spec, "data", json_pack("{s:s,s:o}", "name", "rows", "values", rows));
    const struct sb_embedded *const config = sb_report_file("plot-config.json");
    json_object_set_new(spec, "config", json_loadb(config->bytes, config->length, 0, NULL));
    json_object_set_new(spec, "background", json_string("white"));
    char *const text = json_dumps(spec, JSON_INDENT(1) | JSON_REAL_PRECISION(7));
    rc = text ? sb_fs_write(path, text, strlen(text), err)
              : sb_fail(err, SB_ENOMEM, "figures: out of memory");
    free(text);
    return rc;
}

/** "<program's folder>/vl-convert", where the build put the renderer, before what the user has in PYTHONPATH. */
static const char *module_path(char *out, size_t room)
{
    const char *const theirs = getenv("PYTHONPATH");
    snprintf(out, room, "PYTHONPATH=%s/vl-convert%s%s", sb_fs_program_folder(), theirs ? ":" : "",
             theirs ? theirs : "");
    return out;
}

static int render(const char *formats, char (*paths)[1024], size_t count, struct sb_error *err)
{
    char module[4096];
    const char **const argv = calloc(count + FIXED_ARGS + 1, sizeof *argv);
    if (!argv) {
        return sb_fail(err, SB_ENOMEM, "figures: out of memory");
    }
    const char *const fixed[FIXED_ARGS] = {"env", module_path(module, sizeof module),  "python3",
                                           "-c",  sb_report_file("figures.py")->bytes, formats};
    memcpy(argv, fixed, sizeof fixed);
    for (size_t i = 0; i < count; i++) {
        argv[FIXED_ARGS + i] = paths[i];
    }
    struct sb_process_result result = {0};
    int rc = sb_process_run(&result, argv, RENDER_TIME_LIMIT_S, err);
    if (rc == 0 && (result.exit_status == 127 ||
                    (result.output && strncmp(result.output, "vl_convert:", 11) == 0))) {
        rc = sb_fail(
            err, SB_EABSENT,
            "figures need python3 with vl-convert-python: install python3-pip, then configure "
            "switchbench again, or pip install vl-convert-python (the specifications with their "
            "data are written)");
    } else if (rc == 0 && result.timed_out) {
        rc = sb_fail(err, SB_ELIMIT, "figures: python3 did not end in %.0f s", RENDER_TIME_LIMIT_S);
    } else if (rc == 0 && result.exit_status != 0) {
        const size_t tail = result.length > 1000 ? result.length - 1000 : 0;
        rc = sb_fail(err, SB_EIO, "figures: python3 failed: %s",
                     result.output ? result.output + tail : "");
    }
    sb_process_result_free(&result);
    free(argv);
    return rc;
}

int sb_report_figures(const char *campaign_folder, const char *out_dir, const char *formats_csv,
                      struct sb_error *err)
{
    const char *const formats = formats_csv ? formats_csv : usual_formats;
    struct sb_store *store = NULL;
    int64_t campaign = 0;
    json_t *plots = NULL;
    char(*paths)[1024] = NULL;
    int rc = check_formats(formats, err);
    rc = rc ? rc : sb_report_open(&store, &campaign, campaign_folder, err);
    rc = rc ? rc : sb_plots_load(&plots, err);
    rc = rc ? rc : sb_fs_mkdirs(out_dir, err);
    const size_t count = json_array_size(plots);
    if (rc == 0 && !(paths = calloc(count + 1, sizeof *paths))) {
        rc = sb_fail(err, SB_ENOMEM, "figures: out of memory");
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = write_spec(paths[i], json_array_get(plots, i), out_dir, store, campaign, err);
    }
    rc = rc ? rc : render(formats, paths, count, err);
    free(paths);
    json_decref(plots);
    sb_store_close(store);
    return rc;
}
