/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"
#include "harness/plan/kernels.h"
#include "harness/util/embedded.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of templates/kernel, by name. */
extern const struct sb_embedded sb_kernel_template[];

struct mine {
    char *at;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FOLDER,
     .flag = "at",
     .value = "DIR",
     .usual = ".",
     .help = "where the new folder is made",
     .offset = offsetof(struct mine, at)},
    {.type = SB_OPTION_END},
};
static const struct sb_option_use uses[] = {{"This command", rows, 0}, {NULL, NULL, 0}};
static const char *const words[] = {"kernel", NULL};

/* The name becomes a C symbol in C, OpenCL, CUDA and HIP, so their words are out. */
static int check_name(const char *name, struct sb_error *err)
{
    static const char *const taken[] = {
        "auto",     "bool",      "break",    "case",     "char",     "class",  "const",
        "constant", "continue",  "default",  "delete",   "do",       "double", "else",
        "enum",     "extern",    "float",    "for",      "global",   "goto",   "half",
        "if",       "index_t",   "inline",   "int",      "kernel",   "local",  "long",
        "main",     "namespace", "new",      "operator", "private",  "real",   "register",
        "restrict", "return",    "short",    "signed",   "sizeof",   "static", "struct",
        "switch",   "template",  "this",     "typedef",  "typename", "union",  "unsigned",
        "virtual",  "void",      "volatile", "while",    NULL};
    const size_t length = strlen(name);
    const size_t fine = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (!islower((unsigned char)name[0]) || fine != length || length > 40) {
        return sb_fail(err, SB_EINVAL,
                       "new: '%s' is no kernel name: a small letter, then small letters, digits "
                       "and '_', at most 40",
                       name);
    }
    for (int i = 0; taken[i]; ++i) {
        if (strcmp(taken[i], name) == 0) {
            return sb_fail(err, SB_EINVAL,
                           "new: '%s' is a word of C or of a dialect; name the kernel otherwise",
                           name);
        }
    }
    for (int i = 0; sb_kernels[i]; ++i) {
        if (strcmp(sb_kernels[i]->name, name) == 0) {
            return sb_fail(err, SB_EINVAL, "new: '%s' is a built-in kernel; name yours otherwise",
                           name);
        }
    }
    return SB_OK;
}

/* Writes one template with every @NAME@ replaced. "kernel.dev.c.in" becomes "<name>.dev.c", "README.md.in" "README.md". */
static int write_file(const char *folder, const struct sb_embedded *file, const char *name,
                      struct sb_error *err)
{
    static const char mark[] = "@NAME@";
    char path[1100];
    const char *rest = strncmp(file->name, "kernel.", 7) == 0 ? file->name + 6 : file->name;
    char base[128];
    snprintf(base, sizeof base, "%s%.*s", rest == file->name ? "" : name, (int)(strlen(rest) - 3),
             rest);
    int rc = sb_fs_join(path, sizeof path, folder, base, err);
    char *text = NULL;
    size_t length = 0;
    if (rc) {
        return rc;
    }
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (const char *at = file->bytes; *at;) {
        const char *next = strstr(at, mark);
        const size_t plain = next ? (size_t)(next - at) : strlen(at);
        fwrite(at, 1, plain, out);
        at += plain;
        if (next) {
            fputs(name, out);
            at += sizeof mark - 1;
        }
    }
    if (fclose(out) != 0) {
        rc = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    rc = rc ? rc : sb_fs_write(path, text, length, err);
    free(text);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct mine *mine = input;
    if (strcmp(operands->item[0], "kernel") != 0) {
        return sb_fail(err, SB_EINVAL,
                       "new: '%s' cannot be made; try 'switchbench new kernel NAME'",
                       operands->item[0]);
    }
    const char *name = operands->item[1];
    const char *at = mine->at ? mine->at : ".";
    char folder[1024];
    int rc = check_name(name, err);
    rc = rc ? rc : sb_fs_join(folder, sizeof folder, at, name, err);
    rc = rc || !mine->at ? rc : sb_fs_mkdirs(at, err);
    if (rc) {
        return rc;
    }
    if (mkdir(folder, 0777) != 0) {
        return errno == EEXIST
                   ? sb_fail(err, SB_EINVAL, "new: %s exists already; nothing was changed", folder)
                   : sb_fail(err, SB_EIO, "new: %s: %s", folder, strerror(errno));
    }
    for (const struct sb_embedded *file = sb_kernel_template; file->name; ++file) {
        rc = write_file(folder, file, name, err);
        if (rc) {
            return rc;
        }
    }
    const bool path = strchr(folder, '/') == folder;
    printf("%s: a kernel that computes z = s x + y and passes; its files explain themselves.\n"
           "next: switchbench run %s%s -p tiny\n",
           folder, path || folder[0] == '.' ? "" : "./", folder);
    return SB_EXIT_PASSED;
}

const struct sb_command sb_command_new = {
    .name = "new",
    .help = "begin a kernel of your own",
    .operands = "kernel NAME",
    .lesson = "Writes the folder NAME/ with NAME.c, NAME.dev.c and README.md: a small kernel that "
              "compiles, runs and verifies on\n"
              "every backend, commented as a lesson. A kernel's folder may lie anywhere; nothing "
              "else is edited.",
    .examples = "switchbench new kernel my_kernel             # ./my_kernel\n"
                "switchbench new kernel blur --at ~/kernels   # ~/kernels/blur\n"
                "switchbench run ./my_kernel -p tiny          # and it passes",
    .options = uses,
    .words = words,
    .operands_least = 2,
    .operands_most = 2,
    .room = sizeof(struct mine),
    .run = run,
};
