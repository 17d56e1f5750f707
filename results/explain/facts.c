/* SPDX-License-Identifier: Apache-2.0 */
/* What two records do not have in common, first what is likelier to matter. */
#include "harness/util/json.h"
#include "results/explain/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fact {
    const char *path, *what;
    const char *
        follows; /* a fact that this one follows from: where that one differs, this one counts as no further one */
};

static const struct fact facts[] = {
    {"backend", "backend", NULL},
    {"variant", "variant", NULL},
    {"device.name", "device", "backend"},
    {"node.cpu_model", "processor", "device.name"},
    {"device.vendor", "vendor of the device", "device.name"},
    {"device.cores", "cores of the device", "device.name node.cores_allowed"},
    {"node.digest", "type of node", "node.cpu_model"},
    {"target", "target", NULL},
    {"precision", "precision", NULL},
    {"maths", "maths", NULL},
    {"index_bits", "bits of an index", NULL},
    {"tuning", "tuning", "backend variant device.name device.cores"},
    {"build.compiler", "compiler", "backend"},
    {"build.flags", "flags", "backend tuning precision maths index_bits target"},
    {"build.key", "compiled code", "backend variant build.compiler build.flags tuning target"},
    {"device.driver", "driver", "backend build.compiler"},
    {"placement", "placement of threads", "backend node.cores_allowed"},
    {"node.cores_allowed", "CPUs allowed", "node.digest"},
    {"container.engine", "container engine", NULL},
    {"container.image", "image", NULL},
    {"ranks", "ranks", NULL},
    {"mpi.library", "MPI library", NULL},
    {"work.flop", "operations of a repetition", "variant"},
    {"work.read_bytes", "bytes read by a repetition", "variant"},
    {"work.write_bytes", "bytes written by a repetition", "variant"},
    {"environment.set", "variables set", "backend node.cores_allowed placement"},
    {"environment.cleared", "variables cleared", NULL},
    {"node.governor", "governor of the clock", NULL},
    {"node.huge_pages", "huge pages", NULL},
    {"node.topology_digest", "topology", "node.digest"},
    {"node.virtualisation", "virtualisation", "node.digest"},
    {"node.kernel", "kernel of the system", NULL},
    {"node.hostname", "host", NULL},
};
#define FACTS (sizeof facts / sizeof *facts)

static bool differs(const json_t *a, const json_t *b, const char *path)
{
    const json_t *one = sb_json_at(a, path);
    const json_t *other = sb_json_at(b, path);
    const bool none = (!one || json_is_null(one)) && (!other || json_is_null(other));
    return !none && !json_equal(one, other);
}

static bool follows(const json_t *a, const json_t *b, const char *paths)
{
    for (const char *at = paths ? paths : ""; *at; at += strspn(at, " ")) {
        char path[64];
        const size_t length = strcspn(at, " ");
        snprintf(path, sizeof path, "%.*s", (int)length, at);
        if (differs(a, b, path)) {
            return true;
        }
        at += length;
    }
    return false;
}

static void shown(char *out, size_t room, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const size_t length = text ? strlen(text) : 0;
    if (length > 1 && text[0] == '"') {
        snprintf(out, room, "%.*s", (int)length - 2, text + 1);
    } else {
        snprintf(out, room, "%s", text && !json_is_null(value) ? text : "nothing");
    }
    sb_text_keep_utf8(out); /* cut within a character it would be no text for JSON */
    free(text);
}

static bool has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += 1) {
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || !at[length])) {
            return true;
        }
    }
    return false;
}

/* The words of one text that the other lacks. */
static void words_alone(char *out, size_t room, const char *text, const char *other)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        char word[400];
        const size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (!has_word(other, word, strlen(word)) && used < room) {
            used += (size_t)snprintf(out + used, room - used, "%s%s", used ? " " : "", word);
        }
        at += length;
    }
    if (!used) {
        snprintf(out, room, "nothing else");
    }
    sb_text_keep_utf8(out);
}

static void tell(json_t *list, const struct fact *fact, const json_t *a, const json_t *b)
{
    char one[600];
    char other[600];
    char sentence[1400];
    const json_t *of_a = sb_json_at(a, fact->path);
    const json_t *of_b = sb_json_at(b, fact->path);
    if (strcmp(fact->path, "build.flags") == 0 && json_is_string(of_a) && json_is_string(of_b)) {
        words_alone(one, sizeof one, json_string_value(of_a), json_string_value(of_b));
        words_alone(other, sizeof other, json_string_value(of_b), json_string_value(of_a));
        snprintf(sentence, sizeof sentence, "flags: A alone has %s, B alone has %s", one, other);
    } else {
        shown(one, sizeof one, of_a);
        shown(other, sizeof other, of_b);
        snprintf(sentence, sizeof sentence, "%s: A has %s, B has %s", fact->what, one, other);
    }
    json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:b}", "what", fact->what, "a", one,
                                          "b", other, "sentence", sentence, "follows",
                                          follows(a, b, fact->follows)));
}

static double disturbed(const json_t *record)
{
    const double turns = sb_json_real_or(record, "timing.steady.watched_turns", 0);
    return turns > 0 ? sb_json_real_or(record, "timing.steady.disturbed_turns", 0) / turns : 0;
}

static void tell_disturbance(json_t *list, const json_t *a, const json_t *b)
{
    const double one = disturbed(a);
    const double other = disturbed(b);
    char sentence[200];
    if (fabs(one - other) < 0.1) {
        return;
    }
    snprintf(
        sentence, sizeof sentence,
        "disturbances: something else used the machine in %.0f %% of A's turns and %.0f %% of B's",
        100 * one, 100 * other);
    json_array_append_new(list, json_pack("{s:s,s:f,s:f,s:s,s:b}", "what", "disturbances", "a", one,
                                          "b", other, "sentence", sentence, "follows", false));
}

void sb_explain_facts(json_t *told, const json_t *a, const json_t *b)
{
    json_t *list = json_array();
    tell_disturbance(list, a, b);
    for (size_t i = 0; i < FACTS; ++i) {
        if (differs(a, b, facts[i].path)) {
            tell(list, &facts[i], a, b);
        }
    }
    json_object_set_new(told, "facts", list);
}
