/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 through libcrypto. */
#include "harness/util/text.h"

#include <openssl/evp.h>
#include <string.h>

static void to_hex(char out[65], const unsigned char digest[32])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; ++i) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = '\0';
}

struct sb_hash *sb_hash_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }
    return (struct sb_hash *)ctx;
}

void sb_hash_add(struct sb_hash *hash, const void *data, size_t length)
{
    if (hash) {
        EVP_DigestUpdate((EVP_MD_CTX *)hash, data, length);
    }
}

void sb_hash_add_text(struct sb_hash *hash, const char *text)
{
    sb_hash_add(hash, text, strlen(text) + 1);
}

void sb_hash_finish(struct sb_hash *hash, char out[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    if (hash) {
        EVP_DigestFinal_ex((EVP_MD_CTX *)hash, digest, NULL);
        EVP_MD_CTX_free((EVP_MD_CTX *)hash);
    }
    to_hex(out, digest);
}

void sb_text_sha256(char out[65], const void *data, size_t length)
{
    struct sb_hash *hash = sb_hash_new();
    sb_hash_add(hash, data, length);
    sb_hash_finish(hash, out);
}
