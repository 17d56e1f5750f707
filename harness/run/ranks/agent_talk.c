/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/agent_talk.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORT_USUAL 17011
#define SECRET_LEAST 16

static int read_hosts(struct sb_agents *out, const char *text, struct sb_error *err)
{
    if (strlen(text) >= sizeof out->text) {
        return sb_fail(err, SB_EINVAL, "SWITCHBENCH_RANK_HOSTS is longer than %zu bytes",
                       sizeof out->text);
    }
    memcpy(out->text, text, strlen(text) + 1);
    char *at = out->text;
    while (*at) {
        char *end = strchrnul(at, ',');
        const bool last = *end == '\0';
        *end = '\0';
        if (strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") !=
                strlen(at) ||
            !*at || *at == '-') {
            return sb_fail(err, SB_EINVAL, "SWITCHBENCH_RANK_HOSTS: '%.80s' is no host name", at);
        }
        if (out->hosts == SB_AGENT_HOSTS) {
            return sb_fail(err, SB_EINVAL, "SWITCHBENCH_RANK_HOSTS: more than %d", SB_AGENT_HOSTS);
        }
        out->host[out->hosts++] = at;
        at = last ? end : end + 1;
    }
    return 0;
}

static int read_number(long *out, const char *name, long usual, long most, struct sb_error *err)
{
    const char *text = getenv(name);
    char *end = NULL;
    *out = text && *text ? strtol(text, &end, 10) : usual;
    return (end && *end) || *out < 1 || *out > most
               ? sb_fail(err, SB_EINVAL, "%s=%.40s: expected a number from 1 to %ld", name, text,
                         most)
               : 0;
}

/* Blanks at the end are an editor's, not the secret's. */
static int read_secret(struct sb_agents *out, struct sb_error *err)
{
    const char *path = getenv("SWITCHBENCH_RANK_TOKEN");
    char *text = NULL;
    size_t length = 0;
    if (!path || !*path) {
        return sb_fail(err, SB_EINVAL,
                       "SWITCHBENCH_RANK_TOKEN names no file: hosts need a secret that they share");
    }
    const int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    while (length > 0 && strchr(" \t\r\n", text[length - 1])) {
        --length;
    }
    const bool usable = length >= SECRET_LEAST && length <= sizeof out->secret;
    if (usable) {
        memcpy(out->secret, text, length);
        out->secret_length = length;
    }
    free(text);
    return usable ? 0
                  : sb_fail(err, SB_EINVAL, "%s: a secret has %d to %zu bytes", path, SECRET_LEAST,
                            sizeof out->secret);
}

int sb_agents_read(struct sb_agents *out, struct sb_error *err)
{
    const char *hosts = getenv("SWITCHBENCH_RANK_HOSTS");
    memset(out, 0, sizeof *out);
    if (!hosts || !*hosts) {
        return 0;
    }
    long per_node = 0;
    long port = 0;
    int code = read_hosts(out, hosts, err);
    code = code != 0 ? code : read_number(&per_node, "SWITCHBENCH_RANKS_PER_NODE", 1, 65536, err);
    code = code != 0 ? code : read_number(&port, "SWITCHBENCH_RANK_PORT", PORT_USUAL, 65535, err);
    out->per_node = (int)per_node;
    out->port = (unsigned)port;
    return code != 0 ? code : read_secret(out, err);
}

int sb_agent_prove(char out[SB_AGENT_PROOF + 1], const struct sb_agents *agents, const char *nonce,
                   const char *command, size_t length, struct sb_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const size_t before = strlen(nonce) + 1;
    unsigned char *message = malloc(before + length + 1);
    if (!message) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    memcpy(message, nonce, before - 1);
    message[before - 1] = '\n';
    memcpy(message + before, command, length);
    const bool made = HMAC(EVP_sha256(), agents->secret, (int)agents->secret_length, message,
                           before + length, digest, &size) != NULL;
    free(message);
    if (!made || size != SB_AGENT_PROOF / 2) {
        return sb_fail(err, SB_EINFRA, "the hash library makes no HMAC");
    }
    for (unsigned int i = 0; i < size; ++i) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return 0;
}

bool sb_agent_read(int fd, void *to, size_t length, int patience_ms)
{
    const unsigned long long until =
        sb_process_now_ns() + (unsigned long long)patience_ms * 1000000ULL;
    size_t done = 0;
    while (done < length && sb_process_now_ns() < until) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 100) <= 0) {
            continue;
        }
        const ssize_t got = recv(fd, (char *)to + done, length - done, 0);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return done == length;
}

bool sb_agent_write(int fd, const void *from, size_t length)
{
    size_t done = 0;
    while (done < length) {
        const ssize_t sent = send(fd, (const char *)from + done, length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return false;
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    return true;
}
