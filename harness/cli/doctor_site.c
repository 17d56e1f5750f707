/* SPDX-License-Identifier: Apache-2.0 */
/* A first site.yaml, from what the schedulers say of themselves. */
#include "harness/cli/doctor_site.h"

#include "harness/place/engines/engine.h"
#include "harness/place/schedulers/scheduler.h"
#include "harness/util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scalar that YAML reads back as the same text: JSON's strings are YAML's double-quoted ones. */
static void put_value(FILE *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    fputs(text ? text : "\"\"", out);
    free(text);
}

static void put_place(FILE *out, const json_t *place)
{
    const char *key = NULL;
    const json_t *value = NULL;
    fprintf(out, "  %s:\n", json_string_value(json_object_get(place, "name")));
    json_object_foreach ((json_t *)place, key, value) {
        if (strcmp(key, "name") != 0) {
            fprintf(out, "    %s: ", key);
            put_value(out, value);
            fputc('\n', out);
        }
    }
}

static int put_scheduler(FILE *out, const struct sb_scheduler *scheduler)
{
    json_t *places = NULL;
    struct sb_error told = {0};
    size_t i = 0;
    const json_t *place = NULL;
    if (!scheduler->detect) {
        return 0;
    }
    const int code = scheduler->detect(&places, &told);
    const int found = code == 0 ? (int)json_array_size(places) : 0;
    if (code != 0) {
        fprintf(out, "  # %s: %.*s\n", scheduler->name, (int)strcspn(told.text, "\n"), told.text);
    }
    json_array_foreach (places, i, place) {
        put_place(out, place);
    }
    json_decref(places);
    return found;
}

static void put_engines(FILE *out)
{
    fputs("# Engines here:", out);
    for (int i = 0; sb_engines[i]; ++i) {
        char version[200] = "";
        if (sb_engines[i]->probe(version, sizeof version, NULL) == 0) {
            fprintf(out, " %s", sb_engines[i]->name);
        }
    }
    fputs("\n", out);
}

int sb_doctor_site(int *found, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    *found = 0;
    fputs(
        "# Places for 'switchbench run --places NAME', as 'switchbench doctor --site' found them.\n"
        "# Keys: results/schema/site.schema.json. Rename, remove and refine them as you like.\n",
        out);
    put_engines(out);
    fputs("places:\n  local:\n    scheduler: local\n", out);
    for (int i = 0; sb_schedulers[i]; ++i) {
        *found += put_scheduler(out, sb_schedulers[i]);
    }
    int code = fclose(out) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    char *there = NULL;
    size_t unused = 0;
    if (code == 0 && sb_fs_read(&there, &unused, path, NULL) == 0) {
        code = sb_fail(err, SB_EINVAL, "%s exists: name another file, or remove it", path);
    }
    free(there);
    code = code != 0 ? code : sb_fs_write(path, text, length, err);
    free(text);
    return code;
}
