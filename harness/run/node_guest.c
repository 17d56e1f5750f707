/* SPDX-License-Identifier: Apache-2.0 */
/* What lies under this system: a hypervisor, a container. The marks are those that systemd-detect-virt(1) and the
 * engines' documentation name. */
#include "harness/run/node_files.h"

#include <stdlib.h>
#include <string.h>

struct mark {
    const char *path; /* file under the root */
    const char *text; /* that its first line holds; NULL: that it exists */
    const char *answer;
};

static const char *first_of(const struct mark *mark, const char *root)
{
    for (; mark->path; ++mark) {
        char line[512];
        if (!mark->text
                ? sb_node_exists(root, mark->path)
                : sb_node_line(line, sizeof line, root, mark->path) && strstr(line, mark->text)) {
            return mark->answer;
        }
    }
    return NULL;
}

const char *sb_node_virtualisation(const char *root)
{
    static const char clocks[] =
        "sys/devices/system/clocksource/clocksource0/available_clocksource";
    static const struct mark marks[] = {
        {"sys/class/dmi/id/sys_vendor", "VMware", "vmware"},
        {"sys/class/dmi/id/sys_vendor", "innotek", "virtualbox"},
        {"sys/class/dmi/id/product_name", "VirtualBox", "virtualbox"},
        {"sys/class/dmi/id/product_name", "Virtual Machine", "hyperv"},
        {"sys/class/dmi/id/product_name", "Google Compute Engine", "kvm"},
        {"sys/class/dmi/id/product_name", "KVM", "kvm"},
        {"sys/hypervisor/type", "xen", "xen"},
        {"sys/class/dmi/id/sys_vendor", "Xen", "xen"},
        {clocks, "kvm-clock", "kvm"},
        {clocks, "hyperv_clocksource", "hyperv"},
        {clocks, "xen", "xen"},
        {"sys/firmware/devicetree/base/hypervisor/compatible", "linux,kvm", "kvm"},
        {"sys/firmware/devicetree/base/hypervisor/compatible", "xen", "xen"},
        {"sys/class/dmi/id/sys_vendor", "QEMU", "qemu"},
        {NULL, NULL, NULL},
    };
    char flags[8192];
    const bool flagged = sb_node_field(flags, sizeof flags, root, "proc/cpuinfo", "flags", ':') &&
                         strstr(flags, " hypervisor");
    const char *answer = first_of(marks, root);
    return answer ? answer : flagged ? "vm" : "none";
}

const char *sb_node_container(const char *root)
{
    static const struct mark marks[] = {
        {"var/run/secrets/kubernetes.io", NULL, "kubernetes"},
        {".singularity.d", NULL, "apptainer"},
        {"run/.containerenv", NULL, "podman"},
        {".dockerenv", NULL, "docker"},
        {"run/systemd/container", "lxc", "lxc"},
        {"run/systemd/container", "systemd-nspawn", "systemd-nspawn"},
        {"proc/1/cgroup", "kubepods", "kubernetes"},
        {"proc/1/cgroup", "libpod", "podman"},
        {"proc/1/cgroup", "docker", "docker"},
        {"proc/1/cgroup", "lxc", "lxc"},
        {NULL, NULL, NULL},
    };
    if (root[0] == '\0' && getenv("KUBERNETES_SERVICE_HOST")) {
        return "kubernetes";
    }
    if (root[0] == '\0' && (getenv("APPTAINER_CONTAINER") || getenv("SINGULARITY_CONTAINER"))) {
        return "apptainer";
    }
    const char *answer = first_of(marks, root);
    return answer ? answer : "none";
}
