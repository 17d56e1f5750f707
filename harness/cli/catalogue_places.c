/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of schedulers, container engines and places. */
#include "harness/cli/catalogue.h"
#include "harness/place/engines/engine.h"
#include "harness/place/schedulers/scheduler.h"
#include "harness/place/site.h"

#include <stdio.h>
#include <string.h>

static bool wanted(const struct sb_strings *names, const char *name)
{
    return names->count == 0 || sb_strings_has(names, name);
}

int sb_catalogue_schedulers(struct sb_table *table, const struct sb_strings *names,
                            struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"scheduler", "scheduler", false}, {"here", "here", false}, {"found", "found", false},
        {"title", "what it is", false},    {NULL, NULL, false},
    };
    (void)err;
    sb_table_init(table, columns);
    for (int i = 0; sb_schedulers[i]; ++i) {
        const struct sb_scheduler *scheduler = sb_schedulers[i];
        struct sb_error told = {0};
        json_t *places = NULL;
        char text[64];
        if (!wanted(names, scheduler->name)) {
            continue;
        }
        const int code = scheduler->detect ? scheduler->detect(&places, &told) : 0;
        snprintf(text, sizeof text, "%zu place%s", json_array_size(places),
                 json_array_size(places) == 1 ? "" : "s");
        sb_table_text(table, scheduler->name);
        sb_table_text(table, code == 0 ? "yes" : "no");
        sb_table_text(table, code != 0 ? told.text : places ? text : "-");
        sb_table_text(table, scheduler->title);
        json_decref(places);
    }
    return SB_OK;
}

int sb_catalogue_engines(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"engine", "engine", false}, {"here", "here", false},        {"found", "found", false},
        {"image", "image", false},   {"title", "what it is", false}, {NULL, NULL, false},
    };
    (void)err;
    sb_table_init(table, columns);
    for (int i = 0; sb_engines[i]; ++i) {
        const struct sb_engine *engine = sb_engines[i];
        struct sb_error told = {0};
        char version[200] = "";
        if (!wanted(names, engine->name)) {
            continue;
        }
        const int code = engine->probe(version, sizeof version, &told);
        sb_table_text(table, engine->name);
        sb_table_text(table, code == 0 ? "yes" : "no");
        sb_table_text(table, code == 0 ? version : told.text);
        sb_table_text(table, engine->image_form);
        sb_table_text(table, engine->title);
    }
    return SB_OK;
}

int sb_catalogue_places(struct sb_table *table, const struct sb_strings *names,
                        struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"place", "place", false},
        {"scheduler", "scheduler", false},
        {"partition", "partition", false},
        {"nodes", "nodes", false},
        {"engine", "engine", false},
        {"file", "described in", false},
        {NULL, NULL, false},
    };
    struct sb_site site = {0};
    const char *file = names->count == 1 && strstr(names->item[0], ".y") ? names->item[0] : NULL;
    sb_table_init(table, columns);
    const int code = sb_site_read(&site, file, err);
    for (int i = 0; code == 0 && i < site.place_count; ++i) {
        const struct sb_place *place = &site.place[i];
        if (file || wanted(names, place->name)) {
            sb_table_text(table, place->name);
            sb_table_text(table, place->scheduler);
            sb_table_text(table, place->partition ? place->partition : "");
            sb_table_text(table, place->nodes);
            sb_table_text(table, place->engine);
            sb_table_text(table, site.path);
        }
    }
    if (code == 0 && !file && wanted(names, "local") && !sb_site_find(&site, "local")) {
        const char *const row[] = {"local", "local", "", "any", "none", ""};
        for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
            sb_table_text(table, row[i]);
        }
    }
    sb_site_free(&site);
    return code;
}
