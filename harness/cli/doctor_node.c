/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctor.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_governor(struct sb_doctor *doctor, const json_t *node)
{
    const char *governor = sb_json_text_or(node, "governor", "");
    const char *machine = sb_json_text_or(node, "virtualisation", "none");
    char found[160];
    if (!*governor) {
        const bool guest = strcmp(machine, "none") != 0;
        snprintf(found, sizeof found, "not visible%s%s", guest ? " in this virtual machine: " : "",
                 guest ? machine : "");
        sb_doctor_say(doctor, "frequency governor", SB_DOCTOR_NOTE, found,
                      "expect noise; 'run --repeat 3' shows how much");
        return;
    }
    const bool steady = strcmp(governor, "performance") == 0;
    sb_doctor_say(doctor, "frequency governor", steady ? SB_DOCTOR_OK : SB_DOCTOR_NOTE, governor,
                  steady ? NULL : "for steady times: cpupower frequency-set -g performance");
}

/* perf_event_open(2): 2 still counts one's own user-space code; Debian's 3 counts nothing. */
static void check_perf(struct sb_doctor *doctor)
{
    char *text = NULL;
    size_t length = 0;
    if (sb_fs_read(&text, &length, "/proc/sys/kernel/perf_event_paranoid", NULL) != SB_OK) {
        sb_doctor_say(doctor, "hardware counters", SB_DOCTOR_ABSENT,
                      "this kernel has no perf_event", NULL);
        return;
    }
    const long level = strtol(text, NULL, 10);
    char found[96];
    snprintf(found, sizeof found, "perf_event_paranoid is %ld", level);
    sb_doctor_say(doctor, "hardware counters", level <= 2 ? SB_DOCTOR_OK : SB_DOCTOR_ABSENT, found,
                  level <= 2 ? NULL : "sysctl kernel.perf_event_paranoid=2");
    free(text);
}

void sb_doctor_node(struct sb_doctor *doctor, const json_t *probe)
{
    const json_t *node = json_object_get(probe, "node");
    char found[512];
    char allowed[32];
    char all[32];
    if (node) {
        snprintf(found, sizeof found, "%s; %d of %d logical CPUs may be used",
                 sb_json_text_or(node, "cpu_model", "?"),
                 (int)sb_json_integer_or(node, "cores_allowed", 0),
                 (int)sb_json_integer_or(node, "cpus", 0));
        sb_doctor_say(doctor, "processor", SB_DOCTOR_OK, found, NULL);
        sb_text_bytes(allowed, sizeof allowed, sb_json_real_or(node, "memory_allowed_bytes", NAN));
        sb_text_bytes(all, sizeof all, sb_json_real_or(node, "memory_bytes", NAN));
        snprintf(found, sizeof found, "%s of %s may be used", allowed, all);
        sb_doctor_say(doctor, "memory", SB_DOCTOR_OK, found, NULL);
        snprintf(found, sizeof found, "virtualisation: %s; container: %s",
                 sb_json_text_or(node, "virtualisation", "?"),
                 sb_json_text_or(node, "container", "?"));
        sb_doctor_say(doctor, "machine", SB_DOCTOR_OK, found, NULL);
        check_governor(doctor, node);
    }
    check_perf(doctor);
    const char *obstacle = sb_json_text_or(probe, "ranks.reason", NULL);
    if (obstacle) {
        sb_doctor_say(doctor, "ranks (MPI)", *obstacle ? SB_DOCTOR_ABSENT : SB_DOCTOR_OK,
                      *obstacle ? obstacle : "mpirun and the plug-in switchbench-mpi.so are here",
                      NULL);
    }
}

void sb_doctor_topology(FILE *out, const json_t *probe)
{
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach (json_object_get(probe, "topology"), i, line) {
        fprintf(out, "%s%s\n", i == 0 ? "\n" : "", json_string_value(line));
    }
}
