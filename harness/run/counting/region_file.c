/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/region_file.h"

#include "harness/util/json.h"

#include <string.h>

static int read_line(struct sb_region_counts *out, const json_t *line, struct sb_error *err)
{
    const struct {
        const char *name;
        double *into;
    } members[] = {
        {"instructions", &out->instructions},
        {"branches", &out->branches},
        {"loads", &out->loads},
        {"stores", &out->stores},
        {"read_bytes", &out->read_bytes},
        {"write_bytes", &out->write_bytes},
        {"scalable", &out->scalable},
        {"scalable_seen", &out->scalable_seen},
    };
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof members / sizeof *members; ++i) {
        int64_t value = 0;
        code = sb_json_integer(&value, line, members[i].name, err);
        *members[i].into = (double)value;
    }
    return code;
}

int sb_region_parse(struct sb_region_counts *out, const char *text, int least, struct sb_error *err)
{
    int regions = 0;
    int code = 0;
    for (const char *at = text; code == 0 && *at;) {
        const size_t length = strcspn(at, "\n");
        json_t *line = json_loadb(at, length, 0, NULL);
        code = line && at[length] == '\n'
                   ? read_line(out, line, err)
                   : sb_fail(err, SB_EPARSE, "its plug-in wrote no whole line of counts");
        json_decref(line);
        regions += code == 0;
        at += length + (at[length] == '\n');
    }
    return code != 0          ? code
           : regions >= least ? 0
                              : sb_fail(err, SB_EPARSE,
                                        "its plug-in saw the kernel begin and end %d times, not %d",
                                        regions, least);
}
