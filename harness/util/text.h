/* SPDX-License-Identifier: Apache-2.0 */
/** Text: closest names, formatting of quantities, UTC time, hashes. */
#ifndef SB_TEXT_H
#define SB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Edit distance (Damerau–Levenshtein, restricted), for closest names. */
int sb_text_distance(const char *a, const char *b);
/**
 * Of candidate(0 … count − 1), the one closest to @p name, or NULL where none is near (more than a third of its
 * letters differ).
 */
const char *sb_text_closest(const char *name, int count,
                            const char *(*candidate)(int i, const void *payload),
                            const void *payload);
/** "1.50 GiB", "12.0 µs", "3.2 GFLOP/s": three significant digits. */
void sb_text_bytes(char *out, size_t room, double bytes);
void sb_text_time(char *out, size_t room, double time_ns);
void sb_text_rate(char *out, size_t room, double per_s, const char *unit);
/** Now as "20261121T105049Z" (compact) and "2026-11-21T10:50:49Z". */
void sb_text_now(char out[32], int compact);
/**
 * Whether a variable of that name (its first @p length bytes) is likely to hold a secret, whatever its value: TOKEN, SECRET, PASSWORD,
 * PASSWD, PASSPHRASE or CREDENTIAL anywhere in it, or KEY, APIKEY, AUTH, COOKIE, PASS or PWD as one of several parts. Such values
 * are never written into plans, scripts, command lines, records or journals.
 */
bool sb_text_is_secret(const char *name, size_t length);
#define SB_TEXT_WITHHELD "(withheld)"
/** Hex SHA-256 of @p length bytes. */
void sb_text_sha256(char out[65], const void *data, size_t length);
/** Incremental form; *ctx is freed by finish. NULL when out of memory. */
struct sb_hash;
struct sb_hash *sb_hash_new(void);
void sb_hash_add(struct sb_hash *hash, const void *data, size_t length);
void sb_hash_add_text(struct sb_hash *hash,
                      const char *text); /* with its NUL, so that texts do not run together */
void sb_hash_finish(struct sb_hash *hash, char out[65]);

#endif
