/* SPDX-License-Identifier: Apache-2.0 */
/* From files that the kernel keeps: reading a device's own configuration space is slow, in virtual machines above all. */
#include "harness/run/node_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "sys/bus/pci/devices"

static unsigned long hex_of(const char *root, const char *device, const char *file)
{
    char path[400];
    char text[64];
    snprintf(path, sizeof path, FOLDER "/%.255s/%s", device, file);
    return sb_node_line(text, sizeof text, root, path) ? strtoul(text, NULL, 16) : 0;
}

bool sb_node_is_gpu(unsigned pci_class, unsigned vendor)
{
    /* what shows a server's console: ASPEED, Matrox, QEMU, Cirrus */
    static const unsigned consoles[] = {0x1a03, 0x102b, 0x1234, 0x1013};
    for (size_t i = 0; i < sizeof consoles / sizeof *consoles; ++i) {
        if (vendor == consoles[i]) {
            return false;
        }
    }
    /* display controllers; processing accelerators; co-processors (PCI code and ID assignment specification) */
    return pci_class >> 8 == 0x03 || pci_class >> 8 == 0x12 || pci_class == 0x0b40;
}

static json_t *tell(const char *root, const char *device)
{
    char path[400];
    char id[24];
    snprintf(path, sizeof path, FOLDER "/%.255s/numa_node", device);
    const double node = sb_node_number(root, path, -1);
    snprintf(id, sizeof id, "%04lx:%04lx", hex_of(root, device, "vendor") & 0xffff,
             hex_of(root, device, "device") & 0xffff);
    return json_pack("{s:s,s:s,s:o}", "pci", device, "id", id, "numa_node",
                     node >= 0 ? json_integer((json_int_t)node) : json_null());
}

json_t *sb_node_gpus(const char *root)
{
    char path[1100];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/" FOLDER, root);
    const int count = scandir(path, &entries, NULL, alphasort);
    json_t *gpus = json_array();
    for (int i = 0; i < count; ++i) {
        const char *device = entries[i]->d_name;
        if (device[0] != '.' && sb_node_is_gpu((unsigned)(hex_of(root, device, "class") >> 8),
                                               (unsigned)hex_of(root, device, "vendor"))) {
            json_array_append_new(gpus, tell(root, device));
        }
        free(entries[i]);
    }
    free(entries);
    return gpus;
}
