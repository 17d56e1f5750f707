/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/papi/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static struct sb_papi papi;

static void *load(void)
{
    static const char *const names[] = {"libpapi.so",
                                        "libpapi.so.7",
                                        "libpapi.so.7.3",
                                        "libpapi.so.7.2",
                                        "libpapi.so.7.1",
                                        "libpapi.so.7.0",
                                        NULL};
    void *library = NULL;
    for (int i = 0; !library && names[i]; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL); /* its components look for symbols */
    }
    return library;
}

static int find_functions(void *library, struct sb_error *err)
{
    struct {
        const char *name;
        void **at;
    } functions[] = {
#define X(type, name, arguments) {"PAPI_" #name, (void **)&papi.name},
        SB_PAPI_FUNCTIONS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        *functions[i].at = dlsym(library, functions[i].name);
        if (!*functions[i].at) {
            return sb_fail(err, SB_EABSENT,
                           "the PAPI that is installed has no %s: install 7.0 or newer",
                           functions[i].name);
        }
    }
    return 0;
}

static int initialise(struct sb_error *err)
{
    void *library = load();
    if (!library) {
        return sb_fail(
            err, SB_EABSENT,
            "PAPI is not installed: install libpapi (Debian: libpapi7.0) where the linker "
            "finds it (ldconfig); LD_LIBRARY_PATH is cleared for measuring");
    }
    const int code = find_functions(library, err);
    if (code != 0) {
        return code;
    }
    papi.version = papi.get_opt(SB_PAPI_LIB_VERSION, NULL);
    if (papi.version >> 24 != SB_PAPI_MAJOR) {
        return sb_fail(err, SB_EABSENT,
                       "PAPI %d.%d is installed, not one of version %d: install that",
                       papi.version >> 24, papi.version >> 16 & 255, SB_PAPI_MAJOR);
    }
    const int told = papi.library_init(papi.version & (int)0xffff0000);
    return told > 0 ? 0
                    : sb_fail(err, SB_EABSENT,
                              "PAPI does not start (%s): 'papi_component_avail' may say more",
                              papi.strerror(told));
}

int sb_papi_get(const struct sb_papi **out, struct sb_error *err)
{
    static pid_t asked; /* its state is of one process */
    static struct sb_error answer;
    if (asked != getpid()) {
        asked = getpid();
        answer = (struct sb_error){0};
        (void)initialise(&answer);
    }
    *out = &papi;
    return answer.code == 0 ? 0 : sb_fail(err, answer.code, "%s", answer.text);
}

bool sb_papi_is_off(const struct sb_papi_component *component)
{
    static const char waits[] = "Not initialized"; /* as its components of GPUs say */
    return component->disabled_reason[0] &&
           strncmp(component->disabled_reason, waits, sizeof waits - 1) != 0;
}

int sb_papi_component_of(const struct sb_papi *p, const char *event)
{
    const char *end = strstr(event, ":::");
    const char *name = end ? event : "perf_event";
    const size_t length = end ? (size_t)(end - event) : strlen(name);
    for (int i = 0; i < p->num_components(); ++i) {
        const struct sb_papi_component *component = p->get_component_info(i);
        if (component &&
            ((strncmp(component->name, name, length) == 0 && !component->name[length]) ||
             (strncmp(component->short_name, name, length) == 0 &&
              !component->short_name[length]))) {
            return i;
        }
    }
    return -1;
}

static const char *disabled_reason(const struct sb_papi *p, int component)
{
    const struct sb_papi_component *info = component >= 0 ? p->get_component_info(component) : NULL;
    return info ? info->disabled_reason : "";
}

int sb_papi_refused(const struct sb_papi *p, const char *event, int component, int code,
                    struct sb_error *err)
{
    const char *why = disabled_reason(p, component);
    if (why[0]) {
        return sb_fail(err, SB_EABSENT,
                       "%s: PAPI's component %s is disabled (%.160s): see 'papi_component_avail'",
                       event, p->get_component_info(component)->name, why);
    }
    switch (code) {
    case SB_PAPI_ENOEVNT:
        return sb_fail(
            err, SB_EABSENT,
            "this processor, or the virtual machine it is, does not count what %s is made "
            "of, whatever PAPI lists: run on the bare machine, or ask for a virtual PMU",
            event);
    case SB_PAPI_ECNFLCT:
    case SB_PAPI_ECOUNT:
    case SB_PAPI_EMULPASS:
        return sb_fail(err, SB_EABSENT,
                       "%s needs more counters than are free: end other profilers, or switch "
                       "kernel.nmi_watchdog off",
                       event);
    case SB_PAPI_ECMP_DISABLED:
        return sb_fail(err, SB_EABSENT,
                       "%s: PAPI's component of it is disabled: see 'papi_component_avail'", event);
    default:
        return sb_fail(err, SB_EABSENT, "%s cannot be counted: PAPI says '%s' (%d)", event,
                       p->strerror(code), code);
    }
}
